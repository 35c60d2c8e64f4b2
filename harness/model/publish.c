#include <stdlib.h>

#include "harness/model/state.h"

enum {
    NO_SUBSCRIBERS = 0x10,
    NOT_AUTHORIZED = 0x87,
    IN_USE = 0x91,
    PROTOCOL_ERROR = 0x82,
    RECEIVE_MAXIMUM_EXCEEDED = 0x93,
    ALIAS_INVALID = 0x94,
    RETAIN_NOT_SUPPORTED = 0x9a,
    QOS_NOT_SUPPORTED = 0x9b,
};

/* The highest Topic Alias that a client may use (v5 MQTT-3.3.2-12). */
static uint16_t last_alias(const struct mqh_model *model)
{
    uint16_t maximum = model->limits.topic_alias_maximum;

    return maximum > 0 && mqh_breaks(model, MQH_D_REFUSES_THE_LAST_ALIAS) ? maximum - 1 : maximum;
}

static void set_alias(struct mqh_model *model, struct mqh_client *client, uint32_t alias,
                      struct mqc_slice topic)
{
    struct mqc_slice *place = &client->aliases[alias];

    if (place->size > 0 && mqh_breaks(model, MQH_D_ALIAS_STAYS_AS_IT_WAS))
        return;
    if (mqh_breaks(model, MQH_D_ALIASES_OUTLIVE_THE_CONNECTION)) {
        free((void *)client->session->last_topic.data);
        client->session->last_topic = mqh_model_copy(topic);
    }
    for (struct mqh_client *c = model->clients; c != NULL; c = c->next)
        if (c == client || mqh_breaks(model, MQH_D_ALIASES_BELONG_TO_ALL)) {
            free((void *)c->aliases[alias].data);
            c->aliases[alias] = mqh_model_copy(topic);
        }
}

/* Resolves or sets a Topic Alias (v5 section 3.3.2.3.4); false if the client was refused. */
static bool resolve(struct mqh_model *model, struct mqh_client *client,
                    const struct mqc_publish *publish, struct mqc_slice *topic)
{
    struct mqc_property alias;

    *topic = publish->topic;
    if (client->version < MQC_V5 ||
        !mqc_property_get(publish->properties, MQC_TOPIC_ALIAS, 0, &alias))
        return true;
    if (alias.number > last_alias(model)) {
        if (mqh_breaks(model, MQH_D_ALIAS_NOT_CHECKED))
            return topic->size > 0;
        mqh_model_refuse(model, client, ALIAS_INVALID); /* v5 X5-3.3.4-1 */
        return false;
    }
    if (publish->topic.size > 0) {
        set_alias(model, client, alias.number, publish->topic);
        return true;
    }
    *topic = client->aliases[alias.number];
    if (topic->size == 0 && mqh_breaks(model, MQH_D_ALIASES_OUTLIVE_THE_CONNECTION))
        *topic = client->session->last_topic;
    if (topic->size == 0 && !mqh_breaks(model, MQH_D_IGNORES_UNKNOWN_ALIASES))
        mqh_model_refuse(model, client, PROTOCOL_ERROR); /* v5 X5-3.3.4-2 */
    return topic->size > 0;
}

struct mqh_received **mqh_received_find(struct mqh_session *session, uint16_t packet_id)
{
    struct mqh_received **link = &session->received;

    while (*link != NULL && (*link)->packet_id != packet_id)
        link = &(*link)->next;
    return link;
}

void mqh_received_free(struct mqh_received *received)
{
    mqh_message_release(received->body);
    free(received);
}

static unsigned count_received(const struct mqh_session *session)
{
    unsigned count = 0;

    for (const struct mqh_received *r = session->received; r != NULL; r = r->next)
        count++;
    return count;
}

