/*
 * What the reference broker remembers. Private to harness/model.
 *
 *     model.c      the broker, its connections, time
 *     receive.c    framing, what is refused, what each packet leads to
 *     output.c     actions: what is sent, and the end of a connection
 *     degenerate.c brokers that are none
 *     alter.c      defects of packets on their way out
 *     connect.c    CONNECT: who may come in, and what CONNACK says
 *     auth.c       enhanced authentication: AUTH
 *     session.c    sessions, their end, Wills
 *     message.c    application messages and their properties
 *     publish.c    what clients publish
 *     answer.c     acknowledgements, theirs and ours
 *     route.c      who gets a message, on which terms
 *     deliver.c    what subscribers get: queues, flow control
 *     resend.c     what is sent again
 *     share.c      Shared Subscriptions
 *     subscribe.c  subscriptions, shares, retained messages
 *     match.c      which names a filter matches
 */
#ifndef MQH_MODEL_STATE_H
#define MQH_MODEL_STATE_H

#include "harness/model/model.h"

#define MQH_NEVER_MS UINT64_MAX

/* An application message. Shared by all its deliveries; the last one frees it. */
struct mqh_message_body {
    unsigned references;
    struct mqc_slice topic;
    struct mqc_slice payload;
    struct mqc_slice properties; /* those that are forwarded, but Message Expiry Interval */
    uint8_t qos;
    bool retain; /* as it was published */
    bool dup;    /* as it came */
    bool has_expiry;
    uint32_t expiry_s; /* Message Expiry Interval as received */
    uint64_t received_ms;
    struct mqc_slice publisher; /* Client Identifier, for No Local */
};

struct mqh_subscription {
    struct mqc_slice filter; /* as subscribed, "$share/…" included */
    struct mqc_slice share;  /* ShareName; empty: not shared */
    struct mqc_slice match;  /* the part that matches names */
    uint8_t options;
    uint8_t qos;         /* granted */
    uint32_t identifier; /* 0: none */
    struct mqh_subscription *next;
};

enum mqh_delivery_state {
    MQH_WAITS,    /* not sent yet */
    MQH_SENT,     /* PUBLISH sent, PUBACK or PUBREC is due */
    MQH_RELEASED, /* PUBREL sent, PUBCOMP is due */
};

/* A message on its way to one session. */
struct mqh_delivery {
    struct mqh_message_body *body; /* NULL once PUBREL was sent */
    uint8_t qos;
    bool retain;
    struct mqc_slice share; /* the filter of the Shared Subscription that it is for; or empty */
    uint32_t *identifiers;
    size_t identifier_count;
    enum mqh_delivery_state state;
    uint16_t packet_id; /* 0 before it is sent */
    uint64_t sent_ms;
    struct mqh_delivery *next;
};

struct mqh_received { /* a QoS 2 Packet Identifier between PUBREC and PUBREL */
    uint16_t packet_id;
    struct mqh_message_body *body; /* not handed on yet; NULL if it was */
    struct mqh_received *next;
};

struct mqh_will {
    struct mqh_message_body *body; /* NULL: none */
    uint32_t delay_s;
    uint64_t due_ms; /* MQH_NEVER_MS while the connection stands */
};

struct mqh_session {
    struct mqc_slice client_id;
    enum mqc_version version;  /* of its last connection */
    struct mqh_client *client; /* NULL: nobody is connected */
    uint32_t expiry_s;         /* UINT32_MAX: never */
    uint64_t expires_ms;
    struct mqh_subscription *subscriptions;
    struct mqh_delivery *deliveries; /* oldest first */
    struct mqh_received *received;
    uint16_t last_packet_id;
    uint16_t held_pubrel;        /* by defects only */
    struct mqc_slice last_topic; /* by defects only: of the last Topic Alias */
    struct mqh_will will;
    struct mqh_session *next;
};

