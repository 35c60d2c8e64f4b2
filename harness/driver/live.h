/*
 * The live driver: joins engines to a broker over any transport (target.h) with libuv. Any number
 * of engines run in one loop, on one thread. It alone (with harness/broker) touches sockets and the
 * clock.
 *
 *     mqh_live_new -> mqh_live_reach -> mqh_live_run, as often as one likes -> mqh_live_free
 *
 * Time is in ms of a monotonic clock, mqh_live_now(). A deadline is judged only after what had
 * already come was read, so that a tester that was kept waiting does not blame the broker.
 */
#ifndef MQH_LIVE_H
#define MQH_LIVE_H

#include <uv.h>

#include "harness/driver/target.h"
#include "harness/scenario/engine.h"

struct mqh_live;

/* `target` must live as long. */
struct mqh_live *mqh_live_new(uv_loop_t *loop, const struct mqh_target *target);

uint64_t mqh_live_now(void);

/*
 * Finds the host, once, and connects to it, TLS and WebSocket included: its addresses are tried in
 * turn, and the first one that answers is the one that engines then connect to. `done` gets NULL,
 * or one line that says why not
 * ("cannot connect to mqtt://127.0.0.1:1: connection refused"), which lives until the next call.
 * One call at a time.
 */
void mqh_live_reach(struct mqh_live *live, unsigned timeout_ms,
                    void (*done)(void *context, const char *why_not), void *context);

/*
 * Runs one case: starts the engine, plays its actions, feeds it, and calls `done` once when the
 * engine is done and all its connections have ended. `hard_ms` is the deadline outside the
 * scenario: past it the engine is aborted with ERROR and its sockets are destroyed.
 */
void mqh_live_run(struct mqh_live *live, struct mqh_engine *engine, uint64_t hard_ms,
                  void (*done)(void *context, struct mqh_engine *engine), void *context);

/* Aborts a running engine, or all of them for NULL (Ctrl-C, dead broker); their `done` is called
 * from the loop. */
void mqh_live_abort(struct mqh_live *live, struct mqh_engine *engine, enum mqh_verdict verdict,
                    const char *reason);

/* Refusals and time-outs on connect so far, for the runner to lower its concurrency. */
unsigned mqh_live_connect_failures(const struct mqh_live *live);

/* What TLS or WebSocket had to say of the last connection that they ended; "" if nothing. */
const char *mqh_live_trouble(const struct mqh_live *live);

/* When a connection was last accepted; 0: never. */
uint64_t mqh_live_connected_ms(const struct mqh_live *live);

/* Where a running engine listens for the client under test: a port of 127.0.0.1; 0 before its first
 * LISTEN. */
uint16_t mqh_live_port(const struct mqh_live *live, const struct mqh_engine *engine);

/* No engine may be running. */
void mqh_live_free(struct mqh_live *live);

#endif
