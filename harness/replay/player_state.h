/*
 * What the player knows while it plays. Private to the player.
 *
 *     player.c          the course: event by event, what is told on the way, the calls of player.h
 *     player_deed.c     what the clients did is done again
 *     player_answer.c   what the broker said is looked for among what it says now
 *     player_held.c     what hangs on deliveries that have not come
 *     player_rewrite.c  which packet of now is which one of then, and what has to change
 */
#ifndef MQH_PLAYER_STATE_H
#define MQH_PLAYER_STATE_H

#include "harness/replay/player.h"
#include "harness/replay/player_held.h"
#include "harness/replay/player_rewrite.h"

/* A packet of the broker that has come, and that nothing in the recording was found for yet. */
struct mqh_player_arrival {
    struct mqc_packet packet; /* points into the live recording */
    struct mqh_player_arrival *next;
};

struct mqh_player_connection {
    bool opening;
    bool open;
    bool failed;
    bool ended;      /* by the broker */
    bool left;       /* by us */
    bool parted;     /* our DISCONNECT is sent: nothing may follow it */
    bool introduced; /* by a CONNECT of ours, whose CONNACK has not come */
    unsigned missed; /* answers that were waited for in vain */
    enum mqc_version version;
    uint8_t *data; /* bytes of the broker that make no packet yet */
    size_t size;
    size_t capacity;
    struct mqh_player_arrival *first;
    struct mqh_player_arrival **last;
    struct mqh_delivery *deliveries;
    struct mqh_held *held;
};

struct mqh_player {
    struct mqh_arena *arena;
    const struct mqh_recording *recording;
    struct mqh_player_options options;
    struct mqh_player_connection *connections;
    struct mqh_recording live;
    size_t at;       /* next event of the recording */
    size_t farewell; /* the event from which on clients only leave */
    uint64_t begun_ms;
    uint64_t waits_from_ms; /* the event at `at` is waited for since then; UINT64_MAX: it is not */
    uint64_t due_ms;
    uint64_t quiet_ms; /* when something was done or came last */
    uint64_t sent_ms;
    uint64_t slowest_ms; /* from what was sent to what came next */
    bool done;
    struct mqh_player_action *actions; /* those from `action_next` on are to be done */
    size_t action_next;
    size_t action_count;
    size_t action_capacity;
    struct mqh_difference *differences;
    size_t difference_count;
    size_t difference_capacity;
    bool resumed;
    unsigned refused;
    const char *why_refused;
};

/* ---- player.c ---- */

void mqh_player_act(struct mqh_player *p, struct mqh_player_action action);

/* `text` is in the arena, or lives as long. Of a scenario there are no differences. */
void mqh_player_differ(struct mqh_player *p, unsigned connection, uint64_t frame, const char *text);

/* Into the live recording; returns the copy of the bytes there. */
struct mqc_slice mqh_player_note(struct mqh_player *p, enum mqh_recording_kind kind,
                                 unsigned connection, enum mqc_side side, struct mqc_slice bytes,
                                 uint64_t now_ms);

/* A packet for who reads it. */
const char *mqh_player_text(struct mqh_player *p, const struct mqc_packet *packet);

/* When something has its turn that happened at this time of the recording: at once, if it is played
 * as fast as answers come. */
uint64_t mqh_player_due(const struct mqh_player *p, uint64_t time_ns);

/* True while the event at `at` is still to be waited for, so long from when it is due. */
bool mqh_player_waits(struct mqh_player *p, unsigned patience_ms, uint64_t now_ms);

/* True while something may still come: who is slow gets more time, and so does a recording that was
 * listened to for longer. */
bool mqh_player_lingers(struct mqh_player *p, uint64_t now_ms);

/* ---- player_deed.c ---- */

/* Does again what a client did. False while it cannot be done yet. */
bool mqh_player_do_again(struct mqh_player *p, const struct mqh_recording_event *event,
                         uint64_t now_ms);

/* A client's bytes, rewritten as they have to be. */
void mqh_player_send(struct mqh_player *p, const struct mqh_recording_event *event,
                     uint64_t now_ms);

/* No broker listens to a connection that begins midway. */
void mqh_player_introduce(struct mqh_player *p, unsigned connection, uint64_t now_ms);

/* ---- player_answer.c ---- */

/* Looks for what the broker did. False while it is waited for. */
bool mqh_player_take_answer(struct mqh_player *p, const struct mqh_recording_event *event,
                            uint64_t now_ms);

/* The broker's bytes: packets as far as they are whole, and what hangs on them. */
void mqh_player_arrive(struct mqh_player *p, unsigned connection, struct mqc_slice bytes,
                       uint64_t now_ms);

/* At the end: what never came, and what came though the recording has it not. */
void mqh_player_tell_rest(struct mqh_player *p);

#endif
