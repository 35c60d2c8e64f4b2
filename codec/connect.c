#include "codec/connect.h"

#include <assert.h>

#include "codec/reader.h"

enum {
    V31_CLIENT_ID_MAX = 23,   /* characters */
    V31_CREDENTIALS_MAX = 12, /* characters */
};

static const struct mqc_name_rules will_topic_rules = {
    MQC_RULE_WILL_TOPIC_UTF8, MQC_RULE_WILL_TOPIC_NUL, MQC_RULE_WILL_TOPIC_WILDCARD};

static const uint8_t v31_name[] = "MQIsdp";
static const uint8_t later_name[] = "MQTT";

/* The protocol name of a version, without the final NUL. */
/*@ assigns \nothing;
    ensures mqc_readable(\result); */
static struct mqc_slice name_of(enum mqc_version version)
{
    if (version == MQC_V31)
        return (struct mqc_slice){v31_name, sizeof v31_name - 1};
    return (struct mqc_slice){later_name, sizeof later_name - 1};
}

enum mqc_version mqc_connect_version(struct mqc_slice name, uint8_t level)
{
    enum mqc_version version = level == 3   ? MQC_V31
                               : level == 4 ? MQC_V311
                               : level == 5 ? MQC_V5
                                            : MQC_VERSION_UNKNOWN;

    if (version == MQC_VERSION_UNKNOWN || !mqc_slice_equal(name, name_of(version)))
        return MQC_VERSION_UNKNOWN;
    return version;
}

enum mqc_version mqc_connect_peek(const struct mqc_frame *frame)
{
    struct mqc_slice body = mqc_frame_body(frame);
    enum mqc_version version = MQC_VERSION_UNKNOWN;

    if (body.size >= 3) {
        size_t size = mqc_u16_at(body.data);

        if (size <= body.size - 3)
            version =
                mqc_connect_version((struct mqc_slice){body.data + 2, size}, body.data[2 + size]);
    }
    return version != MQC_VERSION_UNKNOWN ? version : MQC_V311;
}

/* A wrong name is noted and the packet read on as the version's. */
/*@ requires mqc_reader_ok(r);
    assigns MQC_READER_STATE(r);
    ensures mqc_reader_ok(r) && mqc_upto(\old(r->at), r->at);
    ensures \old(r->failed) ==> r->failed;
    ensures mqc_reader_part(r, \result); */
static struct mqc_slice decode_protocol_name(struct mqc_reader *r)
{
    const uint8_t *at = r->at;
    struct mqc_slice name = mqc_reader_counted(r, MQC_RULE_STRING_SHORT);

    if (!mqc_slice_equal(name, name_of(r->version)))
        mqc_reader_fault(r, MQC_RULE_PROTOCOL_NAME, at, 2 + name.size);
    return name;
}

/* So is a wrong level. */
/*@ requires mqc_reader_ok(r);
    assigns MQC_READER_STATE(r);
    ensures mqc_reader_ok(r) && mqc_upto(\old(r->at), r->at);
    ensures \old(r->failed) ==> r->failed; */
static uint8_t decode_protocol_level(struct mqc_reader *r)
{
    const uint8_t *at = r->at;
    uint8_t level = mqc_reader_u8(r);

    if (level != r->version)
        mqc_reader_fault(r, MQC_RULE_PROTOCOL_LEVEL, at, 1);
    return level;
}

/*@ requires mqc_reader_ok(r);
    assigns MQC_READER_STATE(r);
    ensures mqc_reader_ok(r) && mqc_upto(\old(r->at), r->at);
    ensures \old(r->failed) ==> r->failed; */
static uint8_t decode_flags(struct mqc_reader *r)
{
    const uint8_t *at = r->at;
    uint8_t flags = mqc_reader_u8(r);

    if ((flags & MQC_CONNECT_RESERVED) != 0)
        mqc_reader_fault(r, MQC_RULE_CONNECT_FLAGS, at, 1);
    if ((flags & MQC_CONNECT_WILL) != 0) {
        if ((flags & MQC_CONNECT_WILL_QOS) == MQC_CONNECT_WILL_QOS)
            mqc_reader_fault(r, MQC_RULE_WILL_QOS, at, 1);
    } else {
        if ((flags & MQC_CONNECT_WILL_QOS) != 0)
            mqc_reader_fault(r, MQC_RULE_WILL_QOS_ALONE, at, 1);
        if ((flags & MQC_CONNECT_WILL_RETAIN) != 0)
            mqc_reader_fault(r, MQC_RULE_WILL_RETAIN_ALONE, at, 1);
    }
    if ((flags & MQC_CONNECT_PASSWORD) != 0 && (flags & MQC_CONNECT_USER_NAME) == 0)
        mqc_reader_fault(r, MQC_RULE_PASSWORD_ALONE, at, 1);
    return flags;
}

/* Authentication Data is for a method, which has to be named. */
/*@ requires mqc_reader_ok(r) && mqc_reader_part(r, properties);
    assigns MQC_READER_STATE(r);
    ensures mqc_reader_ok(r) && mqc_upto(\old(r->at), r->at);
    ensures \old(r->failed) ==> r->failed; */
