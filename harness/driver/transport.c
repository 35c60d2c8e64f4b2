#include "harness/driver/transport.h"

#include <stdio.h>

#include "harness/driver/tls.h"
#include "harness/driver/websocket.h"

/* The WebSocket upgrade needs SHA-1, which OpenSSL has. */
#if defined(MQH_WITH_TLS) && defined(MQH_WITH_WEBSOCKET)
#define HAS_WEBSOCKET 1
#endif

const char *mqh_transport_lacks(const struct mqh_target *target)
{
#ifndef HAS_WEBSOCKET
    if (target->websocket)
        return "this mqspec was built without WebSocket: it needs wslay and OpenSSL "
               "(libwslay-dev, libssl-dev)";
#endif
#ifndef MQH_WITH_TLS
    if (target->tls)
        return "this mqspec was built without TLS: it needs OpenSSL (libssl-dev)";
#endif
    (void)target;
    return NULL;
}

struct mqh_tls_context *mqh_transport_context(const struct mqh_target *target, enum mqc_side us,
                                              char *why, size_t why_size)
{
    why[0] = '\0';
    if (mqh_transport_lacks(target) != NULL)
        snprintf(why, why_size, "%s", mqh_transport_lacks(target));
#ifdef MQH_WITH_TLS
    else if (target->tls)
        return mqh_tls_context_new(target, us, why, why_size);
#endif
    (void)us;
    return NULL;
}

void mqh_transport_context_free(struct mqh_tls_context *context)
{
#ifdef MQH_WITH_TLS
    mqh_tls_context_free(context);
#else
    (void)context;
#endif
}

/* ---- bytes from layer to layer ---- */

static void move(struct mqh_buffer *from, struct mqh_buffer *to)
{
    mqh_buffer_add(to, mqh_buffer_slice(from));
    from->size = 0;
}

/* Takes what a layer has for its neighbours to them. True if there was anything. */
static bool settle_layer(struct mqh_transport *t, unsigned i)
{
    struct mqh_filter *filter = t->filters[i];
    bool moved = filter->up.size > 0 || filter->down.size > 0;

    if (filter->up.size > 0 && i + 1 < t->count) {
        t->filters[i + 1]->kind->receive(t->filters[i + 1], mqh_buffer_slice(&filter->up));
        filter->up.size = 0;
    } else {
        move(&filter->up, &t->up);
    }
    if (filter->down.size > 0 && i > 0) {
        t->filters[i - 1]->kind->send(t->filters[i - 1], mqh_buffer_slice(&filter->down),
                                      MQH_FRAME_WHOLE);
        filter->down.size = 0;
    } else {
        move(&filter->down, &t->down);
    }
    return moved;
}

/* Until nothing moves any more. A layer starts when the one below it is open. */
static void settle(struct mqh_transport *t)
{
    bool moved = true;

    while (moved) {
        moved = false;
        if (t->started < t->count &&
            (t->started == 0 || t->filters[t->started - 1]->state == MQH_FILTER_OPEN)) {
            t->filters[t->started]->kind->start(t->filters[t->started]);
            t->started++;
            moved = true;
        }
        for (unsigned i = 0; i < t->count; i++)
            moved = settle_layer(t, i) || moved;
    }
}

void mqh_transport_open(struct mqh_transport *t, const struct mqh_target *target,
                        struct mqh_tls_context *context, enum mqc_side us, enum mqc_version version)
{
    *t = (struct mqh_transport){0};
#ifdef MQH_WITH_TLS
    if (target->tls)
        t->filters[t->count++] = mqh_tls_new(context);
#endif
#ifdef HAS_WEBSOCKET
    if (target->websocket)
        t->filters[t->count++] = mqh_websocket_new(target, us, version);
#endif
    (void)target;
    (void)context;
    (void)us;
    (void)version;
    settle(t);
}

void mqh_transport_received(struct mqh_transport *t, struct mqc_slice bytes)
{
    if (t->count == 0)
        mqh_buffer_add(&t->up, bytes);
    else
        t->filters[0]->kind->receive(t->filters[0], bytes);
    settle(t);
}

void mqh_transport_send(struct mqh_transport *t, struct mqc_slice bytes, enum mqh_frame frame)
{
    struct mqh_filter *top = t->count == 0 ? NULL : t->filters[t->count - 1];

    if (top == NULL)
        mqh_buffer_add(&t->down, bytes);
    else
        top->kind->send(top, bytes, frame);
    settle(t);
}

void mqh_transport_leave(struct mqh_transport *t)
{
    for (unsigned i = t->count; i > 0; i--) {
        t->filters[i - 1]->kind->leave(t->filters[i - 1]);
        settle(t);
    }
}

/* ---- how it stands ---- */

static const struct mqh_filter *lowest_not_open(const struct mqh_transport *t)
{
    for (unsigned i = 0; i < t->count; i++)
        if (t->filters[i]->state != MQH_FILTER_OPEN)
            return t->filters[i];
    return NULL;
}

enum mqh_filter_state mqh_transport_state(const struct mqh_transport *t)
{
    const struct mqh_filter *filter = lowest_not_open(t);

    return filter == NULL ? MQH_FILTER_OPEN : filter->state;
}

const char *mqh_transport_why(const struct mqh_transport *t)
{
    const struct mqh_filter *filter = lowest_not_open(t);

    return filter == NULL ? "" : filter->why;
}

const char *mqh_transport_phase(const struct mqh_transport *t)
{
    for (unsigned i = 0; i < t->count; i++)
        if (t->filters[i]->state == MQH_FILTER_OPENING)
            return t->filters[i]->kind->handshake;
    return "connection";
}

const char *mqh_transport_breach(struct mqh_transport *t, const char **text)
{
    for (unsigned i = 0; i < t->count; i++) {
        const char *id = t->filters[i]->breach;

        if (id == NULL)
            continue;
        t->filters[i]->breach = NULL;
        *text = t->filters[i]->breach_text;
        return id;
    }
    return NULL;
}

void mqh_transport_close(struct mqh_transport *t)
{
    for (unsigned i = 0; i < t->count; i++) {
        mqh_buffer_free(&t->filters[i]->up);
        mqh_buffer_free(&t->filters[i]->down);
        t->filters[i]->kind->free(t->filters[i]);
    }
    mqh_buffer_free(&t->up);
    mqh_buffer_free(&t->down);
    *t = (struct mqh_transport){0};
}
