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

/* A reader of the body of `frame`. `faults` may not be NULL. */
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
MQC_COLD void mqc_reader_fault(struct mqc_reader *reader, enum mqc_rule rule, const uint8_t *at,
                               size_t size);

/* Notes `rule` where bytes are missing, at the packet's end, and fails the reader. */
MQC_COLD void mqc_reader_fail(struct mqc_reader *reader, enum mqc_rule rule);

/* Notes what is wrong with `text`, which is not plain; the rules as for mqc_reader_string(). */
MQC_COLD void mqc_reader_odd_text(struct mqc_reader *reader, struct mqc_slice text,
                                  enum mqc_rule utf8, enum mqc_rule nul);

/* Notes `rule` for `text`, which is ill-formed, from its first byte that cannot be read on. */
MQC_COLD void mqc_reader_ill_formed(struct mqc_reader *reader, enum mqc_rule rule,
                                    struct mqc_slice text);

/* The rules that a Topic Name of some field can break, besides being empty. */
struct mqc_name_rules {
    enum mqc_rule utf8;
    enum mqc_rule nul;
    enum mqc_rule wildcard;
};

/* Notes what is wrong with the Topic Name `name`, which is not plain. */
MQC_COLD void mqc_reader_odd_name(struct mqc_reader *reader, struct mqc_slice name,
                                  const struct mqc_name_rules *rules);

/* Notes that `topic` has more characters than 3.1 allows, if it has. */
MQC_COLD void mqc_reader_long_topic(struct mqc_reader *reader, struct mqc_slice topic);

#define MQC_V31_TOPIC_MAX 32767u /* characters */

/* Notes `rule` for the two bytes that say that `text` is empty. */
inline void mqc_reader_fault_empty(struct mqc_reader *reader, enum mqc_rule rule,
                                   struct mqc_slice text)
{
    if (!reader->failed)
        mqc_reader_fault(reader, rule, text.data - 2, 2);
}

/* Notes `rule` at the fixed header's first byte unless `holds`. */
inline void mqc_reader_require(struct mqc_reader *reader, bool holds, enum mqc_rule rule)
{
    if (!holds)
        mqc_reader_fault(reader, rule, reader->start, 1);
}

/* Fails with `rule` if nothing is left: the next field, which must be there, is missing whole. */
inline void mqc_reader_expect(struct mqc_reader *reader, enum mqc_rule rule)
{
    if (reader->at == reader->end)
        mqc_reader_fail(reader, rule);
}

inline uint8_t mqc_reader_u8(struct mqc_reader *reader)
{
    if (reader->at == reader->end) {
        mqc_reader_fail(reader, MQC_RULE_SHORT);
        return 0;
    }
    return *reader->at++;
}

inline uint16_t mqc_reader_u16(struct mqc_reader *reader)
{
    const uint8_t *at = reader->at;

    if (reader->end - at < 2) {
        mqc_reader_fail(reader, MQC_RULE_SHORT);
        return 0;
    }
    reader->at = at + 2;
    return (uint16_t)(at[0] << 8 | at[1]);
}

/* A Packet Identifier; `zero` is the rule that 0 breaks. */
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
inline struct mqc_slice mqc_reader_counted(struct mqc_reader *reader, enum mqc_rule missing)
{
    const uint8_t *at = reader->at;
    size_t left = (size_t)(reader->end - at);

    if (left >= 2) {
        size_t size = (size_t)at[0] << 8 | at[1];

        if (size <= left - 2) {
            reader->at = at + 2 + size;
            return (struct mqc_slice){at + 2, size};
        }
    }
    mqc_reader_fail(reader, missing);
    return (struct mqc_slice){NULL, 0};
}

inline struct mqc_slice mqc_reader_binary(struct mqc_reader *reader)
{
    return mqc_reader_counted(reader, MQC_RULE_BINARY_SHORT);
}

/* A string, checked: `utf8` is the rule that ill-formed text breaks, `nul` the one for U+0000. */
inline struct mqc_slice mqc_reader_string(struct mqc_reader *reader, enum mqc_rule utf8,
                                          enum mqc_rule nul)
{
    struct mqc_slice text = mqc_reader_counted(reader, MQC_RULE_STRING_SHORT);

    if (!mqc_utf8_is_plain(text))
        mqc_reader_odd_text(reader, text, utf8, nul);
    return text;
}

/* A Topic Name, checked, but for being empty. */
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
void mqc_reader_judge_filter(struct mqc_reader *reader, struct mqc_slice filter, enum mqc_rule utf8,
                             enum mqc_rule nul);

/* A Topic Filter, checked. */
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
uint8_t mqc_reader_reason(struct mqc_reader *reader, enum mqc_type type, enum mqc_rule rule,
                          enum mqc_rule side);

/* Reads and checks a section that is not empty; see section.c. */
struct mqc_slice mqc_reader_section(struct mqc_reader *reader, enum mqc_place place);

/* Reads and checks a property section, Property Length included; empty before 5.0. */
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
inline bool mqc_reader_saw(const struct mqc_reader *reader, enum mqc_property_id id)
{
    return (reader->properties_seen >> id & 1) != 0;
}

/* What is left, not consumed. */
inline struct mqc_slice mqc_reader_rest(const struct mqc_reader *reader)
{
    return (struct mqc_slice){reader->at, (size_t)(reader->end - reader->at)};
}

/* Notes surplus bytes, if any, as a breach of `rule`, and says whether the body was read to its
 * end. */
inline bool mqc_reader_finish_as(struct mqc_reader *reader, enum mqc_rule rule)
{
    if (reader->at != reader->end)
        mqc_reader_fault(reader, rule, reader->at, (size_t)(reader->end - reader->at));
    return !reader->failed;
}

inline bool mqc_reader_finish(struct mqc_reader *reader)
{
    return mqc_reader_finish_as(reader, MQC_RULE_SURPLUS);
}

#endif
