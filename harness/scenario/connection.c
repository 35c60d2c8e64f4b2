#include "harness/scenario/state.h"

#define FAULTS_MAX 32
#define PRINT_LIMIT 256

struct mqh_connection *mqh_connection_new(struct mqh_engine *engine, unsigned peer)
{
    struct mqh_connection *c = mqh_arena_alloc(engine->arena, sizeof(*c));

    engine->connections =
        mqh_arena_grow(engine->arena, engine->connections, engine->connection_count,
                       &engine->connection_capacity, sizeof(struct mqh_connection *));
    c->number = (unsigned)engine->connection_count;
    c->peer = peer;
    c->version = engine->peers[peer].version;
    c->peer_side = engine->peers[peer].is_server ? MQC_CLIENT : MQC_SERVER;
    for (int lane = 0; lane < MQH_LANE_COUNT; lane++)
        c->lane_end[lane] = &c->lane[lane];
    engine->connections[engine->connection_count++] = c;
    engine->peers[peer].now = c;
    return c;
}

struct mqh_connection *mqh_connection_find(struct mqh_engine *engine, unsigned number)
{
    return number < engine->connection_count ? engine->connections[number] : NULL;
}

const char *mqh_packet_text(struct mqh_engine *engine, const struct mqc_packet *packet)
{
    const struct mqc_text_style style = {.conceal = true, .limit = PRINT_LIMIT};
    size_t size = mqc_text_print(packet, style, NULL, 0);
    char *text = mqh_arena_alloc(engine->arena, size + 1);

    mqc_text_print(packet, style, text, size + 1);
    return text;
}

/* Bytes as RAW, shortened. */
static const char *raw_text(struct mqh_engine *engine, struct mqc_slice bytes)
{
    static const char digits[] = "0123456789abcdef";
    size_t shown = bytes.size < PRINT_LIMIT ? bytes.size : PRINT_LIMIT;
    char *hex = mqh_arena_alloc(engine->arena, 2 * shown + 1);

    for (size_t i = 0; i < shown; i++) {
        hex[2 * i] = digits[bytes.data[i] >> 4];
        hex[2 * i + 1] = digits[bytes.data[i] & 15];
    }
    return mqh_arena_format(engine->arena, "RAW h'%s%s'", hex, shown < bytes.size ? "…" : "");
}

static void append(struct mqh_engine *engine, uint8_t **data, size_t *size, size_t *capacity,
                   struct mqc_slice bytes)
{
    if (*size + bytes.size > *capacity) {
        size_t wanted = 2 * (*size + bytes.size);
        uint8_t *larger = mqh_arena_alloc(engine->arena, wanted);

        if (*size > 0)
            memcpy(larger, *data, *size);
        *data = larger;
        *capacity = wanted;
    }
    if (bytes.size > 0)
        memcpy(*data + *size, bytes.data, bytes.size);
    *size += bytes.size;
}

static void drop_front(uint8_t *data, size_t *size, size_t count)
{
    *size -= count;
    memmove(data, data + count, *size);
}

/* ---- what came ---- */

static void put(struct mqh_engine *engine, struct mqh_connection *c,
                const struct mqc_packet *packet)
{
    enum mqh_lane lane = packet->frame.type == MQC_PUBLISH ? MQH_LANE_PUBLISH : MQH_LANE_OTHER;
    struct mqh_message *m = mqh_arena_alloc(engine->arena, sizeof(*m));

    m->packet = *packet;
    m->time_ms = engine->now_ms;
    m->order = c->packet_count++;
    *c->lane_end[lane] = m;
    c->lane_end[lane] = &m->next;
}

void mqh_connection_consume(struct mqh_connection *c, enum mqh_lane lane)
{
    c->lane[lane] = c->lane[lane]->next;
    if (c->lane[lane] == NULL)
        c->lane_end[lane] = &c->lane[lane];
}

/* Writes an acknowledgement in its short form: the engine's own, not the scenario's. */
static void acknowledge(struct mqh_engine *engine, struct mqh_connection *c, enum mqc_type type,
                        uint16_t packet_id)
{
    const uint8_t bytes[] = {(uint8_t)(type << 4 | mqc_type_flags(type)), 2,
                             (uint8_t)(packet_id >> 8), (uint8_t)packet_id};

    mqh_connection_send(engine, c, (struct mqc_slice){bytes, sizeof(bytes)}, 0);
}

/* The topic a PUBLISH means, through the aliases that the other side has set. */
static struct mqc_slice topic_of(struct mqh_engine *engine, struct mqh_connection *c,
                                 const struct mqc_publish *publish)
{
    struct mqc_property alias;
    struct mqh_alias *known = c->aliases;

    if (c->version != MQC_V5 || !mqc_property_get(publish->properties, MQC_TOPIC_ALIAS, 0, &alias))
        return publish->topic;
    while (known != NULL && known->number != alias.number)
        known = known->next;
    if (publish->topic.size == 0)
        return known != NULL ? known->topic : publish->topic;
    if (known == NULL) {
        known = mqh_arena_alloc(engine->arena, sizeof(*known));
        known->number = (uint16_t)alias.number;
        known->next = c->aliases;
        c->aliases = known;
    }
    known->topic = publish->topic;
    return publish->topic;
}

