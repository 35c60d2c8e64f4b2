#include "harness/replay/player_state.h"

#include "codec/text.h"

/* ---- what is told ---- */

void mqh_player_act(struct mqh_player *p, struct mqh_player_action action)
{
    p->actions = mqh_arena_grow(p->arena, p->actions, p->action_count, &p->action_capacity,
                                sizeof *p->actions);
    p->actions[p->action_count++] = action;
}

bool mqh_player_next(struct mqh_player *p, struct mqh_player_action *out)
{
    if (p->action_next == p->action_count) {
        p->action_next = 0;
        p->action_count = 0;
        return false;
    }
    *out = p->actions[p->action_next++];
    return true;
}

void mqh_player_differ(struct mqh_player *p, unsigned connection, uint64_t frame, const char *text)
{
    if (p->recording->expected)
        return; /* it was not said */
    p->differences = mqh_arena_grow(p->arena, p->differences, p->difference_count,
                                    &p->difference_capacity, sizeof *p->differences);
    p->differences[p->difference_count++] =
        (struct mqh_difference){.connection = connection, .frame = frame, .text = text};
}

struct mqc_slice mqh_player_note(struct mqh_player *p, enum mqh_recording_kind kind,
                                 unsigned connection, enum mqc_side side, struct mqc_slice bytes,
                                 uint64_t now_ms)
{
    mqh_recording_add(&p->live, (struct mqh_recording_event){.kind = kind,
                                                             .connection = connection,
                                                             .side = side,
                                                             .bytes = bytes,
                                                             .time_ns = now_ms * 1000000});
    return p->live.events[p->live.event_count - 1].bytes;
}

const char *mqh_player_text(struct mqh_player *p, const struct mqc_packet *packet)
{
    static const struct mqc_text_style style = {.conceal = true, .limit = 60};
    char text[400];

    mqc_text_print(packet, style, text, sizeof text);
    return mqh_arena_format(p->arena, "%s", text);
}

/* ---- the course ---- */

uint64_t mqh_player_due(const struct mqh_player *p, uint64_t time_ns)
{
    uint64_t from_ns = p->recording->event_count > 0 ? p->recording->events[0].time_ns : 0;

    if (p->options.speed <= 0 || time_ns <= from_ns)
        return p->begun_ms;
    return p->begun_ms + (uint64_t)((double)(time_ns - from_ns) / 1e6 / p->options.speed);
}

static uint64_t later(uint64_t a_ms, uint64_t b_ms)
{
    return a_ms > b_ms ? a_ms : b_ms;
}

bool mqh_player_waits(struct mqh_player *p, unsigned patience_ms, uint64_t now_ms)
{
    if (p->waits_from_ms == UINT64_MAX)
        p->waits_from_ms = later(now_ms, mqh_player_due(p, p->recording->events[p->at].time_ns));
    p->due_ms = p->waits_from_ms + patience_ms;
    return now_ms < p->due_ms;
}

bool mqh_player_lingers(struct mqh_player *p, uint64_t now_ms)
{
    enum { TIMES = 10 };
    uint64_t linger_ms = p->options.linger_ms;

    if (linger_ms > 0 && p->slowest_ms * TIMES > linger_ms)
        linger_ms = p->slowest_ms * TIMES;
    p->due_ms = p->quiet_ms + linger_ms;
    if (p->at == p->recording->event_count)
        p->due_ms = later(p->due_ms, mqh_player_due(p, p->recording->end_ns));
    if (now_ms < p->due_ms)
        return true;
    p->live.quiet_ms = (unsigned)linger_ms;
    return false;
}

static void end(struct mqh_player *p)
{
    if (p->done)
        return;
    p->done = true;
    mqh_player_tell_rest(p);
    for (unsigned i = 0; i < p->recording->connection_count; i++) {
        struct mqh_player_connection *c = &p->connections[i];

        if (c->open && !c->left)
            mqh_player_act(p,
                           (struct mqh_player_action){.kind = MQH_PLAYER_CLOSE, .connection = i});
        c->left = true;
    }
}

