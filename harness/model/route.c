/*
 * Who gets a message, on which terms: subscriptions that match, QoS, RETAIN, Subscription
 * Identifiers.
 */
#include "harness/model/state.h"

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

void mqh_route_for(struct mqh_model *model, struct mqh_session *session,
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
            mqh_route_for(model, session, sub, body,
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

bool mqh_route(struct mqh_model *model, struct mqh_message_body *body)
{
    bool any = false;

    for (struct mqh_session *s = model->sessions; s != NULL; s = s->next)
        if (!any || !mqh_breaks(model, MQH_D_SERVES_ONE_SUBSCRIBER))
            any = route_to(model, s, body) || any;
    return mqh_share_route(model, body) || any;
}
