/*
 * What the runner knows during a run. Private to harness/runner.
 *
 *     runner.c    the phases, one after the other
 *     plan.c      which cases there are to run, which of them are skipped, how long they take
 *     batch.c     runs many jobs at a time, each followed by its clean-up
 *     survive.c   runs jobs to their end although the broker may die, and names the one that kills
 * it serve.c     starts and stops the broker of --exec probe.c     versions, capabilities, what the
 * broker says of itself profile.c   the behaviour profile settle.c    how long silence must last
 *     rerun.c     reds are run again
 *     sabotage.c  every check is seen to fail
 *     cleanup.c   ends sessions and clears retained messages
 *     sweep.c     looks for retained messages that are left after all
 *     script.c    small scenarios made up on the way
 */
#ifndef MQH_RUNNER_STATE_H
#define MQH_RUNNER_STATE_H

#include "harness/broker/broker.h"
#include "harness/driver/interrupt.h"
#include "harness/driver/live.h"
#include "harness/runner/match.h"
#include "harness/runner/runner.h"

enum mqh_job_state { MQH_JOB_WAITS, MQH_JOB_RUNS, MQH_JOB_CLEANS, MQH_JOB_ENDED };

/* One run of one case. */
struct mqh_job {
    const struct mqh_case *c;
    struct mqh_result **record; /* where the result goes, at `index` of the run; or NULL */
    size_t index;
    bool told; /* the caller of the run knows the result */
    struct mqh_patience patience;
    uint64_t hard_ms;  /* as long as it may take */
    unsigned sabotage; /* as in mqh_engine_options */
    bool sweeps;       /* part of the clean-up, leaves nothing itself */

    enum mqh_job_state state;
    struct mqh_result *result; /* what the engine says; NULL: it has not ended */
    bool aborted;              /* not by itself: the result says nothing about the broker */
    bool kills;                /* alone it killed the broker: that is its result */
    uint64_t begun_ms;
    uint64_t ended_ms;

    struct mqh_engine *engine;
    struct mqh_batch *batch;
    const char *topic; /* its ${T} */
};

/* Jobs that run beside each other. */
struct mqh_batch {
    struct mqh_job *jobs;
    size_t count;
    unsigned limit;     /* at a time; 0: the runner's */
    uint64_t budget_ms; /* for all; 0: no limit. What it does not reach is aborted, or waits */
    bool at_the_end;    /* runs although the run is to stop: a clean-up */

    struct mqh_runner *runner;
    size_t next;
    unsigned running;
    bool over; /* no further job is begun */
};

struct mqh_runner {
    struct mqh_arena *arena;
    const struct mqh_runner_options *options;
    const struct mqh_scenarios *scenarios;
    struct mqh_run *run;

    uv_loop_t loop;
    struct mqh_live *live;
    struct mqh_interrupt interrupt;
    struct mqh_broker *broker; /* NULL without --exec */
    struct mqh_batch *batch;   /* under way; NULL: none */

    uint64_t start_ms;
    uint64_t seed;
    unsigned names; /* given out so far */
    struct mqh_patience patience;
    unsigned limit; /* jobs at a time */
    bool halved;

    bool stop;                  /* Ctrl-C, or a broker that is gone for good */
    bool dead;                  /* the broker does not answer */
    bool reaching;              /* that is being looked at */
    unsigned failures_seen;     /* on connect */
    unsigned failures_forgiven; /* while the broker was down */
    const char *not_reached;    /* why */
    unsigned deaths;

    unsigned accepted;                /* versions found to be accepted */
    const char *refusals[MQC_V5 + 1]; /* by version: why it is not */
    bool no_qos1;                     /* in 5.0, the broker announced Maximum QoS 0 */
    struct mqh_job *jobs; /* of the cases that are not skipped; exclusive ones are the last */
    size_t job_count;
    size_t exclusive_count;
    const struct mqh_case *delivery;     /* probe/delivery; NULL: there is none */
    struct mqh_capability *capabilities; /* those of the run */
    struct mqh_profile_entry *profile;

    const char **places; /* the ${T} below which something may have been retained */
    size_t place_count;
    size_t place_capacity;
    size_t not_cleaned_capacity;
    size_t capability_capacity;
    size_t profile_capacity;
};

__attribute__((format(printf, 2, 3))) void mqh_runner_note(struct mqh_runner *runner,
                                                           const char *format, ...);

/* Lets the loop run for a while; ends early on Ctrl-C. */
void mqh_runner_wait(struct mqh_runner *runner, unsigned ms);

/* Engines of this run get names that no other has: ${T} and ${C}. */
struct mqh_engine *mqh_runner_engine(struct mqh_runner *runner, struct mqh_arena *arena,
                                     const struct mqh_case *c, struct mqh_patience patience,
                                     unsigned sabotage, const char **topic);

