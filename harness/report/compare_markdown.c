/* The comparison for a CI step summary or a comment on a pull request. What is new comes first: it
 * is why one looks. The rooms of the parts add up to less than MQH_MD_MAX. */
#include "harness/report/compare.h"

#include <stdlib.h>

#include "harness/report/markdown.h"

enum { ROOM_STEPS = 16000, ROOM_RULES = 26000, ROOM_WORDS = 8000, ROOM_LIMITS = 5000 };

static void write_labels(FILE *out, const struct mqh_comparison *all, const char *first)
{
    fprintf(out, "| %s ", first);
    for (size_t run = 0; run < all->count; run++) {
        fputs("| ", out);
        mqh_md_cell(out, all->labels[run]);
        putc(' ', out);
    }
}

static void write_ruler(FILE *out, const struct mqh_comparison *all, const char *first)
{
    fprintf(out, "|%s", first);
    for (size_t run = 0; run < all->count; run++)
        fputs("|:-:", out);
}

/* --- the runs --------------------------------------------------------------------------------- */

static void write_runs(FILE *out, const struct mqh_comparison *all)
{
    fputs("| result | broker | MQTT | passed | failed | known | warned | skipped | "
          "requirements broken |\n|---|---|---|--:|--:|--:|--:|--:|--:|\n",
          out);
    for (size_t i = 0; i < all->count; i++) {
        const struct mqh_run *run = &all->runs[i];

        fputs("| ", out);
        mqh_md_cell(out, all->labels[i]);
        fputs(" | ", out);
        mqh_md_cell(out, run->broker[0] == '\0' ? run->target->url : run->broker);
        fputs(" |", out);
        for (enum mqc_version version = MQC_V31; version <= MQC_V5; version++)
            if ((run->versions & MQH_VERSION(version)) != 0)
                fprintf(out, " %s", mqc_version_name(version));
        fprintf(out, " | %u | %u | %u | %u | %u | %u |\n", run->counts[MQH_PASS],
                run->counts[MQH_FAIL] + run->counts[MQH_BLOCKED], run->known_count,
                run->counts[MQH_WARN], run->counts[MQH_SKIP],
                mqh_compare_broken(all, i, MQH_CELL_FAILED));
    }
}

/* --- since last time -------------------------------------------------------------------------- */

static void write_change(FILE *out, const struct mqh_comparison *all,
                         const struct mqh_step_between *step, const struct mqh_change *change)
{
    const struct mqh_result *result;
    const struct mqh_case *c = mqh_change_case(all, step, change, &result);
    char *name = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&name, &size);

    if (memory == NULL)
        return;
    fprintf(memory, "%s@%s", c->id, mqc_version_name(c->version));
    fclose(memory);
    fputs("- ", out);
    mqh_md_code(out, name);
    free(name);
    if (change->kind == MQH_NEW) {
        for (size_t i = 0; i < result->broken.count; i++) {
            const struct mqh_requirement *rule = result->broken.items[i];
            char id[MQH_RULE_TEXT_SIZE];

            fprintf(out, ", `%s` ", mqh_rule_write(rule->version, rule->id, ' ', id));
            mqh_md_text(out, rule->text);
        }
    }
    putc('\n', out);
}

static void write_changes(FILE *out, const struct mqh_comparison *all,
                          const struct mqh_step_between *step, enum mqh_change_kind kind,
                          const char *heading, size_t room)
{
    struct mqh_md_part part = {.out = out, .room = room};

    if (step->counts[kind] == 0)
        return;
    fprintf(out, "\n%s\n\n", heading);
    for (size_t i = 0; i < step->change_count; i++) {
        if (step->changes[i].kind != kind)
            continue;
        write_change(mqh_md_item(&part), all, step, &step->changes[i]);
        mqh_md_item_end(&part);
    }
    mqh_md_part_end(&part);
}

