#include "harness/monitor/state.h"

/* The method of a packet against that of CONNECT. */
static void judge_method(struct mqh_monitor *m, struct mqc_slice properties, enum mqc_side from)
{
    struct mqc_property method;

    if (!mqc_property_get(properties, MQC_AUTHENTICATION_METHOD, 0, &method) ||
        mqc_slice_equal(method.value, mqh_mon_slice(m->now->method)))
        return;
    mqh_mon_breach(m, MQH_RULE_AUTH_METHOD_CHANGED, from,
                   "the Authentication Method is not the one of CONNECT");
}

void mqh_mon_auth_connack(struct mqh_monitor *m, struct mqc_slice properties)
{
    struct mqc_property method;
    bool has = mqc_property_get(properties, MQC_AUTHENTICATION_METHOD, 0, &method);

    if (m->now->method == NULL && has)
        mqh_mon_breach(m, MQH_RULE_AUTH_UNASKED_SERVER, MQC_SERVER,
                       "CONNACK has an Authentication Method, and CONNECT named none");
    else if (m->now->method != NULL && !has)
        mqh_mon_breach(m, MQH_RULE_AUTH_METHOD_IGNORED, MQC_SERVER,
                       "CONNECT named an Authentication Method, and CONNACK accepts without it");
    else if (has)
        judge_method(m, properties, MQC_SERVER);
}

static void of_server(struct mqh_monitor *m, struct mqh_mon_connection *c,
                      const struct mqc_auth *auth)
{
    if (c->accepted && !c->auth_began) {
        mqh_mon_breach(m, MQH_RULE_AUTH_SERVER_BEGINS, MQC_SERVER,
                       "AUTH comes, and the client has not begun to authenticate again");
        return;
    }
    if (!c->accepted && auth->reason != 0x18)
        mqh_mon_breach(m, MQH_RULE_AUTH_ASKS, MQC_SERVER, "AUTH before CONNACK says 0x%02x",
                       (unsigned)auth->reason);
    c->auth_asked = auth->reason == 0x18;
    c->auth_began = false;
    judge_method(m, auth->properties, MQC_SERVER);
}

static void of_client(struct mqh_monitor *m, struct mqh_mon_connection *c,
                      const struct mqc_auth *auth)
{
    bool answers = c->auth_asked || !c->accepted;

    if (answers && auth->reason != 0x18)
        mqh_mon_breach(m, MQH_RULE_AUTH_ANSWERS, MQC_CLIENT, "the AUTH in answer says 0x%02x",
                       (unsigned)auth->reason);
    c->auth_asked = false;
    if (c->accepted) {
        c->auth_began = true;
        c->auth_packet = c->packets;
        c->auth_ms = m->now_ms;
    }
    judge_method(m, auth->properties, MQC_CLIENT);
}

void mqh_mon_auth(struct mqh_monitor *m, const struct mqc_packet *packet)
{
    struct mqh_mon_connection *c = m->now;
    bool by_client = packet->frame.from == MQC_CLIENT;

    if (!c->connect_seen)
        return;
    if (c->method == NULL) {
        mqh_mon_breach(m, by_client ? MQH_RULE_AUTH_UNASKED_CLIENT : MQH_RULE_AUTH_UNASKED_SERVER,
                       packet->frame.from, "AUTH comes, and CONNECT named no method");
        return;
    }
    if (by_client)
        of_client(m, c, &packet->auth);
    else
        of_server(m, c, &packet->auth);
}
