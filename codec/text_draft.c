#include "codec/text_draft.h"

/* --- lengths that may be wrong ------------------------------------------------------------ */

/* The length to write where `actual` is right; false if it would be negative or too large. */
static bool changed(const struct mqc_text_change *change, size_t actual, uint32_t *out)
{
    uint64_t value = actual;

    if (change->set && change->sign == '+')
        value += change->number;
    else if (change->set && change->sign == '-' && change->number > value)
        return false;
    else if (change->set && change->sign == '-')
        value -= change->number;
    else if (change->set)
        value = change->number;
    *out = (uint32_t)value;
    return value <= UINT32_MAX;
}

static bool length_fits(const struct mqc_text_change *length, const struct mqc_text_change *size,
                        size_t actual)
{
    uint32_t value;

    if (!changed(length, actual, &value))
        return false;
    if (size->set)
        return size->number >= 5 || value >> (7 * size->number) == 0;
    return value <= MQC_REMAINING_LENGTH_MAX;
}

static void write_length(struct mqc_writer *writer, const struct mqc_text_change *length,
                         const struct mqc_text_change *size, size_t actual)
{
    uint32_t value = 0;

    if (!changed(length, actual, &value))
        writer->failed = true;
    if (size->set)
        mqc_writer_varint_padded(writer, value, size->number);
    else
        mqc_writer_varint(writer, value);
}

/* --- body --------------------------------------------------------------------------------- */

static void write_section(struct mqc_writer *writer, const struct mqc_text_change *changes,
                          struct mqc_slice section)
{
    if (!changes[MQC_OVERRIDE_NO_PROPERTIES].set)
        write_length(writer, &changes[MQC_OVERRIDE_PROPERTY_LENGTH],
                     &changes[MQC_OVERRIDE_PROPERTY_LENGTH_SIZE], section.size);
    mqc_writer_bytes(writer, section);
}

static void write_properties(const struct mqc_text_draft *draft, struct mqc_writer *writer,
                             struct mqc_slice section)
{
    if (draft->packet.version >= MQC_V5)
        write_section(writer, draft->own, section);
}

static void write_id(const struct mqc_text_draft *draft, struct mqc_writer *writer, bool there,
                     uint16_t id)
{
    const struct mqc_text_change *other = &draft->own[MQC_OVERRIDE_ID];

    if (draft->own[MQC_OVERRIDE_NO_ID].set)
        return;
    if (other->set)
        mqc_writer_u16(writer, (uint16_t)other->number);
    else if (there)
        mqc_writer_u16(writer, id);
}

static void write_flags(const struct mqc_text_change *other, struct mqc_writer *writer,
                        uint8_t flags)
{
    mqc_writer_u8(writer, other->set ? (uint8_t)other->number : flags);
}

static void write_connect(const struct mqc_text_draft *draft, struct mqc_writer *writer)
{
    const struct mqc_connect *c = &draft->packet.connect;

    mqc_writer_string(writer, c->protocol_name);
    mqc_writer_u8(writer, c->protocol_level);
    write_flags(&draft->own[MQC_OVERRIDE_CONNECT_FLAGS], writer, c->flags);
    mqc_writer_u16(writer, c->keep_alive);
    write_properties(draft, writer, c->properties);
    mqc_writer_string(writer, c->client_id);
    if ((c->flags & MQC_CONNECT_WILL) != 0) {
        if (draft->packet.version >= MQC_V5)
            write_section(writer, draft->will, c->will_properties);
        mqc_writer_string(writer, c->will_topic);
        mqc_writer_string(writer, c->will_payload);
    }
    if (c->has_user_name)
        mqc_writer_string(writer, c->user_name);
    if (c->has_password)
        mqc_writer_string(writer, c->password);
}

static void write_publish(const struct mqc_text_draft *draft, struct mqc_writer *writer)
{
    const struct mqc_publish *p = &draft->packet.publish;

    mqc_writer_string(writer, p->topic);
    write_id(draft, writer, p->qos != 0, p->packet_id);
    write_properties(draft, writer, p->properties);
    mqc_writer_bytes(writer, p->payload);
}

/* The end of the packets that may leave out their end. */
static void write_reason(const struct mqc_text_draft *draft, struct mqc_writer *writer,
                         const struct mqc_disconnect *d)
{
    if (draft->packet.version >= MQC_V5 && d->has_reason)
        mqc_writer_u8(writer, d->reason);
    if (d->has_properties)
        write_properties(draft, writer, d->properties);
}

static void write_list(const struct mqc_text_draft *draft, struct mqc_writer *writer, uint16_t id,
                       struct mqc_slice section, struct mqc_slice list)
{
    write_id(draft, writer, true, id);
    write_properties(draft, writer, section);
    mqc_writer_bytes(writer, list);
}

