/*
 * What the monitor remembers. Private to harness/monitor.
 *
 *     monitor.c    the calls of monitor.h: which packet goes where
 *     memory.c     the caller's block
 *     rule.c       the tables of rules
 *     report.c     a breach is told
 *     session.c    sessions, found by Client Identifier
 *     connect.c    CONNECT and CONNACK
 *     auth.c       AUTH
 *     limit.c      sizes, aliases, and what each side has said that it can do
 *     flow.c       Packet Identifiers, and the flows of QoS 1 and 2 as far as PUBLISH
 *     ack.c        PUBACK, PUBREC, PUBREL, PUBCOMP
 *     order.c      the order of acknowledgements
 *     subscribe.c  SUBSCRIBE, UNSUBSCRIBE and their answers
 *     deliver.c    what a client is sent, against what it subscribed to
 *     end.c        DISCONNECT, and reactions to errors
 *     absence.c    what never came
 */
#ifndef MQH_MONITOR_STATE_H
#define MQH_MONITOR_STATE_H

#include "harness/monitor/monitor.h"

enum mqh_monitor_rule {
#define MQH_RULE(name, spoils, text, v31, v311, v5) MQH_RULE_##name,
#include "harness/monitor/rules.def"
#undef MQH_RULE
    MQH_RULE_COUNT
};

/* ---- memory ---- */

#define MQH_MON_CLASSES 24 /* free cells of 32 << n bytes */

struct mqh_mon_cell {
    struct mqh_mon_cell *next;
};

struct mqh_mon_memory {
    uint8_t *data;
    size_t size;
    size_t used;
    struct mqh_mon_cell *free[MQH_MON_CLASSES];
};

/* A text in a cell of its own. */
struct mqh_mon_text {
    size_t size;
    uint8_t data[];
};

/* ---- what a session remembers ---- */

enum mqh_mon_stage {
    MQH_FLOW_SENT,     /* PUBLISH */
    MQH_FLOW_RECEIVED, /* PUBREC has come, PUBREL is due */
    MQH_FLOW_RELEASED, /* PUBREL */
};

/* One message of QoS 1 or 2 under way. */
struct mqh_mon_flow {
    struct mqh_mon_flow *next;
    enum mqc_side sender;
    uint16_t packet_id;
    uint8_t qos;         /* 0: only a PUBREL of it was seen */
    bool sure;           /* the content is known */
    bool counted;        /* against Receive Maximum */
    bool mixed;          /* the identifier was used with another QoS before it was free */
    bool skipped;        /* its acknowledgement was passed over, and that was told */
    bool publish_here;   /* PUBLISH was sent on that connection */
    bool pubrel_here;    /* PUBREL was */
    unsigned connection; /* serial number of the connection on which it was last seen */
    unsigned copies;     /* PUBLISHes not answered yet */
    unsigned pubrecs;    /* that came and were not answered yet by PUBREL */
    unsigned pubrels;    /* not answered yet by PUBCOMP */
    enum mqh_mon_stage stage;
    uint64_t digest;      /* of topic and payload */
    uint64_t publish_seq; /* order in which the PUBLISH came, on this connection; 0: not here */
    uint64_t pubrec_seq;  /* the same of the PUBREC */
    unsigned packet;      /* of the last step that wants an answer */
    uint64_t since_ms;
};

/* A filter that the client has subscribed to, now or before. */
struct mqh_mon_filter {
    struct mqh_mon_filter *next;
    uint8_t options;  /* as sent */
    unsigned pending; /* SUBSCRIBEs without an answer */
    bool granted;     /* once at least */
    uint8_t qos;      /* the highest that was granted */
    uint32_t id;      /* Subscription Identifier; 0: none */
    size_t prefix;    /* bytes of "$share/name/" in front */
    struct mqh_mon_text *text;
};

#define MQH_MON_BUCKETS 64

struct mqh_mon_session {
    struct mqh_mon_session *next;
    struct mqh_mon_text *client_id; /* NULL: none */
    enum mqc_version version;
    bool known;          /* all of it was seen, from its begin on */
    bool ended;          /* with its connection; kept to know that */
    bool doubtful;       /* a CONNECT without an answer may have taken it over */
    unsigned connection; /* serial number of the one that has it; 0: none */
    struct mqh_mon_flow *flows[MQH_MON_BUCKETS];
    struct mqh_mon_filter *filters;
};

/* ---- what a connection remembers ---- */

