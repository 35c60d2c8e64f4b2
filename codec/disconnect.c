#include "codec/disconnect.h"

#include <assert.h>

#include "codec/reader.h"

bool mqc_disconnect_decode(const struct mqc_frame *frame, struct mqc_disconnect *out,
                           struct mqc_faults *faults)
{
    struct mqc_reader r = mqc_reader_init(frame, faults);

    assert(frame->type == MQC_DISCONNECT); /* the caller chose this function by type */
    *out = (struct mqc_disconnect){.reason = 0};
    if (r.version >= MQC_V5 && r.at != r.end) {
        out->has_reason = true;
        out->reason = mqc_reader_reason(&r, MQC_DISCONNECT, MQC_RULE_DISCONNECT_CODE,
                                        MQC_RULE_DISCONNECT_CODE_SIDE);
    }
    if (out->has_reason && r.at != r.end) {
        out->has_properties = true;
        out->properties = mqc_reader_properties(&r, MQC_PLACE_DISCONNECT);
    }
    return mqc_reader_finish_as(&r, MQC_RULE_DISCONNECT_SURPLUS);
}

void mqc_disconnect_encode(const struct mqc_disconnect *disconnect, enum mqc_version version,
                           struct mqc_writer *writer)
{
    if (version >= MQC_V5 && disconnect->has_reason)
        mqc_writer_u8(writer, disconnect->reason);
    if (version >= MQC_V5 && disconnect->has_properties)
        mqc_writer_properties(writer, disconnect->properties);
}
