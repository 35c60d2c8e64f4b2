/*
 * DISCONNECT: the last packet on a connection. v5 section 3.14, v311 section 3.14 (client only).
 *
 *     reason code  u8, 5.0 only; may be left out: it then is 0x00
 *     properties   5.0 only; may be left out, Property Length included
 */
#ifndef MQC_DISCONNECT_H
#define MQC_DISCONNECT_H

#include "codec/body.h"

struct mqc_disconnect {
    uint8_t reason;      /* 0 when left out */
    bool has_reason;     /* the byte was there */
    bool has_properties; /* the Property Length was there */
    struct mqc_slice properties;
};

/*@ requires mqc_body_ok(frame, faults) && mqc_version_known(frame->version);
    requires frame->type == MQC_DISCONNECT;
    requires \valid(out) && MQC_BODY_APART(out, frame, faults);
    assigns MQC_BODY_STATE(out, faults);
    ensures mqc_in_packet(out->properties, frame); */
bool mqc_disconnect_decode(const struct mqc_frame *frame, struct mqc_disconnect *out,
                           struct mqc_faults *faults);
/*@ requires mqc_writer_ok(writer) && \valid_read(disconnect) &&
             \separated(disconnect, writer, writer->data + (0 .. writer->capacity - 1));
    requires mqc_writer_takes(writer, disconnect->properties);
    assigns MQC_WRITER_STATE(writer);
    ensures mqc_writer_ok(writer); */
void mqc_disconnect_encode(const struct mqc_disconnect *disconnect, enum mqc_version version,
                           struct mqc_writer *writer);

#endif
