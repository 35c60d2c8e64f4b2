#include "codec/subscribe.h"

#include <assert.h>

#include "codec/reader.h"

/*@ requires mqc_readable(filter);
    assigns \nothing; */
static bool is_shared(struct mqc_slice filter)
{
    static const uint8_t prefix[] = "$share/";
    size_t size = sizeof prefix - 1;

    return filter.size >= size && memcmp(filter.data, prefix, size) == 0;
}

/* Notes what is wrong with the options byte at `at`, the last one read. Before 5.0 it is the
 * requested QoS and all other bits are reserved. */
/*@ requires mqc_reader_ok(reader) && \valid_read(filter) && mqc_readable(filter->filter);
    requires mqc_reader_span(reader, at, 1);
    requires \separated(filter, reader, reader->faults,
                        reader->faults->items + (0 .. reader->faults->capacity - 1));
    assigns MQC_READER_STATE(reader);
    ensures mqc_reader_ok(reader) && mqc_upto(\old(reader->at), reader->at); */
MQC_COLD static void judge_options(struct mqc_reader *reader, const struct mqc_filter *filter,
                                   const uint8_t *at)
{
    bool v5 = reader->version >= MQC_V5;
    uint8_t options = filter->options;

    if ((options & (v5 ? MQC_OPTION_RESERVED : ~MQC_OPTION_QOS)) != 0)
        mqc_reader_fault(reader, MQC_RULE_OPTIONS_RESERVED, at, 1);
    if ((options & MQC_OPTION_QOS) == MQC_OPTION_QOS)
        mqc_reader_fault(reader, MQC_RULE_OPTIONS_QOS, at, 1);
    if ((options & MQC_OPTION_RETAIN_HANDLING) == MQC_OPTION_RETAIN_HANDLING)
        mqc_reader_fault(reader, MQC_RULE_OPTIONS_RETAIN_HANDLING, at, 1);
    if ((options & MQC_OPTION_NO_LOCAL) != 0 && is_shared(filter->filter))
        mqc_reader_fault(reader, MQC_RULE_OPTIONS_NO_LOCAL, at, 1);
}

/* The number of filters that could be read. */
/*@ requires mqc_reader_ok(reader);
    assigns MQC_READER_STATE(reader);
    ensures mqc_reader_ok(reader); */
static size_t check_filters(struct mqc_reader *reader)
{
    size_t count = 0;

    /*@ loop invariant mqc_reader_ok(reader);
        loop assigns count, MQC_READER_STATE(reader);
        loop variant reader->end - reader->at; */
    while (reader->at != reader->end) {
        struct mqc_filter filter;

        filter.filter = mqc_reader_filter(reader, MQC_RULE_SUBSCRIBE_FILTER_UTF8,
                                          MQC_RULE_SUBSCRIBE_FILTER_NUL);
        filter.options = mqc_reader_u8(reader);
        if (filter.options > 2)
            judge_options(reader, &filter, reader->at - 1);
        count += !reader->failed;
    }
    return count;
}

bool mqc_subscribe_decode(const struct mqc_frame *frame, struct mqc_subscribe *out,
                          struct mqc_faults *faults)
{
    struct mqc_reader r = mqc_reader_init(frame, faults);

    /*@ assert r.faults == faults; */
    assert(frame->type == MQC_SUBSCRIBE); /* the caller chose this function by type */
    *out = (struct mqc_subscribe){.packet_id =
                                      mqc_reader_packet_id(&r, MQC_RULE_CLIENT_PACKET_ID_ZERO)};
    out->properties = mqc_reader_properties(&r, MQC_PLACE_SUBSCRIBE);
    out->filters = mqc_reader_rest(&r);
    if (out->filters.size == 0)
        mqc_reader_fault(&r, MQC_RULE_SUBSCRIBE_EMPTY, r.end, 0);
    out->filter_count = check_filters(&r);
    return !r.failed;
}

bool mqc_filter_next(struct mqc_slice *filters, struct mqc_filter *out)
{
    const uint8_t *at = filters->data;
    size_t size;

    if (filters->size < 3)
        return false;
    size = mqc_u16_at(at);
    if (size > filters->size - 3)
        return false;
    *out = (struct mqc_filter){.filter = {at + 2, size}, .options = at[2 + size]};
    filters->data += size + 3;
    filters->size -= size + 3;
    return true;
}

void mqc_filter_write(struct mqc_writer *writer, const struct mqc_filter *filter)
{
    mqc_writer_string(writer, filter->filter);
    mqc_writer_u8(writer, filter->options);
}

void mqc_subscribe_encode(const struct mqc_subscribe *subscribe, enum mqc_version version,
                          struct mqc_writer *writer)
{
    mqc_writer_u16(writer, subscribe->packet_id);
    if (version >= MQC_V5)
        mqc_writer_properties(writer, subscribe->properties);
    mqc_writer_bytes(writer, subscribe->filters);
}
