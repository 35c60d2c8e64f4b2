#include "harness/monitor/state.h"

#define CLIENT_ID_REFUSED_3 0x02
#define CLIENT_ID_REFUSED_5 0x85

uint32_t mqh_mon_number(struct mqc_slice properties, enum mqc_property_id id, uint32_t otherwise)
{
    struct mqc_property property;

    return mqc_property_get(properties, id, 0, &property) ? property.number : otherwise;
}

static bool flag(const struct mqh_mon_connection *c, enum mqc_connect_flag bit)
{
    return (c->connect_flags & bit) != 0;
}

/* What both CONNECT and CONNACK say of their sender. */
static void hear(struct mqh_mon_party *party, struct mqc_slice properties)
{
    party->heard = true;
    party->receive_maximum = mqh_mon_number(properties, MQC_RECEIVE_MAXIMUM, 65535);
    party->packet_size = mqh_mon_number(properties, MQC_MAXIMUM_PACKET_SIZE, UINT32_MAX);
    party->alias_maximum = mqh_mon_number(properties, MQC_TOPIC_ALIAS_MAXIMUM, 0);
}

/* 1 to 23 digits and letters: every server takes it. */
static bool is_simple(struct mqc_slice client_id)
{
    for (size_t i = 0; i < client_id.size; i++) {
        uint8_t ch = client_id.data[i];

        if (!((ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z')))
            return false;
    }
    return client_id.size >= 1 && client_id.size <= 23;
}

/* ---- CONNECT ---- */

static void remember(struct mqh_monitor *m, struct mqh_mon_connection *c,
                     const struct mqc_packet *packet)
{
    const struct mqc_connect *connect = &packet->connect;
    struct mqc_property method;

    c->version = packet->version;
    c->real_version =
        mqc_connect_version(connect->protocol_name, connect->protocol_level) != MQC_VERSION_UNKNOWN;
    c->connect_flags = connect->flags;
    c->keep_alive = connect->keep_alive;
    c->simple_client_id = is_simple(connect->client_id);
    hear(&c->client, connect->properties);
    c->wants_response =
        mqh_mon_number(connect->properties, MQC_REQUEST_RESPONSE_INFORMATION, 0) == 1;
    c->wants_problems =
        mqh_mon_number(connect->properties, MQC_REQUEST_PROBLEM_INFORMATION, 1) == 1;
    c->asked_expiry = mqh_mon_number(connect->properties, MQC_SESSION_EXPIRY_INTERVAL, 0);
    c->session_expiry = c->asked_expiry;
    if (mqc_property_get(connect->properties, MQC_AUTHENTICATION_METHOD, 0, &method))
        c->method = mqh_mon_copy(m, method.value);
    c->connect_packet = c->packets;
    c->connect_ms = m->now_ms;
    if (c->session != NULL)
        mqh_mon_session_drop(m, c->session);
    c->session = mqh_mon_session_new(m, connect->client_id, packet->version);
    if (c->session != NULL)
        c->session->connection = c->serial;
    if (flag(c, MQC_CONNECT_WILL) && m->options.sees_all)
        mqh_mon_published(m, connect->will_topic, connect->will_payload, NULL,
                          connect->will_properties);
}

void mqh_mon_connect(struct mqh_monitor *m, const struct mqc_packet *packet)
{
    struct mqh_mon_connection *c = m->now;

    if (c->connect_seen) {
        c->connect_again = true;
        mqh_mon_breach(m, MQH_RULE_CONNECT_AGAIN, MQC_CLIENT, "CONNECT comes again");
        return;
    }
    c->connect_seen = true;
    remember(m, c, packet);
}

/* ---- CONNACK: the session ---- */

/* The Session Present bit, which 3.1 does not have, is believed unless it cannot be true. */
static void judge_present(struct mqh_monitor *m, struct mqh_mon_connection *c, bool present,
                          const struct mqh_mon_session *old)
{
    bool taken_over = old != NULL && old->connection != 0;

    if (!present)
        return;
    if (flag(c, MQC_CONNECT_CLEAN)) {
        c->strange_session = true;
        mqh_mon_breach(m, MQH_RULE_CLEAN_SESSION_PRESENT, MQC_SERVER,
                       "CONNACK says that a session is present, and CONNECT asked for a new one");
    } else if (m->options.sees_all && old != NULL && old->ended && !old->doubtful && !taken_over) {
        mqh_mon_breach(m, MQH_RULE_ENDED_SESSION_PRESENT, MQC_SERVER,
                       "CONNACK says that a session is present, but it ended with its connection");
    }
}

/* The session becomes the one of its Client Identifier, and goes on from the older one. */
static void take_session(struct mqh_monitor *m, struct mqh_mon_connection *c, bool present)
{
    struct mqh_mon_session *session = c->session;
    struct mqh_mon_session *old;

    if (session == NULL)
        return;
    old = mqh_mon_session_find(m, mqh_mon_slice(session->client_id), session);
    judge_present(m, c, present, old);
    if (c->version == MQC_V31) /* which does not tell */
        present = !flag(c, MQC_CONNECT_CLEAN);
    if (flag(c, MQC_CONNECT_CLEAN))
        present = false;
    c->fresh = !present;
    c->resumed = present;
    session->known = !present;
    if (old == NULL)
        return;
    if (present)
        mqh_mon_session_join(m, session, old);
    else
        mqh_mon_session_drop(m, old);
}

/* ---- CONNACK: what it says ---- */

static void judge_refusal(struct mqh_monitor *m, struct mqh_mon_connection *c, uint8_t code)
{
    bool of_id = code == (c->version == MQC_V5 ? CLIENT_ID_REFUSED_5 : CLIENT_ID_REFUSED_3);

    if (of_id && c->simple_client_id)
        mqh_mon_breach(m, MQH_RULE_CLIENT_ID_REFUSED, MQC_SERVER,
                       "CONNACK 0x%02x refuses a Client Identifier of 1 to 23 digits and letters",
                       (unsigned)code);
}

static void judge_properties(struct mqh_monitor *m, struct mqh_mon_connection *c,
                             struct mqc_slice properties)
{
    struct mqc_property property;
    unsigned will_qos = (unsigned)(c->connect_flags & MQC_CONNECT_WILL_QOS) >> 3;

    if (mqc_property_get(properties, MQC_ASSIGNED_CLIENT_IDENTIFIER, 0, &property)) {
        if (c->session != NULL && c->session->client_id == NULL)
            c->session->client_id = mqh_mon_copy(m, property.value);
    } else if (c->session != NULL && c->session->client_id == NULL) {
        mqh_mon_breach(m, MQH_RULE_ASSIGNED_CLIENT_ID_MISSING, MQC_SERVER,
                       "CONNECT had an empty Client Identifier, and CONNACK assigns none");
    }
    if (flag(c, MQC_CONNECT_WILL) && will_qos > c->maximum_qos)
        mqh_mon_breach(m, MQH_RULE_WILL_QOS_ACCEPTED, MQC_SERVER,
                       "a Will with QoS %u is accepted, and Maximum QoS is %u", will_qos,
                       (unsigned)c->maximum_qos);
    if (flag(c, MQC_CONNECT_WILL) && flag(c, MQC_CONNECT_WILL_RETAIN) && c->no_retain)
        mqh_mon_breach(m, MQH_RULE_WILL_RETAIN_ACCEPTED, MQC_SERVER,
                       "a Will with RETAIN is accepted, and Retain Available is 0");
    mqh_mon_auth_connack(m, properties);
}

static void hear_server(struct mqh_mon_connection *c, struct mqc_slice properties)
{
    hear(&c->server, properties);
    c->maximum_qos = (uint8_t)mqh_mon_number(properties, MQC_MAXIMUM_QOS, 2);
    c->maximum_qos_said = c->maximum_qos < 2;
    c->no_retain = mqh_mon_number(properties, MQC_RETAIN_AVAILABLE, 1) == 0;
    c->no_wildcards = mqh_mon_number(properties, MQC_WILDCARD_SUBSCRIPTION_AVAILABLE, 1) == 0;
    c->no_subscription_ids =
        mqh_mon_number(properties, MQC_SUBSCRIPTION_IDENTIFIER_AVAILABLE, 1) == 0;
    c->no_shares = mqh_mon_number(properties, MQC_SHARED_SUBSCRIPTION_AVAILABLE, 1) == 0;
    c->keep_alive = mqh_mon_number(properties, MQC_SERVER_KEEP_ALIVE, c->keep_alive);
    c->session_expiry = mqh_mon_number(properties, MQC_SESSION_EXPIRY_INTERVAL, c->session_expiry);
}

static void note_refusal(struct mqh_monitor *m, struct mqh_mon_connection *c)
{
    c->refused = true;
    c->refused_packet = c->packets;
    c->refused_ms = m->now_ms;
}

void mqh_mon_connack(struct mqh_monitor *m, const struct mqc_packet *packet)
{
    struct mqh_mon_connection *c = m->now;
    const struct mqc_connack *connack = &packet->connack;

    if (c->connack_seen) {
        if (c->version == MQC_V5)
            mqh_mon_breach(m, MQH_RULE_CONNACK_AGAIN, MQC_SERVER, "CONNACK comes again");
        return;
    }
    c->connack_seen = true;
    c->accepted = connack->reason == 0;
    if (!c->wants_response && c->connect_seen && c->version == MQC_V5 &&
        mqh_mon_number(connack->properties, MQC_RESPONSE_INFORMATION, UINT32_MAX) != UINT32_MAX)
        mqh_mon_breach(m, MQH_RULE_RESPONSE_INFORMATION, MQC_SERVER,
                       "CONNACK has Response Information, and CONNECT did not request it");
    if (!c->accepted) {
        note_refusal(m, c);
        judge_refusal(m, c, connack->reason);
        return;
    }
    hear_server(c, connack->properties);
    if (!c->connect_seen)
        return;
    if (c->version == MQC_V5)
        judge_properties(m, c, connack->properties);
    take_session(m, c, (connack->flags & 1) != 0);
}

/* ---- CONNACK where only the reaction counts ---- */

static void judge_acceptance(struct mqh_monitor *m, struct mqh_mon_connection *c)
{
    switch (c->connect_fault) {
    case MQC_RULE_PROTOCOL_NAME:
    case MQC_RULE_PROTOCOL_LEVEL:
        if (!c->real_version) /* else it may speak that one */
            mqh_mon_breach(m, MQH_RULE_PROTOCOL_ACCEPTED, MQC_SERVER,
                           "a CONNECT of an unknown protocol is accepted");
        break;
    case MQC_RULE_CLIENT_ID_EMPTY:
        mqh_mon_breach(m, MQH_RULE_EMPTY_CLIENT_ID_ACCEPTED, MQC_SERVER,
                       "an empty Client Identifier with Clean Session 0 is accepted");
        break;
    case MQC_RULE_WILL_FORMAT:         /* need not be checked */
    case MQC_RULE_WILL_TOPIC_WILDCARD: /* no rule of the format */
    case MQC_RULE_WILL_TOPIC_EMPTY:
        break;
    default:
        mqh_mon_breach(m, MQH_RULE_FAULTY_CONNECT_ACCEPTED, MQC_SERVER,
                       "a CONNECT that breaks its format is accepted");
        break;
    }
}

void mqh_mon_connack_late(struct mqh_monitor *m, const struct mqc_packet *packet)
{
    struct mqh_mon_connection *c = m->now;

    if (c->connack_seen) {
        if (c->version == MQC_V5 || c->connect_again)
            mqh_mon_breach(m, MQH_RULE_CONNACK_AGAIN, MQC_SERVER, "CONNACK comes again");
        return;
    }
    c->connack_seen = true;
    c->accepted = packet->connack.reason == 0;
    if (!c->accepted)
        note_refusal(m, c);
    else if (c->connect_faulty && c->spoiled_by == MQC_CLIENT)
        judge_acceptance(m, c);
}
