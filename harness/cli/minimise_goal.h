/*
 * What has to happen for a cut to be kept: the broker dies, hangs, ends a connection of its own
 * accord, or breaks one rule. What goes wrong when a recording is played is held against it.
 */
#ifndef MQH_MINIMISE_GOAL_H
#define MQH_MINIMISE_GOAL_H

#include "harness/cli/stage.h"
#include "harness/replay/recording.h"

enum mqh_goal_kind { MQH_GOAL_ANY, MQH_GOAL_DEATH, MQH_GOAL_HANG, MQH_GOAL_CLOSE, MQH_GOAL_RULE };

struct mqh_goal {
    enum mqh_goal_kind kind;
    const char *rule; /* RULE: "v5 MQTT-3.3.4-9" */
};

/* death, hang, close, or a rule as v5:MQTT-3.3.4-9, into the arena. False after a complaint. */
bool mqh_goal_parse(struct mqh_arena *arena, const char *text, struct mqh_goal *out);

/* "the broker dies" */
const char *mqh_goal_text(struct mqh_arena *arena, const struct mqh_goal *goal);

/*
 * Whether it happened: `live` is what was said, `health` what became of the broker. If any failure
 * will do, the first one becomes the goal: a death or a hang, a breach, an end, in this order.
 */
bool mqh_goal_reached(struct mqh_arena *arena, struct mqh_goal *goal,
                      const struct mqh_recording *live, enum mqh_stage_health health);

/* Where in such a recording the broker does wrong. */
struct mqh_recording_blame mqh_goal_blame(struct mqh_arena *arena, const struct mqh_goal *goal,
                                          const struct mqh_recording *recording);

#endif
