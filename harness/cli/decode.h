/*
 * One packet as `mqspec decode` shows it: what was found in the input, and the two ways to write
 * it.
 */
#ifndef MQH_DECODE_H
#define MQH_DECODE_H

#include <stdio.h>

#include "harness/cli/input.h"

#include "codec/packet.h"

struct mqh_decoded {
    enum mqh_input_state state; /* PACKET, BROKEN or INCOMPLETE */
    uint64_t offset;            /* of its first byte, in the input */
    struct mqc_slice bytes;     /* all that are there */
    size_t missing;             /* INCOMPLETE: bytes that it needs at the least */
    enum mqc_version version;
    enum mqc_type type;
    const char *notation;
    const struct mqc_fault *faults; /* notes among them */
    size_t fault_count;
};

/* True for what breaks a rule; a note is odd but allowed. */
bool mqh_decoded_is_fault(const struct mqh_decoded *decoded, const struct mqc_fault *fault);

/*
 * For people: the notation, and in comments behind and under it the version, size, offset and each
 * fault under the bytes it points at. All of it can be given to `mqspec encode`, which skips
 * comments.
 */
void mqh_decoded_write_text(FILE *out, const struct mqh_decoded *decoded);

/* One JSON object on one line; conformance/schema/decode.schema.json describes it. */
void mqh_decoded_write_json(FILE *out, const struct mqh_decoded *decoded);

#endif
