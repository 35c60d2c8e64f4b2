#include "harness/monitor/state.h"

static bool is_old(const struct mqh_monitor *m, uint64_t since_ms, uint64_t limit_ms)
{
    return m->now_ms - since_ms > limit_ms;
}

static bool is_overdue(const struct mqh_monitor *m, uint64_t since_ms)
{
    return is_old(m, since_ms, MQH_MONITOR_ANSWER_MS);
}

/* ---- keep alive ---- */

/* The client's timers get a second or a tenth of grace, the server's sweep ten seconds. */
void mqh_mon_keep_alive(struct mqh_monitor *m, enum mqc_side from, bool end)
{
    struct mqh_mon_connection *c = m->now;
    uint64_t keep_alive_ms = (uint64_t)c->keep_alive * 1000;
    uint64_t grace_ms = keep_alive_ms / 10 > 1000 ? keep_alive_ms / 10 : 1000;

    if (!c->accepted || keep_alive_ms == 0 || c->client.left || c->server.left ||
        c->spoiled_by != MQC_SIDE_UNKNOWN)
        return;
    if ((from == MQC_CLIENT || end) && is_old(m, c->client_ms, keep_alive_ms + grace_ms))
        mqh_mon_absent(m, MQH_RULE_KEEP_ALIVE_MISSED, MQC_CLIENT, c->packets,
                       "the client was silent for %.1f s, and Keep Alive is %u s",
                       (double)(m->now_ms - c->client_ms) / 1000, (unsigned)c->keep_alive);
    if (!c->late_told && is_old(m, c->client_ms, keep_alive_ms * 3 / 2 + 10000)) {
        c->late_told = true;
        mqh_mon_absent(m, MQH_RULE_KEEP_ALIVE_OPEN, MQC_SERVER, c->packets,
                       "the client was silent for %.1f s, and Keep Alive is %u s",
                       (double)(m->now_ms - c->client_ms) / 1000, (unsigned)c->keep_alive);
    }
}

/* ---- connecting ---- */

static void of_connect(struct mqh_monitor *m, enum mqc_side who)
{
    struct mqh_mon_connection *c = m->now;

    if (!c->connect_seen) {
        if (c->whole && who != MQC_SERVER && is_old(m, c->opened_ms, MQH_MONITOR_REASONABLE_MS))
            mqh_mon_absent(m, MQH_RULE_NO_CONNECT, MQC_SERVER, 0,
                           "no CONNECT came, and the connection stayed open");
        return;
    }
    if (c->connack_seen || c->auth_asked)
        return;
    if (who != MQC_SERVER && is_overdue(m, c->connect_ms))
        mqh_mon_absent(m, MQH_RULE_CONNECT_UNANSWERED, MQC_SERVER, c->connect_packet,
                       "CONNECT was not answered");
    if (who != MQC_CLIENT && is_old(m, c->connect_ms, MQH_MONITOR_REASONABLE_MS))
        mqh_mon_absent(m, MQH_RULE_NO_CONNACK, MQC_CLIENT, c->connect_packet,
                       "no CONNACK came, and the client stayed");
}

/* ---- closing ---- */

static void of_disconnect(struct mqh_monitor *m, enum mqc_side side, enum mqc_side who)
{
    const struct mqh_mon_party *party = mqh_mon_party(m->now, side);

    if (!party->left || !is_overdue(m, party->left_ms))
        return;
    if (who != side)
        mqh_mon_absent(m, MQH_RULE_DISCONNECT_OPEN, side, party->left_packet,
                       "the %s sent DISCONNECT and left the connection open",
                       mqh_mon_side_name(side));
    if (who != mqh_mon_other(side))
        mqh_mon_absent(m, MQH_RULE_DISCONNECT_LINGERS, mqh_mon_other(side), party->left_packet,
                       "the %s got DISCONNECT and left the connection open",
                       mqh_mon_side_name(mqh_mon_other(side)));
}

