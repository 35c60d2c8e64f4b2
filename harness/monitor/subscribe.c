#include "codec/topic.h"
#include "harness/monitor/state.h"

/* ---- requests ---- */

struct mqh_mon_request *mqh_mon_request_find(struct mqh_mon_connection *c, enum mqc_type type,
                                             uint16_t packet_id)
{
    struct mqh_mon_request *request = c->requests;

    while (request != NULL &&
           (request->packet_id != packet_id || (type != MQC_RESERVED && request->type != type)))
        request = request->next;
    return request;
}

static size_t size_of(size_t filter_count)
{
    return sizeof(struct mqh_mon_request) + filter_count * sizeof(struct mqh_mon_filter *);
}

static void request_drop(struct mqh_monitor *m, struct mqh_mon_connection *c,
                         struct mqh_mon_request *request)
{
    struct mqh_mon_request **at = &c->requests;

    while (*at != request)
        at = &(*at)->next;
    *at = request->next;
    mqh_mon_free(m, request, size_of(request->type == MQC_SUBSCRIBE ? request->filter_count : 0));
}

static struct mqh_mon_request *request_new(struct mqh_monitor *m, const struct mqc_packet *packet,
                                           uint16_t packet_id, size_t filter_count)
{
    struct mqh_mon_connection *c = m->now;
    enum mqc_type type = packet->frame.type;
    struct mqh_mon_request *request =
        mqh_mon_alloc(m, size_of(type == MQC_SUBSCRIBE ? filter_count : 0));
    struct mqh_mon_request **last = &c->requests;

    if (request == NULL)
        return NULL;
    request->type = type;
    request->packet_id = packet_id;
    request->packet = c->packets;
    request->since_ms = m->now_ms;
    request->filter_count = filter_count;
    request->digest = mqh_mon_digest(mqc_frame_body(&packet->frame), (struct mqc_slice){NULL, 0});
    while (*last != NULL)
        last = &(*last)->next;
    *last = request;
    return request;
}

/* ---- filters ---- */

static struct mqh_mon_filter *filter_of(struct mqh_monitor *m, struct mqh_mon_session *session,
                                        const struct mqc_filter *filter, uint32_t id)
{
    struct mqh_mon_filter *f = session->filters;
    struct mqc_slice share;
    struct mqc_slice plain;

    if (mqc_topic_filter_check(filter->filter, session->version) != MQC_TOPIC_OK)
        return NULL;
    while (f != NULL && (f->options != filter->options || f->id != id ||
                         !mqc_slice_equal(mqh_mon_slice(f->text), filter->filter)))
        f = f->next;
    if (f == NULL) {
        f = mqh_mon_alloc(m, sizeof(*f));
        if (f == NULL)
            return NULL;
        f->text = mqh_mon_copy(m, filter->filter);
        if (f->text == NULL)
            return NULL;
        f->options = filter->options;
        f->id = id;
        if (session->version == MQC_V5 && mqc_topic_share(filter->filter, &share, &plain))
            f->prefix = filter->filter.size - plain.size;
        f->next = session->filters;
        session->filters = f;
    }
    f->pending++;
    return f;
}

static void grant(struct mqh_mon_filter *filter, uint8_t qos)
{
    if (!filter->granted || qos > filter->qos)
        filter->qos = qos;
    filter->granted = true;
}

/* What was asked for on a connection that has ended may have been granted. */
void mqh_mon_requests_drop(struct mqh_monitor *m, struct mqh_mon_connection *c)
{
    while (c->requests != NULL) {
        struct mqh_mon_request *request = c->requests;

        for (size_t i = 0; request->type == MQC_SUBSCRIBE && i < request->filter_count; i++)
            if (c->session != NULL && request->filters[i] != NULL) {
                request->filters[i]->pending--;
                grant(request->filters[i], request->filters[i]->options & MQC_OPTION_QOS);
            }
        request_drop(m, c, request);
    }
}

/* ---- the four packets ---- */

