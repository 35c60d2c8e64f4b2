/*
 * Where recordings are played: one broker, reached over any transport, or started and restarted by
 * a command; Ctrl-C ends what is under way. What replay and minimise share.
 */
#ifndef MQH_STAGE_H
#define MQH_STAGE_H

#include "harness/broker/broker.h"
#include "harness/driver/interrupt.h"
#include "harness/driver/replay.h"

struct mqh_stage {
    uv_loop_t loop;
    const struct mqh_target *target;
    struct mqh_live *live;
    struct mqh_broker *broker; /* NULL: somebody else's */
    struct mqh_interrupt interrupt;
    struct mqh_replay *replay; /* NULL: none is under way */
    bool stopped;              /* Ctrl-C */
    bool reaching;
    unsigned answer_ms; /* how long an answer to a CONNECT may take; 0: not known yet */
    bool is_broker;     /* a CONNACK came from there */
    bool well;          /* it answered when it was looked at last, and nothing was played since */
    char why_not[400];  /* the broker cannot be reached: one line */
};

/* `exec`: the command that starts the broker; NULL: it runs. The target must live as long. */
void mqh_stage_open(struct mqh_stage *stage, const struct mqh_target *target, const char *exec);

/* Whether the broker answers a CONNECT; one of our own is started if it does not run. */
bool mqh_stage_ready(struct mqh_stage *stage);

/* What became of the broker in a play: it died, or it accepts connections and says no more. */
enum mqh_stage_health { MQH_STAGE_WELL, MQH_STAGE_DEAD, MQH_STAGE_HANGS };
enum mqh_stage_health mqh_stage_health(struct mqh_stage *stage);

/* Plays to the end. `linger_ms` of the player's options should be MQH_STAGE_LINGER_MS. */
enum { MQH_STAGE_LINGER_MS = 300 };
void mqh_stage_play(struct mqh_stage *stage, struct mqh_player *player);

/* Ends a broker of our own, so that the next mqh_stage_ready() starts it with nothing in it. */
void mqh_stage_end_broker(struct mqh_stage *stage);

void mqh_stage_close(struct mqh_stage *stage);

#endif
