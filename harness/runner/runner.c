#include "harness/runner/runner.h"

#include <assert.h>
#include <stdio.h>

#include "harness/catalogue/version.h"
#include "harness/driver/clock.h"
#include "harness/runner/state.h"

/*
 * The first run of a case is given less time than a broker may take: almost all answers come at
 * once, and what did not come is waited for once more, five times as long, when all others are
 * done.
 */
enum { REACH_MS = 10000, ANSWER_MS = 3000, DELIVERY_MS = 3000, SETTLE_MS = 50 };

/* Exit status of a run that could not begin. */
enum { USAGE = 2, UNREACHABLE = 3 };

/* ---- what the other files need ---- */

void mqh_runner_note(struct mqh_runner *runner, const char *format, ...)
{
    va_list arguments;
    char text[2000];

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (runner->options->on_note != NULL)
        runner->options->on_note(runner->options->context, text);
}

static void on_wait_over(uv_timer_t *timer)
{
    *(bool *)timer->data = true;
}

void mqh_runner_wait(struct mqh_runner *runner, unsigned ms)
{
    uv_timer_t timer;
    bool over = false;

    uv_timer_init(&runner->loop, &timer);
    timer.data = &over;
    uv_update_time(&runner->loop);
    uv_timer_start(&timer, on_wait_over, ms, 0);
    while (!over && !runner->stop)
        uv_run(&runner->loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&runner->loop, UV_RUN_NOWAIT);
}

/* `count` digits of base 36, so that names have one length in every run. */
static void write_digits(char *out, uint64_t value, int count)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";

    while (count-- > 0) {
        out[count] = digits[value % 36];
        value /= 36;
    }
}

struct mqh_engine *mqh_runner_engine(struct mqh_runner *runner, struct mqh_arena *arena,
                                     const struct mqh_case *c, struct mqh_patience patience,
                                     unsigned sabotage, const char **topic)
{
    enum { RUN_DIGITS = 6, CASE_DIGITS = 4 };
    char name[RUN_DIGITS + CASE_DIGITS + 1] = "";
    struct mqh_engine_options options = {.patience = patience,
                                         .user_name = runner->options->target->user_name,
                                         .password = runner->options->target->password,
                                         .denied = runner->options->denied_topic,
                                         .sabotage = sabotage};

    write_digits(name, runner->seed, RUN_DIGITS);
    write_digits(name + RUN_DIGITS, runner->names++, CASE_DIGITS);
    options.topic = mqh_arena_format(
        runner->arena, "%smqspec%s",
        runner->options->topic_prefix == NULL ? "" : runner->options->topic_prefix, name);
    options.client = mqh_arena_format(arena, "m%s", name);
    if (topic != NULL)
        *topic = options.topic;
    return mqh_engine_new(arena, c, &options);
}

/* ---- from outside ---- */

static void on_interrupt(void *context)
{
    struct mqh_runner *runner = context;

    runner->stop = true;
    runner->run->interrupted = true;
    mqh_runner_note(runner, "interrupted: cleaning up; once more ends at once");
    if (runner->batch != NULL)
        mqh_batch_abort(runner->batch, "interrupted");
}

static void on_last_interrupt(void *context)
{
    struct mqh_runner *runner = context;

    if (runner->broker != NULL)
        mqh_broker_kill(runner->broker);
}

static void on_broker_end(void *context)
{
    struct mqh_runner *runner = context;

    runner->dead = true;
    if (runner->batch != NULL)
        mqh_batch_abort(runner->batch, "the broker died");
}

/* ---- the phases ---- */

static bool reach(struct mqh_runner *runner, const char **why)
{
    bool reached = mqh_runner_reaches(runner, REACH_MS);

    if (runner->broker == NULL) {
        *why = mqh_arena_format(runner->arena, "%s", reached ? "" : runner->not_reached);
        return reached;
    }
    if (reached) {
        *why = mqh_arena_format(runner->arena,
                                "something listens at %s already: --exec starts a broker itself",
                                runner->options->target->url);
        return false;
    }
    return mqh_serve_start(runner, why);
}

