#include <stdlib.h>

#include "codec/topic.h"
#include "harness/model/state.h"

enum {
    SHARED_NOT_SUPPORTED = 0x9e,
    IDENTIFIERS_NOT_SUPPORTED = 0xa1,
    WILDCARDS_NOT_SUPPORTED = 0xa2,
    NO_SUBSCRIPTION = 0x11,
    FAILURE = 0x80,
    FILTER_INVALID = 0x8f,
};

void mqh_subscription_free(struct mqh_subscription *subscription)
{
    free((void *)subscription->filter.data); /* share and match point into it */
    free(subscription);
}

static struct mqh_subscription **find(struct mqh_session *session, struct mqc_slice filter)
{
    struct mqh_subscription **link = &session->subscriptions;

    while (*link != NULL && !mqc_slice_equal((*link)->filter, filter))
        link = &(*link)->next;
    return link;
}

static bool has_wildcard(struct mqc_slice filter)
{
    return memchr(filter.data, '+', filter.size) != NULL ||
           memchr(filter.data, '#', filter.size) != NULL;
}

/* What speaks against a filter that is well formed; 0: nothing. */
static uint8_t objection(const struct mqh_model *model, const struct mqh_client *client,
                         struct mqc_slice filter)
{
    struct mqc_slice share;
    struct mqc_slice match;

    if (!model->limits.shared_available && client->version >= MQC_V5 &&
        !mqh_breaks(model, MQH_D_SHARES_TAKEN) && mqc_topic_share(filter, &share, &match))
        return SHARED_NOT_SUPPORTED; /* v5 X5-3.2.2.3.13-2 */
    if (!model->limits.wildcard_available && has_wildcard(filter) &&
        !mqh_breaks(model, MQH_D_WILDCARDS_TAKEN))
        return WILDCARDS_NOT_SUPPORTED; /* v5 X5-3.2.2.3.11-2 */
    return 0;
}

/* The retained messages that match go out with RETAIN 1 (v5 X5-3.3.1.3-1, v311 MQTT-3.3.1-8). */
static void send_retained(struct mqh_model *model, struct mqh_session *session,
                          const struct mqh_subscription *sub)
{
    for (const struct mqh_retained *r = model->retained; r != NULL; r = r->next) {
        struct mqh_terms terms = {
            .qos = sub->qos < r->body->qos ? sub->qos : r->body->qos,
            .retain = !mqh_breaks(model, MQH_D_RETAINED_WITHOUT_FLAG),
            .identifiers = &sub->identifier,
            .identifier_count = sub->identifier != 0 ? 1 : 0,
        };

        if (!mqh_model_matches(model, sub->match, r->body->topic) ||
            (mqh_message_expired(model, r->body) && !mqh_breaks(model, MQH_D_RETAINED_FOR_EVER)))
            continue;
        if (mqh_breaks(model, MQH_D_RETAINED_LOSES_ITS_QOS))
            terms.qos = sub->qos;
        mqh_deliver_add(model, session, r->body, &terms);
        if (mqh_breaks(model, MQH_D_RETAINED_OF_ONE_TOPIC))
            break;
    }
}

/* Whether the SUBSCRIBE brings the retained messages (v5 MQTT-3.3.1-9 to -11, X5-3.8.4-3). */
static bool wants_retained(const struct mqh_model *model, const struct mqh_subscription *sub,
                           uint8_t handling, bool is_new)
{
    if (sub->share.size > 0)
        return mqh_breaks(model, MQH_D_SHARE_GETS_RETAINED) ||
               mqh_breaks(model, MQH_D_KEEPS_FOR_LATER_MEMBERS);
    if (mqh_breaks(model, MQH_D_NO_RETAINED) ||
        (mqh_breaks(model, MQH_D_NO_RETAINED_AGAIN) && !is_new))
        return false;
    if (handling == 1)
        return !mqh_breaks(model, MQH_D_HANDLING_1_SENDS_NEVER) &&
               (is_new || mqh_breaks(model, MQH_D_HANDLING_1_SENDS_ALWAYS));
    return handling == 0 || mqh_breaks(model, MQH_D_HANDLING_2_SENDS);
}

/* The QoS to grant: no more than this broker has (v5 MQTT-3.2.2-10). */
static uint8_t grant(const struct mqh_model *model, uint8_t wanted)
{
    if (wanted > 1 && mqh_chooses(model, MQH_V_GRANTS_QOS_1))
        return 1; /* v5 X5-3.8.4-4, v311 section 3.8.4 */
    return wanted < model->limits.maximum_qos ? wanted : model->limits.maximum_qos;
}

