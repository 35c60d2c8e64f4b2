#include "harness/driver/serve.h"

#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <uv.h>

enum { BACKLOG = 512, READ_SIZE = 64 * 1024, SIGNALS = 2 };

struct server {
    uv_loop_t loop;
    uv_tcp_t listener;
    uv_timer_t timer;
    uv_signal_t signals[SIGNALS];
    struct mqh_model *model;
    struct guest *guests;
    char buffer[READ_SIZE];
};

/* A connection. */
struct guest {
    uv_tcp_t tcp;
    uv_shutdown_t shutdown;
    struct server *server;
    unsigned number;
    bool leaving; /* the model has closed it */
    bool closing; /* uv_close() was called */
    struct guest *next;
};

struct write {
    uv_write_t request;
    char bytes[];
};

static void *get(size_t size)
{
    void *memory = calloc(1, size);

    if (memory == NULL)
        abort();
    return memory;
}

static uint64_t now_ms(void)
{
    return uv_hrtime() / 1000000;
}

/* ---- connections ---- */

static void on_closed(uv_handle_t *handle)
{
    struct guest *guest = handle->data;
    struct guest **at = &guest->server->guests;

    while (*at != guest)
        at = &(*at)->next;
    *at = guest->next;
    free(guest);
}

static void destroy(struct guest *guest)
{
    if (!guest->closing)
        uv_close((uv_handle_t *)&guest->tcp, on_closed);
    guest->closing = true;
}

static void on_written(uv_write_t *request, int status)
{
    (void)status; /* a connection that is gone is noticed by its read */
    free(request->data);
}

static void send_bytes(struct guest *guest, struct mqc_slice bytes)
{
    struct write *write = get(sizeof(*write) + bytes.size);
    uv_buf_t buffer = uv_buf_init(write->bytes, (unsigned)bytes.size);

    memcpy(write->bytes, bytes.data, bytes.size);
    write->request.data = write;
    if (uv_write(&write->request, (uv_stream_t *)&guest->tcp, &buffer, 1, on_written) != 0)
        free(write);
}

/* FIN is sent; the connection lives until the client's comes, so that nothing sent is lost. */
static void on_shutdown(uv_shutdown_t *request, int status)
{
    struct guest *guest = request->data;

    if (status != 0)
        destroy(guest);
}

static void leave(struct guest *guest)
{
    if (guest->leaving || guest->closing)
        return;
    guest->leaving = true;
    guest->shutdown.data = guest;
    if (uv_shutdown(&guest->shutdown, (uv_stream_t *)&guest->tcp, on_shutdown) != 0)
        destroy(guest);
}

/* ---- the model's actions and time ---- */

static void on_timer(uv_timer_t *timer);

static void act(struct server *server)
{
    struct mqh_model_action a;
    uint64_t due;
    uint64_t now;

    while (mqh_model_next(server->model, &a)) {
        struct guest *guest = server->guests;

        while (guest != NULL && guest->number != a.connection)
            guest = guest->next;
        if (guest == NULL || guest->closing || guest->leaving)
            continue;
        if (a.kind == MQH_MODEL_SEND)
            send_bytes(guest, a.bytes);
        else
            leave(guest);
    }
    due = mqh_model_deadline(server->model);
    now = now_ms();
    if (due == UINT64_MAX)
        uv_timer_stop(&server->timer);
    else
        uv_timer_start(&server->timer, on_timer, due > now ? due - now : 0, 0);
}

static void on_timer(uv_timer_t *timer)
{
    struct server *server = timer->data;

    mqh_model_tick(server->model, now_ms());
    act(server);
}

static void on_room(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer)
{
    struct guest *guest = handle->data;

    (void)wanted;
    *buffer = uv_buf_init(guest->server->buffer, READ_SIZE);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct guest *guest = stream->data;
    struct server *server = guest->server;

    if (size > 0 && !guest->leaving) {
        struct mqc_slice bytes = {(const uint8_t *)buffer->base, (size_t)size};

        mqh_model_receive(server->model, guest->number, bytes, now_ms());
    } else if (size < 0) {
        mqh_model_closed(server->model, guest->number, now_ms());
        destroy(guest);
    }
    act(server);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct server *server = listener->data;
    struct guest *guest;

    if (status != 0)
        return;
    guest = get(sizeof(*guest));
    guest->server = server;
    guest->next = server->guests;
    server->guests = guest;
    uv_tcp_init(&server->loop, &guest->tcp);
    guest->tcp.data = guest;
    if (uv_accept(listener, (uv_stream_t *)&guest->tcp) != 0) {
        destroy(guest);
        return;
    }
    uv_tcp_nodelay(&guest->tcp, 1);
    guest->number = mqh_model_open(server->model, now_ms());
    uv_read_start((uv_stream_t *)&guest->tcp, on_room, on_read);
    act(server);
}

/* ---- beginning and end ---- */

static void on_signal(uv_signal_t *handle, int number)
{
    (void)number;
    uv_stop(handle->loop);
}

static int listen_at(struct server *server, const char *host, uint16_t *port)
{
    struct sockaddr_storage address = {0};
    int size = sizeof(address);
    int status = uv_ip4_addr(host, *port, (struct sockaddr_in *)&address);

    if (status != 0)
        status = uv_ip6_addr(host, *port, (struct sockaddr_in6 *)&address);
    if (status == 0)
        status = uv_tcp_bind(&server->listener, (const struct sockaddr *)&address, 0);
    if (status == 0)
        status = uv_listen((uv_stream_t *)&server->listener, BACKLOG, on_connection);
    if (status == 0)
        status = uv_tcp_getsockname(&server->listener, (struct sockaddr *)&address, &size);
    if (status == 0)
        *port =
            ntohs(address.ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)&address)->sin6_port
                                                : ((const struct sockaddr_in *)&address)->sin_port);
    return status;
}

static void close_handle(uv_handle_t *handle, void *context)
{
    struct server *server = context;

    if (uv_is_closing(handle))
        return;
    for (struct guest *g = server->guests; g != NULL; g = g->next)
        if ((uv_handle_t *)&g->tcp == handle) {
            destroy(g);
            return;
        }
    uv_close(handle, NULL);
}

bool mqh_serve(struct mqh_model *model, const char *host, uint16_t port,
               void (*ready)(void *context, uint16_t port), void *context, const char **why)
{
    static const int numbers[SIGNALS] = {SIGTERM, SIGINT};
    struct server *server = get(sizeof(*server));
    int status;

    server->model = model;
    uv_loop_init(&server->loop);
    uv_tcp_init(&server->loop, &server->listener);
    uv_timer_init(&server->loop, &server->timer);
    server->listener.data = server->timer.data = server;
    for (int i = 0; i < SIGNALS; i++) {
        uv_signal_init(&server->loop, &server->signals[i]);
        uv_signal_start(&server->signals[i], on_signal, numbers[i]);
    }
    status = listen_at(server, host, &port);
    if (status == 0) {
        ready(context, port);
        uv_run(&server->loop, UV_RUN_DEFAULT);
    } else {
        *why = uv_strerror(status);
    }
    uv_walk(&server->loop, close_handle, server);
    uv_run(&server->loop, UV_RUN_DEFAULT);
    uv_loop_close(&server->loop);
    free(server);
    return status == 0;
}
