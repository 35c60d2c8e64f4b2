/*
 * A reader of one packet. Errors stick: a reader that runs out of bytes notes one fault, fails, and
 * from then on yields zeros and empty slices, so that decoding reads like the packet's picture.
 * Once it has failed nothing more is noted: one cannot judge what could not be read.
 *
 * Three ends are kept apart: the buffer's end is the framer's business, `end` is the packet's, and
 * a property section is read by a walk of its own that cannot leave the section.
 *
 * The good case is inline; whatever notes a fault is a call to a function out of the way.
 */
#ifndef MQC_READER_H
#define MQC_READER_H

#include "codec/fault.h"
#include "codec/frame.h"
#include "codec/property.h"
#include "codec/utf8.h"

#ifdef __GNUC__
#define MQC_COLD __attribute__((cold, noinline))
#else
#define MQC_COLD
#endif

struct mqc_reader {
    const uint8_t *start; /* the packet's first byte: offsets count from here */
    const uint8_t *at;    /* `end` once the reader has failed, so that one test finds out both */
    const uint8_t *end;
    struct mqc_faults *faults;
    enum mqc_version version;
    enum mqc_side from;
    bool failed;

    /* What the last property section held. */
    uint64_t properties_seen; /* a bit for each identifier */
    bool payload_is_text;     /* Payload Format Indicator 1 */
};

/*
 * What the contracts of the readers are made of. A reader goes forward only, stays in its packet
 * and leaves alone what is not its own; a fault's span lies in the packet.
 */
/*@ predicate mqc_reader_ok(struct mqc_reader *r) =
        \valid(r) && mqc_upto(r->start, r->at) && mqc_upto(r->at, r->end) &&
        (r->failed ==> r->at == r->end) &&
        \valid_read(r->start + (0 .. r->end - r->start - 1)) && r->from <= MQC_SERVER &&
        r->end - r->start <= SIZE_MAX && mqc_version_known(r->version) &&
        mqc_faults_ok(r->faults) &&
        \separated(r, r->faults, r->faults->items + (0 .. r->faults->capacity - 1),
                   r->start + (0 .. r->end - r->start - 1));
    predicate mqc_reader_span(struct mqc_reader *r, uint8_t *at, integer size) =
        r->failed || (mqc_upto(r->start, at) && 0 <= size && mqc_upto(at + size, r->end));
    predicate mqc_reader_part(struct mqc_reader *r, struct mqc_slice s) =
        s.size == 0 || (mqc_upto(r->start, s.data) && mqc_upto(s.data + s.size, r->end));
    predicate mqc_reader_holds(struct mqc_reader *r, struct mqc_slice s) =
        mqc_reader_part(r, s) && mqc_reader_span(r, s.data, s.size);
    predicate mqc_reader_took(struct mqc_reader *r, uint8_t *from, struct mqc_slice s) =
        mqc_reader_part(r, s) && (r->failed || (s.data == from + 2 && r->at == s.data + s.size)); */

/* What they change, and that they do not share with what a decoder fills. */
/* clang-format off */
#define MQC_READER_STATE(r)                                                                        \
    (r)->at, (r)->failed, (r)->faults->count, (r)->faults->items[0 .. (r)->faults->capacity - 1]
#define MQC_READER_APART(r, out)                                                                   \
    \separated(out, r, (r)->faults, (r)->faults->items + (0 .. (r)->faults->capacity - 1),         \
               (r)->start + (0 .. (r)->end - (r)->start - 1))
/* clang-format on */

/* A reader of the body of `frame`. `faults` may not be NULL. */
/*@ requires mqc_frame_ok(frame);
    assigns \nothing;
    ensures \result.start == frame->bytes && \result.at == frame->bytes + frame->header_size &&
            \result.end == frame->bytes + frame->size && \result.faults == faults &&
            \result.version == frame->version && \result.from == frame->from &&
            !\result.failed; */
inline struct mqc_reader mqc_reader_init(const struct mqc_frame *frame, struct mqc_faults *faults)
{
    return (struct mqc_reader){
        .start = frame->bytes,
        .at = frame->bytes + frame->header_size,
        .end = frame->bytes + frame->size,
        .faults = faults,
        .version = frame->version,
        .from = frame->from,
    };
}

