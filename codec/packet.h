/*
 * Any packet: the frame, and what its body says. The shapes of the bodies stand in the headers
 * named for the packets.
 *
 * Decoding delivers what could be read, faults or not; encoding writes what it is told, rules or
 * not, because sending wrong bits is our trade. Both use the same structs: what a decoder fills,
 * an encoder writes back to the same bytes, as long as they are canonical (shortest lengths) and
 * complete. The notation's overrides (text.h) make every other byte sequence.
 */
#ifndef MQC_PACKET_H
#define MQC_PACKET_H

#include "codec/ack.h"
#include "codec/auth.h"
#include "codec/connack.h"
#include "codec/connect.h"
#include "codec/disconnect.h"
#include "codec/fault.h"
#include "codec/frame.h"
#include "codec/publish.h"
#include "codec/suback.h"
#include "codec/subscribe.h"
#include "codec/unsuback.h"
#include "codec/unsubscribe.h"
#include "codec/writer.h"

struct mqc_packet {
    struct mqc_frame frame;   /* version and from as judged */
    enum mqc_version version; /* the frame's; for a CONNECT without one, what it names itself */
    bool complete;            /* the body was read to its end */
    union {                   /* by frame.type; PINGREQ, PINGRESP and reserved types have none */
        struct mqc_connect connect;
        struct mqc_connack connack;
        struct mqc_publish publish;
        struct mqc_ack ack; /* PUBACK, PUBREC, PUBREL, PUBCOMP */
        struct mqc_subscribe subscribe;
        struct mqc_suback suback;
        struct mqc_unsubscribe unsubscribe;
        struct mqc_unsuback unsuback;
        struct mqc_disconnect disconnect;
        struct mqc_auth auth;
    };
};

/*
 * Decodes `frame` into `*out` and adds its faults, the fixed header's among them (Remaining Length
 * not minimal, reserved flags, type 0 or 15, wrong direction). A frame that the framer calls broken
 * may be given too: its fault is then noted. `frame->version` must be known unless the type is
 * CONNECT. Allocates nothing; the slices in `*out` point into the frame's bytes.
 * False when the body could not be read to its end; what was not read is 0 or empty.
 */
bool mqc_packet_decode(const struct mqc_frame *frame, struct mqc_packet *out,
                       struct mqc_faults *faults);

/*
 * Writes the packet, fixed header with the shortest Remaining Length first, from
 * `packet->frame.type`, `packet->frame.flags`, `packet->version` and its body struct. PUBLISH, as
 * all others, takes its flags from frame.flags (mqc_publish_flags() makes them). False when it did
 * not fit or when the body exceeds MQC_REMAINING_LENGTH_MAX.
 */
bool mqc_packet_encode(const struct mqc_packet *packet, struct mqc_writer *writer);

/* The flags that the standard fixes for a type: 2 for PUBREL, SUBSCRIBE and UNSUBSCRIBE, 0 for all
 * others. */
uint8_t mqc_type_flags(enum mqc_type type);

/* The packet's own property section; empty where the type or the version has none. */
struct mqc_slice mqc_packet_properties(const struct mqc_packet *packet);

#endif
