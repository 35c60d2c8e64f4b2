/*
 * How the commands that judge what others said show it: `lint` and `proxy`. On standard output, as
 * text or as lines of JSON (conformance/schema/lint.schema.json).
 */
#ifndef MQH_FINDING_H
#define MQH_FINDING_H

#include <stdio.h>

#include "harness/cli/cli.h"
#include "harness/replay/judge.h"

/* One breach. `file`: NULL where there is only one. */
void mqh_finding_text(const struct mqh_finding *finding, const char *file);
void mqh_finding_json(const struct mqh_finding *finding, const char *file);

/* "note: COUNT TEXT", if it is not 0, with the text for one or for many; all that the judge counts;
 * and what there was besides. */
void mqh_finding_note(FILE *out, uint64_t count, const char *one, const char *many);
void mqh_finding_notes(FILE *out, const struct mqh_judge_counts *counts);
void mqh_finding_capture_notes(FILE *out, const struct mqh_capture_counts *counts);

/* The last line. JSON: with what the notes say, `capture` being what there was besides. */
void mqh_finding_summary(const struct mqh_judge_counts *counts, const char *file);
void mqh_finding_summary_json(const struct mqh_judge_counts *counts, const char *file,
                              const struct mqh_capture_counts *capture);

/* --side client|server|both, which is unknown. False after a complaint. */
bool mqh_finding_side(const char *command, const char *text, enum mqc_side *out);

/* Whether the exit status is red. `strict`: breaches of a SHOULD count too. */
bool mqh_finding_is_red(const struct mqh_judge_counts *counts, enum mqc_side side, bool strict);

#endif
