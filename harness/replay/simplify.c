#include "harness/replay/simplify.h"

struct simplifier {
    struct mqh_arena *arena;
    struct mqc_slice bytes;
    struct mqc_slice *out;
    size_t count;
    size_t max;
};

/* `simpler`: though it is as large. */
static void offer_as(struct simplifier *s, const struct mqc_packet *packet, bool simpler)
{
    uint8_t *data = mqh_arena_alloc(s->arena, s->bytes.size);
    struct mqc_writer writer = mqc_writer_init(data, s->bytes.size);

    if (s->count < s->max && mqc_packet_encode(packet, &writer) &&
        writer.size + !simpler <= s->bytes.size)
        s->out[s->count++] = (struct mqc_slice){data, writer.size};
}

static void offer(struct simplifier *s, const struct mqc_packet *packet)
{
    offer_as(s, packet, false);
}

/* ---- properties ---- */

static struct mqc_slice *properties_of(struct mqc_packet *packet)
{
    switch (packet->frame.type) {
    case MQC_CONNECT:
        return &packet->connect.properties;
    case MQC_PUBLISH:
        return &packet->publish.properties;
    case MQC_PUBACK:
    case MQC_PUBREC:
    case MQC_PUBREL:
    case MQC_PUBCOMP:
        return &packet->ack.properties;
    case MQC_SUBSCRIBE:
        return &packet->subscribe.properties;
    case MQC_UNSUBSCRIBE:
        return &packet->unsubscribe.properties;
    case MQC_DISCONNECT:
        return &packet->disconnect.properties;
    case MQC_AUTH:
        return &packet->auth.properties;
    default:
        return NULL;
    }
}

/* The section without the property that its walk reaches at `from` and leaves at `to`. */
static struct mqc_slice section_without(struct simplifier *s, struct mqc_slice section, size_t from,
                                        size_t to)
{
    uint8_t *data = mqh_arena_alloc(s->arena, section.size);

    memcpy(data, section.data, from);
    memcpy(data + from, section.data + to, section.size - to);
    return (struct mqc_slice){data, section.size - (to - from)};
}

static void drop_properties(struct simplifier *s, struct mqc_packet packet)
{
    struct mqc_slice *section = properties_of(&packet);
    struct mqc_slice whole;
    struct mqc_slice rest;
    struct mqc_property property;

    if (section == NULL || section->size == 0)
        return;
    whole = *section;
    *section = (struct mqc_slice){0};
    offer(s, &packet);
    rest = whole;
    for (size_t from = 0; mqc_property_next(&rest, &property);) {
        size_t to = whole.size - rest.size;

        *section = section_without(s, whole, from, to);
        offer(s, &packet);
        from = to;
    }
}

/* ---- fields ---- */

static void simplify_connect(struct simplifier *s, struct mqc_packet packet)
{
    struct mqc_connect *connect = &packet.connect;
    uint8_t will = MQC_CONNECT_WILL | MQC_CONNECT_WILL_QOS | MQC_CONNECT_WILL_RETAIN;
    uint8_t credentials = MQC_CONNECT_PASSWORD | MQC_CONNECT_USER_NAME;
    struct mqc_packet plain = packet;

    if ((connect->flags & will) != 0) {
        plain.connect.flags = (uint8_t)(connect->flags & ~will);
        offer(s, &plain);
    }
    plain = packet;
    if ((connect->flags & credentials) != 0) {
        plain.connect.flags = (uint8_t)(connect->flags & ~credentials);
        plain.connect.has_user_name = false;
        plain.connect.has_password = false;
        offer(s, &plain);
    }
    plain = packet;
    if ((connect->flags & MQC_CONNECT_CLEAN) == 0) {
        plain.connect.flags |= MQC_CONNECT_CLEAN;
        offer_as(s, &plain, true);
    }
}

