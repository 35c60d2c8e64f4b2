#include "harness/monitor/state.h"

/* ---- DISCONNECT ---- */

/* A reason that the conversation does not bear out. */
static void judge_reason(struct mqh_monitor *m, struct mqh_mon_connection *c, enum mqc_side from,
                         uint8_t reason)
{
    const struct mqh_mon_party *self = mqh_mon_party(c, from);
    const struct mqh_mon_party *other = mqh_mon_party(c, mqh_mon_other(from));
    bool subscribes = false;

    if (reason == 0x94 && self->heard && c->whole && other->alias_highest > 0 &&
        other->alias_highest <= self->alias_maximum)
        mqh_mon_breach(m,
                       from == MQC_CLIENT ? MQH_RULE_TOPIC_ALIAS_REFUSED_CLIENT
                                          : MQH_RULE_TOPIC_ALIAS_REFUSED_SERVER,
                       from, "no Topic Alias was above %u, which is within Topic Alias Maximum",
                       (unsigned)other->alias_highest);
    if (reason != 0x9b || from != MQC_SERVER || !self->heard)
        return;
    for (const struct mqh_mon_request *r = c->requests; r != NULL; r = r->next)
        subscribes = subscribes || r->type == MQC_SUBSCRIBE;
    if (!c->maximum_qos_said)
        mqh_mon_breach(m, MQH_RULE_MAXIMUM_QOS_UNSAID, MQC_SERVER,
                       "the server says that it lacks a QoS, and CONNACK had no Maximum QoS");
    else if (subscribes)
        mqh_mon_breach(m, MQH_RULE_MAXIMUM_QOS_SUBSCRIBE, MQC_SERVER,
                       "a SUBSCRIBE is answered by ending the connection for its QoS");
}

static void judge_expiry(struct mqh_monitor *m, struct mqh_mon_connection *c,
                         const struct mqc_disconnect *disconnect)
{
    uint32_t expiry =
        mqh_mon_number(disconnect->properties, MQC_SESSION_EXPIRY_INTERVAL, c->session_expiry);

    if (!c->connect_seen || expiry == c->session_expiry)
        return;
    if (c->asked_expiry == 0 && expiry != 0)
        mqh_mon_breach(m, MQH_RULE_DISCONNECT_EXPIRY, MQC_CLIENT,
                       "DISCONNECT has Session Expiry Interval %u, and CONNECT had none",
                       (unsigned)expiry);
    else
        c->session_expiry = expiry;
}

static void leave(struct mqh_monitor *m, struct mqh_mon_party *party)
{
    party->left = true;
    party->left_packet = m->now->packets;
    party->left_ms = m->now_ms;
}

static bool is_early(struct mqh_monitor *m, enum mqc_side from)
{
    if (from != MQC_SERVER || m->now->accepted || !m->now->whole)
        return false;
    mqh_mon_breach(m, MQH_RULE_DISCONNECT_EARLY, MQC_SERVER,
                   "DISCONNECT comes, and no CONNACK has accepted the client");
    return true;
}

void mqh_mon_disconnect(struct mqh_monitor *m, const struct mqc_packet *packet)
{
    enum mqc_side from = packet->frame.from;

    leave(m, mqh_mon_party(m->now, from));
    if (is_early(m, from) || m->now->version != MQC_V5)
        return;
    judge_reason(m, m->now, from, packet->disconnect.reason);
    if (from == MQC_CLIENT)
        judge_expiry(m, m->now, &packet->disconnect);
}

/* ---- errors ---- */

static uint16_t id_of(const struct mqc_packet *packet)
{
    switch (packet->frame.type) {
    case MQC_PUBLISH:
        return packet->publish.qos > 0 ? packet->publish.packet_id : 0;
    case MQC_PUBACK:
    case MQC_PUBREC:
    case MQC_PUBREL:
    case MQC_PUBCOMP:
        return packet->ack.packet_id;
    case MQC_SUBSCRIBE:
        return packet->subscribe.packet_id;
    case MQC_SUBACK:
        return packet->suback.packet_id;
    case MQC_UNSUBSCRIBE:
        return packet->unsubscribe.packet_id;
    case MQC_UNSUBACK:
        return packet->unsuback.packet_id;
    default:
        return 0;
    }
}

void mqh_mon_spoil(struct mqh_monitor *m, enum mqc_side side, const struct mqc_packet *packet,
                   bool malformed)
{
    struct mqh_mon_connection *c = m->now;
    uint16_t id = id_of(packet);

    if (c->spoiled_by != MQC_SIDE_UNKNOWN)
        return;
    c->spoiled_by = side;
    c->spoiled_type = packet->frame.type;
    c->spoiled_id = id;
    c->spoiled_packet = c->packets;
    c->spoiled_ms = m->now_ms;
    c->spoiled_malformed = malformed;
    /* An answer that an earlier packet is due cannot be told from one to this packet. */
    if (mqh_mon_request_find(c, MQC_RESERVED, id) != NULL ||
        (c->session != NULL && mqh_mon_flow_find(c->session, side, id) != NULL) ||
        (packet->frame.type == MQC_PINGREQ && c->pings > 0))
        c->spoiled_malformed = false;
}

static bool grants(struct mqc_slice codes)
{
    for (size_t i = 0; i < codes.size; i++)
        if (codes.data[i] < 0x80)
            return true;
    return false;
}

/* True if `packet` says that the malformed packet was in order. */
static bool answers_fault(const struct mqh_mon_connection *c, const struct mqc_packet *packet)
{
    bool same_id = c->spoiled_id != 0 && id_of(packet) == c->spoiled_id;

    switch (packet->frame.type) {
    case MQC_PINGRESP:
        return c->spoiled_type == MQC_PINGREQ;
    case MQC_SUBACK:
        return c->spoiled_type == MQC_SUBSCRIBE && same_id && grants(packet->suback.codes);
    case MQC_UNSUBACK:
        return c->spoiled_type == MQC_UNSUBSCRIBE && same_id;
    case MQC_PUBACK:
    case MQC_PUBREC:
        return c->spoiled_type == MQC_PUBLISH && same_id && packet->ack.reason < 0x80;
    case MQC_PUBCOMP:
        return c->spoiled_type == MQC_PUBREL && same_id && packet->ack.reason < 0x80;
    default:
        return false;
    }
}

void mqh_mon_reaction(struct mqh_monitor *m, const struct mqc_packet *packet)
{
    struct mqh_mon_connection *c = m->now;
    enum mqc_side from = packet->frame.from;

    if (packet->frame.type == MQC_DISCONNECT) {
        leave(m, mqh_mon_party(c, from));
        is_early(m, from);
        return;
    }
    if (packet->frame.type == MQC_CONNACK && from == MQC_SERVER) {
        mqh_mon_connack_late(m, packet);
        return;
    }
    if (packet->frame.type == MQC_CONNECT)
        c->connect_again = true;
    if (from == c->spoiled_by || !c->spoiled_malformed || c->fault_answered ||
        !answers_fault(c, packet))
        return;
    c->fault_answered = true;
    mqh_mon_breach(m, MQH_RULE_FAULT_ANSWERED, from, "%s answers a malformed %s",
                   mqc_type_name(packet->frame.type), mqc_type_name(c->spoiled_type));
}