/* What speaks against it; 0: nothing. */
static uint8_t objection(const struct mqh_model *model, const struct mqh_client *client,
                         const struct mqc_publish *publish)
{
    if (publish->qos == 2 && mqh_breaks(model, MQH_D_NO_QOS_2_UNANNOUNCED))
        return QOS_NOT_SUPPORTED;
    if (publish->qos <= 2 && publish->qos > model->limits.maximum_qos &&
        !mqh_breaks(model, MQH_D_LIMITED_QOS_TAKES_ALL))
        return QOS_NOT_SUPPORTED; /* v5 X5-3.2.2.3.4-2 */
    if (publish->retain && !model->limits.retain_available &&
        !mqh_breaks(model, MQH_D_NO_RETAIN_TAKES_ALL))
        return RETAIN_NOT_SUPPORTED; /* v5 X5-3.2.2.3.5-2 */
    if (client->version >= MQC_V5 && publish->qos == 2 &&
        *mqh_received_find(client->session, publish->packet_id) == NULL &&
        count_received(client->session) >= model->limits.receive_maximum &&
        !mqh_breaks(model, MQH_D_TAKES_MORE_THAN_IT_HOLDS))
        return RECEIVE_MAXIMUM_EXCEEDED; /* v5 X5-3.3.4-5 */
    return 0;
}

static struct mqh_message_body *body_of(struct mqh_model *model, struct mqh_client *client,
                                        const struct mqc_publish *publish, struct mqc_slice topic)
{
    struct mqh_message_body *body =
        mqh_message_new(model, topic, publish->payload, publish->properties, publish->qos,
                        publish->retain, client->session->client_id);

    body->dup = publish->dup;
    return body;
}

bool mqh_model_distribute(struct mqh_model *model, struct mqh_message_body *body)
{
    bool any = false;

    if (body->retain || mqh_breaks(model, MQH_D_RETAINS_EVERYTHING))
        mqh_model_retain(model, body);
    if (body->payload.size > 0 ||
        !mqh_breaks(model, body->retain ? MQH_D_EMPTY_CLEARS_IN_SILENCE : MQH_D_DROPS_EMPTY))
        any = mqh_route(model, body);
    if (!any && mqh_breaks(model, MQH_D_KEEPS_FOR_LATER_MEMBERS))
        mqh_model_retain(model, body);
    mqh_message_release(body);
    return any;
}

/* The Reason Code for a message that was handed on to somebody or to nobody. */
static uint8_t success(const struct mqh_model *model, const struct mqh_client *client, bool any)
{
    return any || client->version < MQC_V5 || mqh_chooses(model, MQH_V_SUCCESS_FOR_NOBODY)
               ? 0
               : NO_SUBSCRIBERS;
}

/* Names that begin with $ are the broker's own: its clients should not use them among themselves
 * (v5 X5-4.7.2-1, v311 X311-4.7.2-1), which 3.1 does not say, nor forge those of $SYS. */
static bool is_own(const struct mqh_model *model, struct mqc_slice topic)
{
    bool others = model->speaking == MQC_V31 || mqh_breaks(model, MQH_D_PASSES_DOLLAR_ON);

    return topic.size > 0 && topic.data[0] == '$' &&
           (!others || (topic.size >= 5 && memcmp(topic.data, "$SYS/", 5) == 0));
}

static struct mqh_received *remember(struct mqh_session *session, uint16_t packet_id)
{
    struct mqh_received **link = mqh_received_find(session, packet_id);
    struct mqh_received *received = *link;

    if (received != NULL)
        return received;
    *link = received = mqh_model_alloc(sizeof(*received));
    received->packet_id = packet_id;
    return received;
}

/* 5.0 says so to the publisher, whose identifier is then free (v5 MQTT-4.3.3-9); before, it is
 * answered as if nothing were wrong (v311 MQTT-3.3.5-2, v31 X31-3.3-5). */
static void forbid(struct mqh_model *model, struct mqh_client *client,
                   const struct mqc_publish *publish)
{
    uint8_t reason = client->version >= MQC_V5 ? NOT_AUTHORIZED : 0;

    if (publish->qos == 0 || mqh_breaks(model, MQH_D_FORBIDS_IN_SILENCE))
        return;
    if (publish->qos == 2 && (reason == 0 || mqh_breaks(model, MQH_D_REMEMBERS_REFUSED)))
        remember(client->session, publish->packet_id);
    mqh_model_ack(model, client, publish->qos == 1 ? MQC_PUBACK : MQC_PUBREC, publish->packet_id,
                  reason);
}

