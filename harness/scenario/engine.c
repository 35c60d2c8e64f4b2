#include "harness/scenario/engine.h"

#include <assert.h>
#include <stdio.h>

#include "harness/scenario/state.h"
#include "harness/scenario/walk.h"

/* ---- what the other files need ---- */

struct mqh_event *mqh_engine_event(struct mqh_engine *engine, enum mqh_event_kind kind,
                                   const struct mqh_connection *connection, const char *text)
{
    struct mqh_result *r = &engine->result;
    struct mqh_event *event;

    r->events = mqh_arena_grow(engine->arena, r->events, r->event_count, &r->event_capacity,
                               sizeof(*r->events));
    event = &r->events[r->event_count++];
    *event = (struct mqh_event){
        .time_ms = engine->now_ms - engine->start_ms, .kind = kind, .peer = "", .text = text};
    if (connection != NULL) {
        event->peer = engine->peers[connection->peer].name;
        event->connection = connection->number;
        event->version = connection->version;
    }
    return event;
}

void mqh_engine_act(struct mqh_engine *engine, enum mqh_action_kind kind, unsigned connection,
                    struct mqc_slice bytes)
{
    engine->actions = mqh_arena_grow(engine->arena, engine->actions, engine->action_count,
                                     &engine->action_capacity, sizeof(*engine->actions));
    engine->actions[engine->action_count++] =
        (struct mqh_action){.kind = kind,
                            .connection = connection,
                            .bytes = bytes,
                            .version = engine->connections[connection]->version};
}

void mqh_engine_warn(struct mqh_engine *engine, const struct mqh_requirement *rule,
                     const char *text)
{
    struct mqh_result *r = &engine->result;

    r->warnings = mqh_arena_grow(engine->arena, r->warnings, r->warning_count, &r->warning_capacity,
                                 sizeof(*r->warnings));
    if (r->warning_count == 0 && !engine->failed)
        r->decided = r->event_count;
    r->warnings[r->warning_count++] = (struct mqh_warning){.text = text, .rule = rule};
}

/* A MUST among the broken makes a FAIL, else a SHOULD a WARN; a freedom used is no fault. */
static enum mqh_verdict verdict_of(struct mqh_id_list broken)
{
    enum mqh_verdict verdict = MQH_PASS;

    for (size_t i = 0; i < broken.count; i++) {
        enum mqh_level level = mqh_requirement_level(broken.items[i]);

        if (level == MQH_MUST)
            return MQH_FAIL;
        if (level == MQH_SHOULD)
            verdict = MQH_WARN;
    }
    return verdict;
}

static void decide(struct mqh_engine *engine, enum mqh_verdict verdict, const char *reason)
{
    const struct mqh_scenario *s = engine->c->scenario;

    if (engine->failed)
        return;
    engine->failed = true;
    engine->result.verdict = verdict;
    engine->result.reason = reason;
    engine->result.decided = engine->result.event_count;
    if (engine->phase == MQH_PHASE_STEPS && engine->step < s->step_count)
        engine->result.line = s->steps[engine->step].where.line;
}

void mqh_engine_fail(struct mqh_engine *engine, struct mqh_id_list broken, const char *reason,
                     const char *expected, const char *actual, bool absence)
{
    if (engine->failed)
        return;
    decide(engine, broken.count > 0 ? verdict_of(broken) : MQH_BLOCKED, reason);
    engine->result.broken = broken;
    engine->result.expected = expected;
    engine->result.actual = actual;
    engine->result.rests_on_absence = absence;
}

void mqh_engine_error(struct mqh_engine *engine, const char *reason)
{
    decide(engine, MQH_ERROR, reason);
}

/* ---- the end of a case ---- */

static unsigned fresh_peer(const struct mqh_engine *engine)
{
    return (unsigned)engine->c->scenario->peer_count;
}

/* The broker has done what it was asked to when it has answered a PINGREQ on each connection; what
 * it sent too much has then come. */
