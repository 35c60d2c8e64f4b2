/* One run as a CI step summary or a comment on a pull request: what a reviewer must know first, all
 * else folded. */
#include "harness/report/report.h"

#include <inttypes.h>
#include <stdlib.h>

#include "harness/report/markdown.h"
#include "harness/report/markdown_findings.h"

enum { ROOM_LIST = 2500 };

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

static void write_case_name(FILE *out, const struct mqh_run *run, size_t index)
{
    char *name = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&name, &size);

    if (memory == NULL)
        return;
    fprintf(memory, "%s@%s", run->cases[index].id, mqc_version_name(run->cases[index].version));
    if (fclose(memory) == 0)
        mqh_md_code(out, name);
    free(name);
}

/* --- the picture ------------------------------------------------------------------------------ */

static size_t stale_count(const struct mqh_run *run)
{
    size_t count = 0;

    for (size_t i = 0; run->known != NULL && i < run->known->count; i++)
        count += mqh_known_is_stale(&run->known->entries[i]);
    return count;
}

/* What decided, in a few words. */
static void write_outcome(FILE *out, const struct mqh_run *run)
{
    unsigned red = run->counts[MQH_FAIL] + run->counts[MQH_BLOCKED];
    size_t stale = stale_count(run);

    if (run->failed != NULL)
        fputs("nothing could be tested", out);
    else if (run->died != NULL)
        fputs("the broker died", out);
    else if (run->counts[MQH_ERROR] > 0)
        fprintf(out, "%u error%s of mqspec", run->counts[MQH_ERROR],
                plural(run->counts[MQH_ERROR]));
    else if (red > 0)
        fprintf(out, "%u %s", red, run->known_count > 0 ? "new failures" : "failed");
    else if (stale > 0)
        fprintf(out, "%zu stale entr%s in the list of known failures", stale,
                stale == 1 ? "y" : "ies");
    else if (run->strict && run->counts[MQH_WARN] > 0)
        fprintf(out, "%u warned", run->counts[MQH_WARN]);
    else if (mqh_run_status(run) != 0)
        fputs("no case was run", out);
    else if (run->known_count > 0)
        fprintf(out, "nothing new, %u known failure%s", run->known_count, plural(run->known_count));
    else
        fputs("all is well", out);
    if (run->interrupted)
        fputs(", and the run was interrupted", out);
}

static void write_head(FILE *out, const struct mqh_run *run)
{
    bool good = mqh_run_status(run) == 0 && run->failed == NULL && !run->interrupted;

    fprintf(out, "## %s ", good ? "✅" : "❌");
    mqh_md_code(out, run->broker[0] != '\0' ? run->broker : run->target->url);
    fputs(": ", out);
    write_outcome(out, run);
    fputs("\n\n", out);
    mqh_md_text(out, run->tool);
    fputs(", ", out);
    mqh_md_code(out, run->target->url);
    fputs(", MQTT", out);
    for (enum mqc_version version = MQC_V31; version <= MQC_V5; version++)
        if ((run->versions & MQH_VERSION(version)) != 0)
            fprintf(out, " %s", mqc_version_name(version));
    fprintf(out, ", %zu case%s in %" PRIu64 ".%" PRIu64 " s\n\n", run->case_count,
            plural(run->case_count), run->duration_ms / 1000, run->duration_ms % 1000 / 100);
    if (run->failed != NULL || run->died != NULL) {
        mqh_md_block(out, run->failed != NULL ? run->failed : run->died);
        putc('\n', out);
    }
}

static void write_counts(FILE *out, const struct mqh_run *run)
{
    static const char *const heads[] = {
        [MQH_PASS] = "passed",     [MQH_FAIL] = "failed",         [MQH_WARN] = "warned",
        [MQH_BLOCKED] = "blocked", [MQH_SKIP] = "skipped",        [MQH_FLAKY] = "flaky",
        [MQH_ERROR] = "errors",    [MQH_VERDICT_COUNT] = "known",
    };
    unsigned counts[MQH_VERDICT_COUNT + 1];

    if (run->failed != NULL)
        return;
    memcpy(counts, run->counts, sizeof run->counts);
    counts[MQH_VERDICT_COUNT] = run->known_count;
    for (int i = 0; i <= MQH_VERDICT_COUNT; i++)
        if (counts[i] > 0 || i <= MQH_FAIL)
            fprintf(out, "| %s ", heads[i]);
    fputs("|\n", out);
    for (int i = 0; i <= MQH_VERDICT_COUNT; i++)
        if (counts[i] > 0 || i <= MQH_FAIL)
            fputs("|--:", out);
    fputs("|\n", out);
    for (int i = 0; i <= MQH_VERDICT_COUNT; i++)
        if (counts[i] > 0 || i <= MQH_FAIL)
            fprintf(out, "| %u ", counts[i]);
    fputs("|\n", out);
}

/* --- the rest --------------------------------------------------------------------------------- */

