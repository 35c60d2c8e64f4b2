/*
 * The framer: finds where a packet ends in a stream of bytes. v5 section 2.1, v311 section 2.2.
 *
 *     type and flags    one byte: type in the high nibble, flags in the low one
 *     remaining length  varint, 1 to 4 bytes, counts the bytes that follow it
 *     body              that many bytes
 *
 * It alone knows "incomplete". It copies nothing and keeps nothing: the caller holds the bytes that
 * have come so far, calls again with more, and drops `size` bytes after each complete packet. It
 * never reads past what it was given.
 */
#ifndef MQC_FRAME_H
#define MQC_FRAME_H

#include "codec/slice.h"
#include "codec/type.h"
#include "codec/version.h"

#define MQC_REMAINING_LENGTH_MAX 268435455u /* v5 section 1.5.5 */

struct mqc_frame {
    const uint8_t *bytes; /* the packet's first byte */
    size_t size;          /* of the whole packet */
    size_t header_size;   /* 2 to 5: first byte and Remaining Length */
    enum mqc_type type;
    uint8_t flags; /* the low nibble of the first byte, as received */

    /* Set by the caller; the framer passes them on. */
    enum mqc_version version; /* unknown is allowed for CONNECT only: it names its version itself */
    enum mqc_side from;
};

enum mqc_frame_state {
    MQC_FRAME_COMPLETE,   /* one packet is there */
    MQC_FRAME_INCOMPLETE, /* more bytes are needed: `size` is the least total that could do */
    MQC_FRAME_BROKEN,     /* Remaining Length does not end within four bytes: the stream is lost,
                             `size` and `header_size` are 5 and cover the bytes that say so */
};

/*
 * Looks for one packet at the start of `bytes`. `out->version` and `out->from` are left as they
 * are; the rest is filled. On INCOMPLETE with no byte at all, type and flags are 0.
 */
/*@ requires mqc_readable(bytes) && \valid(out);
    assigns out->bytes, out->size, out->header_size, out->type, out->flags;
    ensures out->bytes == bytes.data && out->type < 16 && out->flags < 16;
    ensures \result == MQC_FRAME_COMPLETE ==>
            2 <= out->header_size <= 5 && out->header_size <= out->size <= bytes.size;
    ensures \result == MQC_FRAME_BROKEN ==> out->header_size == out->size == 5 <= bytes.size;
    ensures \result == MQC_FRAME_INCOMPLETE ==> bytes.size < out->size; */
enum mqc_frame_state mqc_frame_read(struct mqc_slice bytes, struct mqc_frame *out);

/*@ predicate mqc_frame_ok(struct mqc_frame *frame) =
        \valid_read(frame) && 2 <= frame->header_size <= 5 && frame->header_size <= frame->size &&
        \valid_read(frame->bytes + (0 .. frame->size - 1)) && frame->from <= MQC_SERVER; */

/* The bytes after the fixed header. */
/*@ requires mqc_frame_ok(frame);
    assigns \nothing;
    ensures mqc_readable(\result);
    ensures \result.data == frame->bytes + frame->header_size;
    ensures \result.size == frame->size - frame->header_size; */
static inline struct mqc_slice mqc_frame_body(const struct mqc_frame *frame)
{
    return (struct mqc_slice){frame->bytes + frame->header_size, frame->size - frame->header_size};
}

#endif
