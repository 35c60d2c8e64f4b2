/*
 * A case as files that somebody else can open: a capture for Wireshark, and the scenario alone.
 */
#ifndef MQH_EVIDENCE_CAPTURE_H
#define MQH_EVIDENCE_CAPTURE_H

#include <stdio.h>

#include "harness/runner/run.h"

/*
 * The transcript of the case at `index` as pcapng: one TCP connection for each of ours, bytes as
 * they were, faults and the verdict as packet comments. Passwords and authentication data are
 * written as asterisks. `start_ns` is when the case began. False if it could not be written.
 */
bool mqh_evidence_capture(FILE *out, const struct mqh_run *run, size_t index, uint64_t start_ns);

/* The scenario of a case alone, of a family with this member only: a file that
 * `mqspec test --suite-dir FILE` runs, in all its versions. */
void mqh_evidence_scenario(FILE *out, const struct mqh_run *run, size_t index);

#endif
