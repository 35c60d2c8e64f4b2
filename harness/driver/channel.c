#include "harness/driver/channel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/driver/play.h"

enum { AGAIN_MS = 5 };

/* What one call gave the socket. */
struct mqh_chunk {
    struct mqh_chunk *next;
    size_t size;
    size_t done;
    char bytes[];
};

/* ---- what goes ---- */

static void write_on(struct mqh_channel *channel);

static void drop_chunk(struct mqh_channel *channel)
{
    struct mqh_chunk *chunk = channel->chunks;

    channel->chunks = chunk->next;
    if (channel->chunks == NULL)
        channel->last_chunk = NULL;
    free(chunk);
}

static void drop_chunks(struct mqh_channel *channel)
{
    while (channel->chunks != NULL)
        drop_chunk(channel);
}

static void on_shutdown(uv_shutdown_t *request, int status)
{
    (void)request;
    (void)status; /* the read sees how it ends */
}

/* A failed write is no end: what came before it can still be read, and then the end is seen. */
static void on_written(uv_write_t *request, int status)
{
    struct mqh_channel *channel = request->data;
    struct mqh_chunk *chunk = channel->chunks;

    if (status != 0) {
        channel->write_failed = channel->write_failed || status != UV_ECANCELED;
        channel->piece = 0;
        drop_chunks(channel);
    } else if (chunk != NULL) {
        chunk->done += channel->piece;
        channel->piece = 0;
        if (chunk->done == chunk->size)
            drop_chunk(channel);
    }
    if (!channel->closing)
        write_on(channel);
}

/* One piece at a time: the peer may read it before the next one comes. */
static void write_on(struct mqh_channel *channel)
{
    struct mqh_chunk *chunk = channel->chunks;
    uv_buf_t buffer;

    if (channel->piece > 0)
        return;
    if (chunk == NULL) {
        if (!channel->leaving || channel->shut)
            return;
        channel->shut = true;
        if (uv_shutdown(&channel->shutdown, &channel->uv.stream, on_shutdown) != 0)
            mqh_channel_destroy(channel);
        return;
    }
    channel->piece = mqh_segment_next(channel->live->target->segment, chunk->done,
                                      chunk->size - chunk->done, &channel->cut);
    buffer = uv_buf_init(chunk->bytes + chunk->done, (unsigned)channel->piece);
    channel->write.data = channel;
    if (uv_write(&channel->write, &channel->uv.stream, &buffer, 1, on_written) != 0) {
        channel->piece = 0;
        channel->write_failed = true;
        drop_chunks(channel);
    }
}

/* Takes what the transport has for the socket. */
static void take_down(struct mqh_channel *channel)
{
    struct mqh_buffer *down = &channel->transport.down;
    struct mqh_chunk *chunk;

    if (down->size == 0)
        return;
    chunk = malloc(sizeof(*chunk) + down->size);
    if (chunk == NULL)
        abort();
    *chunk = (struct mqh_chunk){.size = down->size};
    memcpy(chunk->bytes, down->bytes, down->size);
    down->size = 0;
    if (channel->last_chunk != NULL)
        channel->last_chunk->next = chunk;
    else
        channel->chunks = chunk;
    channel->last_chunk = chunk;
    write_on(channel);
}

/* Whatever waits is written now, as far as the socket takes it. A piece that libuv has begun to
 * write and cannot finish is lost with the socket. */
static void write_rest(struct mqh_channel *channel)
{
    while (channel->chunks != NULL) {
        struct mqh_chunk *chunk = channel->chunks;
        uv_buf_t buffer;

        chunk->done += channel->piece;
        channel->piece = 0;
        buffer = uv_buf_init(chunk->bytes + chunk->done, (unsigned)(chunk->size - chunk->done));
        if (buffer.len > 0 && uv_try_write(&channel->uv.stream, &buffer, 1) < (int)buffer.len)
            return;
        drop_chunk(channel);
    }
}

static void send_now(struct mqh_channel *channel, struct mqc_slice bytes, enum mqh_frame frame)
{
    mqh_transport_send(&channel->transport, bytes, frame);
    take_down(channel);
}

