/*
 * Reads and checks a property section. Which rule is broken by a property that comes twice or is
 * out of range depends on where the section stands: the tables below say so, and what they leave
 * out has no such rule. v5 section 2.2.2 and the packets' own sections.
 */
#include "codec/reader.h"
#include "codec/varint.h"

/* What a walk needs of properties.def, small enough to stay in cache. */
struct kind {
    uint32_t places;
    uint32_t least;
    uint32_t most;
    enum mqc_property_type type;
};

static const struct kind kinds[] = {
#define MQC_PROPERTY(id, name, text, type, packets, least, most)                                   \
    [id] = {packets, least, most, MQC_TYPE_##type},
#include "codec/properties.def"
#undef MQC_PROPERTY
};

enum { KIND_COUNT = sizeof kinds / sizeof kinds[0] };

_Static_assert(KIND_COUNT <= 64, "a property's identifier is a bit of a 64-bit set");
_Static_assert(MQC_RULE_COUNT <= 256, "the tables below hold rules as bytes");
_Static_assert(MQC_RULE_TYPE_RESERVED == 0, "0 stands for no rule");

#define TWICE(place, name) [MQC_PLACE_##place][MQC_##name] = MQC_RULE_##place##_##name##_TWICE
#define RANGE(place, name) [MQC_PLACE_##place][MQC_##name] = MQC_RULE_##place##_##name##_RANGE
#define SIDE(place, name) [MQC_PLACE_##place][MQC_##name] = MQC_RULE_##place##_##name##_SIDE

static const uint8_t twice_rules[MQC_PLACE_COUNT][KIND_COUNT] = {
    TWICE(CONNECT, SESSION_EXPIRY_INTERVAL),
    TWICE(CONNECT, AUTHENTICATION_METHOD),
    TWICE(CONNECT, AUTHENTICATION_DATA),
    TWICE(CONNECT, REQUEST_PROBLEM_INFORMATION),
    TWICE(CONNECT, REQUEST_RESPONSE_INFORMATION),
    TWICE(CONNECT, RECEIVE_MAXIMUM),
    TWICE(CONNECT, TOPIC_ALIAS_MAXIMUM),
    TWICE(CONNECT, MAXIMUM_PACKET_SIZE),

    TWICE(WILL, PAYLOAD_FORMAT_INDICATOR),
    TWICE(WILL, MESSAGE_EXPIRY_INTERVAL),
    TWICE(WILL, CONTENT_TYPE),
    TWICE(WILL, RESPONSE_TOPIC),
    TWICE(WILL, CORRELATION_DATA),
    TWICE(WILL, WILL_DELAY_INTERVAL),

    TWICE(CONNACK, SESSION_EXPIRY_INTERVAL),
    TWICE(CONNACK, ASSIGNED_CLIENT_IDENTIFIER),
    TWICE(CONNACK, SERVER_KEEP_ALIVE),
    TWICE(CONNACK, AUTHENTICATION_METHOD),
    TWICE(CONNACK, AUTHENTICATION_DATA),
    TWICE(CONNACK, RESPONSE_INFORMATION),
    TWICE(CONNACK, SERVER_REFERENCE),
    TWICE(CONNACK, REASON_STRING),
    TWICE(CONNACK, RECEIVE_MAXIMUM),
    TWICE(CONNACK, TOPIC_ALIAS_MAXIMUM),
    TWICE(CONNACK, MAXIMUM_QOS),
    TWICE(CONNACK, RETAIN_AVAILABLE),
    TWICE(CONNACK, MAXIMUM_PACKET_SIZE),
    TWICE(CONNACK, WILDCARD_SUBSCRIPTION_AVAILABLE),
    TWICE(CONNACK, SUBSCRIPTION_IDENTIFIER_AVAILABLE),
    TWICE(CONNACK, SHARED_SUBSCRIPTION_AVAILABLE),

    TWICE(PUBLISH, PAYLOAD_FORMAT_INDICATOR),
    TWICE(PUBLISH, MESSAGE_EXPIRY_INTERVAL),
    TWICE(PUBLISH, CONTENT_TYPE),
    TWICE(PUBLISH, RESPONSE_TOPIC),
    TWICE(PUBLISH, CORRELATION_DATA),
    TWICE(PUBLISH, TOPIC_ALIAS),

    TWICE(PUBACK, REASON_STRING),
    TWICE(PUBREC, REASON_STRING),
    TWICE(PUBREL, REASON_STRING),
    TWICE(PUBCOMP, REASON_STRING),
    TWICE(SUBSCRIBE, SUBSCRIPTION_IDENTIFIER),
    TWICE(SUBACK, REASON_STRING),
    TWICE(UNSUBACK, REASON_STRING),

    TWICE(DISCONNECT, SESSION_EXPIRY_INTERVAL),
    TWICE(DISCONNECT, SERVER_REFERENCE),
    TWICE(DISCONNECT, REASON_STRING),

    TWICE(AUTH, AUTHENTICATION_METHOD),
    TWICE(AUTH, AUTHENTICATION_DATA),
    TWICE(AUTH, REASON_STRING),
};

static const uint8_t range_rules[MQC_PLACE_COUNT][KIND_COUNT] = {
    RANGE(CONNECT, REQUEST_PROBLEM_INFORMATION),
    RANGE(CONNECT, REQUEST_RESPONSE_INFORMATION),
    RANGE(CONNECT, RECEIVE_MAXIMUM),
    RANGE(CONNECT, MAXIMUM_PACKET_SIZE),
    RANGE(WILL, PAYLOAD_FORMAT_INDICATOR),
    RANGE(CONNACK, RECEIVE_MAXIMUM),
    RANGE(CONNACK, MAXIMUM_QOS),
    RANGE(CONNACK, RETAIN_AVAILABLE),
    RANGE(CONNACK, MAXIMUM_PACKET_SIZE),
    RANGE(CONNACK, WILDCARD_SUBSCRIPTION_AVAILABLE),
    RANGE(CONNACK, SUBSCRIPTION_IDENTIFIER_AVAILABLE),
    RANGE(CONNACK, SHARED_SUBSCRIPTION_AVAILABLE),
    RANGE(PUBLISH, PAYLOAD_FORMAT_INDICATOR),
    RANGE(PUBLISH, SUBSCRIPTION_IDENTIFIER),
    RANGE(PUBLISH, TOPIC_ALIAS),
    RANGE(SUBSCRIBE, SUBSCRIPTION_IDENTIFIER),
};

/* Properties that one side may put into a packet and the other may not. */
static const uint8_t side_rules[MQC_PLACE_COUNT][KIND_COUNT] = {
    SIDE(PUBLISH, SUBSCRIPTION_IDENTIFIER),
    SIDE(DISCONNECT, SESSION_EXPIRY_INTERVAL),
    SIDE(DISCONNECT, SERVER_REFERENCE),
};

/* A walk over one section. `end` is the section's end, or the packet's if that comes first. */
struct walk {
    struct mqc_reader *reader;
    enum mqc_place place;
    const uint8_t *at;
    const uint8_t *end;
    bool noted; /* that something does not end in time has been said: once is enough */
    bool lost;  /* what follows cannot be read */
};

static uint32_t sides_of(enum mqc_side from)
{
    return from == MQC_CLIENT ? 1 : from == MQC_SERVER ? 2 : 3;
}

/* Notes `rule` where the section ends too early. Its length is then wrong, or what is in it, and
 * nothing behind it can be relied on: the reader fails. */
MQC_COLD static void walk_fail(struct walk *walk, enum mqc_rule rule)
{
    if (!walk->noted)
        mqc_reader_fault(walk->reader, rule, walk->end, 0);
    walk->reader->failed = true;
    walk->lost = true;
    walk->at = walk->end;
}

/* A varint that is not a single byte. */
MQC_COLD static uint32_t walk_long_varint(struct walk *walk)
{
    struct mqc_varint varint =
        mqc_varint_read((struct mqc_slice){walk->at, (size_t)(walk->end - walk->at)});

    if (varint.state == MQC_VARINT_CUT) {
        walk_fail(walk, MQC_RULE_PROPERTY_SHORT);
        return 0;
    }
    if (varint.state == MQC_VARINT_LONG) {
        mqc_reader_fault(walk->reader, MQC_RULE_VARINT_LONG, walk->at, varint.size);
        walk->noted = true;
        walk_fail(walk, MQC_RULE_VARINT_LONG);
        return 0;
    }
    if (!varint.minimal)
        mqc_reader_fault(walk->reader, MQC_RULE_VARINT_MINIMAL, walk->at, varint.size);
    walk->at += varint.size;
    return varint.value;
}

static inline uint32_t walk_varint(struct walk *walk)
{
    if (walk->at != walk->end && *walk->at < 0x80)
        return *walk->at++;
    return walk_long_varint(walk);
}

static inline uint32_t walk_integer(struct walk *walk, size_t size)
{
    const uint8_t *at = walk->at;
    uint32_t value = 0;

    if ((size_t)(walk->end - at) < size) {
        walk_fail(walk, MQC_RULE_PROPERTY_SHORT);
        return 0;
    }
    for (size_t i = 0; i < size; i++)
        value = value << 8 | at[i];
    walk->at = at + size;
    return value;
}

static inline struct mqc_slice walk_counted(struct walk *walk, enum mqc_rule missing)
{
    const uint8_t *at = walk->at;
    size_t left = (size_t)(walk->end - at);

    if (left >= 2) {
        size_t size = (size_t)at[0] << 8 | at[1];

        if (size <= left - 2) {
            walk->at = at + 2 + size;
            return (struct mqc_slice){at + 2, size};
        }
    }
    walk_fail(walk, missing);
    return (struct mqc_slice){NULL, 0};
}

static inline void walk_string(struct walk *walk, enum mqc_rule utf8, enum mqc_rule nul)
{
    struct mqc_slice text = walk_counted(walk, MQC_RULE_PROPERTY_STRING_SHORT);

    if (!mqc_utf8_is_plain(text))
        mqc_reader_odd_text(walk->reader, text, utf8, nul);
}

MQC_COLD static void odd_response_topic(struct walk *walk, struct mqc_slice name)
{
    static const struct mqc_name_rules publish = {MQC_RULE_RESPONSE_TOPIC_UTF8,
                                                  MQC_RULE_RESPONSE_TOPIC_NUL,
                                                  MQC_RULE_RESPONSE_TOPIC_WILDCARD};
    static const struct mqc_name_rules will = {MQC_RULE_STRING_UTF8, MQC_RULE_STRING_NUL,
                                               MQC_RULE_WILL_RESPONSE_TOPIC};
    bool in_will = walk->place == MQC_PLACE_WILL;

    if (walk->lost)
        return;
    mqc_reader_odd_name(walk->reader, name, in_will ? &will : &publish);
    if (name.size == 0)
        mqc_reader_fault_empty(
            walk->reader, in_will ? MQC_RULE_WILL_RESPONSE_TOPIC : MQC_RULE_RESPONSE_TOPIC_EMPTY,
            name);
}

/* A property of type STRING. */
static inline void walk_text(struct walk *walk, uint32_t id)
{
    if (id == MQC_RESPONSE_TOPIC) {
        struct mqc_slice name = walk_counted(walk, MQC_RULE_PROPERTY_STRING_SHORT);

        if (name.size == 0 || !mqc_utf8_is_plain_name(name))
            odd_response_topic(walk, name);
    } else if (id == MQC_CONTENT_TYPE && walk->place == MQC_PLACE_PUBLISH) {
        walk_string(walk, MQC_RULE_CONTENT_TYPE_UTF8, MQC_RULE_CONTENT_TYPE_NUL);
    } else {
        walk_string(walk, MQC_RULE_STRING_UTF8, MQC_RULE_STRING_NUL);
    }
}

/* Notes which rules a property breaks that is in the wrong place, given again or out of range. */
MQC_COLD static void judge(struct walk *walk, const struct kind *kind, uint32_t id,
                           const uint8_t *begin, bool again, uint32_t number)
{
    struct mqc_reader *reader = walk->reader;
    uint32_t places = kind->places >> (2 * walk->place) & 3;
    size_t size = (size_t)(walk->at - begin);
    enum mqc_rule twice = (enum mqc_rule)twice_rules[walk->place][id];
    enum mqc_rule range = (enum mqc_rule)range_rules[walk->place][id];
    enum mqc_rule side = (enum mqc_rule)side_rules[walk->place][id];

    if (walk->lost)
        return;
    if ((places & sides_of(reader->from)) == 0) {
        mqc_reader_fault(reader, places != 0 ? side : MQC_RULE_PROPERTY_PLACE, begin, size);
        return;
    }
    if (again && twice != 0)
        mqc_reader_fault(reader, twice, begin, size);
    if ((number < kind->least || number > kind->most) && range != 0)
        mqc_reader_fault(reader, range, begin, size);
}

/* Goes from property to property up to the section's end or to what cannot be read. */
static void walk_all(struct walk *walk)
{
    struct mqc_reader *reader = walk->reader;
    uint32_t here = sides_of(reader->from) << (2 * walk->place);
    uint64_t repeatable = UINT64_C(1) << MQC_USER_PROPERTY;
    uint64_t seen = 0;
    uint64_t set = 0;

    if (walk->place == MQC_PLACE_PUBLISH)
        repeatable |= UINT64_C(1) << MQC_SUBSCRIPTION_IDENTIFIER;

    while (walk->at != walk->end) {
        const uint8_t *begin = walk->at;
        uint32_t id = walk_varint(walk);
        const struct kind *kind = &kinds[id < KIND_COUNT ? id : 0];
        uint32_t number = 0;
        uint64_t bit;

        if (walk->lost)
            break;
        if (kind->places == 0) {
            mqc_reader_fault(reader, MQC_RULE_PROPERTY_UNKNOWN, begin, (size_t)(walk->at - begin));
            break; /* its size is unknown, so the next one cannot be found */
        }
        bit = UINT64_C(1) << id;
        switch (kind->type) {
        case MQC_TYPE_BYTE:
            number = walk_integer(walk, 1);
            set |= (uint64_t)(number == 1) << id;
            break;
        case MQC_TYPE_U16:
            number = walk_integer(walk, 2);
            break;
        case MQC_TYPE_U32:
            number = walk_integer(walk, 4);
            break;
        case MQC_TYPE_VARINT:
            number = walk_varint(walk);
            break;
        case MQC_TYPE_STRING:
            walk_text(walk, id);
            break;
        case MQC_TYPE_BINARY:
            walk_counted(walk, MQC_RULE_PROPERTY_BINARY_SHORT);
            break;
        case MQC_TYPE_PAIR:
            walk_string(walk, MQC_RULE_USER_PROPERTY_UTF8, MQC_RULE_USER_PROPERTY_NUL);
            walk_string(walk, MQC_RULE_USER_PROPERTY_UTF8, MQC_RULE_USER_PROPERTY_NUL);
            break;
        }
        if ((kind->places & here) == 0 || (seen & bit & ~repeatable) != 0 || number < kind->least ||
            number > kind->most)
            judge(walk, kind, id, begin, (seen & bit & ~repeatable) != 0, number);
        seen |= bit;
    }
    reader->properties_seen = seen;
    reader->properties_set = set;
}

/* Reads Property Length. The walk is over that many bytes, or over as many as there are. */
static struct walk walk_init(struct mqc_reader *reader, enum mqc_place place)
{
    struct mqc_slice rest = mqc_reader_rest(reader);
    struct mqc_varint length = mqc_varint_read(rest);
    struct walk walk = {.reader = reader, .place = place, .at = reader->end, .end = reader->end};

    if (rest.size == 0) {
        mqc_reader_fail(reader, place == MQC_PLACE_WILL ? MQC_RULE_WILL_PROPERTIES_MISSING
                                                        : MQC_RULE_PROPERTY_LENGTH_MISSING);
        return walk;
    }
    if (length.state == MQC_VARINT_CUT) {
        mqc_reader_fail(reader, MQC_RULE_SHORT);
        return walk;
    }
    if (length.state == MQC_VARINT_LONG) {
        mqc_reader_fault(reader, MQC_RULE_VARINT_LONG, rest.data, length.size);
        reader->failed = true;
        return walk;
    }
    if (!length.minimal)
        mqc_reader_fault(reader, MQC_RULE_VARINT_MINIMAL, rest.data, length.size);
    walk.at = rest.data + length.size;
    if (length.value <= rest.size - length.size) {
        walk.end = walk.at + length.value;
    } else {
        mqc_reader_fault(reader, MQC_RULE_PROPERTY_LENGTH, rest.data, length.size);
        walk.noted = true;
    }
    return walk;
}

struct mqc_slice mqc_reader_section(struct mqc_reader *reader, enum mqc_place place)
{
    struct walk walk = walk_init(reader, place);
    struct mqc_slice section = {walk.at, (size_t)(walk.end - walk.at)};

    if (!reader->failed)
        walk_all(&walk);
    reader->failed |= walk.noted;
    reader->at = reader->failed ? reader->end : walk.end;
    return section;
}
