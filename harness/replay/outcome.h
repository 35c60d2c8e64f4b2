/*
 * Did it happen again? What was wrong with the broker in a recording, what is wrong now, and what
 * that means.
 *
 *     wrong then                           now
 *     a breach of a MUST by the broker     the same rule: reproduced; other: different; none: gone
 *     it ended a connection of its own     it ends it again: reproduced; it does not: gone
 *     nothing                              the same answers: reproduced; others: different
 *     (only clients were recorded)         death or a breach: reproduced; neither: gone
 *     (a scenario)                         the same, or another end than it expects: reproduced;
 *                                          all else that it expects is not judged
 *
 * A broker that cannot be reached afterwards has died. That reproduces a recording in which it
 * ended connections of its own accord.
 */
#ifndef MQH_OUTCOME_H
#define MQH_OUTCOME_H

#include "harness/replay/failure.h"

enum mqh_outcome_kind { MQH_REPRODUCED, MQH_DIFFERENT, MQH_GONE };

struct mqh_outcome {
    enum mqh_outcome_kind kind;
    const char *why; /* one line */
    struct mqh_rule_set then;
    struct mqh_rule_set now;
    unsigned ended_then; /* connections that the broker ended of its own accord */
    unsigned ended_now;
};

const char *mqh_outcome_name(enum mqh_outcome_kind kind); /* "reproduced" … */

/* One line: nothing was found, and where more than that could be asked for. */
const char *mqh_outcome_nothing(const struct mqh_recording *then);

/* `died`: the broker cannot be reached any more. `differences`: how many the player has found. */
struct mqh_outcome mqh_outcome_of(struct mqh_arena *arena, const struct mqh_recording *then,
                                  const struct mqh_recording *now, size_t differences, bool died);

#endif
