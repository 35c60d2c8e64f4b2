#include "fuzz/slow/slow.h"

#include "fuzz/slow/reading.h"

/* --- CONNECT, v5 section 3.1, v311 section 3.1, v31 section 3.1 ------------------------------- */

enum {
    RESERVED = 1,
    CLEAN = 2,
    WILL = 4,
    WILL_QOS = 24,
    WILL_RETAIN = 32,
    PASSWORD = 64,
    USER = 128
};

static void connect_flags(struct mqf_reading *r, unsigned flags)
{
    mqf_must_from(r, MQC_V311, (flags & RESERVED) == 0);
    if ((flags & WILL) == 0)
        mqf_must_from(r, MQC_V311, (flags & (WILL_QOS | WILL_RETAIN)) == 0);
    else if (r->version == MQC_V31)
        mqf_should(r, (flags & WILL_QOS) != WILL_QOS);
    else
        mqf_must(r, (flags & WILL_QOS) != WILL_QOS);
    if ((flags & PASSWORD) != 0 && (flags & USER) == 0 && r->version != MQC_V5) {
        mqf_should(r, false);
        mqf_must_from(r, MQC_V311, false);
    }
}

static void connect_will(struct mqf_reading *r)
{
    struct mqf_found found = {.payload_is_text = false};
    struct mqc_slice topic;
    struct mqc_slice payload;

    if (r->version == MQC_V5)
        mqf_properties(r, MQF_WILL, &found);
    topic = mqf_string(r);
    mqf_text(r, topic, r->version == MQC_V31);
    mqf_must_from(r, MQC_V311, topic.size > 0 && !mqf_has_wildcard(topic));
    payload = mqf_binary(r);
    mqf_must(r, !found.payload_is_text || mqf_slow_text(payload).well_formed);
}

/* In 3.1 a user name or password may be missing although it is announced. */
static bool connect_has(const struct mqf_reading *r, unsigned flags, unsigned flag)
{
    return (flags & flag) != 0 && !(r->version == MQC_V31 && r->left == 0);
}

static void connect(struct mqf_reading *r)
{
    static const char *const names[] = {
        [MQC_V31] = "MQIsdp", [MQC_V311] = "MQTT", [MQC_V5] = "MQTT"};
    struct mqf_found found = {.payload_is_text = false};
    struct mqc_slice text = mqf_string(r);
    unsigned flags;

    mqf_must(r, mqc_slice_equal(text, mqc_slice_text(names[r->version])));
    mqf_must(r, mqf_number(r, 1) == (uint32_t)r->version);
    flags = mqf_number(r, 1);
    connect_flags(r, flags);
    mqf_number(r, 2);
    if (r->version == MQC_V5)
        mqf_properties(r, MQF_CONNECT, &found);
    mqf_must(r, !mqf_saw(&found, 0x16) || mqf_saw(&found, 0x15));

    text = mqf_string(r);
    if (r->version == MQC_V31)
        mqf_should(r, text.size > 0 && mqf_slow_text(text).characters <= 23);
    else
        mqf_text(r, text, false);
    mqf_must(r, r->version != MQC_V311 || text.size > 0 || (flags & CLEAN) != 0);
    if ((flags & WILL) != 0)
        connect_will(r);
    if (connect_has(r, flags, USER)) {
        text = mqf_string(r);
        if (r->version != MQC_V31)
            mqf_text(r, text, false);
    }
    if (connect_has(r, flags, PASSWORD))
        mqf_binary(r);
    mqf_must(r, r->left == 0);
}

/* --- CONNACK, section 3.2 --------------------------------------------------------------------- */

