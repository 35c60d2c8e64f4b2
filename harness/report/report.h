/*
 * Reports for machines, each a whole file written from a finished run. All are valid also for a run
 * that was interrupted, whose broker died, or that could not begin (run->failed). Cases that were
 * not run are not in them. Passwords never come here: what the run holds was concealed before.
 */
#ifndef MQH_REPORT_H
#define MQH_REPORT_H

#include <stdio.h>

#include "harness/runner/run.h"

/* One object; conformance/schema/test-report.schema.json describes it. */
void mqh_report_json(FILE *out, const struct mqh_run *run);

/*
 * JUnit XML, a test suite for each version and section. FAIL and BLOCKED are failures, ERROR is an
 * error, SKIP is skipped; known reds are skipped, with "known: " and the reason. WARN is a failure
 * in a strict run only; else it passes, as FLAKY does, with the story in system-out. A run that did
 * not come to its end has an error of its own, in the suite "broker" or "run".
 */
void mqh_report_junit(FILE *out, const struct mqh_run *run);

/* TAP version 13. Known reds are TODO, SKIP is SKIP; reds carry a YAML block. */
void mqh_report_tap(FILE *out, const struct mqh_run *run);

/*
 * For people who have little time: a CI step summary, a comment on a pull request. What is red and
 * not known, by requirement, with our wording and one case of each; all else is folded. At most
 * MQH_MD_MAX bytes (markdown.h), whatever the run holds.
 */
void mqh_report_markdown(FILE *out, const struct mqh_run *run);

/* For people, one screen: versions, limits, capabilities and choices of the broker. `columns`:
 * characters of a line; 0: as many as there are. */
void mqh_report_probe(FILE *out, const struct mqh_run *run, unsigned columns);

/* A list for --known that names every red of this run; reasons of the list that was given are kept.
 */
void mqh_report_known(FILE *out, const struct mqh_run *run);

#endif
