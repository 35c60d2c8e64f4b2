#include <stdlib.h>

#include "harness/model/state.h"

/* The whole Client Identifier is the key (v5 MQTT-3.1.3-2, v311 MQTT-3.1.3-2). */
static bool is_named(const struct mqh_model *model, const struct mqh_session *session,
                     struct mqc_slice client_id)
{
    size_t i = 0;

    if (!mqh_breaks(model, MQH_D_CASE_IGNORED))
        return mqc_slice_equal(session->client_id, client_id);
    while (i < client_id.size && i < session->client_id.size &&
           ((client_id.data[i] ^ session->client_id.data[i]) & ~0x20) == 0)
        i++;
    return i == client_id.size && i == session->client_id.size;
}

struct mqh_session *mqh_session_find(struct mqh_model *model, struct mqc_slice client_id)
{
    struct mqh_session *s = model->sessions;

    while (s != NULL && !is_named(model, s, client_id))
        s = s->next;
    return s;
}

struct mqh_session *mqh_session_new(struct mqh_model *model, struct mqc_slice client_id)
{
    struct mqh_session *s = mqh_model_alloc(sizeof(*s));

    s->client_id = mqh_model_copy(client_id);
    s->expires_ms = MQH_NEVER_MS;
    s->will.due_ms = MQH_NEVER_MS;
    s->next = model->sessions;
    model->sessions = s;
    return s;
}

void mqh_session_drop_will(struct mqh_session *session)
{
    mqh_message_release(session->will.body);
    session->will.body = NULL;
    session->will.due_ms = MQH_NEVER_MS;
}

/* The Will is removed once it is published (v5 MQTT-3.1.2-10, v311 MQTT-3.1.2-10). */
void mqh_session_publish_will(struct mqh_model *model, struct mqh_session *session)
{
    struct mqh_message_body *body = session->will.body;

    if (body == NULL)
        return;
    session->will.due_ms = MQH_NEVER_MS;
    body->received_ms = model->now_ms;
    body->retain = body->retain || mqh_breaks(model, MQH_D_WILL_ALWAYS_RETAINED);
    if (body->retain && !mqh_breaks(model, MQH_D_WILL_NEVER_RETAINED))
        mqh_model_retain(model, body);
    mqh_route(model, body);
    if (!mqh_breaks(model, MQH_D_WILL_STAYS))
        mqh_session_drop_will(session);
}

void mqh_session_free(struct mqh_model *model, struct mqh_session *session)
{
    struct mqh_session **link = &model->sessions;

    while (*link != session)
        link = &(*link)->next;
    *link = session->next;
    if (mqh_breaks(model, MQH_D_RETAINED_ENDS_WITH_SESSION))
        mqh_model_unretain(model, session->client_id);
    mqh_session_drop_will(session);
    while (session->subscriptions != NULL) {
        struct mqh_subscription *first = session->subscriptions;

        session->subscriptions = first->next;
        mqh_subscription_free(first);
    }
    while (session->deliveries != NULL) {
        struct mqh_delivery *first = session->deliveries;

        session->deliveries = first->next;
        mqh_deliver_free(first);
    }
    while (session->received != NULL) {
        struct mqh_received *first = session->received;

        session->received = first->next;
        mqh_received_free(first);
    }
    free((void *)session->last_topic.data);
    free((void *)session->client_id.data);
    free(session);
}

/* The end of a session publishes its Will, even before the delay is over (v5 X5-3.1.3.2.2-2). */
void mqh_session_end(struct mqh_model *model, struct mqh_session *session)
{
    if (!mqh_breaks(model, MQH_D_DELAY_OUTLASTS_SESSION))
        mqh_session_publish_will(model, session);
    mqh_share_end(model, session);
    mqh_session_free(model, session);
}

/* When an interval that begins now is over; 0: at once. */
static uint64_t over_ms(const struct mqh_model *model, uint32_t interval_s)
{
    return interval_s == 0
               ? model->now_ms
               : model->now_ms + interval_s * UINT64_C(1000) + mqh_model_delay_ms(model);
}

static uint64_t will_due_ms(const struct mqh_model *model, const struct mqh_session *session)
{
    if (mqh_breaks(model, MQH_D_WILL_IS_LATE))
        return model->now_ms + 8000;
    return over_ms(model, mqh_breaks(model, MQH_D_WILL_DELAY_IGNORED) ? 0 : session->will.delay_s);
}

/* For defects: of what is unfinished a session keeps only some (v5 X5-4.1-1, v311 MQTT-4.1.0-1). */
static void forget_open(const struct mqh_model *model, struct mqh_session *session)
{
    struct mqh_delivery **link = &session->deliveries;

    while (*link != NULL) {
        struct mqh_delivery *d = *link;

        if (d->state == MQH_WAITS || !mqh_breaks(model, MQH_D_OPEN_DELIVERIES_FORGOTTEN)) {
            link = &d->next;
            continue;
        }
        *link = d->next;
        mqh_deliver_free(d);
    }
    if (mqh_breaks(model, MQH_D_OPTIONS_FORGOTTEN))
        for (struct mqh_subscription *sub = session->subscriptions; sub != NULL; sub = sub->next) {
            sub->options &= MQC_OPTION_QOS;
            sub->identifier = 0;
        }
    while (session->received != NULL && mqh_breaks(model, MQH_D_OPEN_RECEIPTS_FORGOTTEN)) {
        struct mqh_received *first = session->received;

        session->received = first->next;
        free(first);
    }
}

void mqh_session_leave(struct mqh_model *model, struct mqh_session *session, bool keep_will)
{
    session->client = NULL;
    mqh_share_leave(model, session);
    if (!keep_will)
        mqh_session_drop_will(session);
    if (session->will.body != NULL)
        session->will.due_ms = will_due_ms(model, session);
    session->expires_ms =
        session->expiry_s == UINT32_MAX || mqh_breaks(model, MQH_D_SESSIONS_NEVER_END)
            ? MQH_NEVER_MS
            : over_ms(model, session->expiry_s);
    if (mqh_breaks(model, MQH_D_WILL_IS_LATE) && session->expires_ms < session->will.due_ms)
        session->expires_ms = session->will.due_ms;
    if (mqh_breaks(model, MQH_D_SESSIONS_END_AT_ONCE))
        session->expires_ms = model->now_ms;
    forget_open(model, session);
    mqh_session_tick(model);
}

void mqh_session_tick(struct mqh_model *model)
{
    for (struct mqh_session *s = model->sessions, *next; s != NULL; s = next) {
        next = s->next;
        if (s->client != NULL)
            continue;
        model->speaking = s->version;
        if (s->expires_ms <= model->now_ms)
            mqh_session_end(model, s);
        else if (s->will.due_ms <= model->now_ms)
            mqh_session_publish_will(model, s);
    }
}

uint64_t mqh_session_deadline(const struct mqh_model *model)
{
    uint64_t first = MQH_NEVER_MS;

    for (const struct mqh_session *s = model->sessions; s != NULL; s = s->next) {
        if (s->client != NULL)
            continue;
        first = s->expires_ms < first ? s->expires_ms : first;
        first = s->will.due_ms < first ? s->will.due_ms : first;
    }
    return first;
}