/* A SUBSCRIBE, UNSUBSCRIBE or AUTH that waits for its answer. */
struct mqh_mon_request {
    struct mqh_mon_request *next;
    enum mqc_type type;
    uint16_t packet_id;
    unsigned packet;
    uint64_t since_ms;
    uint64_t digest; /* of the whole packet */
    size_t filter_count;
    struct mqh_mon_filter *filters[]; /* of a SUBSCRIBE; NULL where one was faulty */
};

struct mqh_mon_alias {
    struct mqh_mon_alias *next;
    uint16_t number;
    struct mqh_mon_text *topic;
};

#define MQH_MON_PAGES 64
#define MQH_MON_PAGE_SIZE (65536 / MQH_MON_PAGES / 8)

/* One side of a connection. */
struct mqh_mon_party {
    /* What it has announced; what was not heard is `heard == false`. */
    bool heard;
    uint32_t receive_maximum;
    uint32_t packet_size;
    uint32_t alias_maximum;

    struct mqh_mon_alias *aliases; /* that it has set */
    uint32_t alias_highest;        /* that it has used */
    unsigned open;                 /* PUBLISHes against the other side's Receive Maximum */
    unsigned spare;                /* answers to repeated packets that may still come */
    unsigned loose;                /* PUBRECs that it got for nothing, and may answer */
    uint64_t publish_count;
    uint64_t pubrec_count;       /* that it has got */
    uint8_t *ids[MQH_MON_PAGES]; /* identifiers of its PUBLISHes on this connection, as bits */
    bool spoke;                  /* has sent a packet */
    bool faulted;                /* has sent an error */
    bool left;                   /* has sent DISCONNECT */
    bool after_told;             /* packets after it */
    unsigned left_packet;
    uint64_t left_ms;
};

struct mqh_mon_connection {
    struct mqh_mon_connection *next;
    unsigned number; /* the caller's */
    unsigned serial; /* ours, never used again; from 1 */
    enum mqc_version version;
    bool whole;
    uint64_t opened_ms;
    unsigned packets;

    struct mqh_mon_party client;
    struct mqh_mon_party server;
    struct mqh_mon_session *session; /* before CONNACK a new one, apart from an older one */

    bool connect_seen;
    bool connect_again;
    bool connect_faulty;
    enum mqc_rule connect_fault; /* the first */
    bool real_version;           /* of a known protocol, though perhaps not the expected one */
    uint8_t connect_flags;
    uint32_t asked_expiry;   /* Session Expiry Interval of CONNECT */
    uint32_t session_expiry; /* the one in force */
    bool wants_response;
    bool wants_problems;
    struct mqh_mon_text *method; /* Authentication Method; NULL: none */
    bool simple_client_id;       /* 1 to 23 digits and letters */
    unsigned connect_packet;
    uint64_t connect_ms;

    bool connack_seen;
    bool accepted;
    bool refused;
    bool strange_session; /* present where the client has none */
    bool fresh;           /* the session began on this connection */
    bool resumed;         /* or it is an older one */
    unsigned refused_packet;
    uint64_t refused_ms;
    uint8_t maximum_qos;
    bool maximum_qos_said;
    bool no_retain;
    bool no_wildcards;
    bool no_subscription_ids;
    bool no_shares;

    bool auth_asked; /* the server has sent AUTH, and waits */
    bool auth_began; /* the client has sent AUTH after CONNACK, and waits */
    unsigned auth_packet;
    uint64_t auth_ms;

    uint32_t keep_alive; /* seconds; 0: off */
    uint64_t client_ms;  /* when the client sent last */
    bool late_told;      /* that the server lets it be */
    struct mqh_mon_request *requests;
    unsigned pings;
    unsigned ping_packet; /* the oldest without an answer */
    uint64_t ping_ms;

    enum mqc_side spoiled_by; /* unknown: by nobody */
    enum mqc_type spoiled_type;
    uint16_t spoiled_id;
    bool spoiled_malformed;
    bool fault_answered; /* and that was told */
    unsigned spoiled_packet;
    uint64_t spoiled_ms;
};

/* A message that somebody has published, where all is seen. */
struct mqh_mon_message {
    struct mqh_mon_message *next;
    uint64_t digest;
    struct mqh_mon_session *publisher; /* NULL: more than one, or a Will */
    uint32_t expiry;                   /* the longest; UINT32_MAX: none was given */
};