static void of_error(struct mqh_monitor *m, enum mqc_side who)
{
    const struct mqh_mon_connection *c = m->now;
    enum mqc_side debtor = mqh_mon_other(c->spoiled_by);

    if (who != debtor && is_overdue(m, c->spoiled_ms))
        mqh_mon_absent(
            m, debtor == MQC_SERVER ? MQH_RULE_FAULT_OPEN_SERVER : MQH_RULE_FAULT_OPEN_CLIENT,
            debtor, c->spoiled_packet, "an error in %s was not answered by closing",
            mqc_type_name(c->spoiled_type));
}

/* ---- answers ---- */

static void of_flow(struct mqh_monitor *m, const struct mqh_mon_flow *flow)
{
    enum mqc_side receiver = mqh_mon_other(flow->sender);
    unsigned id = flow->packet_id;

    if (flow->connection != m->now->serial || !is_overdue(m, flow->since_ms))
        return;
    if (flow->stage == MQH_FLOW_SENT && flow->copies > 0)
        mqh_mon_absent(m, MQH_RULE_PUBLISH_UNANSWERED, receiver, flow->packet,
                       "PUBLISH with Packet Identifier %u was not answered", id);
    if (flow->stage == MQH_FLOW_RECEIVED && flow->pubrecs > 0)
        mqh_mon_absent(m, MQH_RULE_PUBREC_UNANSWERED, flow->sender, flow->packet,
                       "PUBREC with Packet Identifier %u was not answered", id);
    if (flow->stage == MQH_FLOW_RELEASED && flow->pubrels > 0)
        mqh_mon_absent(m, MQH_RULE_PUBREL_UNANSWERED, receiver, flow->packet,
                       "PUBREL with Packet Identifier %u was not answered", id);
}

static void of_requests(struct mqh_monitor *m, enum mqc_side who)
{
    const struct mqh_mon_connection *c = m->now;

    for (const struct mqh_mon_request *r = c->requests; r != NULL; r = r->next)
        if (is_overdue(m, r->since_ms))
            mqh_mon_absent(m,
                           r->type == MQC_SUBSCRIBE ? MQH_RULE_SUBSCRIBE_UNANSWERED
                                                    : MQH_RULE_UNSUBSCRIBE_UNANSWERED,
                           MQC_SERVER, r->packet, "%s with Packet Identifier %u was not answered",
                           mqc_type_name(r->type), (unsigned)r->packet_id);
    if (c->auth_began && is_overdue(m, c->auth_ms))
        mqh_mon_absent(m, MQH_RULE_AUTH_UNANSWERED, MQC_SERVER, c->auth_packet,
                       "AUTH was not answered");
    if (c->pings == 0)
        return;
    if (is_overdue(m, c->ping_ms))
        mqh_mon_absent(m, MQH_RULE_PINGREQ_UNANSWERED, MQC_SERVER, c->ping_packet,
                       "PINGREQ was not answered");
    if (who != MQC_CLIENT && is_old(m, c->ping_ms, MQH_MONITOR_REASONABLE_MS))
        mqh_mon_absent(m, MQH_RULE_PINGRESP_AWAITED, MQC_CLIENT, c->ping_packet,
                       "no PINGRESP came, and the client stayed");
}

void mqh_mon_missing(struct mqh_monitor *m, enum mqc_side who)
{
    struct mqh_mon_connection *c = m->now;

    mqh_mon_keep_alive(m, who, true);
    of_disconnect(m, MQC_CLIENT, who);
    of_disconnect(m, MQC_SERVER, who);
    if (c->spoiled_by != MQC_SIDE_UNKNOWN) {
        of_error(m, who);
        return;
    }
    of_connect(m, who);
    if (c->refused && who != MQC_SERVER && is_overdue(m, c->refused_ms))
        mqh_mon_absent(m, MQH_RULE_REFUSED_OPEN, MQC_SERVER, c->refused_packet,
                       "the server refused the client and left the connection open");
    if (c->client.left || c->server.left || (c->whole && !c->accepted))
        return;
    of_requests(m, who);
    for (size_t i = 0; c->session != NULL && i < MQH_MON_BUCKETS; i++)
        for (const struct mqh_mon_flow *flow = c->session->flows[i]; flow != NULL;
             flow = flow->next)
            of_flow(m, flow);
}