static bool run_fence(struct mqh_engine *engine)
{
    if (!engine->entered) {
        for (size_t i = 0; i < engine->connection_count; i++)
            mqh_connection_fence(engine, engine->connections[i]);
        engine->deadline_ms = engine->now_ms + engine->options.patience.answer_ms;
    }
    for (size_t i = 0; i < engine->connection_count; i++) {
        struct mqh_connection *c = engine->connections[i];

        if (!mqh_connection_fenced(c) || c->left)
            continue;
        if (c->ended) {
            mqh_engine_fail(engine, (struct mqh_id_list){0},
                            "the broker ended a connection that was in order", "PINGRESP",
                            c->by_reset ? "reset" : "closed", false);
            return true;
        }
        if (engine->now_ms < engine->deadline_ms)
            return false;
        mqh_engine_fail(engine, (struct mqh_id_list){0}, "a PINGREQ at the end was not answered",
                        "PINGRESP", "nothing", true);
        return true;
    }
    return true;
}

/* Surplus copies and packets nobody asked for. */
static void check_inboxes(struct mqh_engine *engine)
{
    for (size_t i = 0; i < engine->connection_count && !engine->failed; i++) {
        struct mqh_connection *c = engine->connections[i];

        for (int lane = 0; lane < MQH_LANE_COUNT && !engine->failed; lane++)
            for (struct mqh_message *m = c->lane[lane]; m != NULL; m = m->next)
                if (m->packet.frame.type != MQC_PINGRESP && !c->left) {
                    const char *text = mqh_packet_text(engine, &m->packet);

                    mqh_engine_fail(
                        engine, engine->c->requirements,
                        mqh_arena_format(engine->arena,
                                         "a packet was left over that no line expects, at %s",
                                         engine->peers[c->peer].name),
                        "no further packet", text, false);
                    break;
                }
    }
}

/* After a refusal a fresh client must still be served: no dead broker passes. */
static bool run_fresh(struct mqh_engine *engine)
{
    struct mqh_peer *peer = &engine->peers[fresh_peer(engine)];
    const struct mqh_message *m;
    struct mqc_slice bytes;

    if (!engine->entered) {
        mqh_connection_new(engine, fresh_peer(engine));
        mqh_engine_act(engine, MQH_ACTION_OPEN, peer->now->number, (struct mqc_slice){0});
        engine->deadline_ms = engine->now_ms + engine->options.patience.answer_ms;
    }
    if (peer->now->open && !peer->now->connect_sent) {
        if (!mqh_scope_encode(engine, peer->now, mqc_slice_text("CONNECT"), &bytes))
            return true;
        mqh_connection_send(engine, peer->now, bytes, 0);
    }
    m = peer->now->lane[MQH_LANE_OTHER];
    if (m != NULL && m->packet.frame.type == MQC_CONNACK && m->packet.connack.reason == 0) {
        mqh_connection_consume(peer->now, MQH_LANE_OTHER);
        return true;
    }
    if (m == NULL && !peer->now->ended && engine->now_ms < engine->deadline_ms)
        return false;
    mqh_engine_fail(engine, engine->c->requirements,
                    "after the refusal a fresh client is not served", "CONNACK reason=0",
                    m != NULL ? mqh_packet_text(engine, &m->packet) : "nothing", m == NULL);
    return true;
}

static void leave_all(struct mqh_engine *engine)
{
    for (size_t i = 0; i < engine->connection_count; i++) {
        struct mqh_connection *c = engine->connections[i];
        const uint8_t disconnect[] = {0xe0, 0};

        if (c->accepted && c->peer_side == MQC_SERVER && c->out.size == 0 && !c->disconnected)
            mqh_connection_send(engine, c, (struct mqc_slice){disconnect, sizeof(disconnect)}, 0);
        mqh_connection_leave(engine, c, MQH_ACTION_CLOSE);
    }
}

static void finish(struct mqh_engine *engine)
{
    struct mqh_result *r = &engine->result;

    leave_all(engine);
    mqh_watch_end(engine);
    engine->phase = MQH_PHASE_DONE;
    engine->deadline_ms = UINT64_MAX;
    if (!engine->failed && r->warning_count > 0) {
        r->verdict = MQH_WARN;
        r->reason = r->warnings[0].text;
    }
    r->duration_ms = engine->now_ms - engine->start_ms;
}

/* ---- the loop ---- */

static void next_step(struct mqh_engine *engine)
{
    engine->entered = false;
    engine->waiting = 0;
    engine->served = 0;
    engine->met = NULL;
    engine->sabotaged = false;
    engine->cause_ms = engine->now_ms;
    engine->step_bindings = NULL;
    engine->expect_bindings = NULL;
}