/* True if ${T} is one of the topic's levels. */
static bool in_namespace(const struct mqh_engine *engine, struct mqc_slice topic)
{
    struct mqc_slice own = mqc_slice_text(engine->options.topic);

    for (size_t at = 0; at + own.size <= topic.size; at++) {
        bool begins = at == 0 || topic.data[at - 1] == '/';
        bool ends = at + own.size == topic.size || topic.data[at + own.size] == '/';

        if (begins && ends && memcmp(topic.data + at, own.data, own.size) == 0)
            return true;
    }
    return false;
}

/* A PUBLISH that is not of this case. */
static bool is_foreign(struct mqh_engine *engine, struct mqh_connection *c,
                       const struct mqc_packet *packet)
{
    return packet->frame.type == MQC_PUBLISH && !engine->peers[c->peer].is_server &&
           !engine->c->scenario->foreign && !c->faulty &&
           !in_namespace(engine, topic_of(engine, c, &packet->publish));
}

/* It is acknowledged, so that it does not stand in the way, and dropped. */
static void drop_foreign(struct mqh_engine *engine, struct mqh_connection *c,
                         const struct mqc_publish *publish)
{
    if (publish->qos == 1)
        acknowledge(engine, c, MQC_PUBACK, publish->packet_id);
    if (publish->qos == 2) {
        struct mqh_foreign *f = mqh_arena_alloc(engine->arena, sizeof(*f));

        f->packet_id = publish->packet_id;
        f->next = c->foreigns;
        c->foreigns = f;
        acknowledge(engine, c, MQC_PUBREC, publish->packet_id);
    }
}

/* The PUBREL of such a message; true if it was one. */
static bool release_foreign(struct mqh_engine *engine, struct mqh_connection *c, uint16_t packet_id)
{
    for (struct mqh_foreign **f = &c->foreigns; *f != NULL; f = &(*f)->next)
        if ((*f)->packet_id == packet_id) {
            *f = (*f)->next;
            acknowledge(engine, c, MQC_PUBCOMP, packet_id);
            return true;
        }
    return false;
}

/* acks=auto. True if the packet is dealt with and not for the scenario. */
static bool answer(struct mqh_engine *engine, struct mqh_connection *c,
                   const struct mqc_packet *packet)
{
    switch (packet->frame.type) {
    case MQC_PUBLISH:
        if (packet->publish.qos == 1)
            acknowledge(engine, c, MQC_PUBACK, packet->publish.packet_id);
        if (packet->publish.qos == 2)
            acknowledge(engine, c, MQC_PUBREC, packet->publish.packet_id);
        return false;
    case MQC_PUBREC:
        if (packet->ack.reason >= 0x80)
            return false;
        acknowledge(engine, c, MQC_PUBREL, packet->ack.packet_id);
        return true;
    case MQC_PUBREL:
        acknowledge(engine, c, MQC_PUBCOMP, packet->ack.packet_id);
        return true;
    default:
        return false;
    }
}

/* True if the PINGRESP answers a fence of the engine. */
static bool answers_fence(struct mqh_connection *c)
{
    struct mqh_ping *first = c->pings;

    if (first == NULL)
        return false;
    c->pings = first->next;
    return first->ours;
}

/* Remaining Length does not end: what follows cannot be read. */
static void stream_lost(struct mqh_engine *engine, struct mqh_connection *c,
                        const struct mqc_frame *frame, enum mqh_event_kind kind, unsigned line)
{
    struct mqc_slice bytes =
        mqh_arena_bytes(engine->arena, (struct mqc_slice){frame->bytes, frame->size});
    struct mqc_fault *items = mqh_arena_alloc(engine->arena, FAULTS_MAX * sizeof(*items));
    struct mqc_faults faults = {.items = items, .capacity = FAULTS_MAX};
    struct mqh_event *event = mqh_engine_event(engine, kind, c, raw_text(engine, bytes));
    struct mqc_packet packet;

    mqc_packet_decode(frame, &packet, &faults);
    event->bytes = bytes;
    event->line = line;
    if (kind == MQH_EVENT_RECEIVED) {
        event->faults = items;
        event->fault_count = mqc_faults_stored(&faults);
    }
    mqh_watch_packet(engine, c, &packet, &faults, event, line);
}

