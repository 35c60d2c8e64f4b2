/*
 * What stands between a socket and MQTT: nothing, TLS, WebSocket, or WebSocket over TLS. It has no
 * socket: bytes from the socket are handed in, bytes for it are taken out.
 *
 *     mqh_transport_open -> received / send / leave, in any order -> mqh_transport_close
 *
 * After each call the owner writes `down` to the socket and hands `up` on to MQTT, and empties
 * both.
 */
#ifndef MQH_TRANSPORT_H
#define MQH_TRANSPORT_H

#include "harness/driver/filter.h"
#include "harness/driver/target.h"

struct mqh_tls_context;

enum { MQH_FILTERS_MAX = 2 };

struct mqh_transport {
    struct mqh_filter *filters[MQH_FILTERS_MAX]; /* the one next to the socket first */
    unsigned count;
    unsigned started;
    struct mqh_buffer up;
    struct mqh_buffer down;
};

/* NULL, or one line that says which library this build lacks for the target. */
const char *mqh_transport_lacks(const struct mqh_target *target);

/* What all connections to the target share; NULL where nothing is needed, or after a failure: then
 * `why` is one line, else empty. */
struct mqh_tls_context *mqh_transport_context(const struct mqh_target *target, enum mqc_side us,
                                              char *why, size_t why_size);
void mqh_transport_context_free(struct mqh_tls_context *context);

/* `us`: client or server. The target must be one that this build can speak to. */
void mqh_transport_open(struct mqh_transport *transport, const struct mqh_target *target,
                        struct mqh_tls_context *context, enum mqc_side us,
                        enum mqc_version version);

void mqh_transport_received(struct mqh_transport *transport, struct mqc_slice bytes);
void mqh_transport_send(struct mqh_transport *transport, struct mqc_slice bytes,
                        enum mqh_frame frame);

/* Says goodbye in each layer. */
void mqh_transport_leave(struct mqh_transport *transport);

/* OPEN once all layers are; else the state of the lowest that is not. */
enum mqh_filter_state mqh_transport_state(const struct mqh_transport *transport);

/* Why it failed or ended; "" if there is nothing to say. */
const char *mqh_transport_why(const struct mqh_transport *transport);

/* What is under way while OPENING: "TLS handshake". */
const char *mqh_transport_phase(const struct mqh_transport *transport);

/* A rule of MQTT that the peer broke, once: its id, with a line in `*text`; NULL: none. */
const char *mqh_transport_breach(struct mqh_transport *transport, const char **text);

void mqh_transport_close(struct mqh_transport *transport);

#endif
