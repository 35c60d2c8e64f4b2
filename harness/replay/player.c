#include "harness/replay/player.h"

#include <assert.h>
#include <stdio.h>

#include "codec/text.h"
#include "harness/replay/player_held.h"
#include "harness/replay/player_rewrite.h"

enum { OPEN_MS = 10000, PATIENCE_MIN_MS = 50 };

/* A packet of the broker that has come, and that nothing in the recording was found for yet. */
struct arrival {
    struct mqc_packet packet; /* points into the live recording */
    struct arrival *next;
};

struct connection {
    bool opening;
    bool open;
    bool failed;
    bool ended;      /* by the broker */
    bool left;       /* by us */
    bool parted;     /* our DISCONNECT is sent: nothing may follow it */
    bool introduced; /* by a CONNECT of ours, whose CONNACK has not come */
    unsigned missed; /* answers that were waited for in vain */
    enum mqc_version version;
    uint8_t *data; /* bytes of the broker that make no packet yet */
    size_t size;
    size_t capacity;
    struct arrival *first;
    struct arrival **last;
    struct mqh_delivery *deliveries;
    struct mqh_held *held;
};

struct player_action {
    struct mqh_player_action action;
    struct player_action *next;
};

struct mqh_player {
    struct mqh_arena *arena;
    const struct mqh_recording *recording;
    struct mqh_player_options options;
    struct connection *connections;
    struct mqh_recording live;
    size_t at;       /* next event of the recording */
    size_t farewell; /* the event from which on clients only leave */
    uint64_t begun_ms;
    uint64_t waits_from_ms; /* the event at `at` is waited for since then; UINT64_MAX: it is not */
    uint64_t due_ms;
    uint64_t quiet_ms; /* when something was done or came last */
    uint64_t sent_ms;
    uint64_t slowest_ms; /* from what was sent to what came next */
    bool done;
    struct player_action *actions;
    struct player_action **last_action;
    struct mqh_difference *differences;
    size_t difference_count;
    size_t difference_capacity;
    unsigned refused;
    const char *why_refused;
};

/* ---- what is told ---- */

static void act(struct mqh_player *p, struct mqh_player_action action)
{
    struct player_action *item = mqh_arena_alloc(p->arena, sizeof *item);

    item->action = action;
    *p->last_action = item;
    p->last_action = &item->next;
}

bool mqh_player_next(struct mqh_player *p, struct mqh_player_action *out)
{
    if (p->actions == NULL)
        return false;
    *out = p->actions->action;
    p->actions = p->actions->next;
    if (p->actions == NULL)
        p->last_action = &p->actions;
    return true;
}

static void differ(struct mqh_player *p, unsigned connection, uint64_t frame, const char *text)
{
    if (p->recording->expected)
        return; /* it was not said */
    p->differences = mqh_arena_grow(p->arena, p->differences, p->difference_count,
                                    &p->difference_capacity, sizeof *p->differences);
    p->differences[p->difference_count++] =
        (struct mqh_difference){.connection = connection, .frame = frame, .text = text};
}

static void note(struct mqh_player *p, enum mqh_recording_kind kind, unsigned connection,
                 enum mqc_side side, struct mqc_slice bytes, uint64_t now_ms)
{
    mqh_recording_add(&p->live, (struct mqh_recording_event){.kind = kind,
                                                             .connection = connection,
                                                             .side = side,
                                                             .bytes = bytes,
                                                             .time_ns = now_ms * 1000000});
}

static const char *text_of(struct mqh_player *p, const struct mqc_packet *packet)
{
    static const struct mqc_text_style style = {.conceal = true, .limit = 60};
    char text[400];

    mqc_text_print(packet, style, text, sizeof text);
    return mqh_arena_format(p->arena, "%s", text);
}

static bool decode(struct mqc_slice bytes, enum mqc_version version, enum mqc_side from,
                   struct mqc_packet *out)
{
    struct mqc_frame frame = {.version = version, .from = from};
    struct mqc_faults faults = {0};

