#include <stdlib.h>

#include "harness/model/state.h"

struct mqh_session *mqh_session_find(struct mqh_model *model, struct mqc_slice client_id)
{
    struct mqh_session *s = model->sessions;

    while (s != NULL && !mqc_slice_equal(s->client_id, client_id))
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
static void publish_will(struct mqh_model *model, struct mqh_session *session)
{
    struct mqh_message_body *body = session->will.body;

    if (body == NULL)
        return;
    session->will.body = NULL;
    session->will.due_ms = MQH_NEVER_MS;
    body->received_ms = model->now_ms;
    if (body->retain)
        mqh_model_retain(model, body);
    mqh_model_route(model, body);
    mqh_message_release(body);
}

void mqh_session_free(struct mqh_model *model, struct mqh_session *session)
{
    struct mqh_session **link = &model->sessions;

    while (*link != session)
        link = &(*link)->next;
    *link = session->next;
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
    free((void *)session->client_id.data);
    free(session);
}

/* The end of a session publishes its Will, even before the delay is over (v5 X5-3.1.3.2.2-2). */
void mqh_session_end(struct mqh_model *model, struct mqh_session *session)
{
    publish_will(model, session);
    mqh_session_free(model, session);
}

/* When an interval that begins now is over; 0: at once. */
static uint64_t over_ms(const struct mqh_model *model, uint32_t interval_s)
{
    return interval_s == 0
               ? model->now_ms
               : model->now_ms + interval_s * UINT64_C(1000) + mqh_model_delay_ms(model);
}

void mqh_session_leave(struct mqh_model *model, struct mqh_session *session, bool keep_will)
{
    session->client = NULL;
    if (!keep_will)
        mqh_session_drop_will(session);
    if (session->will.body != NULL)
        session->will.due_ms = over_ms(model, session->will.delay_s);
    session->expires_ms =
        session->expiry_s == UINT32_MAX ? MQH_NEVER_MS : over_ms(model, session->expiry_s);
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
            publish_will(model, s);
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
