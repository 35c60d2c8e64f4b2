/*
 * The page of one run, harness/report/report.html, and what it needs to know of the suite.
 */
#ifndef MQH_RUN_PAGE_H
#define MQH_RUN_PAGE_H

#include <jansson.h>
#include <stdio.h>

#include "harness/runner/run.h"

/* Writes the page of a run, from the report that mqspec test --json wrote of it. */
void mqh_run_page_write(FILE *out, const json_t *report, const struct mqh_scenarios *scenarios);

/* Writes the page of a run that has just ended: by way of that report, so that it is the same. */
void mqh_run_page(FILE *out, const struct mqh_run *run, const struct mqh_scenarios *scenarios);

/*
 * The caller's reference to
 *
 *     {"requirements": [as list --requirements --json has them],
 *      "scenarios": {NAME: {"about": its comment, "line": where its text begins, "text": …}}}
 *
 * Names of defects are left out: a page is about brokers.
 */
json_t *mqh_run_page_suite(const struct mqh_scenarios *scenarios);

#endif
