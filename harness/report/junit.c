#include "harness/report/report.h"

#include <inttypes.h>
#include <stdlib.h>

#include "harness/report/evidence.h"
#include "harness/report/safe.h"

struct counts {
    unsigned tests;
    unsigned failures;
    unsigned errors;
    unsigned skipped;
    uint64_t duration_ms;
};

/* What a verdict is in JUnit's words; NULL: it passed. */
static const char *element_of(const struct mqh_run *run, const struct mqh_result *result)
{
    if (result->verdict == MQH_SKIP || result->known)
        return "skipped";
    if (!mqh_evidence_is_red(run, result))
        return NULL;
    return result->verdict == MQH_ERROR ? "error" : "failure";
}

static void count(struct counts *counts, const struct mqh_run *run, size_t index)
{
    const char *element = element_of(run, run->results[index]);

    counts->tests++;
    counts->duration_ms += run->results[index]->duration_ms;
    if (element == NULL)
        return;
    counts->failures += strcmp(element, "failure") == 0;
    counts->errors += strcmp(element, "error") == 0;
    counts->skipped += strcmp(element, "skipped") == 0;
}

static void write_time(FILE *out, uint64_t duration_ms)
{
    fprintf(out, " time=\"%" PRIu64 ".%03" PRIu64 "\"", duration_ms / 1000, duration_ms % 1000);
}

static void write_counts(FILE *out, const struct counts *counts)
{
    fprintf(out, " tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"%u\"", counts->tests,
            counts->failures, counts->errors, counts->skipped);
}

static void write_message(FILE *out, const struct mqh_run *run, size_t index)
{
    const struct mqh_result *result = run->results[index];
    char id[MQH_RULE_TEXT_SIZE];

    fputs(" message=\"", out);
    if (result->known) {
        fputs("known: ", out);
        mqh_xml_text(out, result->known_reason, false);
    } else {
        for (size_t i = 0; i < result->broken.count; i++)
            fprintf(out, "%s: ",
                    mqh_rule_write(result->broken.items[i]->version, result->broken.items[i]->id,
                                   ' ', id));
        mqh_xml_text(out, result->reason, false);
    }
    putc('"', out);
}

/* The evidence, as the text of an element. */
static void write_story(FILE *out, const struct mqh_run *run, size_t index)
{
    struct mqh_evidence_style style = {.indent = ""};
    char *story = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&story, &size);

    if (memory == NULL)
        return;
    mqh_evidence_write(memory, run, index, &style);
    if (fclose(memory) == 0)
        mqh_xml_text(out, story, true);
    free(story);
}

static void write_body(FILE *out, const struct mqh_run *run, size_t index)
{
    const struct mqh_result *result = run->results[index];
    const char *element = element_of(run, result);

    if (element == NULL) { /* WARN or FLAKY */
        fputs("      <system-out>", out);
        fprintf(out, "%s\n", mqh_verdict_name(result->verdict));
        write_story(out, run, index);
        fputs("</system-out>\n", out);
        return;
    }
    fprintf(out, "      <%s", element);
    write_message(out, run, index);
    if (strcmp(element, "skipped") == 0) {
        fputs("/>\n", out);
        return;
    }
    fprintf(out, " type=\"%s\">", mqh_verdict_name(result->verdict));
    write_story(out, run, index);
    fprintf(out, "</%s>\n", element);
}

static void write_case(FILE *out, const struct mqh_run *run, size_t index)
{
    const struct mqh_case *c = &run->cases[index];
    const struct mqh_result *result = run->results[index];

    fputs("    <testcase classname=\"", out);
    mqh_xml_text(out, mqc_version_name(c->version), false);
    fputs("\" name=\"", out);
    mqh_xml_text(out, c->id, false);
    fputs("\" file=\"", out);
    mqh_xml_text(out, c->scenario->file, false);
    fprintf(out, "\" line=\"%u\"", c->scenario->where.line);
    write_time(out, result->duration_ms);
    if (result->verdict == MQH_PASS) {
        fputs("/>\n", out);
        return;
    }
    fputs(">\n", out);
    write_body(out, run, index);
    fputs("    </testcase>\n", out);
}

static bool belongs(const struct mqh_run *run, size_t index, enum mqc_version version,
                    struct mqc_slice section)
{
    return run->results[index] != NULL && run->cases[index].version == version &&
           mqc_slice_equal(mqh_evidence_section(&run->cases[index]), section);
}

static void write_suite(FILE *out, const struct mqh_run *run, size_t first)
{
    enum mqc_version version = run->cases[first].version;
    struct mqc_slice section = mqh_evidence_section(&run->cases[first]);
    struct counts counts = {0};

    for (size_t i = first; i < run->case_count; i++)
        if (belongs(run, i, version, section))
            count(&counts, run, i);
    fprintf(out, "  <testsuite name=\"%s %.*s\"", mqc_version_name(version), (int)section.size,
            (const char *)section.data);
    write_counts(out, &counts);
    write_time(out, counts.duration_ms);
    fprintf(out, " timestamp=\"%.19s\">\n", run->started); /* JUnit wants no zone */
    for (size_t i = first; i < run->case_count; i++)
        if (belongs(run, i, version, section))
            write_case(out, run, i);
    fputs("  </testsuite>\n", out);
}

/* Whether the case at `index` is the first one of its version and section that was run. */
static bool begins_suite(const struct mqh_run *run, size_t index)
{
    if (run->results[index] == NULL)
        return false;
    for (size_t i = 0; i < index; i++)
        if (belongs(run, i, run->cases[index].version, mqh_evidence_section(&run->cases[index])))
            return false;
    return true;
}

/* What went wrong with the run itself: a dead or unreachable broker, or a run that was interrupted,
 * fails as a test of its own. */
static void write_trouble(FILE *out, const struct mqh_run *run, const char *trouble)
{
    const char *name = run->failed == NULL && run->died == NULL ? "run" : "broker";

    fprintf(out,
            "  <testsuite name=\"%s\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\">\n"
            "    <testcase classname=\"%s\" name=\"%s\">\n      <error message=\"",
            name, name, name[0] == 'r' ? "is-complete" : "serves");
    mqh_xml_text(out, trouble, false);
    fputs("\"/>\n    </testcase>\n  </testsuite>\n", out);
}

void mqh_report_junit(FILE *out, const struct mqh_run *run)
{
    const char *trouble = run->failed != NULL ? run->failed
                          : run->died != NULL ? run->died
                          : run->interrupted  ? "interrupted: some cases were not run"
                                              : NULL;
    struct counts counts = {.tests = trouble != NULL, .errors = trouble != NULL};

    for (size_t i = 0; i < run->case_count; i++)
        if (run->results[i] != NULL)
            count(&counts, run, i);
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"mqspec ", out);
    mqh_xml_text(out, run->target->url, false);
    putc('"', out);
    write_counts(out, &counts);
    write_time(out, run->duration_ms);
    fputs(">\n", out);
    if (trouble != NULL)
        write_trouble(out, run, trouble);
    for (size_t i = 0; i < run->case_count; i++)
        if (begins_suite(run, i))
            write_suite(out, run, i);
    fputs("</testsuites>\n", out);
}
