#include "harness/driver/socket.h"

#include <assert.h>
#include <string.h>

#include "harness/driver/address.h"

enum { AGAIN_MS = 5 };

/* ---- what goes ---- */

bool mqh_socket_is_clogged(const struct mqh_socket *socket)
{
    return socket->writing.size + socket->waiting.size + socket->early.size > 0;
}

/* Nobody reads any more. What the peer has sent before can still be read, and then its end. */
static void be_broken(struct mqh_socket *socket)
{
    socket->broken = true;
    socket->waiting.size = 0;
    socket->early.size = 0;
}

static void on_shutdown(uv_shutdown_t *request, int status)
{
    struct mqh_socket *socket = request->data;

    (void)status; /* the read sees how it ends */
    if (!socket->closing)
        socket->events->drained(socket);
}

static void shut(struct mqh_socket *socket)
{
    if (!socket->leaving || socket->shut || socket->closing)
        return;
    socket->shut = true;
    socket->shutdown.data = socket;
    if (socket->broken || uv_shutdown(&socket->shutdown, &socket->uv.stream, on_shutdown) != 0)
        socket->events->drained(socket);
}

static void write_on(struct mqh_socket *socket);

static void on_written(uv_write_t *request, int status)
{
    struct mqh_socket *socket = request->data;

    socket->writing.size = 0;
    if (socket->closing)
        return;
    if (status != 0)
        be_broken(socket);
    write_on(socket);
    if (mqh_socket_is_clogged(socket) || socket->closing)
        return;
    if (socket->leaving)
        shut(socket);
    else
        socket->events->drained(socket);
}

static void write_on(struct mqh_socket *socket)
{
    struct mqh_buffer next = socket->waiting;
    uv_buf_t buffer;

    if (socket->writing.size > 0 || next.size == 0)
        return;
    socket->waiting = socket->writing;
    socket->writing = next;
    socket->write.data = socket;
    buffer = uv_buf_init((char *)next.bytes, (unsigned)next.size);
    if (uv_write(&socket->write, &socket->uv.stream, &buffer, 1, on_written) != 0) {
        socket->writing.size = 0;
        be_broken(socket);
    }
}

/* What TLS, or nothing, has made of what was sent. Most of it goes at once. */
static void take_down(struct mqh_socket *socket)
{
    struct mqh_buffer *down = &socket->transport.down;
    uv_buf_t buffer = uv_buf_init((char *)down->bytes, (unsigned)down->size);
    int written = 0;

    if (down->size == 0)
        return;
    if (!socket->broken && socket->writing.size == 0) {
        written = uv_try_write(&socket->uv.stream, &buffer, 1);
        if (written < 0 && written != UV_EAGAIN)
            be_broken(socket);
    }
    mqh_buffer_drop(down, written < 0 ? 0 : (size_t)written);
    if (!socket->broken && down->size > 0) {
        mqh_buffer_add(&socket->waiting, mqh_buffer_slice(down));
        write_on(socket);
    }
    down->size = 0;
}

void mqh_socket_send(struct mqh_socket *socket, struct mqc_slice bytes)
{
    if (socket->closing || socket->leaving || socket->broken)
        return;
    if (!socket->opened) {
        mqh_buffer_add(&socket->early, bytes);
        return;
    }
    mqh_transport_send(&socket->transport, bytes, MQH_FRAME_WHOLE);
    take_down(socket);
}

/* ---- the end ---- */

static void on_closed(uv_handle_t *handle)
{
    struct mqh_socket *socket = handle->data;

    if (--socket->handles > 0)
        return;
    if (socket->transporting)
        mqh_transport_close(&socket->transport);
    mqh_buffer_free(&socket->early);
    mqh_buffer_free(&socket->writing);
    mqh_buffer_free(&socket->waiting);
    socket->events->closed(socket);
}

void mqh_socket_destroy(struct mqh_socket *socket)
{
    if (socket->closing)
        return;
    socket->closing = true;
    uv_close(&socket->uv.handle, on_closed);
    if (socket->local)
        uv_close((uv_handle_t *)&socket->pause, on_closed);
}

void mqh_socket_reset(struct mqh_socket *socket)
{
    /* A socket that is shutting down, or not open yet, cannot be reset that way. */
    if (socket->closing || socket->local || socket->leaving || !socket->transporting ||
        uv_tcp_close_reset(&socket->uv.tcp, on_closed) != 0)
        mqh_socket_destroy(socket);
    socket->closing = true;
}

void mqh_socket_leave(struct mqh_socket *socket)
{
    if (socket->closing || socket->leaving)
        return;
    if (socket->opened && !socket->broken) {
        mqh_transport_leave(&socket->transport);
        take_down(socket);
    }
    socket->leaving = true;
    if (!mqh_socket_is_clogged(socket))
        shut(socket);
}

static void fail(struct mqh_socket *socket, const char *why)
{
    if (!socket->closing)
        socket->events->failed(socket, why);
}

/* ---- what comes ---- */

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer);

static void on_room(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer)
{
    struct mqh_socket *socket = handle->data;

    (void)wanted;
    *buffer = uv_buf_init(socket->buffer, MQH_SOCKET_READ_SIZE);
}

