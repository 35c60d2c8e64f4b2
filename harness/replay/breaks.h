/*
 * What clients do wrong in a recording, packet by packet, in the words of a scenario: a line that
 * breaks a rule has to name it.
 */
#ifndef MQH_BREAKS_H
#define MQH_BREAKS_H

#include "harness/replay/recording.h"

struct mqh_breaks_of {
    const char *text; /* what stands behind `breaks`, such as "v5 MQTT-3.8.3-4"; NULL: nothing */
    bool faulty;      /* by itself, not only in its place: the broker has to close */
};

/* One for each event, in the arena. */
struct mqh_breaks_of *mqh_breaks_find(struct mqh_arena *arena,
                                      const struct mqh_recording *recording);

#endif
