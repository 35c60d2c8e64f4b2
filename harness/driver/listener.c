#include <stdlib.h>

#include "harness/driver/play.h"

enum { BACKLOG = 128 };

/* The next announced number takes the next connection. libuv holds back further ones until this one
 * is accepted. */
static void match(struct mqh_play *play)
{
    while (play->waiting > 0 && play->number_count > 0) {
        unsigned number = play->numbers[play->number_first++];

        play->waiting--;
        play->number_count--;
        mqh_link_accept(play, number);
    }
}

static void on_connection(uv_stream_t *stream, int status)
{
    struct mqh_play *play = stream->data;

    if (status != 0)
        return;
    play->waiting++;
    match(play);
}

static void on_closed(uv_handle_t *handle)
{
    mqh_play_closed_handle(handle->data);
}

static int listen_on_loopback(struct mqh_play *play)
{
    struct sockaddr_in address = {0};
    int size = sizeof(address);
    int status;

    uv_ip4_addr("127.0.0.1", 0, &address);
    status = uv_tcp_bind(&play->listener, (const struct sockaddr *)&address, 0);
    if (status == 0)
        status = uv_listen((uv_stream_t *)&play->listener, BACKLOG, on_connection);
    if (status == 0)
        status = uv_tcp_getsockname(&play->listener, (struct sockaddr *)&address, &size);
    play->port = ntohs(address.sin_port);
    return status;
}

static void queue(struct mqh_play *play, unsigned number)
{
    size_t end = play->number_first + play->number_count;

    if (end == play->number_capacity) {
        size_t capacity = end == 0 ? 8 : 2 * end;
        unsigned *larger = realloc(play->numbers, capacity * sizeof(*larger));

        if (larger == NULL)
            abort();
        play->numbers = larger;
        play->number_capacity = capacity;
    }
    play->numbers[end] = number;
    play->number_count++;
}

void mqh_listener_announce(struct mqh_play *play, unsigned number)
{
    queue(play, number);
    if (!play->listens) {
        int status;

        uv_tcp_init(play->live->loop, &play->listener);
        play->listener.data = play;
        play->listens = true;
        play->handles++;
        status = listen_on_loopback(play);
        if (status != 0) {
            mqh_live_abort(play->live, play->engine, MQH_ERROR, uv_strerror(status));
            return;
        }
    }
    match(play);
}

void mqh_listener_close(struct mqh_play *play)
{
    if (play->listens && !uv_is_closing((uv_handle_t *)&play->listener))
        uv_close((uv_handle_t *)&play->listener, on_closed);
}
