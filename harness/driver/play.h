/*
 * What the live driver knows. Private to harness/driver.
 *
 *     live.c      one engine is one play: actions, deadlines, the end
 *     link.c      one connection of a play
 *     listener.c  accepts connections for a play whose scenario is the server
 *     reach.c     finds the host and the address that answers
 *     channel.c   a socket and what stands above it; segment.c cuts what is written
 *     transport.c the layers above a socket, of which each is a filter: tls.c, websocket.c
 */
#ifndef MQH_PLAY_H
#define MQH_PLAY_H

#include "harness/driver/address.h"
#include "harness/driver/channel.h"
#include "harness/driver/live.h"

enum { MQH_READ_SIZE = 64 * 1024 };

struct mqh_live {
    uv_loop_t *loop;
    const struct mqh_target *target;
    struct mqh_addresses addresses;
    unsigned address; /* the one in use */
    unsigned connect_failures;
    uint64_t connected_ms;
    unsigned channel_count;            /* opened so far */
    struct mqh_tls_context *as_client; /* NULL: not needed yet */
    struct mqh_tls_context *as_server;
    struct mqh_play *plays;
    struct mqh_reach *reach; /* NULL: none is under way */
    char why[256];
    char trouble[200];          /* of the last connection that TLS or WebSocket ended */
    char buffer[MQH_READ_SIZE]; /* what was read last; handed on before the next read */
};

/* One connection. */
struct mqh_link {
    struct mqh_channel channel; /* the first, so that it leads here */
    struct mqh_play *play;
    unsigned number;
    struct mqh_link *next;
};

/* One engine under way. */
struct mqh_play {
    struct mqh_live *live;
    struct mqh_engine *engine;
    void (*done)(void *context, struct mqh_engine *engine);
    void *context;
    uv_timer_t timer;
    bool looked;      /* the timer has fired, and one more look at the sockets is taken */
    uint64_t hard_ms; /* the deadline outside the scenario, on the clock */
    uint64_t end_ms;  /* the engine is done; when its sockets are destroyed. 0: it is not done */
    unsigned handles; /* of libuv, that are not closed yet */
    struct mqh_link *links;

    uv_tcp_t listener;
    bool listens;
    uint16_t port;
    unsigned waiting;  /* connections that nobody has announced yet */
    unsigned *numbers; /* announced, without a connection yet: a queue */
    size_t number_first;
    size_t number_count;
    size_t number_capacity;
    struct mqh_play *next;
};

/* live.c: takes all actions that wait, and sets the timer; to be called after every hand-in. */
void mqh_play_on(struct mqh_play *play);

/* live.c: a handle of the play is closed; frees the play with the last one. */
void mqh_play_closed_handle(struct mqh_play *play);

/* live.c: for connections to the target, or to ourselves; `why` is one line on failure, else empty.
 */
struct mqh_tls_context *mqh_live_context(struct mqh_live *live, enum mqc_side us, char *why,
                                         size_t why_size);

/* link.c */
void mqh_link_open(struct mqh_play *play, unsigned number, enum mqc_version version);
void mqh_link_accept(struct mqh_play *play, unsigned number);
void mqh_link_leave(struct mqh_link *link);

/* listener.c */
void mqh_listener_announce(struct mqh_play *play, unsigned number);
void mqh_listener_close(struct mqh_play *play);

#endif