/* Notes `rule` for `size` bytes at `at` (a pointer into the packet). */
/*@ requires mqc_reader_ok(reader);
    requires rule < MQC_RULE_COUNT && mqc_reader_span(reader, at, size);
    assigns MQC_READER_STATE(reader);
    ensures mqc_reader_ok(reader) && mqc_upto(\old(reader->at), reader->at);
    ensures reader->failed || (!\old(reader->failed) && reader->at == \old(reader->at)); */
MQC_COLD void mqc_reader_fault(struct mqc_reader *reader, enum mqc_rule rule, const uint8_t *at,
                               size_t size);

/* Notes `rule` where bytes are missing, at the packet's end, and fails the reader. */
/*@ requires mqc_reader_ok(reader);
    requires rule < MQC_RULE_COUNT;
    assigns MQC_READER_STATE(reader);
    ensures mqc_reader_ok(reader) && mqc_upto(\old(reader->at), reader->at);
    ensures reader->failed; */
MQC_COLD void mqc_reader_fail(struct mqc_reader *reader, enum mqc_rule rule);

/* Notes what is wrong with `text`, which is not plain; the rules as for mqc_reader_string(). */
/*@ requires mqc_reader_ok(reader);
    requires utf8 < MQC_RULE_COUNT && nul < MQC_RULE_COUNT && mqc_reader_holds(reader, text);
    assigns MQC_READER_STATE(reader);
    ensures mqc_reader_ok(reader) && mqc_upto(\old(reader->at), reader->at);
    ensures reader->failed || (!\old(reader->failed) && reader->at == \old(reader->at)); */
MQC_COLD void mqc_reader_odd_text(struct mqc_reader *reader, struct mqc_slice text,
                                  enum mqc_rule utf8, enum mqc_rule nul);

/* Notes `rule` for `text`, which is ill-formed, from its first byte that cannot be read on. */
/*@ requires mqc_reader_ok(reader);
    requires rule < MQC_RULE_COUNT && mqc_reader_holds(reader, text);
    assigns MQC_READER_STATE(reader);
    ensures mqc_reader_ok(reader) && mqc_upto(\old(reader->at), reader->at);
    ensures reader->failed || (!\old(reader->failed) && reader->at == \old(reader->at)); */
MQC_COLD void mqc_reader_ill_formed(struct mqc_reader *reader, enum mqc_rule rule,
                                    struct mqc_slice text);

/* The Two Byte Integer at `at`, the high byte first: v5 section 1.5.2. */
/*@ requires \valid_read(at + (0 .. 1));
    assigns \nothing; */
inline size_t mqc_u16_at(const uint8_t *at)
{
    return (size_t)at[0] << 8 | at[1];
}

/* The rules that a Topic Name of some field can break, besides being empty. */
struct mqc_name_rules {
    enum mqc_rule utf8;
    enum mqc_rule nul;
    enum mqc_rule wildcard;
};

/*@ predicate mqc_name_rules_ok(struct mqc_name_rules *rules) =
        \valid_read(rules) && !\valid(rules) && rules->utf8 < MQC_RULE_COUNT &&
        rules->nul < MQC_RULE_COUNT && rules->wildcard < MQC_RULE_COUNT; */

/* Notes what is wrong with the Topic Name `name`, which is not plain. */
/*@ requires mqc_reader_ok(reader);
    requires mqc_name_rules_ok(rules) && mqc_reader_holds(reader, name);
    assigns MQC_READER_STATE(reader);
    ensures mqc_reader_ok(reader) && mqc_upto(\old(reader->at), reader->at);
    ensures reader->failed || (!\old(reader->failed) && reader->at == \old(reader->at)); */
MQC_COLD void mqc_reader_odd_name(struct mqc_reader *reader, struct mqc_slice name,
                                  const struct mqc_name_rules *rules);

/* Notes that `topic` has more characters than 3.1 allows, if it has. */
/*@ requires mqc_reader_ok(reader);
    requires mqc_reader_holds(reader, topic);
    assigns MQC_READER_STATE(reader);
    ensures mqc_reader_ok(reader) && mqc_upto(\old(reader->at), reader->at);
    ensures reader->failed || (!\old(reader->failed) && reader->at == \old(reader->at)); */
MQC_COLD void mqc_reader_long_topic(struct mqc_reader *reader, struct mqc_slice topic);

#define MQC_V31_TOPIC_MAX 32767u /* characters */

