#include "harness/runner/state.h"

enum { START_MS = 60000, REACH_MS = 1000, PAUSE_MS = 50, ANSWER_MS = 2000 };

bool mqh_serve_answers(struct mqh_runner *runner)
{
    struct mqh_script script = {.arena = runner->arena};
    const struct mqh_patience patience = {ANSWER_MS, ANSWER_MS, 0};
    struct mqh_batch batch = {.count = 1, .limit = 1};
    struct mqh_job job;
    const struct mqh_case *c;

    mqh_script_add(&script, "scenario \"probe/ready\"\nversions 3.1.1\nclient c\n");
    c = mqh_script_case(&script, MQC_V311);
    if (c == NULL)
        return true;
    job = mqh_job_of(runner, c, patience);
    batch.jobs = &job;
    mqh_batch_run(runner, &batch);
    return job.result != NULL && mqh_probe_connack(job.result) != NULL;
}

static const char *why_not_ready(struct mqh_runner *runner)
{
    const char *log = mqh_broker_log(runner->broker);
    const char *trouble = "it does not answer a CONNECT";
    char last[256];

    if (!mqh_broker_runs(runner->broker))
        trouble = mqh_broker_end(runner->broker);
    else if (runner->not_reached != NULL)
        trouble = runner->not_reached;
    mqh_broker_keep_log(runner->broker);
    mqh_broker_last_line(runner->broker, last, sizeof last);
    return mqh_arena_format(runner->arena, "the broker of --exec does not start: %s%s%s%s%s%s",
                            trouble, last[0] == '\0' ? "" : " (", last, last[0] == '\0' ? "" : ")",
                            log[0] == '\0' ? "" : "; its output is in ", log);
}

bool mqh_serve_start(struct mqh_runner *runner, const char **why)
{
    uint64_t until_ms = mqh_live_now() + START_MS;
    bool ready = false;

    if (!mqh_broker_start(runner->broker)) {
        *why = why_not_ready(runner);
        return false;
    }
    while (!ready && !runner->stop && mqh_broker_runs(runner->broker) &&
           mqh_live_now() < until_ms) {
        mqh_runner_wait(runner, PAUSE_MS);
        ready = mqh_runner_reaches(runner, REACH_MS) && mqh_serve_answers(runner);
    }
    /* Another program may have answered in its place. */
    if (ready && mqh_broker_runs(runner->broker)) {
        runner->dead = false;
        runner->failures_seen = mqh_live_connect_failures(runner->live);
        runner->failures_forgiven = runner->failures_seen;
        return true;
    }
    *why = why_not_ready(runner);
    return false;
}

static void on_stopped(void *context)
{
    *(bool *)context = true;
}

void mqh_serve_stop(struct mqh_runner *runner)
{
    bool stopped = false;

    mqh_broker_stop(runner->broker, on_stopped, &stopped);
    while (!stopped)
        uv_run(&runner->loop, UV_RUN_ONCE);
}
