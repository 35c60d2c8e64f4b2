/*
 * Failures: what is wrong with the broker in a recording, and where. It breaks a MUST, or ends a
 * connection of its own accord.
 *
 * Answers that never came are missed as soon as clients had waited for as long as this broker takes
 * (`quiet_ms`), though the monitor gives ten seconds. A Keep Alive runs out by the time that
 * passed.
 */
#ifndef MQH_FAILURE_H
#define MQH_FAILURE_H

#include "harness/replay/recording.h"

enum { MQH_FAILURE_RULES_MAX = 64 };

/* Rules of which the broker broke the MUST, each once: "v5 MQTT-3.3.4-9". */
struct mqh_rule_set {
    const char *ids[MQH_FAILURE_RULES_MAX];
    size_t count;
};

struct mqh_rule_set mqh_failure_rules(struct mqh_arena *arena,
                                      const struct mqh_recording *recording);
bool mqh_rule_set_has(const struct mqh_rule_set *set, const char *id);

/*
 * Marks the connections that the broker ended of its own accord: their client had not left, broken
 * no rule, and was neither refused nor taken over. `ended`, all false, has a place for each, and
 * one more. Returns how many.
 */
unsigned mqh_failure_ends(struct mqh_arena *arena, const struct mqh_recording *recording,
                          bool *ended);

/* Where the broker breaks this rule. False if it does not. */
bool mqh_failure_blame(struct mqh_arena *arena, const struct mqh_recording *recording,
                       const char *rule, struct mqh_recording_blame *out);

/* Where it ends a connection of its own accord. False if it does not. */
bool mqh_failure_blame_end(struct mqh_arena *arena, const struct mqh_recording *recording,
                           struct mqh_recording_blame *out);

#endif
