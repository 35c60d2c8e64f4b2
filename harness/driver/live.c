#include "harness/driver/live.h"

#include <assert.h>
#include <stdlib.h>

#include "harness/driver/play.h"

/* How long a broker may take to end connections that were ended by us, in ms. */
enum { GRACE_MS = 1000 };

uint64_t mqh_live_now(void)
{
    return uv_hrtime() / 1000000;
}

struct mqh_live *mqh_live_new(uv_loop_t *loop, const struct mqh_target *target)
{
    struct mqh_live *live = calloc(1, sizeof(*live));

    if (live == NULL)
        abort();
    live->loop = loop;
    live->target = target;
    return live;
}

void mqh_live_free(struct mqh_live *live)
{
    assert(live->plays == NULL);
    assert(live->reach == NULL);
    mqh_transport_context_free(live->as_client);
    mqh_transport_context_free(live->as_server);
    free(live);
}

struct mqh_tls_context *mqh_live_context(struct mqh_live *live, enum mqc_side us, char *why,
                                         size_t why_size)
{
    struct mqh_tls_context **context = us == MQC_CLIENT ? &live->as_client : &live->as_server;

    why[0] = '\0';
    if (*context == NULL)
        *context = mqh_transport_context(live->target, us, why, why_size);
    return *context;
}

const char *mqh_live_trouble(const struct mqh_live *live)
{
    return live->trouble;
}

unsigned mqh_live_connect_failures(const struct mqh_live *live)
{
    return live->connect_failures;
}

uint64_t mqh_live_connected_ms(const struct mqh_live *live)
{
    return live->connected_ms;
}

uint16_t mqh_live_port(const struct mqh_live *live, const struct mqh_engine *engine)
{
    for (const struct mqh_play *play = live->plays; play != NULL; play = play->next)
        if (play->engine == engine)
            return play->port;
    return 0;
}

/* ---- the end of a play ---- */

static void unlink_play(struct mqh_play *play)
{
    struct mqh_play **at = &play->live->plays;

    while (*at != play)
        at = &(*at)->next;
    *at = play->next;
}

static void on_timer_closed(uv_handle_t *handle)
{
    mqh_play_closed_handle(handle->data);
}

/* The timer stays until the last connection has ended. */
static void close_rest(struct mqh_play *play)
{
    mqh_listener_close(play);
    if (play->links == NULL && !uv_is_closing((uv_handle_t *)&play->timer))
        uv_close((uv_handle_t *)&play->timer, on_timer_closed);
}

void mqh_play_closed_handle(struct mqh_play *play)
{
    struct mqh_play ended;

    assert(play->handles > 0);
    if (--play->handles > 0) {
        if (play->end_ms != 0)
            close_rest(play);
        return;
    }
    ended = *play;
    unlink_play(play);
    free(play->numbers);
    free(play);
    ended.done(ended.context, ended.engine);
}

static void destroy(struct mqh_play *play)
{
    for (struct mqh_link *link = play->links; link != NULL; link = link->next)
        mqh_channel_destroy(&link->channel);
}

/* ---- deadlines ---- */

static void on_timer(uv_timer_t *timer);

static void arm(struct mqh_play *play)
{
    uint64_t now = mqh_live_now();
    uint64_t due = play->end_ms;

    if (uv_is_closing((uv_handle_t *)&play->timer))
        return;
    if (due == 0) {
        due = mqh_engine_deadline(play->engine);
        if (due > play->hard_ms)
            due = play->hard_ms;
    }
    play->looked = false;
    uv_update_time(play->live->loop);
    uv_timer_start(&play->timer, on_timer, due > now ? due - now : 1, 0);
}

/* Between the two times that it fires, the loop reads what has come in the meantime. */
static void on_timer(uv_timer_t *timer)
{
    struct mqh_play *play = timer->data;
    uint64_t now = mqh_live_now();

    if (!play->looked) {
        play->looked = true;
        uv_timer_start(timer, on_timer, 1, 0);
        return;
    }
    if (play->end_ms != 0) {
        if (now >= play->end_ms)
            destroy(play);
    } else if (now >= play->hard_ms) {
        mqh_live_abort(play->live, play->engine, MQH_ERROR,
                       "the hard deadline of the case has passed");
        return;
    } else {
        mqh_engine_tick(play->engine, now);
    }
    mqh_play_on(play);
}

/* ---- actions ---- */

static struct mqh_link *find_link(struct mqh_play *play, unsigned number)
{
    struct mqh_link *link = play->links;

    while (link != NULL && (link->number != number || link->channel.closing))
        link = link->next;
    return link;
}

static void act(struct mqh_play *play, const struct mqh_action *action)
{
    struct mqh_link *link = find_link(play, action->connection);

    switch (action->kind) {
    case MQH_ACTION_OPEN:
        mqh_link_open(play, action->connection, action->version);
        break;
    case MQH_ACTION_LISTEN:
        mqh_listener_announce(play, action->connection);
        break;
    case MQH_ACTION_SEND:
        if (link != NULL)
            mqh_channel_send(&link->channel, action->bytes, action->frame);
        break;
    case MQH_ACTION_CLOSE:
        if (link != NULL)
            mqh_link_leave(link);
        break;
    case MQH_ACTION_RESET:
        if (link != NULL)
            mqh_channel_reset(&link->channel);
        break;
    }
}

void mqh_play_on(struct mqh_play *play)
{
    struct mqh_action action;

    while (mqh_engine_next(play->engine, &action))
        act(play, &action);
    for (struct mqh_link *link = play->links; link != NULL; link = link->next)
        mqh_channel_flush(&link->channel);
    if (play->end_ms == 0 && mqh_engine_done(play->engine))
        play->end_ms = mqh_live_now() + GRACE_MS;
    if (play->end_ms != 0)
        close_rest(play);
    arm(play);
}

/* ---- running ---- */

void mqh_live_run(struct mqh_live *live, struct mqh_engine *engine, uint64_t hard_ms,
                  void (*done)(void *context, struct mqh_engine *engine), void *context)
{
    struct mqh_play *play = calloc(1, sizeof(*play));

    if (play == NULL)
        abort();
    play->live = live;
    play->engine = engine;
    play->done = done;
    play->context = context;
    play->hard_ms = mqh_live_now() + hard_ms;
    play->next = live->plays;
    live->plays = play;
    uv_timer_init(live->loop, &play->timer);
    play->timer.data = play;
    play->handles = 1;
    mqh_engine_start(engine, mqh_live_now());
    mqh_play_on(play);
}

/* What the engine still says goodbye with is written; nothing is waited for. */
static void abort_play(struct mqh_play *play, enum mqh_verdict verdict, const char *reason)
{
    mqh_engine_abort(play->engine, verdict, reason, mqh_live_now());
    mqh_play_on(play);
    destroy(play);
}

void mqh_live_abort(struct mqh_live *live, struct mqh_engine *engine, enum mqh_verdict verdict,
                    const char *reason)
{
    for (struct mqh_play *play = live->plays; play != NULL; play = play->next)
        if (engine == NULL || play->engine == engine)
            abort_play(play, verdict, reason);
}
