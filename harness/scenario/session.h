/*
 * A session: what several clients do to a broker, as a list of records. The binary form is what
 * fuzzers change; the text is a scenario that only sends, so that a finding is read, edited and
 * replayed like any other.
 *
 *     first byte   operation (3 bits), client (4 bits), 0
 *     CONNECT      version: one byte       client c0 manual @5.0   (`again manual` later)
 *     SEND         size: varint, bytes     c0 -> PUBLISH …         one write
 *     SEGMENT      piece size: u16, size,  c0 -> PUBLISH …  split=3   a write for each piece
 *                  bytes
 *     CLOSE, RESET nothing                 c0 close, c0 reset
 *     WAIT         milliseconds: varint    wait 250ms
 *
 * Every byte string is a session: numbers are brought into their range, a size that is too large
 * means what is left. Writing records that were read gives the canonical form, and reading that
 * gives the same records. A record of a client that is not connected means nothing; WAIT is also
 * the fence at which whoever plays the session makes sure that all before it was taken. CLOSE is a
 * FIN: what the other end still sends is read until it closes too.
 *
 * Nothing here allocates but where an arena is passed.
 */
#ifndef MQH_SESSION_H
#define MQH_SESSION_H

#include "codec/text.h"
#include "codec/writer.h"
#include "harness/scenario/scenario.h"

enum mqh_session_op {
    MQH_SESSION_SEND,
    MQH_SESSION_SEGMENT,
    MQH_SESSION_CONNECT,
    MQH_SESSION_CLOSE,
    MQH_SESSION_RESET,
    MQH_SESSION_WAIT,
};

enum {
    MQH_SESSION_CLIENTS = 16,
    MQH_SESSION_WAIT_MAX_MS = MQH_TIME_MAX_S * 1000,
};

struct mqh_session_record {
    enum mqh_session_op op;
    unsigned client;          /* below MQH_SESSION_CLIENTS */
    enum mqc_version version; /* CONNECT: what the client means to speak; never unknown */
    unsigned piece_size;      /* SEGMENT: 1 to 65535 */
    uint32_t wait_ms;         /* WAIT: at most MQH_SESSION_WAIT_MAX_MS */
    struct mqc_slice bytes;   /* SEND, SEGMENT */
};

/* Takes the next record off the front of `*rest`; false at its end. What an operation does not have
 * is 0. */
bool mqh_session_next(struct mqc_slice *rest, struct mqh_session_record *out);

/* Appends the record. */
void mqh_session_write(struct mqc_writer *writer, const struct mqh_session_record *record);

/*
 * The session of one case: what its clients send, in that order; what they expect is left out. A
 * variable that an expectation would bind has a stand-in (walk.h). False if it is no session: a
 * server takes part, or more clients than there may be. The arena holds `*out`.
 */
bool mqh_session_of_case(struct mqh_arena *arena, const struct mqh_case *c, struct mqc_slice *out);

/*
 * The session as a scenario of this name, in the arena. Its one case gives back the session's
 * canonical form, but for records that mean nothing and waits of 0 ms, which are left out. A
 * session of which nothing is left makes no scenario: those must have a step.
 */
struct mqc_slice mqh_session_text(struct mqh_arena *arena, const char *name,
                                  struct mqc_slice session);

#endif