static bool enter(struct mqh_engine *engine)
{
    if (engine->entered)
        return false;
    engine->step_ms = engine->now_ms;
    engine->deadline_ms = UINT64_MAX;
    return true;
}

/* One look at the current step or phase; true if it is over. */
static bool run_current(struct mqh_engine *engine)
{
    const struct mqh_scenario *s = engine->c->scenario;
    bool done;

    enter(engine);
    switch (engine->phase) {
    case MQH_PHASE_STEPS:
        if (engine->step < s->step_count &&
            mqh_step_applies(&s->steps[engine->step], engine->c->version)) {
            engine->step_bindings = s->steps[engine->step].bindings;
            engine->expect_bindings = NULL;
            done = mqh_step_run(engine, &s->steps[engine->step]);
        } else {
            done = true;
        }
        break;
    case MQH_PHASE_FENCE:
        done = run_fence(engine);
        break;
    case MQH_PHASE_FRESH:
        done = run_fresh(engine);
        break;
    default:
        done = false;
        break;
    }
    engine->entered = true;
    return done;
}

static void advance(struct mqh_engine *engine)
{
    while (engine->phase != MQH_PHASE_DONE) {
        bool over = !engine->failed && run_current(engine);

        if (engine->failed) {
            finish(engine);
            return;
        }
        if (!over)
            return;
        if (engine->phase == MQH_PHASE_STEPS) {
            if (engine->step < engine->c->scenario->step_count)
                engine->step++;
            if (engine->step >= engine->c->scenario->step_count)
                engine->phase = MQH_PHASE_FENCE;
        } else if (engine->phase == MQH_PHASE_FENCE) {
            check_inboxes(engine);
            engine->phase = engine->saw_refusal && !engine->c->scenario->by_server_role
                                ? MQH_PHASE_FRESH
                                : MQH_PHASE_DONE;
        } else {
            engine->phase = MQH_PHASE_DONE;
        }
        next_step(engine);
        if (engine->failed || engine->phase == MQH_PHASE_DONE)
            finish(engine);
    }
}

/* ---- engine.h ---- */

struct mqh_engine *mqh_engine_new(struct mqh_arena *arena, const struct mqh_case *c,
                                  const struct mqh_engine_options *options)
{
    struct mqh_engine *engine = mqh_arena_alloc(arena, sizeof(*engine));
    const struct mqh_scenario *s = c->scenario;

    assert(c->version != MQC_VERSION_UNKNOWN);
    engine->arena = arena;
    engine->c = c;
    engine->options = *options;
    engine->deadline_ms = UINT64_MAX;
    engine->result.verdict = MQH_PASS;
    engine->result.reason = engine->result.expected = engine->result.actual = "";
    engine->result.known_reason = "";
    engine->result.runs = 1;
    engine->peers = mqh_arena_alloc(arena, (s->peer_count + 1) * sizeof(*engine->peers));
    for (size_t i = 0; i <= s->peer_count; i++) {
        struct mqh_peer *peer = &engine->peers[i];
        char id[MQH_CLIENT_ID_SIZE];

        peer->name = i < s->peer_count ? s->peers[i] : "fresh";
        peer->version = c->version;
        mqh_client_id(options->client, i, peer->name, id);
        peer->client_id = mqh_arena_text(arena, mqc_slice_text(id));
    }
    for (size_t i = 0; i < s->step_count; i++)
        if (s->steps[i].kind == MQH_STEP_SERVER)
            engine->peers[s->steps[i].peers[0]].is_server = true;
    return engine;
}

void mqh_engine_start(struct mqh_engine *engine, uint64_t now_ms)
{
    engine->start_ms = engine->now_ms = engine->cause_ms = now_ms;
    advance(engine);
}

bool mqh_engine_next(struct mqh_engine *engine, struct mqh_action *out)
{
    if (engine->action_next == engine->action_count) {
        engine->action_next = engine->action_count = 0;
        return false;
    }
    *out = engine->actions[engine->action_next++];
    return true;
}

