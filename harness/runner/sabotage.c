/*
 * Shows that each check can fail: a case with n lines that prove something is run n times, and each
 * time one of these lines gets a wrong answer. Here PASS says that every wrong answer was noticed,
 * FAIL that one was not: that line shows nothing. What is noticed is what would be red, or, where
 * the line proves no MUST, a WARN.
 */
#include "harness/runner/state.h"

/* Withheld answers are waited for: long enough for the other lines, no longer. */
enum { ANSWER_MS = 1500, DELIVERY_MS = 4000 };

/* The proving line that comes nth in this version, counted from 1; NULL: there are not as many. */
static const struct mqh_step *find_proving(struct mqh_runner *runner, const struct mqh_case *c,
                                           unsigned nth)
{
    for (size_t i = 0; i < c->scenario->step_count; i++) {
        const struct mqh_step *step = &c->scenario->steps[i];

        if (mqh_step_applies(step, c->version) &&
            mqh_step_proves(runner->arena, c, step).count > 0 && --nth == 0)
            return step;
    }
    return NULL;
}

static unsigned count_proving(struct mqh_runner *runner, const struct mqh_case *c)
{
    unsigned count = 0;

    while (find_proving(runner, c, count + 1) != NULL)
        count++;
    return count;
}

/* A WARN is enough only where something was broken: then it was no MUST. */
static bool is_noticed(const struct mqh_result *result)
{
    return result->verdict == MQH_FAIL || result->verdict == MQH_BLOCKED ||
           (result->verdict == MQH_WARN && result->broken.count > 0);
}

static void tell(struct mqh_runner *runner, size_t index)
{
    if (runner->options->on_case != NULL)
        runner->options->on_case(runner->options->context, runner->run, index);
}

static struct mqh_result *new_result(struct mqh_runner *runner, enum mqh_verdict verdict,
                                     const char *reason)
{
    struct mqh_result *result = mqh_arena_alloc(runner->arena, sizeof(*result));

    *result = (struct mqh_result){.verdict = verdict,
                                  .reason = reason,
                                  .expected = "",
                                  .actual = "",
                                  .known_reason = "",
                                  .runs = 1};
    return result;
}

static void proves_nothing(struct mqh_runner *runner, const struct mqh_job *job)
{
    *job->record = new_result(runner, MQH_SKIP, "no line proves anything in this version");
    tell(runner, job->index);
}

/* A line that proves nothing but freedoms (MAY) asks nothing: no answer to it is wrong. */
static bool asks_nothing(struct mqh_runner *runner, const struct mqh_job *job)
{
    struct mqh_id_list ids =
        mqh_step_proves(runner->arena, job->c, find_proving(runner, job->c, job->sabotage));

    for (size_t i = 0; i < ids.count; i++)
        if (mqh_requirement_level(ids.items[i]) != MQH_MAY)
            return false;
    return true;
}

/* A run in which the wrong answer changed nothing. */
static struct mqh_result *unnoticed(struct mqh_runner *runner, const struct mqh_job *job,
                                    unsigned count)
{
    struct mqh_result *result = job->result;
    const struct mqh_step *step = find_proving(runner, job->c, job->sabotage);

    result->reason =
        mqh_arena_format(runner->arena, "a wrong answer on proving line %u of %u went unnoticed",
                         job->sabotage, count);
    result->expected = "a red case";
    result->actual = mqh_verdict_name(result->verdict);
    result->verdict = MQH_FAIL;
    result->broken = mqh_step_proves(runner->arena, job->c, step);
    result->line = step->where.line;
    result->warning_count = 0;
    return result;
}

/* Takes the results of the runs of one case, which stand side by side. */
static void join(struct mqh_runner *runner, const struct mqh_job *of_case,
                 const struct mqh_job *jobs, unsigned count)
{
    struct mqh_result *chosen = NULL;
    uint64_t duration_ms = 0;

    for (unsigned i = 0; i < count; i++) {
        if (jobs[i].result == NULL || jobs[i].aborted)
            return;
        duration_ms += jobs[i].result->duration_ms;
        if (chosen != NULL && chosen->verdict != MQH_SKIP)
            continue;
        if (jobs[i].result->verdict == MQH_ERROR)
            chosen = jobs[i].result;
        else if (!is_noticed(jobs[i].result) && !asks_nothing(runner, &jobs[i]))
            chosen = unnoticed(runner, &jobs[i], count);
        else if (chosen == NULL && !mqh_engine_sabotaged(jobs[i].engine))
            chosen = new_result(runner, MQH_SKIP,
                                mqh_arena_format(runner->arena,
                                                 "red before proving line %u of %u was reached",
                                                 i + 1, count));
    }
    if (chosen == NULL)
        chosen = new_result(runner, MQH_PASS, "");
    chosen->duration_ms = duration_ms;
    chosen->runs = 1;
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