/* Makes or replaces one subscription (v5 MQTT-3.8.4-3, v311 MQTT-3.8.4-3); the code for SUBACK. */
static uint8_t subscribe_one(struct mqh_model *model, struct mqh_client *client,
                             const struct mqc_filter *wanted, uint32_t identifier)
{
    struct mqh_subscription **link = find(client->session, wanted->filter);
    uint8_t handling = (wanted->options & MQC_OPTION_RETAIN_HANDLING) >> 4;
    bool is_new = *link == NULL;
    struct mqh_subscription *sub;

    if ((mqh_chooses(model, MQH_V_BAD_FILTERS_BY_SUBACK) &&
         mqc_topic_filter_check(wanted->filter, client->version) != MQC_TOPIC_OK) ||
        (mqh_breaks(model, MQH_D_REFUSES_WILDCARDS) && has_wildcard(wanted->filter)))
        return client->version >= MQC_V5 ? FILTER_INVALID : FAILURE;
    if ((wanted->options & MQC_OPTION_QOS) > model->limits.maximum_qos &&
        mqh_breaks(model, MQH_D_LIMITED_QOS_REFUSES_FILTERS))
        return FAILURE;
    while (*link != NULL && mqh_breaks(model, MQH_D_ADDS_A_SUBSCRIPTION))
        link = &(*link)->next;
    sub = *link;
    if (sub == NULL) {
        sub = *link = mqh_model_alloc(sizeof(*sub));
        sub->filter = mqh_model_copy(wanted->filter);
        sub->match = sub->filter;
        if (client->version >= MQC_V5)
            mqc_topic_share(sub->filter, &sub->share, &sub->match);
    }
    if (!is_new && mqh_breaks(model, MQH_D_KEEPS_THE_OLD_OPTIONS))
        return grant(model, wanted->options & MQC_OPTION_QOS);
    sub->options = client->version >= MQC_V5 ? wanted->options : wanted->options & MQC_OPTION_QOS;
    sub->qos = grant(model, wanted->options & MQC_OPTION_QOS);
    if (is_new || !mqh_breaks(model, MQH_D_KEEPS_THE_OLD_IDENTIFIER))
        sub->identifier = identifier; /* v5 X5-3.8.2.1.2-3 */
    if (wants_retained(model, sub, handling, is_new))
        send_retained(model, client->session, sub);
    return sub->qos;
}

void mqh_model_subscribe(struct mqh_model *model, struct mqh_client *client,
                         const struct mqc_packet *packet)
{
    const struct mqc_subscribe *subscribe = &packet->subscribe;
    struct mqc_slice filters = subscribe->filters;
    uint8_t *codes = mqh_model_alloc(subscribe->filter_count + 1);
    struct mqc_packet answer = {.frame.type = MQC_SUBACK};
    struct mqc_property identifier = {0};
    struct mqc_filter filter;
    uint8_t reason = 0;
    size_t n = 0;

    mqc_property_get(subscribe->properties, MQC_SUBSCRIPTION_IDENTIFIER, 0, &identifier);
    if (identifier.number != 0 && !model->limits.identifiers_available &&
        !mqh_breaks(model, MQH_D_IDENTIFIERS_TAKEN))
        reason = IDENTIFIERS_NOT_SUPPORTED; /* v5 X5-3.2.2.3.12-2 */
    while (reason == 0 && mqc_filter_next(&filters, &filter))
        reason = objection(model, client, filter.filter);
    if (reason != 0) {
        mqh_model_refuse(model, client, reason);
        free(codes);
        return;
    }
    filters = subscribe->filters;
    model->holding = mqh_chooses(model, MQH_V_SUBACK_FIRST) ? client->session : NULL;
    while (mqc_filter_next(&filters, &filter)) {
        bool deaf = n > 0 && mqh_breaks(model, MQH_D_SUBSCRIBES_TO_ONE_FILTER);

        codes[n++] = deaf ? filter.options & MQC_OPTION_QOS
                          : subscribe_one(model, client, &filter, identifier.number);
    }
    answer.suback = (struct mqc_suback){.packet_id = subscribe->packet_id, .codes = {codes, n}};
    mqh_model_send(model, client, &answer);
    free(codes);
    model->holding = NULL;
    mqh_deliver_pump(model, client->session);
}

/* True if UNSUBSCRIBE with this filter ends the subscription: compared character by character
 * (v5 MQTT-3.10.4-1, v311 MQTT-3.10.4-1). */
static bool ends(const struct mqh_model *model, const struct mqh_subscription *sub,
                 struct mqc_slice filter)
{
    if (mqh_breaks(model, MQH_D_UNSUBSCRIBES_BY_MATCH) && sub->share.size == 0 &&
        !has_wildcard(sub->filter))
        return mqc_topic_matches(filter, sub->filter);
    return mqc_slice_equal(sub->filter, filter);
}

