/* What the clients did: see player_state.h. */
#include "harness/replay/player_state.h"

enum { OPEN_MS = 10000 };

void mqh_player_send(struct mqh_player *p, const struct mqh_recording_event *event, uint64_t now_ms)
{
    struct mqh_player_connection *c = &p->connections[event->connection];
    struct mqc_slice bytes = event->bytes;

    if (!p->options.raw)
        bytes = mqh_player_rewrite(p->arena, bytes, c->version, &p->options, c->deliveries);
    bytes = mqh_player_note(p, MQH_RECORDING_BYTES, event->connection, MQC_CLIENT, bytes, now_ms);
    mqh_player_act(p, (struct mqh_player_action){.kind = MQH_PLAYER_SEND,
                                                 .connection = event->connection,
                                                 .bytes = bytes});
    p->sent_ms = now_ms;
}

/* Whether an acknowledgement has to wait for what it answers. */
static bool is_held(struct mqh_player *p, const struct mqh_recording_event *event)
{
    struct mqh_player_connection *c = &p->connections[event->connection];
    struct mqc_packet packet;

    return c->held != NULL && mqh_player_decode(event->bytes, c->version, MQC_CLIENT, &packet) &&
           mqh_held_join(p->arena, c->held, event, &packet);
}

void mqh_player_introduce(struct mqh_player *p, unsigned connection, uint64_t now_ms)
{
    const struct mqh_recording_connection *then = &p->recording->connections[connection];
    struct mqh_recording_event event = {.connection = connection};

    if (then->from_start || then->client_id.data != NULL || p->options.raw)
        return;
    event.bytes = mqh_player_introduction(p->arena, then->version, connection);
    p->connections[connection].introduced = true;
    mqh_player_send(p, &event, now_ms);
}

/* False while the connection is being opened. */
static bool open(struct mqh_player *p, const struct mqh_recording_event *event, uint64_t now_ms)
{
    struct mqh_player_connection *c = &p->connections[event->connection];

    if (!c->opening && !c->open && !c->failed) {
        c->opening = true;
        mqh_player_act(p, (struct mqh_player_action){.kind = MQH_PLAYER_OPEN,
                                                     .connection = event->connection,
                                                     .version = c->version});
    }
    if (c->open || c->failed)
        return true;
    if (mqh_player_waits(p, OPEN_MS, now_ms))
        return false;
    c->failed = true;
    p->refused++;
    p->why_refused = "no answer in time";
    return true;
}

static void leave(struct mqh_player *p, const struct mqh_recording_event *event, uint64_t now_ms)
{
    struct mqh_player_connection *c = &p->connections[event->connection];
    bool reset = event->kind == MQH_RECORDING_RESET;

    c->left = true;
    mqh_player_note(p, event->kind, event->connection, MQC_CLIENT, (struct mqc_slice){0}, now_ms);
    mqh_player_act(p,
                   (struct mqh_player_action){.kind = reset ? MQH_PLAYER_RESET : MQH_PLAYER_CLOSE,
                                              .connection = event->connection});
}

static bool is_due(struct mqh_player *p, const struct mqh_recording_event *event, uint64_t now_ms)
{
    p->due_ms = mqh_player_due(p, event->time_ns);
    return now_ms >= p->due_ms;
}

bool mqh_player_do_again(struct mqh_player *p, const struct mqh_recording_event *event,
                         uint64_t now_ms)
{
    struct mqh_player_connection *c = &p->connections[event->connection];

    if (c->failed || c->left)
        return true;
    if (!is_due(p, event, now_ms) || (p->at == p->farewell && mqh_player_lingers(p, now_ms)))
        return false;
    if (event->kind == MQH_RECORDING_OPEN)
        return open(p, event, now_ms);
    if (!c->open)
        return true;
    if (event->kind == MQH_RECORDING_BYTES && !c->ended && !is_held(p, event)) {
        mqh_player_send(p, event, now_ms);
        c->parted = c->parted || mqh_recording_is_farewell(event);
    }
    if (event->kind == MQH_RECORDING_CLOSE || event->kind == MQH_RECORDING_RESET)
        leave(p, event, now_ms);
    return true;
}