/* A network connection and who is at its other end. */
struct mqh_client {
    unsigned number;
    bool closed;   /* nothing more is read or sent */
    bool closes;   /* a defect closes it as soon as what is under way is done */
    bool accepted; /* CONNACK 0 was sent */
    enum mqc_version version;
    struct mqh_session *session;
    struct mqc_slice held; /* its CONNECT, if that named an Authentication Method */
    bool asked;            /* an answer by AUTH is due */
    bool authenticated;    /* by an exchange of AUTH */
    uint8_t *in;
    size_t in_size;
    size_t in_capacity;
    uint64_t opened_ms;
    uint64_t heard_ms; /* when its last packet came */
    uint16_t keep_alive_s;
    uint16_t receive_maximum;
    uint16_t topic_alias_maximum;
    uint32_t maximum_packet_size; /* UINT32_MAX: no limit */
    bool problem_information;
    bool response_information;
    uint32_t connect_expiry_s; /* Session Expiry Interval of CONNECT */
    unsigned open_count;       /* its unanswered QoS 1 and 2 PUBLISHes to us */
    struct mqc_slice *aliases; /* topics by Topic Alias, 1 to our maximum */
    struct mqh_alias *given;   /* those that we have given, newest first */
    uint16_t given_count;
    struct mqh_client *next;
};

struct mqh_alias { /* a Topic Alias towards a client; they count from 1 */
    struct mqc_slice topic;
    uint16_t alias;
    struct mqh_alias *next;
};

struct mqh_retained {
    struct mqh_message_body *body;
    struct mqh_retained *next;
};

struct mqh_pending { /* an action that waits to be taken */
    enum mqh_model_action_kind kind;
    unsigned connection;
    uint64_t due_ms; /* not before */
    struct mqc_slice bytes;
    struct mqh_pending *next;
};

/* How a packet is sent, if not just once and as it is: alter.c. */
struct mqh_output {
    unsigned copies;
    uint8_t type;     /* of the fixed header; 0: its own */
    int surplus;      /* bytes more in the body, or fewer */
    unsigned padding; /* bytes more in Remaining Length */
    unsigned late_ms;
    bool closes;
    struct mqh_scrap *scraps;
};

struct mqh_scrap { /* memory of a changed packet until it is written */
    struct mqh_scrap *next;
    uint8_t bytes[];
};

struct mqh_model {
    struct mqh_model_limits limits;
    uint64_t now_ms;
    enum mqc_version speaking; /* of the client that is being served; unknown before CONNECT */
    uint8_t broken[MQH_DEFECT_COUNT]; /* sets of the versions in which a defect is in force */
    enum mqh_defect active[MQH_DEFECTS_MAX];
    size_t active_count;
    unsigned next_number;
    unsigned assigned; /* counts assigned Client Identifiers */
    bool degenerate;   /* it is no broker: degenerate.c */
    unsigned garbage;  /* the last piece of it */
    unsigned turn;     /* of shared subscriptions */
    struct mqh_client *clients;
    struct mqh_session *sessions;
    struct mqh_retained *retained;
    const struct mqh_session *holding; /* gets nothing until its SUBACK is sent */
    struct mqh_pending *pending;
    struct mqh_pending **pending_end;
    struct mqh_pending *taken;
};

/*
 * True if this broker has the defect, for clients such as the one that is being served. A condition
 * of this form stands at the place of each rule that a defect breaks; to read the model as a
 * specification, take it for false.
 */
static inline bool mqh_breaks(const struct mqh_model *model, enum mqh_defect defect)
{
    return (model->broken[defect] >> model->speaking & 1) != 0;
}

/* True if this broker uses the freedom. */
static inline bool mqh_chooses(const struct mqh_model *model, enum mqh_variant variant)
{
    return model->limits.chosen[variant];
}

/* model.c */
void *mqh_model_alloc(size_t size); /* zeroed; ends the program when there is no memory */
struct mqc_slice mqh_model_copy(struct mqc_slice bytes);
void mqh_model_discard(struct mqc_slice bytes);             /* a copy, or the like */
uint64_t mqh_model_delay_ms(const struct mqh_model *model); /* by which its timers are late */

/* alter.c: changes the packet, and how it is sent, as the defects in force say. */
void mqh_alter(const struct mqh_model *model, struct mqc_packet *packet, struct mqh_output *output);