/* Ends one subscription; deliveries that have begun go on (v5 MQTT-3.10.4-3, v311 MQTT-3.10.4-3).
 */
static bool unsubscribe_one(struct mqh_model *model, struct mqh_session *session,
                            struct mqc_slice filter)
{
    struct mqh_subscription **link = &session->subscriptions;
    struct mqh_subscription *sub;

    while (*link != NULL && !ends(model, *link, filter))
        link = &(*link)->next;
    sub = *link;
    if (sub == NULL || mqh_breaks(model, MQH_D_UNSUBSCRIBES_NOTHING))
        return sub != NULL;
    *link = sub->next;
    if (mqh_breaks(model, MQH_D_DROPS_BEGUN_DELIVERIES))
        mqh_deliver_drop(session, sub->match);
    if (sub->share.size > 0 && mqh_breaks(model, MQH_D_ENDS_THE_SHARE_FOR_ALL))
        for (struct mqh_session *s = model->sessions; s != NULL; s = s->next)
            if (s != session)
                unsubscribe_one(model, s, filter);
    mqh_subscription_free(sub);
    return true;
}

void mqh_model_unsubscribe(struct mqh_model *model, struct mqh_client *client,
                           const struct mqc_packet *packet)
{
    const struct mqc_unsubscribe *unsubscribe = &packet->unsubscribe;
    struct mqc_slice filters = unsubscribe->filters;
    uint8_t *codes = mqh_model_alloc(unsubscribe->filter_count + 1);
    struct mqc_packet answer = {.frame.type = MQC_UNSUBACK};
    struct mqc_slice filter;
    bool any = false;
    size_t n = 0;

    while (mqc_string_next(&filters, &filter)) {
        bool found = false;

        if (n == 0 || !mqh_breaks(model, MQH_D_UNSUBSCRIBES_FROM_ONE_FILTER))
            found = unsubscribe_one(model, client->session, filter);
        any = any || found;
        codes[n++] = found ? 0 : NO_SUBSCRIPTION;
    }
    answer.unsuback =
        (struct mqc_unsuback){.packet_id = unsubscribe->packet_id, .codes = {codes, n}};
    if (any || !mqh_breaks(model, MQH_D_NO_UNSUBACK_FOR_NOTHING)) /* v5 MQTT-3.10.4-5 */
        mqh_model_send(model, client, &answer);
    free(codes);
}

/* For a defect: deletes what the client had retained, which v311 MQTT-3.1.2-7 forbids. */
void mqh_model_unretain(struct mqh_model *model, struct mqc_slice publisher)
{
    struct mqh_retained **link = &model->retained;

    while (*link != NULL) {
        struct mqh_retained *r = *link;

        if (!mqc_slice_equal(r->body->publisher, publisher)) {
            link = &r->next;
            continue;
        }
        *link = r->next;
        mqh_message_release(r->body);
        free(r);
    }
}

/* One retained message a topic; an empty one clears it (v5 MQTT-3.3.1-5, MQTT-3.3.1-6,
 * MQTT-3.3.1-7; v311 MQTT-3.3.1-5, MQTT-3.3.1-10, MQTT-3.3.1-11). */
void mqh_model_retain(struct mqh_model *model, struct mqh_message_body *body)
{
    struct mqh_retained **link = &model->retained;
    struct mqh_retained *r;
    bool empty = body->payload.size == 0;

    if (mqh_breaks(model, MQH_D_RETAINS_NOTHING) ||
        (mqh_breaks(model, MQH_D_EMPTY_CLEARS_NOTHING) && empty) ||
        (mqh_breaks(model, MQH_D_QOS_0_LEAVES_THE_STATE) && body->qos == 0))
        return;
    if (empty && model->speaking == MQC_V31 && mqh_chooses(model, MQH_V_EMPTY_IS_NOTHING_31))
        return; /* v31 X31-2.1-14 */
    while (*link != NULL && !mqc_slice_equal((*link)->body->topic, body->topic))
        link = &(*link)->next;
    r = *link;
    if (r != NULL && mqh_breaks(model, MQH_D_RETAINS_THE_FIRST) && !empty)
        return;
    if (r != NULL) {
        *link = r->next;
        mqh_message_release(r->body);
        free(r);
    }
    if ((empty && !mqh_breaks(model, MQH_D_STORES_EMPTY)) ||
        (body->qos == 0 && mqh_chooses(model, MQH_V_FORGETS_RETAINED)))
        return;
    r = mqh_model_alloc(sizeof(*r));
    r->body = body;
    body->references++;
    r->next = model->retained;
    model->retained = r;
}
