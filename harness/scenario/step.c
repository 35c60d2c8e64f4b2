#include "harness/scenario/state.h"

static struct mqh_connection *connection_of(struct mqh_engine *engine, const struct mqh_step *step)
{
    return engine->peers[step->peers[0]].now;
}

static bool timed_out(const struct mqh_engine *engine)
{
    return engine->now_ms >= engine->deadline_ms;
}

/* A failure on `step`: it breaks what the step proves, or nothing. */
static void fail_step(struct mqh_engine *engine, const struct mqh_step *step,
                      const struct mqh_verdict_text *why)
{
    mqh_engine_fail(engine, mqh_step_proves(engine->arena, engine->c, step), why->reason,
                    why->expected, why->actual, why->absence);
}

/* ---- client ---- */

enum { CLIENT_BEGINS, CLIENT_OPENS, CLIENT_WAITS };

static bool client_accepted(struct mqh_engine *engine, const struct mqh_step *step,
                            struct mqh_connection *c)
{
    const struct mqh_message *m = c->lane[MQH_LANE_OTHER];
    struct mqh_verdict_text why = {.expected = "CONNACK reason=0"};

    if (m == NULL && !c->ended && !timed_out(engine))
        return false;
    if (m == NULL) {
        why.reason = c->ended ? "the broker ended the connection instead of answering CONNECT"
                              : "CONNECT was not answered";
        why.actual = c->ended ? (c->by_reset ? "reset" : "closed") : "nothing";
        why.absence = !c->ended;
    } else if (m->packet.frame.type != MQC_CONNACK || m->packet.connack.reason != 0) {
        why.reason = "the broker did not accept the connection";
        why.actual = mqh_packet_text(engine, &m->packet);
    } else if (step->resume && c->version != MQC_V31 && (m->packet.connack.flags & 1) == 0) {
        why.reason = "the session is gone: Session Present is 0";
        why.expected = "CONNACK session-present reason=0";
        why.actual = mqh_packet_text(engine, &m->packet);
    }
    if (why.reason != NULL)
        fail_step(engine, step, &why);
    else
        mqh_connection_consume(c, MQH_LANE_OTHER);
    return true;
}

static bool run_client(struct mqh_engine *engine, const struct mqh_step *step)
{
    struct mqh_peer *peer = &engine->peers[step->peers[0]];
    struct mqc_slice bytes;

    if (engine->waiting == CLIENT_BEGINS) {
        if (step->version != MQC_VERSION_UNKNOWN)
            peer->version = step->version;
        mqh_connection_new(engine, step->peers[0]);
        peer->now->withheld = engine->sabotaged;
        mqh_engine_act(engine, MQH_ACTION_OPEN, peer->now->number, (struct mqc_slice){0});
        engine->waiting = CLIENT_OPENS;
        engine->deadline_ms = engine->now_ms + engine->options.patience.answer_ms;
    }
    if (engine->waiting == CLIENT_OPENS) {
        struct mqh_verdict_text late = {"the connection could not be opened in time",
                                        "a connection", "nothing", true};

        if (!peer->now->open && timed_out(engine))
            fail_step(engine, step, &late);
        if (!peer->now->open)
            return false;
        peer->acks_auto = step->acks_auto || (step->again && peer->acks_auto);
        if (step->manual)
            return true;
        if (!mqh_scope_encode(engine, peer->now, mqh_step_packet(engine->arena, step, NULL),
                              &bytes))
            return true;
        mqh_connection_send(engine, peer->now, bytes, step->where.line);
        engine->waiting = CLIENT_WAITS;
        engine->deadline_ms = engine->now_ms + engine->options.patience.answer_ms;
    }
    return client_accepted(engine, step, peer->now);
}

/* ---- sending ---- */

/* True if the next thing the scenario expects of this peer is the end of its connection: then the
 * peer may already have ended it, and what is still sent is of no account. */
static bool end_is_expected(const struct mqh_engine *engine, unsigned peer)
{
    const struct mqh_scenario *s = engine->c->scenario;

    for (size_t i = engine->step + 1; i < s->step_count; i++) {
        const struct mqh_step *step = &s->steps[i];

        if (step->kind != MQH_STEP_EXPECT || !mqh_step_applies(step, engine->c->version))
            continue;
        for (unsigned k = 0; k < step->peer_count; k++)
            if (step->peers[k] == peer)
                return mqh_expect_closes(step->expect);
    }
    return false;
}

static bool run_send(struct mqh_engine *engine, const struct mqh_step *step)
{
    struct mqh_connection *c = connection_of(engine, step);
    struct mqc_slice all = {0};

    if (c->ended || c->left || engine->sabotaged) {
        const struct mqh_message *m = c->lane[MQH_LANE_OTHER];
        struct mqh_verdict_text gone = {
            "the peer had ended the connection before this was sent", "an open connection",
            m != NULL ? mqh_packet_text(engine, &m->packet) : (c->by_reset ? "reset" : "closed"),
            false};

        if (!end_is_expected(engine, c->peer))
            fail_step(engine, step, &gone);
        return true;
    }
    for (size_t i = 0; i < step->packet_count; i++) {
        struct mqc_slice bytes;
        uint8_t *both;

        if (!mqh_scope_encode(engine, c, step->packets[i].text, &bytes))
            return true;
        if (i == 0) {
            all = bytes;
            continue;
        }
        both = mqh_arena_alloc(engine->arena, all.size + bytes.size);
        memcpy(both, all.data, all.size);
        memcpy(both + all.size, bytes.data, bytes.size);
        all = (struct mqc_slice){both, all.size + bytes.size};
    }
    engine->watched_breaks = step->breaks.given ? &step->breaks : NULL;
    mqh_connection_send_as(engine, c, all, step);
    engine->watched_breaks = NULL;
    return true;
}

