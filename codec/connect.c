#include "codec/connect.h"

#include <assert.h>

#include "codec/reader.h"

enum {
    V31_CLIENT_ID_MAX = 23,   /* characters */
    V31_CREDENTIALS_MAX = 12, /* characters */
};

static const struct mqc_name_rules will_topic_rules = {
    MQC_RULE_WILL_TOPIC_UTF8, MQC_RULE_WILL_TOPIC_NUL, MQC_RULE_WILL_TOPIC_WILDCARD};

static struct mqc_slice name_of(enum mqc_version version)
{
    return mqc_slice_text(version == MQC_V31 ? "MQIsdp" : "MQTT");
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

/* Protocol name and level. A wrong one is noted and the packet read on as the version's. */
static void decode_protocol(struct mqc_reader *r, struct mqc_connect *out)
{
    const uint8_t *at = r->at;

    out->protocol_name = mqc_reader_counted(r, MQC_RULE_STRING_SHORT);
    if (!mqc_slice_equal(out->protocol_name, name_of(r->version)))
        mqc_reader_fault(r, MQC_RULE_PROTOCOL_NAME, at, 2 + out->protocol_name.size);
    at = r->at;
    out->protocol_level = mqc_reader_u8(r);
    if (out->protocol_level != r->version)
        mqc_reader_fault(r, MQC_RULE_PROTOCOL_LEVEL, at, 1);
}

static void decode_flags(struct mqc_reader *r, struct mqc_connect *out)
{
    const uint8_t *at = r->at;
    uint8_t flags = mqc_reader_u8(r);

    out->flags = flags;
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
}

static void decode_properties(struct mqc_reader *r, struct mqc_connect *out)
{
    struct mqc_property data;

    out->properties = mqc_reader_properties(r, MQC_PLACE_CONNECT);
    if (mqc_reader_saw(r, MQC_AUTHENTICATION_DATA) &&
        !mqc_reader_saw(r, MQC_AUTHENTICATION_METHOD) &&
        mqc_property_get(out->properties, MQC_AUTHENTICATION_DATA, 0, &data))
        mqc_reader_fault(r, MQC_RULE_AUTHENTICATION_METHOD_MISSING, data.value.data - 3,
                         3 + data.value.size);
}

static void decode_client_id(struct mqc_reader *r, struct mqc_connect *out)
{
    mqc_reader_expect(r, MQC_RULE_CLIENT_ID_MISSING);
    out->client_id = mqc_reader_string(r, MQC_RULE_CLIENT_ID_UTF8, MQC_RULE_CLIENT_ID_NUL);
    if (out->client_id.size == 0) {
        mqc_reader_fault_empty(r, MQC_RULE_CLIENT_ID_LENGTH, out->client_id);
        if ((out->flags & MQC_CONNECT_CLEAN) == 0)
            mqc_reader_fault_empty(r, MQC_RULE_CLIENT_ID_EMPTY, out->client_id);
    } else if (out->client_id.size > V31_CLIENT_ID_MAX &&
               mqc_utf8_count(out->client_id) > V31_CLIENT_ID_MAX) {
        mqc_reader_fault(r, MQC_RULE_CLIENT_ID_LENGTH, out->client_id.data, out->client_id.size);
    }
}

static void decode_will(struct mqc_reader *r, struct mqc_connect *out)
{
    bool is_text;

    out->will_properties = mqc_reader_properties(r, MQC_PLACE_WILL);
    is_text = r->payload_is_text;

    mqc_reader_expect(r, MQC_RULE_WILL_TOPIC_MISSING);
    out->will_topic = mqc_reader_name(r, &will_topic_rules);
    if (out->will_topic.size == 0)
        mqc_reader_fault_empty(r, MQC_RULE_WILL_TOPIC_EMPTY, out->will_topic);

    mqc_reader_expect(r, MQC_RULE_WILL_PAYLOAD_MISSING);
    out->will_payload = mqc_reader_binary(r);
    if (is_text && !mqc_utf8_is_well_formed(out->will_payload))
        mqc_reader_ill_formed(r, MQC_RULE_WILL_FORMAT, out->will_payload);
}

/* Whether a field that its flag announces is to be read: in 3.1 the packet's end wins over the
 * flag (v31 X31-3.1-8). */
static bool has_field(struct mqc_reader *r, const struct mqc_connect *out,
                      enum mqc_connect_flag flag, enum mqc_rule missing)
{
    if ((out->flags & flag) == 0 || (r->version == MQC_V31 && r->at == r->end))
        return false;
    mqc_reader_expect(r, missing);
    return !r->failed;
}

static void check_credential(struct mqc_reader *r, struct mqc_slice text)
{
    if (text.size > V31_CREDENTIALS_MAX && mqc_utf8_count(text) > V31_CREDENTIALS_MAX)
        mqc_reader_fault(r, MQC_RULE_CREDENTIALS_LENGTH, text.data, text.size);
}

static void decode_credentials(struct mqc_reader *r, struct mqc_connect *out)
{
    if (has_field(r, out, MQC_CONNECT_USER_NAME, MQC_RULE_USER_NAME_MISSING)) {
        out->user_name = mqc_reader_string(r, MQC_RULE_USER_NAME_UTF8, MQC_RULE_USER_NAME_NUL);
        out->has_user_name = !r->failed;
        check_credential(r, out->user_name);
    }
    if (has_field(r, out, MQC_CONNECT_PASSWORD, MQC_RULE_PASSWORD_MISSING)) {
        out->password = mqc_reader_binary(r);
        out->has_password = !r->failed;
        check_credential(r, out->password);
    }
}

/* The rule that bytes behind the last field break: they may be a field without its flag. */
static enum mqc_rule surplus_rule(uint8_t flags)
{
    if ((flags & MQC_CONNECT_PASSWORD) != 0)
        return MQC_RULE_SURPLUS;
    return (flags & MQC_CONNECT_USER_NAME) != 0 ? MQC_RULE_PASSWORD_UNANNOUNCED
                                                : MQC_RULE_USER_NAME_UNANNOUNCED;
}

bool mqc_connect_decode(const struct mqc_frame *frame, struct mqc_connect *out,
                        enum mqc_version *version, struct mqc_faults *faults)
{
    struct mqc_reader r = mqc_reader_init(frame, faults);

    assert(frame->type == MQC_CONNECT); /* the caller chose this function by type */
    if (r.version == MQC_VERSION_UNKNOWN)
        r.version = mqc_connect_peek(frame);
    *version = r.version;
    *out = (struct mqc_connect){.flags = 0};
    decode_protocol(&r, out);
    decode_flags(&r, out);
    out->keep_alive = mqc_reader_u16(&r);
    decode_properties(&r, out);
    decode_client_id(&r, out);
    if ((out->flags & MQC_CONNECT_WILL) != 0)
        decode_will(&r, out);
    decode_credentials(&r, out);
    return mqc_reader_finish_as(&r, surplus_rule(out->flags));
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
