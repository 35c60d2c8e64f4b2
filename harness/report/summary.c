#include "harness/report/console.h"

#include <inttypes.h>
#include <stdlib.h>

#include "harness/report/evidence.h"
#include "harness/report/findings.h"
#include "harness/report/safe.h"

/* The verdicts' columns, and one for known reds. */
enum { COLUMN_COUNT = MQH_VERDICT_COUNT + 1 };

struct section {
    struct mqc_slice name;
    unsigned counts[COLUMN_COUNT];
};

static struct section *section_of(struct section *sections, size_t *count, const struct mqh_case *c)
{
    struct mqc_slice name = mqh_evidence_section(c);

    for (size_t i = *count; i-- > 0;)
        if (mqc_slice_equal(sections[i].name, name))
            return &sections[i];
    sections[*count].name = name;
    return &sections[(*count)++];
}

/* Passes are the ground: what stands out from it has a colour. */
static void write_number(FILE *out, int column, unsigned number, bool colour)
{
    bool coloured = colour && column != MQH_PASS && column < MQH_VERDICT_COUNT;

    if (number == 0)
        fprintf(out, " %7s", ".");
    else
        fprintf(out, " %s%7u%s", coloured ? mqh_console_colour((enum mqh_verdict)column, true) : "",
                number, mqh_console_plain(coloured));
}

/* Columns in which nothing stands are left out. */
static void write_sections(FILE *out, const struct mqh_run *run, bool colour)
{
    static const char *const heads[COLUMN_COUNT] = {"pass", "fail",  "warn",  "blocked",
                                                    "skip", "flaky", "error", "known"};
    struct mqh_arena arena = {NULL};
    struct section *sections = mqh_arena_alloc(&arena, (run->case_count + 1) * sizeof *sections);
    bool used[COLUMN_COUNT] = {[MQH_PASS] = true, [MQH_FAIL] = true};
    size_t count = 0;

    for (size_t i = 0; i < run->case_count; i++) {
        const struct mqh_result *result = run->results[i];
        struct section *section = section_of(sections, &count, &run->cases[i]);

        if (result != NULL)
            section->counts[result->known ? MQH_VERDICT_COUNT : (int)result->verdict]++;
    }
    for (int column = 0; column < COLUMN_COUNT; column++)
        for (size_t i = 0; i < count; i++)
            used[column] = used[column] || sections[i].counts[column] > 0;
    fprintf(out, "%-16s", "section");
    for (int column = 0; column < COLUMN_COUNT; column++)
        if (used[column])
            fprintf(out, " %7s", heads[column]);
    putc('\n', out);
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "%-16.*s", (int)sections[i].name.size, (const char *)sections[i].name.data);
        for (int column = 0; column < COLUMN_COUNT; column++)
            if (used[column])
                write_number(out, column, sections[i].counts[column], colour);
        putc('\n', out);
    }
    mqh_arena_free(&arena);
}

/* Whether an earlier case was skipped for the same reason. */
static bool was_said(const struct mqh_run *run, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        const struct mqh_result *result = run->results[i];

        if (result != NULL && result->verdict == MQH_SKIP &&
            strcmp(result->reason, run->results[index]->reason) == 0)
            return true;
    }
    return false;
}

static void write_skipped(FILE *out, const struct mqh_run *run, unsigned columns)
{
    for (size_t i = 0; i < run->case_count; i++) {
        const struct mqh_result *result = run->results[i];
        unsigned count = 0;

        if (result == NULL || result->verdict != MQH_SKIP || was_said(run, i))
            continue;
        for (size_t j = i; j < run->case_count; j++)
            count += run->results[j] != NULL && run->results[j]->verdict == MQH_SKIP &&
                     strcmp(run->results[j]->reason, result->reason) == 0;

        int used = fprintf(out, "skipped %u: ", count);
        mqh_plain_wrapped(out, result->reason, 0, columns, used > 0 ? (unsigned)used : 0);
        putc('\n', out);
    }
}

