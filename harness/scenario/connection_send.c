#include "harness/scenario/state.h"

static void trace(struct mqh_engine *engine, struct mqc_slice client_id, struct mqc_slice topic,
                  enum mqc_version version)
{
    struct mqh_trace *t;

    engine->traces = mqh_arena_grow(engine->arena, engine->traces, engine->trace_count,
                                    &engine->trace_capacity, sizeof(*engine->traces));
    t = &engine->traces[engine->trace_count++];
    t->version = version;
    t->client_id = client_id.data != NULL ? mqh_arena_text(engine->arena, client_id) : NULL;
    t->topic = topic.data != NULL ? mqh_arena_text(engine->arena, topic) : NULL;
}

static void connect_goes(struct mqh_engine *engine, struct mqh_connection *c,
                         const struct mqc_connect *connect)
{
    const struct mqc_slice none = {0};
    struct mqc_property expiry;
    bool keeps = (connect->flags & MQC_CONNECT_CLEAN) == 0;

    if (c->version == MQC_V5)
        keeps = mqc_property_get(connect->properties, MQC_SESSION_EXPIRY_INTERVAL, 0, &expiry) &&
                expiry.number > 0;
    c->connect_sent = true;
    if (keeps && connect->client_id.size > 0)
        trace(engine, connect->client_id, none, c->version);
    if ((connect->flags & MQC_CONNECT_WILL) != 0 &&
        (connect->flags & MQC_CONNECT_WILL_RETAIN) != 0 && connect->will_topic.size > 0)
        trace(engine, none, connect->will_topic, c->version);
}

static void publish_goes(struct mqh_engine *engine, struct mqh_connection *c,
                         const struct mqc_publish *publish)
{
    if (publish->qos == 0)
        c->unfenced = true;
    if (publish->retain && publish->payload.size > 0 && publish->topic.size > 0)
        trace(engine, (struct mqc_slice){0}, publish->topic, c->version);
}

static void packet_goes(struct mqh_engine *engine, struct mqh_connection *c,
                        const struct mqc_frame *found, unsigned line)
{
    struct mqc_frame frame = *found;
    struct mqc_fault items[MQH_FAULTS_MAX];
    struct mqc_faults faults = {.items = items, .capacity = MQH_FAULTS_MAX};
    struct mqc_packet packet;
    struct mqh_event *event;
    struct mqc_slice bytes =
        mqh_arena_bytes(engine->arena, (struct mqc_slice){found->bytes, found->size});
    bool ours = line == 0;

    frame.bytes = bytes.data;
    frame.version = c->version;
    frame.from = c->peer_side == MQC_SERVER ? MQC_CLIENT : MQC_SERVER;
    mqc_packet_decode(&frame, &packet, &faults);
    for (size_t i = 0; i < mqc_faults_stored(&faults); i++)
        if (mqc_rule_in(items[i].rule, packet.version)->level == MQC_MUST)
            c->faulty = true;
    event = mqh_engine_event(engine, MQH_EVENT_SENT, c, mqh_packet_text(engine, &packet));
    event->bytes = bytes;
    event->line = line;
    mqh_watch_packet(engine, c, &packet, &faults, event, line);

    if (frame.type == MQC_CONNECT)
        connect_goes(engine, c, &packet.connect);
    if (frame.type == MQC_PUBLISH)
        publish_goes(engine, c, &packet.publish);
    if (frame.type == MQC_DISCONNECT)
        c->disconnected = true;
    if (frame.type == MQC_PINGREQ) {
        struct mqh_ping *ping = mqh_arena_alloc(engine->arena, sizeof(*ping));
        struct mqh_ping **last = &c->pings;

        ping->ours = ours;
        while (*last != NULL)
            last = &(*last)->next;
        *last = ping;
        c->unfenced = false;
    }
}

/* Follows the stream that we send, whatever the writes: it may be cut anywhere. */
static void note_sent(struct mqh_engine *engine, struct mqh_connection *c, struct mqc_slice bytes,
                      unsigned line)
{
    size_t done = 0;

    mqh_stream_append(engine, &c->out, bytes);
    while (done < c->out.size) {
        struct mqc_slice rest = {c->out.data + done, c->out.size - done};
        struct mqc_frame frame = {.version = c->version,
                                  .from = c->peer_side == MQC_SERVER ? MQC_CLIENT : MQC_SERVER};
        enum mqc_frame_state state = mqc_frame_read(rest, &frame);
        struct mqh_event *event;

        if (state == MQC_FRAME_COMPLETE) {
            packet_goes(engine, c, &frame, line);
            done += frame.size;
            continue;
        }
        if (state == MQC_FRAME_BROKEN) {
            c->faulty = true;
            frame.size = rest.size;
            mqh_stream_lost(engine, c, &frame, MQH_EVENT_SENT, line);
            done = c->out.size;
            break;
        }
        event = mqh_engine_event(engine, MQH_EVENT_SENT, c, mqh_raw_text(engine, rest));
        event->bytes = mqh_arena_bytes(engine->arena, rest);
        event->line = line;
        break;
    }
    mqh_stream_drop(&c->out, done);
}

static void write_piece(struct mqh_engine *engine, const struct mqh_connection *c,
                        struct mqc_slice bytes, enum mqh_frame frame)
{
    mqh_engine_act(engine, MQH_ACTION_SEND, c->number, bytes);
    engine->actions[engine->action_count - 1].frame = frame;
}

/* `first`: the frame of a write that is the only one; WHOLE, TEXT, or FIRST for fragments. */
static void send(struct mqh_engine *engine, struct mqh_connection *c, struct mqc_slice bytes,
                 unsigned split, enum mqh_frame first, unsigned line)
{
    struct mqc_slice kept = mqh_arena_bytes(engine->arena, bytes);
    bool fragments = first == MQH_FRAME_FIRST && split > 0 && split < kept.size;
    enum mqh_frame frame = first == MQH_FRAME_FIRST && !fragments ? MQH_FRAME_WHOLE : first;

    if (!c->open || c->ended || c->left)
        return;
    note_sent(engine, c, kept, line);
    for (size_t at = 0; at < kept.size;) {
        size_t piece = split == 0 || split > kept.size - at ? kept.size - at : split;

        if (fragments && at > 0)
            frame = at + piece == kept.size ? MQH_FRAME_LAST : MQH_FRAME_NEXT;
        write_piece(engine, c, (struct mqc_slice){kept.data + at, piece}, frame);
        if (fragments && at == 0) /* an empty one is allowed, and easily forgotten */
            write_piece(engine, c, (struct mqc_slice){kept.data, 0}, MQH_FRAME_NEXT);
        at += piece;
    }
}

void mqh_connection_send(struct mqh_engine *engine, struct mqh_connection *c,
                         struct mqc_slice bytes, unsigned line)
{
    send(engine, c, bytes, 0, MQH_FRAME_WHOLE, line);
}

void mqh_connection_send_as(struct mqh_engine *engine, struct mqh_connection *c,
                            struct mqc_slice bytes, const struct mqh_step *step)
{
    if (step->frame == MQH_FRAME_TEXT)
        c->faulty = true; /* v5 MQTT-6.0.0-1 */
    send(engine, c, bytes, step->split, step->frame, step->where.line);
}
