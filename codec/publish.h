/*
 * PUBLISH: an application message, in either direction. v5 section 3.3, v311 section 3.3.
 *
 *     flags       in the fixed header: DUP, QoS (2 bits), RETAIN
 *     topic name  string; in 5.0 empty with a Topic Alias
 *     packet id   u16, only with QoS 1 and 2
 *     properties  5.0 only
 *     payload     the rest
 */
#ifndef MQC_PUBLISH_H
#define MQC_PUBLISH_H

#include "codec/body.h"

struct mqc_publish {
    bool dup;
    bool retain;
    uint8_t qos; /* 3 is faulty; it is read as if it had a packet id */
    struct mqc_slice topic;
    uint16_t packet_id; /* 0 with QoS 0 */
    struct mqc_slice properties;
    struct mqc_slice payload;
};

/*@ requires mqc_body_ok(frame, faults) && mqc_version_known(frame->version);
    requires frame->type == MQC_PUBLISH;
    requires \valid(out) && MQC_BODY_APART(out, frame, faults);
    assigns MQC_BODY_STATE(out, faults);
    ensures mqc_in_packet{Old}(out->topic, frame) && mqc_in_packet{Old}(out->properties, frame) &&
            mqc_in_packet{Old}(out->payload, frame); */
bool mqc_publish_decode(const struct mqc_frame *frame, struct mqc_publish *out,
                        struct mqc_faults *faults);

/* The fixed header's flags for dup, qos and retain. */
/*@ requires \valid_read(publish);
    assigns \nothing; */
uint8_t mqc_publish_flags(const struct mqc_publish *publish);

/*@ requires mqc_writer_ok(writer) && \valid_read(publish) &&
             \separated(publish, writer, writer->data + (0 .. writer->capacity - 1));
    requires mqc_writer_takes(writer, publish->topic) &&
             mqc_writer_takes(writer, publish->properties) &&
             mqc_writer_takes(writer, publish->payload);
    assigns MQC_WRITER_STATE(writer);
    ensures mqc_writer_ok(writer); */
void mqc_publish_encode(const struct mqc_publish *publish, enum mqc_version version,
                        struct mqc_writer *writer);

#endif
