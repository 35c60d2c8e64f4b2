/*
 * The catalogues with what the suite makes of them, as `mqspec list --requirements` shows it.
 */
#ifndef MQH_LIST_H
#define MQH_LIST_H

#include <jansson.h>
#include <stdio.h>

#include "harness/model/defect.h"
#include "harness/scenario/scenario.h"

/* How a requirement stands. The order is that of the table of counts. */
enum mqh_status {
    MQH_PROVED,      /* a scenario proves it */
    MQH_JUDGED,      /* no scenario, but every conversation is judged by it */
    MQH_UNCOVERED,   /* could be tested, is not */
    MQH_FREEDOM,     /* a MAY that no scenario names: nothing can break it */
    MQH_CLIENT_ONLY, /* binds clients; seen only by a tester that plays the server */
    MQH_UNTESTABLE,  /* nobody can see it from outside */
    MQH_STATUS_COUNT
};

const char *mqh_status_name(enum mqh_status status);

struct mqh_coverage {
    const struct mqh_requirement *requirement;
    const struct mqh_scenario **scenarios; /* that prove it, or a row that says the same */
    size_t scenario_count;
    const struct mqh_defect_entry **defects; /* that break it, or a row that says the same */
    size_t defect_count;
    const char *no_defect; /* why none can; NULL: nobody says so */
    bool monitor;          /* the monitor judges every conversation by it */
    enum mqh_status status;
    const char *why; /* one line; "" for proved */
};

/* Fills `*out` for one row from the suite and all defects; lists live in `arena`. */
void mqh_coverage_find(struct mqh_arena *arena, const struct mqh_scenarios *scenarios,
                       const struct mqh_defect_entry *defects, size_t defect_count,
                       const struct mqh_requirement *requirement, struct mqh_coverage *out);

/* One JSON object; conformance/schema/requirements.schema.json describes it. The caller's
 * reference.
 */
json_t *mqh_coverage_json(const struct mqh_coverage *coverage);

/* That, on one line. */
void mqh_coverage_write_json(FILE *out, const struct mqh_coverage *coverage);

#endif