static void connack(struct mqf_reading *r)
{
    unsigned flags = mqf_number(r, 1);
    uint8_t code = (uint8_t)mqf_number(r, 1);

    mqf_must_from(r, MQC_V311, (flags & 0xfe) == 0);
    mqf_must_from(r, MQC_V311, (flags & 1) == 0 || code == 0);
    if (r->version == MQC_V5) {
        mqf_must(r, mqf_code_in(code,
                                "\x00\x80\x81\x82\x83\x84\x85\x86\x87\x88\x89\x8a\x8c\x90\x95"
                                "\x97\x99\x9a\x9b\x9c\x9d\x9f",
                                22));
        mqf_properties(r, MQF_CONNACK, NULL);
    } else {
        mqf_must(r, code <= 5);
    }
    mqf_must(r, r->left == 0);
}

/* --- PUBLISH, section 3.3 --------------------------------------------------------------------- */

static void publish(struct mqf_reading *r, unsigned flags)
{
    struct mqf_found found = {.payload_is_text = false};
    struct mqc_slice topic = mqf_string(r);
    unsigned qos = flags >> 1 & 3;

    mqf_must(r, qos != 3);
    mqf_must_from(r, MQC_V311, qos != 0 || (flags & 8) == 0);
    mqf_text(r, topic, r->version == MQC_V31);
    if (r->version == MQC_V31)
        mqf_should(r, !mqf_has_wildcard(topic) && topic.size <= 32767);
    else
        mqf_must(r, !mqf_has_wildcard(topic));
    if (qos != 0)
        mqf_must(r, mqf_number(r, 2) != 0);
    if (r->version == MQC_V5)
        mqf_properties(r, MQF_PUBLISH, &found);
    mqf_must_from(r, MQC_V311, topic.size > 0 || mqf_saw(&found, 0x23));
    mqf_must(r, !found.payload_is_text ||
                    mqf_slow_text((struct mqc_slice){r->at, r->left}).well_formed);
}

/* --- PUBACK, PUBREC, PUBREL, PUBCOMP, sections 3.4 to 3.7 ----------------------------------------
 */

static void acknowledge(struct mqf_reading *r, enum mqc_type type)
{
    bool first = type == MQC_PUBACK || type == MQC_PUBREC;
    uint8_t code = 0;

    mqf_must(r, mqf_number(r, 2) != 0);
    if (r->version == MQC_V5 && r->left > 0) {
        code = (uint8_t)mqf_number(r, 1);
        mqf_must(r, first ? mqf_code_in(code, "\x00\x10\x80\x83\x87\x90\x91\x97\x99", 9)
                          : mqf_code_in(code, "\x00\x92", 2));
        mqf_must(r, code != 0x10 || r->from != MQC_CLIENT);
        if (r->left > 0)
            mqf_properties(r, MQF_ACKNOWLEDGEMENT, NULL);
    }
    mqf_must(r, r->left == 0);
}

/* --- SUBSCRIBE, UNSUBSCRIBE, sections 3.8 and 3.10
 * -------------------------------------------------- */

/* v5 section 4.8.2: $share/ShareName/filter. */
static bool is_shared(const struct mqf_reading *r, struct mqc_slice filter)
{
    return r->version == MQC_V5 && filter.size >= 7 && memcmp(filter.data, "$share/", 7) == 0;
}

/* v5 section 4.7.1: each wildcard fills a level, # the last one. */
static bool wildcards_are_in_place(struct mqc_slice filter)
{
    for (size_t i = 0; i < filter.size; i++) {
        bool begins = i == 0 || filter.data[i - 1] == '/';
        bool ends = i + 1 == filter.size;

        if (filter.data[i] == '#' && !(begins && ends))
            return false;
        if (filter.data[i] == '+' && !(begins && (ends || filter.data[i + 1] == '/')))
            return false;
    }
    return true;
}

static void judge_filter(struct mqf_reading *r, struct mqc_slice filter)
{
    mqf_text(r, filter, r->version == MQC_V31);
    mqf_must_from(r, MQC_V311, filter.size > 0);
    if (r->version == MQC_V31)
        mqf_should(r, filter.size <= 32767);
    if (is_shared(r, filter)) {
        size_t slash = 7;

        while (slash < filter.size && filter.data[slash] != '/')
            slash++;
        mqf_must(r, slash > 7 && slash + 1 < filter.size &&
                        !mqf_has_wildcard((struct mqc_slice){filter.data + 7, slash - 7}));
        if (slash + 1 < filter.size)
            mqf_must(r, wildcards_are_in_place(
                            (struct mqc_slice){filter.data + slash + 1, filter.size - slash - 1}));
    } else {
        mqf_must(r, wildcards_are_in_place(filter));
    }
}

