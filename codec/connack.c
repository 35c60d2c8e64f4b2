#include "codec/connack.h"

#include <assert.h>

#include "codec/reader.h"
#include "codec/reason.h"

enum { SESSION_PRESENT = 0x01 };

/*@ requires mqc_reader_ok(r);
    assigns MQC_READER_STATE(r);
    ensures mqc_reader_ok(r) && mqc_upto(\old(r->at), r->at);
    ensures \old(r->failed) ==> r->failed;
    ensures r->failed || r->at == \old(r->at) + 1; */
static uint8_t decode_flags(struct mqc_reader *r)
{
    const uint8_t *at = r->at;
    uint8_t flags = mqc_reader_u8(r);

    if ((flags & ~SESSION_PRESENT) != 0)
        mqc_reader_fault(r, MQC_RULE_CONNACK_FLAGS, at, 1);
    return flags;
}

/*@ requires mqc_reader_ok(r);
    assigns MQC_READER_STATE(r);
    ensures mqc_reader_ok(r) && mqc_upto(\old(r->at), r->at);
    ensures \old(r->failed) ==> r->failed;
    ensures r->failed || r->at == \old(r->at) + 1; */
static uint8_t decode_code(struct mqc_reader *r)
{
    const uint8_t *at = r->at;
    uint8_t code = mqc_reader_u8(r);

    if (!mqc_reason_allowed(r->version, MQC_CONNACK, MQC_SIDE_UNKNOWN, code))
        mqc_reader_fault(r, MQC_RULE_CONNACK_CODE, at, 1);
    return code;
}

/*@ requires mqc_reader_ok(r) && \valid(out) && MQC_READER_APART(r, out);
    assigns MQC_READER_STATE(r), r->properties_seen, r->payload_is_text, *out;
    ensures mqc_reader_part(r, out->properties); */
static bool decode_fields(struct mqc_reader *r, struct mqc_connack *out)
{
    const uint8_t *body = r->at;

    *out = (struct mqc_connack){.flags = decode_flags(r)};
    out->reason = decode_code(r);
    if (out->reason != 0 && (out->flags & SESSION_PRESENT) != 0)
        mqc_reader_fault(r, MQC_RULE_CONNACK_SESSION_PRESENT, body, 1);
    out->properties = mqc_reader_properties(r, MQC_PLACE_CONNACK);
    return mqc_reader_finish_as(r, MQC_RULE_CONNACK_SURPLUS);
}

bool mqc_connack_decode(const struct mqc_frame *frame, struct mqc_connack *out,
                        struct mqc_faults *faults)
{
    struct mqc_reader r = mqc_reader_init(frame, faults);

    assert(frame->type == MQC_CONNACK); /* the caller chose this function by type */
    /*@ assert r.faults == faults; */
    /*@ assert r.start == frame->bytes && r.end == frame->bytes + frame->size; */
    return decode_fields(&r, out);
}

void mqc_connack_encode(const struct mqc_connack *connack, enum mqc_version version,
                        struct mqc_writer *writer)
{
    mqc_writer_u8(writer, connack->flags);
    mqc_writer_u8(writer, connack->reason);
    if (version >= MQC_V5)
        mqc_writer_properties(writer, connack->properties);
}
