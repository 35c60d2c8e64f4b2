#include "codec/topic.h"
#include "harness/monitor/state.h"

/* ---- sizes ---- */

/* The rule for a packet that is too large because of its Reason String or User Properties. */
static enum mqh_monitor_rule text_rule(enum mqc_type type, enum mqh_monitor_rule otherwise)
{
    switch (type) {
    case MQC_CONNACK:
        return MQH_RULE_CONNACK_TEXT_SIZE;
    case MQC_PUBACK:
        return MQH_RULE_PUBACK_TEXT_SIZE;
    case MQC_PUBREC:
        return MQH_RULE_PUBREC_TEXT_SIZE;
    case MQC_PUBREL:
        return MQH_RULE_PUBREL_TEXT_SIZE;
    case MQC_PUBCOMP:
        return MQH_RULE_PUBCOMP_TEXT_SIZE;
    case MQC_SUBACK:
        return MQH_RULE_SUBACK_TEXT_SIZE;
    case MQC_UNSUBACK:
        return MQH_RULE_UNSUBACK_TEXT_SIZE;
    case MQC_DISCONNECT:
        return MQH_RULE_DISCONNECT_TEXT_SIZE;
    case MQC_AUTH:
        return MQH_RULE_AUTH_TEXT_SIZE;
    default:
        return otherwise;
    }
}

static bool has_text(struct mqc_slice properties)
{
    struct mqc_property property;

    return mqc_property_get(properties, MQC_REASON_STRING, 0, &property) ||
           mqc_property_get(properties, MQC_USER_PROPERTY, 0, &property);
}

/* A CONNACK that is too large for the client and has nothing to leave out is a case that the
 * standard does not settle. */
static void judge_size(struct mqh_monitor *m, const struct mqc_packet *packet)
{
    enum mqc_side from = packet->frame.from;
    const struct mqh_mon_party *to = mqh_mon_party(m->now, mqh_mon_other(from));
    bool text = has_text(mqc_packet_properties(packet));
    enum mqh_monitor_rule rule =
        from == MQC_CLIENT ? MQH_RULE_PACKET_SIZE_CLIENT : MQH_RULE_PACKET_SIZE_SERVER;

    if (!to->heard || packet->frame.size <= to->packet_size)
        return;
    if (packet->frame.type == MQC_CONNACK && !text)
        return;
    mqh_mon_breach(m, text ? text_rule(packet->frame.type, rule) : rule, from,
                   "%s has %zu bytes, and Maximum Packet Size is %u",
                   mqc_type_name(packet->frame.type), packet->frame.size,
                   (unsigned)to->packet_size);
}

static void judge_problems(struct mqh_monitor *m, const struct mqc_packet *packet)
{
    enum mqc_type type = packet->frame.type;

    if (packet->frame.from != MQC_SERVER || !m->now->connect_seen || m->now->wants_problems ||
        type == MQC_PUBLISH || type == MQC_CONNACK || type == MQC_DISCONNECT)
        return;
    if (has_text(mqc_packet_properties(packet)))
        mqh_mon_breach(m, MQH_RULE_PROBLEM_INFORMATION, MQC_SERVER,
                       "%s has a Reason String or User Property, and Request Problem Information "
                       "is 0",
                       mqc_type_name(type));
}

bool mqh_mon_limits(struct mqh_monitor *m, const struct mqc_packet *packet)
{
    if (m->now->version != MQC_V5)
        return true;
    judge_size(m, packet);
    if (!mqh_mon_party(m->now, packet->frame.from)->faulted)
        judge_problems(m, packet);
    return !mqh_mon_party(m->now, packet->frame.from)->faulted;
}

/* ---- Topic Aliases ---- */

static void judge_alias(struct mqh_monitor *m, enum mqc_side from, uint32_t alias)
{
    const struct mqh_mon_party *to = mqh_mon_party(m->now, mqh_mon_other(from));
    bool none = to->alias_maximum == 0;

    if (!to->heard || alias <= to->alias_maximum)
        return;
    mqh_mon_breach(m,
                   from == MQC_CLIENT
                       ? (none ? MQH_RULE_TOPIC_ALIAS_CLIENT_NONE : MQH_RULE_TOPIC_ALIAS_CLIENT)
                       : (none ? MQH_RULE_TOPIC_ALIAS_SERVER_NONE : MQH_RULE_TOPIC_ALIAS_SERVER),
                   from, "Topic Alias is %u, and Topic Alias Maximum %u", (unsigned)alias,
                   (unsigned)to->alias_maximum);
}

