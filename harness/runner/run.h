/*
 * One run of the suite against one broker: what was asked for, what was found. The runner fills it,
 * the reports (harness/report) print it.
 */
#ifndef MQH_RUN_H
#define MQH_RUN_H

#include "harness/driver/target.h"
#include "harness/runner/known.h"
#include "harness/scenario/result.h"

/* One capability of the broker in one version, found by running `conformance/probe/NAME.mqs`. */
struct mqh_capability {
    const char *name; /* "qos2" */
    enum mqc_version version;
    bool present;
    const char *why_not; /* one line; "" when present */
};

/* What the broker said and did that the standard leaves open. */
struct mqh_profile_entry {
    enum mqc_version version;
    const char *name; /* "overlapping-subscriptions", or a CONNACK property's name */
    const char *word; /* "one-copy", or its value */
    bool announced;   /* from CONNACK; else observed */
};

struct mqh_run {
    const char *tool; /* "mqspec 0.1.0" */
    const struct mqh_target *target;
    const char *command; /* as the user typed it, secrets concealed */
    const char *alone;   /* options that the command to run one case alone needs: "", " --x y" */
    const char *broker;  /* what it said of itself ($SYS/broker/version); "" if nothing */
    const char *started; /* "2026-11-25T06:31:00Z" */
    uint64_t started_s;  /* the same, since 1970 */
    uint64_t duration_ms;
    unsigned versions; /* set of those the broker accepts and the user wants */

    const struct mqh_case *cases; /* those selected, in order */
    struct mqh_result **results;  /* by index in `cases`; NULL: not run */
    size_t case_count;

    const struct mqh_capability *capabilities;
    size_t capability_count;
    const struct mqh_profile_entry *profile;
    size_t profile_count;

    unsigned settle_ms; /* as measured */
    unsigned rerun_count;
    struct mqh_known *known;  /* NULL: no list was given */
    const char **not_cleaned; /* one line each */
    size_t not_cleaned_count;
    const char *died;   /* the broker died: one line with the suspects; NULL: it lives */
    const char *failed; /* nothing could be run: why, one line; NULL: it ran */
    bool interrupted;   /* Ctrl-C */
    bool strict;
    unsigned counts[MQH_VERDICT_COUNT]; /* reds that are known are not among FAIL, BLOCKED … */
    unsigned known_count;
};

/* DESIGN, Exit status. */
int mqh_run_status(const struct mqh_run *run);

#endif
