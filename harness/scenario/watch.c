#include "harness/scenario/state.h"

/* Enough for all that a sane case does; in a larger one the monitor goes blind, and says so. */
#define BLOCK_SIZE ((size_t)256 * 1024)

static struct mqh_id_list row_of(struct mqh_engine *engine, const struct mqh_breach *breach)
{
    const struct mqh_requirement *row = mqh_catalogue_find(breach->version, breach->id);
    struct mqh_id_list list = {.items = mqh_arena_alloc(engine->arena, sizeof(row)),
                               .count = row != NULL ? 1 : 0};

    list.items[0] = row;
    return list;
}

static const char *describe(struct mqh_engine *engine, const struct mqh_breach *breach)
{
    const char *packet = engine->watched_event != NULL ? engine->watched_event->text : "";
    const char *space = mqc_version_space(breach->version);
    const struct mqc_fault *fault = breach->fault;

    if (fault == NULL)
        return mqh_arena_format(engine->arena, "%s %s: %s, but %s", space, breach->id, breach->says,
                                breach->text);
    return mqh_arena_format(engine->arena, "%s %s: %s (bytes %u to %u of %s)", space, breach->id,
                            breach->says, (unsigned)fault->offset,
                            (unsigned)(fault->offset + fault->size), packet);
}

/* ---- what we do wrong ---- */

/* True if the line that is being sent says that it breaks the rule. */
static bool is_declared(const struct mqh_engine *engine, const struct mqh_breach *breach)
{
    const struct mqh_breaks *breaks = engine->watched_breaks;

    if (breaks == NULL || breaks->any)
        return breaks != NULL;
    for (size_t i = 0; i < breaks->ids.count; i++)
        if (mqh_breach_is(breach, breaks->ids.items[i]->version, breaks->ids.items[i]->id))
            return true;
    return false;
}

/* A scenario that breaks a rule without saying so is wrong, unless the other side has derailed the
 * conversation before. What is late is so on purpose; faults were judged at load. */
static void by_us(struct mqh_engine *engine, const struct mqh_connection *c,
                  const struct mqh_breach *breach)
{
    if (breach->level != MQC_MUST || breach->absence || breach->fault != NULL ||
        engine->watched_ours || c->derailed || is_declared(engine, breach))
        return;
    mqh_engine_error(engine, mqh_arena_format(engine->arena, "the scenario itself breaks %s",
                                              describe(engine, breach)));
}

/* ---- what the other side does wrong ---- */

static void by_peer(struct mqh_engine *engine, struct mqh_connection *c,
                    const struct mqh_breach *breach)
{
    const char *text = describe(engine, breach);
    const char *packet = engine->watched_event != NULL ? engine->watched_event->text : "";

    c->derailed = true;
    if (breach->fault == NULL)
        mqh_engine_event(engine, MQH_EVENT_BREACH, c, text);
    if (engine->watched_foreign && breach->fault == NULL)
        return; /* other cases may never send it again */
    if (breach->level == MQC_SHOULD) {
        if (breach->fault != NULL || !mqh_scenario_is_probe(engine->c->scenario))
            mqh_engine_warn(engine, mqh_catalogue_find(breach->version, breach->id), text);
    } else if (breach->fault != NULL) {
        mqh_engine_fail(engine, row_of(engine, breach), text, breach->says, packet, false);
    } else if (engine->breach.text == NULL) {
        engine->breach = (struct mqh_watched_breach){
            .text = text,
            .rule = row_of(engine, breach),
            .expected = mqh_arena_format(engine->arena, "%s", breach->says),
            .actual = mqh_arena_format(engine->arena, "%s", breach->text),
            .absence = breach->absence,
            .event_count = engine->result.event_count,
        };
    }
}

static void on_breach(void *context, const struct mqh_breach *breach)
{
    struct mqh_engine *engine = context;
    struct mqh_connection *c = mqh_connection_find(engine, breach->connection);

    if (c == NULL)
        return;
    if (breach->side == c->peer_side)
        by_peer(engine, c, breach);
    else
        by_us(engine, c, breach);
}

/* ---- what is shown to it ---- */

void mqh_watch_open(struct mqh_engine *engine, const struct mqh_connection *c)
{
    const struct mqh_monitor_options options = {
        .breach = on_breach, .context = engine, .sees_all = true};
    bool we_connect = c->peer_side == MQC_SERVER;

    if (engine->options.lenient)
        return;
    if (engine->monitor == NULL)
        engine->monitor = mqh_monitor_new(mqh_arena_alloc(&engine->monitor_arena, BLOCK_SIZE),
                                          BLOCK_SIZE, &options);
    mqh_monitor_open(engine->monitor, c->number, we_connect ? c->version : MQC_VERSION_UNKNOWN,
                     true, engine->now_ms);
}

void mqh_watch_packet(struct mqh_engine *engine, const struct mqh_connection *c,
                      const struct mqc_packet *packet, const struct mqc_faults *faults,
                      const struct mqh_event *event, unsigned line)
{
    if (engine->monitor == NULL)
        return;
    engine->watched_event = event;
    engine->watched_ours = event->kind == MQH_EVENT_SENT && line == 0;
    mqh_monitor_decoded(engine->monitor, c->number, packet, faults, engine->now_ms);
    engine->watched_event = NULL;
}

void mqh_watch_close(struct mqh_engine *engine, const struct mqh_connection *c, enum mqc_side who)
{
    unsigned connection;
    unsigned packet;

    if (engine->monitor == NULL)
        return;
    mqh_monitor_close(engine->monitor, c->number, who, engine->now_ms);
    if (!engine->blindness_told && mqh_monitor_is_blind(engine->monitor, &connection, &packet)) {
        engine->blindness_told = true;
        mqh_engine_event(engine, MQH_EVENT_NOTE, c,
                         mqh_arena_format(engine->arena,
                                          "the monitor is blind since packet %u of connection %u",
                                          packet, connection));
    }
}

/* A breach that no line of the scenario has found decides, also where a line that proves nothing
 * went wrong because of it. A probe asks for a capability only, and gets its answer. */
void mqh_watch_end(struct mqh_engine *engine)
{
    const struct mqh_watched_breach *b = &engine->breach;
    struct mqh_result *r = &engine->result;

    if (b->text != NULL && !mqh_scenario_is_probe(engine->c->scenario) &&
        (!engine->failed || r->verdict == MQH_BLOCKED)) {
        engine->failed = false;
        mqh_engine_fail(engine, b->rule, b->text, b->expected, b->actual, b->absence);
        r->decided = b->event_count;
    }
    engine->monitor = NULL;
    mqh_arena_free(&engine->monitor_arena);
}
