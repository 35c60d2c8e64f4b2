/*
 * One end of a relayed connection: a socket of libuv (TCP or Unix), with TLS above it where the
 * target has it. Bytes are handed on as they come, whatever they mean.
 *
 * Nobody is waited for: what cannot be written at once waits here, and the owner reads no more from
 * where it comes until `drained` is called. So what waits is bounded by what one read brings.
 *
 * Calls back from the loop, or at once from the call that causes it. Its memory is the owner's, and
 * may go when `closed` was called.
 */
#ifndef MQH_SOCKET_H
#define MQH_SOCKET_H

#include <uv.h>

#include "harness/driver/transport.h"

enum { MQH_SOCKET_READ_SIZE = 64 * 1024 };

struct mqh_socket;

struct mqh_socket_events {
    void (*opened)(struct mqh_socket *socket); /* TLS included */
    /* It could not be opened, and is to be destroyed. */
    void (*failed)(struct mqh_socket *socket, const char *why);
    void (*received)(struct mqh_socket *socket, struct mqc_slice bytes);
    void (*drained)(struct mqh_socket *socket); /* nothing waits, be it that nobody takes it */
    void (*ended)(struct mqh_socket *socket, bool by_reset); /* the peer sends no more */
    void (*closed)(struct mqh_socket *socket);
};

struct mqh_socket {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv; /* its data is the socket */
    uv_connect_t connect;
    uv_shutdown_t shutdown;
    uv_write_t write;
    uv_timer_t pause; /* before a Unix socket is tried again */
    unsigned handles; /* of libuv, that are not closed yet */
    const struct mqh_socket_events *events;
    const struct mqh_target *target;
    struct mqh_tls_context *context;
    enum mqc_side us;
    char *buffer; /* MQH_SOCKET_READ_SIZE bytes, that all sockets of a loop may share */
    struct mqh_transport transport;
    struct mqh_buffer early;   /* to be sent once it is open */
    struct mqh_buffer writing; /* libuv has it */
    struct mqh_buffer waiting; /* behind that */
    bool local;
    bool transporting; /* `transport` is in use */
    bool opened;
    bool wanted;  /* its bytes are to be read */
    bool reading; /* uv_read_start() was called */
    bool ended;   /* the peer sends no more */
    bool broken;  /* nor does it read */
    bool leaving; /* our FIN is sent, or waits behind what is still to be written */
    bool shut;    /* uv_shutdown() was called, or cannot be */
    bool closing; /* uv_close() was called */
};

/* `target` is whom we connect to, or as whom we accept: of it the transport counts, but WebSocket,
 * which is passed on. It and the TLS context must live as long. */
void mqh_socket_init(struct mqh_socket *socket, uv_loop_t *loop,
                     const struct mqh_socket_events *events, const struct mqh_target *target,
                     struct mqh_tls_context *context, enum mqc_side us, char *buffer);

/* To this address, or to the path of a Unix socket. */
void mqh_socket_connect(struct mqh_socket *socket, const struct sockaddr *address);

void mqh_socket_accept(struct mqh_socket *socket, uv_stream_t *listener);

/* Whether its bytes are read. At first only those of a handshake are. */
void mqh_socket_read(struct mqh_socket *socket, bool wanted);

/* Before it is open, bytes wait. After the end they are dropped. */
void mqh_socket_send(struct mqh_socket *socket, struct mqc_slice bytes);

bool mqh_socket_is_clogged(const struct mqh_socket *socket);

/* FIN behind what was sent; what the peer still sends is read. */
void mqh_socket_leave(struct mqh_socket *socket);

/* RST behind what can be written at once. */
void mqh_socket_reset(struct mqh_socket *socket);

/* Closes it; what can be written at once is. */
void mqh_socket_destroy(struct mqh_socket *socket);

#endif