static void set_alias(struct mqh_monitor *m, struct mqh_mon_party *party, uint32_t number,
                      struct mqh_mon_alias *known, struct mqc_slice topic)
{
    if (known == NULL) {
        known = mqh_mon_alloc(m, sizeof(*known));
        if (known == NULL)
            return;
        known->number = (uint16_t)number;
        known->next = party->aliases;
        party->aliases = known;
    }
    mqh_mon_text_free(m, known->topic);
    known->topic = mqh_mon_copy(m, topic);
}

bool mqh_mon_topic(struct mqh_monitor *m, const struct mqc_packet *packet, struct mqc_slice *topic)
{
    const struct mqc_publish *publish = &packet->publish;
    enum mqc_side from = packet->frame.from;
    struct mqh_mon_party *party = mqh_mon_party(m->now, from);
    struct mqh_mon_alias *known = party->aliases;
    uint32_t alias = mqh_mon_number(publish->properties, MQC_TOPIC_ALIAS, 0);

    *topic = publish->topic;
    if (m->now->version != MQC_V5 || alias == 0)
        return publish->topic.size > 0;
    if (alias > party->alias_highest)
        party->alias_highest = alias;
    judge_alias(m, from, alias);
    while (known != NULL && known->number != alias)
        known = known->next;
    if (publish->topic.size > 0) {
        set_alias(m, party, alias, known, publish->topic);
        return true;
    }
    if (known != NULL)
        *topic = mqh_mon_slice(known->topic);
    else if (m->now->whole && !party->faulted)
        mqh_mon_breach(m, MQH_RULE_TOPIC_ALIAS_UNKNOWN, from,
                       "Topic Alias %u stands for no topic yet", (unsigned)alias);
    return known != NULL;
}

/* ---- what the server said that it can do ---- */

void mqh_mon_publish_limits(struct mqh_monitor *m, const struct mqc_packet *packet)
{
    struct mqh_mon_connection *c = m->now;

    if (packet->frame.from != MQC_CLIENT || !c->server.heard)
        return;
    if (packet->publish.qos > c->maximum_qos) {
        mqh_mon_breach(m, MQH_RULE_MAXIMUM_QOS, MQC_CLIENT,
                       "PUBLISH has QoS %u, and Maximum QoS is %u", (unsigned)packet->publish.qos,
                       (unsigned)c->maximum_qos);
    } else if (packet->publish.retain && c->no_retain) {
        mqh_mon_breach(m, MQH_RULE_RETAIN_UNAVAILABLE, MQC_CLIENT,
                       "PUBLISH has RETAIN, and Retain Available is 0");
    }
}

static bool has_wildcard(struct mqc_slice filter)
{
    return memchr(filter.data, '#', filter.size) != NULL ||
           memchr(filter.data, '+', filter.size) != NULL;
}

void mqh_mon_subscribe_limits(struct mqh_monitor *m, const struct mqc_packet *packet)
{
    struct mqh_mon_connection *c = m->now;
    struct mqc_slice filters = packet->subscribe.filters;
    struct mqc_slice share;
    struct mqc_slice plain;
    bool wildcard = false;
    bool shared = false;

    if (!c->server.heard)
        return;
    for (struct mqc_filter filter; mqc_filter_next(&filters, &filter);) {
        wildcard = wildcard || has_wildcard(filter.filter);
        shared = shared || mqc_topic_share(filter.filter, &share, &plain);
    }
    if (c->no_subscription_ids &&
        mqh_mon_number(packet->subscribe.properties, MQC_SUBSCRIPTION_IDENTIFIER, 0) != 0)
        mqh_mon_breach(m, MQH_RULE_SUBSCRIPTION_ID_UNAVAILABLE, MQC_CLIENT,
                       "SUBSCRIBE has a Subscription Identifier, and the server knows none");
    else if (c->no_wildcards && wildcard)
        mqh_mon_breach(m, MQH_RULE_WILDCARD_UNAVAILABLE, MQC_CLIENT,
                       "SUBSCRIBE has a wildcard, and the server knows none");
    else if (c->no_shares && shared)
        mqh_mon_breach(m, MQH_RULE_SHARED_UNAVAILABLE, MQC_CLIENT,
                       "SUBSCRIBE asks for a shared subscription, and the server knows none");
}
