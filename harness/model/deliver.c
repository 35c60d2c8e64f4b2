/*
 * What a subscriber gets: its queue, Packet Identifiers, flow control.
 */
#include <stdlib.h>

#include "codec/topic.h"
#include "codec/utf8.h"
#include "harness/model/state.h"

void mqh_deliver_free(struct mqh_delivery *delivery)
{
    mqh_message_release(delivery->body);
    mqh_model_discard(delivery->share);
    free(delivery->identifiers);
    free(delivery);
}

void mqh_deliver_remove(struct mqh_session *session, struct mqh_delivery *delivery)
{
    struct mqh_delivery **link = &session->deliveries;

    while (*link != delivery)
        link = &(*link)->next;
    *link = delivery->next;
    mqh_deliver_free(delivery);
}

void mqh_deliver_drop(struct mqh_session *session, struct mqc_slice filter)
{
    for (struct mqh_delivery *d = session->deliveries, *next; d != NULL; d = next) {
        next = d->next;
        if (d->body != NULL && mqc_topic_matches(filter, d->body->topic))
            mqh_deliver_remove(session, d);
    }
}

/* A Packet Identifier that is not in use by us (v5 MQTT-2.2.1-4, v311 MQTT-2.3.1-4). */
static uint16_t free_packet_id(const struct mqh_model *model, struct mqh_session *session)
{
    int step = mqh_chooses(model, MQH_V_OTHER_IDS) ? -1 : 1;
    const struct mqh_delivery *d;

    if (mqh_breaks(model, MQH_D_ONE_IDENTIFIER_FOR_ALL))
        return 1;
    if (mqh_breaks(model, MQH_D_FREES_IDENTIFIERS_AT_PUBREC))
        session->last_packet_id = 0;
    do {
        session->last_packet_id = (uint16_t)(session->last_packet_id + step);
        if (session->last_packet_id == 0)
            session->last_packet_id = (uint16_t)step;
        d = session->deliveries;
        while (d != NULL &&
               (d->packet_id != session->last_packet_id ||
                (d->state == MQH_RELEASED &&
                 mqh_breaks(model, MQH_D_FREES_IDENTIFIERS_AT_PUBREC)))) /* v5 X5-2.2.1-1 */
            d = d->next;
    } while (d != NULL);
    return session->last_packet_id;
}

/* A topic that the client knows by an alias is left out, and a new one gets an alias as long as
 * there are any (v5 section 3.3.2.3.4, MQTT-3.1.2-26). What is then to be sent as the topic. */
static struct mqc_slice give_alias(struct mqh_client *client, struct mqc_slice topic,
                                   struct mqc_writer *writer)
{
    struct mqh_alias *a = client->given;
    bool known;

    while (a != NULL && !mqc_slice_equal(a->topic, topic))
        a = a->next;
    known = a != NULL;
    if (!known && client->given_count == client->topic_alias_maximum)
        return topic;
    if (!known) {
        a = mqh_model_alloc(sizeof(*a));
        a->topic = mqh_model_copy(topic);
        a->alias = ++client->given_count;
        a->next = client->given;
        client->given = a;
    }
    mqc_writer_property(writer, &(struct mqc_property){.id = MQC_TOPIC_ALIAS, .number = a->alias});
    return known ? (struct mqc_slice){NULL, 0} : topic;
}

/* 3.1 says little of names, so that its clients may use some that later versions forbid (v5
 * MQTT-4.7.3-1, MQTT-1.5.4-1; v311 MQTT-4.7.3-1, MQTT-1.5.3-1). */
static bool may_have_topic(const struct mqh_model *model, const struct mqh_client *client,
                           struct mqc_slice topic)
{
    return client->version == MQC_V31 || model->active_count > 0 ||
           (mqc_topic_name_check(topic) == MQC_TOPIC_OK && mqc_utf8_is_well_formed(topic));
}

bool mqh_deliver_send(struct mqh_model *model, struct mqh_client *client, struct mqh_delivery *d,
                      bool dup)
{
    size_t room = d->body->properties.size + 16 + d->identifier_count * 5;
    struct mqc_slice topic = d->body->topic;
    uint8_t *properties = mqh_model_alloc(room);
    struct mqc_writer writer = mqc_writer_init(properties, room);
    struct mqc_packet packet = {.version = client->version};
    struct mqc_writer measure = mqc_writer_init(NULL, 0);
    bool fits = may_have_topic(model, client, topic);

    if (client->version >= MQC_V5) {
        mqc_writer_bytes(&writer, d->body->properties);
        if (d->body->has_expiry)
            mqc_writer_property(
                &writer, &(struct mqc_property){.id = MQC_MESSAGE_EXPIRY_INTERVAL,
                                                .number = mqh_message_expiry_left(model, d->body)});
        for (size_t i = 0; i < d->identifier_count; i++) {
            size_t nth =
                mqh_chooses(model, MQH_V_IDENTIFIERS_REVERSED) ? d->identifier_count - 1 - i : i;

            mqc_writer_property(&writer, &(struct mqc_property){.id = MQC_SUBSCRIPTION_IDENTIFIER,
                                                                .number = d->identifiers[nth]});
        }
        if (mqh_chooses(model, MQH_V_USES_ALIASES))
            topic = give_alias(client, topic, &writer);
    }
    packet.frame.type = MQC_PUBLISH;
    packet.publish = (struct mqc_publish){
        .dup = dup || (d->body->dup && mqh_breaks(model, MQH_D_PASSES_DUP_ON)),
        .qos = d->qos,
        .retain = d->retain,
        .topic = topic,
        .packet_id = d->packet_id,
        .properties = {properties, writer.size},
        .payload = d->body->payload,
    };
    packet.frame.flags = mqc_publish_flags(&packet.publish);
    mqc_packet_encode(&packet, &measure);
    fits = fits && (measure.size <= client->maximum_packet_size ||
                    mqh_breaks(model, MQH_D_SENDS_TOO_LARGE));
    if (fits)
        mqh_model_send(model, client, &packet);
    free(properties);
    d->sent_ms = model->now_ms;
    return fits;
}

