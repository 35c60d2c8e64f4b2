#include "harness/cli/minimise_try.h"

#include "harness/replay/pause.h"

/* How long the broker took for an answer when it failed first says how long each try has to wait
 * for one that does not come: many times that. What came after a pause answers nothing; at a pace
 * it is waited for until its own time. */
static void calibrate(struct mqh_trial *trial, const struct mqh_recording *live)
{
    enum { TIMES = 20, LEAST_MS = 50 };
    uint64_t slowest_ms = 0;
    uint64_t asked_ns = 0;
    unsigned wait_ms;

    for (size_t i = 0; i < live->event_count; i++) {
        const struct mqh_recording_event *event = &live->events[i];
        uint64_t ms = mqh_pause_between(asked_ns, event->time_ns);

        if (event->side == MQC_CLIENT)
            asked_ns = event->time_ns;
        else if (ms > slowest_ms && !(trial->player_options.speed > 0 && ms >= MQH_PAUSE_MS))
            slowest_ms = ms;
    }
    if (slowest_ms * TIMES + LEAST_MS >= trial->player_options.patience_ms)
        return;
    wait_ms = (unsigned)slowest_ms * TIMES + LEAST_MS;
    trial->player_options.patience_ms = wait_ms;
    if (wait_ms < trial->player_options.linger_ms)
        trial->player_options.linger_ms = wait_ms;
}

static bool be_ready(struct mqh_trial *trial)
{
    if (trial->lost || trial->stage->stopped)
        return false;
    trial->fresh = trial->stage->broker != NULL && !mqh_broker_runs(trial->stage->broker);
    trial->lost = !mqh_stage_ready(trial->stage);
    return !trial->lost;
}

bool mqh_trial_clean(struct mqh_trial *trial)
{
    struct mqh_arena arena = {0};
    const struct mqh_player_options options = {.patience_ms = 1000,
                                               .user_name = trial->player_options.user_name,
                                               .password = trial->player_options.password};

    if (!be_ready(trial))
        return false;
    if (trial->cleaner.connection_count > 0)
        mqh_stage_play(trial->stage, mqh_player_new(&arena, &trial->cleaner, &options));
    mqh_arena_free(&arena);
    return true;
}

/* True if the broker fails as wanted. */
static bool play(struct mqh_trial *trial, const struct mqh_recording *candidate,
                 struct mqh_recording *live)
{
    struct mqh_player *player = mqh_player_new(trial->arena, candidate, &trial->player_options);
    enum mqh_stage_health health;

    mqh_stage_play(trial->stage, player);
    health = mqh_stage_health(trial->stage);
    trial->plays++;
    if (health == MQH_STAGE_HANGS)
        mqh_stage_end_broker(trial->stage);
    *live = *mqh_player_live(player);
    if (trial->stage->stopped || !mqh_goal_reached(trial->arena, &trial->goal, live, health))
        return false;
    trial->failures++;
    return true;
}

/* A broker of ours that has lived through other tries must fail once more, just started: what they
 * have left in it may be to blame. */
bool mqh_trial_try(void *context, const struct mqh_recording *candidate, struct mqh_recording *live)
{
    struct mqh_trial *trial = context;

    for (unsigned i = 0; i < trial->tries && mqh_trial_clean(trial); i++) {
        bool fresh = trial->fresh;

        if (!play(trial, candidate, live))
            continue;
        if (trial->stage->broker == NULL || fresh)
            return true;
        mqh_stage_end_broker(trial->stage);
        if (mqh_trial_clean(trial) && play(trial, candidate, live))
            return true;
    }
    return false;
}

/* How often it fails says how often each cut has to be tried. */
bool mqh_trial_find_failure(struct mqh_trial *trial, const struct mqh_recording *recording,
                            struct mqh_recording *live)
{
    const double enough = 0.95;
    unsigned failures = 0;
    double missed;

    for (unsigned i = 0; i < trial->times && mqh_trial_clean(trial); i++) {
        struct mqh_recording now;

        if (play(trial, recording, &now) && failures++ == 0)
            *live = now;
    }
    if (failures == 0)
        return false;
    trial->rate = (double)failures / trial->plays;
    missed = 1 - trial->rate;
    for (trial->tries = 1; missed > 1 - enough && trial->tries < trial->times; trial->tries++)
        missed *= 1 - trial->rate;
    trial->confidence = 1 - missed;
    calibrate(trial, live);
    /* What was said now has the times that the failure needs. */
    if (trial->player_options.speed > 0)
        trial->player_options.speed = 1;
    return true;
}

bool mqh_trial_goes_on(void *context)
{
    const struct mqh_trial *trial = context;

    return !trial->stage->stopped && !trial->lost;
}
