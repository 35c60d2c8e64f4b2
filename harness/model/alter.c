/*
 * The last hook before the wire: packets are changed as the defects in force say (MQH_SENDS of
 * defects.def). A broker without defects passes here unchanged.
 */
#include <stdlib.h>

#include "harness/model/state.h"

static uint16_t *packet_id_of(struct mqc_packet *packet)
{
    switch (packet->frame.type) {
    case MQC_PUBLISH:
        return packet->publish.qos > 0 ? &packet->publish.packet_id : NULL;
    case MQC_PUBACK:
    case MQC_PUBREC:
    case MQC_PUBREL:
    case MQC_PUBCOMP:
        return &packet->ack.packet_id;
    case MQC_SUBACK:
        return &packet->suback.packet_id;
    case MQC_UNSUBACK:
        return &packet->unsuback.packet_id;
    default:
        return NULL;
    }
}

struct mqc_slice *mqh_output_section(struct mqc_packet *packet)
{
    if (packet->version < MQC_V5)
        return NULL;
    switch (packet->frame.type) {
    case MQC_CONNACK:
        return &packet->connack.properties;
    case MQC_PUBLISH:
        return &packet->publish.properties;
    case MQC_PUBACK:
    case MQC_PUBREC:
    case MQC_PUBREL:
    case MQC_PUBCOMP:
        packet->ack.has_reason = packet->ack.has_properties = true;
        return &packet->ack.properties;
    case MQC_SUBACK:
        return &packet->suback.properties;
    case MQC_UNSUBACK:
        return &packet->unsuback.properties;
    case MQC_DISCONNECT:
        packet->disconnect.has_reason = packet->disconnect.has_properties = true;
        return &packet->disconnect.properties;
    case MQC_AUTH:
        packet->auth.has_reason = packet->auth.has_properties = true;
        return &packet->auth.properties;
    default:
        return NULL;
    }
}

/* Memory that lives until the packet is written. */
static uint8_t *keep(struct mqh_output *output, size_t size)
{
    struct mqh_scrap *scrap = mqh_model_alloc(sizeof(*scrap) + size);

    scrap->next = output->scraps;
    output->scraps = scrap;
    return scrap->bytes;
}

static void write_new(struct mqc_writer *w, uint32_t id, uint32_t b)
{
    const struct mqc_property_info *info = mqc_property_info(id);
    uint8_t text[256];

    memset(text, 'x', sizeof(text));
    mqc_writer_property(
        w, &(struct mqc_property){
               .id = id,
               .number = b,
               .name = {text, 1},
               .value = {text, info->type >= MQC_TYPE_STRING && b < sizeof(text) ? b : 1}});
}

void mqh_output_add(struct mqh_output *output, struct mqc_slice *section, uint32_t id, uint32_t b)
{
    struct mqc_writer w = mqc_writer_init(keep(output, section->size + 300), section->size + 300);

    mqc_writer_bytes(&w, *section);
    write_new(&w, id, b);
    *section = (struct mqc_slice){w.data, w.size};
}

static void change_properties(struct mqh_output *output, struct mqc_slice *section,
                              const struct mqh_change *change)
{
    size_t room = section->size + 300;
    struct mqc_writer w = mqc_writer_init(keep(output, room), room);
    struct mqc_slice rest = *section;
    struct mqc_property p;

    while (mqc_property_next(&rest, &p)) {
        if (p.id == (uint32_t)change->a && change->kind == MQH_CHANGE_WITHOUT)
            continue;
        if (p.id == (uint32_t)change->a && change->kind == MQH_CHANGE_NUMBER)
            p.number += (uint32_t)change->b;
        mqc_writer_property(&w, &p);
    }
    *section = (struct mqc_slice){w.data, w.size};
    if (change->kind == MQH_CHANGE_PROPERTY || change->kind == MQH_CHANGE_PROPERTIES)
        mqh_output_add(output, section, (uint32_t)change->a, (uint32_t)change->b);
    if (change->kind == MQH_CHANGE_PROPERTIES)
        mqh_output_add(output, section, (uint32_t)change->a, (uint32_t)change->b);
}

static void change_reason(struct mqh_output *output, struct mqc_packet *packet,
                          struct mqc_slice *codes, uint8_t reason)
{
    if (codes != NULL) {
        uint8_t *other = keep(output, codes->size);

        memset(other, reason, codes->size);
        codes->data = other;
    } else if (packet->frame.type == MQC_CONNACK) {
        packet->connack.reason = reason;
    } else if (packet->frame.type == MQC_DISCONNECT) {
        packet->disconnect.reason = reason;
        packet->disconnect.has_reason = true;
    } else if (packet->frame.type == MQC_AUTH) {
        packet->auth.reason = reason;
        packet->auth.has_reason = true;
    } else {
        packet->ack.reason = reason;
        packet->ack.has_reason = true;
    }
}

static void change_codes(struct mqh_output *output, struct mqc_slice *codes,
                         const struct mqh_change *change)
{
    size_t size = codes->size;
    uint8_t *other = keep(output, size + 256);

    for (size_t i = 0; i < size; i++)
        other[i] = codes->data[change->kind == MQH_CHANGE_REVERSED ? size - 1 - i : i];
    if (change->kind == MQH_CHANGE_CODES)
        size = (size_t)((long)size + change->a > 0 ? (long)size + change->a : 0);
    *codes = (struct mqc_slice){other, size};
}

