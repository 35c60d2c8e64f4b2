#include <stdlib.h>

#include "harness/model/state.h"

/* Forwarded are the properties that describe the message: v5 sections 3.3.2.3 and 3.1.3.2. Topic
 * Alias and Subscription Identifier belong to one hop, Will Delay Interval to the Will, and Message
 * Expiry Interval is written anew. */
static bool is_forwarded(uint32_t id)
{
    return id == MQC_PAYLOAD_FORMAT_INDICATOR || id == MQC_CONTENT_TYPE ||
           id == MQC_RESPONSE_TOPIC || id == MQC_CORRELATION_DATA || id == MQC_USER_PROPERTY;
}

/* The name as it came, byte for byte (v5 MQTT-4.7.3-4, v311 MQTT-4.7.3-4; v5 MQTT-1.5.4-3, v311
 * MQTT-1.5.3-3). */
static struct mqc_slice copy_topic(const struct mqh_model *model, struct mqc_slice topic)
{
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf}; /* U+FEFF */
    struct mqc_slice copy;

    if (mqh_breaks(model, MQH_D_STRIPS_U_FEFF) && topic.size > sizeof(mark) &&
        memcmp(topic.data, mark, sizeof(mark)) == 0)
        topic = (struct mqc_slice){topic.data + sizeof(mark), topic.size - sizeof(mark)};
    copy = mqh_model_copy(topic);
    for (size_t i = 0; i < copy.size && mqh_breaks(model, MQH_D_REPLACES_CONTROLS); i++)
        if (copy.data[i] < 0x20)
            ((uint8_t *)copy.data)[i] = '?';
    return copy;
}

/* Writes a property that is forwarded; User Properties keep their order (v5 MQTT-3.3.2-18). */
static void keep(const struct mqh_model *model, struct mqc_writer *writer,
                 const struct mqc_property *property)
{
    size_t before = writer->size;
    uint8_t *copy;

    mqc_writer_property(writer, property);
    if (property->id != MQC_USER_PROPERTY || !mqh_breaks(model, MQH_D_TURNS_USER_PROPERTIES))
        return;
    copy = mqh_model_alloc(writer->size);
    memcpy(copy, writer->data + before, writer->size - before);
    memcpy(copy + writer->size - before, writer->data, before);
    memcpy(writer->data, copy, writer->size);
    free(copy);
}

struct mqh_message_body *mqh_message_new(struct mqh_model *model, struct mqc_slice topic,
                                         struct mqc_slice payload, struct mqc_slice properties,
                                         uint8_t qos, bool retain, struct mqc_slice publisher)
{
    struct mqh_message_body *body = mqh_model_alloc(sizeof(*body));
    uint8_t *kept = mqh_model_alloc(properties.size + 1);
    struct mqc_writer writer = mqc_writer_init(kept, properties.size);
    struct mqc_property property;

    body->references = 1;
    body->topic = copy_topic(model, topic);
    body->payload = mqh_model_copy(payload);
    body->publisher = mqh_model_copy(publisher);
    body->qos = qos;
    body->retain = retain;
    body->received_ms = model->now_ms;
    while (mqc_property_next(&properties, &property)) {
        if (is_forwarded(property.id))
            keep(model, &writer, &property);
        if (property.id == MQC_MESSAGE_EXPIRY_INTERVAL) {
            body->has_expiry = true;
            body->expiry_s = property.number;
        }
    }
    body->properties = (struct mqc_slice){kept, writer.size};
    return body;
}

void mqh_message_release(struct mqh_message_body *body)
{
    if (body == NULL || --body->references > 0)
        return;
    free((void *)body->topic.data);
    free((void *)body->payload.data);
    free((void *)body->properties.data);
    free((void *)body->publisher.data);
    free(body);
}

bool mqh_message_expired(const struct mqh_model *model, const struct mqh_message_body *body)
{
    if (mqh_breaks(model, MQH_D_DELIVERS_EXPIRED))
        return false;
    return body->has_expiry && model->now_ms - body->received_ms >= (uint64_t)body->expiry_s * 1000;
}

uint32_t mqh_message_expiry_left(const struct mqh_model *model, const struct mqh_message_body *body)
{
    uint64_t waited_s = (model->now_ms - body->received_ms) / 1000;

    if (mqh_breaks(model, MQH_D_EXPIRY_STANDS_STILL))
        return body->expiry_s;
    return waited_s >= body->expiry_s ? 0 : body->expiry_s - (uint32_t)waited_s;
}
