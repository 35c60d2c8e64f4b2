/*
 * What a recording leaves behind at a broker, and how to be rid of it: sessions of its client
 * identifiers, and messages that were retained. Played between two plays of a recording, so that
 * every time begins alike.
 */
#ifndef MQH_CLEANER_H
#define MQH_CLEANER_H

#include "harness/replay/recording.h"

/* For each client identifier a connection that begins clean, and ends; the first one clears the
 * retained topics. Nothing of it where the recording leaves nothing. All in the arena. */
struct mqh_recording mqh_cleaner_of(struct mqh_arena *arena, const struct mqh_recording *recording);

#endif