/* ---- batch.c ---- */

/* A job that can be run as it is. */
struct mqh_job mqh_job_of(const struct mqh_runner *runner, const struct mqh_case *c,
                          struct mqh_patience patience);

/* Runs the jobs that wait, until all have ended, the budget is used up, the broker is dead or the
 * run is to stop. */
void mqh_batch_run(struct mqh_runner *runner, struct mqh_batch *batch);

/* Aborts what runs; what is being cleaned goes on. */
void mqh_batch_abort(struct mqh_batch *batch, const char *reason);

/* True if the broker can be reached now. */
bool mqh_runner_reaches(struct mqh_runner *runner, unsigned timeout_ms);

/* ---- survive.c ---- */

/* As mqh_batch_run(), but a broker that dies is started again where it can be. */
void mqh_jobs_run(struct mqh_runner *runner, struct mqh_job *jobs, size_t count, unsigned limit,
                  uint64_t budget_ms);

/* ---- serve.c ---- */

/* Starts the broker and waits until it answers a CONNECT. False and one line if it does not. */
bool mqh_serve_start(struct mqh_runner *runner, const char **why);

/* A CONNECT is answered, be it by a refusal: only then does the broker serve. */
bool mqh_serve_answers(struct mqh_runner *runner);
void mqh_serve_stop(struct mqh_runner *runner);

/* ---- plan.c ---- */

/* The cases that are wanted, whatever the broker is capable of. False and one line on bad scenarios
 * and patterns. */
bool mqh_plan_cases(struct mqh_runner *runner, const char **why);

/* All versions that clients of those cases speak, by the case or by `@`. */
unsigned mqh_plan_versions(const struct mqh_runner *runner);

/* Drops the cases of versions that the broker refuses. */
void mqh_plan_versions_found(struct mqh_runner *runner);

/* Makes the jobs; those that lack something are SKIP and have ended. */
void mqh_plan_jobs(struct mqh_runner *runner);

/* How long a conforming broker may keep the case waiting, in ms, by its own words. */
uint64_t mqh_plan_estimate(const struct mqh_case *c);

/* ---- probe.c, profile.c, settle.c ---- */

bool mqh_probe_versions(struct mqh_runner *runner, unsigned versions, const char **why);
bool mqh_probe_capabilities(struct mqh_runner *runner, const char **why);

/* The case of the scenario `name` in a version; NULL if there is none. */
const struct mqh_case *mqh_probe_case(struct mqh_runner *runner, const char *name,
                                      enum mqc_version version, const char **why);

/* The first CONNACK received; NULL if there was none. Its bytes are those of the event. */
const struct mqh_event *mqh_probe_connack(const struct mqh_result *result);

void mqh_profile_announced(struct mqh_runner *runner, const struct mqh_event *connack);
void mqh_profile_observed(struct mqh_runner *runner, const struct mqh_result *result,
                          enum mqc_version version);

/* From the 20 deliveries of probe/delivery. */
unsigned mqh_settle_ms(const struct mqh_result *result);
void mqh_settle_again(struct mqh_runner *runner);

/* ---- rerun.c, sabotage.c ---- */

void mqh_rerun(struct mqh_runner *runner);
void mqh_sabotage_run(struct mqh_runner *runner);

/* ---- script.c ---- */

/* A scenario as text: lines are added with printf's format, then it is made a case. */
struct mqh_script {
    struct mqh_arena *arena;
    char *text;
    size_t size;
    size_t capacity;
};

__attribute__((format(printf, 2, 3))) void mqh_script_add(struct mqh_script *script,
                                                          const char *format, ...);

/* Adds h'…'. */
void mqh_script_hex(struct mqh_script *script, const char *bytes);

/* NULL if the text is not a good scenario, such as one with a topic that may not be sent. */
const struct mqh_case *mqh_script_case(struct mqh_script *script, enum mqc_version version);

/* ---- cleanup.c, sweep.c ---- */

/* Adds the lines that clear a topic for the peer `c`; `id` counts them. */
void mqh_cleanup_topic(const struct mqh_runner *runner, struct mqh_script *script,
                       const char *topic, enum mqc_version version, unsigned id);

/* Cleans up what the job has left, then calls `done` from the loop. False: there is nothing to do.
 */
bool mqh_cleanup_start(struct mqh_runner *runner, struct mqh_job *job,
                       void (*done)(struct mqh_job *job));

__attribute__((format(printf, 2, 3))) void mqh_cleanup_failed(struct mqh_runner *runner,
                                                              const char *format, ...);

void mqh_sweep(struct mqh_runner *runner);

#endif