/* Notes `rule` for the two bytes that say that `text` is empty. */
/*@ requires mqc_reader_ok(reader);
    requires rule < MQC_RULE_COUNT && mqc_reader_span(reader, text.data - 2, 2);
    assigns MQC_READER_STATE(reader);
    ensures mqc_reader_ok(reader) && mqc_upto(\old(reader->at), reader->at);
    ensures reader->failed || (!\old(reader->failed) && reader->at == \old(reader->at)); */
inline void mqc_reader_fault_empty(struct mqc_reader *reader, enum mqc_rule rule,
                                   struct mqc_slice text)
{
    if (!reader->failed)
        mqc_reader_fault(reader, rule, text.data - 2, 2);
}

/* Notes `rule` at the fixed header's first byte unless `holds`. */
/*@ requires mqc_reader_ok(reader);
    requires rule < MQC_RULE_COUNT && mqc_upto(reader->start + 1, reader->end);
    assigns MQC_READER_STATE(reader);
    ensures mqc_reader_ok(reader) && mqc_upto(\old(reader->at), reader->at);
    ensures reader->failed || reader->at == \old(reader->at); */
inline void mqc_reader_require(struct mqc_reader *reader, bool holds, enum mqc_rule rule)
{
    if (!holds)
        mqc_reader_fault(reader, rule, reader->start, 1);
}

/* Fails with `rule` if nothing is left: the next field, which must be there, is missing whole. */
/*@ requires mqc_reader_ok(reader);
    requires rule < MQC_RULE_COUNT;
    assigns MQC_READER_STATE(reader);
    ensures mqc_reader_ok(reader) && mqc_upto(\old(reader->at), reader->at);
    ensures \old(reader->failed) ==> reader->failed; */
inline void mqc_reader_expect(struct mqc_reader *reader, enum mqc_rule rule)
{
    if (reader->at == reader->end)
        mqc_reader_fail(reader, rule);
}

/*@ requires mqc_reader_ok(reader);
    assigns MQC_READER_STATE(reader);
    ensures mqc_reader_ok(reader) && mqc_upto(\old(reader->at), reader->at);
    ensures \old(reader->failed) ==> reader->failed;
    ensures reader->failed || reader->at == \old(reader->at) + 1; */
inline uint8_t mqc_reader_u8(struct mqc_reader *reader)
{
    if (reader->at == reader->end) {
        mqc_reader_fail(reader, MQC_RULE_SHORT);
        return 0;
    }
    return *reader->at++;
}

/*@ requires mqc_reader_ok(reader);
    assigns MQC_READER_STATE(reader);
    ensures mqc_reader_ok(reader) && mqc_upto(\old(reader->at), reader->at);
    ensures \old(reader->failed) ==> reader->failed;
    ensures reader->failed || reader->at == \old(reader->at) + 2; */
inline uint16_t mqc_reader_u16(struct mqc_reader *reader)
{
    const uint8_t *at = reader->at;

    if (reader->end - at < 2) {
        mqc_reader_fail(reader, MQC_RULE_SHORT);
        return 0;
    }
    reader->at = at + 2;
    return (uint16_t)mqc_u16_at(at);
}

/* A Packet Identifier; `zero` is the rule that 0 breaks. */
/*@ requires mqc_reader_ok(reader);
    requires zero < MQC_RULE_COUNT;
    assigns MQC_READER_STATE(reader);
    ensures mqc_reader_ok(reader) && mqc_upto(\old(reader->at), reader->at);
    ensures \old(reader->failed) ==> reader->failed;
    ensures reader->failed || reader->at == \old(reader->at) + 2; */
inline uint16_t mqc_reader_packet_id(struct mqc_reader *reader, enum mqc_rule zero)
{
    const uint8_t *at = reader->at;
    uint16_t id = mqc_reader_u16(reader);

    if (id == 0)
        mqc_reader_fault(reader, zero, at, 2);
    return id;
}

/* u16 byte count and that many bytes, unchecked; `missing` is the rule if they are not all there.
 */
/*@ requires mqc_reader_ok(reader);
    requires missing < MQC_RULE_COUNT;
    assigns MQC_READER_STATE(reader);
    ensures mqc_reader_ok(reader) && mqc_upto(\old(reader->at), reader->at);
    ensures \old(reader->failed) ==> reader->failed;
    ensures mqc_reader_took(reader, \old(reader->at), \result);
    ensures reader->failed ==> \result.size == 0; */
