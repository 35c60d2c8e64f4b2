#include "harness/report/report.h"

#include <inttypes.h>
#include <stdlib.h>

#include "harness/report/evidence.h"
#include "harness/report/safe.h"

/* One line of text: what TAP gives a meaning to is escaped, control characters become blanks. */
static void write_text(FILE *out, const char *text)
{
    for (; text != NULL && *text != '\0'; text++) {
        if (*text == '#' || *text == '\\')
            putc('\\', out);
        putc((unsigned char)*text < ' ' ? ' ' : *text, out);
    }
}

/* The evidence as a YAML block, its text a literal one. */
static void write_story(FILE *out, const struct mqh_run *run, size_t index)
{
    struct mqh_evidence_style style = {.indent = "    "};
    const struct mqh_result *result = run->results[index];

    fprintf(out, "  ---\n  verdict: %s\n  duration_ms: %" PRIu64 "\n  evidence: |\n",
            mqh_verdict_name(result->verdict), result->duration_ms);
    mqh_evidence_write(out, run, index, &style);
    fputs("  ...\n", out);
}

static void write_case(FILE *out, const struct mqh_run *run, size_t index, size_t number)
{
    const struct mqh_case *c = &run->cases[index];
    const struct mqh_result *result = run->results[index];
    bool red = mqh_evidence_is_red(run, result);

    fprintf(out, "%s %zu - ", red || result->known ? "not ok" : "ok", number);
    write_text(out, c->id);
    fprintf(out, "@%s", mqc_version_name(c->version));
    if (result->known) {
        fputs(" # TODO known: ", out);
        write_text(out, result->known_reason);
    } else if (result->verdict == MQH_SKIP) {
        fputs(" # SKIP ", out);
        write_text(out, result->reason);
    }
    putc('\n', out);
    if (result->verdict != MQH_PASS && result->verdict != MQH_SKIP)
        write_story(out, run, index);
}

void mqh_report_tap(FILE *out, const struct mqh_run *run)
{
    size_t number = 0;
    size_t planned = 0;

    for (size_t i = 0; i < run->case_count; i++)
        planned += run->results[i] != NULL;
    /* Perl's prove, for one, takes no later version; nothing here needs one. */
    fprintf(out, "TAP version 13\n1..%zu\n", planned);
    for (size_t i = 0; i < run->case_count; i++)
        if (run->results[i] != NULL)
            write_case(out, run, i, ++number);
    if (run->failed != NULL || run->died != NULL || run->interrupted) {
        fputs("Bail out! ", out);
        write_text(out, run->failed != NULL ? run->failed
                        : run->died != NULL ? run->died
                                            : "interrupted");
        putc('\n', out);
    }
}
