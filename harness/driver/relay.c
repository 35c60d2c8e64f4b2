#include "harness/driver/relay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "harness/driver/address.h"
#include "harness/driver/socket.h"

/* How long the broker may take to be there, and handshakes of both sides, in ms. */
enum { PATIENCE_MS = 10000, BACKLOG = 512 };

struct mqh_relay {
    uv_loop_t *loop;
    const struct mqh_target *at;
    const struct mqh_target *to;
    struct mqh_tls_context *as_server; /* for `at` */
    struct mqh_tls_context *as_client; /* for `to` */
    const struct mqh_relay_events *events;
    void *context;
    struct mqh_addresses brokers;
    unsigned broker; /* the address that answered last */
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } listener;
    uint16_t port;
    struct pair *pairs;
    char buffer[MQH_SOCKET_READ_SIZE];
};

/* One connection of a client, and the one to the broker that is made for it. */
struct pair {
    struct mqh_socket client;
    struct mqh_socket server;
    struct mqh_relay *relay;
    void *talk;
    uv_timer_t timer;
    unsigned open;     /* sockets, and the timer */
    unsigned attempts; /* addresses of the broker that were tried */
    bool over;         /* everything is closed, or about to be */
    struct pair *next;
    struct pair **place;
};

static struct pair *pair_of(struct mqh_socket *socket)
{
    return (struct pair *)(socket->us == MQC_SERVER
                               ? (char *)socket - offsetof(struct pair, client)
                               : (char *)socket - offsetof(struct pair, server));
}

static struct mqh_socket *other_of(struct mqh_socket *socket)
{
    struct pair *pair = pair_of(socket);

    return socket == &pair->client ? &pair->server : &pair->client;
}

/* Whose bytes come from it. */
static enum mqc_side side_of(const struct mqh_socket *socket)
{
    return socket->us == MQC_SERVER ? MQC_CLIENT : MQC_SERVER;
}

/* ---- the end ---- */

static void close_one(struct pair *pair)
{
    struct mqh_relay *relay = pair->relay;

    if (--pair->open > 0)
        return;
    relay->events->closed(relay->context, pair->talk);
    *pair->place = pair->next;
    if (pair->next != NULL)
        pair->next->place = pair->place;
    free(pair);
}

static void on_timer_closed(uv_handle_t *handle)
{
    close_one(handle->data);
}

static void end_pair(struct pair *pair)
{
    if (pair->over)
        return;
    pair->over = true;
    mqh_socket_destroy(&pair->client);
    mqh_socket_destroy(&pair->server);
    uv_close((uv_handle_t *)&pair->timer, on_timer_closed);
}

static void fail(struct pair *pair, enum mqc_side side, const char *why)
{
    struct mqh_relay *relay = pair->relay;

    if (!pair->over)
        relay->events->failed(relay->context, pair->talk, side, why);
    end_pair(pair);
}

/* ---- passing on ---- */

static bool is_done(const struct mqh_socket *socket)
{
    return socket->ended && socket->shut && !mqh_socket_is_clogged(socket);
}

/* Each side is read only while the other one takes what it sends. */
static void settle(struct pair *pair)
{
    bool open = pair->client.opened && pair->server.opened;

    if (pair->over)
        return;
    if (is_done(&pair->client) && is_done(&pair->server)) {
        end_pair(pair);
        return;
    }
    mqh_socket_read(&pair->client, open && !mqh_socket_is_clogged(&pair->server));
    mqh_socket_read(&pair->server, open && !mqh_socket_is_clogged(&pair->client));
}

/* It has ended and does not read either: nothing can be said any more. */
static void die(struct mqh_socket *socket)
{
    struct pair *pair = pair_of(socket);

    if (pair->over)
        return;
    mqh_socket_reset(other_of(socket));
    end_pair(pair);
}

static void on_opened(struct mqh_socket *socket)
{
    struct pair *pair = pair_of(socket);

    if (pair->client.opened && pair->server.opened) {
        uv_timer_stop(&pair->timer);
        pair->relay->broker = (pair->relay->broker + pair->attempts) % pair->relay->brokers.count;
    }
    settle(pair);
}