inline struct mqc_slice mqc_reader_counted(struct mqc_reader *reader, enum mqc_rule missing)
{
    const uint8_t *at = reader->at;
    size_t left = (size_t)(reader->end - at);

    if (left >= 2) {
        size_t size = mqc_u16_at(at);

        if (size <= left - 2) {
            reader->at = at + 2 + size;
            return (struct mqc_slice){at + 2, size};
        }
    }
    mqc_reader_fail(reader, missing);
    return (struct mqc_slice){NULL, 0};
}

/*@ requires mqc_reader_ok(reader);
    assigns MQC_READER_STATE(reader);
    ensures mqc_reader_ok(reader) && mqc_upto(\old(reader->at), reader->at);
    ensures \old(reader->failed) ==> reader->failed;
    ensures mqc_reader_took(reader, \old(reader->at), \result); */
inline struct mqc_slice mqc_reader_binary(struct mqc_reader *reader)
{
    return mqc_reader_counted(reader, MQC_RULE_BINARY_SHORT);
}

/* A string, checked: `utf8` is the rule that ill-formed text breaks, `nul` the one for U+0000. */
/*@ requires mqc_reader_ok(reader);
    requires utf8 < MQC_RULE_COUNT && nul < MQC_RULE_COUNT;
    assigns MQC_READER_STATE(reader);
    ensures mqc_reader_ok(reader) && mqc_upto(\old(reader->at), reader->at);
    ensures \old(reader->failed) ==> reader->failed;
    ensures mqc_reader_took(reader, \old(reader->at), \result); */
inline struct mqc_slice mqc_reader_string(struct mqc_reader *reader, enum mqc_rule utf8,
                                          enum mqc_rule nul)
{
    struct mqc_slice text = mqc_reader_counted(reader, MQC_RULE_STRING_SHORT);

    if (!mqc_utf8_is_plain(text))
        mqc_reader_odd_text(reader, text, utf8, nul);
    return text;
}

/* A Topic Name, checked, but for being empty. */
/*@ requires mqc_reader_ok(reader);
    requires mqc_name_rules_ok(rules);
    assigns MQC_READER_STATE(reader);
    ensures mqc_reader_ok(reader) && mqc_upto(\old(reader->at), reader->at);
    ensures \old(reader->failed) ==> reader->failed;
    ensures mqc_reader_took(reader, \old(reader->at), \result); */
inline struct mqc_slice mqc_reader_name(struct mqc_reader *reader,
                                        const struct mqc_name_rules *rules)
{
    struct mqc_slice name = mqc_reader_counted(reader, MQC_RULE_STRING_SHORT);

    if (!mqc_utf8_is_plain_name(name))
        mqc_reader_odd_name(reader, name, rules);
    if (name.size > MQC_V31_TOPIC_MAX)
        mqc_reader_long_topic(reader, name);
    return name;
}

/* Notes what is wrong with a Topic Filter, if anything is. */
/*@ requires mqc_reader_ok(reader);
    requires utf8 < MQC_RULE_COUNT && nul < MQC_RULE_COUNT;
    requires mqc_reader_holds(reader, filter);
    requires filter.size == 0 ==> mqc_reader_span(reader, filter.data - 2, 2);
    assigns MQC_READER_STATE(reader);
    ensures mqc_reader_ok(reader) && mqc_upto(\old(reader->at), reader->at);
    ensures reader->failed || (!\old(reader->failed) && reader->at == \old(reader->at)); */
void mqc_reader_judge_filter(struct mqc_reader *reader, struct mqc_slice filter, enum mqc_rule utf8,
                             enum mqc_rule nul);

/* A Topic Filter, checked. */
/*@ requires mqc_reader_ok(reader);
    requires utf8 < MQC_RULE_COUNT && nul < MQC_RULE_COUNT;
    assigns MQC_READER_STATE(reader);
    ensures mqc_reader_ok(reader) && mqc_upto(\old(reader->at), reader->at);
    ensures \old(reader->failed) ==> reader->failed;
    ensures mqc_reader_took(reader, \old(reader->at), \result); */
inline struct mqc_slice mqc_reader_filter(struct mqc_reader *reader, enum mqc_rule utf8,
                                          enum mqc_rule nul)
{
    struct mqc_slice filter = mqc_reader_counted(reader, MQC_RULE_STRING_SHORT);

