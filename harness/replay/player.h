/*
 * The player: does again what the clients of a recording did, as a state machine without a world.
 * All connections keep their interleaving: what a client did is done again when what the broker had
 * said until then has come again, or was waited for in vain.
 *
 * What must differ is rewritten: an acknowledgement gets the identifier that the broker uses now
 * for the delivery it answers (same topic and payload, the nth copy for the nth), and is held while
 * that has not come; credentials and client identifiers on request. Everything else is sent as it
 * was, broken packets too. A connection that began before the recording is given a CONNECT. What a
 * scenario expects is waited for by its type only, and no answer differs from it.
 *
 * With a speed, nothing is done before its time, an answer is given up only so long after its own,
 * and the player listens until the recording's end.
 *
 *     driver                          player
 *       mqh_player_start(now)  ------>
 *       mqh_player_next() loop <------  OPEN 0, SEND 0 …
 *       opened / failed / received / closed / tick ->   … more actions
 *       mqh_player_deadline()  <------  when to call mqh_player_tick() at the latest
 *       mqh_player_done()      <------  mqh_player_live() is what was said this time
 */
#ifndef MQH_PLAYER_H
#define MQH_PLAYER_H

#include "harness/replay/recording.h"

struct mqh_player_options {
    double speed;         /* 0: as fast as answers come; 1: the original timing; 10: ten times it */
    bool raw;             /* nothing is rewritten */
    unsigned patience_ms; /* for an answer that came in the recording */
    unsigned linger_ms;   /* at the end, for what else may come */
    const char *user_name; /* instead of those of the recording; NULL: as they were */
    const char *password;
    const char *rename; /* put behind every client identifier that is not empty; NULL: as it was */
};

enum mqh_player_action_kind {
    MQH_PLAYER_OPEN,
    MQH_PLAYER_SEND,
    MQH_PLAYER_CLOSE, /* FIN behind what was sent */
    MQH_PLAYER_RESET,
};

struct mqh_player_action {
    enum mqh_player_action_kind kind;
    unsigned connection;
    enum mqc_version version; /* OPEN */
    struct mqc_slice bytes;   /* SEND: until the player ends */
};

/* What was not as in the recording. */
struct mqh_difference {
    unsigned connection;
    uint64_t frame;   /* of the recording; 0: of this time only */
    const char *text; /* one line */
};

struct mqh_player;

/* All in the arena. The recording must live as long. */
struct mqh_player *mqh_player_new(struct mqh_arena *arena, const struct mqh_recording *recording,
                                  const struct mqh_player_options *options);

void mqh_player_start(struct mqh_player *player, uint64_t now_ms);
bool mqh_player_next(struct mqh_player *player, struct mqh_player_action *out);
void mqh_player_opened(struct mqh_player *player, unsigned connection, uint64_t now_ms);
void mqh_player_failed(struct mqh_player *player, unsigned connection, const char *why,
                       uint64_t now_ms);
void mqh_player_received(struct mqh_player *player, unsigned connection, struct mqc_slice bytes,
                         uint64_t now_ms);
void mqh_player_closed(struct mqh_player *player, unsigned connection, bool by_reset,
                       uint64_t now_ms);
void mqh_player_tick(struct mqh_player *player, uint64_t now_ms);

/* Ends at once. */
void mqh_player_stop(struct mqh_player *player);

/* UINT64_MAX: none. */
uint64_t mqh_player_deadline(const struct mqh_player *player);
bool mqh_player_done(const struct mqh_player *player);

/* Valid once done. Connections have the numbers that they have in the recording. */
const struct mqh_recording *mqh_player_live(const struct mqh_player *player);
const struct mqh_difference *mqh_player_differences(const struct mqh_player *player, size_t *count);

/* The broker had a session for a client that had none in the recording. */
bool mqh_player_resumed(const struct mqh_player *player);

/* Connections that could not be opened, and why the last one could not. */
unsigned mqh_player_refused(const struct mqh_player *player, const char **why);

#endif