static void on_received(struct mqh_socket *socket, struct mqc_slice bytes)
{
    struct pair *pair = pair_of(socket);
    struct mqh_socket *other = other_of(socket);
    struct mqh_relay *relay = pair->relay;

    mqh_socket_send(other, bytes);
    relay->events->passed(relay->context, pair->talk, side_of(socket), bytes);
    if (other->broken && other->ended)
        die(other);
    else
        settle(pair);
}

static void on_drained(struct mqh_socket *socket)
{
    if (socket->broken && socket->ended)
        die(socket);
    else
        settle(pair_of(socket));
}

static void on_ended(struct mqh_socket *socket, bool by_reset)
{
    struct pair *pair = pair_of(socket);
    struct mqh_relay *relay = pair->relay;

    if (pair->over)
        return;
    relay->events->ended(relay->context, pair->talk, side_of(socket), by_reset);
    if (by_reset) {
        die(socket);
        return;
    }
    mqh_socket_leave(other_of(socket));
    settle(pair);
}

/* ---- opening ---- */

static void try_broker(struct pair *pair);

static void on_failed(struct mqh_socket *socket, const char *why)
{
    struct pair *pair = pair_of(socket);
    struct mqh_relay *relay = pair->relay;
    char line[300];

    if (socket == &pair->server && !socket->transporting &&
        pair->attempts + 1 < relay->brokers.count) {
        mqh_socket_destroy(socket); /* when it is closed, the next address is tried */
        return;
    }
    if (socket == &pair->server)
        snprintf(line, sizeof(line), "cannot connect to %s: %s", relay->to->url, why);
    else
        snprintf(line, sizeof(line), "%s", why);
    fail(pair, side_of(socket), line);
}

static void on_closed(struct mqh_socket *socket)
{
    struct pair *pair = pair_of(socket);

    if (socket == &pair->server && !pair->over) {
        pair->attempts++;
        try_broker(pair);
    } else {
        close_one(pair);
    }
}

static const struct mqh_socket_events socket_events = {on_opened,  on_failed, on_received,
                                                       on_drained, on_ended,  on_closed};

static void try_broker(struct pair *pair)
{
    struct mqh_relay *relay = pair->relay;
    unsigned address = (relay->broker + pair->attempts) % relay->brokers.count;

    mqh_socket_init(&pair->server, relay->loop, &socket_events, relay->to, relay->as_client,
                    MQC_CLIENT, relay->buffer);
    mqh_socket_connect(&pair->server, (const struct sockaddr *)&relay->brokers.items[address]);
}

static void on_late(uv_timer_t *timer)
{
    struct pair *pair = timer->data;
    enum mqc_side side = pair->server.opened ? MQC_CLIENT : MQC_SERVER;
    const struct mqh_socket *late = side == MQC_SERVER ? &pair->server : &pair->client;
    char line[300];

    snprintf(line, sizeof(line), "%s%s: no answer in time (%s)",
             side == MQC_SERVER ? "cannot connect to " : "the client",
             side == MQC_SERVER ? pair->relay->to->url : "",
             late->transporting ? mqh_transport_phase(&late->transport) : "connection");
    fail(pair, side, line);
}

static const struct sockaddr *client_address(struct pair *pair, struct sockaddr_storage *out)
{
    int size = sizeof(*out);

    if (pair->client.local ||
        uv_tcp_getpeername(&pair->client.uv.tcp, (struct sockaddr *)out, &size) != 0)
        return NULL;
    return (const struct sockaddr *)out;
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct mqh_relay *relay = listener->data;
    struct sockaddr_storage address;
    struct pair *pair;

    if (status != 0) {
        relay->events->refused(relay->context, uv_strerror(status));
        return;
    }
    pair = calloc(1, sizeof(*pair));
    if (pair == NULL)
        abort();
    pair->relay = relay;
    pair->open = 3;
    pair->next = relay->pairs;
    pair->place = &relay->pairs;
    if (pair->next != NULL)
        pair->next->place = &pair->next;
    relay->pairs = pair;
    uv_timer_init(relay->loop, &pair->timer);
    pair->timer.data = pair;
    uv_timer_start(&pair->timer, on_late, PATIENCE_MS, 0);
    mqh_socket_init(&pair->client, relay->loop, &socket_events, relay->at, relay->as_server,
                    MQC_SERVER, relay->buffer);
    mqh_socket_init(&pair->server, relay->loop, &socket_events, relay->to, relay->as_client,
                    MQC_CLIENT, relay->buffer);
    mqh_socket_accept(&pair->client, listener);
    pair->talk = relay->events->opened(relay->context, client_address(pair, &address));
    if (!pair->over)
        mqh_socket_connect(&pair->server,
                           (const struct sockaddr *)&relay->brokers.items[relay->broker]);
}