static bool probe(struct mqh_runner *runner, const char **why, int *status)
{
    *status = USAGE;
    if (!mqh_plan_cases(runner, why))
        return false;
    *status = UNREACHABLE;
    if (!reach(runner, why) || !mqh_probe_versions(runner, mqh_plan_versions(runner), why))
        return false;
    if (runner->stop)
        return true;
    mqh_plan_versions_found(runner);
    *status = USAGE;
    return mqh_probe_capabilities(runner, why);
}

static void run_cases(struct mqh_runner *runner)
{
    size_t beside = runner->job_count - runner->exclusive_count;

    if (runner->options->sabotage) {
        mqh_sabotage_run(runner);
        return;
    }
    mqh_jobs_run(runner, runner->jobs, beside, 0, 0);
    mqh_jobs_run(runner, runner->jobs + beside, runner->exclusive_count, 1, 0);
    if (!runner->stop)
        mqh_rerun(runner);
    mqh_settle_again(runner);
}

static void count(struct mqh_run *run)
{
    for (size_t i = 0; i < run->case_count; i++) {
        const struct mqh_result *result = run->results[i];

        if (result == NULL)
            continue;
        if (result->known)
            run->known_count++;
        else
            run->counts[result->verdict]++;
    }
}

/* ---- beginning and end ---- */

static void set_up(struct mqh_runner *runner)
{
    const struct mqh_runner_options *options = runner->options;
    struct mqh_run *run = runner->run;
    struct mqh_run fresh = {.tool = run->tool,
                            .command = run->command,
                            .alone = run->alone,
                            .target = options->target,
                            .broker = "",
                            .started_s = mqh_clock_seconds(),
                            .known = options->known,
                            .strict = options->strict};

    fresh.started = mqh_clock_date(runner->arena, fresh.started_s);
    if (fresh.tool == NULL)
        fresh.tool = mqh_arena_format(runner->arena, "mqspec %s", mqh_version());
    if (fresh.command == NULL)
        fresh.command = "";
    if (fresh.alone == NULL)
        fresh.alone = "";
    *run = fresh;
    runner->start_ms = mqh_live_now();
    runner->seed = mqh_clock_seed();
    runner->limit = options->jobs > 0 ? options->jobs : 1;
    runner->patience = (struct mqh_patience){ANSWER_MS, DELIVERY_MS, SETTLE_MS};
    uv_loop_init(&runner->loop);
    runner->live = mqh_live_new(&runner->loop, options->target);
    mqh_interrupt_start(&runner->interrupt, &runner->loop, on_interrupt, on_last_interrupt, runner);
    if (options->exec != NULL)
        runner->broker = mqh_broker_new(&runner->loop, options->exec, on_broker_end, runner);
}

static void tear_down(struct mqh_runner *runner)
{
    int status;

    if (runner->broker != NULL) {
        mqh_serve_stop(runner);
        mqh_broker_free(runner->broker);
    }
    mqh_interrupt_stop(&runner->interrupt);
    uv_run(&runner->loop, UV_RUN_DEFAULT);
    mqh_live_free(runner->live);
    status = uv_loop_close(&runner->loop);
    assert(status == 0);
    (void)status;
}

bool mqh_runner_run(struct mqh_arena *arena, const struct mqh_runner_options *options,
                    const struct mqh_scenarios *scenarios, struct mqh_run *run, const char **why,
                    int *status)
{
    struct mqh_runner runner = {
        .arena = arena, .options = options, .scenarios = scenarios, .run = run};
    bool begun;

    set_up(&runner);
    begun = probe(&runner, why, status) || runner.stop;
    if (begun && !runner.stop && !options->probe_only) {
        if (options->on_start != NULL)
            options->on_start(options->context, run);
        mqh_plan_jobs(&runner);
        run_cases(&runner);
    }
    mqh_sweep(&runner);
    tear_down(&runner);
    run->duration_ms = mqh_live_now() - runner.start_ms;
    if (!begun) {
        run->failed = *why;
        return false;
    }
    mqh_known_apply(run);
    count(run);
    return true;
}
