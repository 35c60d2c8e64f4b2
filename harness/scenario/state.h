/*
 * What the engine knows while a case runs. Private to harness/scenario/engine*.c.
 *
 *     engine.c      the calls of engine.h, the step loop, the end of a case
 *     step.c        what each step does
 *     expect.c      whether an expectation is met
 *     watch.c       the monitor looks on
 *     connection.c  opens, fences and ends a connection
 *     connection_receive.c, connection_send.c
 *                   bytes that came become messages in two lanes, bytes that go are noted
 *     scope.c       variables, and texts that become bytes
 */
#ifndef MQH_STATE_H
#define MQH_STATE_H

#include "harness/monitor/monitor.h"
#include "harness/scenario/engine.h"

/* A packet that came and waits for an expectation. */
struct mqh_message {
    struct mqc_packet packet; /* points into bytes of the arena */
    uint64_t time_ms;         /* when its last byte came */
    unsigned order;           /* counts the connection's packets */
    struct mqh_message *next;
};

#define MQH_FAULTS_MAX 32 /* of one packet: the rest is counted only */

enum mqh_lane { MQH_LANE_PUBLISH, MQH_LANE_OTHER, MQH_LANE_COUNT };

/* A PINGREQ that waits for its answer. */
struct mqh_ping {
    bool ours; /* a fence of the engine: its PINGRESP is not for the scenario */
    struct mqh_ping *next;
};

struct mqh_alias { /* a Topic Alias that the peer has set */
    uint16_t number;
    struct mqc_slice topic;
    struct mqh_alias *next;
};

struct mqh_foreign { /* a QoS 2 message from outside ${T}, acknowledged by the engine */
    uint16_t packet_id;
    struct mqh_foreign *next;
};

struct mqh_stream { /* bytes of one direction that do not make a whole packet yet; in the arena */
    uint8_t *data;
    size_t size;
    size_t capacity;
};

/* One network connection. */
struct mqh_connection {
    unsigned number;
    unsigned peer;
    enum mqc_version version;
    enum mqc_side peer_side; /* who is at the other end */

    bool open;     /* it stands */
    bool ended;    /* the other end is gone */
    bool by_reset; /* … with RST */
    bool left;     /* we closed or reset it */
    uint64_t ended_ms;

    struct mqh_stream in;
    bool in_lost;          /* the framer has lost the stream */
    struct mqh_stream out; /* the same for what we sent */

    struct mqh_message *lane[MQH_LANE_COUNT];
    struct mqh_message **lane_end[MQH_LANE_COUNT];
    unsigned packet_count;
    struct mqh_ping *pings;
    struct mqh_alias *aliases;
    struct mqh_foreign *foreigns;

    bool connect_sent;
    bool accepted;     /* CONNACK 0 has come */
    bool refused;      /* another CONNACK has come */
    bool disconnected; /* we sent DISCONNECT */
    bool faulty;       /* we sent something malformed: judge the reaction only */
    bool unfenced;     /* a QoS 0 PUBLISH was sent, and no PINGREQ after it */
    bool withheld;     /* sabotage: what comes is thrown away */
    bool derailed;     /* the other side has broken a rule: what we do then may be wrong too */
};

/* The first breach of a MUST by the other side that only the conversation shows. */
struct mqh_watched_breach {
    const char *text; /* NULL: there was none */
    struct mqh_id_list rule;
    const char *expected;
    const char *actual;
    bool absence;
    size_t event_count; /* when it was seen */
};

struct mqh_peer {
    const char *name;
    bool is_server;
    bool acks_auto;
    enum mqc_version version;
    const char *client_id;      /* default */
    struct mqh_connection *now; /* its connection; NULL before the first */
};

struct mqh_variable {
    struct mqc_slice name;
    struct mqc_value value;
    struct mqh_variable *next;
};

enum mqh_phase {
    MQH_PHASE_STEPS,
    MQH_PHASE_FENCE, /* a PINGREQ on each connection, so that surplus packets have come */
    MQH_PHASE_FRESH, /* a new client must be served */
    MQH_PHASE_DONE,
};

struct mqh_engine {
    struct mqh_arena *arena;
    const struct mqh_case *c;
    struct mqh_engine_options options;
    struct mqh_result result;
    bool failed; /* the first failure has decided */

    uint64_t start_ms;
    uint64_t now_ms;
    uint64_t step_ms;     /* when the current step began */
    uint64_t cause_ms;    /* when the one before it ended */
    uint64_t deadline_ms; /* of the current step; UINT64_MAX: none */
    enum mqh_phase phase;
    size_t step;
    bool entered;     /* the current step has begun */
    unsigned waiting; /* sub-phase of the current step */
    unsigned served;  /* clients of the current step that have what it expects */
    uint64_t settled_ms;
    bool *met;        /* children of the current group */
    unsigned proving; /* lines that prove something so far */
    bool sabotaged;   /* the current step is the one */
    bool saw_refusal;

    struct mqh_peer *peers; /* the scenario's, and one more: the fresh client at the end */
    struct mqh_connection **connections;
    size_t connection_count;
    size_t connection_capacity;

    struct mqh_variable *variables;
    const struct mqh_binding *step_bindings;
    const struct mqh_binding *expect_bindings;

    struct mqh_action *actions;
    size_t action_count;
    size_t action_capacity;
    size_t action_next;