struct mqh_monitor {
    struct mqh_monitor_options options;
    struct mqh_mon_memory memory;
    struct mqh_mon_connection *connections;
    struct mqh_mon_session *sessions;
    struct mqh_mon_message *messages[MQH_MON_BUCKETS];
    unsigned serial;

    bool blind;
    unsigned blind_connection;
    unsigned blind_packet;

    /* What is being judged. */
    struct mqh_mon_connection *now;
    uint64_t now_ms;
};

/* memory.c: NULL when the block is full; the monitor then is blind. Cleared. */
void *mqh_mon_alloc(struct mqh_monitor *m, size_t size);
void mqh_mon_free(struct mqh_monitor *m, void *cell, size_t size);
struct mqh_mon_text *mqh_mon_copy(struct mqh_monitor *m, struct mqc_slice text);
void mqh_mon_text_free(struct mqh_monitor *m, struct mqh_mon_text *text);

static inline struct mqc_slice mqh_mon_slice(const struct mqh_mon_text *text)
{
    return text != NULL ? (struct mqc_slice){text->data, text->size} : (struct mqc_slice){NULL, 0};
}

/* rule.c */
struct mqh_mon_rule_text {
    enum mqc_level level;
    const char *id;
    const char *twins;
};

const struct mqh_mon_rule_text *mqh_mon_rule_in(enum mqh_monitor_rule rule,
                                                enum mqc_version version);
const char *mqh_mon_rule_says(enum mqh_monitor_rule rule);
const char *mqh_mon_rule_name(enum mqh_monitor_rule rule);
bool mqh_mon_rule_spoils(enum mqh_monitor_rule rule);

/* report.c: tells a breach by `side`; `text` with printf's format says what happened. A version
 * without the rule has no breach. */
__attribute__((format(printf, 4, 5))) void mqh_mon_breach(struct mqh_monitor *m,
                                                          enum mqh_monitor_rule rule,
                                                          enum mqc_side side, const char *text,
                                                          ...);

/* The same for what has not come in answer to `packet`. */
__attribute__((format(printf, 5, 6))) void mqh_mon_absent(struct mqh_monitor *m,
                                                          enum mqh_monitor_rule rule,
                                                          enum mqc_side side, unsigned packet,
                                                          const char *text, ...);
void mqh_mon_fault(struct mqh_monitor *m, const struct mqc_packet *packet,
                   const struct mqc_fault *fault);

/* Small things. */
static inline enum mqc_side mqh_mon_other(enum mqc_side side)
{
    return side == MQC_CLIENT ? MQC_SERVER : MQC_CLIENT;
}

static inline struct mqh_mon_party *mqh_mon_party(struct mqh_mon_connection *c, enum mqc_side side)
{
    return side == MQC_CLIENT ? &c->client : &c->server;
}

static inline const char *mqh_mon_side_name(enum mqc_side side)
{
    return side == MQC_CLIENT ? "client" : "server";
}

/* A property's number, or `otherwise` if it is not there. */
uint32_t mqh_mon_number(struct mqc_slice properties, enum mqc_property_id id, uint32_t otherwise);

/* session.c */
struct mqh_mon_session *mqh_mon_session_new(struct mqh_monitor *m, struct mqc_slice client_id,
                                            enum mqc_version version);
/* The session of that Client Identifier that is not `other`. */
struct mqh_mon_session *mqh_mon_session_find(struct mqh_monitor *m, struct mqc_slice client_id,
                                             const struct mqh_mon_session *other);
/* Moves all of `old` into `into`, and drops it. */
void mqh_mon_session_join(struct mqh_monitor *m, struct mqh_mon_session *into,
                          struct mqh_mon_session *old);
void mqh_mon_session_drop(struct mqh_monitor *m, struct mqh_mon_session *session);
/* Forgets what is in it. */
void mqh_mon_session_empty(struct mqh_monitor *m, struct mqh_mon_session *session);

/* connect.c */
void mqh_mon_connect(struct mqh_monitor *m, const struct mqc_packet *packet);
void mqh_mon_connack(struct mqh_monitor *m, const struct mqc_packet *packet);
/* While only reactions are judged. */
void mqh_mon_connack_late(struct mqh_monitor *m, const struct mqc_packet *packet);

/* auth.c */
void mqh_mon_auth(struct mqh_monitor *m, const struct mqc_packet *packet);
void mqh_mon_auth_connack(struct mqh_monitor *m, struct mqc_slice properties);