static struct mqc_slice resized(struct mqh_output *output, struct mqc_slice text, int more,
                                int with)
{
    size_t size = (long)text.size + more > 0 ? (size_t)((long)text.size + more) : 0;
    uint8_t *other = keep(output, size);

    memset(other, with != 0 ? with : 'x', size);
    if (text.size > 0)
        memcpy(other, text.data, size < text.size ? size : text.size);
    return (struct mqc_slice){other, size};
}

static void change_publish(struct mqh_output *output, struct mqc_publish *publish,
                           const struct mqh_change *change)
{
    if (change->kind == MQH_CHANGE_TOPIC)
        publish->topic = resized(output, publish->topic, change->a, change->b);
    else
        publish->payload = resized(output, publish->payload, change->a, 0);
}

static void change_packet(struct mqh_output *output, struct mqc_packet *packet,
                          const struct mqh_change *change)
{
    uint16_t *packet_id = packet_id_of(packet);
    struct mqc_slice *section;
    struct mqc_slice *codes = packet->frame.type == MQC_SUBACK     ? &packet->suback.codes
                              : packet->frame.type == MQC_UNSUBACK ? &packet->unsuback.codes
                                                                   : NULL;

    switch (change->kind) {
    case MQH_CHANGE_FLAGS:
        packet->frame.flags ^= (uint8_t)change->a;
        break;
    case MQH_CHANGE_ID:
        if (packet_id != NULL)
            *packet_id = (uint16_t)(*packet_id + change->a);
        break;
    case MQH_CHANGE_ID_ZERO:
        if (packet_id != NULL)
            *packet_id = 0;
        break;
    case MQH_CHANGE_REASON:
        change_reason(output, packet, codes, (uint8_t)change->a);
        break;
    case MQH_CHANGE_CODES:
    case MQH_CHANGE_REVERSED:
        if (codes != NULL)
            change_codes(output, codes, change);
        break;
    case MQH_CHANGE_CONNACK:
        packet->connack.flags ^= (uint8_t)change->a;
        break;
    case MQH_CHANGE_PROPERTY:
    case MQH_CHANGE_PROPERTIES:
    case MQH_CHANGE_WITHOUT:
    case MQH_CHANGE_NUMBER:
        section = mqh_output_section(packet);
        if (section != NULL)
            change_properties(output, section, change);
        break;
    case MQH_CHANGE_TOPIC:
    case MQH_CHANGE_PAYLOAD:
        change_publish(output, &packet->publish, change);
        break;
    default:
        break;
    }
}

static void change_sending(struct mqh_output *output, const struct mqh_change *change)
{
    switch (change->kind) {
    case MQH_CHANGE_TYPE:
        output->type = (uint8_t)change->a;
        break;
    case MQH_CHANGE_SURPLUS:
        output->surplus += change->a;
        break;
    case MQH_CHANGE_CUT:
        output->surplus -= change->a;
        break;
    case MQH_CHANGE_LENGTH:
        output->padding += (unsigned)change->a;
        break;
    case MQH_CHANGE_NEVER:
        output->copies = 0;
        break;
    case MQH_CHANGE_TWICE:
        output->copies = 2;
        break;
    case MQH_CHANGE_LATE:
        output->late_ms = (unsigned)change->a;
        break;
    case MQH_CHANGE_CLOSES:
        output->closes = true;
        break;
    default:
        break;
    }
}

void mqh_alter(const struct mqh_model *model, struct mqc_packet *packet, struct mqh_output *output)
{
    enum mqc_type type = packet->frame.type;

    for (size_t i = 0; i < model->active_count; i++) {
        struct mqh_change change = mqh_defect_change(model->active[i]);

        if (change.kind == MQH_CHANGE_NONE || change.type != type ||
            (model->broken[model->active[i]] >> packet->version & 1) == 0)
            continue;
        change_packet(output, packet, &change);
        change_sending(output, &change);
    }
}

/* The packet's body between a header of its own. */
static struct mqc_slice rewrite(const struct mqh_output *output, struct mqc_slice whole)
{
    struct mqc_frame frame = {.from = MQC_SERVER};
    struct mqc_slice body;
    struct mqc_writer w;
    size_t size;
    size_t length_size;

    mqc_frame_read(whole, &frame);
    body = mqc_frame_body(&frame);
    size = (long)body.size + output->surplus > 0 ? (size_t)((long)body.size + output->surplus) : 0;
    length_size = (size < 0x80 ? 1u : size < 0x4000 ? 2u : size < 0x200000 ? 3u : 4u);
    length_size += output->padding;
    w = mqc_writer_init(mqh_model_alloc(1 + length_size + size), 1 + length_size + size);
    mqc_writer_u8(&w,
                  (uint8_t)((output->type != 0 ? output->type : frame.type) << 4 | frame.flags));
    mqc_writer_varint_padded(&w, (uint32_t)size, length_size);
    mqc_writer_bytes(&w, (struct mqc_slice){body.data, size < body.size ? size : body.size});
    while (w.size < w.capacity)
        mqc_writer_u8(&w, 0);
    return (struct mqc_slice){w.data, w.size};
}

struct mqc_slice mqh_output_bytes(struct mqh_output *output, struct mqc_slice whole)
{
    struct mqc_slice other;

    while (output->scraps != NULL) {
        struct mqh_scrap *first = output->scraps;

        output->scraps = first->next;
        free(first);
    }
    if (output->type == 0 && output->surplus == 0 && output->padding == 0)
        return whole;
    other = rewrite(output, whole);
    free((void *)whole.data);
    return other;
}
