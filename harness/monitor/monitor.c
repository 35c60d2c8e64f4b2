#include "harness/monitor/monitor.h"

#include <assert.h>

#include "harness/monitor/state.h"

#define FAULTS_MAX 32
#define ALIGNMENT 16

struct mqh_monitor *mqh_monitor_new(void *block, size_t size,
                                    const struct mqh_monitor_options *options)
{
    struct mqh_monitor *m = block;
    size_t own = (sizeof(*m) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;

    assert(size >= MQH_MONITOR_SIZE_MIN);
    memset(m, 0, sizeof(*m));
    m->options = *options;
    m->memory.data = (uint8_t *)block + own;
    m->memory.size = size - own;
    return m;
}

bool mqh_monitor_is_blind(const struct mqh_monitor *m, unsigned *connection, unsigned *packet)
{
    *connection = m->blind_connection;
    *packet = m->blind_packet;
    return m->blind;
}

/* ---- connections ---- */

static struct mqh_mon_connection *find(struct mqh_monitor *m, unsigned number)
{
    struct mqh_mon_connection *c = m->connections;

    while (c != NULL && c->number != number)
        c = c->next;
    return c;
}

void mqh_monitor_open(struct mqh_monitor *m, unsigned connection, enum mqc_version version,
                      bool whole, uint64_t now_ms)
{
    struct mqh_mon_connection *c;

    if (find(m, connection) != NULL)
        return;
    c = mqh_mon_alloc(m, sizeof(*c));
    if (c == NULL)
        return;
    c->number = connection;
    c->serial = ++m->serial;
    c->version = version;
    c->whole = whole;
    c->opened_ms = c->client_ms = now_ms;
    c->maximum_qos = 2;
    c->wants_problems = c->wants_response = true;
    c->next = m->connections;
    m->connections = c;
    if (!whole)
        c->session = mqh_mon_session_new(m, (struct mqc_slice){NULL, 0}, version);
}

static void free_party(struct mqh_monitor *m, struct mqh_mon_party *party)
{
    for (size_t i = 0; i < MQH_MON_PAGES; i++)
        mqh_mon_free(m, party->ids[i], MQH_MON_PAGE_SIZE);
    while (party->aliases != NULL) {
        struct mqh_mon_alias *alias = party->aliases;

        party->aliases = alias->next;
        mqh_mon_text_free(m, alias->topic);
        mqh_mon_free(m, alias, sizeof(*alias));
    }
}

static void free_connection(struct mqh_monitor *m, struct mqh_mon_connection *c)
{
    struct mqh_mon_connection **at = &m->connections;

    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
    free_party(m, &c->client);
    free_party(m, &c->server);
    mqh_mon_text_free(m, c->method);
    mqh_mon_free(m, c, sizeof(*c));
}

/* What becomes of the session when its connection has ended. */
static void leave_session(struct mqh_monitor *m, struct mqh_mon_connection *c)
{
    struct mqh_mon_session *session = c->session;
    struct mqh_mon_session *old;
    bool ends =
        c->version == MQC_V5 ? c->session_expiry == 0 : (c->connect_flags & MQC_CONNECT_CLEAN) != 0;

    if (session == NULL)
        return;
    session->connection = 0;
    if (!c->accepted) {
        /* Without an answer the server may have made what it liked of the older session. */
        old = mqh_mon_session_find(m, mqh_mon_slice(session->client_id), session);
        if (old != NULL && !c->refused) {
            old->known = false;
            old->doubtful = true;
        }
        mqh_mon_session_drop(m, session);
        return;
    }
    if (c->spoiled_by != MQC_SIDE_UNKNOWN)
        session->known = false;
    if (!ends && session->client_id != NULL)
        return;
    session->ended = true;
    mqh_mon_session_empty(m, session);
    if (!m->options.sees_all || session->client_id == NULL)
        mqh_mon_session_drop(m, session);
}

void mqh_monitor_close(struct mqh_monitor *m, unsigned connection, enum mqc_side who,
                       uint64_t now_ms)
{
    struct mqh_mon_connection *c = find(m, connection);

    if (c == NULL || m->blind)
        return;
    m->now = c;
    m->now_ms = now_ms;
    mqh_mon_missing(m, who);
    mqh_mon_requests_drop(m, c);
    leave_session(m, c);
    free_connection(m, c);
    m->now = NULL;
}

/* ---- faults ---- */

/* What a server may hand on as it came, whoever wrote it (v5 X5-1.5.4-1, X5-3.3.2.3.2-1). */
static bool is_passed_on(const struct mqc_packet *packet, enum mqc_rule rule)
{
    return packet->frame.from == MQC_SERVER &&
           (rule == MQC_RULE_STRING_CONTROL || rule == MQC_RULE_PUBLISH_FORMAT);
}

/* What a receiver may take all the same: it need not look into payloads, and the decoder that 5.0
 * prints takes lengths that are longer than needed. */
static bool is_tolerable(enum mqc_rule rule)
{
    return rule == MQC_RULE_PUBLISH_FORMAT || rule == MQC_RULE_WILL_FORMAT ||
           rule == MQC_RULE_REMAINING_LENGTH_MINIMAL || rule == MQC_RULE_VARINT_MINIMAL;
}

/* Tells the faults of the packet; true if the other side now has to end the connection. */
static bool tell_faults(struct mqh_monitor *m, const struct mqc_packet *packet,
                        const struct mqc_faults *faults, bool *malformed)
{
    struct mqh_mon_connection *c = m->now;
    bool spoils = false;

    for (size_t i = 0; i < mqc_faults_stored(faults); i++) {
        const struct mqc_fault *fault = &faults->items[i];
        const struct mqc_rule_text *rule = mqc_rule_in(fault->rule, packet->version);

        if (rule->level < MQC_SHOULD || is_passed_on(packet, fault->rule))
            continue;
        mqh_mon_fault(m, packet, fault);
        if (rule->level != MQC_MUST || is_tolerable(fault->rule))
            continue;
        *malformed = *malformed || rule->kind == MQC_MALFORMED;
        if (!spoils && packet->frame.type == MQC_CONNECT && !c->connect_seen) {
            c->connect_faulty = true;
            c->connect_fault = fault->rule;
        }
        spoils = true;
    }
    return spoils;
}

/* ---- the order of packets ---- */

static void judge_first_of_server(struct mqh_monitor *m, enum mqc_type type)
{
    struct mqh_mon_connection *c = m->now;

    if (!c->whole || c->server.spoke || type == MQC_CONNACK || type == MQC_AUTH ||
        (type == MQC_DISCONNECT && c->version == MQC_V5))
        return;
    mqh_mon_breach(m, MQH_RULE_CONNACK_FIRST, MQC_SERVER, "%s comes before CONNACK",
                   mqc_type_name(type));
}

static void judge_place_of_client(struct mqh_monitor *m, enum mqc_type type)
{
    struct mqh_mon_connection *c = m->now;

    if (c->whole && !c->connect_seen && type != MQC_CONNECT)
        mqh_mon_breach(m, MQH_RULE_FIRST_PACKET, MQC_CLIENT, "%s comes before CONNECT",
                       mqc_type_name(type));
    else if (c->method != NULL && !c->connack_seen && type != MQC_AUTH && type != MQC_DISCONNECT &&
             type != MQC_CONNECT)
        mqh_mon_breach(m, MQH_RULE_BEFORE_CONNACK, MQC_CLIENT, "%s comes before CONNACK",
                       mqc_type_name(type));
    else if (c->strange_session && type != MQC_DISCONNECT)
        mqh_mon_breach(m, MQH_RULE_STRANGE_SESSION_USED, MQC_CLIENT,
                       "%s comes on a session that the client does not have", mqc_type_name(type));
    if (c->connack_seen)
        c->strange_session = false;
}

/* ---- one packet ---- */

static void ping(struct mqh_monitor *m, enum mqc_type type)
{
    struct mqh_mon_connection *c = m->now;

    if (type == MQC_PINGREQ) {
        if (c->pings++ == 0) {
            c->ping_packet = c->packets;
            c->ping_ms = m->now_ms;
        }
    } else if (c->pings > 0) {
        c->pings--;
        c->ping_packet++; /* the next is later; how much is not kept */
        c->ping_ms = m->now_ms;
    } else if (c->whole) {
        mqh_mon_breach(m, MQH_RULE_PINGRESP_UNASKED, MQC_SERVER, "no PINGREQ waits for PINGRESP");
    }
}

static void dispatch(struct mqh_monitor *m, const struct mqc_packet *packet)
{
    switch (packet->frame.type) {
    case MQC_CONNECT:
        mqh_mon_connect(m, packet);
        break;
    case MQC_CONNACK:
        mqh_mon_connack(m, packet);
        break;
    case MQC_PUBLISH:
        mqh_mon_publish(m, packet);
        break;
    case MQC_PUBACK:
    case MQC_PUBREC:
    case MQC_PUBREL:
    case MQC_PUBCOMP:
        mqh_mon_ack(m, packet);
        break;
    case MQC_SUBSCRIBE:
        mqh_mon_subscribe(m, packet);
        break;
    case MQC_SUBACK:
        mqh_mon_suback(m, packet);
        break;
    case MQC_UNSUBSCRIBE:
        mqh_mon_unsubscribe(m, packet);
        break;
    case MQC_UNSUBACK:
        mqh_mon_unsuback(m, packet);
        break;
    case MQC_PINGREQ:
    case MQC_PINGRESP:
        ping(m, packet->frame.type);
        break;
    case MQC_DISCONNECT:
        mqh_mon_disconnect(m, packet);
        break;
    case MQC_AUTH:
        mqh_mon_auth(m, packet);
        break;
    case MQC_RESERVED:
        break;
    }
}

/* The packet has a fault that ends the conversation; what it says is noted as far as it counts. */
static void note_faulty(struct mqh_monitor *m, const struct mqc_packet *packet, bool malformed)
{
    struct mqh_mon_connection *c = m->now;

    mqh_mon_spoil(m, packet->frame.from, packet, malformed);
    if (packet->frame.type == MQC_CONNECT) {
        c->connect_again = c->connect_seen;
        c->connect_seen = true;
        c->real_version =
            mqc_connect_version(packet->connect.protocol_name, packet->connect.protocol_level) !=
            MQC_VERSION_UNKNOWN;
        c->version = packet->version;
    }
    if (packet->frame.type == MQC_CONNACK && packet->frame.from == MQC_SERVER)
        mqh_mon_connack_late(m, packet);
}

static void judge(struct mqh_monitor *m, const struct mqc_packet *packet,
                  const struct mqc_faults *faults)
{
    struct mqh_mon_connection *c = m->now;
    enum mqc_side from = packet->frame.from;
    struct mqh_mon_party *party = mqh_mon_party(c, from);
    bool malformed = false;

    if (c->spoiled_by != MQC_SIDE_UNKNOWN) {
        mqh_mon_reaction(m, packet);
        return;
    }
    if (tell_faults(m, packet, faults, &malformed)) {
        note_faulty(m, packet, malformed);
        return;
    }
    if (from == MQC_SERVER)
        judge_first_of_server(m, packet->frame.type);
    else
        judge_place_of_client(m, packet->frame.type);
    if (!party->faulted && mqh_mon_limits(m, packet))
        dispatch(m, packet);
    if (!party->faulted)
        return;
    mqh_mon_spoil(m, from, packet, false);
    if (packet->frame.type == MQC_CONNACK && !c->connack_seen)
        mqh_mon_connack_late(m, packet);
}

/* A packet that must not be there at all. */
static bool judge_end(struct mqh_monitor *m, const struct mqc_packet *packet)
{
    struct mqh_mon_connection *c = m->now;
    enum mqc_side from = packet->frame.from;
    struct mqh_mon_party *party = mqh_mon_party(c, from);

    if (party->left) {
        if (!party->after_told)
            mqh_mon_breach(m, MQH_RULE_AFTER_DISCONNECT, from, "%s comes after DISCONNECT",
                           mqc_type_name(packet->frame.type));
        party->after_told = true;
        return true;
    }
    if (!c->refused)
        return false;
    if (from == MQC_SERVER && packet->frame.type != MQC_DISCONNECT)
        mqh_mon_breach(m, MQH_RULE_REFUSED_SERVED, from, "%s comes after the refusal",
                       mqc_type_name(packet->frame.type));
    else if (from == MQC_SERVER)
        mqh_mon_breach(m, MQH_RULE_DISCONNECT_EARLY, from, "DISCONNECT comes after the refusal");
    return true;
}

void mqh_monitor_decoded(struct mqh_monitor *m, unsigned connection,
                         const struct mqc_packet *packet, const struct mqc_faults *faults,
                         uint64_t now_ms)
{
    struct mqh_mon_connection *c = find(m, connection);
    enum mqc_side from = packet->frame.from;

    if (c == NULL || m->blind || (from != MQC_CLIENT && from != MQC_SERVER))
        return;
    m->now = c;
    m->now_ms = now_ms;
    c->packets++;
    mqh_mon_keep_alive(m, from, false);
    if (from == MQC_CLIENT)
        c->client_ms = now_ms;
    if (!judge_end(m, packet))
        judge(m, packet, faults);
    mqh_mon_party(c, from)->spoke = true;
    m->now = NULL;
}

void mqh_monitor_packet(struct mqh_monitor *m, unsigned connection, enum mqc_side from,
                        struct mqc_slice bytes, uint64_t now_ms)
{
    const struct mqh_mon_connection *c = find(m, connection);
    struct mqc_fault items[FAULTS_MAX];
    struct mqc_faults faults = {.items = items, .capacity = FAULTS_MAX};
    struct mqc_frame frame = {.from = from};
    struct mqc_packet packet;

    if (c == NULL || mqc_frame_read(bytes, &frame) == MQC_FRAME_INCOMPLETE)
        return;
    frame.version = c->version;
    if (frame.version == MQC_VERSION_UNKNOWN && frame.type != MQC_CONNECT)
        return;
    mqc_packet_decode(&frame, &packet, &faults);
    mqh_monitor_decoded(m, connection, &packet, &faults, now_ms);
}
