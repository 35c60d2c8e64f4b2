/*
 * Trying: a recording is played on the broker, as often as it takes to see whether the broker still
 * fails as wanted. Every play begins alike: with a broker just started, or without what the plays
 * before have left.
 *
 *     find_failure   plays the whole, `times` times: is it there, and how often does it come?
 *     try, go_on     for mqh_minimise(): each cut is tried as often as that asks for
 *     clean          once more at the end
 */
#ifndef MQH_MINIMISE_TRY_H
#define MQH_MINIMISE_TRY_H

#include "harness/cli/minimise_goal.h"

struct mqh_trial {
    /* what the command line says */
    struct mqh_arena *arena;
    struct mqh_stage *stage;
    struct mqh_player_options player_options;
    struct mqh_goal goal; /* if any failure will do: the one that was found */
    unsigned times;
    struct mqh_recording cleaner; /* of what FILE leaves at a broker */

    /* what was found out */
    unsigned tries;    /* of each cut, at most */
    double rate;       /* of plays of FILE that failed */
    double confidence; /* that a cut which still fails is seen to */
    unsigned plays;
    unsigned failures; /* of these */
    bool fresh;        /* the broker was just started */
    bool lost;         /* it is dead, and nobody starts it again */
};

/* True if the whole fails; `*live` is then what was said when it did so first. */
bool mqh_trial_find_failure(struct mqh_trial *trial, const struct mqh_recording *recording,
                            struct mqh_recording *live);

/* As mqh_minimise() wants them: the context is the trial. */
bool mqh_trial_try(void *context, const struct mqh_recording *candidate,
                   struct mqh_recording *live);
bool mqh_trial_goes_on(void *context);

/* False if the broker is lost, or Ctrl-C came. */
bool mqh_trial_clean(struct mqh_trial *trial);

#endif
