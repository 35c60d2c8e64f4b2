#include "codec/suback.h"

#include <assert.h>

#include "codec/reader.h"
#include "codec/reason.h"

/* 3.1 masks a granted QoS with 3, so that what is above counts as odd only, save for the failure
 * code of later versions. */
static enum mqc_rule rule_of(enum mqc_version version, uint8_t code)
{
    if (version == MQC_V31 && code == 0x80)
        return MQC_RULE_SUBACK_FAILURE;
    if (version == MQC_V31 && (code & 3) == 3)
        return MQC_RULE_SUBACK_QOS;
    return MQC_RULE_SUBACK_CODE;
}

bool mqc_suback_decode(const struct mqc_frame *frame, struct mqc_suback *out,
                       struct mqc_faults *faults)
{
    struct mqc_reader r = mqc_reader_init(frame, faults);

    assert(frame->type == MQC_SUBACK); /* the caller chose this function by type */
    *out =
        (struct mqc_suback){.packet_id = mqc_reader_packet_id(&r, MQC_RULE_SUBACK_PACKET_ID_ZERO)};
    out->properties = mqc_reader_properties(&r, MQC_PLACE_SUBACK);
    out->codes = mqc_reader_rest(&r);
    if (out->codes.size == 0)
        mqc_reader_fault(&r, MQC_RULE_SUBACK_EMPTY, r.end, 0);

    for (size_t i = 0; i < out->codes.size; i++) {
        uint8_t code = out->codes.data[i];

        if (code > 2 && !mqc_reason_allowed(r.version, MQC_SUBACK, MQC_SIDE_UNKNOWN, code))
            mqc_reader_fault(&r, rule_of(r.version, code), out->codes.data + i, 1);
    }
    return !r.failed;
}

void mqc_suback_encode(const struct mqc_suback *suback, enum mqc_version version,
                       struct mqc_writer *writer)
{
    mqc_writer_u16(writer, suback->packet_id);
    if (version >= MQC_V5)
        mqc_writer_properties(writer, suback->properties);
    mqc_writer_bytes(writer, suback->codes);
}