static unsigned in_flight(const struct mqh_session *session)
{
    unsigned count = 0;

    for (const struct mqh_delivery *d = session->deliveries; d != NULL; d = d->next)
        if (d->state != MQH_WAITS)
            count++;
    return count;
}

/* How many messages may be open: the client's Receive Maximum (v5 MQTT-4.9.0-1, MQTT-4.9.0-2). */
static unsigned quota(const struct mqh_model *model, const struct mqh_client *client)
{
    if (mqh_breaks(model, MQH_D_QUOTA_IS_IGNORED))
        return UINT16_MAX;
    return client->receive_maximum - (mqh_breaks(model, MQH_D_QUOTA_IS_ONE_LESS) ? 1u : 0u);
}

bool mqh_deliver_is_full(const struct mqh_client *client)
{
    return in_flight(client->session) >= client->receive_maximum;
}

static bool somebody_is_slow(const struct mqh_model *model)
{
    for (const struct mqh_session *s = model->sessions; s != NULL; s = s->next)
        if (in_flight(s) > 8)
            return true;
    return false;
}

/* Sends what waits, in order, as far as the client's Receive Maximum allows (v5 MQTT-3.3.4-9). What
 * has expired (v5 MQTT-3.3.2-5), is too large (v5 MQTT-3.1.2-25) or is no text for this client is
 * dropped as if it were delivered. */
void mqh_deliver_pump(struct mqh_model *model, struct mqh_session *session)
{
    struct mqh_client *client = session->client;
    enum mqc_version before = model->speaking;
    unsigned open;
    bool again;

    if (client == NULL || !client->accepted || client->closed || session == model->holding)
        return;
    model->speaking = client->version;
    if (mqh_breaks(model, MQH_D_ONE_STOPS_ALL) && somebody_is_slow(model)) /* v5 X5-4.3-1 */
        return;
    open = in_flight(session);
    for (struct mqh_delivery *d = session->deliveries, *next; d != NULL; d = next) {
        next = d->next;
        if (d->state != MQH_WAITS)
            continue;
        if (mqh_message_expired(model, d->body) &&
            !(d->retain && mqh_breaks(model, MQH_D_RETAINED_FOR_EVER))) {
            mqh_deliver_remove(session, d);
            continue;
        }
        if (d->qos > 0 && open >= quota(model, client))
            break;
        again = d->packet_id != 0; /* it was sent on an earlier connection */
        if (d->qos > 0 && !again)
            d->packet_id = free_packet_id(model, session);
        if (mqh_breaks(model, MQH_D_FIRST_COPY_HAS_DUP))
            again = true;
        if (!mqh_deliver_send(model, client, d, again) || d->qos == 0) {
            if (d->qos > 0 && mqh_breaks(model, MQH_D_TOO_LARGE_WAITS))
                break;
            mqh_deliver_remove(session, d);
            continue;
        }
        d->state = MQH_SENT;
        open++;
    }
    model->speaking = before;
}

/* QoS 0 is not kept for a client that is away: v311 X311-3.1.2.4-1 leaves the choice. */
void mqh_deliver_add(struct mqh_model *model, struct mqh_session *session,
                     struct mqh_message_body *body, const struct mqh_terms *terms)
{
    struct mqh_delivery *d;
    struct mqh_delivery **link = &session->deliveries;
    bool turns;

    if (session->client == NULL && mqh_breaks(model, MQH_D_NOTHING_QUEUED))
        return;
    if (session->client == NULL && terms->qos == 0 && !mqh_chooses(model, MQH_V_QUEUES_QOS_0) &&
        !mqh_breaks(model, MQH_D_QOS_0_QUEUED))
        return;
    d = mqh_model_alloc(sizeof(*d));
    d->body = body;
    body->references++;
    d->qos = terms->qos;
    d->retain = terms->retain;
    d->share = mqh_model_copy(terms->share);
    d->identifiers = mqh_model_alloc((terms->identifier_count + 1) * sizeof(*d->identifiers));
    if (terms->identifier_count > 0)
        memcpy(d->identifiers, terms->identifiers,
               terms->identifier_count * sizeof(*d->identifiers));
    d->identifier_count = terms->identifier_count;
    while (*link != NULL &&
           ((*link)->state != MQH_WAITS || !mqh_breaks(model, MQH_D_TURNS_MESSAGES)))
        link = &(*link)->next;
    turns = *link == NULL && mqh_breaks(model, MQH_D_TURNS_MESSAGES);
    d->next = *link;
    *link = d;
    if (!turns) /* every other message waits for the next one, and goes behind it */
        mqh_deliver_pump(model, session);
}
