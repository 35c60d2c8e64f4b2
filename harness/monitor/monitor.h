/*
 * The monitor: a passive judge of MQTT connections. It is handed the packets of both directions
 * with their times, and reports every breach of every rule that a bystander can see, by client and
 * server alike: the faults of each packet (codec/rules.def), and what only the conversation shows
 * (harness/monitor/rules.def). What it leaves out, and why, is in unjudged.def.
 *
 *     monitor = mqh_monitor_new(block, size, &options)
 *     mqh_monitor_open(monitor, 1, ...)
 *     mqh_monitor_packet(monitor, 1, MQC_CLIENT, bytes, now)  ->  options.breach(...)
 *     mqh_monitor_close(monitor, 1, MQC_SERVER, now)          ->  options.breach(...)
 *
 * What is unknown is unknown, never a breach: a connection joined midway, a session that began
 * before the monitor saw it, a limit that was not heard. A session outlives its connections; it is
 * shared by all connections with its Client Identifier.
 *
 * After a malformed packet or another error on which the other side has to end the connection, only
 * the reaction is judged.
 *
 * The monitor does no I/O and allocates nothing: all it remembers is in one block of the caller.
 * When that is full it is blind from then on, says since when, and reports nothing more.
 *
 * Packets are judged in the order in which they are handed in. A tap close to the client sees what
 * a server sends later than it was sent, one close to the server the reverse; the rules are written
 * so that either is right as long as packets of the far side are not judged by what it cannot have
 * known.
 */
#ifndef MQH_MONITOR_H
#define MQH_MONITOR_H

#include "codec/packet.h"

struct mqh_monitor;

/* One breach. All pointers live only as long as the call. */
struct mqh_breach {
    unsigned connection;      /* the caller's number */
    unsigned packet;          /* counts the connection's packets from 1; what never came is told of
                                 the packet that asks for it; 0: of no packet */
    enum mqc_side side;       /* who broke the rule */
    enum mqc_version version; /* of the rule */
    enum mqc_level level;     /* MQC_MUST or MQC_SHOULD */
    const char *id;           /* "MQTT-3.8.3-2" */
    const char *twins;        /* ids of rows that say the same, separated by blanks; may be "" */
    const char *says;         /* what the rule asks, a sentence without a full stop */
    const char *text;         /* what happened, the same way */
    const struct mqc_fault *fault; /* a fault of the packet alone, with its bytes; else NULL */
    bool absence;                  /* red because something did not come in time, */
    bool timer;                    /* which is that of a Keep Alive */
    uint64_t time_ms;
};

struct mqh_monitor_options {
    void (*breach)(void *context, const struct mqh_breach *breach);
    void *context;

    /* The caller vouches that every connection of the Client Identifiers and topics that it shows
     * is shown. Then an ended session is known to be gone, and a message to be somebody's own. */
    bool sees_all;
};

/* How long what has no deadline in the standard may take, in ms, before it is called absent. */
#define MQH_MONITOR_ANSWER_MS 10000u     /* an acknowledgement, a close */
#define MQH_MONITOR_REASONABLE_MS 60000u /* what the standard calls a reasonable time */

/* The least size of a block that is of any use, in bytes. */
#define MQH_MONITOR_SIZE_MIN 4096u

/* The block need not be cleared, and must be aligned for any type. It must live as long. */
struct mqh_monitor *mqh_monitor_new(void *block, size_t size,
                                    const struct mqh_monitor_options *options);

/*
 * A connection begins. `connection` is the caller's number for it; it may be used again after the
 * close. `version` is used until a CONNECT says more, and may be unknown where that is the first
 * packet; a CONNECT is judged by it, if it is known. `whole`: every packet is shown from the first.
 */
void mqh_monitor_open(struct mqh_monitor *monitor, unsigned connection, enum mqc_version version,
                      bool whole, uint64_t now_ms);

/*
 * A packet of the connection. `bytes` is one whole packet, or what the framer calls broken; of an
 * unknown version nothing is judged. Packets of a connection that is not open are ignored.
 */
void mqh_monitor_packet(struct mqh_monitor *monitor, unsigned connection, enum mqc_side from,
                        struct mqc_slice bytes, uint64_t now_ms);

/* The same where it is decoded already: `faults` are all that mqc_packet_decode() found. */
void mqh_monitor_decoded(struct mqh_monitor *monitor, unsigned connection,
                         const struct mqc_packet *packet, const struct mqc_faults *faults,
                         uint64_t now_ms);

/* The connection has ended; `who` ended it first. Unknown: it is shown no further. */
void mqh_monitor_close(struct mqh_monitor *monitor, unsigned connection, enum mqc_side who,
                       uint64_t now_ms);

/* True once the block was too small; then at which packet of which connection. */
bool mqh_monitor_is_blind(const struct mqh_monitor *monitor, unsigned *connection,
                          unsigned *packet);

/* True if `id` is the rule that was broken, or one of its twins. */
bool mqh_breach_is(const struct mqh_breach *breach, enum mqc_version version, const char *id);

/* True if the monitor can find a breach of this rule, by itself or by the decoder. */
bool mqh_monitor_judges(enum mqc_version version, const char *id);

/* True if it is one of the rules that only a conversation shows. */
bool mqh_monitor_judges_conversation(enum mqc_version version, const char *id);

/* Why a row that a bystander could judge is not judged; NULL if it is, or none can. */
const char *mqh_monitor_leaves_out(enum mqc_version version, const char *id);

#endif