static void judge_options(struct mqf_reading *r, struct mqc_slice filter, unsigned options)
{
    if (r->version == MQC_V31) {
        mqf_should(r, (options & 3) != 3);
        return;
    }
    mqf_must(r, (options & 3) != 3);
    mqf_must(r, (options & (r->version == MQC_V5 ? 0xc0u : 0xfcu)) == 0);
    if (r->version == MQC_V5) {
        mqf_must(r, (options & 0x30) != 0x30);
        mqf_must(r, (options & 4) == 0 || !is_shared(r, filter));
    }
}

static void subscribe(struct mqf_reading *r, enum mqc_type type)
{
    mqf_must(r, mqf_number(r, 2) != 0);
    if (r->version == MQC_V5)
        mqf_properties(r, type == MQC_SUBSCRIBE ? MQF_SUBSCRIBE : MQF_UNSUBSCRIBE, NULL);
    mqf_must_from(r, MQC_V311, r->left > 0);
    while (r->left > 0) {
        struct mqc_slice filter = mqf_string(r);

        judge_filter(r, filter);
        if (type == MQC_SUBSCRIBE)
            judge_options(r, filter, mqf_number(r, 1));
    }
}

/* --- SUBACK, UNSUBACK, sections 3.9 and 3.11
 * -------------------------------------------------------- */

static void judge_granted(struct mqf_reading *r, enum mqc_type type, uint8_t code)
{
    if (r->version == MQC_V31) {
        mqf_should(r, code != 0x80);
        mqf_must(r, (code & 3) != 3);
    } else if (r->version == MQC_V311) {
        mqf_must(r, mqf_code_in(code, "\x00\x01\x02\x80", 4));
    } else if (type == MQC_SUBACK) {
        mqf_must(r, mqf_code_in(code, "\x00\x01\x02\x80\x83\x87\x8f\x91\x97\x9e\xa1\xa2", 12));
    } else {
        mqf_must(r, mqf_code_in(code, "\x00\x11\x80\x83\x87\x8f\x91", 7));
    }
}

static void suback(struct mqf_reading *r, enum mqc_type type)
{
    mqf_must(r, mqf_number(r, 2) != 0);
    if (r->version == MQC_V5)
        mqf_properties(r, MQF_ACKNOWLEDGEMENT, NULL);
    if (type == MQC_UNSUBACK && r->version != MQC_V5) {
        mqf_must(r, r->left == 0);
        return;
    }
    mqf_must_from(r, MQC_V311, r->left > 0);
    while (r->left > 0)
        judge_granted(r, type, (uint8_t)mqf_number(r, 1));
}

/* --- DISCONNECT, AUTH, sections 3.14 and 3.15
 * --------------------------------------------------------- */

static void disconnect(struct mqf_reading *r)
{
    static const char both[] = "\x00\x80\x81\x82\x83\x90\x93\x94\x95\x96\x97\x98\x99";
    /* 0x8C stands in one table of two, and section 3.3.4 gives 0x9B to clients too. */
    static const char servers[] =
        "\x87\x89\x8b\x8c\x8d\x8e\x8f\x9a\x9b\x9c\x9d\x9e\x9f\xa0\xa1\xa2";
    uint8_t code;

    if (r->version == MQC_V5 && r->left > 0) {
        code = (uint8_t)mqf_number(r, 1);
        mqf_must(r, mqf_code_in(code, both, 13) ||
                        (r->from != MQC_SERVER && (code == 4 || code == 0x9b)) ||
                        (r->from != MQC_CLIENT && mqf_code_in(code, servers, 16)));
        if (r->left > 0)
            mqf_properties(r, MQF_DISCONNECT, NULL);
    }
    mqf_must(r, r->left == 0);
}

