/* One run as a CI step summary or a comment on a pull request: what a reviewer must know first, all
 * else folded. The rooms of the parts add up to less than MQH_MD_MAX. */
#include "harness/report/report.h"

#include <inttypes.h>
#include <stdlib.h>

#include "harness/report/evidence.h"
#include "harness/report/findings.h"
#include "harness/report/markdown.h"

enum {
    ROOM_FINDINGS = 18000,
    ROOM_EVIDENCE = 20000,
    ROOM_KNOWN = 6000,
    ROOM_WARNED = 4000,
    ROOM_LIST = 2500,
    TRANSCRIPT_LINES = 12,
};

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

/* --- what was broken -------------------------------------------------------------------------- */

enum which { FAILED, KNOWN, WARNED };

static unsigned cases_of(const struct mqh_finding *finding, enum which which)
{
    return which == FAILED ? finding->failed : which == KNOWN ? finding->known : finding->warned;
}

static size_t rules_of(const struct mqh_findings *findings, enum which which)
{
    size_t count = 0;

    for (size_t i = 0; i < findings->count; i++)
        count += cases_of(&findings->items[i], which) > 0;
    return count;
}

static void write_findings(FILE *out, const struct mqh_findings *findings, enum which which,
                           size_t room)
{
    struct mqh_md_part part = {.out = out, .room = room};

    fputs("| requirement | what the standard asks | cases |\n|---|---|--:|\n", out);
    for (size_t i = 0; i < findings->count; i++) {
        const struct mqh_requirement *rule = findings->items[i].rule;
        unsigned cases = cases_of(&findings->items[i], which);
        char id[MQH_RULE_TEXT_SIZE];

        if (cases == 0)
            continue;

        FILE *item = mqh_md_item(&part);

        fprintf(item, "| `%s`<br>%s, section %s | ",
                mqh_rule_write(rule->version, rule->id, ' ', id), rule->level, rule->section);
        mqh_md_text(item, rule->text);
        fprintf(item, " | %u |\n", cases);
        mqh_md_item_end(&part);
    }
    mqh_md_part_end(&part);
}

static void write_evidence(FILE *out, const struct mqh_run *run, size_t index)
{
    struct mqh_evidence_style style = {.transcript_max = TRANSCRIPT_LINES, .indent = ""};
    char *story = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&story, &size);

    if (memory == NULL)
        return;
    fprintf(memory, "%s %s@%s\n", mqh_verdict_name(run->results[index]->verdict),
            run->cases[index].id, mqc_version_name(run->cases[index].version));
    mqh_evidence_write(memory, run, index, &style);
    if (fclose(memory) == 0)
        mqh_md_block(out, story);
    putc('\n', out);
    free(story);
}

/* A case may be the first of several requirements; it is told once. */
static bool is_told(const struct mqh_findings *findings, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (findings->items[i].failed > 0 &&
            findings->items[i].first == findings->items[index].first)
            return true;
    return false;
}

static void write_failures(FILE *out, const struct mqh_run *run,
                           const struct mqh_findings *findings)
{
    struct mqh_md_part part = {.out = out, .room = ROOM_EVIDENCE};
    size_t rules = rules_of(findings, FAILED);

    if (rules == 0)
        return;
    fprintf(out, "\n### %s %zu requirement%s\n\n", run->known == NULL ? "Breaks" : "Newly breaks",
            rules, plural(rules));
    write_findings(out, findings, FAILED, ROOM_FINDINGS);
    mqh_md_fold(out, "How: one case of each");
    for (size_t i = 0; i < findings->count; i++) {
        if (findings->items[i].failed == 0 || is_told(findings, i))
            continue;
        write_evidence(mqh_md_item(&part), run, findings->items[i].first);
        mqh_md_item_end(&part);
    }
    mqh_md_part_end(&part);
    mqh_md_fold_end(out);
}

static void write_known(FILE *out, const struct mqh_findings *findings)
{
    size_t rules = rules_of(findings, KNOWN);
    char summary[100];

    if (rules == 0)
        return;
    snprintf(summary, sizeof summary, "Known failures: %zu requirement%s", rules, plural(rules));
    mqh_md_fold(out, summary);
    write_findings(out, findings, KNOWN, ROOM_KNOWN);
    mqh_md_fold_end(out);
}

/* Of many warnings the whole is a Reason Code that is not the one the standard names. */
static void write_warned(FILE *out, const struct mqh_run *run, const struct mqh_findings *findings)
{
    unsigned cases = run->counts[MQH_WARN];
    unsigned others = 0;
    char summary[100];

    if (cases == 0)
        return;
    for (size_t i = 0; i < run->case_count; i++)
        others += run->results[i] != NULL && run->results[i]->verdict == MQH_WARN &&
                  !run->results[i]->known && run->results[i]->broken.count == 0;
    snprintf(summary, sizeof summary, "Warnings: %u case%s", cases, plural(cases));
    mqh_md_fold(out, summary);
    if (rules_of(findings, WARNED) > 0)
        write_findings(out, findings, WARNED, ROOM_WARNED);
    if (others > 0)
        fprintf(out, "\nAnother Reason Code than the standard names, or none: %u case%s\n", others,
                plural(others));
    mqh_md_fold_end(out);
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
    write_failures(out, run, &findings);
    write_cases(out, run, MQH_BLOCKED, "Blocked: a step before went wrong");
    write_cases(out, run, MQH_ERROR, "Errors of mqspec");
    write_stale(out, run);
    write_cases(out, run, MQH_FLAKY, "Flaky: went wrong once, and not again");
    write_warned(out, run, &findings);
    write_known(out, &findings);
    write_choices(out, run, false, "Where the standards leave a choice");
    write_choices(out, run, true, "Limits announced");
    write_skipped(out, run);
    mqh_arena_free(&arena);
}
