/*
 * When the broker dies, those jobs are suspects that were at it when it was last alive. With a
 * broker of our own (--exec) they are run again, all at once, and where it does not outlive that,
 * each half by itself, down to single ones: the one that kills it alone is the killer, and the
 * broker's death is its result. Without, the run ends with the list of suspects.
 */
#include "harness/runner/state.h"

enum { DEATHS_MAX = 20, NAMES_MAX = 10 };

/* A dying broker takes some time to be gone. One that does not answer, and is not gone after all
 * these looks, hangs. */
enum { LOOKS = 4, LOOK_MS = 500 };

/* A broker that writes a report while it dies still has its connections accepted by the system. */
enum { MARGIN_MS = 500 };

/* True if a connection of the job ever stood: only then can it have done something. */
static bool touched(const struct mqh_job *job)
{
    for (size_t i = 0; job->result != NULL && i < job->result->event_count; i++)
        if (job->result->events[i].kind == MQH_EVENT_OPENED)
            return true;
    return false;
}

static void forget(struct mqh_job *job)
{
    job->state = MQH_JOB_WAITS;
    if (job->record != NULL)
        *job->record = NULL;
}

/*
 * Sets the jobs that ended since `alive_ms`, when the broker was last seen alive, back to wait, and
 * returns those among them that are suspects.
 */
static struct mqh_job **find_suspects(struct mqh_runner *runner, struct mqh_job *jobs, size_t count,
                                      uint64_t alive_ms, size_t *suspect_count)
{
    uint64_t margin_ms = runner->broker != NULL ? MARGIN_MS : 0;
    struct mqh_job **suspects = mqh_arena_alloc(runner->arena, count * sizeof(struct mqh_job *));

    *suspect_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct mqh_job *job = &jobs[i];

        if (job->state != MQH_JOB_ENDED || job->begun_ms == 0 || job->kills ||
            (!job->aborted && job->ended_ms + margin_ms < alive_ms))
            continue;
        if (touched(job))
            suspects[(*suspect_count)++] = job;
        forget(job);
    }
    return suspects;
}

/* True if the broker answers a CONNECT. That a connection is accepted means nothing: the system
 * does so until the broker is gone. */
static bool lives(struct mqh_runner *runner)
{
    for (unsigned i = 0; i < LOOKS && !runner->dead; i++) {
        if (mqh_serve_answers(runner) || runner->stop)
            return true;
        mqh_runner_wait(runner, LOOK_MS);
    }
    return runner->stop;
}

/* A job that went wrong may have met the broker's death, though that is not known yet. */
static bool is_alarming(const struct mqh_job *jobs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (jobs[i].state == MQH_JOB_ENDED && jobs[i].result != NULL && !jobs[i].kills &&
            jobs[i].result->verdict != MQH_PASS && jobs[i].result->verdict != MQH_WARN)
            return true;
    return false;
}

static const char *names_of(struct mqh_runner *runner, struct mqh_job **jobs, size_t count)
{
    const char *names = "";

    for (size_t i = 0; i < count && i < NAMES_MAX; i++)
        names = mqh_arena_format(runner->arena, "%s%s%s", names, i == 0 ? "" : ", ",
                                 mqh_case_name(runner->arena, jobs[i]->c));
    if (count > NAMES_MAX)
        names = mqh_arena_format(runner->arena, "%s and %zu more", names, count - NAMES_MAX);
    return count == 0 ? "no case" : names;
}

static const char *cause_of_death(const struct mqh_runner *runner)
{
    if (runner->broker != NULL && mqh_broker_end(runner->broker)[0] != '\0')
        return mqh_broker_end(runner->broker);
    return runner->not_reached != NULL ? runner->not_reached : "it does not answer any longer";
}

static const char *log_of(struct mqh_runner *runner)
{
    if (runner->broker == NULL || mqh_broker_log(runner->broker)[0] == '\0')
        return "";
    return mqh_arena_format(runner->arena, "; its output is in %s", mqh_broker_log(runner->broker));
}

static bool give_up(struct mqh_runner *runner, const char *died)
{
    runner->run->died = died;
    runner->stop = true;
    return false;
}

/* ---- without --exec ---- */

/* The suspects keep their transcripts, and no verdict about the rule that they are for. */
static bool end_with_suspects(struct mqh_runner *runner, struct mqh_job **suspects, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct mqh_result *result = suspects[i]->result;

        suspects[i]->state = MQH_JOB_ENDED;
        if (suspects[i]->record == NULL)
            continue;
        if (suspects[i]->aborted || result->verdict != MQH_PASS) {
            result->verdict = MQH_BLOCKED;
            result->reason = "the broker died while this case ran";
            result->broken = (struct mqh_id_list){0};
            result->unconfirmed = true;
        }
        *suspects[i]->record = result;
    }
    return give_up(runner,
                   mqh_arena_format(runner->arena, "%s; in flight: %s", cause_of_death(runner),
                                    names_of(runner, suspects, count)));
}

