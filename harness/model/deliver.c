#include <stdlib.h>

#include "codec/topic.h"
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

/* Sends the PUBLISH; false if it is larger than the client takes (v5 MQTT-3.1.2-24). */
static bool send_publish(struct mqh_model *model, struct mqh_client *client, struct mqh_delivery *d,
                         bool dup)
{
    size_t room = d->body->properties.size + 16 + d->identifier_count * 5;
    struct mqc_slice topic = d->body->topic;
    uint8_t *properties = mqh_model_alloc(room);
    struct mqc_writer writer = mqc_writer_init(properties, room);
    struct mqc_packet packet = {.version = client->version};
    struct mqc_writer measure = mqc_writer_init(NULL, 0);
    bool fits;

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
    fits = measure.size <= client->maximum_packet_size || mqh_breaks(model, MQH_D_SENDS_TOO_LARGE);
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

/* Sends what waits, in order, as far as the client's Receive Maximum allows (v5 MQTT-3.3.4-9). What
 * has expired (v5 MQTT-3.3.2-5) or is too large (v5 MQTT-3.1.2-25) is dropped as if it were
 * delivered. */
static bool somebody_is_slow(const struct mqh_model *model)
{
    for (const struct mqh_session *s = model->sessions; s != NULL; s = s->next)
        if (in_flight(s) > 8)
            return true;
    return false;
}

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
        if (!send_publish(model, client, d, again) || d->qos == 0) {
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

static void swap_identifier(const struct mqh_session *session, struct mqh_delivery *d)
{
    uint32_t sent = d->identifiers[0];

    d->identifiers[0] = d->identifiers[1];
    d->identifiers[1] = sent;
    for (const struct mqh_subscription *sub = session->subscriptions; sub != NULL; sub = sub->next)
        if (d->identifiers[0] == 0 && mqc_topic_matches(sub->match, d->body->topic))
            d->identifiers[0] = sub->identifier;
}

/* What brokers make of open deliveries when the client is back, that are to be sent again as they
 * were: only defects change anything here. */
static void mistake_the_open(struct mqh_model *model, struct mqh_session *session)
{
    struct mqh_delivery *turned = NULL;

    for (struct mqh_delivery *d = session->deliveries, *next; d != NULL; d = next) {
        next = d->next;
        if (d->state == MQH_WAITS)
            continue;
        if ((d->state == MQH_SENT && mqh_breaks(model, MQH_D_RESENDS_NOTHING)) ||
            (d->state == MQH_SENT && mqh_breaks(model, MQH_D_EXPIRES_WHAT_WAS_SENT) &&
             mqh_message_expired(model, d->body))) { /* v5 MQTT-4.3.3-7 */
            mqh_deliver_remove(session, d);
            continue;
        }
        if (mqh_breaks(model, MQH_D_RESENDS_WITH_NEW_IDENTIFIERS))
            d->packet_id = (uint16_t)(d->packet_id + 100);
        if (d->identifier_count == 1 && mqh_breaks(model, MQH_D_IDENTIFIERS_GO_BACK))
            swap_identifier(session, d); /* v5 X5-3.8.4-5 */
    }
    while (mqh_breaks(model, MQH_D_RESENDS_IN_REVERSE) && session->deliveries != NULL) {
        struct mqh_delivery *first = session->deliveries;

        session->deliveries = first->next;
        first->next = turned;
        turned = first;
    }
    if (turned != NULL)
        session->deliveries = turned;
}

/* In 3.1 with DUP (v31 X31-2.1-8). */
static void send_pubrel_again(struct mqh_model *model, struct mqh_client *client,
                              uint16_t packet_id)
{
    struct mqc_packet packet = {.frame = {.type = MQC_PUBREL, .flags = 0x2},
                                .ack = {.packet_id = packet_id}};

    if (client->version == MQC_V31 && !mqh_breaks(model, MQH_D_PUBREL_AGAIN_WITHOUT_DUP))
        packet.frame.flags |= 0x8;
    mqh_model_send(model, client, &packet);
}

/* After a reconnect: unanswered PUBLISH and PUBREL go again with their identifiers, in order
 * (v5 MQTT-4.4.0-1, v311 MQTT-4.4.0-1); no more than this connection's Receive Maximum allows. The
 * rest waits, with the identifier that it has. */
void mqh_deliver_resend(struct mqh_model *model, struct mqh_session *session)
{
    bool dup = !mqh_breaks(model, MQH_D_RESENDS_WITHOUT_DUP);
    unsigned open = 0;

    mistake_the_open(model, session);
    for (struct mqh_delivery *d = session->deliveries, *next; d != NULL; d = next) {
        next = d->next;
        if (d->state == MQH_RELEASED) {
            if (!mqh_breaks(model, MQH_D_FORGETS_PUBREL))
                send_pubrel_again(model, session->client, d->packet_id);
            if (d->body != NULL) /* by a defect: v5 MQTT-4.3.3-6 */
                send_publish(model, session->client, d, dup);
        } else if (d->state == MQH_SENT && open >= session->client->receive_maximum &&
                   !mqh_breaks(model, MQH_D_RESENDS_ALL)) {
            d->state = MQH_WAITS;
            continue;
        } else if (d->state == MQH_SENT && !send_publish(model, session->client, d, dup)) {
            mqh_deliver_remove(session, d);
            continue;
        }
        open += d->state != MQH_WAITS ? 1 : 0;
    }
    mqh_deliver_pump(model, session);
}

/* How long an acknowledgement may take before a PUBLISH is sent again. */
enum { RESEND_MS = 20000 };

static uint64_t resend_ms(const struct mqh_model *model, const struct mqh_session *session,
                          const struct mqh_delivery *d)
{
    bool may = mqh_chooses(model, MQH_V_RESENDS) && session->client != NULL &&
               session->client->version < MQC_V5 && d->state == MQH_SENT;

    return may ? d->sent_ms + RESEND_MS : MQH_NEVER_MS;
}

void mqh_deliver_tick(struct mqh_model *model)
{
    for (struct mqh_session *s = model->sessions; s != NULL; s = s->next)
        for (struct mqh_delivery *d = s->deliveries; d != NULL; d = d->next)
            if (resend_ms(model, s, d) <= model->now_ms)
                send_publish(model, s->client, d, true);
}

uint64_t mqh_deliver_deadline(const struct mqh_model *model)
{
    uint64_t first = MQH_NEVER_MS;

    for (const struct mqh_session *s = model->sessions; s != NULL; s = s->next)
        for (const struct mqh_delivery *d = s->deliveries; d != NULL; d = d->next)
            first = resend_ms(model, s, d) < first ? resend_ms(model, s, d) : first;
    return first;
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

static bool matches(const struct mqh_model *model, const struct mqh_session *session,
                    const struct mqh_subscription *sub, const struct mqh_message_body *body)
{
    bool no_local = (sub->options & MQC_OPTION_NO_LOCAL) != 0; /* v5 MQTT-3.8.3-3 */

    if (mqh_breaks(model, MQH_D_SUBSCRIPTIONS_RUN_OUT) && session->client != NULL &&
        model->now_ms >= session->client->opened_ms + 1500)
        return false;
    if (mqh_breaks(model, MQH_D_FORWARDS_OWN_MESSAGES))
        no_local = false;
    if (mqh_breaks(model, MQH_D_KEEPS_OWN_MESSAGES_BACK))
        no_local = true;
    if (!mqh_model_matches(model, sub->match, body->topic))
        return false;
    return !no_local || !mqc_slice_equal(session->client_id, body->publisher);
}

/* At most the QoS of the message, and at most what was granted (v5 MQTT-3.8.4-8, v311
 * MQTT-3.8.4-6). */
static uint8_t delivered_qos(const struct mqh_model *model, const struct mqh_message_body *body,
                             uint8_t granted)
{
    if (mqh_breaks(model, MQH_D_RAISES_QOS))
        return granted;
    if (mqh_breaks(model, MQH_D_IGNORES_THE_GRANT))
        return body->qos;
    return granted < body->qos ? granted : body->qos;
}

/* RETAIN of a live message (v5 MQTT-3.3.1-12, MQTT-3.3.1-13; v311 MQTT-3.3.1-9). */
static bool keeps_flag(const struct mqh_model *model, const struct mqh_subscription *sub)
{
    if (mqh_breaks(model, MQH_D_LIVE_KEEPS_RETAIN))
        return true;
    return (sub->options & MQC_OPTION_RETAIN_AS_PUBLISHED) != 0 &&
           !mqh_breaks(model, MQH_D_LIVE_LOSES_RETAIN);
}

void mqh_deliver_for(struct mqh_model *model, struct mqh_session *session,
                     const struct mqh_subscription *sub, struct mqh_message_body *body,
                     uint32_t identifier)
{
    struct mqh_terms terms = {
        .qos = delivered_qos(model, body, sub->qos),
        .retain = keeps_flag(model, sub) && body->retain,
        .identifiers = &identifier,
        .identifier_count = identifier != 0 ? 1 : 0,
    };

    if (sub->share.size > 0)
        terms.share = sub->filter;
    mqh_deliver_add(model, session, body, &terms);
}

/* One copy for all matching subscriptions of a session, at the highest QoS among them, with all
 * their identifiers (v5 MQTT-3.3.4-2, MQTT-3.3.4-4; v311 MQTT-3.3.5-1). */
static bool route_to(struct mqh_model *model, struct mqh_session *session,
                     struct mqh_message_body *body)
{
    bool lowest = mqh_breaks(model, MQH_D_LOWEST_QOS_WINS);
    bool mixed = mqh_breaks(model, MQH_D_COPIES_SHARE_AN_IDENTIFIER); /* v5 MQTT-3.3.4-5 */
    size_t most = mqh_breaks(model, MQH_D_FIRST_IDENTIFIER_ONLY) ? 1 : 64;
    uint32_t identifiers[64];
    size_t count = 0;
    uint8_t qos = 0;
    bool any = false;
    bool as_published = false;
    struct mqh_terms terms;

    for (const struct mqh_subscription *sub = session->subscriptions; sub != NULL;
         sub = sub->next) {
        if (sub->share.size > 0 || !matches(model, session, sub, body))
            continue;
        if (sub->identifier != 0 && count < most)
            identifiers[count++] = sub->identifier;
        if (mixed || mqh_chooses(model, MQH_V_COPY_EACH))
            mqh_deliver_for(model, session, sub, body,
                            mixed && count > 0 ? identifiers[0] : sub->identifier);
        else if (!any || (lowest ? sub->qos < qos : sub->qos > qos))
            qos = sub->qos;
        any = true;
        as_published = as_published || keeps_flag(model, sub);
    }
    terms = (struct mqh_terms){.qos = delivered_qos(model, body, qos),
                               .retain = as_published && body->retain,
                               .identifiers = identifiers,
                               .identifier_count = count};
    if (any && !mixed && !mqh_chooses(model, MQH_V_COPY_EACH))
        mqh_deliver_add(model, session, body, &terms);
    return any;
}

bool mqh_model_route(struct mqh_model *model, struct mqh_message_body *body)
{
    bool any = false;

    for (struct mqh_session *s = model->sessions; s != NULL; s = s->next)
        if (!any || !mqh_breaks(model, MQH_D_SERVES_ONE_SUBSCRIBER))
            any = route_to(model, s, body) || any;
    return mqh_share_route(model, body) || any;
}
