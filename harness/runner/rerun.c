/*
 * Reds are run again, so that chance is not taken for a verdict: those that rest on absence with
 * more patience, the others once as they were. What does not come again is FLAKY; what the time
 * does not reach stays as it is, marked as unconfirmed.
 */
#include "harness/runner/state.h"

/* Three times the patience, so that even a delivery of the longest patience fits into the budget.
 */
enum { LIMIT = 16, BUDGET_MS = 60000, FACTOR = 3 };

static bool is_red(const struct mqh_result *result)
{
    return result != NULL && (result->verdict == MQH_FAIL || result->verdict == MQH_BLOCKED);
}

static struct mqh_job job_again(const struct mqh_runner *runner, const struct mqh_job *first)
{
    struct mqh_patience patience = runner->patience;

    if (first->result->rests_on_absence) {
        patience.answer_ms *= FACTOR;
        patience.delivery_ms *= FACTOR;
    }
    return mqh_job_of(runner, first->c, patience);
}

static void join(struct mqh_runner *runner, size_t index, const struct mqh_job *again)
{
    struct mqh_result *result = runner->run->results[index];

    if (again->result == NULL || again->aborted) {
        result->unconfirmed = true;
        return;
    }
    result->runs++;
    runner->run->rerun_count++;
    if (again->result->verdict == MQH_PASS || again->result->verdict == MQH_WARN) {
        result->verdict = MQH_FLAKY;
        result->reason = mqh_arena_format(
            runner->arena, "did not come again when it was run once more: %s", result->reason);
    }
    if (runner->options->on_case != NULL)
        runner->options->on_case(runner->options->context, runner->run, index);
}

void mqh_rerun(struct mqh_runner *runner)
{
    struct mqh_job *jobs = mqh_arena_alloc(runner->arena, runner->job_count * sizeof(*jobs));
    size_t *indices = mqh_arena_alloc(runner->arena, runner->job_count * sizeof(*indices));
    size_t count = 0;

    mqh_known_apply(runner->run); /* what is known needs no confirmation */
    for (size_t i = 0; i < runner->job_count; i++) {
        const struct mqh_job *job = &runner->jobs[i];

        if (!is_red(*job->record) || (*job->record)->known || (*job->record)->unconfirmed)
            continue;
        indices[count] = job->index;
        jobs[count++] = job_again(runner, job);
    }
    if (count == 0)
        return;
    mqh_jobs_run(runner, jobs, count, LIMIT, BUDGET_MS);
    for (size_t i = 0; i < count; i++)
        join(runner, indices[i], &jobs[i]);
}
