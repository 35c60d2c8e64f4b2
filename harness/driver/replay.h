/*
 * Joins a player (harness/replay/player.h) to a broker, as live.h joins an engine.
 */
#ifndef MQH_DRIVER_REPLAY_H
#define MQH_DRIVER_REPLAY_H

#include "harness/driver/live.h"
#include "harness/replay/player.h"

struct mqh_replay;

/*
 * Starts the player, plays its actions, feeds it, and calls `done` once when it is done and all its
 * connections are closed. The target was reached before (mqh_live_reach()).
 */
struct mqh_replay *mqh_live_replay(struct mqh_live *live, struct mqh_player *player,
                                   void (*done)(void *context), void *context);

/* Ctrl-C: the player is stopped; `done` is called from the loop. */
void mqh_live_replay_stop(struct mqh_replay *replay);

#endif
