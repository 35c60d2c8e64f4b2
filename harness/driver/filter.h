/*
 * A filter stands between a socket and MQTT: TLS (tls.c) or WebSocket (websocket.c). It has no
 * socket: bytes are handed in from below (`receive`) and from above (`send`), and what it makes of
 * them waits in `up` and `down` for transport.c, which joins filters to a stack.
 *
 *     MQTT      send |     ^ up
 *                 websocket
 *               send |     ^ up          state: OPENING -> OPEN -> ENDED
 *                   tls                           |
 *               down v     | receive             FAILED
 *     socket
 */
#ifndef MQH_FILTER_H
#define MQH_FILTER_H

#include "harness/driver/buffer.h"
#include "harness/scenario/engine.h"

enum mqh_filter_state {
    MQH_FILTER_OPENING, /* its handshake is under way */
    MQH_FILTER_OPEN,
    MQH_FILTER_ENDED,  /* the peer has ended it, or broke its rules; `why` may say more */
    MQH_FILTER_FAILED, /* its handshake failed; `why` says why */
};

struct mqh_filter;

struct mqh_filter_kind {
    const char *handshake; /* "TLS handshake" */
    void (*start)(struct mqh_filter *filter);
    void (*receive)(struct mqh_filter *filter, struct mqc_slice bytes);
    void (*send)(struct mqh_filter *filter, struct mqc_slice bytes, enum mqh_frame frame);
    void (*leave)(struct mqh_filter *filter); /* says goodbye, if it is open */
    void (*free)(struct mqh_filter *filter);
};

struct mqh_filter {
    const struct mqh_filter_kind *kind;
    enum mqh_filter_state state;
    struct mqh_buffer up;
    struct mqh_buffer down;
    char why[200];      /* one line, "" if there is nothing to say */
    const char *breach; /* id of a rule of MQTT that the peer broke; NULL: none */
    char breach_text[120];
};

#endif
