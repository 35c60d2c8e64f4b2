#include "harness/monitor/state.h"

/* What comes out of order is told once for each flow that is passed over. */
enum step { STEP_ANSWER, STEP_PUBREL };

static bool is_passed_over(const struct mqh_mon_flow *flow, const struct mqh_mon_flow *by,
                           enum step step)
{
    if (flow->sender != by->sender || flow->connection != by->connection || flow->skipped)
        return false;
    if (step == STEP_ANSWER)
        return flow->qos == by->qos && flow->stage == MQH_FLOW_SENT && flow->copies > 0 &&
               flow->publish_seq > 0 && flow->publish_seq < by->publish_seq;
    return flow->stage == MQH_FLOW_RECEIVED && flow->pubrec_seq > 0 &&
           flow->pubrec_seq < by->pubrec_seq;
}

/* The identifier of a flow that should have come first; 0: there is none. */
static unsigned pass_over(struct mqh_mon_session *session, const struct mqh_mon_flow *by,
                          enum step step)
{
    unsigned found = 0;

    for (size_t i = 0; i < MQH_MON_BUCKETS; i++)
        for (struct mqh_mon_flow *flow = session->flows[i]; flow != NULL; flow = flow->next)
            if (is_passed_over(flow, by, step)) {
                flow->skipped = true;
                found = flow->packet_id;
            }
    return found;
}

void mqh_mon_order_of_answer(struct mqh_monitor *m, const struct mqh_mon_flow *flow)
{
    bool puback = flow->qos == 1;
    unsigned first;

    if (flow->sender != MQC_SERVER || flow->publish_seq == 0) /* the rules bind clients only */
        return;
    first = pass_over(m->now->session, flow, STEP_ANSWER);
    if (first != 0)
        mqh_mon_breach(m, puback ? MQH_RULE_PUBACK_ORDER : MQH_RULE_PUBREC_ORDER, MQC_CLIENT,
                       "%s for Packet Identifier %u comes before the one for %u, which came first",
                       puback ? "PUBACK" : "PUBREC", (unsigned)flow->packet_id, first);
}

void mqh_mon_order_of_pubrel(struct mqh_monitor *m, const struct mqh_mon_flow *flow)
{
    unsigned first;

    if (flow->pubrec_seq == 0)
        return;
    first = pass_over(m->now->session, flow, STEP_PUBREL);
    if (first != 0)
        mqh_mon_breach(m,
                       flow->sender == MQC_CLIENT ? MQH_RULE_PUBREL_ORDER_CLIENT
                                                  : MQH_RULE_PUBREL_ORDER_SERVER,
                       flow->sender,
                       "PUBREL for Packet Identifier %u comes before the one for %u, whose PUBREC "
                       "came first",
                       (unsigned)flow->packet_id, first);
}