/* The packet's own properties, which are then written, Reason Code and all; NULL: it has none. */
struct mqc_slice *mqh_output_section(struct mqc_packet *packet);

/* Adds a property: the number b, or b times "x". */
void mqh_output_add(struct mqh_output *output, struct mqc_slice *section, uint32_t id, uint32_t b);

/* The bytes that are sent for `whole`, which it frees if they differ. Frees what mqh_alter() left.
 */
struct mqc_slice mqh_output_bytes(struct mqh_output *output, struct mqc_slice whole);

/* output.c */
void mqh_model_send(struct mqh_model *model, struct mqh_client *client, struct mqc_packet *packet);
void mqh_model_send_bytes(struct mqh_model *model, struct mqh_client *client,
                          struct mqc_slice bytes);
void mqh_model_close(struct mqh_model *model, struct mqh_client *client);
/* Something is wrong: CONNACK before CONNACK 0, DISCONNECT after it (5.0), then the close. */
void mqh_model_refuse(struct mqh_model *model, struct mqh_client *client, uint8_t reason);

/* The connection ends without a packet; the Will is kept (published when due) or dropped. */
void mqh_model_leave(struct mqh_model *model, struct mqh_client *client, bool keep_will);
void mqh_model_forget(struct mqh_model *model, struct mqh_client *client, bool keep_will);
void mqh_output_close(struct mqh_model *model); /* those that a defect closes */
void mqh_output_free(struct mqh_model *model);
uint64_t mqh_output_deadline(const struct mqh_model *model);

/* degenerate.c: what a broker does that is none */
void mqh_degenerate_opened(struct mqh_model *model, struct mqh_client *client);
void mqh_degenerate_packet(struct mqh_model *model, struct mqh_client *client,
                           const struct mqc_packet *packet);

/* connect.c */
void mqh_model_connect(struct mqh_model *model, struct mqh_client *client,
                       const struct mqc_packet *packet);

/* auth.c */
/* True if the Authentication Method is ours. */
bool mqh_auth_knows(struct mqc_slice properties);
void mqh_auth_write_method(const struct mqh_model *model, struct mqc_writer *w);
/* Asks the first question; CONNECT is served when it is answered. */
void mqh_auth_begin(struct mqh_model *model, struct mqh_client *client,
                    const struct mqc_packet *connect);
void mqh_auth_ask(struct mqh_model *model, struct mqh_client *client);
void mqh_auth_came(struct mqh_model *model, struct mqh_client *client,
                   const struct mqc_packet *packet);

/* session.c */
struct mqh_session *mqh_session_find(struct mqh_model *model, struct mqc_slice client_id);
struct mqh_session *mqh_session_new(struct mqh_model *model, struct mqc_slice client_id);
void mqh_session_free(struct mqh_model *model, struct mqh_session *session);
void mqh_session_end(struct mqh_model *model, struct mqh_session *session);
/* Its connection has ended: the Will is due, the session may end. */
void mqh_session_leave(struct mqh_model *model, struct mqh_session *session, bool keep_will);
void mqh_session_drop_will(struct mqh_session *session);
void mqh_session_publish_will(struct mqh_model *model, struct mqh_session *session);
void mqh_session_tick(struct mqh_model *model);
uint64_t mqh_session_deadline(const struct mqh_model *model);

/* message.c */
struct mqh_message_body *mqh_message_new(struct mqh_model *model, struct mqc_slice topic,
                                         struct mqc_slice payload, struct mqc_slice properties,
                                         uint8_t qos, bool retain, struct mqc_slice publisher);
void mqh_message_release(struct mqh_message_body *body);
bool mqh_message_expired(const struct mqh_model *model, const struct mqh_message_body *body);
/* What is left of its Message Expiry Interval. */
uint32_t mqh_message_expiry_left(const struct mqh_model *model,
                                 const struct mqh_message_body *body);

/* publish.c */
void mqh_model_publish(struct mqh_model *model, struct mqh_client *client,
                       const struct mqc_packet *packet);
