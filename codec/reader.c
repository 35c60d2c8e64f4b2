#include "codec/reader.h"

#include "codec/reason.h"
#include "codec/topic.h"

/* The functions of reader.h, for callers into which the compiler does not put them. */
extern inline struct mqc_reader mqc_reader_init(const struct mqc_frame *frame,
                                                struct mqc_faults *faults);
extern inline size_t mqc_u16_at(const uint8_t *at);
extern inline void mqc_reader_fault_empty(struct mqc_reader *reader, enum mqc_rule rule,
                                          struct mqc_slice text);
extern inline void mqc_reader_require(struct mqc_reader *reader, bool holds, enum mqc_rule rule);
extern inline void mqc_reader_expect(struct mqc_reader *reader, enum mqc_rule rule);
extern inline uint8_t mqc_reader_u8(struct mqc_reader *reader);
extern inline uint16_t mqc_reader_u16(struct mqc_reader *reader);
extern inline uint16_t mqc_reader_packet_id(struct mqc_reader *reader, enum mqc_rule zero);
extern inline struct mqc_slice mqc_reader_counted(struct mqc_reader *reader, enum mqc_rule missing);
extern inline struct mqc_slice mqc_reader_binary(struct mqc_reader *reader);
extern inline struct mqc_slice mqc_reader_string(struct mqc_reader *reader, enum mqc_rule utf8,
                                                 enum mqc_rule nul);
extern inline struct mqc_slice mqc_reader_name(struct mqc_reader *reader,
                                               const struct mqc_name_rules *rules);
extern inline struct mqc_slice mqc_reader_filter(struct mqc_reader *reader, enum mqc_rule utf8,
                                                 enum mqc_rule nul);
extern inline struct mqc_slice mqc_reader_properties(struct mqc_reader *reader,
                                                     enum mqc_place place);
extern inline bool mqc_reader_saw(const struct mqc_reader *reader, enum mqc_property_id id);
extern inline struct mqc_slice mqc_reader_rest(const struct mqc_reader *reader);
extern inline bool mqc_reader_finish_as(struct mqc_reader *reader, enum mqc_rule rule);
extern inline bool mqc_reader_finish(struct mqc_reader *reader);

void mqc_reader_fault(struct mqc_reader *reader, enum mqc_rule rule, const uint8_t *at, size_t size)
{
    if (reader->failed)
        return;
    if (mqc_faults_add(reader->faults, rule, reader->version, (size_t)(at - reader->start), size)) {
        reader->failed = true;
        reader->at = reader->end;
    }
}

void mqc_reader_fail(struct mqc_reader *reader, enum mqc_rule rule)
{
    mqc_reader_fault(reader, rule, reader->end, 0);
    reader->failed = true;
    reader->at = reader->end;
}

void mqc_reader_odd_text(struct mqc_reader *reader, struct mqc_slice text, enum mqc_rule utf8,
                         enum mqc_rule nul)
{
    struct mqc_utf8 found = mqc_utf8_check(text);

    if (!found.well_formed)
        mqc_reader_fault(reader, utf8, text.data + found.fault_at, text.size - found.fault_at);
    if (found.has_nul)
        mqc_reader_fault(reader, nul, text.data + found.nul_at, 1);
    if (found.has_control)
        mqc_reader_fault(reader, MQC_RULE_STRING_CONTROL, text.data + found.control_at,
                         mqc_utf8_width(text.data[found.control_at]));
}

void mqc_reader_ill_formed(struct mqc_reader *reader, enum mqc_rule rule, struct mqc_slice text)
{
    size_t fault_at = mqc_utf8_check(text).fault_at;

    mqc_reader_fault(reader, rule, text.data + fault_at, text.size - fault_at);
}

void mqc_reader_odd_name(struct mqc_reader *reader, struct mqc_slice name,
                         const struct mqc_name_rules *rules)
{
    mqc_reader_odd_text(reader, name, rules->utf8, rules->nul);
    /*@ loop invariant i <= name.size;
        loop assigns i;
        loop variant name.size - i; */
    for (size_t i = 0; i < name.size; i++) {
        if (name.data[i] == '+' || name.data[i] == '#') {
            mqc_reader_fault(reader, rules->wildcard, name.data + i, 1);
            break;
        }
    }
}

void mqc_reader_long_topic(struct mqc_reader *reader, struct mqc_slice topic)
{
    if (mqc_utf8_count(topic) > MQC_V31_TOPIC_MAX)
        mqc_reader_fault(reader, MQC_RULE_TOPIC_LENGTH, topic.data, topic.size);
}

/* The rule about ShareNames that `filter`, known to break one, breaks. */
/*@ requires mqc_readable(filter) && filter.size >= 7;
    assigns \nothing;
    ensures \result < MQC_RULE_COUNT; */
static enum mqc_rule share_name_rule(struct mqc_slice filter)
{
    size_t prefix = sizeof "$share/" - 1;

    return filter.size == prefix || filter.data[prefix] == '/' ? MQC_RULE_SHARE_NAME_EMPTY
                                                               : MQC_RULE_SHARE_NAME;
}

void mqc_reader_judge_filter(struct mqc_reader *reader, struct mqc_slice filter, enum mqc_rule utf8,
                             enum mqc_rule nul)
{
    enum mqc_rule rule = MQC_RULE_FILTER_EMPTY;

    if (reader->failed)
        return;
    if (!mqc_utf8_is_plain(filter))
        mqc_reader_odd_text(reader, filter, utf8, nul);
    if (filter.size > MQC_V31_TOPIC_MAX)
        mqc_reader_long_topic(reader, filter);

    switch (mqc_topic_filter_check(filter, reader->version)) {
    case MQC_TOPIC_OK:
        return;
    case MQC_TOPIC_EMPTY:
        mqc_reader_fault_empty(reader, MQC_RULE_FILTER_EMPTY, filter);
        return;
    case MQC_TOPIC_WILDCARD:
        rule = MQC_RULE_FILTER_PLUS;
        break;
    case MQC_TOPIC_HASH:
        rule = MQC_RULE_FILTER_HASH;
        break;
    case MQC_TOPIC_SHARE_NAME:
        rule = share_name_rule(filter);
        break;
    case MQC_TOPIC_SHARE_FILTER:
        rule = MQC_RULE_SHARE_FILTER;
        break;
    }
    mqc_reader_fault(reader, rule, filter.data, filter.size);
}

uint8_t mqc_reader_reason(struct mqc_reader *reader, enum mqc_type type, enum mqc_rule rule,
                          enum mqc_rule side)
{
    const uint8_t *at = reader->at;
    uint8_t code = mqc_reader_u8(reader);

    if (!mqc_reason_allowed(reader->version, type, reader->from, code)) {
        bool other = mqc_reason_allowed(reader->version, type, MQC_SIDE_UNKNOWN, code);

        mqc_reader_fault(reader, other ? side : rule, at, 1);
    }
    return code;
}
