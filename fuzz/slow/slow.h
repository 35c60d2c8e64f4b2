/*
 * A second judge of single packets, to hold against the decoder. It is slow and simple on purpose:
 * written from the tables and sections of the standards, field by field, without a look at how the
 * decoder does it, and sharing nothing with the codec but the names of versions, sides and types.
 */
#ifndef MQF_SLOW_H
#define MQF_SLOW_H

#include "codec/slice.h"
#include "codec/type.h"
#include "codec/version.h"

/* What a packet is: in order, against advice (a SHOULD), or against a MUST. */
enum mqf_verdict { MQF_GOOD, MQF_ADVISED_AGAINST, MQF_BAD };

/*
 * Judges `packet`, which is one whole packet by its Remaining Length, or five bytes of which the
 * last four say that Remaining Length goes on. `version` is known.
 */
enum mqf_verdict mqf_slow_judge(struct mqc_slice packet, enum mqc_version version,
                                enum mqc_side from);

/* Text by the grammar of RFC 3629, section 4. */
struct mqf_slow_text {
    bool well_formed;
    bool nul;     /* holds U+0000 */
    bool control; /* holds what v5 section 1.5.4 advises against */
    size_t characters;
};

struct mqf_slow_text mqf_slow_text(struct mqc_slice text);

#endif
