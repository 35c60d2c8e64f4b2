/*
 * What the decoders and encoders of the packets' bodies have in common; each has a header named
 * for its packet.
 *
 * A decoder reads the body of `frame`, whose type the caller has looked at and whose version is
 * known. It fills `*out` whole: what could not be read is 0 or empty, and the slices lie in the
 * frame's bytes and live as long as they do. Faults are added to `*faults`, which may not be NULL.
 * False when the body could not be read to its end.
 */
#ifndef MQC_BODY_H
#define MQC_BODY_H

#include "codec/fault.h"
#include "codec/frame.h"
#include "codec/writer.h"

/* For the proofs: what a decoder needs, what it changes, and where its slices lie. */
/*@ predicate mqc_body_ok(struct mqc_frame *frame, struct mqc_faults *faults) =
        mqc_frame_ok(frame) && mqc_faults_ok(faults) &&
        \separated(frame, faults, faults->items + (0 .. faults->capacity - 1),
                   frame->bytes + (0 .. frame->size - 1));
    predicate mqc_in_packet(struct mqc_slice s, struct mqc_frame *frame) =
        s.size == 0 || (mqc_upto(frame->bytes, s.data) &&
                        mqc_upto(s.data + s.size, frame->bytes + frame->size)); */

/* clang-format off */
#define MQC_BODY_APART(out, frame, faults)                                                         \
    \separated(out, frame, faults, (faults)->items + (0 .. (faults)->capacity - 1),                \
               (frame)->bytes + (0 .. (frame)->size - 1))
#define MQC_BODY_STATE(out, faults)                                                                \
    *(out), (faults)->count, (faults)->items[0 .. (faults)->capacity - 1]
/* clang-format on */

#endif