    if (mqc_frame_read(bytes, &frame) != MQC_FRAME_COMPLETE)
        return false;
    mqc_packet_decode(&frame, out, &faults);
    return true;
}

/* ---- what came in the recording is looked for among what has come ---- */

static void compare(struct mqh_player *p, const struct mqh_recording_event *event,
                    const struct mqc_packet *then, const struct mqc_packet *now)
{
    const char *was;
    const char *is;

    if (mqh_player_means_the_same(then, now))
        return;
    was = text_of(p, then);
    is = text_of(p, now);
    differ(p, event->connection, event->frame,
           mqh_arena_format(p->arena, "%s, in the recording %s", is, was));
}

static bool find_arrival(struct mqh_player *p, const struct mqh_recording_event *event,
                         const struct mqc_packet *then)
{
    struct connection *c = &p->connections[event->connection];

    for (struct arrival **place = &c->first; *place != NULL; place = &(*place)->next) {
        struct arrival *arrival = *place;

        if (p->recording->expected
                ? then->frame.type != arrival->packet.frame.type
                : !mqh_player_is_counterpart(then, &arrival->packet, c->deliveries))
            continue;
        mqh_player_bind(p->arena, &c->deliveries, then, &arrival->packet);
        compare(p, event, then, &arrival->packet);
        *place = arrival->next;
        if (arrival->next == NULL)
            c->last = place;
        return true;
    }
    return false;
}

static unsigned patience(const struct mqh_player *p, const struct connection *c)
{
    unsigned ms = p->options.patience_ms >> (c->missed < 8 ? c->missed : 8);

    return ms < PATIENCE_MIN_MS ? PATIENCE_MIN_MS : ms;
}

/* True while the event at `at` is still to be waited for. */
static bool waits(struct mqh_player *p, unsigned patience_ms, uint64_t now_ms)
{
    if (p->waits_from_ms == UINT64_MAX)
        p->waits_from_ms = now_ms;
    p->due_ms = p->waits_from_ms + patience_ms;
    return now_ms < p->due_ms;
}

static void tell_missing(struct mqh_player *p, const struct mqh_recording_event *event,
                         const struct mqc_packet *then)
{
    differ(p, event->connection, event->frame,
           mqh_arena_format(p->arena, "%s does not come", text_of(p, then)));
}

/* A broker may deliver earlier or later than the other did: what hangs on the delivery is held, and
 * the delivery may still come. One that is sent again, and came before, holds nothing up. */
static bool holds(struct mqh_player *p, const struct mqh_recording_event *event,
                  const struct mqc_packet *then)
{
    struct connection *c = &p->connections[event->connection];

    if (p->options.raw || then->frame.type != MQC_PUBLISH || c->ended)
        return false;
    if ((then->frame.flags & 0x08) != 0 &&
        mqh_player_delivery_of(c->deliveries, then->publish.packet_id) != NULL)
        return false;
    mqh_held_add(p->arena, &c->held, event, then);
    return true;
}

/* False while it is waited for. */
static bool take_answer(struct mqh_player *p, const struct mqh_recording_event *event,
                        uint64_t now_ms)
{
    struct connection *c = &p->connections[event->connection];
    bool is_end = event->kind != MQH_RECORDING_BYTES;
    struct mqc_packet then;

    if (c->failed || event->kind == MQH_RECORDING_HOLE || c->left)
        return true;
    if (!is_end && !decode(event->bytes, c->version, MQC_SERVER, &then))
        return true;
    if (!is_end && mqh_held_join(p->arena, c->held, event, &then))
        return true;
    if (is_end && c->ended)
        return true;
    if (!is_end && find_arrival(p, event, &then)) {
        mqh_held_supersede(c->held, &then);
        return true;
    }
    if (!c->ended && waits(p, patience(p, c), now_ms))
        return false;
    c->missed++;
    if (is_end)
        differ(p, event->connection, event->frame, "the broker does not close the connection");
    else if (!holds(p, event, &then))
        tell_missing(p, event, &then);
    return true;
}

