/*
 * Pauses of a recording: where nothing happens for a second or more, also before its end. The
 * timers of MQTT count seconds; what is shorter is the network's or the broker's own.
 */
#ifndef MQH_PAUSE_H
#define MQH_PAUSE_H

#include "harness/replay/recording.h"

enum { MQH_PAUSE_MS = 1000 };

/* From one time of a recording to another; 0 if that is not later. */
uint64_t mqh_pause_between(uint64_t from_ns, uint64_t to_ns);

size_t mqh_pause_count(const struct mqh_recording *recording);

/* How long the recording is, in ms. */
uint64_t mqh_pause_length(const struct mqh_recording *recording);

/* Makes `count` pauses shorter, from the one that is `first` in their order: a `divisor`th of what
 * they were, or nothing for 0. What stands behind them comes earlier. */
void mqh_pause_shorten(struct mqh_recording *recording, size_t first, size_t count,
                       unsigned divisor);

#endif
