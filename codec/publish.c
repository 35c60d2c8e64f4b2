#include "codec/publish.h"

#include <assert.h>

#include "codec/reader.h"

enum {
    FLAG_RETAIN = 0x01,
    FLAG_QOS_SHIFT = 1,
    FLAG_DUP = 0x08,
};

static const struct mqc_name_rules topic_rules = {MQC_RULE_TOPIC_UTF8, MQC_RULE_TOPIC_NUL,
                                                  MQC_RULE_TOPIC_WILDCARD};

static const enum mqc_rule id_rules[] = {
    [MQC_SIDE_UNKNOWN] = MQC_RULE_PACKET_ID_ZERO,
    [MQC_CLIENT] = MQC_RULE_CLIENT_PACKET_ID_ZERO,
    [MQC_SERVER] = MQC_RULE_SERVER_PACKET_ID_ZERO,
};

/* What DUP and QoS may not be. */
/*@ requires mqc_reader_ok(reader) && mqc_upto(reader->start + 1, reader->end);
    assigns MQC_READER_STATE(reader);
    ensures mqc_reader_ok(reader) && mqc_upto(\old(reader->at), reader->at); */
static void check_flags(struct mqc_reader *reader, uint8_t qos, bool dup)
{
    mqc_reader_require(reader, qos != 3, MQC_RULE_PUBLISH_QOS);
    mqc_reader_require(reader, qos != 0 || !dup, MQC_RULE_PUBLISH_DUP);
}

/* Only a Topic Alias allows for an empty Topic Name. */
/*@ requires mqc_reader_ok(reader);
    requires topic.size == 0 ==> mqc_reader_span(reader, topic.data - 2, 2);
    assigns MQC_READER_STATE(reader);
    ensures mqc_reader_ok(reader) && mqc_upto(\old(reader->at), reader->at); */
static void check_topic(struct mqc_reader *reader, struct mqc_slice topic)
{
    if (topic.size == 0 && !mqc_reader_saw(reader, MQC_TOPIC_ALIAS))
        mqc_reader_fault_empty(reader, MQC_RULE_TOPIC_EMPTY, topic);
}

/* With Payload Format Indicator 1 the payload is text (v5 X5-3.3.2.3.2-1). */
/*@ requires mqc_reader_ok(reader) && mqc_reader_holds(reader, payload) && mqc_readable(payload);
    assigns MQC_READER_STATE(reader);
    ensures mqc_reader_ok(reader); */
static void check_format(struct mqc_reader *reader, struct mqc_slice payload)
{
    if (reader->payload_is_text && !mqc_utf8_is_well_formed(payload))
        mqc_reader_ill_formed(reader, MQC_RULE_PUBLISH_FORMAT, payload);
}

/*@ requires mqc_reader_ok(r) && \valid(out) && MQC_READER_APART(r, out);
    requires mqc_upto(r->start + 1, r->end);
    assigns MQC_READER_STATE(r), r->properties_seen, r->payload_is_text, *out;
    ensures mqc_reader_part(r, out->topic) && mqc_reader_part(r, out->properties) &&
            mqc_reader_part(r, out->payload); */
static void decode_fields(struct mqc_reader *r, uint8_t flags, struct mqc_publish *out)
{
    *out = (struct mqc_publish){
        .dup = (flags & FLAG_DUP) != 0,
        .retain = (flags & FLAG_RETAIN) != 0,
        .qos = flags >> FLAG_QOS_SHIFT & 3,
    };
    check_flags(r, out->qos, out->dup);
    out->topic = mqc_reader_name(r, &topic_rules);
    if (out->qos > 0)
        out->packet_id = mqc_reader_packet_id(r, id_rules[r->from]);
    out->properties = mqc_reader_properties(r, MQC_PLACE_PUBLISH);
    check_topic(r, out->topic);
    out->payload = mqc_reader_rest(r);
    check_format(r, out->payload);
}

bool mqc_publish_decode(const struct mqc_frame *frame, struct mqc_publish *out,
                        struct mqc_faults *faults)
{
    struct mqc_reader r = mqc_reader_init(frame, faults);

    assert(frame->type == MQC_PUBLISH); /* the caller chose this function by type */
    /*@ assert r.faults == faults; */
    /*@ assert r.start == frame->bytes && r.end == frame->bytes + frame->size; */
    decode_fields(&r, frame->flags, out);
    return !r.failed;
}

uint8_t mqc_publish_flags(const struct mqc_publish *publish)
{
    return (uint8_t)((publish->dup ? FLAG_DUP : 0) | (publish->qos & 3) << FLAG_QOS_SHIFT |
                     (publish->retain ? FLAG_RETAIN : 0));
}

void mqc_publish_encode(const struct mqc_publish *publish, enum mqc_version version,
                        struct mqc_writer *writer)
{
    mqc_writer_string(writer, publish->topic);
    if (publish->qos > 0)
        mqc_writer_u16(writer, publish->packet_id);
    if (version >= MQC_V5)
        mqc_writer_properties(writer, publish->properties);
    mqc_writer_bytes(writer, publish->payload);
}
