/* The comparison at a console. Runs are letters, so that four and more fit beside each other. */
#include "harness/report/compare.h"

#include <stdlib.h>

#include "codec/utf8.h"
#include "harness/report/safe.h"

enum { RULE_WIDTH = 22, CELL_WIDTH = 5, NAME_WIDTH = 40, COUNT_WIDTH = 7, WORD_MAX = 24 };

static char letter(size_t run)
{
    return (char)('A' + run);
}

static size_t shown_size(const char *text)
{
    return mqc_utf8_count(mqc_slice_text(text));
}

/* --- the runs --------------------------------------------------------------------------------- */

static void write_run(FILE *out, const struct mqh_comparison *all, size_t index)
{
    const struct mqh_run *run = &all->runs[index];

    fprintf(out, "%c  ", letter(index));
    mqh_plain_text(out, all->labels[index], 0);
    fputs(": ", out);
    mqh_plain_text(out, run->broker[0] == '\0' ? run->target->url : run->broker, 60);
    fputs(", MQTT", out);
    for (enum mqc_version version = MQC_V31; version <= MQC_V5; version++)
        if ((run->versions & MQH_VERSION(version)) != 0)
            fprintf(out, " %s", mqc_version_name(version));
    fprintf(out, ", %.10s", run->started);
    if (run->failed != NULL || run->died != NULL || run->interrupted)
        fprintf(out, ", %s",
                run->failed != NULL ? "nothing could be tested"
                : run->died != NULL ? "it died"
                                    : "interrupted");
    putc('\n', out);
}

static void write_letters(FILE *out, const struct mqh_comparison *all, const char *heading,
                          int width, int cell)
{
    fprintf(out, "\n%-*s", width, heading);
    for (size_t run = 0; run < all->count; run++)
        fprintf(out, "%*c", cell, letter(run));
    putc('\n', out);
}

static void write_number(FILE *out, size_t number)
{
    if (number == 0)
        fprintf(out, "%*s", COUNT_WIDTH, ".");
    else
        fprintf(out, "%*zu", COUNT_WIDTH, number);
}

static void write_counts(FILE *out, const struct mqh_comparison *all)
{
    static const char *const names[MQH_VERDICT_COUNT] = {
        [MQH_PASS] = "passed",     [MQH_FAIL] = "failed",  [MQH_WARN] = "warned",
        [MQH_BLOCKED] = "blocked", [MQH_SKIP] = "skipped", [MQH_FLAKY] = "flaky",
        [MQH_ERROR] = "errors",
    };
    unsigned known = 0;

    write_letters(out, all, "cases", NAME_WIDTH, COUNT_WIDTH);
    for (int verdict = 0; verdict < MQH_VERDICT_COUNT; verdict++) {
        unsigned any = 0;

        for (size_t run = 0; run < all->count; run++)
            any += all->runs[run].counts[verdict];
        if (any == 0 && verdict > MQH_FAIL)
            continue;
        fprintf(out, "%-*s", NAME_WIDTH, names[verdict]);
        for (size_t run = 0; run < all->count; run++)
            write_number(out, all->runs[run].counts[verdict]);
        putc('\n', out);
    }
    for (size_t run = 0; run < all->count; run++)
        known += all->runs[run].known_count;
    if (known > 0) {
        fprintf(out, "%-*s", NAME_WIDTH, "known failures");
        for (size_t run = 0; run < all->count; run++)
            write_number(out, all->runs[run].known_count);
        putc('\n', out);
    }
    fprintf(out, "%-*s", NAME_WIDTH, "requirements broken, MUST");
    for (size_t run = 0; run < all->count; run++)
        write_number(out, mqh_compare_broken(all, run, MQH_CELL_FAILED));
    fprintf(out, "\n%-*s", NAME_WIDTH, "requirements broken, SHOULD");
    for (size_t run = 0; run < all->count; run++)
        write_number(out, mqh_compare_broken(all, run, MQH_CELL_WARNED));
    putc('\n', out);
}