/* ---- what the clients did ---- */

static void send(struct mqh_player *p, const struct mqh_recording_event *event, uint64_t now_ms)
{
    struct connection *c = &p->connections[event->connection];
    struct mqc_slice bytes = event->bytes;

    if (!p->options.raw)
        bytes = mqh_player_rewrite(p->arena, bytes, c->version, &p->options, c->deliveries);
    note(p, MQH_RECORDING_BYTES, event->connection, MQC_CLIENT, bytes, now_ms);
    act(p, (struct mqh_player_action){.kind = MQH_PLAYER_SEND,
                                      .connection = event->connection,
                                      .bytes = p->live.events[p->live.event_count - 1].bytes});
    p->sent_ms = now_ms;
}

/* Whether an acknowledgement has to wait for what it answers. */
static bool is_held(struct mqh_player *p, const struct mqh_recording_event *event)
{
    struct connection *c = &p->connections[event->connection];
    struct mqc_packet packet;

    return c->held != NULL && decode(event->bytes, c->version, MQC_CLIENT, &packet) &&
           mqh_held_join(p->arena, c->held, event, &packet);
}

/* What hangs on deliveries that have come after all is done as far as it can be. */
static void play_held(struct mqh_player *p, unsigned connection, uint64_t now_ms)
{
    struct connection *c = &p->connections[connection];
    struct mqc_packet then;

    for (struct mqh_held *held = c->held; held != NULL && !c->parted && !c->left; held = held->next)
        for (; held->at < held->event_count; held->at++) {
            const struct mqh_recording_event *event = held->events[held->at];

            if (event->side == MQC_CLIENT)
                send(p, event, now_ms);
            else if (!decode(event->bytes, c->version, MQC_SERVER, &then) ||
                     !find_arrival(p, event, &then))
                break;
        }
}

static void tell_held(struct mqh_player *p, unsigned connection)
{
    const struct connection *c = &p->connections[connection];
    struct mqc_packet then;

    for (const struct mqh_held *held = c->held; held != NULL; held = held->next)
        for (size_t i = held->at; i < held->event_count; i++) {
            const struct mqh_recording_event *event = held->events[i];

            if (!decode(event->bytes, c->version, event->side, &then))
                continue;
            if (event->side == MQC_SERVER)
                tell_missing(p, event, &then);
            else
                differ(p, connection, event->frame,
                       mqh_arena_format(p->arena, "%s is not sent: what it answers does not come",
                                        text_of(p, &then)));
        }
}

/* No broker listens to a connection that begins midway. */
static void introduce(struct mqh_player *p, unsigned connection, uint64_t now_ms)
{
    static const char *const heads[] = {
        [MQC_V31] = "\x10\x11\0\6MQIsdp\3\2\0\x3c\0\3m??",
        [MQC_V311] = "\x10\x0f\0\4MQTT\4\2\0\x3c\0\3m??",
        [MQC_V5] = "\x10\x10\0\4MQTT\5\2\0\x3c\0\0\3m??",
    };
    const struct mqh_recording_connection *then = &p->recording->connections[connection];
    struct mqh_recording_event event = {.connection = connection};
    uint8_t connect[20];

    if (then->from_start || then->client_id.data != NULL || p->options.raw)
        return;
    event.bytes = (struct mqc_slice){connect, 2u + (uint8_t)heads[then->version][1]};
    memcpy(connect, heads[then->version], event.bytes.size);
    connect[event.bytes.size - 2] = (uint8_t)('a' + connection / 26 % 26);
    connect[event.bytes.size - 1] = (uint8_t)('a' + connection % 26);
    p->connections[connection].introduced = true;
    send(p, &event, now_ms);
}

