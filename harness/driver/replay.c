#include "harness/driver/replay.h"

#include <stdlib.h>

#include "harness/driver/play.h"

enum { GRACE_MS = 300 }; /* for the broker to end what we have ended */

struct line {
    struct mqh_channel channel; /* the first, so that it leads here */
    struct mqh_replay *replay;
    unsigned number;
    struct line *next;
};

struct mqh_replay {
    struct mqh_live *live;
    struct mqh_player *player;
    void (*done)(void *context);
    void *context;
    uv_timer_t timer;
    struct line *lines;
    uint64_t end_ms; /* when all sockets are destroyed; 0: the player is not done */
};

static void go_on(struct mqh_replay *replay);

/* ---- what channels tell ---- */

static struct line *line_of(struct mqh_channel *channel)
{
    return (struct line *)channel;
}

static void on_opened(struct mqh_channel *channel)
{
    struct line *line = line_of(channel);

    mqh_player_opened(line->replay->player, line->number, mqh_live_now());
    go_on(line->replay);
}

static void on_failed(struct mqh_channel *channel, const char *why, bool ours)
{
    struct line *line = line_of(channel);

    (void)ours;
    mqh_player_failed(line->replay->player, line->number, why, mqh_live_now());
    go_on(line->replay);
}

static void on_received(struct mqh_channel *channel, struct mqc_slice bytes)
{
    struct line *line = line_of(channel);

    mqh_player_received(line->replay->player, line->number, bytes, mqh_live_now());
    go_on(line->replay);
}

/* How bytes travel is not what is played again. */
static void on_breach(struct mqh_channel *channel, const char *id, const char *text)
{
    (void)channel;
    (void)id;
    (void)text;
}

static void on_ended(struct mqh_channel *channel, bool by_reset)
{
    struct line *line = line_of(channel);

    mqh_player_closed(line->replay->player, line->number, by_reset, mqh_live_now());
    go_on(line->replay);
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct mqh_replay *replay = handle->data;
    struct mqh_replay ended = *replay;

    free(replay);
    ended.done(ended.context);
}

static void on_closed(struct mqh_channel *channel)
{
    struct line *line = line_of(channel);
    struct mqh_replay *replay = line->replay;
    struct line **at = &replay->lines;

    while (*at != line)
        at = &(*at)->next;
    *at = line->next;
    free(line);
    go_on(replay);
}

/* ---- actions ---- */

static void open_line(struct mqh_replay *replay, const struct mqh_player_action *action)
{
    static const struct mqh_channel_events events = {on_opened, on_failed, on_received,
                                                     on_breach, on_ended,  on_closed};
    struct line *line = calloc(1, sizeof *line);

    if (line == NULL)
        abort();
    mqh_channel_init(&line->channel, replay->live, &events, MQC_CLIENT, action->version);
    line->replay = replay;
    line->number = action->connection;
    line->next = replay->lines;
    replay->lines = line;
    mqh_channel_connect(&line->channel, replay->live->address);
}

static void act(struct mqh_replay *replay, const struct mqh_player_action *action)
{
    struct line *line = replay->lines;

    if (action->kind == MQH_PLAYER_OPEN) {
        open_line(replay, action);
        return;
    }
    while (line != NULL && line->number != action->connection)
        line = line->next;
    if (line == NULL || line->channel.closing)
        return;
    if (action->kind == MQH_PLAYER_SEND)
        mqh_channel_send(&line->channel, action->bytes, MQH_FRAME_WHOLE);
    else if (action->kind == MQH_PLAYER_RESET)
        mqh_channel_reset(&line->channel);
    else if (line->channel.opened)
        mqh_channel_leave(&line->channel);
    else
        mqh_channel_destroy(&line->channel);
}

static void on_timer(uv_timer_t *timer)
{
    struct mqh_replay *replay = timer->data;

    if (replay->end_ms == 0)
        mqh_player_tick(replay->player, mqh_live_now());
    else if (mqh_live_now() >= replay->end_ms)
        for (struct line *line = replay->lines; line != NULL; line = line->next)
            mqh_channel_destroy(&line->channel);
    go_on(replay);
}

static void arm(struct mqh_replay *replay)
{
    uint64_t now = mqh_live_now();
    uint64_t due = replay->end_ms != 0 ? replay->end_ms : mqh_player_deadline(replay->player);

    if (due == UINT64_MAX)
        return;
    uv_update_time(replay->live->loop);
    uv_timer_start(&replay->timer, on_timer, due > now ? due - now : 1, 0);
}

static void go_on(struct mqh_replay *replay)
{
    struct mqh_player_action action;

    if (uv_is_closing((uv_handle_t *)&replay->timer))
        return;
    while (mqh_player_next(replay->player, &action))
        act(replay, &action);
    for (struct line *line = replay->lines; line != NULL; line = line->next)
        mqh_channel_flush(&line->channel);
    if (replay->end_ms == 0 && mqh_player_done(replay->player))
        replay->end_ms = mqh_live_now() + GRACE_MS;
    if (replay->end_ms != 0 && replay->lines == NULL)
        uv_close((uv_handle_t *)&replay->timer, on_timer_closed);
    else
        arm(replay);
}

struct mqh_replay *mqh_live_replay(struct mqh_live *live, struct mqh_player *player,
                                   void (*done)(void *context), void *context)
{
    struct mqh_replay *replay = calloc(1, sizeof *replay);

    if (replay == NULL)
        abort();
    *replay = (struct mqh_replay){.live = live, .player = player, .done = done, .context = context};
    uv_timer_init(live->loop, &replay->timer);
    replay->timer.data = replay;
    mqh_player_start(player, mqh_live_now());
    go_on(replay);
    return replay;
}

void mqh_live_replay_stop(struct mqh_replay *replay)
{
    mqh_player_stop(replay->player);
    go_on(replay);
}
