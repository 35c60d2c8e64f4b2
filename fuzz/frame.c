/*
 * However a stream is cut into pieces, the same packets come out of it, and they are those that a
 * framer finds that is too simple to be wrong.
 */
#include <assert.h>

#include "codec/frame.h"
#include "fuzz/target.h"

const enum mqf_form mqf_form = MQF_STREAMS;

/* --- the simple framer ---------------------------------------------------------------------- */

/* v5 section 1.5.5 and 2.1.4, word for word: the packet's size, 0 where bytes are missing, and
 * BROKEN where the fourth byte of Remaining Length says that a fifth follows. */
#define BROKEN SIZE_MAX

static size_t packet_size(const uint8_t *bytes, size_t size)
{
    size_t multiplier = 1;
    size_t value = 0;

    for (size_t i = 1; i <= 4; i++) {
        if (i >= size)
            return 0;
        value += (bytes[i] & 127u) * multiplier;
        multiplier *= 128;
        if (bytes[i] < 128)
            return 1 + i + value <= size ? 1 + i + value : 0;
    }
    return BROKEN;
}

/* --- pieces --------------------------------------------------------------------------------- */

/* The size of the next piece; `pieces` is what the input's first byte says. */
static size_t piece_at(unsigned pieces, size_t offset)
{
    static const size_t sizes[16] = {1, 2, 3, 4, 5, 7, 11, 16, 31, 64, 127, 128, 129, 1000, 4096};

    return pieces == 15 ? 1 + offset * 7 % 13 : sizes[pieces];
}

struct receiver {
    struct mqc_slice stream; /* all of it */
    size_t taken;            /* bytes of packets that came out */
    size_t come;             /* bytes that have come */
    bool broken;
};

/* What is wanted is more than there is, never more than what the packet will have, and with any
 * byte less nothing changes. */
static void check_incomplete(const struct receiver *r, const struct mqc_frame *frame)
{
    size_t have = r->come - r->taken;
    size_t whole = packet_size(r->stream.data + r->taken, r->stream.size - r->taken);

    assert(frame->size > have);
    assert(whole == 0 || frame->size <= (whole == BROKEN ? 5 : whole));
}

static void take(struct receiver *r)
{
    while (!r->broken) {
        struct mqc_slice there = {r->stream.data + r->taken, r->come - r->taken};
        struct mqc_frame frame = {.version = MQC_V5};
        enum mqc_frame_state state = mqc_frame_read(there, &frame);
        size_t size = packet_size(there.data, there.size);

        assert(state == (size == 0        ? MQC_FRAME_INCOMPLETE
                         : size == BROKEN ? MQC_FRAME_BROKEN
                                          : MQC_FRAME_COMPLETE));
        assert(frame.bytes == there.data && frame.version == MQC_V5);
        assert(frame.type == (there.size > 0 ? there.data[0] >> 4 : 0));
        assert(frame.flags == (there.size > 0 ? there.data[0] & 15 : 0));
        if (state == MQC_FRAME_INCOMPLETE) {
            check_incomplete(r, &frame);
            return;
        }
        r->broken = state == MQC_FRAME_BROKEN;
        assert(frame.size == (r->broken ? 5 : size));
        assert(mqc_frame_body(&frame).size + frame.header_size == frame.size);
        r->taken += frame.size;
    }
}

void mqf_target(struct mqc_slice input)
{
    struct mqf_stream stream = mqf_stream_read(input);
    struct receiver pieces = {.stream = stream.bytes};
    struct receiver whole = {.stream = stream.bytes, .come = stream.bytes.size};

    if (stream.bytes.size == 0)
        return;
    take(&whole);
    do {
        size_t piece = piece_at(stream.pieces, pieces.come);

        pieces.come += piece;
        if (pieces.come > stream.bytes.size)
            pieces.come = stream.bytes.size;
        take(&pieces);
    } while (pieces.come < stream.bytes.size);
    assert(pieces.taken == whole.taken && pieces.broken == whole.broken);
}
