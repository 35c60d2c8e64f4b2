#include "codec/suback.h"

#include <assert.h>

#include "codec/reader.h"
#include "codec/reason.h"

/* 3.1 masks a granted QoS with 3, so that what is above counts as odd only, save for the failure
 * code of later versions. */
/*@ assigns \nothing;
    ensures \result < MQC_RULE_COUNT; */
static enum mqc_rule rule_of(enum mqc_version version, uint8_t code)
{
    if (version == MQC_V31 && code == 0x80)
        return MQC_RULE_SUBACK_FAILURE;
    if (version == MQC_V31 && (code & 3) == 3)
        return MQC_RULE_SUBACK_QOS;
    return MQC_RULE_SUBACK_CODE;
}

/* The codes, which are all that is left of the packet. */
/*@ requires mqc_reader_ok(reader) && mqc_readable(codes);
    requires mqc_upto(reader->start, codes.data) && codes.data + codes.size == reader->end;
    assigns MQC_READER_STATE(reader);
    ensures mqc_reader_ok(reader); */
static void check_codes(struct mqc_reader *reader, struct mqc_slice codes)
{
    if (codes.size == 0)
        mqc_reader_fault(reader, MQC_RULE_SUBACK_EMPTY, reader->end, 0);

    /*@ loop invariant mqc_reader_ok(reader) && i <= codes.size;
        loop assigns i, MQC_READER_STATE(reader);
        loop variant codes.size - i; */
    for (size_t i = 0; i < codes.size; i++) {
        uint8_t code = codes.data[i];

        if (code > 2 && !mqc_reason_allowed(reader->version, MQC_SUBACK, MQC_SIDE_UNKNOWN, code))
            mqc_reader_fault(reader, rule_of(reader->version, code), codes.data + i, 1);
    }
}

bool mqc_suback_decode(const struct mqc_frame *frame, struct mqc_suback *out,
                       struct mqc_faults *faults)
{
    struct mqc_reader r = mqc_reader_init(frame, faults);

    /*@ assert r.faults == faults; */
    assert(frame->type == MQC_SUBACK); /* the caller chose this function by type */
    *out =
        (struct mqc_suback){.packet_id = mqc_reader_packet_id(&r, MQC_RULE_SUBACK_PACKET_ID_ZERO)};
    out->properties = mqc_reader_properties(&r, MQC_PLACE_SUBACK);
    out->codes = mqc_reader_rest(&r);
    check_codes(&r, out->codes);
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
