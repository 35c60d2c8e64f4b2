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

bool mqc_publish_decode(const struct mqc_frame *frame, struct mqc_publish *out,
                        struct mqc_faults *faults);

/* The fixed header's flags for dup, qos and retain. */
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
