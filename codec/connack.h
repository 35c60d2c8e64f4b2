/*
 * CONNACK: the server's answer to CONNECT. v5 section 3.2, v311 section 3.2.
 *
 *     acknowledge flags  u8: bit 0 is Session Present; 3.1 does not use the byte
 *     reason code        u8 (before 5.0: return code 0 to 5)
 *     properties         5.0 only
 */
#ifndef MQC_CONNACK_H
#define MQC_CONNACK_H

#include "codec/body.h"

struct mqc_connack {
    uint8_t flags; /* bit 0: Session Present */
    uint8_t reason;
    struct mqc_slice properties;
};

/*@ requires mqc_body_ok(frame, faults) && mqc_version_known(frame->version);
    requires frame->type == MQC_CONNACK;
    requires \valid(out) && MQC_BODY_APART(out, frame, faults);
    assigns MQC_BODY_STATE(out, faults);
    ensures mqc_in_packet{Old}(out->properties, frame); */
bool mqc_connack_decode(const struct mqc_frame *frame, struct mqc_connack *out,
                        struct mqc_faults *faults);
/*@ requires mqc_writer_ok(writer) && \valid_read(connack) &&
             \separated(connack, writer, writer->data + (0 .. writer->capacity - 1));
    requires mqc_writer_takes(writer, connack->properties);
    assigns MQC_WRITER_STATE(writer);
    ensures mqc_writer_ok(writer); */
void mqc_connack_encode(const struct mqc_connack *connack, enum mqc_version version,
                        struct mqc_writer *writer);

#endif