/* --- who breaks what -------------------------------------------------------------------------- */

static void write_cell(FILE *out, const struct mqh_cell *cell)
{
    static const char *const words[] = {
        [MQH_CELL_NONE] = "-",
        [MQH_CELL_SKIPPED] = "skip",
        [MQH_CELL_KEPT] = ".",
        [MQH_CELL_BLOCKED] = "?",
    };
    char count[16];

    if (cell->state < MQH_CELL_WARNED) {
        fprintf(out, "%*s", CELL_WIDTH, words[cell->state]);
        return;
    }
    snprintf(count, sizeof count, "%s%u", cell->state == MQH_CELL_WARNED ? "~" : "", cell->cases);
    fprintf(out, "%*s", CELL_WIDTH, count);
}

static void write_rules(FILE *out, const struct mqh_comparison *all, unsigned columns)
{
    size_t used = RULE_WIDTH + CELL_WIDTH * all->count + 2;

    if (all->rule_count == 0)
        return;
    write_letters(out, all, "who breaks what", RULE_WIDTH, CELL_WIDTH);
    for (size_t i = 0; i < all->rule_count; i++) {
        const struct mqh_requirement *rule = all->rules[i].rule;
        char id[MQH_RULE_TEXT_SIZE];

        fprintf(out, "%-*s", RULE_WIDTH, mqh_rule_write(rule->version, rule->id, ' ', id));
        for (size_t run = 0; run < all->count; run++)
            write_cell(out, &all->rules[i].cells[run]);
        if (columns == 0 || columns > used + 12) {
            fputs("  ", out);
            mqh_plain_text(out, rule->text, columns == 0 ? 0 : columns - used - 1);
        }
        putc('\n', out);
    }
    fputs("3: 3 cases fail   ~3: warn   .: keeps it   skip: lacks the capability   "
          "?: blocked   -: not run\n",
          out);
}

/* --- since last time -------------------------------------------------------------------------- */

/* How many changes from `first` on are of one kind and one scenario. */
static size_t family_size(const struct mqh_comparison *all, const struct mqh_step_between *step,
                          size_t first)
{
    const struct mqh_result *result;
    const char *id = mqh_change_case(all, step, &step->changes[first], &result)->scenario->name;
    size_t end = first + 1;

    while (end < step->change_count && step->changes[end].kind == step->changes[first].kind &&
           strcmp(mqh_change_case(all, step, &step->changes[end], &result)->scenario->name, id) ==
               0)
        end++;
    return end - first;
}

static void write_change(FILE *out, const struct mqh_comparison *all,
                         const struct mqh_step_between *step, size_t index, size_t members)
{
    static const char *const words[MQH_CHANGE_COUNT] = {"new", "mended", "still", "gone"};
    const struct mqh_change *change = &step->changes[index];
    const struct mqh_result *result;
    const struct mqh_case *c = mqh_change_case(all, step, change, &result);

    fprintf(out, "  %-7s ", words[change->kind]);
    mqh_plain_text(out, members > 1 ? c->scenario->name : c->id, 0);
    if (members > 1)
        fprintf(out, ", %zu cases", members);
    else
        fprintf(out, "@%s", mqc_version_name(c->version));
    if (change->kind == MQH_NEW && result->reason[0] != '\0') {
        fputs(": ", out);
        mqh_plain_text(out, result->reason, 120);
    }
    putc('\n', out);
}

static void write_step(FILE *out, const struct mqh_comparison *all,
                       const struct mqh_step_between *step, bool with_all)
{
    size_t members;

    fprintf(out, "\n%c since %c: %u new, %u mended, %u still red", letter(step->after),
            letter(step->before), step->counts[MQH_NEW], step->counts[MQH_MENDED],
            step->counts[MQH_STILL]);
    if (step->counts[MQH_GONE] > 0)
        fprintf(out, ", %u not tried again", step->counts[MQH_GONE]);
    putc('\n', out);
    for (size_t i = 0; i < step->change_count; i += members) {
        members = with_all ? 1 : family_size(all, step, i);
        if (step->changes[i].kind != MQH_STILL || with_all)
            write_change(out, all, step, i, members);
    }
}