    struct mqh_monitor *monitor;           /* NULL before the first connection and after the end */
    struct mqh_arena monitor_arena;        /* its block, which is not kept with the result */
    const struct mqh_event *watched_event; /* the packet that it looks at; NULL: none */
    const struct mqh_breaks *watched_breaks; /* what the line says that it breaks; NULL: nothing */
    bool watched_ours;                       /* the engine's own, of no line */
    bool watched_foreign;                    /* a message that is not of this case */
    bool blindness_told;
    struct mqh_watched_breach breach;

    struct mqh_trace *traces;
    size_t trace_count;
    size_t trace_capacity;
};

/* engine.c */
struct mqh_event *mqh_engine_event(struct mqh_engine *engine, enum mqh_event_kind kind,
                                   const struct mqh_connection *connection, const char *text);
void mqh_engine_act(struct mqh_engine *engine, enum mqh_action_kind kind, unsigned connection,
                    struct mqc_slice bytes);
void mqh_engine_warn(struct mqh_engine *engine, const struct mqh_requirement *rule,
                     const char *text);

/* The case fails, unless it has already: `broken` says what; empty: BLOCKED. */
void mqh_engine_fail(struct mqh_engine *engine, struct mqh_id_list broken, const char *reason,
                     const char *expected, const char *actual, bool absence);
void mqh_engine_error(struct mqh_engine *engine, const char *reason);

/* step.c: true when the current step is done. */
bool mqh_step_run(struct mqh_engine *engine, const struct mqh_step *step);

/* expect.c */
enum mqh_met { MQH_NOT_YET, MQH_MET, MQH_NEVER };

struct mqh_verdict_text { /* why an expectation is not met */
    const char *reason;
    const char *expected;
    const char *actual;
    bool absence;
};

/* Looks at the inbox, consumes what it matches. `why` is filled on NEVER, and on NOT_YET with what
 * would be said if the time were up. */
enum mqh_met mqh_expect_check(struct mqh_engine *engine, const struct mqh_step *step,
                              struct mqh_verdict_text *why);

/* How long to wait for it, in ms. */
unsigned mqh_expect_patience(const struct mqh_engine *engine, const struct mqh_expect *expect);

/* True if it may be met by the connection's end. */
bool mqh_expect_closes(const struct mqh_expect *expect);

/* connection.c */
struct mqh_connection *mqh_connection_new(struct mqh_engine *engine, unsigned peer);
struct mqh_connection *mqh_connection_find(struct mqh_engine *engine, unsigned number);
/* Takes the first packet of a lane out. */
void mqh_connection_consume(struct mqh_connection *connection, enum mqh_lane lane);
/* A PINGREQ of the engine's own; false where none can be sent. */
bool mqh_connection_fence(struct mqh_engine *engine, struct mqh_connection *connection);
/* True while a fence waits for its answer. */
bool mqh_connection_fenced(const struct mqh_connection *connection);
void mqh_connection_leave(struct mqh_engine *engine, struct mqh_connection *connection,
                          enum mqh_action_kind kind);
void mqh_stream_append(struct mqh_engine *engine, struct mqh_stream *stream,
                       struct mqc_slice bytes);
void mqh_stream_drop(struct mqh_stream *stream, size_t count);
/* Remaining Length does not end: what follows in the stream cannot be read. */
void mqh_stream_lost(struct mqh_engine *engine, struct mqh_connection *connection,
                     const struct mqc_frame *frame, enum mqh_event_kind kind, unsigned line);
/* For the transcript: a packet in the notation, and bytes as RAW; both shortened. */
const char *mqh_packet_text(struct mqh_engine *engine, const struct mqc_packet *packet);
const char *mqh_raw_text(struct mqh_engine *engine, struct mqc_slice bytes);

/* connection_receive.c: what comes is judged, and what is for the scenario waits in its lane. */
void mqh_connection_receive(struct mqh_engine *engine, struct mqh_connection *connection,
                            struct mqc_slice bytes);
/* A message nobody sent, for sabotage. */
void mqh_connection_invent(struct mqh_engine *engine, struct mqh_connection *connection);

/* connection_send.c. Sends in one write and notes what was sent. `line` of the scenario; 0: the
 * engine's own. */
void mqh_connection_send(struct mqh_engine *engine, struct mqh_connection *connection,
                         struct mqc_slice bytes, unsigned line);
/* The same in the writes and frames that a SEND step asks for. */
void mqh_connection_send_as(struct mqh_engine *engine, struct mqh_connection *connection,
                            struct mqc_slice bytes, const struct mqh_step *step);

/* watch.c: what is shown to the monitor, and what becomes of the breaches that it tells. `line` is
 * that of the scenario for what we sent; 0: the engine's own. */
void mqh_watch_open(struct mqh_engine *engine, const struct mqh_connection *connection);
void mqh_watch_packet(struct mqh_engine *engine, const struct mqh_connection *connection,
                      const struct mqc_packet *packet, const struct mqc_faults *faults,
                      const struct mqh_event *event, unsigned line);
void mqh_watch_close(struct mqh_engine *engine, const struct mqh_connection *connection,
                     enum mqc_side who);
void mqh_watch_end(struct mqh_engine *engine);

/* scope.c */
struct mqc_text_scope mqh_scope(struct mqh_engine *engine, const struct mqh_connection *connection,
                                enum mqc_side from);
/* Bytes in the arena; false: the engine has failed with ERROR. */
bool mqh_scope_encode(struct mqh_engine *engine, const struct mqh_connection *connection,
                      struct mqc_slice text, struct mqc_slice *out);
enum mqc_text_result mqh_scope_match(struct mqh_engine *engine,
                                     const struct mqh_connection *connection, struct mqc_slice text,
                                     const struct mqc_packet *packet, struct mqh_verdict_text *why);

#endif
