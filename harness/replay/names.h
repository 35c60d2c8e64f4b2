/*
 * The names in a recording made short, the same everywhere, so that a report shows what matters:
 * "mqspecn9q7zs0009/a" becomes "t".
 */
#ifndef MQH_REPLAY_NAMES_H
#define MQH_REPLAY_NAMES_H

#include "harness/replay/recording.h"

enum mqh_names {
    MQH_NAMES_TOPICS,  /* topics and filters without a wildcard as a whole, and clients */
    MQH_NAMES_LEVELS,  /* each level of topics and filters, and clients */
    MQH_NAMES_CLIENTS, /* Client Identifiers only */
};

/*
 * The recording with short names, in the arena; packets with bytes that the codec would not write
 * stay as they are. False if there is nothing to shorten, or too many names.
 */
bool mqh_shorten_names(struct mqh_arena *arena, const struct mqh_recording *recording,
                       enum mqh_names names, struct mqh_recording *out);

#endif
