/*
 * A finished run, read back from what mqh_report_json() wrote: the way for every report of a run
 * that is over. conformance/schema/test-report.schema.json is the contract; what it demands and the
 * text lacks is a complaint, and so is a requirement that no catalogue of ours has, for then a
 * later mqspec wrote it.
 *
 * What the form does not hold is not there: the bytes of packets, the spans of their faults (what a
 * packet breaks stands behind its text, as in a transcript), steps of scenarios, entries of the
 * list of known failures that still fail.
 */
#ifndef MQH_READ_H
#define MQH_READ_H

#include <jansson.h>

#include "harness/runner/run.h"

/* Everything in `*out` lives in the arena. `*root`, if not NULL, is the object itself, the caller's
 * reference; cases have the same order in both. False and one line in `*why`, without the file's
 * name, if `text` is no such report. */
bool mqh_report_read(struct mqh_arena *arena, struct mqc_slice text, struct mqh_run *out,
                     json_t **root, const char **why);

#endif
