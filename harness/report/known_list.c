#include "harness/report/report.h"

#include "harness/report/evidence.h"

/* The reason that the given list has for this red, or NULL. */
static const char *reason_given(const struct mqh_run *run, const struct mqh_result *result)
{
    return run->known != NULL && result->known ? result->known_reason : NULL;
}

static void write_entry(FILE *out, const struct mqh_run *run, size_t index,
                        const struct mqh_requirement *rule)
{
    const struct mqh_case *c = &run->cases[index];
    const struct mqh_result *result = run->results[index];
    const char *reason = reason_given(run, result);
    char id[MQH_RULE_TEXT_SIZE];

    if (reason == NULL)
        reason = result->reason[0] == '\0' ? "no reason known" : result->reason;
    fprintf(out, "%s@%s  %s  # ", c->id, mqc_version_name(c->version),
            rule == NULL ? "-" : mqh_rule_write(rule->version, rule->id, ' ', id));
    for (; *reason != '\0'; reason++)
        putc((unsigned char)*reason < ' ' ? ' ' : *reason, out);
    putc('\n', out);
}

void mqh_report_known(FILE *out, const struct mqh_run *run)
{
    fprintf(out, "# Known failures of %s%s%s, found by %s.\n",
            run->broker[0] == '\0' ? "the broker" : run->broker,
            run->started[0] == '\0' ? "" : " on ", run->started, run->tool);
    fputs("# Case id with version, rule id (- for a BLOCKED), # reason.\n", out);
    for (size_t i = 0; i < run->case_count; i++) {
        const struct mqh_result *result = run->results[i];

        if (result == NULL || result->verdict == MQH_ERROR)
            continue; /* an error of ours is no property of the broker */
        if (!result->known && !mqh_evidence_is_red(run, result))
            continue;
        for (size_t j = 0; j < result->broken.count; j++)
            write_entry(out, run, i, result->broken.items[j]);
        if (result->broken.count == 0)
            write_entry(out, run, i, NULL);
    }
}
