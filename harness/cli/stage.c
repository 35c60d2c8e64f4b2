#include "harness/cli/stage.h"

#include <stdio.h>

enum { REACH_MS = 5000, START_MS = 30000, PAUSE_MS = 50 };
enum { ANSWER_MS = 3000, ANSWER_LEAST_MS = 500, ANSWER_TIMES = 50 };

/* ---- the loop ---- */

static void on_interrupt(void *context)
{
    struct mqh_stage *stage = context;

    stage->stopped = true;
    if (stage->replay != NULL)
        mqh_live_replay_stop(stage->replay);
}

static void on_last_interrupt(void *context)
{
    struct mqh_stage *stage = context;

    if (stage->broker != NULL)
        mqh_broker_kill(stage->broker);
}

static void on_done(void *context)
{
    ((struct mqh_stage *)context)->replay = NULL;
}

void mqh_stage_play(struct mqh_stage *stage, struct mqh_player *player)
{
    stage->well = false;
    stage->replay = mqh_live_replay(stage->live, player, on_done, stage);
    while (stage->replay != NULL)
        uv_run(&stage->loop, UV_RUN_ONCE);
}

static void on_reached(void *context, const char *why_not)
{
    struct mqh_stage *stage = context;

    stage->reaching = false;
    snprintf(stage->why_not, sizeof stage->why_not, "%s", why_not == NULL ? "" : why_not);
}

static bool reach(struct mqh_stage *stage)
{
    stage->reaching = true;
    mqh_live_reach(stage->live, REACH_MS, on_reached, stage);
    while (stage->reaching)
        uv_run(&stage->loop, UV_RUN_ONCE);
    return stage->why_not[0] == '\0';
}

static void on_pause(uv_timer_t *timer)
{
    *(bool *)timer->data = true;
}

static void pause_ms(struct mqh_stage *stage, unsigned ms)
{
    uv_timer_t timer;
    bool over = false;

    uv_timer_init(&stage->loop, &timer);
    timer.data = &over;
    uv_update_time(&stage->loop);
    uv_timer_start(&timer, on_pause, ms, 0);
    while (!over && !stage->stopped)
        uv_run(&stage->loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&stage->loop, UV_RUN_NOWAIT);
}

/* ---- the broker ---- */

enum answer { SILENCE, SOMETHING, CONNACK };

/* What comes to a CONNECT of our own. */
static enum answer ask(struct mqh_stage *stage, enum mqc_version version)
{
    static const uint8_t connect[] = {0x10, 14, 0, 4,  'M', 'Q', 'T', 'T',
                                      0x04, 2,  0, 60, 0,   2,   'm', 'q'};
    static const uint8_t connect_v5[] = {0x10, 15, 0,  4, 'M', 'Q', 'T', 'T', 0x05,
                                         2,    0,  60, 0, 0,   2,   'm', 'q'};
    static const uint8_t connack[] = {0x20, 2, 0, 0};
    static const uint8_t connack_v5[] = {0x20, 3, 0, 0, 0};
    const struct mqh_player_options options = {
        .patience_ms = stage->answer_ms > 0 ? stage->answer_ms : ANSWER_MS,
        .user_name = stage->target->user_name,
        .password = stage->target->password};
    bool v5 = version == MQC_V5;
    struct mqh_arena arena = {0};
    struct mqh_recording question = {.arena = &arena};
    struct mqh_recording_event event = {.kind = MQH_RECORDING_BYTES,
                                        .connection = mqh_recording_open(&question, version, 0),
                                        .side = MQC_CLIENT};
    const struct mqh_recording *live;
    struct mqh_player *player;
    enum answer answer = SILENCE;

    event.bytes = v5 ? (struct mqc_slice){connect_v5, sizeof connect_v5}
                     : (struct mqc_slice){connect, sizeof connect};
    mqh_recording_add(&question, event);
    event.side = MQC_SERVER;
    event.bytes = v5 ? (struct mqc_slice){connack_v5, sizeof connack_v5}
                     : (struct mqc_slice){connack, sizeof connack};
    mqh_recording_add(&question, event);
    player = mqh_player_new(&arena, &question, &options);
    mqh_stage_play(stage, player);
    live = mqh_player_live(player);
    for (size_t i = 0; i < live->event_count && answer != CONNACK; i++)
        if (live->events[i].side == MQC_SERVER)
            answer = live->events[i].kind == MQH_RECORDING_BYTES &&
                             live->events[i].bytes.data[0] >> 4 == MQC_CONNACK
                         ? CONNACK
                         : SOMETHING;
    mqh_arena_free(&arena);
    return answer;
}

