#include "codec/auth.h"

#include <assert.h>

#include "codec/reader.h"

/*@ requires mqc_reader_ok(r) && \valid(out) && MQC_READER_APART(r, out);
    assigns MQC_READER_STATE(r), r->properties_seen, r->payload_is_text, *out;
    ensures mqc_reader_part(r, out->properties); */
static bool decode_fields(struct mqc_reader *r, struct mqc_auth *out)
{
    *out = (struct mqc_auth){.has_reason = true};
    out->reason = mqc_reader_reason(r, MQC_AUTH, MQC_RULE_AUTH_CODE, MQC_RULE_AUTH_CODE);
    out->has_properties = r->at != r->end;
    out->properties = mqc_reader_properties(r, MQC_PLACE_AUTH);
    if (!mqc_reader_saw(r, MQC_AUTHENTICATION_METHOD))
        mqc_reader_fault(r, MQC_RULE_AUTH_METHOD_MISSING, r->at, 0);
    return mqc_reader_finish(r);
}

bool mqc_auth_decode(const struct mqc_frame *frame, struct mqc_auth *out, struct mqc_faults *faults)
{
    struct mqc_reader r = mqc_reader_init(frame, faults);
    bool whole;

    assert(frame->type == MQC_AUTH);  /* the caller chose this function by type */
    assert(frame->version >= MQC_V5); /* before 5.0 the type is reserved: see packet.c */
    if (r.at == r.end) {
        *out = (struct mqc_auth){.reason = 0};
        mqc_reader_fault(&r, MQC_RULE_AUTH_EMPTY, r.end, 0);
        return !r.failed;
    }
    /*@ assert frame->bytes == \at(frame->bytes, Pre) && frame->size == \at(frame->size, Pre); */
    /*@ assert r.faults == faults; */
    /*@ assert r.start == frame->bytes && r.end == frame->bytes + frame->size; */
    whole = decode_fields(&r, out);
    /*@ assert r.start == frame->bytes && r.end == frame->bytes + frame->size; */
    return whole;
}

void mqc_auth_encode(const struct mqc_auth *auth, struct mqc_writer *writer)
{
    if (auth->has_reason)
        mqc_writer_u8(writer, auth->reason);
    if (auth->has_properties)
        mqc_writer_properties(writer, auth->properties);
}