/* False while the connection is being opened. */
static bool open(struct mqh_player *p, const struct mqh_recording_event *event, uint64_t now_ms)
{
    struct connection *c = &p->connections[event->connection];

    if (!c->opening && !c->open && !c->failed) {
        c->opening = true;
        act(p, (struct mqh_player_action){.kind = MQH_PLAYER_OPEN,
                                          .connection = event->connection,
                                          .version = c->version});
    }
    if (c->open || c->failed)
        return true;
    if (waits(p, OPEN_MS, now_ms))
        return false;
    c->failed = true;
    p->refused++;
    p->why_refused = "no answer in time";
    return true;
}

static void leave(struct mqh_player *p, const struct mqh_recording_event *event, uint64_t now_ms)
{
    struct connection *c = &p->connections[event->connection];
    bool reset = event->kind == MQH_RECORDING_RESET;

    c->left = true;
    note(p, event->kind, event->connection, MQC_CLIENT, (struct mqc_slice){0}, now_ms);
    act(p, (struct mqh_player_action){.kind = reset ? MQH_PLAYER_RESET : MQH_PLAYER_CLOSE,
                                      .connection = event->connection});
}

static bool is_due(struct mqh_player *p, const struct mqh_recording_event *event, uint64_t now_ms)
{
    uint64_t offset_ns = event->time_ns - p->recording->events[0].time_ns;

    if (p->options.speed <= 0)
        return true;
    p->due_ms = p->begun_ms + (uint64_t)((double)offset_ns / 1e6 / p->options.speed);
    return now_ms >= p->due_ms;
}

/* True while something may still come: who is slow gets more time. */
static bool lingers(struct mqh_player *p, uint64_t now_ms)
{
    enum { TIMES = 10 };
    uint64_t linger_ms = p->options.linger_ms;

    if (linger_ms > 0 && p->slowest_ms * TIMES > linger_ms)
        linger_ms = p->slowest_ms * TIMES;
    p->due_ms = p->quiet_ms + linger_ms;
    if (now_ms < p->due_ms)
        return true;
    p->live.quiet_ms = (unsigned)linger_ms;
    return false;
}

/* False while it cannot be done yet. */
static bool do_again(struct mqh_player *p, const struct mqh_recording_event *event, uint64_t now_ms)
{
    struct connection *c = &p->connections[event->connection];

    if (c->failed || c->left)
        return true;
    if (!is_due(p, event, now_ms) || (p->at == p->farewell && lingers(p, now_ms)))
        return false;
    if (event->kind == MQH_RECORDING_OPEN)
        return open(p, event, now_ms);
    if (!c->open)
        return true;
    if (event->kind == MQH_RECORDING_BYTES && !c->ended && !is_held(p, event)) {
        send(p, event, now_ms);
        c->parted = c->parted || mqh_recording_is_farewell(event);
    }
    if (event->kind == MQH_RECORDING_CLOSE || event->kind == MQH_RECORDING_RESET)
        leave(p, event, now_ms);
    return true;
}

/* ---- the course ---- */

static void tell_surplus(struct mqh_player *p)
{
    for (unsigned i = 0; i < p->recording->connection_count; i++)
        for (const struct arrival *a = p->connections[i].first; a != NULL; a = a->next)
            differ(p, i, 0,
                   mqh_arena_format(p->arena, "%s comes, which is not in the recording",
                                    text_of(p, &a->packet)));
}

static void end(struct mqh_player *p)
{
    if (p->done)
        return;
    p->done = true;
    for (unsigned i = 0; i < p->recording->connection_count; i++)
        tell_held(p, i);
    tell_surplus(p);
    for (unsigned i = 0; i < p->recording->connection_count; i++) {
        struct connection *c = &p->connections[i];

        if (c->open && !c->left)
            act(p, (struct mqh_player_action){.kind = MQH_PLAYER_CLOSE, .connection = i});
        c->left = true;
    }
}