static void check_authentication(struct mqc_reader *r, struct mqc_slice properties)
{
    struct mqc_property data;

    if (mqc_reader_saw(r, MQC_AUTHENTICATION_DATA) &&
        !mqc_reader_saw(r, MQC_AUTHENTICATION_METHOD) &&
        mqc_property_get(properties, MQC_AUTHENTICATION_DATA, 0, &data))
        mqc_reader_fault(r, MQC_RULE_AUTHENTICATION_METHOD_MISSING, data.value.data - 3,
                         3 + data.value.size);
}

/*@ requires mqc_reader_ok(r);
    assigns MQC_READER_STATE(r);
    ensures mqc_reader_ok(r) && mqc_upto(\old(r->at), r->at);
    ensures \old(r->failed) ==> r->failed;
    ensures mqc_reader_part(r, \result); */
static struct mqc_slice decode_client_id(struct mqc_reader *r, bool clean)
{
    struct mqc_slice id;

    mqc_reader_expect(r, MQC_RULE_CLIENT_ID_MISSING);
    id = mqc_reader_string(r, MQC_RULE_CLIENT_ID_UTF8, MQC_RULE_CLIENT_ID_NUL);
    if (id.size == 0) {
        mqc_reader_fault_empty(r, MQC_RULE_CLIENT_ID_LENGTH, id);
        if (!clean)
            mqc_reader_fault_empty(r, MQC_RULE_CLIENT_ID_EMPTY, id);
    } else if (id.size > V31_CLIENT_ID_MAX && mqc_utf8_count(id) > V31_CLIENT_ID_MAX) {
        mqc_reader_fault(r, MQC_RULE_CLIENT_ID_LENGTH, id.data, id.size);
    }
    return id;
}

/*@ requires mqc_reader_ok(r);
    assigns MQC_READER_STATE(r);
    ensures mqc_reader_ok(r) && mqc_upto(\old(r->at), r->at);
    ensures \old(r->failed) ==> r->failed;
    ensures mqc_reader_part(r, \result); */
static struct mqc_slice decode_will_topic(struct mqc_reader *r)
{
    struct mqc_slice topic;

    mqc_reader_expect(r, MQC_RULE_WILL_TOPIC_MISSING);
    topic = mqc_reader_name(r, &will_topic_rules);
    if (topic.size == 0)
        mqc_reader_fault_empty(r, MQC_RULE_WILL_TOPIC_EMPTY, topic);
    return topic;
}

/*@ requires mqc_reader_ok(r);
    assigns MQC_READER_STATE(r);
    ensures mqc_reader_ok(r) && mqc_upto(\old(r->at), r->at);
    ensures \old(r->failed) ==> r->failed;
    ensures mqc_reader_part(r, \result); */
static struct mqc_slice decode_will_payload(struct mqc_reader *r)
{
    struct mqc_slice payload;

    mqc_reader_expect(r, MQC_RULE_WILL_PAYLOAD_MISSING);
    payload = mqc_reader_binary(r);
    if (r->payload_is_text && !mqc_utf8_is_well_formed(payload))
        mqc_reader_ill_formed(r, MQC_RULE_WILL_FORMAT, payload);
    return payload;
}

/*@ requires mqc_reader_ok(r) && \valid(out) && MQC_READER_APART(r, out);
    assigns MQC_READER_STATE(r), r->properties_seen, r->payload_is_text,
            out->will_properties, out->will_topic, out->will_payload;
    ensures mqc_reader_ok(r) && mqc_upto(\old(r->at), r->at);
    ensures \old(r->failed) ==> r->failed;
    ensures mqc_reader_part(r, out->will_properties) && mqc_reader_part(r, out->will_topic) &&
            mqc_reader_part(r, out->will_payload); */
static void decode_will(struct mqc_reader *r, struct mqc_connect *out)
{
    out->will_properties = mqc_reader_properties(r, MQC_PLACE_WILL);
    out->will_topic = decode_will_topic(r);
    out->will_payload = decode_will_payload(r);
}

/* Whether a field that its flag announces is to be read: in 3.1 the packet's end wins over the
 * flag (v31 X31-3.1-8). */
/*@ requires mqc_reader_ok(r) && missing < MQC_RULE_COUNT;
    assigns MQC_READER_STATE(r);
    ensures mqc_reader_ok(r) && mqc_upto(\old(r->at), r->at);
    ensures \old(r->failed) ==> r->failed; */
static bool has_field(struct mqc_reader *r, bool announced, enum mqc_rule missing)
{
    if (!announced || (r->version == MQC_V31 && r->at == r->end))
        return false;
    mqc_reader_expect(r, missing);
    return !r->failed;
}

/*@ requires mqc_reader_ok(r) && mqc_reader_holds(r, text);
    assigns MQC_READER_STATE(r);
    ensures mqc_reader_ok(r) && mqc_upto(\old(r->at), r->at);
    ensures \old(r->failed) ==> r->failed; */
static void check_credential(struct mqc_reader *r, struct mqc_slice text)
{
    if (text.size > V31_CREDENTIALS_MAX && mqc_utf8_count(text) > V31_CREDENTIALS_MAX)
        mqc_reader_fault(r, MQC_RULE_CREDENTIALS_LENGTH, text.data, text.size);
}

