/*
 * The scenarios that a command works on: those that the program carries, or a folder's; and which
 * of their cases are meant.
 */
#ifndef MQH_SUITE_H
#define MQH_SUITE_H

#include "harness/scenario/scenario.h"

/*
 * Parses all scenarios: the embedded ones, or with `folder` every *.mqs in it and below, sorted by
 * path. A folder that has no probes of its own (scenarios probe/…) gets the embedded ones, so that
 * `needs` can be answered. False after complaints in the name of `command`: the first one of each
 * file.
 */
bool mqh_suite_load(struct mqh_arena *arena, const char *command, const char *folder,
                    struct mqh_scenarios *out);

/* The cases of all scenarios in the set `versions`. False after complaints: the first one of
 * each scenario. */
bool mqh_suite_cases(struct mqh_arena *arena, const struct mqh_scenarios *scenarios,
                     unsigned versions, struct mqh_cases *out);

/* --only and --skip; patterns as in mqh_selects(). */
struct mqh_selection {
    const char **only; /* empty: all but the probes, which run by themselves */
    size_t only_count;
    const char **skip;
    size_t skip_count;
};

bool mqh_selection_has(const struct mqh_selection *selection, const struct mqh_case *c);

/* The same of what is no case: `matches` says whether a pattern means the item. */
bool mqh_selection_means(const struct mqh_selection *selection, const void *item,
                         bool (*matches)(const char *pattern, const void *item));

/* False after a complaint about a pattern that means none of these cases: it is a slip of the
 * user's. */
bool mqh_selection_check(const struct mqh_selection *selection, const char *command,
                         const struct mqh_cases *cases);

/* True for a scenario probe/NAME, which finds out a capability. */
bool mqh_suite_is_probe(const struct mqh_scenario *scenario);

/* True if the suite of this release ("1.0"; NULL: the newest) had the scenario: its `since` is not
 * later. */
bool mqh_suite_has(const char *release, const struct mqh_scenario *scenario);

/* Prints `error` to stderr, with its caret line. */
void mqh_suite_complain(const struct mqh_error *error);

/* A whole file; false after a complaint. It ends with a NUL that `out->size` does not count. */
bool mqh_suite_read(struct mqh_arena *arena, const char *command, const char *path,
                    struct mqc_slice *out);

#endif
