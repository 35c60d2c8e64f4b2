/*
 * Reds are run again, so that chance is not taken for a verdict: those that rest on absence with
 * more patience, the others as they were. What does not come again is FLAKY; what the time does not
 * reach stays as it is, marked as unconfirmed. What killed the broker has been run alone already.
 *
 * Waiting is dear, and families are large. So of all cases of one scenario that waited in vain on
 * the same line, one stands for the others: only if it does not come again are they run too.
 */
#include "harness/runner/state.h"

enum { LIMIT = 32, BUDGET_MS = 60000, FACTOR = 5 };

/* Reds that are still to be judged, as indices of the run's cases. */
struct reds {
    const struct mqh_job **jobs; /* the first runs */
    struct mqh_job *again;
    size_t count;
};

static bool is_red(const struct mqh_result *result)
{
    return result != NULL && (result->verdict == MQH_FAIL || result->verdict == MQH_BLOCKED);
}

static struct reds find_reds(struct mqh_runner *runner)
{
    struct reds reds = {
        .jobs = mqh_arena_alloc(runner->arena, runner->job_count * sizeof(struct mqh_job *)),
        .again = mqh_arena_alloc(runner->arena, runner->job_count * sizeof(*reds.again))};

    for (size_t i = 0; i < runner->job_count; i++) {
        const struct mqh_result *result = *runner->jobs[i].record;

        if (is_red(result) && !result->known && !result->unconfirmed && !runner->jobs[i].kills)
            reds.jobs[reds.count++] = &runner->jobs[i];
    }
    return reds;
}

static bool are_alike(const struct mqh_job *a, const struct mqh_job *b)
{
    const struct mqh_result *left = *a->record;
    const struct mqh_result *right = *b->record;

    return a->c->scenario == b->c->scenario && left->line == right->line &&
           left->verdict == right->verdict && left->rests_on_absence && right->rests_on_absence;
}

/* The first red that is like this one: itself, where there is no other. */
static size_t representative(const struct reds *reds, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (are_alike(reds->jobs[i], reds->jobs[index]))
            return i;
    return index;
}

static struct mqh_job job_again(const struct mqh_runner *runner, const struct mqh_job *first)
{
    struct mqh_patience patience = runner->patience;

    if ((*first->record)->rests_on_absence) {
        patience.answer_ms *= FACTOR;
        patience.delivery_ms *= FACTOR;
    }
    return mqh_job_of(runner, first->c, patience);
}

static bool has_ended(const struct mqh_job *job)
{
    return job->result != NULL && !job->aborted;
}

/* It came, but only after more time than the first run had: the broker is slow, which no rule that
 * names no deadline forbids. */
static bool was_slow(const struct mqh_result *first, const struct mqh_result *again)
{
    return first->rests_on_absence && again->duration_ms > first->duration_ms;
}

static void join(struct mqh_runner *runner, const struct mqh_job *first,
                 const struct mqh_job *again)
{
    struct mqh_result *result = *first->record;

    if (!has_ended(again)) {
        result->unconfirmed = true;
        return;
    }
    runner->run->rerun_count++;
    if (!is_red(again->result) && again->result->verdict != MQH_ERROR) {
        if (was_slow(result, again->result)) {
            *first->record = again->result;
            again->result->runs = result->runs;
            result = again->result;
        } else {
            result->verdict = MQH_FLAKY;
            result->reason = mqh_arena_format(
                runner->arena, "did not come again when it was run once more: %s", result->reason);
        }
    }
    result->runs++;
    if (runner->options->on_case != NULL)
        runner->options->on_case(runner->options->context, runner->run, first->index);
}

void mqh_rerun(struct mqh_runner *runner)
{
    uint64_t until_ms = mqh_live_now() + BUDGET_MS;
    struct reds reds;
    size_t *representatives;

    mqh_known_apply(runner->run); /* what is known needs no confirmation */
    reds = find_reds(runner);
    representatives = mqh_arena_alloc(runner->arena, reds.count * sizeof(*representatives));
    for (size_t i = 0; i < reds.count; i++) {
        representatives[i] = representative(&reds, i);
        reds.again[i] = job_again(runner, reds.jobs[i]);
        if (representatives[i] != i)
            reds.again[i].state = MQH_JOB_ENDED;
    }
    mqh_jobs_run(runner, reds.again, reds.count, LIMIT, BUDGET_MS);
    for (size_t i = 0; i < reds.count; i++) {
        const struct mqh_job *other = &reds.again[representatives[i]];

        if (representatives[i] != i && has_ended(other) && !is_red(other->result))
            reds.again[i].state = MQH_JOB_WAITS;
    }
    if (mqh_live_now() < until_ms)
        mqh_jobs_run(runner, reds.again, reds.count, LIMIT, until_ms - mqh_live_now());
    for (size_t i = 0; i < reds.count; i++) {
        const struct mqh_job *other = &reds.again[representatives[i]];

        if (has_ended(&reds.again[i]) || !has_ended(other) || !is_red(other->result))
            join(runner, reds.jobs[i], &reds.again[i]);
    }
}