/* ---- with --exec ---- */

static void condemn(struct mqh_runner *runner, struct mqh_job *job)
{
    struct mqh_result *result = job->result;
    const char *cause = mqh_arena_format(runner->arena, "%s", cause_of_death(runner));

    job->kills = true;
    result->verdict = MQH_FAIL;
    result->reason =
        mqh_arena_format(runner->arena, "the broker died: %s%s", cause, log_of(runner));
    result->expected = "a broker that lives";
    result->actual = cause;
    result->broken = job->c->requirements;
    result->rests_on_absence = false;
    result->line = 0;
    job->state = MQH_JOB_ENDED;
    mqh_runner_note(runner, "%s kills the broker: %s%s", mqh_case_name(runner->arena, job->c),
                    cause, log_of(runner));
    if (job->record == NULL)
        return;
    *job->record = result;
    if (runner->options->on_case != NULL && !job->told)
        runner->options->on_case(runner->options->context, runner->run, job->index);
    job->told = true;
}

static bool restart(struct mqh_runner *runner)
{
    const char *why;

    mqh_serve_stop(runner);
    if (!runner->stop && !mqh_serve_start(runner, &why))
        return give_up(runner, why);
    runner->dead = false;
    return !runner->stop;
}

/* Counts a death of the broker that is not one of a search. */
static bool dies_too_often(struct mqh_runner *runner)
{
    if (++runner->deaths <= DEATHS_MAX)
        return false;
    give_up(runner, mqh_arena_format(runner->arena, "%d times", DEATHS_MAX));
    return true;
}

/* True if the broker outlives the jobs, all at once. */
static bool outlives(struct mqh_runner *runner, struct mqh_job **suspects, size_t count)
{
    struct mqh_job *jobs = mqh_arena_alloc(runner->arena, count * sizeof(*jobs));
    struct mqh_batch batch = {.jobs = jobs, .count = count};

    for (size_t i = 0; i < count; i++)
        jobs[i] = *suspects[i];
    mqh_batch_run(runner, &batch);
    for (size_t i = 0; i < count; i++)
        *suspects[i] = jobs[i];
    return runner->stop || lives(runner);
}

/* Runs the suspects, and where the broker dies of it, each half of them; counts the killers. False
 * if that cannot go on. */
static bool find_killers(struct mqh_runner *runner, struct mqh_job **suspects, size_t count,
                         unsigned *killers)
{
    size_t half = count / 2;

    if (count == 0 || outlives(runner, suspects, count))
        return !runner->stop;
    if (count == 1) {
        condemn(runner, suspects[0]);
        ++*killers;
        return !dies_too_often(runner) && restart(runner);
    }
    for (size_t i = 0; i < count; i++)
        forget(suspects[i]);
    return restart(runner) && find_killers(runner, suspects, half, killers) &&
           find_killers(runner, suspects + half, count - half, killers);
}

static bool try_suspects(struct mqh_runner *runner, struct mqh_job **suspects, size_t count)
{
    const char *cause =
        mqh_arena_format(runner->arena, "%s%s", cause_of_death(runner), log_of(runner));
    unsigned killers = 0;

    mqh_runner_note(runner, "the broker died: %s; it is started again, the killer is among: %s",
                    cause, names_of(runner, suspects, count));
    if (dies_too_often(runner) || !restart(runner) ||
        !find_killers(runner, suspects, count, &killers))
        return false;
    if (killers == 0 && runner->run->died == NULL)
        runner->run->died = mqh_arena_format(runner->arena, "%s; none of these kills it alone: %s",
                                             cause, names_of(runner, suspects, count));
    return true;
}

/* ---- both ---- */

void mqh_jobs_run(struct mqh_runner *runner, struct mqh_job *jobs, size_t count, unsigned limit,
                  uint64_t budget_ms)
{
    uint64_t until_ms = mqh_live_now() + budget_ms;
    bool again = true;

    while (again && !runner->stop) {
        struct mqh_batch batch = {.jobs = jobs, .count = count, .limit = limit};
        size_t suspect_count;
        struct mqh_job **suspects;
        uint64_t now_ms = mqh_live_now();
        uint64_t alive_ms;

        if (budget_ms > 0 && now_ms >= until_ms)
            return;
        batch.budget_ms = budget_ms > 0 ? until_ms - now_ms : 0;
        mqh_batch_run(runner, &batch);
        alive_ms = mqh_live_connected_ms(runner->live);
        if (!runner->dead && runner->accepted != 0 && is_alarming(jobs, count))
            runner->dead = !lives(runner);
        if (!runner->dead || runner->stop)
            return;
        suspects = find_suspects(runner, jobs, count, alive_ms, &suspect_count);
        again = runner->broker != NULL ? try_suspects(runner, suspects, suspect_count)
                                       : end_with_suspects(runner, suspects, suspect_count);
    }
}
