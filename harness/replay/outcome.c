#include "harness/replay/outcome.h"

#include <stdio.h>

#include "harness/replay/lint.h"

const char *mqh_outcome_name(enum mqh_outcome_kind kind)
{
    return kind == MQH_REPRODUCED ? "reproduced" : kind == MQH_DIFFERENT ? "different" : "gone";
}

/* ---- what is wrong ---- */

struct collector {
    struct mqh_arena *arena;
    struct mqh_rule_set *set;
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

    if (b->side != MQC_SERVER || b->level != MQC_MUST)
        return;
    id = mqh_arena_format(collector->arena, "%s %s", mqc_version_space(b->version), b->id);
    if (!mqh_rule_set_has(collector->set, id) && collector->set->count < MQH_OUTCOME_RULES_MAX)
        collector->set->ids[collector->set->count++] = id;
}

/* DISCONNECT, or the end of the stream: after it the broker may close. */
static bool says_goodbye(const struct mqh_recording_event *event)
{
    return event->side == MQC_CLIENT &&
           (event->kind == MQH_RECORDING_CLOSE || event->kind == MQH_RECORDING_RESET ||
            (event->kind == MQH_RECORDING_BYTES && event->bytes.size > 0 &&
             event->bytes.data[0] >> 4 == MQC_DISCONNECT));
}

struct mqh_rule_set mqh_outcome_rules(struct mqh_arena *arena,
                                      const struct mqh_recording *recording)
{
    static const struct mqh_recording_options options;
    struct mqh_rule_set set = {.count = 0};
    struct collector collector = {arena, &set};
    struct mqh_lint_counts counts;

    mqh_lint_recording(recording, &options, collect, &collector, &counts);
    return set;
}

/* Marks the connections that the broker ended by itself. */
static unsigned find_ended(const struct mqh_recording *recording, bool *ended)
{
    unsigned count = 0;

    for (unsigned c = 0; c < recording->connection_count; c++) {
        bool gone = false;

        ended[c] = false;
        for (size_t i = 0; i < recording->event_count; i++) {
            const struct mqh_recording_event *event = &recording->events[i];

            if (event->connection != c)
                continue;
            gone = gone || says_goodbye(event);
            if (!gone && event->side == MQC_SERVER &&
                (event->kind == MQH_RECORDING_CLOSE || event->kind == MQH_RECORDING_RESET))
                ended[c] = true;
        }
        count += ended[c];
    }
    return count;
}

unsigned mqh_outcome_ended(struct mqh_arena *arena, const struct mqh_recording *recording)
{
    return find_ended(recording, mqh_arena_alloc(arena, recording->connection_count + 1));
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
    for (size_t i = 0; i < recording->event_count; i++)
        if (recording->events[i].side == MQC_SERVER)
            return false;
    return true;
}

/* Bytes of clients that somebody kept because a broker failed on them. */
static void decide_one_sided(struct mqh_arena *arena, struct mqh_outcome *o, bool died)
{
    o->kind = died || o->now.count > 0 ? MQH_REPRODUCED : MQH_GONE;
    if (died)
        o->why = "the broker is dead, or answers nobody any more";
    else if (o->now.count > 0)
        o->why = mqh_arena_format(arena, "the broker breaks %s", o->now.ids[0]);
    else
        o->why = "nothing is wrong with what the broker does";
}

static void decide(struct mqh_arena *arena, struct mqh_outcome *o, size_t differences, bool died,
                   bool same_ends)
{
    const char *common = first_common(&o->then, &o->now);

    if (died) {
        o->kind = o->ended_then > 0 || o->then.count > 0 ? MQH_REPRODUCED : MQH_DIFFERENT;
        o->why = "the broker is dead, or answers nobody any more";
    } else if (common != NULL) {
        o->kind = MQH_REPRODUCED;
        o->why = mqh_arena_format(arena, "the broker breaks %s again", common);
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

    outcome.ended_then = find_ended(then, ended_then);
    outcome.ended_now = find_ended(now, ended_now);
    for (size_t i = 0; i < then->connection_count && i < now->connection_count; i++)
        same = same && (!ended_then[i] || ended_now[i]);
    if (is_one_sided(then))
        decide_one_sided(arena, &outcome, died);
    else
        decide(arena, &outcome, differences, died, same);
    return outcome;
}
