/*
 * Reads and checks a property section. Which rule is broken by a property that comes twice or is
 * out of range depends on where the section stands: the tables below say so, and what they leave
 * out has no such rule. v5 section 2.2.2 and the packets' own sections.
 */
#include "codec/reader.h"
#include "codec/varint.h"

/* What a walk needs of properties.def, small enough to stay in cache. */
struct kind {
    uint32_t places; /* none: there is no such property */
    uint32_t least;  /* of its value */
    uint32_t span;   /* how much more than that it may be */
    enum mqc_property_type type;
};

/* For every identifier of one byte, so that it can be looked up unseen. */
static const struct kind kinds[128] = {
#define MQC_PROPERTY(id, name, text, type, packets, least, most)                                   \
    [id] = {packets, least, (most) - (least), MQC_TYPE_##type},
#include "codec/properties.def"
#undef MQC_PROPERTY
};

enum { ID_COUNT = MQC_SHARED_SUBSCRIPTION_AVAILABLE + 1 }; /* the largest that exists is the last */

_Static_assert(ID_COUNT <= 64, "a property's identifier is a bit of a 64-bit set");
_Static_assert(MQC_RULE_COUNT <= 256, "the tables below hold rules as bytes");
_Static_assert(MQC_RULE_TYPE_RESERVED == 0, "0 stands for no rule");

#define TWICE(place, name) [MQC_PLACE_##place][MQC_##name] = MQC_RULE_##place##_##name##_TWICE
#define RANGE(place, name) [MQC_PLACE_##place][MQC_##name] = MQC_RULE_##place##_##name##_RANGE
#define SIDE(place, name) [MQC_PLACE_##place][MQC_##name] = MQC_RULE_##place##_##name##_SIDE

static const uint8_t twice_rules[MQC_PLACE_COUNT][ID_COUNT] = {
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

static const uint8_t range_rules[MQC_PLACE_COUNT][ID_COUNT] = {
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
static const uint8_t side_rules[MQC_PLACE_COUNT][ID_COUNT] = {
    SIDE(PUBLISH, SUBSCRIPTION_IDENTIFIER),
    SIDE(DISCONNECT, SESSION_EXPIRY_INTERVAL),
    SIDE(DISCONNECT, SERVER_REFERENCE),
};

/* Look-ups. Their contracts are all that the proofs know of the tables; EVA tries every key. */

/*@ assigns \nothing;
    ensures \valid_read(\result) && !\valid(\result);
    ensures \result->places != 0 ==> id < ID_COUNT; */
static inline const struct kind *kind_of(uint32_t id)
{
    return &kinds[id < 128 ? id : 0];
}

/*@ requires place < MQC_PLACE_COUNT && id < ID_COUNT;
    assigns \nothing;
    ensures \result < MQC_RULE_COUNT; */
static inline enum mqc_rule twice_rule(enum mqc_place place, uint32_t id)
{
    return (enum mqc_rule)twice_rules[place][id];
}

/*@ requires place < MQC_PLACE_COUNT && id < ID_COUNT;
    assigns \nothing;
    ensures \result < MQC_RULE_COUNT; */
static inline enum mqc_rule range_rule(enum mqc_place place, uint32_t id)
{
    return (enum mqc_rule)range_rules[place][id];
}

/*@ requires place < MQC_PLACE_COUNT && id < ID_COUNT;
    assigns \nothing;
    ensures \result < MQC_RULE_COUNT; */
static inline enum mqc_rule side_rule(enum mqc_place place, uint32_t id)
{
    return (enum mqc_rule)side_rules[place][id];
}

/*
 * A walk over one section. `end` is the section's end, or the packet's if that comes first. The
 * place in between is not in here but in variables of walk_all(), where the compiler can keep it in
 * a register.
 */
struct walk {
    struct mqc_reader *reader;
    enum mqc_place place;
    const uint8_t *begin;
    const uint8_t *end;
    bool noted; /* that something does not end in time has been said: once is enough */
};

/* For the proofs: what holds of a walk, and of a place in it. */
/*@ predicate walk_ok(struct walk w) =
        mqc_reader_ok(w.reader) && w.place < MQC_PLACE_COUNT &&
        mqc_upto(w.reader->start, w.begin) && mqc_upto(w.begin, w.end) &&
        mqc_upto(w.end, w.reader->end);
    predicate walk_at(struct walk w, uint8_t *at) =
        mqc_upto(w.begin, at) && mqc_upto(at, w.end); */

/* What a walk works with, and what it changes of that. */
/* clang-format off */
#define WALK_REACH(walk)                                                                           \
    (walk)->reader, (walk)->reader->faults,                                                        \
    (walk)->reader->faults->items + (0 .. (walk)->reader->faults->capacity - 1),                   \
    (walk)->reader->start + (0 .. (walk)->reader->end - (walk)->reader->start - 1)
#define WALK_STATE(walk) (walk)->noted, MQC_READER_STATE((walk)->reader)
/* clang-format on */

/*@ assigns \nothing; */
static uint32_t sides_of(enum mqc_side from)
{
    return from == MQC_CLIENT ? 1 : from == MQC_SERVER ? 2 : 3;
}

/* --- values: each reader returns 0, or the rule that too few bytes break -------------------- */

/*@ requires \valid(at) && \valid(out) && mqc_upto(*at, end) && size <= 4;
    requires \valid_read(*at + (0 .. end - *at - 1)) && end - *at <= SIZE_MAX;
    requires \separated(at, out, *at + (0 .. end - *at - 1));
    assigns *at, *out;
    ensures \result < MQC_RULE_COUNT;
    ensures mqc_upto(\old(*at), *at) && mqc_upto(*at, end); */
static inline enum mqc_rule take_integer(const uint8_t **at, const uint8_t *end, size_t size,
                                         uint32_t *out)
{
    uint32_t value = 0;

    if ((size_t)(end - *at) < size)
        return MQC_RULE_PROPERTY_SHORT;
    /*@ loop invariant i <= size;
        loop assigns i, value;
        loop variant size - i; */
    for (size_t i = 0; i < size; i++)
        value = value << 8 | (*at)[i];
    *at += size;
    *out = value;
    return 0;
}

/*@ requires \valid(at) && \valid(out) && mqc_upto(*at, end);
    requires \valid_read(*at + (0 .. end - *at - 1)) && end - *at <= SIZE_MAX;
    requires \separated(at, out, *at + (0 .. end - *at - 1));
    requires 0 < missing < MQC_RULE_COUNT;
    assigns *at, *out;
    ensures \result < MQC_RULE_COUNT;
    ensures mqc_upto(\old(*at), *at) && mqc_upto(*at, end);
    ensures \result == 0 ==> out->data == \old(*at) + 2 && out->data + out->size == *at; */
static inline enum mqc_rule take_counted(const uint8_t **at, const uint8_t *end,
                                         enum mqc_rule missing, struct mqc_slice *out)
{
    const uint8_t *from = *at;
    size_t left = (size_t)(end - from);
    size_t size;

    if (left < 2)
        return missing;
    size = mqc_u16_at(from);
    if (size > left - 2)
        return missing;
    *at = from + 2 + size;
    *out = (struct mqc_slice){from + 2, size};
    return 0;
}

/* A varint at `at` that is not a single byte; its size is `*size`. */
/*@ requires \valid(walk) && \valid(out) && \valid(size) && walk_ok(*walk) && walk_at(*walk, at);
    requires \separated(walk, size, out, WALK_REACH(walk));
    assigns *out, *size, WALK_STATE(walk);
    ensures walk_ok(*walk) && mqc_upto(\old(walk->reader->at), walk->reader->at);
    ensures \result < MQC_RULE_COUNT && walk_at(*walk, at + *size);
    ensures \result == 0 ==> *size >= 1; */
MQC_COLD static enum mqc_rule long_varint(struct walk *walk, const uint8_t *at, uint32_t *out,
                                          size_t *size)
{
    struct mqc_varint varint = mqc_varint_read((struct mqc_slice){at, (size_t)(walk->end - at)});

    *out = varint.value;
    *size = varint.size;
    if (varint.state == MQC_VARINT_CUT)
        return MQC_RULE_PROPERTY_SHORT;
    if (varint.state == MQC_VARINT_LONG) {
        mqc_reader_fault(walk->reader, MQC_RULE_VARINT_LONG, at, varint.size);
        walk->noted = true;
        return MQC_RULE_VARINT_LONG;
    }
    if (!varint.minimal)
        mqc_reader_fault(walk->reader, MQC_RULE_VARINT_MINIMAL, at, varint.size);
    return 0;
}

/*@ requires \valid(walk) && \valid(at) && \valid(out) && walk_ok(*walk) && walk_at(*walk, *at);
    requires \separated(walk, at, out, WALK_REACH(walk));
    assigns *at, *out, WALK_STATE(walk);
    ensures walk_ok(*walk) && mqc_upto(\old(walk->reader->at), walk->reader->at);
    ensures \result < MQC_RULE_COUNT && walk_at(*walk, *at) && mqc_upto(\old(*at), *at);
    ensures \result == 0 ==> \old(*at) < *at; */
static inline enum mqc_rule take_varint(struct walk *walk, const uint8_t **at, uint32_t *out)
{
    enum mqc_rule missing;
    size_t size;

    if (*at != walk->end && **at < 0x80) {
        *out = *(*at)++;
        return 0;
    }
    missing = long_varint(walk, *at, out, &size);
    *at += size;
    return missing;
}

/*@ requires \valid(walk) && \valid(at) && walk_ok(*walk) && walk_at(*walk, *at);
    requires \separated(walk, at, WALK_REACH(walk));
    requires utf8 < MQC_RULE_COUNT && nul < MQC_RULE_COUNT;
    assigns *at, WALK_STATE(walk);
    ensures walk_ok(*walk) && mqc_upto(\old(walk->reader->at), walk->reader->at);
    ensures \result < MQC_RULE_COUNT && walk_at(*walk, *at) && mqc_upto(\old(*at), *at); */
static inline enum mqc_rule take_string(struct walk *walk, const uint8_t **at, enum mqc_rule utf8,
                                        enum mqc_rule nul)
{
    struct mqc_slice text;
    enum mqc_rule missing = take_counted(at, walk->end, MQC_RULE_PROPERTY_STRING_SHORT, &text);

    if (missing == 0 && !mqc_utf8_is_plain(text))
        mqc_reader_odd_text(walk->reader, text, utf8, nul);
    return missing;
}

/*@ requires \valid(walk) && \separated(walk, WALK_REACH(walk)) && walk_ok(*walk);
    requires mqc_reader_holds(walk->reader, name);
    requires mqc_upto(walk->reader->start + 2, name.data);
    assigns MQC_READER_STATE(walk->reader);
    ensures walk_ok(*walk) && mqc_upto(\old(walk->reader->at), walk->reader->at); */
MQC_COLD static void odd_response_topic(struct walk *walk, struct mqc_slice name)
{
    static const struct mqc_name_rules publish = {MQC_RULE_RESPONSE_TOPIC_UTF8,
                                                  MQC_RULE_RESPONSE_TOPIC_NUL,
                                                  MQC_RULE_RESPONSE_TOPIC_WILDCARD};
    static const struct mqc_name_rules will = {MQC_RULE_STRING_UTF8, MQC_RULE_STRING_NUL,
                                               MQC_RULE_WILL_RESPONSE_TOPIC};
    bool in_will = walk->place == MQC_PLACE_WILL;

    mqc_reader_odd_name(walk->reader, name, in_will ? &will : &publish);
    if (name.size == 0)
        mqc_reader_fault_empty(
            walk->reader, in_will ? MQC_RULE_WILL_RESPONSE_TOPIC : MQC_RULE_RESPONSE_TOPIC_EMPTY,
            name);
}

/*@ requires \valid(walk) && \valid(at) && walk_ok(*walk) && walk_at(*walk, *at);
    requires \separated(walk, at, WALK_REACH(walk));
    assigns *at, WALK_STATE(walk);
    ensures walk_ok(*walk) && mqc_upto(\old(walk->reader->at), walk->reader->at);
    ensures \result < MQC_RULE_COUNT && walk_at(*walk, *at) && mqc_upto(\old(*at), *at); */
static inline enum mqc_rule take_response_topic(struct walk *walk, const uint8_t **at)
{
    struct mqc_slice name;
    enum mqc_rule missing = take_counted(at, walk->end, MQC_RULE_PROPERTY_STRING_SHORT, &name);

    if (missing == 0 && (name.size == 0 || !mqc_utf8_is_plain_name(name)))
        odd_response_topic(walk, name);
    return missing;
}

/* A property of type STRING. */
/*@ requires \valid(walk) && \valid(at) && walk_ok(*walk) && walk_at(*walk, *at);
    requires \separated(walk, at, WALK_REACH(walk));
    assigns *at, WALK_STATE(walk);
    ensures walk_ok(*walk) && mqc_upto(\old(walk->reader->at), walk->reader->at);
    ensures \result < MQC_RULE_COUNT && walk_at(*walk, *at) && mqc_upto(\old(*at), *at); */
static inline enum mqc_rule take_text(struct walk *walk, const uint8_t **at, uint32_t id)
{
    bool content_type = id == MQC_CONTENT_TYPE && walk->place == MQC_PLACE_PUBLISH;

    if (id == MQC_RESPONSE_TOPIC)
        return take_response_topic(walk, at);
    return take_string(walk, at, content_type ? MQC_RULE_CONTENT_TYPE_UTF8 : MQC_RULE_STRING_UTF8,
                       content_type ? MQC_RULE_CONTENT_TYPE_NUL : MQC_RULE_STRING_NUL);
}

/*@ requires \valid(walk) && \valid(at) && walk_ok(*walk) && walk_at(*walk, *at);
    requires \separated(walk, at, WALK_REACH(walk));
    assigns *at, WALK_STATE(walk);
    ensures walk_ok(*walk) && mqc_upto(\old(walk->reader->at), walk->reader->at);
    ensures \result < MQC_RULE_COUNT && walk_at(*walk, *at) && mqc_upto(\old(*at), *at); */
static inline enum mqc_rule take_pair(struct walk *walk, const uint8_t **at)
{
    enum mqc_rule missing =
        take_string(walk, at, MQC_RULE_USER_PROPERTY_UTF8, MQC_RULE_USER_PROPERTY_NUL);

    if (missing != 0)
        return missing;
    return take_string(walk, at, MQC_RULE_USER_PROPERTY_UTF8, MQC_RULE_USER_PROPERTY_NUL);
}

/* Reads a value. Numbers go to `*number`; for all other types it stays 0, which is in their range.
 */
/*@ requires \valid(walk) && \valid(at) && \valid(number) && walk_ok(*walk) && walk_at(*walk, *at);
    requires \valid_read(kind) && \separated(walk, at, number, WALK_REACH(walk));
    assigns *at, *number, WALK_STATE(walk);
    ensures walk_ok(*walk) && mqc_upto(\old(walk->reader->at), walk->reader->at);
    ensures \result < MQC_RULE_COUNT && walk_at(*walk, *at) && mqc_upto(\old(*at), *at); */
static inline enum mqc_rule take_value(struct walk *walk, const struct kind *kind, uint32_t id,
                                       const uint8_t **at, uint32_t *number)
{
    struct mqc_slice data;

    switch (kind->type) {
    case MQC_TYPE_BYTE:
        return take_integer(at, walk->end, 1, number);
    case MQC_TYPE_U16:
        return take_integer(at, walk->end, 2, number);
    case MQC_TYPE_U32:
        return take_integer(at, walk->end, 4, number);
    case MQC_TYPE_VARINT:
        return take_varint(walk, at, number);
    case MQC_TYPE_STRING:
        return take_text(walk, at, id);
    case MQC_TYPE_BINARY:
        return take_counted(at, walk->end, MQC_RULE_PROPERTY_BINARY_SHORT, &data);
    case MQC_TYPE_PAIR:
        return take_pair(walk, at);
    }
    return 0;
}

/* --- the walk ------------------------------------------------------------------------------- */

/* Notes `rule` where the section ends too early. Its length is then wrong, or what is in it, and
 * nothing behind it can be relied on: the reader fails. */
/*@ requires \valid(walk) && \separated(walk, WALK_REACH(walk)) && walk_ok(*walk);
    requires rule < MQC_RULE_COUNT;
    assigns MQC_READER_STATE(walk->reader);
    ensures walk_ok(*walk) && mqc_upto(\old(walk->reader->at), walk->reader->at);
    ensures walk->reader->failed; */
MQC_COLD static void walk_fail(struct walk *walk, enum mqc_rule rule)
{
    if (!walk->noted)
        mqc_reader_fault(walk->reader, rule, walk->end, 0);
    walk->reader->failed = true;
    walk->reader->at = walk->reader->end;
}

/* Notes which rules the property from `begin` to `at` breaks: it is in the wrong place, given again
 * or out of range. */
/*@ requires \valid(walk) && \separated(walk, WALK_REACH(walk)) && walk_ok(*walk);
    requires id < ID_COUNT && walk_at(*walk, begin) && mqc_upto(begin, at) && walk_at(*walk, at);
    assigns MQC_READER_STATE(walk->reader);
    ensures walk_ok(*walk) && mqc_upto(\old(walk->reader->at), walk->reader->at); */
MQC_COLD static void judge(struct walk *walk, uint32_t id, const uint8_t *begin, const uint8_t *at,
                           bool again, uint32_t number)
{
    struct mqc_reader *reader = walk->reader;
    const struct kind *kind = kind_of(id);
    uint32_t places = kind->places >> (2 * walk->place) & 3;
    size_t size = (size_t)(at - begin);
    enum mqc_rule twice = twice_rule(walk->place, id);
    enum mqc_rule range = range_rule(walk->place, id);
    enum mqc_rule side = side_rule(walk->place, id);

    if ((places & sides_of(reader->from)) == 0) {
        mqc_reader_fault(reader, places != 0 ? side : MQC_RULE_PROPERTY_PLACE, begin, size);
        return;
    }
    if (again && twice != 0)
        mqc_reader_fault(reader, twice, begin, size);
    if (number - kind->least > kind->span && range != 0)
        mqc_reader_fault(reader, range, begin, size);
}

/* The properties that may come only once in a place, a bit each: all but User Property and, in
 * PUBLISH, Subscription Identifier. */
/*@ assigns \nothing; */
static uint64_t once_in(enum mqc_place place)
{
    uint64_t repeatable = UINT64_C(1) << MQC_USER_PROPERTY;

    if (place == MQC_PLACE_PUBLISH)
        repeatable |= UINT64_C(1) << MQC_SUBSCRIPTION_IDENTIFIER;
    return ~repeatable;
}

/* Goes from property to property up to the section's end or to what cannot be read. */
/*@ requires \valid(walk) && \separated(walk, WALK_REACH(walk)) && walk_ok(*walk);
    assigns WALK_STATE(walk), walk->reader->properties_seen, walk->reader->payload_is_text;
    ensures walk_ok(*walk) && mqc_upto(\old(walk->reader->at), walk->reader->at); */
static void walk_all(struct walk *walk)
{
    struct mqc_reader *reader = walk->reader;
    const uint8_t *at = walk->begin;
    const uint8_t *end = walk->end;
    uint32_t here = sides_of(reader->from) << (2 * walk->place);
    uint64_t once = once_in(walk->place);
    uint64_t seen = 0;
    uint32_t format = 0;

    /*@ loop invariant walk_ok(*walk) && walk_at(*walk, at);
        loop invariant mqc_upto(\at(walk->reader->at, Pre), reader->at);
        loop assigns at, seen, format, WALK_STATE(walk);
        loop variant end - at; */
    while (at != end) {
        const uint8_t *begin = at;
        const struct kind *kind;
        uint32_t number = 0;
        uint32_t id;
        enum mqc_rule missing = take_varint(walk, &at, &id);

        if (missing != 0) {
            walk_fail(walk, missing);
            break;
        }
        kind = kind_of(id);
        if (kind->places == 0) {
            mqc_reader_fault(reader, MQC_RULE_PROPERTY_UNKNOWN, begin, (size_t)(at - begin));
            break; /* its size is unknown, so the next one cannot be found */
        }
        missing = take_value(walk, kind, id, &at, &number);
        if (missing != 0) {
            walk_fail(walk, missing);
            break;
        }
        if ((kind->places & here) == 0 || ((seen & once) >> id & 1) != 0 ||
            number - kind->least > kind->span)
            judge(walk, id, begin, at, (seen >> id & 1) != 0, number);
        seen |= UINT64_C(1) << id;
        format = id == MQC_PAYLOAD_FORMAT_INDICATOR ? number : format;
    }
    reader->properties_seen = seen;
    reader->payload_is_text = format == 1;
}

/* Reads a Property Length that is not a single byte, or goes past the packet's end: the walk is
 * then over as many bytes as there are. */
/*@ requires \valid(walk) && \separated(walk, WALK_REACH(walk)) && walk_ok(*walk);
    requires walk->begin == walk->reader->end;
    assigns walk->begin, walk->end, WALK_STATE(walk);
    ensures walk_ok(*walk) && mqc_upto(\old(walk->reader->at), walk->reader->at);
    ensures mqc_upto(\old(walk->reader->at), walk->begin);
    ensures \old(walk->reader->failed) ==> walk->reader->failed; */
MQC_COLD static void read_odd_length(struct walk *walk)
{
    struct mqc_reader *reader = walk->reader;
    struct mqc_slice rest = mqc_reader_rest(reader);
    struct mqc_varint length = mqc_varint_read(rest);

    if (rest.size == 0) {
        mqc_reader_fail(reader, walk->place == MQC_PLACE_WILL ? MQC_RULE_WILL_PROPERTIES_MISSING
                                                              : MQC_RULE_PROPERTY_LENGTH_MISSING);
        return;
    }
    if (length.state == MQC_VARINT_CUT) {
        mqc_reader_fail(reader, MQC_RULE_SHORT);
        return;
    }
    if (length.state == MQC_VARINT_LONG) {
        mqc_reader_fault(reader, MQC_RULE_VARINT_LONG, rest.data, length.size);
        reader->failed = true;
        reader->at = reader->end;
        return;
    }
    if (!length.minimal)
        mqc_reader_fault(reader, MQC_RULE_VARINT_MINIMAL, rest.data, length.size);
    walk->begin = rest.data + length.size;
    if (length.value <= rest.size - length.size) {
        walk->end = walk->begin + length.value;
    } else {
        mqc_reader_fault(reader, MQC_RULE_PROPERTY_LENGTH, rest.data, length.size);
        walk->noted = true;
    }
}

struct mqc_slice mqc_reader_section(struct mqc_reader *reader, enum mqc_place place)
{
    struct walk walk = {.reader = reader, .place = place, .begin = reader->end, .end = reader->end};
    size_t left = (size_t)(reader->end - reader->at);

    if (left > 0 && *reader->at < 0x80 && *reader->at < left) {
        walk.begin = reader->at + 1;
        walk.end = walk.begin + *reader->at;
    } else {
        read_odd_length(&walk);
    }
    if (!reader->failed)
        walk_all(&walk);
    reader->failed |= walk.noted;
    reader->at = reader->failed ? reader->end : walk.end;
    return (struct mqc_slice){walk.begin, (size_t)(walk.end - walk.begin)};
}