/*
 * A broker that lives has any answer to 3.1.1 but silence. It has shown before that it is one, by a
 * CONNACK, perhaps to 5.0 only; what has not is none. The first answer tells how long one takes.
 */
static bool answers(struct mqh_stage *stage)
{
    uint64_t begun_ms = mqh_live_now();
    enum answer answer = ask(stage, MQC_V311);

    if (answer != SILENCE && stage->answer_ms == 0) {
        uint64_t ms = ANSWER_LEAST_MS + (mqh_live_now() - begun_ms) * ANSWER_TIMES;

        stage->answer_ms = ms < ANSWER_MS ? (unsigned)ms : ANSWER_MS;
    }
    if (stage->is_broker)
        return answer != SILENCE;
    if (answer == SOMETHING)
        answer = ask(stage, MQC_V5);
    stage->is_broker = answer == CONNACK;
    if (!stage->is_broker)
        snprintf(stage->why_not, sizeof stage->why_not,
                 "what listens at %s does not answer as an MQTT broker does: %s",
                 stage->target->url, answer == SILENCE ? "no answer" : "no CONNACK");
    return stage->is_broker;
}

static bool start(struct mqh_stage *stage)
{
    uint64_t until_ms = mqh_live_now() + START_MS;

    if (!mqh_broker_start(stage->broker)) {
        snprintf(stage->why_not, sizeof stage->why_not, "the broker of --exec does not start: %s",
                 mqh_broker_end(stage->broker));
        return false;
    }
    do {
        pause_ms(stage, PAUSE_MS);
        if (reach(stage) && answers(stage) && mqh_broker_runs(stage->broker))
            return true;
    } while (!stage->stopped && mqh_broker_runs(stage->broker) && mqh_live_now() < until_ms);
    mqh_broker_keep_log(stage->broker);
    snprintf(stage->why_not, sizeof stage->why_not,
             "the broker of --exec does not answer; its output is in %s",
             mqh_broker_log(stage->broker));
    return false;
}

bool mqh_stage_ready(struct mqh_stage *stage)
{
    if (stage->well && (stage->broker == NULL || mqh_broker_runs(stage->broker)))
        return true;
    if (stage->broker != NULL && !mqh_broker_runs(stage->broker))
        return start(stage);
    if (!reach(stage))
        return false;
    if (answers(stage))
        return true;
    if (stage->is_broker)
        snprintf(stage->why_not, sizeof stage->why_not,
                 "the broker at %s does not answer a CONNECT any more", stage->target->url);
    return false;
}

enum mqh_stage_health mqh_stage_health(struct mqh_stage *stage)
{
    uv_run(&stage->loop, UV_RUN_NOWAIT); /* hears of a broker of ours that has ended */
    if ((stage->broker != NULL && !mqh_broker_runs(stage->broker)) || !reach(stage))
        return MQH_STAGE_DEAD;
    stage->well = answers(stage);
    return stage->well ? MQH_STAGE_WELL : MQH_STAGE_HANGS;
}

static void on_stopped(void *context)
{
    *(bool *)context = true;
}

void mqh_stage_end_broker(struct mqh_stage *stage)
{
    bool stopped = false;

    if (stage->broker == NULL)
        return;
    mqh_broker_stop(stage->broker, on_stopped, &stopped);
    while (!stopped)
        uv_run(&stage->loop, UV_RUN_ONCE);
}

/* ---- beginning and end ---- */

void mqh_stage_open(struct mqh_stage *stage, const struct mqh_target *target, const char *exec)
{
    *stage = (struct mqh_stage){.target = target};
    uv_loop_init(&stage->loop);
    stage->live = mqh_live_new(&stage->loop, target);
    mqh_interrupt_start(&stage->interrupt, &stage->loop, on_interrupt, on_last_interrupt, stage);
    if (exec != NULL)
        stage->broker = mqh_broker_new(&stage->loop, exec, NULL, NULL);
}

void mqh_stage_close(struct mqh_stage *stage)
{
    mqh_stage_end_broker(stage);
    if (stage->broker != NULL)
        mqh_broker_free(stage->broker);
    mqh_interrupt_stop(&stage->interrupt);
    uv_run(&stage->loop, UV_RUN_DEFAULT);
    mqh_live_free(stage->live);
    uv_loop_close(&stage->loop);
}
