/*
 * Minimising: a recording in which a broker fails is cut down while it still fails. Connections go
 * first, then packets, by halves and one by one, then what packets carry: properties, payloads, the
 * Will, filters, single bytes of what is malformed; at last names become short, and each answer is
 * waited for before the next packet is sent.
 *
 * Where its pauses matter, those that are not needed go before all else, so that the tries after
 * them are short, and what is left of them is halved while that will do.
 *
 * Every cut is tried on the broker. What the broker said in the last try that failed as wanted is
 * what the next cuts are made from, so that answers to what is gone are not waited for.
 */
#ifndef MQH_MINIMISE_H
#define MQH_MINIMISE_H

#include "harness/replay/recording.h"

/*
 * Tries a recording on the broker. True if the failure is there again; then `*live` is what was
 * said, with the connections of `candidate`.
 */
typedef bool mqh_minimise_try(void *context, const struct mqh_recording *candidate,
                              struct mqh_recording *live);

struct mqh_minimised {
    struct mqh_recording recording; /* as it was said in the last try that failed as wanted */
    unsigned packets;               /* of clients */
    size_t bytes;                   /* of these */
    unsigned tries;
};

/* `failing` is what was said in a try that failed as wanted; `paced`: tries keep to its times.
 * `go_on`, asked before every try, ends it early when it says no. All in the arena. */
struct mqh_minimised mqh_minimise(struct mqh_arena *arena, const struct mqh_recording *failing,
                                  bool paced, mqh_minimise_try *try, bool (*go_on)(void *context),
                                  void *context);

/* What clients send in a recording. */
void mqh_recording_count(const struct mqh_recording *recording, unsigned *packets, size_t *bytes);

#endif