static void write_cases(FILE *out, const struct mqh_run *run, enum mqh_verdict verdict,
                        const char *heading)
{
    struct mqh_md_part part = {.out = out, .room = ROOM_LIST};

    if (run->counts[verdict] == 0)
        return;
    fprintf(out, "\n### %s\n\n", heading);
    for (size_t i = 0; i < run->case_count; i++) {
        if (run->results[i] == NULL || run->results[i]->verdict != verdict ||
            run->results[i]->known)
            continue;

        FILE *item = mqh_md_item(&part);

        fputs("- ", item);
        write_case_name(item, run, i);
        fputs(": ", item);
        mqh_md_code(item, run->results[i]->reason);
        putc('\n', item);
        mqh_md_item_end(&part);
    }
    mqh_md_part_end(&part);
}

static void write_stale(FILE *out, const struct mqh_run *run)
{
    struct mqh_md_part part = {.out = out, .room = ROOM_LIST};
    char id[MQH_RULE_TEXT_SIZE];

    if (stale_count(run) == 0)
        return;
    fputs("\n### Stale: does not fail any more, and is listed as known\n\n", out);
    for (size_t i = 0; i < run->known->count; i++) {
        const struct mqh_known_entry *entry = &run->known->entries[i];

        if (!mqh_known_is_stale(entry))
            continue;

        FILE *item = mqh_md_item(&part);

        fprintf(item, "- line %u: ", entry->line);
        mqh_md_code(item, entry->case_id);
        fprintf(item, " `%s`\n",
                entry->rule == NULL
                    ? "-"
                    : mqh_rule_write(entry->rule->version, entry->rule->id, ' ', id));
        mqh_md_item_end(&part);
    }
    mqh_md_part_end(&part);
}

static bool is_same_choice(const struct mqh_profile_entry *a, const struct mqh_profile_entry *b)
{
    return a->announced == b->announced && strcmp(a->name, b->name) == 0 &&
           strcmp(a->word, b->word) == 0;
}

static bool was_chosen_before(const struct mqh_run *run, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (is_same_choice(&run->profile[i], &run->profile[index]))
            return true;
    return false;
}

static void write_choices(FILE *out, const struct mqh_run *run, bool announced, const char *summary)
{
    struct mqh_md_part part = {.out = out, .room = ROOM_LIST};
    bool any = false;

    for (size_t i = 0; i < run->profile_count; i++) {
        const struct mqh_profile_entry *entry = &run->profile[i];
        const char *separator = " (";

        if (entry->announced != announced || was_chosen_before(run, i))
            continue;
        if (!any)
            mqh_md_fold(out, summary);
        any = true;

        FILE *item = mqh_md_item(&part);

        fputs("- ", item);
        mqh_md_text(item, entry->name);
        fputs(": ", item);
        mqh_md_code(item, entry->word);
        for (size_t j = i; j < run->profile_count; j++) {
            if (!is_same_choice(&run->profile[j], entry))
                continue;
            fprintf(item, "%s%s", separator, mqc_version_name(run->profile[j].version));
            separator = ", ";
        }
        fputs(")\n", item);
        mqh_md_item_end(&part);
    }
    mqh_md_part_end(&part);
    if (any)
        mqh_md_fold_end(out);
}

static bool has_same_reason(const struct mqh_run *run, size_t a, size_t b)
{
    return run->results[b] != NULL && run->results[b]->verdict == MQH_SKIP &&
           strcmp(run->results[a]->reason, run->results[b]->reason) == 0;
}

static void write_skipped(FILE *out, const struct mqh_run *run)
{
    struct mqh_md_part part = {.out = out, .room = ROOM_LIST};
    char summary[100];

    if (run->counts[MQH_SKIP] == 0)
        return;
    snprintf(summary, sizeof summary, "Skipped: %u case%s, for want of", run->counts[MQH_SKIP],
             plural(run->counts[MQH_SKIP]));
    mqh_md_fold(out, summary);
    for (size_t i = 0; i < run->case_count; i++) {
        unsigned before = 0;
        unsigned count = 0;

        if (run->results[i] == NULL || run->results[i]->verdict != MQH_SKIP)
            continue;
        for (size_t j = 0; j < run->case_count; j++)
            *(j < i ? &before : &count) += has_same_reason(run, i, j);
        if (before > 0)
            continue;

        FILE *item = mqh_md_item(&part);

        fprintf(item, "- %u: ", count);
        mqh_md_code(item, run->results[i]->reason);
        putc('\n', item);
        mqh_md_item_end(&part);
    }
    mqh_md_part_end(&part);
    mqh_md_fold_end(out);
}

void mqh_report_markdown(FILE *out, const struct mqh_run *run)
{
    struct mqh_arena arena = {NULL};
    struct mqh_findings findings = mqh_findings_of(&arena, run);

    write_head(out, run);
    write_counts(out, run);
    mqh_md_failures(out, run, &findings);
    write_cases(out, run, MQH_BLOCKED, "Blocked: a step before went wrong");
    write_cases(out, run, MQH_ERROR, "Errors of mqspec");
    write_stale(out, run);
    write_cases(out, run, MQH_FLAKY, "Flaky: went wrong once, and not again");
    mqh_md_warned(out, run, &findings);
    mqh_md_known(out, &findings);
    write_choices(out, run, false, "Where the standards leave a choice");
    write_choices(out, run, true, "Limits announced");
    write_skipped(out, run);
    mqh_arena_free(&arena);
}