static void packet_came(struct mqh_engine *engine, struct mqh_connection *c,
                        const struct mqc_frame *found)
{
    struct mqc_frame frame = *found;
    struct mqc_slice bytes =
        mqh_arena_bytes(engine->arena, (struct mqc_slice){found->bytes, found->size});
    struct mqc_fault *items = mqh_arena_alloc(engine->arena, FAULTS_MAX * sizeof(*items));
    struct mqc_faults faults = {.items = items, .capacity = FAULTS_MAX};
    struct mqc_packet packet;
    struct mqh_event *event;
    bool foreign;

    frame.bytes = bytes.data;
    frame.version = frame.type == MQC_CONNECT ? MQC_VERSION_UNKNOWN : c->version;
    frame.from = c->peer_side;
    mqc_packet_decode(&frame, &packet, &faults);
    if (frame.type == MQC_CONNECT)
        c->version = packet.version;
    event = mqh_engine_event(engine, MQH_EVENT_RECEIVED, c, mqh_packet_text(engine, &packet));
    event->bytes = bytes;
    event->faults = items;
    event->fault_count = mqc_faults_stored(&faults);
    foreign = is_foreign(engine, c, &packet);
    engine->watched_foreign = foreign;
    mqh_watch_packet(engine, c, &packet, &faults, event, 0);
    engine->watched_foreign = false;

    if (frame.type == MQC_CONNACK) {
        c->accepted = packet.connack.reason == 0;
        c->refused = packet.connack.reason != 0;
        engine->saw_refusal = engine->saw_refusal || (c->refused && c->peer_side == MQC_SERVER);
    }
    if (c->withheld)
        return;
    if (foreign) {
        drop_foreign(engine, c, &packet.publish);
        return;
    }
    if ((frame.type == MQC_PUBREL && release_foreign(engine, c, packet.ack.packet_id)) ||
        (frame.type == MQC_PINGRESP && answers_fence(c)) ||
        (engine->peers[c->peer].acks_auto && answer(engine, c, &packet)))
        return;
    put(engine, c, &packet);
}

void mqh_connection_receive(struct mqh_engine *engine, struct mqh_connection *c,
                            struct mqc_slice bytes)
{
    size_t done = 0;

    append(engine, &c->in, &c->in_size, &c->in_capacity, bytes);
    while (!c->in_lost && done < c->in_size) {
        struct mqc_frame frame = {.version = c->version, .from = c->peer_side};
        enum mqc_frame_state state =
            mqc_frame_read((struct mqc_slice){c->in + done, c->in_size - done}, &frame);

        if (state == MQC_FRAME_INCOMPLETE)
            break;
        if (state == MQC_FRAME_BROKEN) {
            c->in_lost = true;
            stream_lost(engine, c, &frame, MQH_EVENT_RECEIVED, 0);
            break;
        }
        done += frame.size;
        packet_came(engine, c, &frame);
    }
    drop_front(c->in, &c->in_size, done);
}

/* ---- what goes ---- */

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
    struct mqc_fault items[FAULTS_MAX];
    struct mqc_faults faults = {.items = items, .capacity = FAULTS_MAX};
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

    append(engine, &c->out, &c->out_size, &c->out_capacity, bytes);
    while (done < c->out_size) {
        struct mqc_slice rest = {c->out + done, c->out_size - done};
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
            stream_lost(engine, c, &frame, MQH_EVENT_SENT, line);
            done = c->out_size;
            break;
        }
        event = mqh_engine_event(engine, MQH_EVENT_SENT, c, raw_text(engine, rest));
        event->bytes = mqh_arena_bytes(engine->arena, rest);
        event->line = line;
        break;
    }
    drop_front(c->out, &c->out_size, done);
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

bool mqh_connection_fence(struct mqh_engine *engine, struct mqh_connection *c)
{
    static const uint8_t pingreq[] = {0xc0, 0};

    if (!c->open || c->ended || c->left || c->disconnected || !c->accepted || c->faulty ||
        c->out_size > 0 || c->peer_side != MQC_SERVER)
        return false;
    mqh_connection_send(engine, c, (struct mqc_slice){pingreq, sizeof(pingreq)}, 0);
    return true;
}

bool mqh_connection_fenced(const struct mqh_connection *c)
{
    for (const struct mqh_ping *ping = c->pings; ping != NULL; ping = ping->next)
        if (ping->ours)
            return true;
    return false;
}

void mqh_connection_leave(struct mqh_engine *engine, struct mqh_connection *c,
                          enum mqh_action_kind kind)
{
    if (c->left)
        return;
    c->left = true;
    mqh_watch_close(engine, c, c->peer_side == MQC_SERVER ? MQC_CLIENT : MQC_SERVER);
    if (!c->ended)
        mqh_engine_event(engine, kind == MQH_ACTION_RESET ? MQH_EVENT_RESET : MQH_EVENT_CLOSED, c,
                         "");
    mqh_engine_act(engine, kind, c->number, (struct mqc_slice){0});
}

void mqh_connection_invent(struct mqh_engine *engine, struct mqh_connection *c)
{
    struct mqc_packet packet = {.version = c->version};
    struct mqc_frame *frame = &packet.frame;
    struct mqc_slice topic =
        mqc_slice_text(mqh_arena_format(engine->arena, "%s/made-up", engine->options.topic));
    uint8_t *bytes = mqh_arena_alloc(engine->arena, topic.size + 16);
    struct mqc_writer writer = mqc_writer_init(bytes, topic.size + 16);

    packet.complete = true;
    packet.publish.topic = topic;
    frame->type = MQC_PUBLISH;
    frame->version = c->version;
    frame->from = c->peer_side;
    mqc_packet_encode(&packet, &writer);
    *frame = (struct mqc_frame){.version = c->version, .from = c->peer_side};
    mqc_frame_read((struct mqc_slice){bytes, writer.size}, frame);
    put(engine, c, &packet);
}