    /* Without wildcards, and not $share/, a filter is as good as a name. */
    if (filter.size == 0 || filter.size > MQC_V31_TOPIC_MAX || filter.data[0] == '$' ||
        !mqc_utf8_is_plain_name(filter))
        mqc_reader_judge_filter(reader, filter, utf8, nul);
    return filter;
}

/* A Reason Code. `rule` is broken by a code that `type` does not have, `side` by one that only the
 * other side sends with it. */
/*@ requires mqc_reader_ok(reader);
    requires rule < MQC_RULE_COUNT && side < MQC_RULE_COUNT && type < 16;
    assigns MQC_READER_STATE(reader);
    ensures mqc_reader_ok(reader) && mqc_upto(\old(reader->at), reader->at);
    ensures \old(reader->failed) ==> reader->failed; */
uint8_t mqc_reader_reason(struct mqc_reader *reader, enum mqc_type type, enum mqc_rule rule,
                          enum mqc_rule side);

/* Reads and checks a section that is not empty; see section.c. */
/*@ requires mqc_reader_ok(reader);
    requires place < MQC_PLACE_COUNT && reader->version == MQC_V5;
    assigns MQC_READER_STATE(reader), reader->properties_seen, reader->payload_is_text;
    ensures mqc_reader_ok(reader) && mqc_upto(\old(reader->at), reader->at);
    ensures \old(reader->failed) ==> reader->failed;
    ensures mqc_reader_holds(reader, \result); */
struct mqc_slice mqc_reader_section(struct mqc_reader *reader, enum mqc_place place);

/* Reads and checks a property section, Property Length included; empty before 5.0. */
/*@ requires mqc_reader_ok(reader);
    requires place < MQC_PLACE_COUNT;
    assigns MQC_READER_STATE(reader), reader->properties_seen, reader->payload_is_text;
    ensures mqc_reader_ok(reader) && mqc_upto(\old(reader->at), reader->at);
    ensures \old(reader->failed) ==> reader->failed;
    ensures mqc_reader_part(reader, \result);
    ensures reader->version >= MQC_V5 ==> mqc_reader_holds(reader, \result); */
inline struct mqc_slice mqc_reader_properties(struct mqc_reader *reader, enum mqc_place place)
{
    reader->properties_seen = 0;
    reader->payload_is_text = false;
    if (reader->version < MQC_V5)
        return (struct mqc_slice){NULL, 0};
    if (reader->at != reader->end && *reader->at == 0)
        return (struct mqc_slice){++reader->at, 0};
    return mqc_reader_section(reader, place);
}

/* Whether the last property section held the property. */
/*@ requires \valid_read(reader) && id < 64;
    assigns \nothing; */
inline bool mqc_reader_saw(const struct mqc_reader *reader, enum mqc_property_id id)
{
    return (reader->properties_seen >> id & 1) != 0;
}

/* What is left, not consumed. */
/*@ requires \valid_read(reader) && mqc_upto(reader->at, reader->end) &&
             reader->end - reader->at <= SIZE_MAX;
    requires \valid_read(reader->at + (0 .. reader->end - reader->at - 1));
    assigns \nothing;
    ensures mqc_readable(\result) && \result.data == reader->at;
    ensures \result.data + \result.size == reader->end; */
inline struct mqc_slice mqc_reader_rest(const struct mqc_reader *reader)
{
    return (struct mqc_slice){reader->at, (size_t)(reader->end - reader->at)};
}

/* Notes surplus bytes, if any, as a breach of `rule`, and says whether the body was read to its
 * end. */
/*@ requires mqc_reader_ok(reader);
    requires rule < MQC_RULE_COUNT;
    assigns MQC_READER_STATE(reader);
    ensures mqc_reader_ok(reader) && mqc_upto(\old(reader->at), reader->at); */
inline bool mqc_reader_finish_as(struct mqc_reader *reader, enum mqc_rule rule)
{
    if (reader->at != reader->end)
        mqc_reader_fault(reader, rule, reader->at, (size_t)(reader->end - reader->at));
    return !reader->failed;
}

/*@ requires mqc_reader_ok(reader);
    assigns MQC_READER_STATE(reader);
    ensures mqc_reader_ok(reader) && mqc_upto(\old(reader->at), reader->at); */
inline bool mqc_reader_finish(struct mqc_reader *reader)
{
    return mqc_reader_finish_as(reader, MQC_RULE_SURPLUS);
}

#endif
