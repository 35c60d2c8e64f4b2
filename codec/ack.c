#include "codec/ack.h"

#include <assert.h>

#include "codec/reader.h"

/* What the four have of their own; the place of their properties is mqc_place_of(). */
struct code_rules {
    enum mqc_rule code; /* a code that is not in the packet's table */
    enum mqc_rule side; /* one that only the other side sends */
};

static const struct code_rules code_rules[] = {
    [MQC_PUBACK] = {MQC_RULE_PUBACK_CODE, MQC_RULE_PUBACK_CODE_SIDE},
    [MQC_PUBREC] = {MQC_RULE_PUBREC_CODE, MQC_RULE_PUBREC_CODE_SIDE},
    [MQC_PUBREL] = {MQC_RULE_PUBREL_CODE, MQC_RULE_PUBREL_CODE},
    [MQC_PUBCOMP] = {MQC_RULE_PUBCOMP_CODE, MQC_RULE_PUBCOMP_CODE},
};

/*@ requires MQC_PUBACK <= type <= MQC_PUBCOMP;
    assigns \nothing;
    ensures \result.code < MQC_RULE_COUNT && \result.side < MQC_RULE_COUNT; */
static struct code_rules rules_of(enum mqc_type type)
{
    return code_rules[type];
}

/*@ requires mqc_reader_ok(r) && \valid(out) && MQC_READER_APART(r, out);
    requires MQC_PUBACK <= type <= MQC_PUBCOMP;
    assigns MQC_READER_STATE(r), r->properties_seen, r->payload_is_text, *out;
    ensures mqc_reader_part(r, out->properties); */
static bool decode_fields(struct mqc_reader *r, enum mqc_type type, struct mqc_ack *out)
{
    *out = (struct mqc_ack){.packet_id = mqc_reader_packet_id(r, MQC_RULE_ACK_PACKET_ID_ZERO)};
    if (r->version >= MQC_V5 && r->at != r->end) {
        struct code_rules rules = rules_of(type);

        out->has_reason = true;
        out->reason = mqc_reader_reason(r, type, rules.code, rules.side);
        if (r->at != r->end) {
            out->has_properties = true;
            out->properties = mqc_reader_properties(r, mqc_place_of(type));
        }
    }
    return mqc_reader_finish(r);
}

bool mqc_ack_decode(const struct mqc_frame *frame, struct mqc_ack *out, struct mqc_faults *faults)
{
    struct mqc_reader r = mqc_reader_init(frame, faults);

    /* The caller chose this function by type. */
    assert(frame->type >= MQC_PUBACK && frame->type <= MQC_PUBCOMP);
    /*@ assert r.faults == faults; */
    /*@ assert r.start == frame->bytes && r.end == frame->bytes + frame->size; */
    return decode_fields(&r, frame->type, out);
}

void mqc_ack_encode(const struct mqc_ack *ack, enum mqc_version version, struct mqc_writer *writer)
{
    mqc_writer_u16(writer, ack->packet_id);
    if (version >= MQC_V5 && ack->has_reason)
        mqc_writer_u8(writer, ack->reason);
    if (version >= MQC_V5 && ack->has_properties)
        mqc_writer_properties(writer, ack->properties);
}