void mqc_text_draft_body(const struct mqc_text_draft *draft, struct mqc_writer *writer)
{
    const struct mqc_packet *p = &draft->packet;

    switch (p->frame.type) {
    case MQC_CONNECT:
        write_connect(draft, writer);
        break;
    case MQC_CONNACK:
        write_flags(&draft->own[MQC_OVERRIDE_CONNACK_FLAGS], writer, p->connack.flags);
        mqc_writer_u8(writer, p->connack.reason);
        write_properties(draft, writer, p->connack.properties);
        break;
    case MQC_PUBLISH:
        write_publish(draft, writer);
        break;
    case MQC_PUBACK:
    case MQC_PUBREC:
    case MQC_PUBREL:
    case MQC_PUBCOMP:
        write_id(draft, writer, true, p->ack.packet_id);
        write_reason(draft, writer,
                     &(struct mqc_disconnect){p->ack.reason, p->ack.has_reason,
                                              p->ack.has_properties, p->ack.properties});
        break;
    case MQC_SUBSCRIBE:
        write_list(draft, writer, p->subscribe.packet_id, p->subscribe.properties,
                   p->subscribe.filters);
        break;
    case MQC_SUBACK:
        write_list(draft, writer, p->suback.packet_id, p->suback.properties, p->suback.codes);
        break;
    case MQC_UNSUBSCRIBE:
        write_list(draft, writer, p->unsubscribe.packet_id, p->unsubscribe.properties,
                   p->unsubscribe.filters);
        break;
    case MQC_UNSUBACK:
        write_list(draft, writer, p->unsuback.packet_id, p->unsuback.properties, p->unsuback.codes);
        break;
    case MQC_DISCONNECT:
        write_reason(draft, writer, &p->disconnect);
        break;
    case MQC_AUTH:
        write_reason(draft, writer,
                     &(struct mqc_disconnect){p->auth.reason, p->auth.has_reason,
                                              p->auth.has_properties, p->auth.properties});
        break;
    case MQC_RESERVED:
    case MQC_PINGREQ:
    case MQC_PINGRESP:
        break;
    }
}

/* --- the whole packet --------------------------------------------------------------------- */

size_t mqc_text_draft_body_size(const struct mqc_text_draft *draft)
{
    struct mqc_writer writer = mqc_writer_init(NULL, 0);

    mqc_text_draft_body(draft, &writer);
    return writer.size;
}

/* What `!cut` and `!append` make of the body's size. */
static size_t final_size(const struct mqc_text_draft *draft, size_t body_size)
{
    return body_size - draft->own[MQC_OVERRIDE_CUT].number + draft->append.size;
}

static void write_header(const struct mqc_text_draft *draft, struct mqc_writer *writer,
                         size_t body_size)
{
    const struct mqc_text_change *type = &draft->own[MQC_OVERRIDE_TYPE];
    const struct mqc_text_change *flags = &draft->own[MQC_OVERRIDE_FLAGS];
    unsigned high = type->set ? type->number : (unsigned)draft->packet.frame.type;
    unsigned low = flags->set ? flags->number : draft->packet.frame.flags;

    mqc_writer_u8(writer, (uint8_t)(high << 4 | (low & 0xf)));
    write_length(writer, &draft->own[MQC_OVERRIDE_REMAINING_LENGTH],
                 &draft->own[MQC_OVERRIDE_LENGTH_SIZE], final_size(draft, body_size));
}

static bool section_fits(const struct mqc_text_change *changes, struct mqc_slice section)
{
    return length_fits(&changes[MQC_OVERRIDE_PROPERTY_LENGTH],
                       &changes[MQC_OVERRIDE_PROPERTY_LENGTH_SIZE], section.size);
}

enum mqc_text_draft_result mqc_text_draft_measure(const struct mqc_text_draft *draft, size_t *size)
{
    const struct mqc_text_field *own =
        mqc_text_field_of(draft->packet.frame.type, MQC_FIELD_PROPERTIES);
    size_t body_size = mqc_text_draft_body_size(draft);
    struct mqc_writer writer = mqc_writer_init(NULL, 0);
    size_t final;

    if (draft->own[MQC_OVERRIDE_CUT].number > body_size)
        return MQC_DRAFT_CUT;
    final = final_size(draft, body_size);
    if (final > MQC_REMAINING_LENGTH_MAX)
        return MQC_DRAFT_LONG;
    if (own != NULL && !section_fits(draft->own, mqc_text_field_bytes(own, &draft->packet)))
        return MQC_DRAFT_PROPERTY_LENGTH;
    if (draft->packet.frame.type == MQC_CONNECT &&
        !section_fits(draft->will, draft->packet.connect.will_properties))
        return MQC_DRAFT_PROPERTY_LENGTH;
    if (!length_fits(&draft->own[MQC_OVERRIDE_REMAINING_LENGTH],
                     &draft->own[MQC_OVERRIDE_LENGTH_SIZE], final))
        return MQC_DRAFT_REMAINING_LENGTH;
    write_header(draft, &writer, body_size);
    *size = writer.size + final;
    return MQC_DRAFT_OK;
}

void mqc_text_draft_write(const struct mqc_text_draft *draft, struct mqc_writer *writer)
{
    write_header(draft, writer, mqc_text_draft_body_size(draft));
    mqc_text_draft_body(draft, writer);
    writer->size -= draft->own[MQC_OVERRIDE_CUT].number;
    mqc_writer_bytes(writer, draft->append);
}