/* --- what brokers are and do ------------------------------------------------------------------ */

static int word_width(const struct mqh_comparison *all, size_t run)
{
    size_t width = 1;

    for (size_t i = 0; i < all->word_count; i++) {
        const char *word = all->words[i].words[run];
        size_t size = word == NULL ? 0 : strlen(word);

        width = size > width ? size : width;
    }
    return (int)(width > WORD_MAX ? WORD_MAX : width);
}

/* Two blanks and `word`, cut to `width` characters and, unless it is 0, filled up to `fill`. */
static void write_word(FILE *out, const char *word, int width, int fill)
{
    char *shown = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&shown, &size);

    if (memory == NULL)
        return;
    mqh_plain_text(memory, word, (size_t)width + (strlen(word) > (size_t)width ? 0 : 1));
    if (fclose(memory) == 0)
        fprintf(out, "  %s%*s", shown, fill > 0 ? fill - (int)shown_size(shown) : 0, "");
    free(shown);
}

static void write_words(FILE *out, const struct mqh_comparison *all, bool announced, bool with_all,
                        const char *heading)
{
    size_t alike = 0;
    bool any = false;

    for (size_t i = 0; i < all->word_count; i++) {
        const struct mqh_compared_word *word = &all->words[i];
        char name[64];

        if (word->announced != announced)
            continue;
        if (!word->differs && !with_all) {
            alike++;
            continue;
        }
        if (!any) {
            fprintf(out, "\n%-*s", NAME_WIDTH, heading);
            for (size_t run = 0; run < all->count; run++)
                fprintf(out, "  %c%*s", letter(run),
                        run + 1 < all->count ? word_width(all, run) - 1 : 0, "");
            putc('\n', out);
        }
        any = true;
        snprintf(name, sizeof name, "%.48s (%s)", word->name, mqc_version_name(word->version));
        fprintf(out, "%-*s", NAME_WIDTH, name);
        for (size_t run = 0; run < all->count; run++)
            write_word(out, word->words[run] == NULL ? "-" : word->words[run], word_width(all, run),
                       run + 1 < all->count ? word_width(all, run) : 0);
        putc('\n', out);
    }
    if (any && alike > 0)
        fprintf(out, "%zu more %s alike in all (--verbose shows them)\n", alike,
                alike == 1 ? "is" : "are");
}

static void write_capabilities(FILE *out, const struct mqh_comparison *all, bool with_all)
{
    bool any = false;

    for (size_t i = 0; i < all->capability_count; i++) {
        const struct mqh_compared_capability *capability = &all->capabilities[i];
        char name[64];

        if (!capability->differs && !with_all)
            continue;
        if (!any)
            write_letters(out, all, "capability", NAME_WIDTH, CELL_WIDTH);
        any = true;
        snprintf(name, sizeof name, "%.48s (%s)", capability->name,
                 mqc_version_name(capability->version));
        fprintf(out, "%-*s", NAME_WIDTH, name);
        for (size_t run = 0; run < all->count; run++)
            fprintf(out, "%*s", CELL_WIDTH,
                    capability->items[run] == NULL    ? "-"
                    : capability->items[run]->present ? "yes"
                                                      : "no");
        putc('\n', out);
    }
}

void mqh_compare_text(FILE *out, const struct mqh_comparison *comparison, unsigned columns,
                      bool all)
{
    for (size_t run = 0; run < comparison->count; run++)
        write_run(out, comparison, run);
    write_counts(out, comparison);
    write_rules(out, comparison, columns);
    write_words(out, comparison, false, all, "where the standards leave a choice");
    write_words(out, comparison, true, all, "limits announced");
    write_capabilities(out, comparison, all);
    for (size_t i = 0; i < comparison->step_count; i++)
        write_step(out, comparison, &comparison->steps[i], all);
}
