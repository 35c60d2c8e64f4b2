/*
 * Whether the broker can be reached, and at which of its addresses. `localhost` often has two, and
 * a broker that listens on one of them is reachable.
 */
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>

#include "harness/driver/play.h"

struct mqh_reach {
    struct mqh_live *live;
    uv_tcp_t tcp; /* of one attempt */
    uv_connect_t connect;
    uv_timer_t timer;
    unsigned attempt; /* index of the address being tried */
    int status;       /* of the first attempt that failed: the address that the system prefers */
    bool timed_out;
    bool reached;
    void (*done)(void *context, const char *why_not);
    void *context;
};

static bool resolve(struct mqh_live *live)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    uv_getaddrinfo_t request;
    char port[8];
    int status;

    if (live->address_count > 0)
        return true;
    snprintf(port, sizeof(port), "%u", (unsigned)live->target->port);
    status = uv_getaddrinfo(live->loop, &request, NULL, live->target->host, port, &hints);
    if (status != 0) {
        snprintf(live->why, sizeof(live->why), "cannot find the host of %s: %s", live->target->url,
                 uv_strerror(status));
        return false;
    }
    for (const struct addrinfo *a = request.addrinfo; a != NULL; a = a->ai_next)
        if (live->address_count < MQH_ADDRESSES_MAX && a->ai_addrlen <= sizeof(*live->addresses))
            memcpy(&live->addresses[live->address_count++], a->ai_addr, a->ai_addrlen);
    uv_freeaddrinfo(request.addrinfo);
    return live->address_count > 0;
}

/* ---- the end ---- */

static void finish(struct mqh_reach *reach)
{
    struct mqh_live *live = reach->live;
    struct mqh_reach ended = *reach;

    free(reach);
    live->reach = NULL;
    if (!ended.reached && live->address_count > 0)
        snprintf(live->why, sizeof(live->why), "cannot connect to %s: %s", live->target->url,
                 ended.status == 0 ? "no answer in time" : uv_strerror(ended.status));
    ended.done(ended.context, ended.reached ? NULL : live->why);
}

static void on_timer_closed(uv_handle_t *handle)
{
    finish(handle->data);
}

static void stop(struct mqh_reach *reach)
{
    if (!uv_is_closing((uv_handle_t *)&reach->timer))
        uv_close((uv_handle_t *)&reach->timer, on_timer_closed);
}

/* ---- one address after the other ---- */

static void try_next(struct mqh_reach *reach);

static void on_attempt_closed(uv_handle_t *handle)
{
    struct mqh_reach *reach = handle->data;

    if (reach->reached || reach->timed_out || ++reach->attempt == reach->live->address_count)
        stop(reach);
    else
        try_next(reach);
}

static void on_connect(uv_connect_t *request, int status)
{
    struct mqh_reach *reach = request->data;
    struct mqh_live *live = reach->live;

    if (status == 0) {
        reach->reached = true;
        live->address = (live->address + reach->attempt) % live->address_count;
        live->connected_ms = mqh_live_now();
    } else if (status != UV_ECANCELED && reach->status == 0) {
        reach->status = status;
    }
    if (!uv_is_closing((uv_handle_t *)&reach->tcp))
        uv_close((uv_handle_t *)&reach->tcp, on_attempt_closed);
}

/* The address in use comes first. */
static void try_next(struct mqh_reach *reach)
{
    struct mqh_live *live = reach->live;
    unsigned index = (live->address + reach->attempt) % live->address_count;
    int status;

    uv_tcp_init(live->loop, &reach->tcp);
    reach->tcp.data = reach;
    reach->connect.data = reach;
    status = uv_tcp_connect(&reach->connect, &reach->tcp,
                            (const struct sockaddr *)&live->addresses[index], on_connect);
    if (status != 0)
        on_connect(&reach->connect, status);
}

static void on_timer(uv_timer_t *timer)
{
    struct mqh_reach *reach = timer->data;

    reach->timed_out = true;
    if (reach->live->address_count == 0)
        stop(reach);
    else if (!uv_is_closing((uv_handle_t *)&reach->tcp))
        uv_close((uv_handle_t *)&reach->tcp, on_attempt_closed);
}

void mqh_live_reach(struct mqh_live *live, unsigned timeout_ms,
                    void (*done)(void *context, const char *why_not), void *context)
{
    struct mqh_reach *reach = calloc(1, sizeof(*reach));
    bool found = resolve(live);

    if (reach == NULL)
        abort();
    live->reach = reach;
    reach->live = live;
    reach->done = done;
    reach->context = context;
    uv_timer_init(live->loop, &reach->timer);
    reach->timer.data = reach;
    uv_update_time(live->loop);
    uv_timer_start(&reach->timer, on_timer, found ? timeout_ms : 0, 0);
    if (found)
        try_next(reach);
}