void mqh_channel_flush(struct mqh_channel *channel)
{
    if (channel->held.size == 0)
        return;
    if (!channel->closing)
        send_now(channel, mqh_buffer_slice(&channel->held), MQH_FRAME_WHOLE);
    channel->held.size = 0;
}

void mqh_channel_send(struct mqh_channel *channel, struct mqc_slice bytes, enum mqh_frame frame)
{
    if (channel->closing || channel->leaving || !channel->opened)
        return;
    if (frame == MQH_FRAME_WHOLE && channel->live->target->segment == MQH_SEGMENT_COALESCE) {
        mqh_buffer_add(&channel->held, bytes);
        return;
    }
    mqh_channel_flush(channel);
    send_now(channel, bytes, frame);
}

/* ---- the end ---- */

static void on_closed(uv_handle_t *handle)
{
    struct mqh_channel *channel = handle->data;

    if (--channel->handles > 0)
        return;
    drop_chunks(channel);
    mqh_buffer_free(&channel->held);
    if (channel->transporting)
        mqh_transport_close(&channel->transport);
    channel->events->closed(channel);
}

void mqh_channel_destroy(struct mqh_channel *channel)
{
    if (channel->closing)
        return;
    channel->closing = true;
    if (channel->transporting && !channel->write_failed)
        write_rest(channel);
    uv_close(&channel->uv.handle, on_closed);
    if (channel->local)
        uv_close((uv_handle_t *)&channel->pause, on_closed);
}

void mqh_channel_reset(struct mqh_channel *channel)
{
    if (channel->closing)
        return;
    mqh_channel_flush(channel);
    /* A socket that is shutting down, or not open yet, cannot be reset that way. */
    if (channel->local || channel->connecting || channel->leaving) {
        mqh_channel_destroy(channel);
        return;
    }
    write_rest(channel);
    if (uv_tcp_close_reset(&channel->uv.tcp, on_closed) != 0)
        mqh_channel_destroy(channel);
    channel->closing = true;
}

void mqh_channel_leave(struct mqh_channel *channel)
{
    if (channel->closing || channel->leaving)
        return;
    if (channel->connecting) {
        mqh_channel_destroy(channel);
        return;
    }
    mqh_channel_flush(channel);
    channel->leaving = true;
    if (channel->opened)
        mqh_transport_leave(&channel->transport);
    take_down(channel);
    write_on(channel);
}

/* ---- what comes ---- */

static void fail(struct mqh_channel *channel, const char *why, bool ours)
{
    char line[200];

    snprintf(line, sizeof(line), "%s", why);
    mqh_channel_destroy(channel);
    channel->events->failed(channel, line, ours);
}

/* The peer, or a layer above the socket, has ended it: so do we. */
static void end(struct mqh_channel *channel, bool by_reset)
{
    const char *why = mqh_transport_why(&channel->transport);
    char line[200];

    if (!channel->opened) {
        snprintf(line, sizeof(line), "%s%s", why[0] != '\0' ? why : "it was ended during the ",
                 why[0] != '\0' ? "" : mqh_transport_phase(&channel->transport));
        fail(channel, line, false);
        return;
    }
    if (why[0] != '\0')
        snprintf(channel->live->trouble, sizeof(channel->live->trouble), "%s", why);
    mqh_channel_destroy(channel);
    channel->events->ended(channel, by_reset);
}

/* Tells the owner what the transport has found; any call of theirs may close the channel. */
static void tell(struct mqh_channel *channel)
{
    struct mqh_transport *transport = &channel->transport;
    enum mqh_filter_state state;
    const char *text = "";
    const char *id;

    take_down(channel);
    state = mqh_transport_state(transport);
    if (state == MQH_FILTER_FAILED) {
        end(channel, false);
        return;
    }
    if (!channel->opened && state == MQH_FILTER_OPEN) {
        channel->opened = true;
        channel->live->connected_ms = mqh_live_now();
        channel->events->opened(channel);
    }
    id = channel->closing ? NULL : mqh_transport_breach(transport, &text);
    if (id != NULL)
        channel->events->breach(channel, id, text);
    while (!channel->closing && transport->up.size > 0) {
        struct mqh_buffer up = transport->up;

        transport->up = (struct mqh_buffer){0};
        channel->events->received(channel, mqh_buffer_slice(&up));
        mqh_buffer_free(&up);
    }
    if (!channel->closing && state == MQH_FILTER_ENDED)
        end(channel, false);
}