/*@ requires mqc_reader_ok(r) && \valid(out) && MQC_READER_APART(r, out);
    requires out->user_name.size == 0 && out->password.size == 0;
    assigns MQC_READER_STATE(r), out->user_name, out->has_user_name, out->password,
            out->has_password;
    ensures mqc_reader_ok(r) && mqc_upto(\old(r->at), r->at);
    ensures \old(r->failed) ==> r->failed;
    ensures mqc_reader_part(r, out->user_name) && mqc_reader_part(r, out->password); */
static void decode_credentials(struct mqc_reader *r, struct mqc_connect *out)
{
    if (has_field(r, (out->flags & MQC_CONNECT_USER_NAME) != 0, MQC_RULE_USER_NAME_MISSING)) {
        out->user_name = mqc_reader_string(r, MQC_RULE_USER_NAME_UTF8, MQC_RULE_USER_NAME_NUL);
        out->has_user_name = !r->failed;
        check_credential(r, out->user_name);
    }
    if (has_field(r, (out->flags & MQC_CONNECT_PASSWORD) != 0, MQC_RULE_PASSWORD_MISSING)) {
        out->password = mqc_reader_binary(r);
        out->has_password = !r->failed;
        check_credential(r, out->password);
    }
}

/* The rule that bytes behind the last field break: they may be a field without its flag. */
/*@ assigns \nothing;
    ensures \result < MQC_RULE_COUNT; */
static enum mqc_rule surplus_rule(uint8_t flags)
{
    if ((flags & MQC_CONNECT_PASSWORD) != 0)
        return MQC_RULE_SURPLUS;
    return (flags & MQC_CONNECT_USER_NAME) != 0 ? MQC_RULE_PASSWORD_UNANNOUNCED
                                                : MQC_RULE_USER_NAME_UNANNOUNCED;
}

/*@ requires mqc_reader_ok(r) && \valid(out) && MQC_READER_APART(r, out);
    assigns MQC_READER_STATE(r), r->properties_seen, r->payload_is_text, *out;
    ensures mqc_reader_part(r, out->protocol_name) && mqc_reader_part(r, out->properties) &&
            mqc_reader_part(r, out->client_id) && mqc_reader_part(r, out->will_properties) &&
            mqc_reader_part(r, out->will_topic) && mqc_reader_part(r, out->will_payload) &&
            mqc_reader_part(r, out->user_name) && mqc_reader_part(r, out->password); */
static bool decode_fields(struct mqc_reader *r, struct mqc_connect *out)
{
    *out = (struct mqc_connect){.protocol_name = decode_protocol_name(r)};
    out->protocol_level = decode_protocol_level(r);
    out->flags = decode_flags(r);
    out->keep_alive = mqc_reader_u16(r);
    out->properties = mqc_reader_properties(r, MQC_PLACE_CONNECT);
    check_authentication(r, out->properties);
    out->client_id = decode_client_id(r, (out->flags & MQC_CONNECT_CLEAN) != 0);
    if ((out->flags & MQC_CONNECT_WILL) != 0)
        decode_will(r, out);
    decode_credentials(r, out);
    return mqc_reader_finish_as(r, surplus_rule(out->flags));
}

bool mqc_connect_decode(const struct mqc_frame *frame, struct mqc_connect *out,
                        enum mqc_version *version, struct mqc_faults *faults)
{
    struct mqc_reader r = mqc_reader_init(frame, faults);
    bool whole;

    assert(frame->type == MQC_CONNECT); /* the caller chose this function by type */
    /*@ assert frame->bytes == \at(frame->bytes, Pre) && frame->size == \at(frame->size, Pre); */
    /*@ assert r.faults == faults; */
    /*@ assert r.start == frame->bytes && r.end == frame->bytes + frame->size; */
    *version = frame->version != MQC_VERSION_UNKNOWN ? frame->version : mqc_connect_peek(frame);
    r.version = *version;
    whole = decode_fields(&r, out);
    /*@ assert r.start == frame->bytes && r.end == frame->bytes + frame->size; */
    return whole;
}

void mqc_connect_encode(const struct mqc_connect *connect, enum mqc_version version,
                        struct mqc_writer *writer)
{
    mqc_writer_string(writer, connect->protocol_name);
    mqc_writer_u8(writer, connect->protocol_level);
    mqc_writer_u8(writer, connect->flags);
    mqc_writer_u16(writer, connect->keep_alive);
    if (version >= MQC_V5)
        mqc_writer_properties(writer, connect->properties);
    mqc_writer_string(writer, connect->client_id);
    if ((connect->flags & MQC_CONNECT_WILL) != 0) {
        if (version >= MQC_V5)
            mqc_writer_properties(writer, connect->will_properties);
        mqc_writer_string(writer, connect->will_topic);
        mqc_writer_string(writer, connect->will_payload);
    }
    if (connect->has_user_name)
        mqc_writer_string(writer, connect->user_name);
    if (connect->has_password)
        mqc_writer_string(writer, connect->password);
}
