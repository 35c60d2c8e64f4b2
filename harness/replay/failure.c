#include "harness/replay/failure.h"

#include "harness/catalogue/catalogue.h"
#include "harness/replay/lint.h"

/* ---- rules ---- */

struct collector {
    struct mqh_arena *arena;
    struct mqh_rule_set *set;
    bool *client_broke; /* by connection; NULL: nobody asks */
};

bool mqh_rule_set_has(const struct mqh_rule_set *set, const char *id)
{
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->ids[i], id) == 0)
            return true;
    return false;
}

static void collect(void *context, const struct mqh_finding *finding)
{
    struct collector *collector = context;
    const struct mqh_breach *b = finding->breach;
    const char *id;

    if (b->side == MQC_CLIENT && b->level == MQC_MUST && collector->client_broke != NULL)
        collector->client_broke[b->connection - 1] = true;
    if (b->side != MQC_SERVER || b->level != MQC_MUST)
        return;
    id = mqh_arena_format(collector->arena, "%s %s", mqc_version_space(b->version), b->id);
    if (!mqh_rule_set_has(collector->set, id) && collector->set->count < MQH_FAILURE_RULES_MAX)
        collector->set->ids[collector->set->count++] = id;
}

/*
 * What had to come and did not: the monitor gives a broker ten seconds, and expects nothing once
 * the client leaves. Where clients had waited long enough before they left, they are taken to have
 * waited that long, and not to have left.
 */
static struct mqh_recording with_patience(const struct mqh_recording *recording)
{
    struct mqh_recording out = *recording;
    uint64_t quiet_ns = (uint64_t)recording->quiet_ms * 1000000;
    uint64_t said_ns;

    out.event_count = mqh_recording_farewells(recording);
    if (out.event_count < recording->event_count)
        out.end_ns = out.events[out.event_count].time_ns;
    said_ns = out.event_count > 0 ? out.events[out.event_count - 1].time_ns : 0;
    if (quiet_ns == 0 || out.end_ns < said_ns + quiet_ns)
        return *recording;
    if (out.end_ns < said_ns + ((uint64_t)MQH_MONITOR_ANSWER_MS + 1) * 1000000)
        out.end_ns = said_ns + ((uint64_t)MQH_MONITOR_ANSWER_MS + 1) * 1000000;
    return out;
}

struct listener {
    mqh_finding_handler *handler;
    void *context;
    bool timers;
};

static void listen(void *context, const struct mqh_finding *finding)
{
    const struct listener *listener = context;

    if (finding->breach->timer == listener->timers)
        listener->handler(listener->context, finding);
}

/* No patience makes a Keep Alive run out: only the time that has passed does. */
static void find(const struct mqh_recording *recording, mqh_finding_handler *handler, void *context)
{
    static const struct mqh_recording_options options;
    const struct mqh_recording patient = with_patience(recording);
    struct listener listener = {handler, context, false};
    struct mqh_lint_counts counts;

    mqh_lint_recording(&patient, &options, listen, &listener, &counts);
    listener.timers = true;
    mqh_lint_recording(recording, &options, listen, &listener, &counts);
}

static struct mqh_rule_set judge(struct mqh_arena *arena, const struct mqh_recording *recording,
                                 bool *client_broke)
{
    struct mqh_rule_set set = {.count = 0};
    struct collector collector = {arena, &set, client_broke};

    find(recording, collect, &collector);
    return set;
}

struct mqh_rule_set mqh_failure_rules(struct mqh_arena *arena,
                                      const struct mqh_recording *recording)
{
    return judge(arena, recording, NULL);
}

/* ---- ends ---- */

static bool is_connect(const struct mqh_recording_event *event)
{
    return event->side == MQC_CLIENT && event->kind == MQH_RECORDING_BYTES &&
           event->bytes.size > 0 && event->bytes.data[0] >> 4 == MQC_CONNECT;
}

/* No broker may go on with a client whose first packet is not CONNECT; no version has to be known
 * for that, and none is, so that nobody judges the packet. */
static bool begins_otherwise(const struct mqh_recording *recording, unsigned connection)
{
    for (size_t i = 0; i < recording->event_count; i++) {
        const struct mqh_recording_event *event = &recording->events[i];

        if (event->connection == connection && event->side == MQC_CLIENT &&
            event->kind == MQH_RECORDING_BYTES)
            return recording->connections[connection].from_start && !is_connect(event);
    }
    return false;
}

