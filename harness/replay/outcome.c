#include "harness/replay/outcome.h"

#include <stdio.h>

#include "harness/catalogue/catalogue.h"
#include "harness/replay/lint.h"

const char *mqh_outcome_name(enum mqh_outcome_kind kind)
{
    return kind == MQH_REPRODUCED ? "reproduced" : kind == MQH_DIFFERENT ? "different" : "gone";
}

/* ---- what is wrong ---- */

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
    if (!mqh_rule_set_has(collector->set, id) && collector->set->count < MQH_OUTCOME_RULES_MAX)
        collector->set->ids[collector->set->count++] = id;
}

static bool is_end(const struct mqh_recording_event *event)
{
    return event->kind == MQH_RECORDING_CLOSE || event->kind == MQH_RECORDING_RESET;
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

struct mqh_rule_set mqh_outcome_rules(struct mqh_arena *arena,
                                      const struct mqh_recording *recording)
{
    return judge(arena, recording, NULL);
}

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

/*
 * Marks the connections that the broker ended of its own accord: their client had not left, broken
 * no rule, and was neither refused nor taken over.
 */
static unsigned find_ended(struct mqh_arena *arena, const struct mqh_recording *recording,
                           bool *ended)
{
    bool *excused = mqh_arena_alloc(arena, recording->connection_count + 1);
    unsigned count = 0;

    judge(arena, recording, excused);
    for (size_t i = 0; i < recording->event_count; i++) {
        const struct mqh_recording_event *event = &recording->events[i];
        unsigned c = event->connection;

        excused[c] = excused[c] || mqh_recording_is_farewell(event) || is_refusal(event);
        if (excused[c] || ended[c] || event->side == MQC_CLIENT || !is_end(event))
            continue;
        ended[c] = !is_taken_over(recording, c, i) && !begins_otherwise(recording, c);
        count += ended[c];
    }
    return count;
}

unsigned mqh_outcome_ended(struct mqh_arena *arena, const struct mqh_recording *recording)
{
    return find_ended(arena, recording, mqh_arena_alloc(arena, recording->connection_count + 1));
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

bool mqh_outcome_blame(struct mqh_arena *arena, const struct mqh_recording *recording,
                       const char *rule, struct mqh_recording_blame *out)
{
    struct blamer blamer = {arena, recording, rule, out, false};

    find(recording, blame, &blamer);
    return blamer.found && out->event < recording->event_count;
}

bool mqh_outcome_blame_end(struct mqh_arena *arena, const struct mqh_recording *recording,
                           struct mqh_recording_blame *out)
{
    bool *ended = mqh_arena_alloc(arena, recording->connection_count + 1);

    if (find_ended(arena, recording, ended) == 0)
        return false;
    *out = (struct mqh_recording_blame){.kind = MQH_BLAME_END};
    while (!(recording->events[out->event].side == MQC_SERVER &&
             ended[recording->events[out->event].connection] &&
             is_end(&recording->events[out->event])))
        out->event++;
    return true;
}

/* ---- what it means ---- */

static const char *first_common(const struct mqh_rule_set *then, const struct mqh_rule_set *now)
{
    for (size_t i = 0; i < then->count; i++)
        if (mqh_rule_set_has(now, then->ids[i]))
            return then->ids[i];
    return NULL;
}

static bool is_one_sided(const struct mqh_recording *recording)
{
    if (recording->expected)
        return true;
    for (size_t i = 0; i < recording->event_count; i++)
        if (recording->events[i].side == MQC_SERVER)
            return false;
    return true;
}

const char *mqh_outcome_nothing(const struct mqh_recording *then)
{
    return then->expected ? "the broker lives and breaks no rule; what the scenario expects is not "
                            "judged: `mqspec test URL --suite-dir FILE` does"
                          : "nothing is wrong with what the broker does";
}

/* What clients did, kept because a broker failed on it. Only a scenario says which connections are
 * to stay. */
static void decide_one_sided(struct mqh_arena *arena, struct mqh_outcome *o,
                             const struct mqh_recording *then, bool died, bool ends_too_much)
{
    o->kind = died || o->now.count > 0 || ends_too_much ? MQH_REPRODUCED : MQH_GONE;
    if (died)
        o->why = "the broker is dead, or answers nobody any more";
    else if (o->now.count > 0)
        o->why = mqh_arena_format(arena, "the broker breaks %s", o->now.ids[0]);
    else if (ends_too_much)
        o->why = "the broker ends a connection of its own accord";
    else
        o->why = mqh_outcome_nothing(then);
}

/* A broker that dies ends all connections, and a breach may be its last word. */
static bool may_have_died(const struct mqh_recording *recording, const struct mqh_outcome *o)
{
    for (size_t i = 0; i < recording->event_count; i++)
        if (recording->events[i].side == MQC_SERVER && is_end(&recording->events[i]))
            return true;
    return o->then.count > 0;
}

static void decide(struct mqh_arena *arena, struct mqh_outcome *o,
                   const struct mqh_recording *recording, size_t differences, bool died,
                   bool same_ends)
{
    const char *common = first_common(&o->then, &o->now);

    if (died) {
        o->kind = may_have_died(recording, o) ? MQH_REPRODUCED : MQH_DIFFERENT;
        o->why = "the broker is dead, or answers nobody any more";
    } else if (common != NULL) {
        o->kind = MQH_REPRODUCED;
        o->why = mqh_arena_format(arena, "the broker breaks %s again", common);
    } else if (o->now.count > 0 && o->then.count == 0 && differences == 0 && same_ends) {
        o->kind = MQH_REPRODUCED; /* what its clients did not wait for then */
        o->why = mqh_arena_format(arena, "the broker answers as in the recording, and breaks %s",
                                  o->now.ids[0]);
    } else if (o->now.count > 0) {
        o->kind = MQH_DIFFERENT;
        o->why = mqh_arena_format(arena, "the broker breaks %s now", o->now.ids[0]);
    } else if (o->then.count > 0) {
        o->kind = MQH_GONE;
        o->why = mqh_arena_format(arena, "the broker does not break %s any more", o->then.ids[0]);
    } else if (o->ended_then > 0) {
        o->kind = same_ends ? MQH_REPRODUCED : MQH_GONE;
        o->why = same_ends ? "the broker ends the same connections again"
                           : "the broker does not end the connections that it ended then";
    } else {
        o->kind = differences == 0 ? MQH_REPRODUCED : MQH_DIFFERENT;
        o->why = differences == 0 ? "the broker answers as in the recording"
                                  : "the broker answers otherwise than in the recording";
    }
}

struct mqh_outcome mqh_outcome_of(struct mqh_arena *arena, const struct mqh_recording *then,
                                  const struct mqh_recording *now, size_t differences, bool died)
{
    struct mqh_outcome outcome = {.then = mqh_outcome_rules(arena, then),
                                  .now = mqh_outcome_rules(arena, now)};
    bool *ended_then = mqh_arena_alloc(arena, then->connection_count + 1);
    bool *ended_now = mqh_arena_alloc(arena, now->connection_count + 1);
    bool same = true;
    bool more = false;

    outcome.ended_then = find_ended(arena, then, ended_then);
    outcome.ended_now = find_ended(arena, now, ended_now);
    for (size_t i = 0; i < then->connection_count && i < now->connection_count; i++) {
        same = same && (!ended_then[i] || ended_now[i]);
        more = more || (ended_now[i] && !ended_then[i]);
    }
    if (is_one_sided(then))
        decide_one_sided(arena, &outcome, then, died, then->expected && more);
    else
        decide(arena, &outcome, then, differences, died, same);
    return outcome;
}
