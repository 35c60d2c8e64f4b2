/*
 * SUBACK: one code for each filter of a SUBSCRIBE. v5 section 3.9, v311 section 3.9.
 *
 *     packet id   u16
 *     properties  5.0 only
 *     1..n times  code (u8); in 3.1 only its two low bits count
 */
#ifndef MQC_SUBACK_H
#define MQC_SUBACK_H

#include "codec/body.h"

struct mqc_suback {
    uint16_t packet_id;
    struct mqc_slice properties;
    struct mqc_slice codes; /* one byte each */
};

/*@ requires mqc_body_ok(frame, faults) && mqc_version_known(frame->version);
    requires frame->type == MQC_SUBACK;
    requires \valid(out) && MQC_BODY_APART(out, frame, faults);
    assigns MQC_BODY_STATE(out, faults);
    ensures mqc_in_packet{Old}(out->properties, frame) && mqc_in_packet{Old}(out->codes, frame); */
bool mqc_suback_decode(const struct mqc_frame *frame, struct mqc_suback *out,
                       struct mqc_faults *faults);
/*@ requires mqc_writer_ok(writer) && \valid_read(suback) &&
             \separated(suback, writer, writer->data + (0 .. writer->capacity - 1));
    requires mqc_writer_takes(writer, suback->properties) &&
             mqc_writer_takes(writer, suback->codes);
    assigns MQC_WRITER_STATE(writer);
    ensures mqc_writer_ok(writer); */
void mqc_suback_encode(const struct mqc_suback *suback, enum mqc_version version,
                       struct mqc_writer *writer);

#endif
