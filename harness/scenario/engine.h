/*
 * The scenario engine: one case as a state machine without a world. Time and what came are handed
 * in, actions are handed out; a driver (harness/driver) joins it to sockets or to the model broker.
 *
 *     driver                          engine
 *       mqh_engine_start(now)  ------>
 *       mqh_engine_next() loop <------  OPEN 0, SEND 0 CONNECT …
 *       opened / received / closed ->   … more actions
 *       mqh_engine_deadline()  <------  when to call mqh_engine_tick() at the latest
 *       mqh_engine_done()      <------  the result is ready
 *
 * After every call that hands something in, the driver takes actions until there are none. Calls
 * about a connection that has ended are ignored. The first failure decides; after it the engine
 * only ends its connections.
 */
#ifndef MQH_ENGINE_H
#define MQH_ENGINE_H

#include "harness/scenario/result.h"

/* How long to wait, in ms. Only red waits that long. */
struct mqh_patience {
    unsigned answer_ms;   /* an acknowledgement, a close: 5000 */
    unsigned delivery_ms; /* a message, no deadline named: 20000 */
    unsigned settle_ms;   /* silence: 5 x the slowest delivery, 50 to 2000 */
};

struct mqh_engine_options {
    struct mqh_patience patience;
    const char *topic;     /* ${T} */
    const char *client;    /* ${C} */
    const char *denied;    /* ${D}: a topic that access control denies; NULL: none is known */
    const char *user_name; /* for every CONNECT that names none; NULL: none */
    const char *password;

    /* Shows that the checks can fail: the nth (from 1) line that proves something gets a wrong
     * answer: what it waits for is withheld, where it wants silence a message is made up, where it
     * sends the connection is taken for ended. 0: none. */
    unsigned sabotage;

    /* What comes is not judged, by decoder or monitor: for the script of a peer that is sent wrong
     * packets. */
    bool lenient;
};

struct mqh_engine;

/* `arena` holds the engine and its result: both end with it. The case must live as long. Until it
 * is done, a started engine holds its monitor's block besides: abort one that is not to go on. */
struct mqh_engine *mqh_engine_new(struct mqh_arena *arena, const struct mqh_case *c,
                                  const struct mqh_engine_options *options);

enum mqh_action_kind {
    MQH_ACTION_OPEN,   /* connect to the broker */
    MQH_ACTION_LISTEN, /* peer is a server: accept connections, report each with opened() */
    MQH_ACTION_SEND,   /* bytes, as one write; valid until the next call of mqh_engine_next(). Over
                          WebSocket one frame, of the kind `frame` */
    MQH_ACTION_CLOSE,  /* FIN after what was sent */
    MQH_ACTION_RESET,  /* RST at once */
};

struct mqh_action {
    enum mqh_action_kind kind;
    unsigned connection; /* OPEN gives it its number; LISTEN: the number of its first connection,
                            each `accept` step announces the next one by another LISTEN */
    struct mqc_slice bytes;
    enum mqh_frame frame;
    enum mqc_version version; /* OPEN: what will be spoken, for the sub-protocol of WebSocket */
};

void mqh_engine_start(struct mqh_engine *engine, uint64_t now_ms);
bool mqh_engine_next(struct mqh_engine *engine, struct mqh_action *out);

void mqh_engine_opened(struct mqh_engine *engine, unsigned connection, uint64_t now_ms);
void mqh_engine_open_failed(struct mqh_engine *engine, unsigned connection, const char *why,
                            uint64_t now_ms);
void mqh_engine_received(struct mqh_engine *engine, unsigned connection, struct mqc_slice bytes,
                         uint64_t now_ms);
void mqh_engine_closed(struct mqh_engine *engine, unsigned connection, bool by_reset,
                       uint64_t now_ms);
/* The peer broke a rule that is not of packets but of how they travel: `id`, such as MQTT-6.0.0-1,
 * is looked up for the connection's version. */
void mqh_engine_breach(struct mqh_engine *engine, unsigned connection, const char *id,
                       const char *text, uint64_t now_ms);
void mqh_engine_tick(struct mqh_engine *engine, uint64_t now_ms);

/* The hard deadline, Ctrl-C, a dead broker: ends the case with this verdict. */
void mqh_engine_abort(struct mqh_engine *engine, enum mqh_verdict verdict, const char *reason,
                      uint64_t now_ms);

/* The time at which mqh_engine_tick() is due; UINT64_MAX: none. */
uint64_t mqh_engine_deadline(const struct mqh_engine *engine);

bool mqh_engine_done(const struct mqh_engine *engine);

/* Valid once done. */
struct mqh_result *mqh_engine_result(struct mqh_engine *engine);

/* True if the line that options.sabotage names was reached. */
bool mqh_engine_sabotaged(const struct mqh_engine *engine);

/*
 * What the case has left behind at the broker, for the runner's clean-up: client ids that may have
 * a session (with the version that made them), and topics that were published to with RETAIN 1, a
 * Will's included.
 */
struct mqh_trace {
    const char *client_id; /* or NULL */
    const char *topic;     /* or NULL */
    enum mqc_version version;
};

const struct mqh_trace *mqh_engine_traces(const struct mqh_engine *engine, size_t *count);

#endif
