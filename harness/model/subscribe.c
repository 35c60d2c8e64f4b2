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
    for (const struct mqh_retained *r = model->retained; r != NULL; r = r->next)
        if (mqc_topic_matches(sub->match, r->body->topic) && !mqh_message_expired(model, r->body))
            mqh_deliver_add(model, session, r->body,
                            sub->qos < r->body->qos ? sub->qos : r->body->qos, true,
                            &sub->identifier, sub->identifier != 0 ? 1 : 0);
}

/* Makes or replaces one subscription (v5 MQTT-3.8.4-3, v311 MQTT-3.8.4-3); the code for SUBACK. */
static uint8_t subscribe_one(struct mqh_model *model, struct mqh_client *client,
                             const struct mqc_filter *wanted, uint32_t identifier)
{
    struct mqh_subscription **link = find(client->session, wanted->filter);
    struct mqh_subscription *sub = *link;
    uint8_t handling = (wanted->options & MQC_OPTION_RETAIN_HANDLING) >> 4;
    bool is_new = sub == NULL;

    if (mqh_chooses(model, MQH_V_BAD_FILTERS_BY_SUBACK) &&
        mqc_topic_filter_check(wanted->filter, client->version) != MQC_TOPIC_OK)
        return client->version >= MQC_V5 ? FILTER_INVALID : FAILURE;
    if (is_new) {
        sub = *link = mqh_model_alloc(sizeof(*sub));
        sub->filter = mqh_model_copy(wanted->filter);
        sub->match = sub->filter;
        if (client->version >= MQC_V5)
            mqc_topic_share(sub->filter, &sub->share, &sub->match);
    }
    sub->options = client->version >= MQC_V5 ? wanted->options : wanted->options & MQC_OPTION_QOS;
    sub->qos = wanted->options & MQC_OPTION_QOS;
    if (sub->qos > 1 && mqh_chooses(model, MQH_V_GRANTS_QOS_1))
        sub->qos = 1; /* v5 X5-3.8.4-4, v311 section 3.8.4 */
    if (sub->qos > model->limits.maximum_qos) {
        sub->qos = model->limits.maximum_qos; /* v5 MQTT-3.2.2-10 */
        if (mqh_breaks(model, MQH_D_LIMITED_QOS_REFUSES_FILTERS))
            return FAILURE;
    }
    sub->identifier = identifier;
    if (sub->share.size == 0 && (handling == 0 || (handling == 1 && is_new)))
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
    while (mqc_filter_next(&filters, &filter))
        codes[n++] = subscribe_one(model, client, &filter, identifier.number);
    answer.suback = (struct mqc_suback){.packet_id = subscribe->packet_id, .codes = {codes, n}};
    mqh_model_send(model, client, &answer);
    free(codes);
    model->holding = NULL;
    mqh_deliver_pump(model, client->session);
}

void mqh_model_unsubscribe(struct mqh_model *model, struct mqh_client *client,
                           const struct mqc_packet *packet)
{
    const struct mqc_unsubscribe *unsubscribe = &packet->unsubscribe;
    struct mqc_slice filters = unsubscribe->filters;
    uint8_t *codes = mqh_model_alloc(unsubscribe->filter_count + 1);
    struct mqc_packet answer = {.frame.type = MQC_UNSUBACK};
    struct mqc_slice filter;
    size_t n = 0;

    while (mqc_string_next(&filters, &filter)) {
        struct mqh_subscription **link = find(client->session, filter);
        struct mqh_subscription *sub = *link;

        codes[n++] = sub == NULL ? NO_SUBSCRIPTION : 0;
        if (sub != NULL) {
            *link = sub->next;
            mqh_subscription_free(sub);
        }
    }
    answer.unsuback =
        (struct mqc_unsuback){.packet_id = unsubscribe->packet_id, .codes = {codes, n}};
    mqh_model_send(model, client, &answer);
    free(codes);
}

/* One retained message a topic; an empty one clears it (v5 MQTT-3.3.1-5, MQTT-3.3.1-6,
 * MQTT-3.3.1-7; v311 MQTT-3.3.1-5, MQTT-3.3.1-10, MQTT-3.3.1-11). */
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

void mqh_model_retain(struct mqh_model *model, struct mqh_message_body *body)
{
    struct mqh_retained **link = &model->retained;
    struct mqh_retained *r;

    while (*link != NULL && !mqc_slice_equal((*link)->body->topic, body->topic))
        link = &(*link)->next;
    r = *link;
    if (r != NULL) {
        *link = r->next;
        mqh_message_release(r->body);
        free(r);
    }
    if (body->payload.size == 0 || (body->qos == 0 && mqh_chooses(model, MQH_V_FORGETS_RETAINED)))
        return;
    r = mqh_model_alloc(sizeof(*r));
    r->body = body;
    body->references++;
    r->next = model->retained;
    model->retained = r;
}
