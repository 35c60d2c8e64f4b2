/*
 * The runner: decides what runs, when and how often, and what the verdicts are in the end.
 *
 *     versions the broker accepts -> capabilities -> settling time -> cases -> re-runs -> clean-up
 *
 * Capabilities are cases too: `needs qos2` is met in a version if conformance/probe/qos2.mqs passes
 * in it. All cases but the exclusive ones run beside each other, longest first.
 */
#ifndef MQH_RUNNER_H
#define MQH_RUNNER_H

#include "harness/runner/run.h"

struct mqh_runner_options {
    const struct mqh_target *target;
    unsigned versions;   /* set of those wanted */
    bool versions_given; /* by the user: then a version that the broker refuses is an error */
    const char **only;   /* names, globs, "v5:MQTT-3.8.3-2"; empty: all */
    size_t only_count;
    const char **skip;
    size_t skip_count;
    unsigned jobs;            /* cases at a time */
    unsigned timeout_ms;      /* the hard deadline of one case */
    const char *suite;        /* "1.0" or NULL */
    const char *topic_prefix; /* ${T} begins with it; NULL: nothing */
    const char *denied_topic; /* ${D}; NULL: none is known */
    bool intrusive;
    bool slow;
    bool strict;
    bool probe_only;         /* `mqspec probe`: versions, capabilities and profile, but no case */
    bool sabotage;           /* every proving line gets a wrong answer: is it noticed? */
    struct mqh_known *known; /* or NULL */
    const char *exec;        /* command that starts the broker; NULL: it runs already */

    /* Told as it goes; any may be NULL. */
    void (*on_start)(void *context, const struct mqh_run *run);
    void (*on_case)(void *context, const struct mqh_run *run, size_t index);
    void (*on_note)(void *context, const char *text);
    void *context;
};

/*
 * Runs the scenarios. Everything that `*run` points to lives in `arena`. False if nothing could be
 * run:
 * `*why` then is one line, and `*status` the exit status (2 or 3).
 */
bool mqh_runner_run(struct mqh_arena *arena, const struct mqh_runner_options *options,
                    const struct mqh_scenarios *scenarios, struct mqh_run *run, const char **why,
                    int *status);

/* True if a case is wanted by --only and --skip. `pattern`: a name, a glob, a name with [member] or
 * @version, a folder (with its slash or without), or a requirement in its command-line form. */
bool mqh_selects(const char *pattern, const struct mqh_case *c);

/* True for a capability that the command line tells of, for which there is no scenario probe/NAME.
 */
bool mqh_capability_is_of_user(const char *name);

/* What to say of a pattern that selects no case: a slip of the user's. */
const char *mqh_selects_nothing(struct mqh_arena *arena, const char *option, const char *pattern);

#endif