/* ---- begin ---- */

static int bind_tcp(struct mqh_relay *relay)
{
    struct mqh_addresses here = {0};
    struct sockaddr_storage bound;
    int size = sizeof(bound);
    char why[100];
    int status;

    uv_tcp_init(relay->loop, &relay->listener.tcp);
    if (!mqh_addresses_find(&here, relay->loop, relay->at, why, sizeof(why)))
        return UV_EADDRNOTAVAIL;
    status = uv_tcp_bind(&relay->listener.tcp, (const struct sockaddr *)&here.items[0], 0);
    if (status == 0)
        status = uv_listen(&relay->listener.stream, BACKLOG, on_connection);
    if (status == 0)
        status = uv_tcp_getsockname(&relay->listener.tcp, (struct sockaddr *)&bound, &size);
    if (status == 0)
        relay->port =
            ntohs(bound.ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)&bound)->sin6_port
                                              : ((const struct sockaddr_in *)&bound)->sin_port);
    return status;
}

static int bind_path(struct mqh_relay *relay)
{
    int status;

    uv_pipe_init(relay->loop, &relay->listener.pipe, 0);
    status = uv_pipe_bind(&relay->listener.pipe, relay->at->path);
    return status != 0 ? status : uv_listen(&relay->listener.stream, BACKLOG, on_connection);
}

/* Two sockets a connection: as many as the system lets us have. */
static void take_files(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static bool begin(struct mqh_relay *relay, char *why, size_t why_size)
{
    int status;

    relay->as_server = mqh_transport_context(relay->at, MQC_SERVER, why, why_size);
    if (why[0] != '\0')
        return false;
    relay->as_client = mqh_transport_context(relay->to, MQC_CLIENT, why, why_size);
    if (why[0] != '\0' ||
        !mqh_addresses_find(&relay->brokers, relay->loop, relay->to, why, why_size))
        return false;
    status = relay->at->local ? bind_path(relay) : bind_tcp(relay);
    relay->listener.handle.data = relay;
    if (status == 0)
        return true;
    snprintf(why, why_size, "cannot listen at %s: %s", relay->at->url, uv_strerror(status));
    uv_close(&relay->listener.handle, NULL);
    uv_run(relay->loop, UV_RUN_NOWAIT);
    return false;
}

struct mqh_relay *mqh_relay_new(uv_loop_t *loop, const struct mqh_target *at,
                                const struct mqh_target *to, const struct mqh_relay_events *events,
                                void *context, char *why, size_t why_size)
{
    struct mqh_relay *relay = calloc(1, sizeof(*relay));

    if (relay == NULL)
        abort();
    relay->loop = loop;
    relay->at = at;
    relay->to = to;
    relay->events = events;
    relay->context = context;
    take_files();
    if (begin(relay, why, why_size))
        return relay;
    mqh_relay_free(relay);
    return NULL;
}

uint16_t mqh_relay_port(const struct mqh_relay *relay)
{
    return relay->port;
}

void mqh_relay_stop(struct mqh_relay *relay)
{
    if (!uv_is_closing(&relay->listener.handle))
        uv_close(&relay->listener.handle, NULL);
    for (struct pair *pair = relay->pairs; pair != NULL; pair = pair->next)
        end_pair(pair);
}

void mqh_relay_free(struct mqh_relay *relay)
{
    mqh_transport_context_free(relay->as_server);
    mqh_transport_context_free(relay->as_client);
    free(relay);
}