/* Another client of the same name has connected after this one, before the event at `until`. */
static bool is_taken_over(const struct mqh_recording *recording, unsigned connection, size_t until)
{
    struct mqc_slice name = recording->connections[connection].client_id;
    bool connected = false;

    for (size_t i = 0; i < until && name.size > 0; i++) {
        const struct mqh_recording_event *event = &recording->events[i];

        if (!is_connect(event))
            continue;
        if (connected && event->connection != connection &&
            mqc_slice_equal(recording->connections[event->connection].client_id, name))
            return true;
        connected = connected || event->connection == connection;
    }
    return false;
}

/* CONNACK with a code that is not 0. */
static bool is_refusal(const struct mqh_recording_event *event)
{
    return event->side == MQC_SERVER && event->kind == MQH_RECORDING_BYTES &&
           event->bytes.size >= 4 && event->bytes.data[0] >> 4 == MQC_CONNACK &&
           event->bytes.data[3] != 0;
}

unsigned mqh_failure_ends(struct mqh_arena *arena, const struct mqh_recording *recording,
                          bool *ended)
{
    bool *excused = mqh_arena_alloc(arena, recording->connection_count + 1);
    unsigned count = 0;

    judge(arena, recording, excused);
    for (size_t i = 0; i < recording->event_count; i++) {
        const struct mqh_recording_event *event = &recording->events[i];
        unsigned c = event->connection;

        excused[c] = excused[c] || mqh_recording_is_farewell(event) || is_refusal(event);
        if (excused[c] || ended[c] || event->side == MQC_CLIENT || !mqh_recording_is_end(event))
            continue;
        ended[c] = !is_taken_over(recording, c, i) && !begins_otherwise(recording, c);
        count += ended[c];
    }
    return count;
}

/* ---- where it is wrong ---- */

struct blamer {
    struct mqh_arena *arena;
    const struct mqh_recording *recording;
    const char *rule;
    struct mqh_recording_blame *out;
    bool found;
};

/* The event of the nth packet of a connection, as the monitor counts them. */
static size_t event_of(const struct mqh_recording *recording, unsigned connection, unsigned packet)
{
    for (size_t i = 0; i < recording->event_count; i++) {
        const struct mqh_recording_event *event = &recording->events[i];
        struct mqc_frame frame = {0};

        if (event->connection == connection && event->kind == MQH_RECORDING_BYTES &&
            mqc_frame_read(event->bytes, &frame) != MQC_FRAME_INCOMPLETE && --packet == 0)
            return i;
    }
    return recording->event_count;
}

static void blame(void *context, const struct mqh_finding *finding)
{
    struct blamer *blamer = context;
    const struct mqh_breach *b = finding->breach;
    char rule[MQH_RULE_TEXT_SIZE];

    mqh_rule_write(b->version, b->id, ' ', rule);
    if (blamer->found || b->side != MQC_SERVER || strcmp(rule, blamer->rule) != 0)
        return;
    blamer->found = true;
    *blamer->out = (struct mqh_recording_blame){
        .kind = b->absence ? MQH_BLAME_SILENCE : MQH_BLAME_PACKET,
        .rule = blamer->rule,
        .event = event_of(blamer->recording, b->connection - 1, b->packet),
        .text = mqh_arena_format(blamer->arena, "%s", b->text)};
}

bool mqh_failure_blame(struct mqh_arena *arena, const struct mqh_recording *recording,
                       const char *rule, struct mqh_recording_blame *out)
{
    struct blamer blamer = {arena, recording, rule, out, false};

    find(recording, blame, &blamer);
    return blamer.found && out->event < recording->event_count;
}

bool mqh_failure_blame_end(struct mqh_arena *arena, const struct mqh_recording *recording,
                           struct mqh_recording_blame *out)
{
    bool *ended = mqh_arena_alloc(arena, recording->connection_count + 1);

    if (mqh_failure_ends(arena, recording, ended) == 0)
        return false;
    *out = (struct mqh_recording_blame){.kind = MQH_BLAME_END};
    while (!(recording->events[out->event].side == MQC_SERVER &&
             ended[recording->events[out->event].connection] &&
             mqh_recording_is_end(&recording->events[out->event])))
        out->event++;
    return true;
}
