/*
 * PUBACK, PUBREC, PUBREL and PUBCOMP: the four acknowledgements of a PUBLISH have one shape; what
 * codes they may carry differs (reason.h). v5 sections 3.4 to 3.7, v311 sections 3.4 to 3.7.
 *
 *     packet id    u16
 *     reason code  u8, 5.0 only; may be left out: it then is 0x00
 *     properties   5.0 only; may be left out, Property Length included
 */
#ifndef MQC_ACK_H
#define MQC_ACK_H

#include "codec/body.h"

struct mqc_ack {
    uint16_t packet_id;
    uint8_t reason;      /* 0 when left out */
    bool has_reason;     /* the byte was there */
    bool has_properties; /* the Property Length was there */
    struct mqc_slice properties;
};

/*@ requires mqc_body_ok(frame, faults) && mqc_version_known(frame->version);
    requires MQC_PUBACK <= frame->type <= MQC_PUBCOMP;
    requires \valid(out) && MQC_BODY_APART(out, frame, faults);
    assigns MQC_BODY_STATE(out, faults);
    ensures mqc_in_packet{Old}(out->properties, frame); */
bool mqc_ack_decode(const struct mqc_frame *frame, struct mqc_ack *out, struct mqc_faults *faults);

/* Writes what has_reason and has_properties say, before 5.0 the packet id only. */
/*@ requires mqc_writer_ok(writer) && \valid_read(ack) &&
             \separated(ack, writer, writer->data + (0 .. writer->capacity - 1));
    requires mqc_writer_takes(writer, ack->properties);
    assigns MQC_WRITER_STATE(writer);
    ensures mqc_writer_ok(writer); */
void mqc_ack_encode(const struct mqc_ack *ack, enum mqc_version version, struct mqc_writer *writer);

#endif
