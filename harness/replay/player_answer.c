/* What the broker said: see player_state.h. */
#include "harness/replay/player_state.h"

enum { PATIENCE_MIN_MS = 50 };

/* ---- what came in the recording is looked for among what has come ---- */

static void compare(struct mqh_player *p, const struct mqh_recording_event *event,
                    const struct mqc_packet *then, const struct mqc_packet *now)
{
    const char *was;
    const char *is;

    if (mqh_player_means_the_same(then, now))
        return;
    if (then->frame.type == MQC_CONNACK && now->frame.type == MQC_CONNACK)
        p->resumed = p->resumed || (now->connack.flags & ~then->connack.flags & 1) != 0;
    was = mqh_player_text(p, then);
    is = mqh_player_text(p, now);
    mqh_player_differ(p, event->connection, event->frame,
                      mqh_arena_format(p->arena, "%s, in the recording %s", is, was));
}

static bool find_arrival(struct mqh_player *p, const struct mqh_recording_event *event,
                         const struct mqc_packet *then)
{
    struct mqh_player_connection *c = &p->connections[event->connection];

    for (struct mqh_player_arrival **place = &c->first; *place != NULL; place = &(*place)->next) {
        struct mqh_player_arrival *arrival = *place;

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

static unsigned patience(const struct mqh_player *p, const struct mqh_player_connection *c)
{
    unsigned ms = p->options.patience_ms >> (c->missed < 8 ? c->missed : 8);

    return ms < PATIENCE_MIN_MS ? PATIENCE_MIN_MS : ms;
}

static void tell_missing(struct mqh_player *p, const struct mqh_recording_event *event,
                         const struct mqc_packet *then)
{
    mqh_player_differ(p, event->connection, event->frame,
                      mqh_arena_format(p->arena, "%s does not come", mqh_player_text(p, then)));
}

/* A broker may deliver earlier or later than the other did: what hangs on the delivery is held, and
 * the delivery may still come. One that is sent again, and came before, holds nothing up. */
static bool holds(struct mqh_player *p, const struct mqh_recording_event *event,
                  const struct mqc_packet *then)
{
    struct mqh_player_connection *c = &p->connections[event->connection];

    if (p->options.raw || then->frame.type != MQC_PUBLISH || c->ended)
        return false;
    if ((then->frame.flags & 0x08) != 0 &&
        mqh_player_delivery_of(c->deliveries, then->publish.packet_id) != NULL)
        return false;
    mqh_held_add(p->arena, &c->held, event, then);
    return true;
}

/* False while it is waited for. */
bool mqh_player_take_answer(struct mqh_player *p, const struct mqh_recording_event *event,
                            uint64_t now_ms)
{
    struct mqh_player_connection *c = &p->connections[event->connection];
    bool is_end = event->kind != MQH_RECORDING_BYTES;
    struct mqc_packet then;

    if (c->failed || event->kind == MQH_RECORDING_HOLE)
        return true;
    if (c->left) /* others went on when the broker knew that this client is gone */
        return !is_end || c->ended || !mqh_player_waits(p, patience(p, c), now_ms);
    if (!is_end && !mqh_player_decode(event->bytes, c->version, MQC_SERVER, &then))
        return true;
    if (!is_end && mqh_held_join(p->arena, c->held, event, &then))
        return true;
    if (is_end && c->ended)
        return true;
    if (!is_end && find_arrival(p, event, &then)) {
        mqh_held_supersede(c->held, &then);
        return true;
    }
    if (!c->ended && mqh_player_waits(p, patience(p, c), now_ms))
        return false;
    c->missed++;
    if (is_end)
        mqh_player_differ(p, event->connection, event->frame,
                          "the broker does not close the connection");
    else if (!holds(p, event, &then))
        tell_missing(p, event, &then);
    return true;
}

/* ---- what comes ---- */

/* What hangs on deliveries that have come after all is done as far as it can be. */
static void play_held(struct mqh_player *p, unsigned connection, uint64_t now_ms)
{
    struct mqh_player_connection *c = &p->connections[connection];
    struct mqc_packet then;

    for (struct mqh_held *held = c->held; held != NULL && !c->parted && !c->left; held = held->next)
        for (; held->at < held->event_count; held->at++) {
            const struct mqh_recording_event *event = held->events[held->at];

            if (event->side == MQC_CLIENT)
                mqh_player_send(p, event, now_ms);
            else if (!mqh_player_decode(event->bytes, c->version, MQC_SERVER, &then) ||
                     !find_arrival(p, event, &then))
                break;
        }
}

static void take_packet(struct mqh_player *p, unsigned connection, struct mqc_slice bytes,
                        uint64_t now_ms)
{
    struct mqh_player_connection *c = &p->connections[connection];
    struct mqh_player_arrival *arrival;

    bytes = mqh_player_note(p, MQH_RECORDING_BYTES, connection, MQC_SERVER, bytes, now_ms);
    arrival = mqh_arena_alloc(p->arena, sizeof *arrival);
    if (!mqh_player_decode(bytes, c->version, MQC_SERVER, &arrival->packet))
        return;
    if (c->introduced && arrival->packet.frame.type == MQC_CONNACK) {
        c->introduced = false;
        return;
    }
    *c->last = arrival;
    c->last = &arrival->next;
}

void mqh_player_arrive(struct mqh_player *p, unsigned connection, struct mqc_slice bytes,
                       uint64_t now_ms)
{
    struct mqh_player_connection *c = &p->connections[connection];
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
        take_packet(p, connection, (struct mqc_slice){rest.data, frame.size}, now_ms);
        rest = (struct mqc_slice){rest.data + frame.size, rest.size - frame.size};
    }
    if (rest.size > 0)
        memmove(c->data, rest.data, rest.size);
    c->size = rest.size;
    play_held(p, connection, now_ms);
}

/* ---- what is left at the end ---- */

static void tell_held(struct mqh_player *p, unsigned connection)
{
    const struct mqh_player_connection *c = &p->connections[connection];
    struct mqc_packet then;

    for (const struct mqh_held *held = c->held; held != NULL; held = held->next)
        for (size_t i = held->at; i < held->event_count; i++) {
            const struct mqh_recording_event *event = held->events[i];

            if (!mqh_player_decode(event->bytes, c->version, event->side, &then))
                continue;
            if (event->side == MQC_SERVER)
                tell_missing(p, event, &then);
            else
                mqh_player_differ(p, connection, event->frame,
                                  mqh_arena_format(p->arena,
                                                   "%s is not sent: what it answers does not come",
                                                   mqh_player_text(p, &then)));
        }
}

static void tell_surplus(struct mqh_player *p)
{
    for (unsigned i = 0; i < p->recording->connection_count; i++)
        for (const struct mqh_player_arrival *a = p->connections[i].first; a != NULL; a = a->next)
            mqh_player_differ(p, i, 0,
                              mqh_arena_format(p->arena, "%s comes, which is not in the recording",
                                               mqh_player_text(p, &a->packet)));
}

void mqh_player_tell_rest(struct mqh_player *p)
{
    for (unsigned i = 0; i < p->recording->connection_count; i++)
        tell_held(p, i);
    tell_surplus(p);
}
