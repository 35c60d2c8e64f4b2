/*
 * From a packet that came to a draft: which overrides its bytes need.
 */
#include "codec/text_print.h"
#include "codec/varint.h"

static void set(struct mqc_text_change *change, size_t number)
{
    *change = (struct mqc_text_change){.set = true, .sign = '=', .number = (uint32_t)number};
}

static size_t varint_size(size_t value)
{
    return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : 4;
}

/* Looks at the Property Length that stands at `at` in the body; `section` is what the decoder made
 * of it. Returns the bytes that it takes. */
static size_t find_length(struct mqc_text_change *changes, struct mqc_slice body, size_t at,
                          struct mqc_slice section)
{
    struct mqc_slice rest = {body.data + at, at <= body.size ? body.size - at : 0};
    struct mqc_varint length = mqc_varint_read(rest);

    if (rest.size == 0 && section.size == 0) {
        set(&changes[MQC_OVERRIDE_NO_PROPERTIES], 0);
        return 0;
    }
    if (length.state != MQC_VARINT_OK)
        return 0;
    if (length.value != section.size)
        set(&changes[MQC_OVERRIDE_PROPERTY_LENGTH], length.value);
    if (length.size != varint_size(length.value))
        set(&changes[MQC_OVERRIDE_PROPERTY_LENGTH_SIZE], length.size);
    return length.size;
}

/* --- by packet ---------------------------------------------------------------------------- */

static void settle_connect(struct mqc_text_draft *draft, struct mqc_slice body)
{
    struct mqc_connect *c = &draft->packet.connect;
    uint8_t derived = c->flags & (MQC_CONNECT_CLEAN | MQC_CONNECT_WILL);
    size_t at = 2 + c->protocol_name.size + 4;

    if ((c->flags & MQC_CONNECT_WILL) != 0)
        derived |= c->flags & (MQC_CONNECT_WILL_QOS | MQC_CONNECT_WILL_RETAIN);
    if (c->has_user_name)
        derived |= MQC_CONNECT_USER_NAME;
    if (c->has_password)
        derived |= MQC_CONNECT_PASSWORD;
    if (derived != c->flags)
        set(&draft->own[MQC_OVERRIDE_CONNECT_FLAGS], c->flags);
    c->flags = derived;
    if (draft->packet.version < MQC_V5)
        return;
    at += find_length(draft->own, body, at, c->properties);
    at += c->properties.size + 2 + c->client_id.size;
    if ((c->flags & MQC_CONNECT_WILL) != 0)
        find_length(draft->will, body, at, c->will_properties);
}

/* Where the packet's own Property Length stands, if it has to have one. */
static bool section_at(const struct mqc_packet *packet, size_t *at)
{
    switch (packet->frame.type) {
    case MQC_CONNACK:
    case MQC_SUBSCRIBE:
    case MQC_SUBACK:
    case MQC_UNSUBSCRIBE:
    case MQC_UNSUBACK:
        *at = 2;
        return true;
    case MQC_PUBLISH:
        *at = 2 + packet->publish.topic.size + (packet->publish.qos > 0 ? 2 : 0);
        return true;
    case MQC_PUBACK:
    case MQC_PUBREC:
    case MQC_PUBREL:
    case MQC_PUBCOMP:
        *at = 3;
        return packet->ack.has_properties;
    case MQC_DISCONNECT:
        *at = 1;
        return packet->disconnect.has_properties;
    case MQC_AUTH:
        *at = 1;
        return packet->auth.has_properties;
    default:
        return false;
    }
}

/* An empty section of a packet that could have left it out must say that it is there. */
static void settle_short_form(struct mqc_text_draft *draft, size_t section_size)
{
    struct mqc_text_change *own = draft->own;

    if (section_size == 0 && !own[MQC_OVERRIDE_PROPERTY_LENGTH_SIZE].set &&
        !own[MQC_OVERRIDE_NO_PROPERTIES].set)
        set(&own[MQC_OVERRIDE_PROPERTY_LENGTH], own[MQC_OVERRIDE_PROPERTY_LENGTH].number);
}

/* Filters up to the first that the decoder could not read; the rest is `!append`. */
static void settle_filters(struct mqc_packet *packet)
{
    struct mqc_slice rest = packet->subscribe.filters;
    struct mqc_slice *all = &packet->subscribe.filters;
    struct mqc_filter filter;
    struct mqc_slice string;

    if (packet->frame.type == MQC_UNSUBSCRIBE) {
        rest = packet->unsubscribe.filters;
        all = &packet->unsubscribe.filters;
        while (mqc_string_next(&rest, &string))
            continue;
    } else {
        while (mqc_filter_next(&rest, &filter))
            continue;
    }
    all->size -= rest.size;
}

static void settle(struct mqc_text_draft *draft, struct mqc_slice body)
{
    struct mqc_packet *packet = &draft->packet;
    const struct mqc_text_field *properties =
        mqc_text_field_of(packet->frame.type, MQC_FIELD_PROPERTIES);
    size_t at;

    if (packet->frame.type == MQC_CONNECT)
        settle_connect(draft, body);
    if (packet->frame.type == MQC_CONNACK &&
        (packet->connack.flags > 1 || packet->version == MQC_V31)) {
        if (packet->connack.flags != 0)
            set(&draft->own[MQC_OVERRIDE_CONNACK_FLAGS], packet->connack.flags);
        packet->connack.flags = 0;
    }
    if (packet->frame.type == MQC_SUBSCRIBE || packet->frame.type == MQC_UNSUBSCRIBE)
        settle_filters(packet);
    if (packet->version >= MQC_V5 && section_at(packet, &at)) {
        size_t size = mqc_text_field_bytes(properties, packet).size;

        find_length(draft->own, body, at, mqc_text_field_bytes(properties, packet));
        if (properties->presence_mask != 0)
            settle_short_form(draft, size);
    }
}

static bool may_be_written(const struct mqc_packet *packet)
{
    return packet->version != MQC_VERSION_UNKNOWN && packet->frame.type != MQC_RESERVED &&
           (packet->frame.type != MQC_AUTH || packet->version >= MQC_V5);
}

bool mqc_text_property_is(const struct mqc_property *property, struct mqc_slice piece)
{
    struct mqc_writer writer = mqc_writer_compare(piece);

    mqc_writer_property(&writer, property);
    return !writer.failed && writer.size == piece.size;
}

bool mqc_text_draft_of(const struct mqc_packet *packet, struct mqc_text_draft *out)
{
    const struct mqc_frame *frame = &packet->frame;
    struct mqc_slice body = mqc_frame_body(frame);
    struct mqc_slice whole = {frame->bytes, frame->size};
    struct mqc_writer writer = mqc_writer_compare(whole);
    size_t size;
    size_t written;

    *out = (struct mqc_text_draft){.packet = *packet};
    if (!may_be_written(packet))
        return false;
    settle(out, body);
    if (frame->type != MQC_PUBLISH && frame->flags != mqc_type_flags(frame->type))
        set(&out->own[MQC_OVERRIDE_FLAGS], frame->flags);
    if (frame->header_size - 1 != varint_size(body.size))
        set(&out->own[MQC_OVERRIDE_LENGTH_SIZE], frame->header_size - 1);
    written = mqc_text_draft_body_size(out);
    if (written < body.size)
        out->append = (struct mqc_slice){body.data + written, body.size - written};
    if (mqc_text_draft_measure(out, &size) != MQC_DRAFT_OK || size != frame->size)
        return false;
    mqc_text_draft_write(out, &writer);
    return !writer.failed && writer.size == frame->size;
}
