#include "harness/monitor/state.h"

/* ---- flows, found by their sender and identifier ---- */

static struct mqh_mon_flow **bucket(struct mqh_mon_session *session, uint16_t packet_id)
{
    return &session->flows[packet_id % MQH_MON_BUCKETS];
}

struct mqh_mon_flow *mqh_mon_flow_find(struct mqh_mon_session *session, enum mqc_side sender,
                                       uint16_t packet_id)
{
    struct mqh_mon_flow *flow = *bucket(session, packet_id);

    while (flow != NULL && (flow->packet_id != packet_id || flow->sender != sender))
        flow = flow->next;
    return flow;
}

struct mqh_mon_flow *mqh_mon_flow_new(struct mqh_monitor *m, enum mqc_side sender,
                                      uint16_t packet_id)
{
    struct mqh_mon_flow *flow = mqh_mon_alloc(m, sizeof(*flow));
    struct mqh_mon_flow **at = bucket(m->now->session, packet_id);

    if (flow == NULL)
        return NULL;
    flow->sender = sender;
    flow->packet_id = packet_id;
    flow->next = *at;
    *at = flow;
    return flow;
}

void mqh_mon_flow_drop(struct mqh_monitor *m, struct mqh_mon_session *session,
                       struct mqh_mon_flow *flow)
{
    struct mqh_mon_flow **at = bucket(session, flow->packet_id);

    while (*at != flow)
        at = &(*at)->next;
    *at = flow->next;
    mqh_mon_free(m, flow, sizeof(*flow));
}

void mqh_mon_flow_finish(struct mqh_monitor *m, struct mqh_mon_flow *flow)
{
    struct mqh_mon_party *sender = mqh_mon_party(m->now, flow->sender);

    if (flow->counted && flow->connection == m->now->serial && sender->open > 0)
        sender->open--;
    sender->spare += flow->copies + flow->pubrels;
    mqh_mon_flow_drop(m, m->now->session, flow);
}

void mqh_mon_flow_bring(struct mqh_mon_flow *flow, unsigned connection)
{
    if (flow->connection == connection)
        return;
    flow->connection = connection;
    flow->counted = flow->skipped = flow->publish_here = flow->pubrel_here = false;
    flow->copies = flow->pubrecs = flow->pubrels = 0;
    flow->publish_seq = flow->pubrec_seq = 0;
}

void mqh_mon_flow_await(struct mqh_monitor *m, struct mqh_mon_flow *flow)
{
    flow->packet = m->now->packets;
    flow->since_ms = m->now_ms;
}

/* ---- identifiers ---- */

/* A PUBREL of a message that nobody knows takes no identifier. */
static bool is_open(const struct mqh_mon_flow *flow)
{
    return flow != NULL && flow->qos > 0;
}

#define IDS_OF_PAGE (65536 / MQH_MON_PAGES)

bool mqh_mon_id_was_used(const struct mqh_mon_party *party, uint16_t packet_id)
{
    const uint8_t *page = party->ids[packet_id / IDS_OF_PAGE];

    return page != NULL && (page[packet_id % IDS_OF_PAGE / 8] >> packet_id % 8 & 1) != 0;
}

static void use(struct mqh_monitor *m, struct mqh_mon_party *party, uint16_t packet_id)
{
    uint8_t **page = &party->ids[packet_id / IDS_OF_PAGE];

    if (*page == NULL)
        *page = mqh_mon_alloc(m, MQH_MON_PAGE_SIZE);
    if (*page != NULL)
        (*page)[packet_id % IDS_OF_PAGE / 8] |= (uint8_t)(1u << packet_id % 8);
}

static void id_in_use(struct mqh_monitor *m, enum mqc_side side, const struct mqc_packet *packet,
                      uint16_t packet_id)
{
    mqh_mon_breach(
        m, side == MQC_CLIENT ? MQH_RULE_PACKET_ID_IN_USE_CLIENT : MQH_RULE_PACKET_ID_IN_USE_SERVER,
        side, "%s takes Packet Identifier %u, which is in use", mqc_type_name(packet->frame.type),
        (unsigned)packet_id);
}

void mqh_mon_take_id(struct mqh_monitor *m, const struct mqc_packet *packet, uint16_t packet_id)
{
    struct mqh_mon_connection *c = m->now;
    struct mqh_mon_request *request = mqh_mon_request_find(c, MQC_RESERVED, packet_id);
    bool again = request != NULL && request->type == packet->frame.type && c->version != MQC_V5 &&
                 request->digest ==
                     mqh_mon_digest(mqc_frame_body(&packet->frame), (struct mqc_slice){NULL, 0});
    bool under_way =
        c->session != NULL && is_open(mqh_mon_flow_find(c->session, MQC_CLIENT, packet_id));

    /* Before 5.0 the same may be sent again. */
    if ((request != NULL && !again) || under_way)
        id_in_use(m, MQC_CLIENT, packet, packet_id);
}

/* ---- PUBLISH ---- */

