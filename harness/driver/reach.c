/*
 * Whether the broker can be reached, and at which of its addresses. `localhost` often has two, and
 * a broker that listens on one of them is reachable.
 */
#include <stdio.h>
#include <stdlib.h>

#include "harness/driver/play.h"

struct mqh_reach {
    struct mqh_channel channel; /* of one attempt; the first member, so that it leads here */
    struct mqh_live *live;
    uv_timer_t timer;
    unsigned attempt; /* index of the address being tried */
    bool timed_out;
    bool reached;
    bool under_way; /* an attempt */
    char why[200];  /* of the first attempt that failed: the address that the system prefers */
    void (*done)(void *context, const char *why_not);
    void *context;
};

/* ---- the end ---- */

static void finish(struct mqh_reach *reach)
{
    struct mqh_live *live = reach->live;
    struct mqh_reach ended = *reach;

    free(reach);
    live->reach = NULL;
    if (!ended.reached && live->addresses.count > 0)
        snprintf(live->why, sizeof(live->why), "cannot connect to %s: %s", live->target->url,
                 ended.why);
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

static void on_closed(struct mqh_channel *channel)
{
    struct mqh_reach *reach = (struct mqh_reach *)channel;

    reach->under_way = false;
    if (reach->reached || reach->timed_out || ++reach->attempt == reach->live->addresses.count)
        stop(reach);
    else
        try_next(reach);
}

static void on_opened(struct mqh_channel *channel)
{
    struct mqh_reach *reach = (struct mqh_reach *)channel;
    struct mqh_live *live = reach->live;

    reach->reached = true;
    live->address = (live->address + reach->attempt) % live->addresses.count;
    mqh_channel_leave(channel);
    mqh_channel_destroy(channel);
}

static void note(struct mqh_reach *reach, const char *why)
{
    if (reach->why[0] == '\0')
        snprintf(reach->why, sizeof(reach->why), "%s", why);
}

static void on_failed(struct mqh_channel *channel, const char *why, bool ours)
{
    (void)ours;
    note((struct mqh_reach *)channel, why);
}

/* It was left as soon as it stood. */
static void on_received(struct mqh_channel *channel, struct mqc_slice bytes)
{
    (void)channel;
    (void)bytes;
}

static void on_breach(struct mqh_channel *channel, const char *id, const char *text)
{
    (void)channel;
    (void)id;
    (void)text;
}

static void on_ended(struct mqh_channel *channel, bool by_reset)
{
    (void)channel;
    (void)by_reset;
}

/* The address in use comes first. */
static void try_next(struct mqh_reach *reach)
{
    static const struct mqh_channel_events events = {on_opened, on_failed, on_received,
                                                     on_breach, on_ended,  on_closed};
    struct mqh_live *live = reach->live;

    reach->under_way = true;
    mqh_channel_init(&reach->channel, live, &events, MQC_CLIENT, MQC_V311);
    mqh_channel_connect(&reach->channel, (live->address + reach->attempt) % live->addresses.count);
}

static void on_timer(uv_timer_t *timer)
{
    struct mqh_reach *reach = timer->data;
    char why[80];

    reach->timed_out = true;
    if (!reach->under_way) {
        stop(reach);
        return;
    }
    snprintf(why, sizeof(why), "no answer in time (%s)", mqh_channel_phase(&reach->channel));
    note(reach, why);
    mqh_channel_destroy(&reach->channel);
}

void mqh_live_reach(struct mqh_live *live, unsigned timeout_ms,
                    void (*done)(void *context, const char *why_not), void *context)
{
    struct mqh_reach *reach = calloc(1, sizeof(*reach));
    bool found = mqh_addresses_find(&live->addresses, live->loop, live->target, live->why,
                                    sizeof(live->why));

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
