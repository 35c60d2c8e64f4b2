/*
 * UNSUBSCRIBE: a client ends subscriptions. v5 section 3.10, v311 section 3.10.
 *
 *     packet id   u16
 *     properties  5.0 only
 *     1..n times  topic filter (string)
 */
#ifndef MQC_UNSUBSCRIBE_H
#define MQC_UNSUBSCRIBE_H

#include "codec/body.h"

struct mqc_unsubscribe {
    uint16_t packet_id;
    struct mqc_slice properties;
    struct mqc_slice filters; /* walk with mqc_string_next() */
    size_t filter_count;
};

/*@ requires mqc_body_ok(frame, faults) && mqc_version_known(frame->version);
    requires frame->type == MQC_UNSUBSCRIBE;
    requires \valid(out) && MQC_BODY_APART(out, frame, faults);
    assigns MQC_BODY_STATE(out, faults);
    ensures mqc_in_packet{Old}(out->properties, frame);
    ensures mqc_in_packet{Old}(out->filters, frame); */
bool mqc_unsubscribe_decode(const struct mqc_frame *frame, struct mqc_unsubscribe *out,
                            struct mqc_faults *faults);

/* Takes the next string (u16 byte count, bytes) off the front of `*strings`. */
/*@ requires \valid(strings) && \valid(out) && mqc_readable(*strings);
    requires \separated(strings, out, strings->data + (0 .. strings->size - 1));
    assigns *strings, *out;
    ensures mqc_readable(*strings);
    ensures \result ==> strings->size == \old(strings->size) - out->size - 2;
    ensures \result ==> out->data == \old(strings->data) + 2;
    ensures \result ==> strings->data == out->data + out->size;
    ensures !\result ==> *strings == \old(*strings); */
bool mqc_string_next(struct mqc_slice *strings, struct mqc_slice *out);

/*@ requires mqc_writer_ok(writer) && \valid_read(unsubscribe) &&
             \separated(unsubscribe, writer, writer->data + (0 .. writer->capacity - 1));
    requires mqc_writer_takes(writer, unsubscribe->properties) &&
             mqc_writer_takes(writer, unsubscribe->filters);
    assigns MQC_WRITER_STATE(writer);
    ensures mqc_writer_ok(writer); */
void mqc_unsubscribe_encode(const struct mqc_unsubscribe *unsubscribe, enum mqc_version version,
                            struct mqc_writer *writer);

#endif
