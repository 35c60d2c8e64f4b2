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
/*@ requires mqc_body_ok(frame, faults) && frame->type < 16;
    requires mqc_version_known(frame->version) ||
             (frame->version == MQC_VERSION_UNKNOWN && frame->type == MQC_CONNECT);
    requires \valid(out) && MQC_BODY_APART(out, frame, faults);
    assigns MQC_BODY_STATE(out, faults); */
bool mqc_packet_decode(const struct mqc_frame *frame, struct mqc_packet *out,
                       struct mqc_faults *faults);

/* What a writer can take: the slices of the body that is there. */
/*@ predicate mqc_connect_takes(struct mqc_writer *w, struct mqc_connect *c) =
        mqc_writer_takes(w, c->protocol_name) && mqc_writer_takes(w, c->properties) &&
        mqc_writer_takes(w, c->client_id) && mqc_writer_takes(w, c->will_properties) &&
        mqc_writer_takes(w, c->will_topic) && mqc_writer_takes(w, c->will_payload) &&
        mqc_writer_takes(w, c->user_name) && mqc_writer_takes(w, c->password);
    predicate mqc_packet_takes(struct mqc_writer *w, struct mqc_packet *p) =
        (p->frame.type == MQC_CONNECT ==> mqc_connect_takes(w, &p->connect)) &&
        (p->frame.type == MQC_CONNACK ==> mqc_writer_takes(w, p->connack.properties)) &&
        (p->frame.type == MQC_PUBLISH ==> mqc_writer_takes(w, p->publish.topic) &&
             mqc_writer_takes(w, p->publish.properties) &&
             mqc_writer_takes(w, p->publish.payload)) &&
        (MQC_PUBACK <= p->frame.type <= MQC_PUBCOMP ==>
             mqc_writer_takes(w, p->ack.properties)) &&
        (p->frame.type == MQC_SUBSCRIBE ==> mqc_writer_takes(w, p->subscribe.properties) &&
             mqc_writer_takes(w, p->subscribe.filters)) &&
        (p->frame.type == MQC_SUBACK ==> mqc_writer_takes(w, p->suback.properties) &&
             mqc_writer_takes(w, p->suback.codes)) &&
        (p->frame.type == MQC_UNSUBSCRIBE ==> mqc_writer_takes(w, p->unsubscribe.properties) &&
             mqc_writer_takes(w, p->unsubscribe.filters)) &&
        (p->frame.type == MQC_UNSUBACK ==> mqc_writer_takes(w, p->unsuback.properties) &&
             mqc_writer_takes(w, p->unsuback.codes)) &&
        (p->frame.type == MQC_DISCONNECT ==> mqc_writer_takes(w, p->disconnect.properties)) &&
        (p->frame.type == MQC_AUTH ==> mqc_writer_takes(w, p->auth.properties)); */

/*
 * Writes the packet, fixed header with the shortest Remaining Length first, from
 * `packet->frame.type`, `packet->frame.flags`, `packet->version` and its body struct. PUBLISH, as
 * all others, takes its flags from frame.flags (mqc_publish_flags() makes them). False when it did
 * not fit or when the body exceeds MQC_REMAINING_LENGTH_MAX.
 */
/*@ requires mqc_writer_ok(writer) && \valid_read(packet) &&
             \separated(packet, writer, writer->data + (0 .. writer->capacity - 1));
    requires mqc_packet_takes(writer, packet);
    assigns writer->size, writer->failed, writer->data[0 .. writer->capacity - 1];
    ensures mqc_writer_ok(writer); */
bool mqc_packet_encode(const struct mqc_packet *packet, struct mqc_writer *writer);

/* The flags that the standard fixes for a type: 2 for PUBREL, SUBSCRIBE and UNSUBSCRIBE, 0 for all
 * others. */
/*@ requires type < 16;
    assigns \nothing; */
uint8_t mqc_type_flags(enum mqc_type type);

/* The packet's own property section; empty where the type or the version has none. */
/*@ requires \valid_read(packet);
    assigns \nothing; */
struct mqc_slice mqc_packet_properties(const struct mqc_packet *packet);

#endif
