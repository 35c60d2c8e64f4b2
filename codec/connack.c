#include "codec/connack.h"

#include <assert.h>

#include "codec/reader.h"
#include "codec/reason.h"

enum { SESSION_PRESENT = 0x01 };

bool mqc_connack_decode(const struct mqc_frame *frame, struct mqc_connack *out,
                        struct mqc_faults *faults)
{
    struct mqc_reader r = mqc_reader_init(frame, faults);
    const uint8_t *body = r.at;

    assert(frame->type == MQC_CONNACK); /* the caller chose this function by type */
    *out = (struct mqc_connack){.flags = mqc_reader_u8(&r)};
    if ((out->flags & ~SESSION_PRESENT) != 0)
        mqc_reader_fault(&r, MQC_RULE_CONNACK_FLAGS, body, 1);
    out->reason = mqc_reader_u8(&r);
    if (!mqc_reason_allowed(r.version, MQC_CONNACK, MQC_SIDE_UNKNOWN, out->reason))
        mqc_reader_fault(&r, MQC_RULE_CONNACK_CODE, body + 1, 1);
    if (out->reason != 0 && (out->flags & SESSION_PRESENT) != 0)
        mqc_reader_fault(&r, MQC_RULE_CONNACK_SESSION_PRESENT, body, 1);
    out->properties = mqc_reader_properties(&r, MQC_PLACE_CONNACK);
    return mqc_reader_finish_as(&r, MQC_RULE_CONNACK_SURPLUS);
}

void mqc_connack_encode(const struct mqc_connack *connack, enum mqc_version version,
                        struct mqc_writer *writer)
{
    mqc_writer_u8(writer, connack->flags);
    mqc_writer_u8(writer, connack->reason);
    if (version >= MQC_V5)
        mqc_writer_properties(writer, connack->properties);
}