void mqh_engine_opened(struct mqh_engine *engine, unsigned connection, uint64_t now_ms)
{
    struct mqh_connection *c = mqh_connection_find(engine, connection);

    engine->now_ms = now_ms;
    if (c == NULL || c->open || c->left)
        return;
    c->open = true;
    mqh_engine_event(engine, MQH_EVENT_OPENED, c, "");
    mqh_watch_open(engine, c);
    advance(engine);
}

void mqh_engine_open_failed(struct mqh_engine *engine, unsigned connection, const char *why,
                            uint64_t now_ms)
{
    struct mqh_connection *c = mqh_connection_find(engine, connection);

    engine->now_ms = now_ms;
    if (c == NULL || engine->phase == MQH_PHASE_DONE)
        return;
    c->ended = true;
    mqh_engine_fail(engine, (struct mqh_id_list){0},
                    mqh_arena_format(engine->arena, "cannot connect: %s", why), "a connection", why,
                    true);
    advance(engine);
}

void mqh_engine_received(struct mqh_engine *engine, unsigned connection, struct mqc_slice bytes,
                         uint64_t now_ms)
{
    struct mqh_connection *c = mqh_connection_find(engine, connection);

    engine->now_ms = now_ms;
    if (c == NULL || c->left || engine->phase == MQH_PHASE_DONE)
        return;
    mqh_connection_receive(engine, c, bytes);
    advance(engine);
}

void mqh_engine_breach(struct mqh_engine *engine, unsigned connection, const char *id,
                       const char *text, uint64_t now_ms)
{
    struct mqh_connection *c = mqh_connection_find(engine, connection);
    const struct mqh_requirement *row;
    struct mqh_id_list broken = {.count = 1};

    engine->now_ms = now_ms;
    if (c == NULL || c->left || c->faulty || engine->phase == MQH_PHASE_DONE)
        return;
    row = mqh_catalogue_find(c->version, id);
    mqh_engine_event(engine, MQH_EVENT_NOTE, c, mqh_arena_format(engine->arena, "%s", text));
    if (row == NULL || engine->options.lenient)
        return;
    broken.items = mqh_arena_alloc(engine->arena, sizeof(row));
    broken.items[0] = row;
    mqh_engine_fail(
        engine, broken,
        mqh_arena_format(engine->arena, "%s %s: %s", mqc_version_space(c->version), row->id, text),
        row->text, text, false);
    advance(engine);
}

void mqh_engine_closed(struct mqh_engine *engine, unsigned connection, bool by_reset,
                       uint64_t now_ms)
{
    struct mqh_connection *c = mqh_connection_find(engine, connection);

    engine->now_ms = now_ms;
    if (c == NULL || c->ended)
        return;
    mqh_watch_close(engine, c, c->peer_side);
    if (c->withheld)
        return;
    c->ended = true;
    c->by_reset = by_reset;
    c->ended_ms = now_ms;
    if (engine->phase == MQH_PHASE_DONE)
        return;
    if (!c->left)
        mqh_engine_event(engine, by_reset ? MQH_EVENT_PEER_RST : MQH_EVENT_PEER_FIN, c, "");
    advance(engine);
}

void mqh_engine_tick(struct mqh_engine *engine, uint64_t now_ms)
{
    engine->now_ms = now_ms;
    advance(engine);
}

void mqh_engine_abort(struct mqh_engine *engine, enum mqh_verdict verdict, const char *reason,
                      uint64_t now_ms)
{
    engine->now_ms = now_ms;
    if (engine->phase == MQH_PHASE_DONE)
        return;
    decide(engine, verdict, reason);
    finish(engine);
}

uint64_t mqh_engine_deadline(const struct mqh_engine *engine)
{
    bool settling = engine->settled_ms > engine->now_ms && engine->settled_ms < engine->deadline_ms;

    return settling ? engine->settled_ms : engine->deadline_ms;
}

bool mqh_engine_done(const struct mqh_engine *engine)
{
    return engine->phase == MQH_PHASE_DONE;
}

struct mqh_result *mqh_engine_result(struct mqh_engine *engine)
{
    return &engine->result;
}

bool mqh_engine_sabotaged(const struct mqh_engine *engine)
{
    return engine->options.sabotage > 0 && engine->proving >= engine->options.sabotage;
}

const struct mqh_trace *mqh_engine_traces(const struct mqh_engine *engine, size_t *count)
{
    *count = engine->trace_count;
    return engine->traces;
}