/* The PUBLISH takes the identifier of an open flow: is it the same message once more? */
static void judge_again(struct mqh_monitor *m, const struct mqc_packet *packet,
                        const struct mqh_mon_flow *flow, uint64_t digest, bool sure)
{
    enum mqc_side from = packet->frame.from;
    const struct mqc_publish *publish = &packet->publish;
    bool known = sure && flow->sure;
    bool same = known && flow->digest == digest && flow->qos == publish->qos;
    bool here = flow->publish_here && flow->connection == m->now->serial;
    unsigned id = publish->packet_id;

    if (flow->stage == MQH_FLOW_RELEASED && (publish->dup || same))
        mqh_mon_breach(m, MQH_RULE_PUBLISH_AFTER_PUBREL, from,
                       "PUBLISH with Packet Identifier %u comes again after its PUBREL", id);
    else if (publish->dup ? known && !same : here || !same)
        id_in_use(m, from, packet, publish->packet_id);
    else if (!publish->dup)
        mqh_mon_breach(m, MQH_RULE_DUP_MISSING, from,
                       "PUBLISH with Packet Identifier %u comes again without DUP", id);
    else if (here)
        mqh_mon_breach(m, MQH_RULE_RESENT_UNASKED, from,
                       "PUBLISH with Packet Identifier %u comes again on its connection", id);
}

static void judge_first(struct mqh_monitor *m, const struct mqc_packet *packet, bool seen)
{
    const struct mqc_publish *publish = &packet->publish;
    enum mqc_side from = packet->frame.from;

    if (from == MQC_CLIENT &&
        mqh_mon_request_find(m->now, MQC_RESERVED, publish->packet_id) != NULL)
        id_in_use(m, from, packet, publish->packet_id);
    if (!publish->dup)
        return;
    if (seen)
        mqh_mon_breach(m, MQH_RULE_RESENT_UNASKED, from,
                       "PUBLISH with Packet Identifier %u comes again after it was answered",
                       (unsigned)publish->packet_id);
    else if (m->now->fresh)
        mqh_mon_breach(m, publish->qos == 1 ? MQH_RULE_DUP_FIRST_QOS1 : MQH_RULE_DUP_FIRST_QOS2,
                       from, "PUBLISH with Packet Identifier %u has DUP, and was not sent before",
                       (unsigned)publish->packet_id);
}

static void count(struct mqh_monitor *m, struct mqh_mon_flow *flow)
{
    struct mqh_mon_connection *c = m->now;
    struct mqh_mon_party *sender = mqh_mon_party(c, flow->sender);
    const struct mqh_mon_party *receiver = mqh_mon_party(c, mqh_mon_other(flow->sender));

    if (flow->counted)
        return;
    flow->counted = true;
    sender->open++;
    if (c->version == MQC_V5 && receiver->heard && sender->open > receiver->receive_maximum)
        mqh_mon_breach(m,
                       flow->sender == MQC_CLIENT ? MQH_RULE_RECEIVE_MAXIMUM_CLIENT
                                                  : MQH_RULE_RECEIVE_MAXIMUM_SERVER,
                       flow->sender, "%u PUBLISH packets are open, and Receive Maximum is %u",
                       sender->open, (unsigned)receiver->receive_maximum);
}

static void follow(struct mqh_monitor *m, const struct mqc_packet *packet, struct mqc_slice topic,
                   bool sure)
{
    const struct mqc_publish *publish = &packet->publish;
    enum mqc_side from = packet->frame.from;
    struct mqh_mon_party *party = mqh_mon_party(m->now, from);
    struct mqh_mon_flow *flow = mqh_mon_flow_find(m->now->session, from, publish->packet_id);
    uint64_t digest = sure ? mqh_mon_digest(topic, publish->payload) : 0;

    if (is_open(flow))
        judge_again(m, packet, flow, digest, sure);
    else
        judge_first(m, packet, mqh_mon_id_was_used(party, publish->packet_id));
    use(m, party, publish->packet_id);
    if (flow == NULL)
        flow = mqh_mon_flow_new(m, from, publish->packet_id);
    if (flow == NULL)
        return;
    mqh_mon_flow_bring(flow, m->now->serial);
    flow->mixed = flow->mixed || (is_open(flow) && flow->qos != publish->qos);
    if (!publish->dup || flow->qos != publish->qos ||
        (flow->stage == MQH_FLOW_RECEIVED && !flow->publish_here)) /* its PUBREC was lost */
        flow->stage = MQH_FLOW_SENT;
    if (!flow->publish_here)
        flow->publish_seq = ++party->publish_count;
    flow->publish_here = true;
    flow->qos = publish->qos;
    flow->digest = digest;
    flow->sure = sure;
    flow->copies++;
    if (flow->stage == MQH_FLOW_SENT)
        mqh_mon_flow_await(m, flow);
    count(m, flow);
}

void mqh_mon_publish(struct mqh_monitor *m, const struct mqc_packet *packet)
{
    const struct mqc_publish *publish = &packet->publish;
    struct mqh_mon_connection *c = m->now;
    enum mqc_side from = packet->frame.from;
    struct mqc_slice topic;
    bool sure = mqh_mon_topic(m, packet, &topic);

    mqh_mon_publish_limits(m, packet);
    if (mqh_mon_party(c, from)->faulted)
        return;
    if (from == MQC_SERVER && sure)
        mqh_mon_delivery(m, packet, topic);
    if (from == MQC_CLIENT && sure && m->options.sees_all)
        mqh_mon_published(m, topic, publish->payload, c->session, publish->properties);
    if (publish->qos > 0 && c->session != NULL && (from == MQC_CLIENT || c->accepted || !c->whole))
        follow(m, packet, topic, sure);
}
