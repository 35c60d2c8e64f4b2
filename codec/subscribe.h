/*
 * SUBSCRIBE: a client asks for topics. v5 section 3.8, v311 section 3.8.
 *
 *     packet id     u16
 *     properties    5.0 only
 *     1..n times    topic filter (string), options (u8; before 5.0 the requested QoS)
 */
#ifndef MQC_SUBSCRIBE_H
#define MQC_SUBSCRIBE_H

#include "codec/body.h"

/* The Subscription Options byte, v5 section 3.8.3.1. */
enum mqc_option {
    MQC_OPTION_QOS = 0x03,
    MQC_OPTION_NO_LOCAL = 0x04,
    MQC_OPTION_RETAIN_AS_PUBLISHED = 0x08,
    MQC_OPTION_RETAIN_HANDLING = 0x30,
    MQC_OPTION_RESERVED = 0xc0,
};

struct mqc_subscribe {
    uint16_t packet_id;
    struct mqc_slice properties;
    struct mqc_slice filters; /* walk with mqc_filter_next() */
    size_t filter_count;
};

struct mqc_filter {
    struct mqc_slice filter;
    uint8_t options;
};

/*@ requires mqc_body_ok(frame, faults) && mqc_version_known(frame->version);
    requires frame->type == MQC_SUBSCRIBE;
    requires \valid(out) && MQC_BODY_APART(out, frame, faults);
    assigns MQC_BODY_STATE(out, faults);
    ensures mqc_in_packet{Old}(out->properties, frame);
    ensures mqc_in_packet{Old}(out->filters, frame); */
bool mqc_subscribe_decode(const struct mqc_frame *frame, struct mqc_subscribe *out,
                          struct mqc_faults *faults);

/* Takes the next filter and its options off the front of `*filters`; false at the end or where the
 * bytes no longer make one. */
/*@ requires \valid(filters) && \valid(out) && mqc_readable(*filters);
    requires \separated(filters, out, filters->data + (0 .. filters->size - 1));
    assigns *filters, *out;
    ensures mqc_readable(*filters);
    ensures \result ==> filters->size == \old(filters->size) - out->filter.size - 3;
    ensures \result ==> out->filter.data == \old(filters->data) + 2;
    ensures \result ==> filters->data == out->filter.data + out->filter.size + 1;
    ensures !\result ==> *filters == \old(*filters); */
bool mqc_filter_next(struct mqc_slice *filters, struct mqc_filter *out);

/* Appends one filter and its options to bytes that become `filters`. */
/*@ requires mqc_writer_ok(writer) && \valid_read(filter) &&
             \separated(filter, writer, writer->data + (0 .. writer->capacity - 1));
    requires mqc_writer_takes(writer, filter->filter);
    assigns MQC_WRITER_STATE(writer);
    ensures mqc_writer_ok(writer); */
void mqc_filter_write(struct mqc_writer *writer, const struct mqc_filter *filter);

/*@ requires mqc_writer_ok(writer) && \valid_read(subscribe) &&
             \separated(subscribe, writer, writer->data + (0 .. writer->capacity - 1));
    requires mqc_writer_takes(writer, subscribe->properties) &&
             mqc_writer_takes(writer, subscribe->filters);
    assigns MQC_WRITER_STATE(writer);
    ensures mqc_writer_ok(writer); */
void mqc_subscribe_encode(const struct mqc_subscribe *subscribe, enum mqc_version version,
                          struct mqc_writer *writer);

#endif