/* ---- leaving ---- */

/* Done when the other end is gone too, so that what follows finds the broker without this client.
 */
static bool run_leave(struct mqh_engine *engine, const struct mqh_step *step)
{
    struct mqh_connection *c = connection_of(engine, step);
    struct mqc_slice bytes;

    if (!engine->entered) {
        engine->deadline_ms = engine->now_ms + engine->options.patience.answer_ms;
        if (step->kind == MQH_STEP_DISCONNECT) {
            if (!mqh_scope_encode(engine, c, mqh_step_packet(engine->arena, step, NULL), &bytes))
                return true;
            mqh_connection_send(engine, c, bytes, step->where.line);
        }
        mqh_connection_leave(engine, c,
                             step->kind == MQH_STEP_RESET ? MQH_ACTION_RESET : MQH_ACTION_CLOSE);
    }
    return step->kind == MQH_STEP_RESET || c->peer_side == MQC_CLIENT || c->ended ||
           timed_out(engine);
}

/* ---- expecting ---- */

static void begin_expect(struct mqh_engine *engine, const struct mqh_step *step)
{
    size_t children = step->expect->child_count;

    for (size_t i = 0; i < step->expect->child_count; i++)
        if (step->expect->children[i].child_count > children)
            children = step->expect->children[i].child_count;
    engine->met = children > 0 ? mqh_arena_alloc(engine->arena, children * sizeof(bool)) : NULL;
    engine->deadline_ms =
        engine->now_ms + step->after_ms +
        (step->within_ms > 0 ? step->within_ms : mqh_expect_patience(engine, step->expect));
    if (engine->sabotaged && step->expect->kind != MQH_EXPECT_NOTHING)
        for (unsigned i = 0; i < step->peer_count; i++) {
            struct mqh_connection *c = engine->peers[step->peers[i]].now;

            c->withheld = true;
            for (int lane = 0; lane < MQH_LANE_COUNT; lane++)
                while (c->lane[lane] != NULL)
                    mqh_connection_consume(c, (enum mqh_lane)lane);
        }
}

/* `after`: exact, with 10 % and 200 ms of grace. */
static bool too_early(const struct mqh_engine *engine, const struct mqh_step *step)
{
    uint64_t passed = engine->now_ms - engine->cause_ms;

    return step->after_ms > 0 && passed + 200 < step->after_ms - step->after_ms / 10;
}

static bool run_expect(struct mqh_engine *engine, const struct mqh_step *step)
{
    struct mqh_verdict_text why = {0};
    enum mqh_met met;

    if (!engine->entered)
        begin_expect(engine, step);
    met = mqh_expect_check(engine, step, &why);
    if (met == MQH_MET && too_early(engine, step)) {
        why.reason =
            mqh_arena_format(engine->arena, "it came after %u ms, not before %u ms was asked",
                             (unsigned)(engine->now_ms - engine->cause_ms), step->after_ms);
        why.expected = mqh_arena_text(engine->arena, step->expect->text.text);
        why.actual = "the same, too early";
        met = MQH_NEVER;
    }
    if (met == MQH_NEVER || (met == MQH_NOT_YET && timed_out(engine)))
        fail_step(engine, step, &why);
    return met != MQH_NOT_YET || engine->failed;
}

/* ---- the server's role ---- */

static bool run_accept(struct mqh_engine *engine, const struct mqh_step *step)
{
    struct mqh_peer *peer = &engine->peers[step->peers[0]];
    struct mqh_verdict_text late = {"no client connected", "a connection", "nothing", true};

    if (!engine->entered) {
        mqh_connection_new(engine, step->peers[0]);
        mqh_engine_act(engine, MQH_ACTION_LISTEN, peer->now->number, (struct mqc_slice){0});
        engine->deadline_ms = engine->now_ms + engine->options.patience.delivery_ms;
    }
    if (!peer->now->open && timed_out(engine))
        fail_step(engine, step, &late);
    return peer->now->open;
}

/* Counts the lines that prove something, to find the one that is to go wrong. */
static void count_proving(struct mqh_engine *engine, const struct mqh_step *step)
{
    if (engine->options.sabotage == 0 || mqh_step_proves(engine->arena, engine->c, step).count == 0)
        return;
    engine->proving++;
    engine->sabotaged = engine->proving == engine->options.sabotage;
}

bool mqh_step_run(struct mqh_engine *engine, const struct mqh_step *step)
{
    if (!engine->entered)
        count_proving(engine, step);
    switch (step->kind) {
    case MQH_STEP_CLIENT:
        return run_client(engine, step);
    case MQH_STEP_SEND:
        return run_send(engine, step);
    case MQH_STEP_EXPECT:
        return run_expect(engine, step);
    case MQH_STEP_DISCONNECT:
    case MQH_STEP_CLOSE:
    case MQH_STEP_RESET:
        return run_leave(engine, step);
    case MQH_STEP_WAIT:
        engine->deadline_ms = engine->step_ms + step->wait_ms;
        return timed_out(engine);
    case MQH_STEP_SERVER:
    case MQH_STEP_ACCEPT:
        return run_accept(engine, step);
    }
    return true;
}