/* Hands the message on, and releases it; true if anybody has subscribed to it. */
bool mqh_model_distribute(struct mqh_model *model, struct mqh_message_body *body);
/* Where the QoS 2 identifier stands among those between PUBREC and PUBREL, or would. */
struct mqh_received **mqh_received_find(struct mqh_session *session, uint16_t packet_id);
void mqh_received_free(struct mqh_received *received);

/* answer.c: PUBACK, PUBREC, PUBREL and PUBCOMP */
void mqh_model_answer(struct mqh_model *model, struct mqh_client *client,
                      const struct mqc_packet *packet);
struct mqh_delivery **mqh_delivery_find(struct mqh_session *session, uint16_t packet_id);
void mqh_model_ack(struct mqh_model *model, struct mqh_client *client, enum mqc_type type,
                   uint16_t packet_id, uint8_t reason);

/* route.c: gives a message to all whose subscriptions match; true if there was one. */
bool mqh_route(struct mqh_model *model, struct mqh_message_body *body);
/* A copy for this subscription alone, with this identifier; 0: none. */
void mqh_route_for(struct mqh_model *model, struct mqh_session *session,
                   const struct mqh_subscription *sub, struct mqh_message_body *body,
                   uint32_t identifier);

/* deliver.c */
struct mqh_terms { /* on which a message is delivered */
    uint8_t qos;
    bool retain;
    const uint32_t *identifiers;
    size_t identifier_count;
    struct mqc_slice share; /* as in mqh_delivery */
};
void mqh_deliver_add(struct mqh_model *model, struct mqh_session *session,
                     struct mqh_message_body *body, const struct mqh_terms *terms);
/* Sends the PUBLISH; false if it is larger than the client takes (v5 MQTT-3.1.2-24), or its topic
 * is none in the client's version. */
bool mqh_deliver_send(struct mqh_model *model, struct mqh_client *client,
                      struct mqh_delivery *delivery, bool dup);
void mqh_deliver_pump(struct mqh_model *model, struct mqh_session *session);
/* True if as many messages are open as the client's Receive Maximum allows. */
bool mqh_deliver_is_full(const struct mqh_client *client);
void mqh_deliver_remove(struct mqh_session *session, struct mqh_delivery *delivery);
/* Forgets what is on its way because of this filter, as only a defect has it. */
void mqh_deliver_drop(struct mqh_session *session, struct mqc_slice filter);
void mqh_deliver_free(struct mqh_delivery *delivery);

/* resend.c */
void mqh_resend(struct mqh_model *model, struct mqh_session *session);
/* Sends again what has waited for its acknowledgement too long, where that is chosen. */
void mqh_resend_tick(struct mqh_model *model);
uint64_t mqh_resend_deadline(const struct mqh_model *model);

/* share.c: gives a message to one member of each share that matches; true if there was one. */
bool mqh_share_route(struct mqh_model *model, struct mqh_message_body *body);
/* The session ends: what it had of a share goes to another member (v5 X5-4.8.2-4), but not the QoS
 * 2 messages that it had begun to get (v5 MQTT-4.8.2-5). */
void mqh_share_end(struct mqh_model *model, struct mqh_session *session);
/* The connection ends: a begun QoS 2 message stays with the session (v5 MQTT-4.8.2-4). */
void mqh_share_leave(struct mqh_model *model, struct mqh_session *session);
/* Gives what came by a share to another of its members, if there is one. */
void mqh_share_pass_on(struct mqh_model *model, struct mqh_session *from,
                       const struct mqh_delivery *delivery);

/* match.c */
bool mqh_model_matches(const struct mqh_model *model, struct mqc_slice filter,
                       struct mqc_slice topic);

/* subscribe.c */
void mqh_model_subscribe(struct mqh_model *model, struct mqh_client *client,
                         const struct mqc_packet *packet);
void mqh_model_unsubscribe(struct mqh_model *model, struct mqh_client *client,
                           const struct mqc_packet *packet);
void mqh_model_retain(struct mqh_model *model, struct mqh_message_body *body);
void mqh_model_unretain(struct mqh_model *model, struct mqc_slice publisher);
void mqh_subscription_free(struct mqh_subscription *subscription);

#endif
