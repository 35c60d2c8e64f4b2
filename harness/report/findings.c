#include "harness/report/findings.h"

#include <stdlib.h>

static struct mqh_finding *finding_of(struct mqh_findings *findings,
                                      const struct mqh_requirement *rule, size_t index)
{
    for (size_t i = 0; i < findings->count; i++)
        if (findings->items[i].rule == rule)
            return &findings->items[i];
    findings->items[findings->count] = (struct mqh_finding){.rule = rule, .first = index};
    return &findings->items[findings->count++];
}

static void count(struct mqh_findings *findings, const struct mqh_result *result, size_t index)
{
    for (size_t i = 0; i < result->broken.count; i++) {
        struct mqh_finding *finding = finding_of(findings, result->broken.items[i], index);

        if (result->known) {
            finding->known++;
            continue;
        }

        bool failed = result->verdict != MQH_WARN;

        if (finding->failed == 0 && (failed || finding->warned == 0))
            finding->first = index;
        finding->failed += failed;
        finding->warned += !failed;
    }
}

static int compare(const void *a, const void *b)
{
    const struct mqh_requirement *first = ((const struct mqh_finding *)a)->rule;
    const struct mqh_requirement *second = ((const struct mqh_finding *)b)->rule;

    if (first->version != second->version)
        return first->version > second->version ? -1 : 1;
    return (first > second) - (first < second); /* rows of one table */
}

struct mqh_findings mqh_findings_of(struct mqh_arena *arena, const struct mqh_run *run)
{
    struct mqh_findings findings = {
        mqh_arena_alloc(arena, mqh_catalogue_count() * sizeof(struct mqh_finding)), 0};

    for (size_t i = 0; i < run->case_count; i++) {
        const struct mqh_result *result = run->results[i];

        if (result != NULL && (result->verdict == MQH_FAIL || result->verdict == MQH_WARN))
            count(&findings, result, i);
    }
    qsort(findings.items, findings.count, sizeof *findings.items, compare);
    return findings;
}
