/*
 * UNSUBSCRIBE: a client ends subscriptions. v5 section 3.10, v311 section 3.10.
 *
 *     packet id   u16
 *     properties  5.0 only
 *     1..n times  topic filter (string)
 */
#ifndef MQC_UNSUBSCRIBE_H
#define MQC_UNSUBSCRIBE_H

#include "codec/fault.h"
#include "codec/frame.h"
#include "codec/writer.h"

struct mqc_unsubscribe {
    uint16_t packet_id;
    struct mqc_slice properties;
    struct mqc_slice filters; /* walk with mqc_string_next() */
    size_t filter_count;
};

bool mqc_unsubscribe_decode(const struct mqc_frame *frame, struct mqc_unsubscribe *out,
                            struct mqc_faults *faults);

/* Takes the next string (u16 byte count, bytes) off the front of `*strings`. */
bool mqc_string_next(struct mqc_slice *strings, struct mqc_slice *out);

void mqc_unsubscribe_encode(const struct mqc_unsubscribe *unsubscribe, enum mqc_version version,
                            struct mqc_writer *writer);

#endif
