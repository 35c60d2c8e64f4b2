#include "codec/unsuback.h"

#include <assert.h>

#include "codec/reader.h"
#include "codec/reason.h"

/* The codes, which 5.0 has and the versions before it have not; they are all that is left. */
/*@ requires mqc_reader_ok(reader) && mqc_readable(codes);
    requires mqc_upto(reader->start, codes.data) && codes.data + codes.size == reader->end;
    assigns MQC_READER_STATE(reader);
    ensures mqc_reader_ok(reader); */
static void decode_codes(struct mqc_reader *reader, struct mqc_slice codes)
{
    if (codes.size == 0)
        mqc_reader_fault(reader, MQC_RULE_UNSUBACK_EMPTY, reader->end, 0);
    /*@ loop invariant mqc_reader_ok(reader) && i <= codes.size;
        loop assigns i, MQC_READER_STATE(reader);
        loop variant codes.size - i; */
    for (size_t i = 0; i < codes.size; i++) {
        if (!mqc_reason_allowed(reader->version, MQC_UNSUBACK, MQC_SIDE_UNKNOWN, codes.data[i]))
            mqc_reader_fault(reader, MQC_RULE_UNSUBACK_CODE, codes.data + i, 1);
    }
    reader->at = reader->end;
}

bool mqc_unsuback_decode(const struct mqc_frame *frame, struct mqc_unsuback *out,
                         struct mqc_faults *faults)
{
    struct mqc_reader r = mqc_reader_init(frame, faults);

    /*@ assert r.faults == faults; */
    assert(frame->type == MQC_UNSUBACK); /* the caller chose this function by type */
    *out = (struct mqc_unsuback){.packet_id =
                                     mqc_reader_packet_id(&r, MQC_RULE_SUBACK_PACKET_ID_ZERO)};
    out->properties = mqc_reader_properties(&r, MQC_PLACE_UNSUBACK);
    if (r.version >= MQC_V5) {
        out->codes = mqc_reader_rest(&r);
        decode_codes(&r, out->codes);
    }
    return mqc_reader_finish(&r);
}

void mqc_unsuback_encode(const struct mqc_unsuback *unsuback, enum mqc_version version,
                         struct mqc_writer *writer)
{
    mqc_writer_u16(writer, unsuback->packet_id);
    if (version >= MQC_V5) {
        mqc_writer_properties(writer, unsuback->properties);
        mqc_writer_bytes(writer, unsuback->codes);
    }
}
