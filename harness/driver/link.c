#include <stdlib.h>

#include "harness/driver/play.h"

struct write {
    uv_write_t request;
    struct mqh_link *link;
    char bytes[];
};

static void *get(size_t size)
{
    void *memory = calloc(1, size);

    if (memory == NULL)
        abort(); /* as the arena: a tester without memory has nothing sensible left to do */
    return memory;
}

/* ---- the end ---- */

static void on_closed(uv_handle_t *handle)
{
    struct mqh_link *link = handle->data;
    struct mqh_play *play = link->play;
    struct mqh_link **at = &play->links;

    while (*at != link)
        at = &(*at)->next;
    *at = link->next;
    free(link);
    mqh_play_closed_handle(play);
}

void mqh_link_destroy(struct mqh_link *link)
{
    if (link->closing)
        return;
    link->closing = true;
    uv_close((uv_handle_t *)&link->tcp, on_closed);
}

void mqh_link_reset(struct mqh_link *link)
{
    if (link->closing)
        return;
    /* A socket that is shutting down, or not open yet, cannot be reset that way. */
    if (link->connecting || link->leaving || uv_tcp_close_reset(&link->tcp, on_closed) != 0)
        mqh_link_destroy(link);
    link->closing = true;
}

static bool is_reset(int status)
{
    return status == UV_ECONNRESET || status == UV_EPIPE || status == UV_ECONNABORTED ||
           status == UV_ETIMEDOUT;
}

/* The other end is gone: so is ours. */
static void end(struct mqh_link *link, bool by_reset)
{
    struct mqh_play *play = link->play;
    unsigned number = link->number;

    mqh_link_destroy(link);
    mqh_engine_closed(play->engine, number, by_reset, mqh_live_now());
    mqh_play_on(play);
}

/* ---- what comes ---- */

static void on_room(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer)
{
    struct mqh_link *link = handle->data;

    (void)wanted;
    *buffer = uv_buf_init(link->play->live->buffer, MQH_READ_SIZE);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct mqh_link *link = stream->data;
    struct mqh_play *play = link->play;

    if (size > 0) {
        struct mqc_slice bytes = {(const uint8_t *)buffer->base, (size_t)size};

        mqh_engine_received(play->engine, link->number, bytes, mqh_live_now());
        mqh_play_on(play);
    } else if (size < 0) {
        end(link, is_reset((int)size) || link->write_failed);
    }
}

/* The connection stands: what it brings is read from now on. */
static void stand(struct mqh_link *link)
{
    struct mqh_play *play = link->play;

    uv_tcp_nodelay(&link->tcp, 1);
    uv_read_start((uv_stream_t *)&link->tcp, on_room, on_read);
    mqh_engine_opened(play->engine, link->number, mqh_live_now());
    mqh_play_on(play);
}

/* ---- opening ---- */

static struct mqh_link *link_new(struct mqh_play *play, unsigned number)
{
    struct mqh_link *link = get(sizeof(*link));

    link->play = play;
    link->number = number;
    link->next = play->links;
    play->links = link;
    play->handles++;
    uv_tcp_init(play->live->loop, &link->tcp);
    link->tcp.data = link;
    return link;
}

/* Our own end has run dry: nothing that the broker did. */
static bool is_ours(int status)
{
    return status == UV_EMFILE || status == UV_ENFILE || status == UV_ENOBUFS ||
           status == UV_ENOMEM || status == UV_EADDRNOTAVAIL;
}

static void open_failed(struct mqh_link *link, int status)
{
    struct mqh_play *play = link->play;
    unsigned number = link->number;

    mqh_link_destroy(link);
    if (is_ours(status)) {
        mqh_live_abort(play->live, play->engine, MQH_ERROR, uv_strerror(status));
        return;
    }
    play->live->connect_failures++;
    mqh_engine_open_failed(play->engine, number, uv_strerror(status), mqh_live_now());
}

static void on_connect(uv_connect_t *request, int status)
{
    struct mqh_link *link = request->data;
    struct mqh_play *play = link->play;

    link->connecting = false;
    if (link->closing)
        return;
    if (status == 0) {
        play->live->connected_ms = mqh_live_now();
        stand(link);
        return;
    }
    open_failed(link, status);
    mqh_play_on(play);
}

void mqh_link_open(struct mqh_play *play, unsigned number)
{
    struct mqh_live *live = play->live;
    struct mqh_link *link = link_new(play, number);
    const struct sockaddr *address = (const struct sockaddr *)&live->addresses[live->address];
    int status;

    link->connecting = true;
    link->connect.data = link;
    status = uv_tcp_connect(&link->connect, &link->tcp, address, on_connect);
    if (status != 0) {
        link->connecting = false;
        open_failed(link, status); /* the caller goes on taking actions */
    }
}

void mqh_link_accept(struct mqh_play *play, unsigned number)
{
    struct mqh_link *link = link_new(play, number);

    if (uv_accept((uv_stream_t *)&play->listener, (uv_stream_t *)&link->tcp) == 0)
        stand(link);
    else
        mqh_link_destroy(link);
}

/* ---- what goes ---- */

/* A failed write is no end: what came before it can still be read, and then the end is seen. */
static void on_written(uv_write_t *request, int status)
{
    struct write *write = request->data;

    if (status != 0 && status != UV_ECANCELED)
        write->link->write_failed = true;
    free(write);
}

void mqh_link_send(struct mqh_link *link, struct mqc_slice bytes)
{
    struct write *write;
    uv_buf_t buffer;

    if (link->closing || link->leaving || link->connecting || bytes.size == 0)
        return;
    write = get(sizeof(*write) + bytes.size);
    write->link = link;
    write->request.data = write;
    memcpy(write->bytes, bytes.data, bytes.size);
    buffer = uv_buf_init(write->bytes, (unsigned)bytes.size);
    if (uv_write(&write->request, (uv_stream_t *)&link->tcp, &buffer, 1, on_written) != 0)
        free(write);
}

static void on_shutdown(uv_shutdown_t *request, int status)
{
    (void)request;
    (void)status; /* the read sees how it ends */
}

void mqh_link_leave(struct mqh_link *link)
{
    if (link->closing || link->leaving)
        return;
    if (link->connecting) {
        link->play->live->connect_failures++; /* nobody waits for it any longer */
        mqh_link_destroy(link);
        return;
    }
    link->leaving = true;
    if (uv_shutdown(&link->shutdown, (uv_stream_t *)&link->tcp, on_shutdown) != 0)
        mqh_link_destroy(link);
}
