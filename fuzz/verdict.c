/*
 * The decoder says of every packet what a second judge says that was written from the standards
 * alone and knows nothing of the decoder: in order, against advice, or against a MUST.
 */
#include <assert.h>

#include "codec/packet.h"
#include "fuzz/slow/slow.h"
#include "fuzz/target.h"

const enum mqf_form mqf_form = MQF_PACKETS;

#define FAULTS_MAX MQF_INPUT_MAX /* a code of SUBACK each: none is left out */

static enum mqf_verdict judge(const struct mqc_frame *frame)
{
    static struct mqc_fault items[FAULTS_MAX];
    struct mqc_faults faults = {.items = items, .capacity = FAULTS_MAX};
    struct mqc_packet packet;
    enum mqf_verdict worst = MQF_GOOD;

    mqc_packet_decode(frame, &packet, &faults);
    for (size_t i = 0; i < mqc_faults_stored(&faults); i++) {
        enum mqc_level level = mqc_rule_in(items[i].rule, frame->version)->level;

        if (level == MQC_MUST)
            return MQF_BAD;
        if (level == MQC_SHOULD)
            worst = MQF_ADVISED_AGAINST;
    }
    return worst;
}

void mqf_target(struct mqc_slice input)
{
    struct mqf_stream stream = mqf_stream_read(input);
    struct mqc_frame frame = {.version = stream.version, .from = stream.from};

    if (mqc_frame_read(stream.bytes, &frame) != MQC_FRAME_INCOMPLETE)
        assert(judge(&frame) == mqf_slow_judge((struct mqc_slice){frame.bytes, frame.size},
                                               frame.version, frame.from));
}
