#include "harness/monitor/state.h"

/* `flow` is not what the answer is to. On a session that began elsewhere it may be lawful. */
static void unknown(struct mqh_monitor *m, const struct mqc_packet *packet,
                    enum mqh_monitor_rule rule, enum mqc_side sender)
{
    struct mqh_mon_party *party = mqh_mon_party(m->now, sender);

    if (!m->now->fresh)
        return;
    if (party->spare > 0)
        party->spare--;
    else
        mqh_mon_breach(m, rule, packet->frame.from, "%s with Packet Identifier %u answers nothing",
                       mqc_type_name(packet->frame.type), (unsigned)packet->ack.packet_id);
}

static bool wrong_type(struct mqh_monitor *m, const struct mqc_packet *packet,
                       const struct mqh_mon_flow *flow, uint8_t qos)
{
    if (flow->qos == qos || flow->qos == 0)
        return false;
    if (!flow->mixed)
        mqh_mon_breach(m, MQH_RULE_PUBLISH_ACK_TYPE, packet->frame.from,
                       "%s answers a PUBLISH with QoS %u", mqc_type_name(packet->frame.type),
                       (unsigned)flow->qos);
    return true;
}

static void puback(struct mqh_monitor *m, const struct mqc_packet *packet,
                   struct mqh_mon_flow *flow, enum mqc_side sender)
{
    if (flow == NULL) {
        unknown(m, packet, MQH_RULE_PUBACK_UNKNOWN, sender);
        return;
    }
    if (!wrong_type(m, packet, flow, 1))
        mqh_mon_order_of_answer(m, flow);
    if (flow->copies > 0)
        flow->copies--;
    mqh_mon_flow_finish(m, flow);
}

static void pubrec(struct mqh_monitor *m, const struct mqc_packet *packet,
                   struct mqh_mon_flow *flow, enum mqc_side sender)
{
    struct mqh_mon_party *party = mqh_mon_party(m->now, sender);

    if (flow == NULL) {
        unknown(m, packet, MQH_RULE_PUBREC_UNKNOWN, sender);
        party->loose++; /* it may answer PUBREL all the same */
        return;
    }
    if (wrong_type(m, packet, flow, 2)) {
        party->loose++;
        mqh_mon_flow_finish(m, flow);
        return;
    }
    mqh_mon_flow_bring(flow, m->now->serial);
    if (flow->stage == MQH_FLOW_SENT)
        mqh_mon_order_of_answer(m, flow);
    if (flow->copies > 0)
        flow->copies--;
    if (packet->ack.reason >= 0x80) {
        mqh_mon_flow_finish(m, flow);
        return;
    }
    flow->pubrecs++;
    if (flow->stage != MQH_FLOW_SENT)
        return;
    flow->stage = MQH_FLOW_RECEIVED;
    flow->skipped = false;
    flow->pubrec_seq = ++party->pubrec_count;
    mqh_mon_flow_await(m, flow);
}

/* In 5.0 PUBREL 0x92 answers a PUBREC of a message that its sender does not know. A PUBREC that was
 * sent for nothing may be answered. Before 5.0 a PUBREL may come again, and cross its PUBCOMP. */
static struct mqh_mon_flow *unknown_pubrel(struct mqh_monitor *m, const struct mqc_packet *packet)
{
    struct mqh_mon_party *party = mqh_mon_party(m->now, packet->frame.from);
    unsigned id = packet->ack.packet_id;
    struct mqh_mon_flow *flow;

    if (party->loose > 0)
        party->loose--;
    else if (packet->ack.reason < 0x80 && mqh_mon_id_was_used(party, packet->ack.packet_id))
        mqh_mon_breach(m, MQH_RULE_RESENT_UNASKED, packet->frame.from,
                       "PUBREL with Packet Identifier %u comes again after it was answered", id);
    else if (packet->ack.reason < 0x80)
        unknown(m, packet, MQH_RULE_PUBREL_UNKNOWN, packet->frame.from);
    flow = mqh_mon_flow_new(m, packet->frame.from, packet->ack.packet_id);
    if (flow != NULL)
        flow->stage = MQH_FLOW_RELEASED;
    return flow;
}

static void judge_pubrel(struct mqh_monitor *m, const struct mqc_packet *packet,
                         const struct mqh_mon_flow *flow)
{
    enum mqc_side from = packet->frame.from;
    struct mqh_mon_party *party = mqh_mon_party(m->now, from);
    unsigned id = packet->ack.packet_id;

    if (flow->stage != MQH_FLOW_RECEIVED && flow->pubrecs == 0 && party->loose > 0)
        party->loose--; /* it answers a PUBREC that was sent too early, or twice */
    else if (flow->qos == 1)
        unknown(m, packet, MQH_RULE_PUBREL_UNKNOWN, from);
    else if (flow->stage == MQH_FLOW_SENT && flow->publish_here)
        mqh_mon_breach(m, MQH_RULE_PUBREL_EARLY, from,
                       "PUBREL with Packet Identifier %u comes before PUBREC", id);
    else if (flow->stage == MQH_FLOW_RECEIVED)
        mqh_mon_order_of_pubrel(m, flow);
    else if (flow->stage == MQH_FLOW_RELEASED && flow->pubrel_here && flow->pubrecs == 0)
        mqh_mon_breach(m, MQH_RULE_RESENT_UNASKED, from,
                       "PUBREL with Packet Identifier %u comes again on its connection", id);
    if (flow->stage == MQH_FLOW_RELEASED && (packet->frame.flags & 8) == 0)
        mqh_mon_breach(m, MQH_RULE_PUBREL_DUP_MISSING, from,
                       "PUBREL with Packet Identifier %u comes again without DUP", id);
}

static void pubrel(struct mqh_monitor *m, const struct mqc_packet *packet,
                   struct mqh_mon_flow *flow)
{
    if (flow != NULL) {
        mqh_mon_flow_bring(flow, m->now->serial);
        judge_pubrel(m, packet, flow);
        if (flow->qos == 1)
            return;
    } else {
        flow = unknown_pubrel(m, packet);
    }
    if (flow == NULL)
        return;
    flow->connection = m->now->serial;
    flow->stage = MQH_FLOW_RELEASED;
    flow->pubrel_here = true;
    flow->pubrels++;
    if (flow->pubrecs > 0)
        flow->pubrecs--;
    mqh_mon_flow_await(m, flow);
}

static void pubcomp(struct mqh_monitor *m, const struct mqc_packet *packet,
                    struct mqh_mon_flow *flow, enum mqc_side sender)
{
    if (flow == NULL || flow->stage != MQH_FLOW_RELEASED) {
        unknown(m, packet, MQH_RULE_PUBCOMP_UNKNOWN, sender);
        return;
    }
    if (flow->pubrels > 0)
        flow->pubrels--;
    mqh_mon_flow_finish(m, flow);
}

void mqh_mon_ack(struct mqh_monitor *m, const struct mqc_packet *packet)
{
    enum mqc_type type = packet->frame.type;
    enum mqc_side from = packet->frame.from;
    enum mqc_side sender = type == MQC_PUBREL ? from : mqh_mon_other(from);
    struct mqh_mon_flow *flow;

    if (m->now->session == NULL)
        return;
    flow = mqh_mon_flow_find(m->now->session, sender, packet->ack.packet_id);
    if (type == MQC_PUBACK)
        puback(m, packet, flow, sender);
    else if (type == MQC_PUBREC)
        pubrec(m, packet, flow, sender);
    else if (type == MQC_PUBREL)
        pubrel(m, packet, flow);
    else
        pubcomp(m, packet, flow, sender);
}
