#include "harness/monitor/state.h"

struct mqh_mon_session *mqh_mon_session_new(struct mqh_monitor *m, struct mqc_slice client_id,
                                            enum mqc_version version)
{
    struct mqh_mon_session *session = mqh_mon_alloc(m, sizeof(*session));

    if (session == NULL)
        return NULL;
    session->client_id = client_id.size > 0 ? mqh_mon_copy(m, client_id) : NULL;
    session->version = version;
    session->next = m->sessions;
    m->sessions = session;
    return session;
}

struct mqh_mon_session *mqh_mon_session_find(struct mqh_monitor *m, struct mqc_slice client_id,
                                             const struct mqh_mon_session *other)
{
    struct mqh_mon_session *session = m->sessions;

    if (client_id.size == 0)
        return NULL;
    while (session != NULL &&
           (session == other || !mqc_slice_equal(mqh_mon_slice(session->client_id), client_id)))
        session = session->next;
    return session;
}

/* Requests that are not answered yet point to the filters that they asked for. */
static void forget_filter(struct mqh_monitor *m, const struct mqh_mon_filter *filter)
{
    for (struct mqh_mon_connection *c = m->connections; c != NULL; c = c->next)
        for (struct mqh_mon_request *r = c->requests; r != NULL; r = r->next)
            for (size_t i = 0; r->type == MQC_SUBSCRIBE && i < r->filter_count; i++)
                if (r->filters[i] == filter)
                    r->filters[i] = NULL;
}

void mqh_mon_session_empty(struct mqh_monitor *m, struct mqh_mon_session *session)
{
    for (size_t i = 0; i < MQH_MON_BUCKETS; i++)
        while (session->flows[i] != NULL)
            mqh_mon_flow_drop(m, session, session->flows[i]);
    while (session->filters != NULL) {
        struct mqh_mon_filter *filter = session->filters;

        session->filters = filter->next;
        forget_filter(m, filter);
        mqh_mon_text_free(m, filter->text);
        mqh_mon_free(m, filter, sizeof(*filter));
    }
}

void mqh_mon_session_join(struct mqh_monitor *m, struct mqh_mon_session *into,
                          struct mqh_mon_session *old)
{
    struct mqh_mon_filter **last = &into->filters;

    for (size_t i = 0; i < MQH_MON_BUCKETS; i++) {
        struct mqh_mon_flow **end = &into->flows[i];

        while (*end != NULL)
            end = &(*end)->next;
        *end = old->flows[i];
        old->flows[i] = NULL;
    }
    while (*last != NULL)
        last = &(*last)->next;
    *last = old->filters;
    old->filters = NULL;
    into->known = old->known;
    for (size_t i = 0; i < MQH_MON_BUCKETS; i++)
        for (struct mqh_mon_message *message = m->messages[i]; message != NULL;
             message = message->next)
            if (message->publisher == old)
                message->publisher = into;
    mqh_mon_session_drop(m, old);
}

void mqh_mon_session_drop(struct mqh_monitor *m, struct mqh_mon_session *session)
{
    struct mqh_mon_session **at = &m->sessions;

    while (*at != session)
        at = &(*at)->next;
    *at = session->next;
    for (struct mqh_mon_connection *c = m->connections; c != NULL; c = c->next)
        if (c->session == session)
            c->session = NULL;
    for (size_t i = 0; i < MQH_MON_BUCKETS; i++)
        for (struct mqh_mon_message *message = m->messages[i]; message != NULL;
             message = message->next)
            if (message->publisher == session)
                message->publisher = NULL;
    mqh_mon_session_empty(m, session);
    mqh_mon_text_free(m, session->client_id);
    mqh_mon_free(m, session, sizeof(*session));
}
