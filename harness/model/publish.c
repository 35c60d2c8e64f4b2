#include <stdlib.h>

#include "harness/model/state.h"

enum {
    NO_SUBSCRIBERS = 0x10,
    NOT_AUTHORIZED = 0x87,
    IN_USE = 0x91,
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

static struct mqh_received **find_received(struct mqh_session *session, uint16_t packet_id)
{
    struct mqh_received **link = &session->received;

    while (*link != NULL && (*link)->packet_id != packet_id)
        link = &(*link)->next;
    return link;
}

static struct mqh_delivery **find_delivery(struct mqh_session *session, uint16_t packet_id)
{
    struct mqh_delivery **link = &session->deliveries;

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

/* Hands the message on, and releases it; true if anybody has subscribed to it. */
static bool distribute(struct mqh_model *model, struct mqh_message_body *body)
{
    bool any = false;

    if (body->retain || mqh_breaks(model, MQH_D_RETAINS_EVERYTHING))
        mqh_model_retain(model, body);
    if (body->payload.size > 0 ||
        !mqh_breaks(model, body->retain ? MQH_D_EMPTY_CLEARS_IN_SILENCE : MQH_D_DROPS_EMPTY))
        any = mqh_model_route(model, body);
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
    struct mqh_received **link = find_received(session, packet_id);
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
    bool seen = *find_received(client->session, publish->packet_id) != NULL;

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
          distribute(model, body_of(model, client, publish, topic));
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
    received = *find_received(client->session, publish->packet_id);
    if (received != NULL && mqh_breaks(model, MQH_D_ANSWERS_ONE_COPY))
        return;
    if (received == NULL || mqh_breaks(model, MQH_D_HANDS_COPIES_ON)) {
        received = remember(client->session, publish->packet_id);
        if (mistakes(model, client, publish))
            reason = 0;
        else if (mqh_chooses(model, MQH_V_DELIVERS_AT_PUBREL))
            received->body = body_of(model, client, publish, topic);
        else
            reason =
                success(model, client, distribute(model, body_of(model, client, publish, topic)));
    }
    if (mqh_breaks(model, MQH_D_ONE_SPACE_OF_IDENTIFIERS) &&
        *find_delivery(client->session, publish->packet_id) != NULL) /* v5 X5-2.2.1-3 */
        reason = IN_USE;
    if (!client->closed)
        mqh_model_ack(model, client, MQC_PUBREC, publish->packet_id, reason);
}

/* ---- answers to what we sent ---- */

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

    if (done == NULL && mqh_breaks(model, MQH_D_UNKNOWN_PUBREL_IS_AN_ERROR)) {
        mqh_model_refuse(model, client, PROTOCOL_ERROR);
        return;
    }
    if (done != NULL && !mqh_breaks(model, MQH_D_KEEPS_RELEASED_IDENTIFIERS)) {
        *link = done->next;
        if (done->body != NULL)
            distribute(model, done->body);
        free(done);
    }
    mqh_model_ack(model, client, MQC_PUBCOMP, packet_id, reason);
}

/* True if the answer leaves out what it may leave out, and the broker does not know that. */
static bool puzzles(const struct mqh_model *model, const struct mqc_packet *packet)
{
    static const enum mqh_defect defects[] = {
        [MQC_PUBACK] = MQH_D_SHORT_PUBACK_IGNORED,
        [MQC_PUBREC] = MQH_D_SHORT_PUBREC_IGNORED,
        [MQC_PUBREL] = MQH_D_SHORT_PUBREL_IGNORED,
        [MQC_PUBCOMP] = MQH_D_SHORT_PUBCOMP_IGNORED,
    };

    return packet->version >= MQC_V5 && !packet->ack.has_properties &&
           mqh_breaks(model, defects[packet->frame.type]);
}

/* PUBREC is answered with PUBREL, and in the order in which it came (v311 MQTT-4.6.0-4). */
static void answer_pubrec(struct mqh_model *model, struct mqh_client *client,
                          struct mqh_delivery *d, uint16_t packet_id)
{
    struct mqh_session *session = client->session;
    const struct mqh_delivery *other = session->deliveries;

    while (other != NULL && other->state != MQH_SENT)
        other = other->next;
    if (mqh_breaks(model, MQH_D_TURNS_PUBRELS) && session->held_pubrel == 0 && other != NULL) {
        session->held_pubrel = packet_id;
        return;
    }
    mqh_model_ack(model, client, MQC_PUBREL, packet_id, d == NULL ? unknown(model, client) : 0);
    if (session->held_pubrel != 0)
        mqh_model_ack(model, client, MQC_PUBREL, session->held_pubrel, 0);
    session->held_pubrel = 0;
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
    if (puzzles(model, packet) ||
        (packet->ack.reason >= 0x80 && mqh_breaks(model, MQH_D_NEGATIVE_ANSWER_IGNORED)))
        return;
    if (type == MQC_PUBCOMP && mqh_breaks(model, MQH_D_QUOTA_GROWS))
        client->receive_maximum++;
    if (type == MQC_PUBREL) {
        release(model, client, packet->ack.packet_id);
    } else if (type == MQC_PUBREC &&
               (packet->ack.reason < 0x80 || mqh_breaks(model, MQH_D_RELEASES_REFUSED))) {
        if (d != NULL && d->qos == 2) {
            d->state = MQH_RELEASED;
            if (!mqh_breaks(model, MQH_D_MESSAGE_AGAIN_AFTER_PUBREL)) {
                mqh_message_release(d->body);
                d->body = NULL;
            }
        }
        answer_pubrec(model, client, d, packet->ack.packet_id);
    } else if (d != NULL && (type == MQC_PUBREC || (type == MQC_PUBACK && d->qos == 1) ||
                             (type == MQC_PUBCOMP && d->state == MQH_RELEASED))) {
        if (d->share.size > 0 && packet->ack.reason >= 0x80 &&
            mqh_breaks(model, MQH_D_REOFFERS_REFUSED)) /* v5 MQTT-4.8.2-6 */
            mqh_share_pass_on(model, session, d);
        finish(model, session, link);
    }
}