void mqh_mon_subscribe(struct mqh_monitor *m, const struct mqc_packet *packet)
{
    struct mqh_mon_connection *c = m->now;
    const struct mqc_subscribe *subscribe = &packet->subscribe;
    struct mqc_slice filters = subscribe->filters;
    uint32_t id = mqh_mon_number(subscribe->properties, MQC_SUBSCRIPTION_IDENTIFIER, 0);
    struct mqh_mon_request *request;
    size_t i = 0;

    mqh_mon_take_id(m, packet, subscribe->packet_id);
    mqh_mon_subscribe_limits(m, packet);
    if (c->client.faulted || c->session == NULL)
        return;
    request = request_new(m, packet, subscribe->packet_id, subscribe->filter_count);
    if (request == NULL)
        return;
    for (struct mqc_filter filter;
         i < subscribe->filter_count && mqc_filter_next(&filters, &filter); i++)
        request->filters[i] = filter_of(m, c->session, &filter, id);
}

void mqh_mon_unsubscribe(struct mqh_monitor *m, const struct mqc_packet *packet)
{
    const struct mqc_unsubscribe *unsubscribe = &packet->unsubscribe;

    mqh_mon_take_id(m, packet, unsubscribe->packet_id);
    request_new(m, packet, unsubscribe->packet_id, unsubscribe->filter_count);
}

static void unknown(struct mqh_monitor *m, enum mqh_monitor_rule rule, const char *name,
                    uint16_t packet_id)
{
    if (m->now->whole && m->now->session != NULL)
        mqh_mon_breach(m, rule, MQC_SERVER, "%s with Packet Identifier %u answers nothing", name,
                       (unsigned)packet_id);
}

static void judge_grant(struct mqh_monitor *m, unsigned position, uint8_t asked, uint8_t granted)
{
    if (granted > asked)
        mqh_mon_breach(m, MQH_RULE_GRANTED_QOS, MQC_SERVER,
                       "SUBACK grants QoS %u to filter %u, which asked for %u", (unsigned)granted,
                       position, (unsigned)asked);
    else if (m->now->server.heard && granted > m->now->maximum_qos)
        mqh_mon_breach(m, MQH_RULE_GRANTED_QOS, MQC_SERVER,
                       "SUBACK grants QoS %u to filter %u, and Maximum QoS is %u",
                       (unsigned)granted, position, (unsigned)m->now->maximum_qos);
}

static void take_codes(struct mqh_monitor *m, struct mqh_mon_request *request,
                       struct mqc_slice codes)
{
    for (size_t i = 0; i < request->filter_count; i++) {
        struct mqh_mon_filter *filter = request->filters[i];
        uint8_t code = i < codes.size ? codes.data[i] : 0;
        uint8_t granted = code & MQC_OPTION_QOS;

        if (filter == NULL)
            continue;
        filter->pending--;
        if (m->now->version != MQC_V31 && code >= 0x80)
            continue;
        if (i < codes.size)
            judge_grant(m, (unsigned)i + 1, filter->options & MQC_OPTION_QOS, granted);
        grant(filter, granted);
    }
}

static void judge_count(struct mqh_monitor *m, enum mqh_monitor_rule rule, const char *name,
                        size_t codes, size_t filters)
{
    if (codes != filters)
        mqh_mon_breach(m, rule, MQC_SERVER, "%s has %zu codes for %zu filters", name, codes,
                       filters);
}

void mqh_mon_suback(struct mqh_monitor *m, const struct mqc_packet *packet)
{
    const struct mqc_suback *suback = &packet->suback;
    struct mqh_mon_request *request =
        mqh_mon_request_find(m->now, MQC_SUBSCRIBE, suback->packet_id);

    if (request == NULL) {
        unknown(m, MQH_RULE_SUBACK_UNKNOWN, "SUBACK", suback->packet_id);
        return;
    }
    judge_count(m, MQH_RULE_SUBACK_COUNT, "SUBACK", suback->codes.size, request->filter_count);
    take_codes(m, request, suback->codes);
    request_drop(m, m->now, request);
}

void mqh_mon_unsuback(struct mqh_monitor *m, const struct mqc_packet *packet)
{
    const struct mqc_unsuback *unsuback = &packet->unsuback;
    struct mqh_mon_request *request =
        mqh_mon_request_find(m->now, MQC_UNSUBSCRIBE, unsuback->packet_id);

    if (request == NULL) {
        unknown(m, MQH_RULE_UNSUBACK_UNKNOWN, "UNSUBACK", unsuback->packet_id);
        return;
    }
    if (m->now->version == MQC_V5)
        judge_count(m, MQH_RULE_UNSUBACK_COUNT, "UNSUBACK", unsuback->codes.size,
                    request->filter_count);
    request_drop(m, m->now, request);
}
