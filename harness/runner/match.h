/*
 * Names of cases, patterns for them, and version numbers of brokers and suites.
 */
#ifndef MQH_MATCH_H
#define MQH_MATCH_H

#include "harness/scenario/scenario.h"

/* True if `text` is what `pattern` says, where `*` stands for any text, slashes and all, and every
 * other character for itself: brackets are part of names. */
bool mqh_glob(const char *pattern, const char *text);

/* "connect/cut-short[n=3]@5.0", in the arena. */
const char *mqh_case_name(struct mqh_arena *arena, const struct mqh_case *c);

/*
 * Compares the first dotted number found in each, part by part: "mosquitto version 2.0.11" is below
 * "2.0.18", and "2.0" equal to "2.0.0". Less than 0, 0, more than 0. A text without a number counts
 * as "0".
 */
int mqh_version_compare(const char *a, const char *b);

#endif
