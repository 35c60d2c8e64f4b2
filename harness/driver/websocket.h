/*
 * WebSocket: the upgrade, then frames by wslay, as a filter without a socket (filter.h).
 *
 * What is sent goes out as one binary frame each time, unless the scenario asks for a text frame or
 * for fragments. What comes in binary frames goes up as it comes, wherever frames end. A ping is
 * answered, a close too; any other data frame ends the connection (v5 MQTT-6.0.0-1), as does a
 * breach of RFC 6455.
 */
#ifndef MQH_WEBSOCKET_H
#define MQH_WEBSOCKET_H

#include "harness/driver/filter.h"
#include "harness/driver/target.h"

/* `us`: a client asks for the upgrade, offering the sub-protocol of `version`; a server waits for
 * it. The target must live as long. */
struct mqh_filter *mqh_websocket_new(const struct mqh_target *target, enum mqc_side us,
                                     enum mqc_version version);

#endif
