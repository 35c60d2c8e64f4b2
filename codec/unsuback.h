/*
 * UNSUBACK: the server's answer to UNSUBSCRIBE. v5 section 3.11, v311 section 3.11.
 *
 *     packet id   u16
 *     properties  5.0 only
 *     1..n times  code (u8), 5.0 only; its codes are not those of SUBACK
 */
#ifndef MQC_UNSUBACK_H
#define MQC_UNSUBACK_H

#include "codec/body.h"

struct mqc_unsuback {
    uint16_t packet_id;
    struct mqc_slice properties;
    struct mqc_slice codes; /* one byte each; empty before 5.0 */
};

/*@ requires mqc_body_ok(frame, faults) && mqc_version_known(frame->version);
    requires frame->type == MQC_UNSUBACK;
    requires \valid(out) && MQC_BODY_APART(out, frame, faults);
    assigns MQC_BODY_STATE(out, faults);
    ensures mqc_in_packet{Old}(out->properties, frame) && mqc_in_packet{Old}(out->codes, frame); */
bool mqc_unsuback_decode(const struct mqc_frame *frame, struct mqc_unsuback *out,
                         struct mqc_faults *faults);
/*@ requires mqc_writer_ok(writer) && \valid_read(unsuback) &&
             \separated(unsuback, writer, writer->data + (0 .. writer->capacity - 1));
    requires mqc_writer_takes(writer, unsuback->properties) &&
             mqc_writer_takes(writer, unsuback->codes);
    assigns MQC_WRITER_STATE(writer);
    ensures mqc_writer_ok(writer); */
void mqc_unsuback_encode(const struct mqc_unsuback *unsuback, enum mqc_version version,
                         struct mqc_writer *writer);

#endif
