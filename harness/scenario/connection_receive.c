#include "harness/scenario/state.h"

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

static void packet_came(struct mqh_engine *engine, struct mqh_connection *c,
                        const struct mqc_frame *found)
{
    struct mqc_frame frame = *found;
    struct mqc_slice bytes =
        mqh_arena_bytes(engine->arena, (struct mqc_slice){found->bytes, found->size});
    struct mqc_fault *items = mqh_arena_alloc(engine->arena, MQH_FAULTS_MAX * sizeof(*items));
    struct mqc_faults faults = {.items = items, .capacity = MQH_FAULTS_MAX};
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

    mqh_stream_append(engine, &c->in, bytes);
    while (!c->in_lost && done < c->in.size) {
        struct mqc_frame frame = {.version = c->version, .from = c->peer_side};
        enum mqc_frame_state state =
            mqc_frame_read((struct mqc_slice){c->in.data + done, c->in.size - done}, &frame);

        if (state == MQC_FRAME_INCOMPLETE)
            break;
        if (state == MQC_FRAME_BROKEN) {
            c->in_lost = true;
            mqh_stream_lost(engine, c, &frame, MQH_EVENT_RECEIVED, 0);
            break;
        }
        done += frame.size;
        packet_came(engine, c, &frame);
    }
    mqh_stream_drop(&c->in, done);
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
