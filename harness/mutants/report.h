/*
 * What came of the mutants: a page for people, and JSON for scripts.
 */
#ifndef MQH_MUTANTS_REPORT_H
#define MQH_MUTANTS_REPORT_H

#include <stdio.h>

#include "harness/mutants/mutants.h"

/* The reds of good brokers, the defects that survive, and how many of each there are. `details`:
 * every red of every broker. */
void mqh_mutants_show(FILE *out, const struct mqh_mutant *mutants, size_t count,
                      uint64_t duration_ms, bool details);

/* How many defects there are and how many were killed, by chapter and version. */
void mqh_mutants_show_matrix(FILE *out, const struct mqh_mutant *mutants, size_t count);

/* The cases that passed on no good broker: nobody has seen that they can. */
void mqh_mutants_show_untried(FILE *out, const struct mqh_mutants_suite *suite);

/*
 * {"duration_ms", "clean": {"pass", "fail", …},
 *  "variants": [{"name", "allows", "says", "counts": {"pass", …}, "fail": ["subscribe/…@5.0"]}],
 *  "lenient": {"counts", "right": [reds that name what it does not check], "wrong": []},
 *  "defects": [{"id", "rule", "says", "killed_by": ["subscribe/no-filter@5.0"], "collateral"}],
 *  "degenerate": [{"name", "says", "counts", "pass": [cases]}]}
 *
 * "fail" names BLOCKED and ERROR too; "survives" of a defect is the reason that it is listed with.
 * False if it could not be written.
 */
bool mqh_mutants_write(const char *path, const struct mqh_mutant *mutants, size_t count,
                       uint64_t duration_ms);

#endif