static void write_step(FILE *out, const struct mqh_comparison *all,
                       const struct mqh_step_between *step, size_t room)
{
    fputs("\n### ", out);
    mqh_md_code(out, all->labels[step->after]);
    fputs(" since ", out);
    mqh_md_code(out, all->labels[step->before]);
    fprintf(out, ": %u new, %u mended, %u still red", step->counts[MQH_NEW],
            step->counts[MQH_MENDED], step->counts[MQH_STILL]);
    if (step->counts[MQH_GONE] > 0)
        fprintf(out, ", %u not tried again", step->counts[MQH_GONE]);
    putc('\n', out);
    write_changes(out, all, step, MQH_NEW, "New:", room / 2);
    if (step->counts[MQH_MENDED] > 0) {
        mqh_md_fold(out, "Mended");
        write_changes(out, all, step, MQH_MENDED, "", room / 4);
        mqh_md_fold_end(out);
    }
    if (step->counts[MQH_GONE] > 0) {
        mqh_md_fold(out, "Not tried again");
        write_changes(out, all, step, MQH_GONE, "", room / 4);
        mqh_md_fold_end(out);
    }
}

/* --- who breaks what -------------------------------------------------------------------------- */

static void write_cell(FILE *out, const struct mqh_cell *cell)
{
    static const char *const words[] = {
        [MQH_CELL_NONE] = "–",
        [MQH_CELL_SKIPPED] = "skip",
        [MQH_CELL_KEPT] = "✓",
        [MQH_CELL_BLOCKED] = "?",
    };

    if (cell->state == MQH_CELL_FAILED)
        fprintf(out, "| **%u** ", cell->cases);
    else if (cell->state == MQH_CELL_WARNED)
        fprintf(out, "| ~%u ", cell->cases);
    else
        fprintf(out, "| %s ", words[cell->state]);
}

static void write_rules(FILE *out, const struct mqh_comparison *all)
{
    struct mqh_md_part part = {.out = out, .room = ROOM_RULES};

    if (all->rule_count == 0)
        return;
    fputs("\n### Who breaks what\n\n**3**: 3 cases fail, \\~3: warn, ✓: keeps it, skip: lacks the "
          "capability, ?: blocked, –: not run\n\n",
          out);
    write_labels(out, all, "requirement");
    fputs("| what the standard asks |\n", out);
    write_ruler(out, all, "---");
    fputs("|---|\n", out);
    for (size_t i = 0; i < all->rule_count; i++) {
        const struct mqh_requirement *rule = all->rules[i].rule;
        FILE *item = mqh_md_item(&part);
        char id[MQH_RULE_TEXT_SIZE];

        fprintf(item, "| `%s` ", mqh_rule_write(rule->version, rule->id, ' ', id));
        for (size_t run = 0; run < all->count; run++)
            write_cell(item, &all->rules[i].cells[run]);
        fputs("| ", item);
        mqh_md_text(item, rule->text);
        fputs(" |\n", item);
        mqh_md_item_end(&part);
    }
    mqh_md_part_end(&part);
}

/* --- what brokers are and do ------------------------------------------------------------------ */

static void write_words(FILE *out, const struct mqh_comparison *all, bool announced,
                        const char *summary, size_t room)
{
    struct mqh_md_part part = {.out = out, .room = room};
    bool any = false;

    for (size_t i = 0; i < all->word_count; i++) {
        const struct mqh_compared_word *word = &all->words[i];

        if (word->announced != announced || !word->differs)
            continue;
        if (!any) {
            mqh_md_fold(out, summary);
            write_labels(out, all, announced ? "limit" : "choice");
            fputs("|\n", out);
            write_ruler(out, all, "---");
            fputs("|\n", out);
        }
        any = true;

        FILE *item = mqh_md_item(&part);

        fputs("| ", item);
        mqh_md_cell(item, word->name);
        fprintf(item, " (%s) ", mqc_version_name(word->version));
        for (size_t run = 0; run < all->count; run++) {
            fputs("| ", item);
            mqh_md_cell(item, word->words[run] == NULL ? "–" : word->words[run]);
            putc(' ', item);
        }
        fputs("|\n", item);
        mqh_md_item_end(&part);
    }
    mqh_md_part_end(&part);
    if (any)
        mqh_md_fold_end(out);
}

void mqh_compare_markdown(FILE *out, const struct mqh_comparison *comparison)
{
    fprintf(out, "## mqspec: %zu runs compared\n\n", comparison->count);
    write_runs(out, comparison);
    for (size_t i = 0; i < comparison->step_count; i++)
        write_step(out, comparison, &comparison->steps[i], ROOM_STEPS / comparison->step_count);
    write_rules(out, comparison);
    write_words(out, comparison, false, "Where the standards leave a choice, and these differ",
                ROOM_WORDS);
    write_words(out, comparison, true, "Limits announced, where they differ", ROOM_LIMITS);
}