static void write_stale(FILE *out, const struct mqh_run *run)
{
    char id[MQH_RULE_TEXT_SIZE];

    for (size_t i = 0; run->known != NULL && i < run->known->count; i++) {
        const struct mqh_known_entry *entry = &run->known->entries[i];

        if (!mqh_known_is_stale(entry))
            continue;
        fprintf(out, "stale: %s:%u: ", run->known->file, entry->line);
        if (entry->exact)
            mqh_plain_text(out, entry->case_id, 0);
        else /* a glob: the first that it names and that did not fail */
            fprintf(out, "%s@%s", entry->mended->id, mqc_version_name(entry->mended->version));
        if (entry->rule == NULL)
            fputs(" was not BLOCKED\n", out);
        else
            fprintf(out, " did not fail by %s\n",
                    mqh_rule_write(entry->rule->version, entry->rule->id, ' ', id));
    }
}

void mqh_console_summary(FILE *out, const struct mqh_run *run, unsigned columns, bool colour)
{
    if (run->case_count > 0)
        write_sections(out, run, colour);
    write_skipped(out, run, columns);
    write_stale(out, run);
    for (size_t i = 0; i < run->not_cleaned_count; i++)
        fprintf(out, "not cleaned up: %s\n", run->not_cleaned[i]);
    if (run->died != NULL)
        fprintf(out, "%sthe broker died:%s %s\n", mqh_console_colour(MQH_ERROR, colour),
                mqh_console_plain(colour), run->died);
}

static void write_count(FILE *out, unsigned count, const char *word, const char **comma)
{
    if (count == 0)
        return;
    fprintf(out, "%s%u %s", *comma, count, word);
    *comma = ", ";
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

/* "3 failed on 2 requirements". */
static void write_failed(FILE *out, const struct mqh_run *run, bool colour)
{
    struct mqh_arena arena = {NULL};
    struct mqh_findings findings = mqh_findings_of(&arena, run);
    size_t rules = 0;

    for (size_t i = 0; i < findings.count; i++)
        rules += findings.items[i].failed > 0;
    if (run->counts[MQH_FAIL] > 0)
        fprintf(out, ", %s%u failed%s", mqh_console_colour(MQH_FAIL, colour), run->counts[MQH_FAIL],
                mqh_console_plain(colour));
    if (rules > 0)
        fprintf(out, " on %zu requirement%s", rules, plural(rules));
    mqh_arena_free(&arena);
}

static unsigned stale_count(const struct mqh_run *run)
{
    unsigned count = 0;

    for (size_t i = 0; run->known != NULL && i < run->known->count; i++)
        count += mqh_known_is_stale(&run->known->entries[i]);
    return count;
}

void mqh_console_last_line(FILE *out, const struct mqh_run *run, bool colour)
{
    const char *comma = ", ";
    unsigned stale = stale_count(run);
    unsigned not_run = 0;

    for (size_t i = 0; i < run->case_count; i++)
        not_run += run->results[i] == NULL;
    if (run->interrupted)
        fputs("interrupted: ", out);
    if (run->died != NULL)
        fprintf(out, "%sthe broker died:%s ", mqh_console_colour(MQH_ERROR, colour),
                mqh_console_plain(colour));
    fprintf(out, "%zu case%s: %u passed", run->case_count, plural(run->case_count),
            run->counts[MQH_PASS]);
    write_failed(out, run, colour);
    write_count(out, run->counts[MQH_WARN], "warned", &comma);
    write_count(out, run->counts[MQH_BLOCKED], "blocked", &comma);
    write_count(out, run->counts[MQH_ERROR], run->counts[MQH_ERROR] == 1 ? "error" : "errors",
                &comma);
    write_count(out, run->counts[MQH_FLAKY], "flaky", &comma);
    write_count(out, run->counts[MQH_SKIP], "skipped", &comma);
    write_count(out, not_run, "not run", &comma);
    write_count(out, stale, stale == 1 ? "stale entry" : "stale entries", &comma);
    if (run->known_count > 0)
        fprintf(out, " (%u known)", run->known_count);
    fprintf(out, " in %" PRIu64 ".%" PRIu64 " s", run->duration_ms / 1000,
            run->duration_ms % 1000 / 100);
    if (run->case_count == 0 && run->failed == NULL && !run->interrupted && run->died == NULL)
        fputs(": the options, and the versions that the broker accepts, leave none", out);
}
