#include <assert.h>

#include "harness/runner/state.h"

/* Connections refused or timed out before the number of jobs at a time is halved. */
enum { FAILURES_MAX = 3, REACH_MS = 5000 };

struct mqh_job mqh_job_of(const struct mqh_runner *runner, const struct mqh_case *c,
                          struct mqh_patience patience)
{
    return (struct mqh_job){.c = c,
                            .patience = patience,
                            .hard_ms = runner->options->timeout_ms + mqh_plan_estimate(c)};
}

/* ---- is the broker there? ---- */

static void fill(struct mqh_batch *batch);

/* Connections that fail although the broker is there: too many come at once. */
static void halve(struct mqh_runner *runner)
{
    unsigned failures = mqh_live_connect_failures(runner->live) - runner->failures_forgiven;

    if (failures < FAILURES_MAX || runner->halved || runner->limit == 1)
        return;
    runner->halved = true;
    runner->limit /= 2;
    mqh_runner_note(runner, "%u connections failed: now %u cases at a time", failures,
                    runner->limit);
}

static void on_reached(void *context, const char *why_not)
{
    struct mqh_runner *runner = context;

    runner->reaching = false;
    runner->not_reached = why_not;
    if (why_not != NULL)
        runner->dead = true;
    if (runner->batch == NULL)
        return;
    if (runner->dead) {
        mqh_batch_abort(runner->batch, "the broker died");
        return;
    }
    halve(runner);
    fill(runner->batch);
}

static void reach(struct mqh_runner *runner, unsigned timeout_ms)
{
    runner->reaching = true;
    mqh_live_reach(runner->live, timeout_ms, on_reached, runner);
}

bool mqh_runner_reaches(struct mqh_runner *runner, unsigned timeout_ms)
{
    assert(runner->batch == NULL);
    runner->dead = false;
    reach(runner, timeout_ms);
    while (runner->reaching)
        uv_run(&runner->loop, UV_RUN_ONCE);
    return !runner->dead;
}

/* A connection that failed may mean that the broker is dead. */
static void look_at_failures(struct mqh_runner *runner)
{
    unsigned failures = mqh_live_connect_failures(runner->live);

    if (failures == runner->failures_seen || runner->reaching || runner->dead)
        return;
    runner->failures_seen = failures;
    reach(runner, REACH_MS);
}

/* ---- one job ---- */

static void end(struct mqh_job *job)
{
    struct mqh_batch *batch = job->batch;

    job->state = MQH_JOB_ENDED;
    batch->running--;
    fill(batch);
}

/* A job that was aborted tells nothing, and may be run again. */
static void record(struct mqh_runner *runner, struct mqh_job *job)
{
    if (job->record == NULL || job->aborted)
        return;
    *job->record = job->result;
    mqh_profile_observed(runner, job->result, job->c->version);
    if (runner->options->on_case != NULL && !job->told)
        runner->options->on_case(runner->options->context, runner->run, job->index);
    job->told = true;
}

static void on_done(void *context, struct mqh_engine *engine)
{
    struct mqh_job *job = context;
    struct mqh_runner *runner = job->batch->runner;

    job->result = mqh_engine_result(engine);
    job->ended_ms = mqh_live_now();
    record(runner, job);
    look_at_failures(runner);
    job->state = MQH_JOB_CLEANS;
    if (!mqh_cleanup_start(runner, job, end))
        end(job);
}

static void start(struct mqh_batch *batch, struct mqh_job *job)
{
    struct mqh_runner *runner = batch->runner;

    job->batch = batch;
    job->state = MQH_JOB_RUNS;
    job->result = NULL;
    job->aborted = false;
    job->begun_ms = mqh_live_now();
    job->engine =
        mqh_runner_engine(runner, runner->arena, job->c, job->patience, job->sabotage, &job->topic);
    batch->running++;
    mqh_live_run(runner->live, job->engine, job->hard_ms, on_done, job);
}

/* ---- many ---- */

static void fill(struct mqh_batch *batch)
{
    struct mqh_runner *runner = batch->runner;
    unsigned limit = batch->limit;

    if (limit == 0 || limit > runner->limit)
        limit = runner->limit;
    while (!batch->over && (!runner->stop || batch->at_the_end) && !runner->dead &&
           !runner->reaching && batch->running < limit && batch->next < batch->count) {
        struct mqh_job *job = &batch->jobs[batch->next++];

        if (job->state == MQH_JOB_WAITS)
            start(batch, job);
    }
}

void mqh_batch_abort(struct mqh_batch *batch, const char *reason)
{
    batch->over = true;
    for (size_t i = 0; i < batch->count; i++) {
        struct mqh_job *job = &batch->jobs[i];

        if (job->state != MQH_JOB_RUNS || job->batch != batch || job->aborted)
            continue;
        job->aborted = !mqh_engine_done(job->engine);
        mqh_live_abort(batch->runner->live, job->engine, MQH_ERROR, reason);
    }
}

static void on_budget(uv_timer_t *timer)
{
    mqh_batch_abort(timer->data, "the time for re-runs is used up");
}

void mqh_batch_run(struct mqh_runner *runner, struct mqh_batch *batch)
{
    uv_timer_t budget;

    assert(runner->batch == NULL);
    runner->batch = batch;
    batch->runner = runner;
    uv_timer_init(&runner->loop, &budget);
    budget.data = batch;
    if (batch->budget_ms > 0)
        uv_timer_start(&budget, on_budget, batch->budget_ms, 0);
    fill(batch);
    while (batch->running > 0 || runner->reaching)
        uv_run(&runner->loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&budget, NULL);
    runner->batch = NULL;
    uv_run(&runner->loop, UV_RUN_NOWAIT); /* closes the timer before its memory goes */
}
