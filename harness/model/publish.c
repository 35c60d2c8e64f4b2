#include <stdlib.h>

#include "harness/model/state.h"

enum {
    NO_SUBSCRIBERS = 0x10,
    PROTOCOL_ERROR = 0x82,
    NOT_FOUND = 0x92,
    RECEIVE_MAXIMUM_EXCEEDED = 0x93,
    ALIAS_INVALID = 0x94,
    RETAIN_NOT_SUPPORTED = 0x9a,
    QOS_NOT_SUPPORTED = 0x9b,
};

void mqh_model_ack(struct mqh_model *model, struct mqh_client *client, enum mqc_type type,
                   uint16_t packet_id, uint8_t reason)
{
    struct mqc_packet packet = {.frame = {.type = type, .flags = mqc_type_flags(type)}};

    packet.ack = (struct mqc_ack){.packet_id = packet_id,
                                  .reason = reason,
                                  .has_reason = client->version >= MQC_V5 && reason != 0};
    mqh_model_send(model, client, &packet);
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
    if (alias.number > model->limits.topic_alias_maximum &&
        mqh_breaks(model, MQH_D_ALIAS_NOT_CHECKED))
        return publish->topic.size > 0;
    if (alias.number > model->limits.topic_alias_maximum) {
        mqh_model_refuse(model, client, ALIAS_INVALID); /* v5 X5-3.3.4-1 */
        return false;
    }
    if (publish->topic.size > 0) {
        free((void *)client->aliases[alias.number].data);
        client->aliases[alias.number] = mqh_model_copy(publish->topic);
        return true;
    }
    *topic = client->aliases[alias.number];
    if (topic->size == 0)
        mqh_model_refuse(model, client, PROTOCOL_ERROR); /* v5 X5-3.3.4-2 */
    return topic->size > 0;
}

static struct mqh_received **find_received(struct mqh_session *session, uint16_t packet_id)
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
        *find_received(client->session, publish->packet_id) == NULL &&
        count_received(client->session) >= model->limits.receive_maximum)
        return RECEIVE_MAXIMUM_EXCEEDED; /* v5 X5-3.3.4-5 */
    return 0;
}

static struct mqh_message_body *body_of(struct mqh_model *model, struct mqh_client *client,
                                        const struct mqc_publish *publish, struct mqc_slice topic)
{
    return mqh_message_new(model, topic, publish->payload, publish->properties, publish->qos,
                           publish->retain, client->session->client_id);
}

/* Clients do not use names that begin with $ among themselves (v5 X5-4.7.2-1, v311 X311-4.7.2-1);
 * 3.1 does not mention them. */
static bool is_kept_back(const struct mqh_model *model, const struct mqh_message_body *body)
{
    return body->topic.size > 0 && body->topic.data[0] == '$' && model->speaking != MQC_V31 &&
           !mqh_breaks(model, MQH_D_DOLLAR_AMONG_CLIENTS);
}

/* Hands the message on, and releases it; true if anybody has subscribed to it. */
static bool distribute(struct mqh_model *model, struct mqh_message_body *body)
{
    bool any = false;

    if (!is_kept_back(model, body)) {
        if (body->retain)
            mqh_model_retain(model, body);
        any = mqh_model_route(model, body);
    }
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

static void publish_once(struct mqh_model *model, struct mqh_client *client,
                         const struct mqc_publish *publish, struct mqc_slice topic)
{
    struct mqh_message_body *body = body_of(model, client, publish, topic);
    bool first = mqh_chooses(model, MQH_V_ACKNOWLEDGES_FIRST);
    bool any;

    if (publish->qos == 1 && first)
        mqh_model_ack(model, client, MQC_PUBACK, publish->packet_id, 0);
    any = distribute(model, body);
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
    struct mqh_received **received;
    struct mqc_slice topic;

    if (reason != 0) {
        mqh_model_refuse(model, client, reason);
        return;
    }
    if (!resolve(model, client, publish, &topic))
        return;
    if (publish->qos < 2) {
        publish_once(model, client, publish, topic);
        return;
    }
    received = find_received(client->session, publish->packet_id);
    if (*received == NULL) {
        *received = mqh_model_alloc(sizeof(**received));
        (*received)->packet_id = publish->packet_id;
        if (mqh_chooses(model, MQH_V_DELIVERS_AT_PUBREL))
            (*received)->body = body_of(model, client, publish, topic);
        else
            reason =
                success(model, client, distribute(model, body_of(model, client, publish, topic)));
    }
    if (!client->closed)
        mqh_model_ack(model, client, MQC_PUBREC, publish->packet_id, reason);
}

/* ---- answers to what we sent ---- */

static struct mqh_delivery **find_delivery(struct mqh_session *session, uint16_t packet_id)
{
    struct mqh_delivery **link = &session->deliveries;

    while (*link != NULL && (*link)->packet_id != packet_id)
        link = &(*link)->next;
    return link;
}

static void finish(struct mqh_model *model, struct mqh_session *session, struct mqh_delivery **link)
{
    struct mqh_delivery *done = *link;

    *link = done->next;
    mqh_deliver_free(done);
    mqh_deliver_pump(model, session);
}

/* The Reason Code for an identifier that is not in use. */
static uint8_t unknown(const struct mqh_model *model, const struct mqh_client *client)
{
    return client->version < MQC_V5 || mqh_chooses(model, MQH_V_UNKNOWN_IS_SUCCESS) ? 0 : NOT_FOUND;
}

static void release(struct mqh_model *model, struct mqh_client *client, uint16_t packet_id)
{
    struct mqh_received **link = find_received(client->session, packet_id);
    struct mqh_received *done = *link;
    uint8_t reason = done == NULL ? unknown(model, client) : 0;

    if (done != NULL) {
        *link = done->next;
        if (done->body != NULL)
            distribute(model, done->body);
        free(done);
    }
    mqh_model_ack(model, client, MQC_PUBCOMP, packet_id, reason);
}

/* PUBACK, PUBREC, PUBREL and PUBCOMP. Those for identifiers that nobody knows change nothing, but
 * PUBREC and PUBREL are answered, so that the other side can forget them too. */
void mqh_model_puback(struct mqh_model *model, struct mqh_client *client,
                      const struct mqc_packet *packet)
{
    struct mqh_session *session = client->session;
    struct mqh_delivery **link = find_delivery(session, packet->ack.packet_id);
    struct mqh_delivery *d = *link;
    enum mqc_type type = packet->frame.type;

    if (packet->ack.reason >= 0x80 && mqh_breaks(model, MQH_D_NEGATIVE_ANSWER_CLOSES)) {
        mqh_model_refuse(model, client, PROTOCOL_ERROR);
        return;
    }
    if (packet->ack.reason >= 0x80 && mqh_breaks(model, MQH_D_NEGATIVE_ANSWER_IGNORED))
        return;
    if (type == MQC_PUBREL) {
        release(model, client, packet->ack.packet_id);
    } else if (type == MQC_PUBREC && packet->ack.reason < 0x80) {
        if (d != NULL && d->qos == 2) {
            d->state = MQH_RELEASED;
            mqh_message_release(d->body);
            d->body = NULL;
        }
        mqh_model_ack(model, client, MQC_PUBREL, packet->ack.packet_id,
                      d == NULL ? unknown(model, client) : 0);
    } else if (d != NULL && (type == MQC_PUBREC || (type == MQC_PUBACK && d->qos == 1) ||
                             (type == MQC_PUBCOMP && d->state == MQH_RELEASED))) {
        finish(model, session, link);
    }
}