static bool is_reset(int status)
{
    return status == UV_ECONNRESET || status == UV_EPIPE || status == UV_ECONNABORTED ||
           status == UV_ETIMEDOUT;
}

static void on_room(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer)
{
    struct mqh_channel *channel = handle->data;

    (void)wanted;
    *buffer = uv_buf_init(channel->live->buffer, MQH_READ_SIZE);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct mqh_channel *channel = stream->data;

    if (size > 0) {
        mqh_transport_received(&channel->transport,
                               (struct mqc_slice){(const uint8_t *)buffer->base, (size_t)size});
        tell(channel);
    } else if (size < 0) {
        end(channel, is_reset((int)size) || channel->write_failed);
    }
}

/* ---- opening ---- */

/* Our own end has run dry: nothing that the broker did. */
static bool is_ours(int status)
{
    return status == UV_EMFILE || status == UV_ENFILE || status == UV_ENOBUFS ||
           status == UV_ENOMEM || status == UV_EADDRNOTAVAIL;
}

/* The socket stands: what it brings is read from now on. */
static void stand(struct mqh_channel *channel)
{
    char why[200];
    struct mqh_tls_context *context =
        mqh_live_context(channel->live, channel->us, why, sizeof(why));

    if (why[0] != '\0') {
        fail(channel, why, true);
        return;
    }
    if (!channel->local)
        uv_tcp_nodelay(&channel->uv.tcp, 1);
    mqh_transport_open(&channel->transport, channel->live->target, context, channel->us,
                       channel->version);
    channel->transporting = true;
    uv_read_start(&channel->uv.stream, on_room, on_read);
    tell(channel);
}

static void on_connect(uv_connect_t *request, int status)
{
    struct mqh_channel *channel = request->data;

    channel->connecting = false;
    if (channel->closing)
        return;
    if (status == 0)
        stand(channel);
    else
        fail(channel, uv_strerror(status), is_ours(status));
}

/* A Unix socket whose queue is full says so, where TCP waits; libuv's own connecting cannot be
 * tried again. */
static void connect_local(uv_timer_t *pause)
{
    struct mqh_channel *channel = pause->data;
    int file = mqh_address_connect_path(channel->live->target->path);

    if (file == UV_EAGAIN) {
        uv_timer_start(pause, connect_local, AGAIN_MS, 0);
        return;
    }
    if (file >= 0)
        uv_pipe_open(&channel->uv.pipe, file);
    on_connect(&channel->connect, file >= 0 ? 0 : file);
}

void mqh_channel_init(struct mqh_channel *channel, struct mqh_live *live,
                      const struct mqh_channel_events *events, enum mqc_side us,
                      enum mqc_version version)
{
    *channel = (struct mqh_channel){.live = live,
                                    .events = events,
                                    .us = us,
                                    .version = version,
                                    .cut = ++live->channel_count,
                                    .local = us == MQC_CLIENT && live->target->local};
    channel->handles = 1;
    if (channel->local) {
        channel->handles = 2;
        uv_pipe_init(live->loop, &channel->uv.pipe, 0);
        uv_timer_init(live->loop, &channel->pause);
        channel->pause.data = channel;
    } else {
        uv_tcp_init(live->loop, &channel->uv.tcp);
    }
    channel->uv.handle.data = channel;
}

void mqh_channel_connect(struct mqh_channel *channel, unsigned address)
{
    struct mqh_live *live = channel->live;
    int status = 0;

    channel->connecting = true;
    channel->connect.data = channel;
    if (channel->local)
        connect_local(&channel->pause);
    else
        status =
            uv_tcp_connect(&channel->connect, &channel->uv.tcp,
                           (const struct sockaddr *)&live->addresses.items[address], on_connect);
    if (status != 0)
        on_connect(&channel->connect, status);
}

void mqh_channel_accept(struct mqh_channel *channel, uv_stream_t *listener)
{
    if (uv_accept(listener, &channel->uv.stream) == 0)
        stand(channel);
    else
        mqh_channel_destroy(channel);
}

const char *mqh_channel_phase(const struct mqh_channel *channel)
{
    return channel->transporting ? mqh_transport_phase(&channel->transport) : "connection";
}
