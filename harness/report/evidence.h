/*
 * What all reports say of one case, in the same words: its name, the requirement, expected and
 * actual, the transcript, where it stands, and the command that runs it alone. For people; plain
 * text, no colour.
 */
#ifndef MQH_EVIDENCE_H
#define MQH_EVIDENCE_H

#include <stdio.h>

#include "harness/runner/run.h"

struct mqh_evidence_style {
    bool brief;            /* no transcript */
    size_t transcript_max; /* lines, the last ones before the verdict fell; 0: all */
    size_t text_max;       /* bytes of the reason, of what was expected, and so on; 0: all */
    unsigned columns;      /* characters of a line; 0: as many as there are */
    const char *indent;    /* before each line */
};

/* "v5 MQTT-3.8.3-2 (MUST, section 3.8.3): its text", one line. */
void mqh_evidence_requirement(FILE *out, const struct mqh_requirement *requirement);

/* Everything about the case at `index`, which must have a result. */
void mqh_evidence_write(FILE *out, const struct mqh_run *run, size_t index,
                        const struct mqh_evidence_style *style);

/* The command that runs the case alone, quoted for a shell; of what is not printed of its name any
 * text is taken. */
void mqh_evidence_command(FILE *out, const struct mqh_run *run, const struct mqh_case *c,
                          const char *options);

/* FAIL, BLOCKED and ERROR that the list of known failures does not name; in strict runs WARN too.
 */
bool mqh_evidence_is_red(const struct mqh_run *run, const struct mqh_result *result);

/* The first part of the case's name, "subscribe": the section it is counted in. */
struct mqc_slice mqh_evidence_section(const struct mqh_case *c);

#endif