static void advance(struct mqh_player *p, uint64_t now_ms)
{
    p->due_ms = UINT64_MAX;
    while (!p->done && p->at < p->recording->event_count) {
        const struct mqh_recording_event *event = &p->recording->events[p->at];

        if (event->side == MQC_SERVER ? !mqh_player_take_answer(p, event, now_ms)
                                      : !mqh_player_do_again(p, event, now_ms))
            return;
        p->waits_from_ms = UINT64_MAX;
        p->at++;
        p->quiet_ms = now_ms;
        p->due_ms = UINT64_MAX;
    }
    if (p->done)
        return;
    if (!mqh_player_lingers(p, now_ms)) {
        p->live.end_ns = now_ms * 1000000;
        end(p);
    }
}

/* ---- what comes ---- */

void mqh_player_received(struct mqh_player *p, unsigned connection, struct mqc_slice bytes,
                         uint64_t now_ms)
{
    p->quiet_ms = now_ms;
    if (p->sent_ms > 0 && now_ms - p->sent_ms > p->slowest_ms)
        p->slowest_ms = now_ms - p->sent_ms;
    p->sent_ms = 0;
    mqh_player_arrive(p, connection, bytes, now_ms);
    advance(p, now_ms);
}

void mqh_player_opened(struct mqh_player *p, unsigned connection, uint64_t now_ms)
{
    p->connections[connection].open = true;
    mqh_player_note(p, MQH_RECORDING_OPEN, connection, MQC_CLIENT, (struct mqc_slice){0}, now_ms);
    mqh_player_introduce(p, connection, now_ms);
    advance(p, now_ms);
}

void mqh_player_failed(struct mqh_player *p, unsigned connection, const char *why, uint64_t now_ms)
{
    p->connections[connection].failed = true;
    p->refused++;
    p->why_refused = mqh_arena_format(p->arena, "%s", why);
    advance(p, now_ms);
}

void mqh_player_closed(struct mqh_player *p, unsigned connection, bool by_reset, uint64_t now_ms)
{
    struct mqh_player_connection *c = &p->connections[connection];

    if (c->ended)
        return;
    c->ended = true;
    if (!c->left) { /* else it answers our end */
        p->quiet_ms = now_ms;
        mqh_player_note(p, by_reset ? MQH_RECORDING_RESET : MQH_RECORDING_CLOSE, connection,
                        MQC_SERVER, (struct mqc_slice){0}, now_ms);
    }
    advance(p, now_ms);
}

void mqh_player_tick(struct mqh_player *p, uint64_t now_ms)
{
    advance(p, now_ms);
}

void mqh_player_stop(struct mqh_player *p)
{
    end(p);
}

/* ---- beginning and end ---- */

struct mqh_player *mqh_player_new(struct mqh_arena *arena, const struct mqh_recording *recording,
                                  const struct mqh_player_options *options)
{
    struct mqh_player *p = mqh_arena_alloc(arena, sizeof *p);

    p->arena = arena;
    p->recording = recording;
    p->options = *options;
    p->connections =
        mqh_arena_alloc(arena, (recording->connection_count + 1) * sizeof *p->connections);
    p->waits_from_ms = UINT64_MAX;
    p->due_ms = UINT64_MAX;
    p->live = (struct mqh_recording){.arena = arena};
    for (unsigned i = 0; i < recording->connection_count; i++) {
        p->connections[i].version = recording->connections[i].version;
        p->connections[i].last = &p->connections[i].first;
        mqh_recording_open(&p->live,
                           recording->connections[i].version_is_known
                               ? recording->connections[i].version
                               : MQC_VERSION_UNKNOWN,
                           0);
    }
    p->farewell = mqh_recording_farewells(recording);
    p->live.event_count = 0; /* connections are told of when they stand */
    return p;
}

void mqh_player_start(struct mqh_player *p, uint64_t now_ms)
{
    p->begun_ms = now_ms;
    p->quiet_ms = now_ms;
    advance(p, now_ms);
}

uint64_t mqh_player_deadline(const struct mqh_player *p)
{
    return p->done ? UINT64_MAX : p->due_ms;
}

bool mqh_player_done(const struct mqh_player *p)
{
    return p->done;
}

const struct mqh_recording *mqh_player_live(const struct mqh_player *p)
{
    return &p->live;
}

const struct mqh_difference *mqh_player_differences(const struct mqh_player *p, size_t *count)
{
    *count = p->difference_count;
    return p->differences;
}

bool mqh_player_resumed(const struct mqh_player *p)
{
    return p->resumed;
}

unsigned mqh_player_refused(const struct mqh_player *p, const char **why)
{
    *why = p->why_refused;
    return p->refused;
}
