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

static void remove_delivery(struct mqh_session *session, struct mqh_delivery *delivery)
{
    struct mqh_delivery **link = &session->deliveries;

    while (*link != delivery)
        link = &(*link)->next;
    *link = delivery->next;
    mqh_deliver_free(delivery);
}

/* A Packet Identifier that is not in use by us (v5 MQTT-2.2.1-4, v311 MQTT-2.3.1-4). */
static uint16_t free_packet_id(const struct mqh_model *model, struct mqh_session *session)
{
    int step = mqh_chooses(model, MQH_V_OTHER_IDS) ? -1 : 1;
    const struct mqh_delivery *d;

    do {
        session->last_packet_id = (uint16_t)(session->last_packet_id + step);
        if (session->last_packet_id == 0)
            session->last_packet_id = (uint16_t)step;
        d = session->deliveries;
        while (d != NULL && d->packet_id != session->last_packet_id)
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
        .dup = dup,
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
void mqh_deliver_pump(struct mqh_model *model, struct mqh_session *session)
{
    struct mqh_client *client = session->client;
    enum mqc_version before = model->speaking;
    unsigned open;
    bool again;

    if (client == NULL || !client->accepted || client->closed || session == model->holding)
        return;
    model->speaking = client->version;
    open = in_flight(session);
    for (struct mqh_delivery *d = session->deliveries, *next; d != NULL; d = next) {
        next = d->next;
        if (d->state != MQH_WAITS)
            continue;
        if (mqh_message_expired(model, d->body)) {
            remove_delivery(session, d);
            continue;
        }
        if (d->qos > 0 && open >= quota(model, client))
            break;
        again = d->packet_id != 0; /* it was sent on an earlier connection */
        if (d->qos > 0 && !again)
            d->packet_id = free_packet_id(model, session);
        if (!send_publish(model, client, d, again) || d->qos == 0) {
            if (d->qos > 0 && mqh_breaks(model, MQH_D_TOO_LARGE_WAITS))
                break;
            remove_delivery(session, d);
            continue;
        }
        d->state = MQH_SENT;
        open++;
    }
    model->speaking = before;
}

/* After a reconnect: unanswered PUBLISH and PUBREL go again with their identifiers, in order
 * (v5 MQTT-4.4.0-1, v311 MQTT-4.4.0-1); no more than this connection's Receive Maximum allows. The
 * rest waits, with the identifier that it has. */
void mqh_deliver_resend(struct mqh_model *model, struct mqh_session *session)
{
    unsigned open = 0;

    for (struct mqh_delivery *d = session->deliveries, *next; d != NULL; d = next) {
        next = d->next;
        if (d->state == MQH_RELEASED) {
            mqh_model_ack(model, session->client, MQC_PUBREL, d->packet_id, 0);
        } else if (d->state == MQH_SENT && open >= session->client->receive_maximum &&
                   !mqh_breaks(model, MQH_D_RESENDS_ALL)) {
            d->state = MQH_WAITS;
            continue;
        } else if (d->state == MQH_SENT && !send_publish(model, session->client, d, true)) {
            remove_delivery(session, d);
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
static void add(struct mqh_model *model, struct mqh_session *session, struct mqh_message_body *body,
                uint8_t qos, bool retain, const uint32_t *identifiers, size_t count,
                struct mqc_slice share)
{
    struct mqh_delivery *d;
    struct mqh_delivery **link = &session->deliveries;

    if (session->client == NULL && mqh_breaks(model, MQH_D_NOTHING_QUEUED))
        return;
    if (session->client == NULL && qos == 0 && !mqh_chooses(model, MQH_V_QUEUES_QOS_0) &&
        !mqh_breaks(model, MQH_D_QOS_0_QUEUED))
        return;
    d = mqh_model_alloc(sizeof(*d));
    d->body = body;
    body->references++;
    d->qos = qos;
    d->retain = retain;
    d->share = mqh_model_copy(share);
    d->identifiers = mqh_model_alloc((count + 1) * sizeof(*identifiers));
    if (count > 0)
        memcpy(d->identifiers, identifiers, count * sizeof(*identifiers));
    d->identifier_count = count;
    while (*link != NULL)
        link = &(*link)->next;
    *link = d;
    mqh_deliver_pump(model, session);
}

void mqh_deliver_add(struct mqh_model *model, struct mqh_session *session,
                     struct mqh_message_body *body, uint8_t qos, bool retain,
                     const uint32_t *identifiers, size_t count)
{
    add(model, session, body, qos, retain, identifiers, count, (struct mqc_slice){NULL, 0});
}

static bool matches(const struct mqh_model *model, const struct mqh_session *session,
                    const struct mqh_subscription *sub, const struct mqh_message_body *body)
{
    if (mqh_breaks(model, MQH_D_SUBSCRIPTIONS_RUN_OUT) && session->client != NULL &&
        model->now_ms >= session->client->opened_ms + 1500)
        return false;
    if (!mqc_topic_matches(sub->match, body->topic))
        return false;
    return (sub->options & MQC_OPTION_NO_LOCAL) == 0 ||
           !mqc_slice_equal(session->client_id, body->publisher);
}

/* A copy for this subscription alone. */
static void deliver_for(struct mqh_model *model, struct mqh_session *session,
                        const struct mqh_subscription *sub, struct mqh_message_body *body)
{
    bool as_published = (sub->options & MQC_OPTION_RETAIN_AS_PUBLISHED) != 0 ||
                        mqh_breaks(model, MQH_D_LIVE_KEEPS_RETAIN);

    add(model, session, body, sub->qos < body->qos ? sub->qos : body->qos,
        as_published && body->retain, &sub->identifier, sub->identifier != 0 ? 1 : 0,
        sub->share.size > 0 ? sub->filter : (struct mqc_slice){NULL, 0});
}

/* One copy for all matching subscriptions of a session, at the highest QoS among them, with all
 * their identifiers (v5 MQTT-3.3.4-2, MQTT-3.3.4-4; v311 MQTT-3.3.5-1). */
static bool route_to(struct mqh_model *model, struct mqh_session *session,
                     struct mqh_message_body *body)
{
    uint32_t identifiers[64];
    size_t count = 0;
    uint8_t qos = 0;
    bool any = false;
    bool as_published = false;

    for (const struct mqh_subscription *sub = session->subscriptions; sub != NULL;
         sub = sub->next) {
        if (sub->share.size > 0 || !matches(model, session, sub, body))
            continue;
        any = true;
        if (mqh_chooses(model, MQH_V_COPY_EACH)) {
            deliver_for(model, session, sub, body);
            continue;
        }
        qos = sub->qos > qos ? sub->qos : qos;
        as_published = as_published || (sub->options & MQC_OPTION_RETAIN_AS_PUBLISHED) != 0 ||
                       mqh_breaks(model, MQH_D_LIVE_KEEPS_RETAIN);
        if (sub->identifier != 0 && count < sizeof(identifiers) / sizeof(identifiers[0]))
            identifiers[count++] = sub->identifier;
    }
    if (any && !mqh_chooses(model, MQH_V_COPY_EACH))
        mqh_deliver_add(model, session, body, qos < body->qos ? qos : body->qos,
                        as_published && body->retain, identifiers, count);
    return any;
}

/* The members of a share that match: the session to choose, by turns, those connected first. */
struct member {
    struct mqh_session *session;
    const struct mqh_subscription *sub;
};

static bool same_share(const struct mqh_subscription *a, const struct mqh_subscription *b)
{
    return mqc_slice_equal(a->filter, b->filter);
}

/* True if `sub` of `session` is the first one of its share in the order of all sessions. */
static bool leads_share(const struct mqh_model *model, const struct mqh_session *session,
                        const struct mqh_subscription *sub)
{
    for (const struct mqh_session *s = model->sessions; s != session; s = s->next)
        for (const struct mqh_subscription *other = s->subscriptions; other != NULL;
             other = other->next)
            if (same_share(sub, other))
                return false;
    return true;
}

static struct member choose(struct mqh_model *model, const struct mqh_subscription *share,
                            bool connected, unsigned turn)
{
    struct member chosen = {NULL, NULL};
    unsigned count = 0;

    for (int pass = 0; pass < 2; pass++) {
        unsigned seen = 0;

        for (struct mqh_session *s = model->sessions; s != NULL; s = s->next)
            for (const struct mqh_subscription *sub = s->subscriptions; sub != NULL;
                 sub = sub->next) {
                if (!same_share(sub, share) || (s->client != NULL) != connected)
                    continue;
                if (pass == 1 && seen == turn % count)
                    chosen = (struct member){s, sub};
                seen++;
            }
        count = seen;
        if (count == 0)
            break;
    }
    return chosen;
}

/* Exactly one member of each share gets it (v5 X5-4.8.2-1). */
static bool route_shares(struct mqh_model *model, struct mqh_message_body *body)
{
    bool any = false;

    for (struct mqh_session *s = model->sessions; s != NULL; s = s->next)
        for (const struct mqh_subscription *sub = s->subscriptions; sub != NULL; sub = sub->next) {
            struct member m;

            if (sub->share.size == 0 || !mqc_topic_matches(sub->match, body->topic) ||
                !leads_share(model, s, sub))
                continue;
            m = choose(model, sub, true, model->turn);
            if (m.session == NULL)
                m = choose(model, sub, false, model->turn);
            if (!mqh_chooses(model, MQH_V_SHARE_SAME))
                model->turn++;
            any = true;
            deliver_for(model, m.session, m.sub, body);
        }
    return any;
}

/* v5 X5-4.8.2-4; a QoS 2 delivery that has begun is nobody else's (v5 MQTT-4.8.2-5). With its last
 * member a share ends, and what it holds is lost (v5 X5-4.8.2-5). */
void mqh_deliver_pass_on(struct mqh_model *model, struct mqh_session *session)
{
    while (session->subscriptions != NULL) {
        struct mqh_subscription *first = session->subscriptions;

        session->subscriptions = first->next;
        mqh_subscription_free(first);
    }
    for (struct mqh_delivery *d = session->deliveries; d != NULL; d = d->next) {
        struct mqh_subscription share = {.filter = d->share};
        struct member m = {NULL, NULL};

        if (d->share.size == 0 || d->qos == 0 || (d->qos == 2 && d->state != MQH_WAITS))
            continue;
        m = choose(model, &share, true, model->turn);
        if (m.session == NULL)
            m = choose(model, &share, false, model->turn);
        if (m.session != NULL)
            deliver_for(model, m.session, m.sub, d->body);
    }
}

bool mqh_model_route(struct mqh_model *model, struct mqh_message_body *body)
{
    bool any = false;

    for (struct mqh_session *s = model->sessions; s != NULL; s = s->next)
        any = route_to(model, s, body) || any;
    return route_shares(model, body) || any;
}
