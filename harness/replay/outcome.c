#include "harness/replay/outcome.h"

const char *mqh_outcome_name(enum mqh_outcome_kind kind)
{
    return kind == MQH_REPRODUCED ? "reproduced" : kind == MQH_DIFFERENT ? "different" : "gone";
}

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
        if (recording->events[i].side == MQC_SERVER && mqh_recording_is_end(&recording->events[i]))
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
    struct mqh_outcome outcome = {.then = mqh_failure_rules(arena, then),
                                  .now = mqh_failure_rules(arena, now)};
    bool *ended_then = mqh_arena_alloc(arena, then->connection_count + 1);
    bool *ended_now = mqh_arena_alloc(arena, now->connection_count + 1);
    bool same = true;
    bool more = false;

    outcome.ended_then = mqh_failure_ends(arena, then, ended_then);
    outcome.ended_now = mqh_failure_ends(arena, now, ended_now);
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