/* limit.c: the rules that any packet can break; false if it spoiled the connection. */
bool mqh_mon_limits(struct mqh_monitor *m, const struct mqc_packet *packet);
/* The topic that a PUBLISH means; false if it cannot be known. Sets aliases. */
bool mqh_mon_topic(struct mqh_monitor *m, const struct mqc_packet *packet, struct mqc_slice *topic);
void mqh_mon_publish_limits(struct mqh_monitor *m, const struct mqc_packet *packet);
void mqh_mon_subscribe_limits(struct mqh_monitor *m, const struct mqc_packet *packet);

/* flow.c */
void mqh_mon_publish(struct mqh_monitor *m, const struct mqc_packet *packet);
/* Tells if a client's SUBSCRIBE or UNSUBSCRIBE takes an identifier in use. */
void mqh_mon_take_id(struct mqh_monitor *m, const struct mqc_packet *packet, uint16_t packet_id);
struct mqh_mon_flow *mqh_mon_flow_find(struct mqh_mon_session *session, enum mqc_side sender,
                                       uint16_t packet_id);
/* A new one of the session that has the connection; NULL when the block is full. */
struct mqh_mon_flow *mqh_mon_flow_new(struct mqh_monitor *m, enum mqc_side sender,
                                      uint16_t packet_id);
/* It is over. Copies that were sent may still be answered. */
void mqh_mon_flow_finish(struct mqh_monitor *m, struct mqh_mon_flow *flow);
/* It goes on here: what was counted on an earlier connection counts no longer. */
void mqh_mon_flow_bring(struct mqh_mon_flow *flow, unsigned connection);
/* The packet that is being judged waits for its answer. */
void mqh_mon_flow_await(struct mqh_monitor *m, struct mqh_mon_flow *flow);
/* True if a PUBLISH on this connection had the identifier. */
bool mqh_mon_id_was_used(const struct mqh_mon_party *party, uint16_t packet_id);
void mqh_mon_flow_drop(struct mqh_monitor *m, struct mqh_mon_session *session,
                       struct mqh_mon_flow *flow);

/* ack.c */
void mqh_mon_ack(struct mqh_monitor *m, const struct mqc_packet *packet);

/* order.c: before PUBACK or PUBREC, before PUBREL is noted in `flow`. */
void mqh_mon_order_of_answer(struct mqh_monitor *m, const struct mqh_mon_flow *flow);
void mqh_mon_order_of_pubrel(struct mqh_monitor *m, const struct mqh_mon_flow *flow);

/* subscribe.c */
void mqh_mon_subscribe(struct mqh_monitor *m, const struct mqc_packet *packet);
void mqh_mon_unsubscribe(struct mqh_monitor *m, const struct mqc_packet *packet);
void mqh_mon_suback(struct mqh_monitor *m, const struct mqc_packet *packet);
void mqh_mon_unsuback(struct mqh_monitor *m, const struct mqc_packet *packet);
/* The oldest that waits; `type` 0: of any type. */
struct mqh_mon_request *mqh_mon_request_find(struct mqh_mon_connection *c, enum mqc_type type,
                                             uint16_t packet_id);
void mqh_mon_requests_drop(struct mqh_monitor *m, struct mqh_mon_connection *c);

/* deliver.c */
void mqh_mon_delivery(struct mqh_monitor *m, const struct mqc_packet *packet,
                      struct mqc_slice topic);
void mqh_mon_published(struct mqh_monitor *m, struct mqc_slice topic, struct mqc_slice payload,
                       struct mqh_mon_session *publisher, struct mqc_slice properties);
uint64_t mqh_mon_digest(struct mqc_slice first, struct mqc_slice second);

/* end.c */
void mqh_mon_disconnect(struct mqh_monitor *m, const struct mqc_packet *packet);
/* Only the reaction is judged from now on. */
void mqh_mon_spoil(struct mqh_monitor *m, enum mqc_side side, const struct mqc_packet *packet,
                   bool malformed);
/* A packet while only reactions are judged. */
void mqh_mon_reaction(struct mqh_monitor *m, const struct mqc_packet *packet);

/* absence.c: what the time says at a packet of `from`, or at the end. */
void mqh_mon_keep_alive(struct mqh_monitor *m, enum mqc_side from, bool end);
/* What has not come by the end, which `who` made. */
void mqh_mon_missing(struct mqh_monitor *m, enum mqc_side who);

#endif