/* Only the first filter, without the first, with shorter ones. */
static void simplify_filters(struct simplifier *s, struct mqc_packet packet)
{
    bool subscribe = packet.frame.type == MQC_SUBSCRIBE;
    struct mqc_slice *filters = subscribe ? &packet.subscribe.filters : &packet.unsubscribe.filters;
    struct mqc_slice whole = *filters;
    size_t first;

    if (whole.size < 2)
        return;
    first = 2 + (size_t)(whole.data[0] << 8 | whole.data[1]) + (subscribe ? 1 : 0);
    if (first >= whole.size)
        return;
    *filters = (struct mqc_slice){whole.data, first};
    offer(s, &packet);
    *filters = (struct mqc_slice){whole.data + first, whole.size - first};
    offer(s, &packet);
}

static void offer_publish(struct simplifier *s, struct mqc_packet packet, bool dup, bool retain,
                          uint8_t qos)
{
    struct mqc_publish *p = &packet.publish;

    if (p->dup == dup && p->retain == retain && p->qos == qos)
        return;
    p->dup = dup;
    p->retain = retain;
    p->qos = qos;
    packet.frame.flags = mqc_publish_flags(p);
    offer_as(s, &packet, true);
}

/* Without DUP, without RETAIN, at a lower QoS. */
static void simplify_flags(struct simplifier *s, const struct mqc_packet *packet)
{
    const struct mqc_publish *p = &packet->publish;

    offer_publish(s, *packet, false, false, 0);
    offer_publish(s, *packet, false, p->retain, p->qos);
    offer_publish(s, *packet, p->dup, false, p->qos);
    if (p->qos == 2)
        offer_publish(s, *packet, p->dup, p->retain, 1);
}

static void simplify_publish(struct simplifier *s, struct mqc_packet packet)
{
    size_t size = packet.publish.payload.size;

    packet.publish.payload.size = 0;
    if (size > 0)
        offer(s, &packet);
    packet.publish.payload.size = 1;
    if (size > 1)
        offer(s, &packet);
    packet.publish.payload.size = size / 2;
    if (size > 3)
        offer(s, &packet);
    packet.publish.payload.size = size;
    simplify_flags(s, &packet);
}

/* ---- bytes: what is malformed, or in a form of its own ---- */

static void cut_bytes(struct simplifier *s, const struct mqc_frame *frame)
{
    size_t body = frame->size - frame->header_size;

    for (size_t size = body / 2; size > 0; size /= 2)
        for (size_t from = 0; from + size <= body && s->count < s->max; from += size) {
            uint8_t *data = mqh_arena_alloc(s->arena, frame->size);
            struct mqc_writer writer = mqc_writer_init(data, frame->size);
            const uint8_t *bytes = frame->bytes + frame->header_size;

            mqc_writer_u8(&writer, frame->bytes[0]);
            mqc_writer_varint(&writer, (uint32_t)(body - size));
            mqc_writer_bytes(&writer, (struct mqc_slice){bytes, from});
            mqc_writer_bytes(&writer, (struct mqc_slice){bytes + from + size, body - from - size});
            if (!writer.failed && writer.size < frame->size)
                s->out[s->count++] = (struct mqc_slice){data, writer.size};
        }
}

static void simplify_fields(struct simplifier *s, const struct mqc_packet *packet)
{
    drop_properties(s, *packet);
    if (packet->frame.type == MQC_CONNECT)
        simplify_connect(s, *packet);
    else if (packet->frame.type == MQC_SUBSCRIBE || packet->frame.type == MQC_UNSUBSCRIBE)
        simplify_filters(s, *packet);
    else if (packet->frame.type == MQC_PUBLISH)
        simplify_publish(s, *packet);
}

size_t mqh_simplify(struct mqh_arena *arena, struct mqc_slice bytes, enum mqc_version version,
                    struct mqc_slice *out, size_t max)
{
    struct simplifier s = {.arena = arena, .bytes = bytes, .out = out, .max = max};
    struct mqc_frame frame = {.version = version, .from = MQC_CLIENT};
    struct mqc_faults faults = {0};
    struct mqc_packet packet;

    if (mqc_frame_read(bytes, &frame) != MQC_FRAME_COMPLETE)
        return 0;
    mqc_packet_decode(&frame, &packet, &faults);
    if (packet.complete)
        simplify_fields(&s, &packet);
    if (faults.count > 0 || !packet.complete)
        cut_bytes(&s, &frame);
    return s.count;
}
