/*
 * AUTH: one step of enhanced authentication. v5 section 3.15; reserved before 5.0.
 *
 *     reason code  u8; may be left out with all else: it then is 0x00
 *     properties   Property Length and properties; Authentication Method is mandatory
 */
#ifndef MQC_AUTH_H
#define MQC_AUTH_H

#include "codec/body.h"

struct mqc_auth {
    uint8_t reason;      /* 0 when left out */
    bool has_reason;     /* the byte was there */
    bool has_properties; /* the Property Length was there */
    struct mqc_slice properties;
};

/*@ requires mqc_body_ok(frame, faults) && frame->version == MQC_V5;
    requires frame->type == MQC_AUTH;
    requires \valid(out) && MQC_BODY_APART(out, frame, faults);
    assigns MQC_BODY_STATE(out, faults);
    ensures mqc_in_packet(out->properties, frame); */
bool mqc_auth_decode(const struct mqc_frame *frame, struct mqc_auth *out,
                     struct mqc_faults *faults);
/*@ requires mqc_writer_ok(writer) && \valid_read(auth) &&
             \separated(auth, writer, writer->data + (0 .. writer->capacity - 1));
    requires mqc_writer_takes(writer, auth->properties);
    assigns MQC_WRITER_STATE(writer);
    ensures mqc_writer_ok(writer); */
void mqc_auth_encode(const struct mqc_auth *auth, struct mqc_writer *writer);

#endif