static void auth(struct mqf_reading *r)
{
    struct mqf_found found = {.payload_is_text = false};
    uint8_t code;

    if (r->left == 0)
        return;
    code = (uint8_t)mqf_number(r, 1);
    mqf_must(r, code == 0x18 || (code == 0x19 && r->from != MQC_SERVER) ||
                    (code == 0 && r->from != MQC_CLIENT));
    mqf_properties(r, MQF_AUTH, &found);
    mqf_must(r, mqf_saw(&found, 0x15));
    mqf_must(r, r->left == 0);
}

/* --- the fixed header, v5 section 2.1, v311 section 2.2, v31 section 2.1
 * ---------------------------- */

/* C, S or both, as in the table of section 2.1.2; before 5.0 DISCONNECT is the client's. */
static bool may_send(enum mqc_type type, enum mqc_version version, enum mqc_side from)
{
    static const char senders[] = "-CSBBBBBCSCSCSBB";
    char who = version != MQC_V5 && type == MQC_DISCONNECT ? 'C' : senders[type];

    return who != '-' &&
           (from == MQC_SIDE_UNKNOWN || who == 'B' || who == (from == MQC_CLIENT ? 'C' : 'S'));
}

static void judge_flags(struct mqf_reading *r, enum mqc_type type, unsigned flags)
{
    bool two = type == MQC_PUBREL || type == MQC_SUBSCRIBE || type == MQC_UNSUBSCRIBE;

    if (type == MQC_PUBLISH)
        return;
    if (r->version != MQC_V31) {
        mqf_must(r, flags == (two ? 2u : 0u));
    } else if (two) {
        /* They have a QoS, which is 1, and may be sent again with DUP. */
        mqf_must(r, (flags & 6) == 2);
        mqf_should(r, (flags & 1) == 0);
    } else {
        mqf_should(r, flags == 0);
    }
}

static void judge_body(struct mqf_reading *r, enum mqc_type type, unsigned flags)
{
    switch (type) {
    case MQC_CONNECT:
        connect(r);
        break;
    case MQC_CONNACK:
        connack(r);
        break;
    case MQC_PUBLISH:
        publish(r, flags);
        break;
    case MQC_PUBACK:
    case MQC_PUBREC:
    case MQC_PUBREL:
    case MQC_PUBCOMP:
        acknowledge(r, type);
        break;
    case MQC_SUBSCRIBE:
    case MQC_UNSUBSCRIBE:
        subscribe(r, type);
        break;
    case MQC_SUBACK:
    case MQC_UNSUBACK:
        suback(r, type);
        break;
    case MQC_DISCONNECT:
        disconnect(r);
        break;
    case MQC_AUTH:
        auth(r);
        break;
    default:
        mqf_must(r, r->left == 0); /* PINGREQ, PINGRESP */
        break;
    }
}

enum mqf_verdict mqf_slow_judge(struct mqc_slice packet, enum mqc_version version,
                                enum mqc_side from)
{
    enum mqc_type type = (enum mqc_type)(packet.data[0] >> 4);
    struct mqf_reading r = {packet.data + 1, packet.size - 1, version, from, false, false};
    bool minimal;

    mqf_varint(&r, &minimal);
    mqf_must(&r, minimal || version != MQC_V5);
    mqf_must(&r, type != MQC_RESERVED && (type != MQC_AUTH || version == MQC_V5));
    mqf_must(&r, may_send(type, version, from));
    judge_flags(&r, type, packet.data[0] & 15);
    if (!r.bad || (type != MQC_RESERVED && (type != MQC_AUTH || version == MQC_V5)))
        judge_body(&r, type, packet.data[0] & 15);
    return r.bad ? MQF_BAD : r.against_advice ? MQF_ADVISED_AGAINST : MQF_GOOD;
}