/* A peer that has TLS write answers of its own, and does not take them, is not read either. */
static void look(struct mqh_socket *socket)
{
    bool now = !socket->closing && socket->transporting && !socket->ended &&
               (socket->wanted || !socket->opened) && socket->waiting.size <= MQH_SOCKET_READ_SIZE;

    if (now == socket->reading || socket->closing)
        return;
    socket->reading = now;
    if (now)
        uv_read_start(&socket->uv.stream, on_room, on_read);
    else
        uv_read_stop(&socket->uv.stream);
}

void mqh_socket_read(struct mqh_socket *socket, bool wanted)
{
    socket->wanted = wanted;
    look(socket);
}

static void end(struct mqh_socket *socket, bool by_reset)
{
    const char *why = mqh_transport_why(&socket->transport);

    if (socket->ended || socket->closing)
        return;
    socket->ended = true;
    look(socket);
    if (socket->opened)
        socket->events->ended(socket, by_reset);
    else
        fail(socket, why[0] != '\0' ? why : "it was ended during the TLS handshake");
}

/* Tells the owner what has come; any call of theirs may close the socket. */
static void tell(struct mqh_socket *socket)
{
    struct mqh_transport *transport = &socket->transport;
    enum mqh_filter_state state;

    take_down(socket);
    state = mqh_transport_state(transport);
    if (!socket->opened && state == MQH_FILTER_OPEN) {
        socket->opened = true;
        if (socket->early.size > 0)
            mqh_transport_send(transport, mqh_buffer_slice(&socket->early), MQH_FRAME_WHOLE);
        socket->early.size = 0;
        take_down(socket);
        socket->events->opened(socket);
    }
    while (!socket->closing && transport->up.size > 0) {
        struct mqh_buffer up = transport->up;

        transport->up = (struct mqh_buffer){0};
        socket->events->received(socket, mqh_buffer_slice(&up));
        up.size = 0;
        if (transport->up.size == 0 && !socket->closing)
            transport->up = up;
        else
            mqh_buffer_free(&up);
    }
    if (!socket->closing && (state == MQH_FILTER_FAILED || state == MQH_FILTER_ENDED))
        end(socket, false);
    look(socket);
}

static bool is_reset(int status)
{
    return status == UV_ECONNRESET || status == UV_EPIPE || status == UV_ECONNABORTED ||
           status == UV_ETIMEDOUT;
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct mqh_socket *socket = stream->data;

    if (size > 0) {
        mqh_transport_received(&socket->transport,
                               (struct mqc_slice){(const uint8_t *)buffer->base, (size_t)size});
        tell(socket);
    } else if (size < 0) {
        end(socket, is_reset((int)size) || socket->broken);
    }
}

/* ---- opening ---- */

/* The socket stands. WebSocket is no layer here: its bytes are passed on like others. */
static void stand(struct mqh_socket *socket)
{
    struct mqh_target raw = *socket->target;

    raw.websocket = false;
    if (!socket->local)
        uv_tcp_nodelay(&socket->uv.tcp, 1);
    mqh_transport_open(&socket->transport, &raw, socket->context, socket->us, MQC_VERSION_UNKNOWN);
    socket->transporting = true;
    tell(socket);
}

static void on_connect(uv_connect_t *request, int status)
{
    struct mqh_socket *socket = request->data;

    if (socket->closing)
        return;
    if (status == 0)
        stand(socket);
    else
        fail(socket, uv_strerror(status));
}

static void connect_local(uv_timer_t *pause)
{
    struct mqh_socket *socket = pause->data;
    int file = mqh_address_connect_path(socket->target->path);

    if (file == UV_EAGAIN) {
        uv_timer_start(pause, connect_local, AGAIN_MS, 0);
        return;
    }
    if (file >= 0)
        uv_pipe_open(&socket->uv.pipe, file);
    on_connect(&socket->connect, file >= 0 ? 0 : file);
}

void mqh_socket_init(struct mqh_socket *socket, uv_loop_t *loop,
                     const struct mqh_socket_events *events, const struct mqh_target *target,
                     struct mqh_tls_context *context, enum mqc_side us, char *buffer)
{
    *socket = (struct mqh_socket){.events = events,
                                  .target = target,
                                  .context = context,
                                  .us = us,
                                  .buffer = buffer,
                                  .local = target->local};
    socket->handles = 1;
    socket->connect.data = socket;
    if (socket->local) {
        socket->handles = 2;
        uv_pipe_init(loop, &socket->uv.pipe, 0);
        uv_timer_init(loop, &socket->pause);
        socket->pause.data = socket;
    } else {
        uv_tcp_init(loop, &socket->uv.tcp);
    }
    socket->uv.handle.data = socket;
}

void mqh_socket_connect(struct mqh_socket *socket, const struct sockaddr *address)
{
    int status;

    assert(!socket->transporting);
    if (socket->local) {
        connect_local(&socket->pause);
        return;
    }
    status = uv_tcp_connect(&socket->connect, &socket->uv.tcp, address, on_connect);
    if (status != 0)
        fail(socket, uv_strerror(status));
}

void mqh_socket_accept(struct mqh_socket *socket, uv_stream_t *listener)
{
    int status = uv_accept(listener, &socket->uv.stream);

    if (status == 0)
        stand(socket);
    else
        fail(socket, uv_strerror(status));
}
