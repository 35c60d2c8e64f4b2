/*
 * One connection of the live driver: a socket of libuv (TCP or Unix), the transport above it, and
 * the schedule by which its writes are cut. link.c joins it to an engine, reach.c tries one.
 *
 * Calls back from the loop, or at once from the call that causes it. Its memory is the owner's, and
 * may go when `closed` was called.
 */
#ifndef MQH_CHANNEL_H
#define MQH_CHANNEL_H

#include <uv.h>

#include "harness/driver/transport.h"

struct mqh_live;
struct mqh_channel;

struct mqh_channel_events {
    void (*opened)(struct mqh_channel *channel); /* all layers stand */
    /* It could not be opened. `ours`: for want of something on this machine. */
    void (*failed)(struct mqh_channel *channel, const char *why, bool ours);
    void (*received)(struct mqh_channel *channel, struct mqc_slice bytes);
    void (*breach)(struct mqh_channel *channel, const char *id, const char *text);
    void (*ended)(struct mqh_channel *channel, bool by_reset); /* the peer is gone */
    void (*closed)(struct mqh_channel *channel);
};

struct mqh_channel {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv; /* its data is the channel */
    uv_connect_t connect;
    uv_shutdown_t shutdown;
    uv_write_t write;
    uv_timer_t pause; /* before a Unix socket is tried again */
    unsigned handles; /* of libuv, that are not closed yet */
    struct mqh_live *live;
    const struct mqh_channel_events *events;
    enum mqc_version version;
    enum mqc_side us;
    struct mqh_transport transport;
    struct mqh_buffer held;   /* sent, and waiting for more: `coalesce` */
    struct mqh_chunk *chunks; /* to be written, in order */
    struct mqh_chunk *last_chunk;
    size_t piece; /* of the first chunk, that is being written */
    uint32_t cut; /* state of the schedule */
    bool local;
    bool connecting;
    bool transporting; /* `transport` is in use */
    bool opened;
    bool leaving;      /* our FIN is sent, or waits behind what is still to be written */
    bool shut;         /* uv_shutdown() was called */
    bool closing;      /* uv_close() was called */
    bool write_failed; /* RST was seen by a write; a read would then see a plain end */
};

/* `us`: MQC_CLIENT connects to the target of `live`, MQC_SERVER accepts from its listener and
 * speaks as that target would. */
void mqh_channel_init(struct mqh_channel *channel, struct mqh_live *live,
                      const struct mqh_channel_events *events, enum mqc_side us,
                      enum mqc_version version);

/* To the address of this index. */
void mqh_channel_connect(struct mqh_channel *channel, unsigned address);

void mqh_channel_accept(struct mqh_channel *channel, uv_stream_t *listener);

/* Before it is open, and after the end, nothing is sent. */
void mqh_channel_send(struct mqh_channel *channel, struct mqc_slice bytes, enum mqh_frame frame);

/* Lets go of what `coalesce` holds back. */
void mqh_channel_flush(struct mqh_channel *channel);

/* FIN behind what was sent; what the peer still sends is read. */
void mqh_channel_leave(struct mqh_channel *channel);

/* RST behind what was sent. */
void mqh_channel_reset(struct mqh_channel *channel);

/* Closes it; what can be written at once is. */
void mqh_channel_destroy(struct mqh_channel *channel);

/* What is under way while it opens: "TCP connection", "TLS handshake". */
const char *mqh_channel_phase(const struct mqh_channel *channel);

#endif
