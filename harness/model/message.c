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

struct mqh_message_body *mqh_message_new(struct mqh_model *model, struct mqc_slice topic,
                                         struct mqc_slice payload, struct mqc_slice properties,
                                         uint8_t qos, bool retain, struct mqc_slice publisher)
{
    struct mqh_message_body *body = mqh_model_alloc(sizeof(*body));
    uint8_t *kept = mqh_model_alloc(properties.size + 1);
    struct mqc_writer writer = mqc_writer_init(kept, properties.size);
    struct mqc_property property;

    body->references = 1;
    body->topic = mqh_model_copy(topic);
    body->payload = mqh_model_copy(payload);
    body->publisher = mqh_model_copy(publisher);
    body->qos = qos;
    body->retain = retain;
    body->received_ms = model->now_ms;
    while (mqc_property_next(&properties, &property)) {
        if (is_forwarded(property.id))
            mqc_writer_property(&writer, &property);
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
    return body->has_expiry && model->now_ms - body->received_ms >= (uint64_t)body->expiry_s * 1000;
}

uint32_t mqh_message_expiry_left(const struct mqh_model *model, const struct mqh_message_body *body)
{
    uint64_t waited_s = (model->now_ms - body->received_ms) / 1000;

    return waited_s >= body->expiry_s ? 0 : body->expiry_s - (uint32_t)waited_s;
}