/* True if a PUBLISH at QoS 1 has been here before, as some brokers mistake it (v5 MQTT-4.3.2-5,
 * v311 MQTT-4.3.2-2, v31 X31-2.1-9). */
static bool mistakes(struct mqh_model *model, struct mqh_client *client,
                     const struct mqc_publish *publish)
{
    bool seen = *mqh_received_find(client->session, publish->packet_id) != NULL;

    if (publish->qos == 1 && mqh_breaks(model, MQH_D_REMEMBERS_QOS_1))
        remember(client->session, publish->packet_id);
    return (publish->qos == 1 && seen && mqh_breaks(model, MQH_D_REMEMBERS_QOS_1)) ||
           (publish->qos > 0 && publish->dup && mqh_breaks(model, MQH_D_DROPS_WHAT_HAS_DUP));
}

static void publish_once(struct mqh_model *model, struct mqh_client *client,
                         const struct mqc_publish *publish, struct mqc_slice topic)
{
    bool first = mqh_chooses(model, MQH_V_ACKNOWLEDGES_FIRST);
    bool any;

    if (publish->qos == 1 && first)
        mqh_model_ack(model, client, MQC_PUBACK, publish->packet_id, 0);
    any = mistakes(model, client, publish) ||
          mqh_model_distribute(model, body_of(model, client, publish, topic));
    if (publish->qos == 0 && mqh_breaks(model, MQH_D_ANSWERS_QOS_0))
        mqh_model_ack(model, client, MQC_PUBACK, 1, 0);
    if (publish->qos == 1 && !first && !client->closed)
        mqh_model_ack(model, client, MQC_PUBACK, publish->packet_id, success(model, client, any));
}

/*
 * QoS 0 is handed on; QoS 1 handed on and acknowledged; QoS 2 handed on at its first arrival (the
 * standard's method B), and its Packet Identifier remembered until PUBREL, so that a further copy
 * is acknowledged but not handed on (v5 MQTT-4.3.3-10, v311 MQTT-4.3.3-2).
 */
void mqh_model_publish(struct mqh_model *model, struct mqh_client *client,
                       const struct mqc_packet *packet)
{
    const struct mqc_publish *publish = &packet->publish;
    uint8_t reason = objection(model, client, publish);
    struct mqh_received *received;
    struct mqc_slice topic;

    if (reason != 0) {
        mqh_model_refuse(model, client, reason);
        return;
    }
    if (!resolve(model, client, publish, &topic))
        return;
    if (is_own(model, topic)) {
        forbid(model, client, publish);
        return;
    }
    if (publish->qos < 2) {
        publish_once(model, client, publish, topic);
        return;
    }
    received = *mqh_received_find(client->session, publish->packet_id);
    if (received != NULL && mqh_breaks(model, MQH_D_ANSWERS_ONE_COPY))
        return;
    if (received == NULL || mqh_breaks(model, MQH_D_HANDS_COPIES_ON)) {
        received = remember(client->session, publish->packet_id);
        if (mistakes(model, client, publish))
            reason = 0;
        else if (mqh_chooses(model, MQH_V_DELIVERS_AT_PUBREL))
            received->body = body_of(model, client, publish, topic);
        else
            reason = success(model, client,
                             mqh_model_distribute(model, body_of(model, client, publish, topic)));
    }
    if (mqh_breaks(model, MQH_D_ONE_SPACE_OF_IDENTIFIERS) &&
        *mqh_delivery_find(client->session, publish->packet_id) != NULL) /* v5 X5-2.2.1-3 */
        reason = IN_USE;
    if (!client->closed)
        mqh_model_ack(model, client, MQC_PUBREC, publish->packet_id, reason);
}
