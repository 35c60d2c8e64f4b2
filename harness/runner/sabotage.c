/*
 * Shows that each check can fail: a case with n lines that prove something is run n times, and each
 * time one of these lines gets a wrong answer. The first run that does not turn red is the result:
 * that line shows nothing.
 */
#include "harness/runner/state.h"

/* Withheld answers are waited for: long enough for the other lines, no longer. */
enum { ANSWER_MS = 1500, DELIVERY_MS = 4000 };

static unsigned count_proving(struct mqh_runner *runner, const struct mqh_case *c)
{
    unsigned count = 0;

    for (size_t i = 0; i < c->scenario->step_count; i++) {
        const struct mqh_step *step = &c->scenario->steps[i];

        if (step->kind == MQH_STEP_EXPECT && mqh_step_applies(step, c->version))
            count += mqh_step_proves(runner->arena, c, step).count > 0;
    }
    return count;
}

static bool is_red(const struct mqh_result *result)
{
    return result->verdict == MQH_FAIL || result->verdict == MQH_BLOCKED;
}

static void tell(struct mqh_runner *runner, size_t index)
{
    if (runner->options->on_case != NULL)
        runner->options->on_case(runner->options->context, runner->run, index);
}

static void proves_nothing(struct mqh_runner *runner, const struct mqh_job *job)
{
    struct mqh_result *result = mqh_arena_alloc(runner->arena, sizeof(*result));

    *result = (struct mqh_result){.verdict = MQH_SKIP,
                                  .reason = "no line proves anything in this version",
                                  .expected = "",
                                  .actual = "",
                                  .known_reason = "",
                                  .runs = 1};
    *job->record = result;
    tell(runner, job->index);
}

/* Takes the results of the runs of one case, which stand side by side. */
static void join(struct mqh_runner *runner, const struct mqh_job *of_case,
                 const struct mqh_job *jobs, unsigned count)
{
    struct mqh_result *chosen = NULL;

    for (unsigned i = 0; i < count; i++) {
        if (jobs[i].result == NULL || jobs[i].aborted)
            return;
        if (chosen == NULL || (is_red(chosen) && !is_red(jobs[i].result)))
            chosen = jobs[i].result;
        if (!is_red(jobs[i].result) && jobs[i].result->reason[0] == '\0')
            jobs[i].result->reason = mqh_arena_format(
                runner->arena, "a wrong answer on proving line %u of %u went unnoticed", i + 1,
                count);
    }
    *of_case->record = chosen;
    tell(runner, of_case->index);
}

void mqh_sabotage_run(struct mqh_runner *runner)
{
    unsigned *counts = mqh_arena_alloc(runner->arena, runner->job_count * sizeof(*counts));
    struct mqh_job *jobs;
    size_t total = 0;
    size_t at = 0;

    for (size_t i = 0; i < runner->job_count; i++)
        total += counts[i] = count_proving(runner, runner->jobs[i].c);
    jobs = mqh_arena_alloc(runner->arena, total * sizeof(*jobs));
    for (size_t i = 0; i < runner->job_count; i++)
        for (unsigned j = 0; j < counts[i]; j++, at++) {
            jobs[at] = runner->jobs[i];
            jobs[at].record = NULL;
            jobs[at].sabotage = j + 1;
            jobs[at].patience.answer_ms = ANSWER_MS;
            jobs[at].patience.delivery_ms = DELIVERY_MS;
        }
    mqh_jobs_run(runner, jobs, total, 0, 0);
    at = 0;
    for (size_t i = 0; i < runner->job_count; at += counts[i++]) {
        if (counts[i] == 0)
            proves_nothing(runner, &runner->jobs[i]);
        else
            join(runner, &runner->jobs[i], &jobs[at], counts[i]);
    }
}
