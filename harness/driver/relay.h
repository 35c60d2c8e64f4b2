/*
 * The relay: listens, connects to the broker for each client, and passes bytes on both ways as they
 * come, unchanged and in order; what they mean it does not know. Each chunk is told of after it was
 * passed on.
 *
 * Either side may die, in order or not: the other is told in the same way (FIN, RST). Who stops
 * reading is not read for either, so that memory is bounded: one read for each direction.
 */
#ifndef MQH_RELAY_H
#define MQH_RELAY_H

#include <sys/socket.h>
#include <uv.h>

#include "codec/type.h"
#include "harness/driver/target.h"

struct mqh_relay;

/* `talk` is what `opened` has made of the connection. */
struct mqh_relay_events {
    /* A client has come; `address` is NULL if it came over a Unix socket. */
    void *(*opened)(void *context, const struct sockaddr *address);
    void (*passed)(void *context, void *talk, enum mqc_side from, struct mqc_slice bytes);
    /* This side sends no more: FIN, or RST, by which all is over. */
    void (*ended)(void *context, void *talk, enum mqc_side from, bool by_reset);
    /* The broker cannot be reached, or a handshake failed: both sides are closed. One line. */
    void (*failed)(void *context, void *talk, enum mqc_side side, const char *why);
    void (*closed)(void *context, void *talk); /* the last one */
    /* A client could not be accepted, or none can be. */
    void (*refused)(void *context, const char *why);
};

/*
 * Listens at `at`, where port 0 takes a free one, for the broker at `to`. Both must live as long.
 * NULL and one line in `why` if it cannot listen, the host of the broker is not known, or TLS is
 * asked for and a file of it cannot be used.
 */
struct mqh_relay *mqh_relay_new(uv_loop_t *loop, const struct mqh_target *at,
                                const struct mqh_target *to, const struct mqh_relay_events *events,
                                void *context, char *why, size_t why_size);

/* Where it listens; 0 for a Unix socket. */
uint16_t mqh_relay_port(const struct mqh_relay *relay);

/* Closes everything. When the loop has run to its end, it may be freed. */
void mqh_relay_stop(struct mqh_relay *relay);
void mqh_relay_free(struct mqh_relay *relay);

#endif