static void advance(struct mqh_player *p, uint64_t now_ms)
{
    p->due_ms = UINT64_MAX;
    while (!p->done && p->at < p->recording->event_count) {
        const struct mqh_recording_event *event = &p->recording->events[p->at];

        if (event->side == MQC_SERVER ? !take_answer(p, event, now_ms)
                                      : !do_again(p, event, now_ms))
            return;
        p->waits_from_ms = UINT64_MAX;
        p->at++;
        p->quiet_ms = now_ms;
        p->due_ms = UINT64_MAX;
    }
    if (p->done)
        return;
    if (!lingers(p, now_ms)) {
        p->live.end_ns = now_ms * 1000000;
        end(p);
    }
}

/* ---- what comes ---- */

static void arrive(struct mqh_player *p, unsigned connection, struct mqc_slice bytes,
                   uint64_t now_ms)
{
    struct connection *c = &p->connections[connection];
    struct arrival *arrival;
    struct mqc_slice kept;

    note(p, MQH_RECORDING_BYTES, connection, MQC_SERVER, bytes, now_ms);
    kept = p->live.events[p->live.event_count - 1].bytes;
    arrival = mqh_arena_alloc(p->arena, sizeof *arrival);
    if (!decode(kept, c->version, MQC_SERVER, &arrival->packet))
        return;
    if (c->introduced && arrival->packet.frame.type == MQC_CONNACK) {
        c->introduced = false;
        return;
    }
    *c->last = arrival;
    c->last = &arrival->next;
}

void mqh_player_received(struct mqh_player *p, unsigned connection, struct mqc_slice bytes,
                         uint64_t now_ms)
{
    struct connection *c = &p->connections[connection];
    struct mqc_slice rest;

    if (c->size + bytes.size > c->capacity) {
        uint8_t *old = c->data;

        c->capacity = 2 * (c->size + bytes.size);
        c->data = mqh_arena_alloc(p->arena, c->capacity);
        if (c->size > 0)
            memcpy(c->data, old, c->size);
    }
    if (bytes.size > 0)
        memcpy(c->data + c->size, bytes.data, bytes.size);
    rest = (struct mqc_slice){c->data, c->size + bytes.size};
    for (struct mqc_frame frame = {0}; mqc_frame_read(rest, &frame) == MQC_FRAME_COMPLETE;) {
        arrive(p, connection, (struct mqc_slice){rest.data, frame.size}, now_ms);
        rest = (struct mqc_slice){rest.data + frame.size, rest.size - frame.size};
    }
    if (rest.size > 0)
        memmove(c->data, rest.data, rest.size);
    c->size = rest.size;
    p->quiet_ms = now_ms;
    if (p->sent_ms > 0 && now_ms - p->sent_ms > p->slowest_ms)
        p->slowest_ms = now_ms - p->sent_ms;
    p->sent_ms = 0;
    play_held(p, connection, now_ms);
    advance(p, now_ms);
}

void mqh_player_opened(struct mqh_player *p, unsigned connection, uint64_t now_ms)
{
    p->connections[connection].open = true;
    note(p, MQH_RECORDING_OPEN, connection, MQC_CLIENT, (struct mqc_slice){0}, now_ms);
    introduce(p, connection, now_ms);
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
    struct connection *c = &p->connections[connection];

    if (c->ended)
        return;
    c->ended = true;
    if (c->left)
        return; /* it answers our end */
    p->quiet_ms = now_ms;
    note(p, by_reset ? MQH_RECORDING_RESET : MQH_RECORDING_CLOSE, connection, MQC_SERVER,
         (struct mqc_slice){0}, now_ms);
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
    p->last_action = &p->actions;
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

unsigned mqh_player_refused(const struct mqh_player *p, const char **why)
{
    *why = p->why_refused;
    return p->refused;
}
