#include "codec/unsubscribe.h"

#include <assert.h>

#include "codec/reader.h"

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
        mqc_reader_filter(reader, MQC_RULE_UNSUBSCRIBE_FILTER_UTF8,
                          MQC_RULE_UNSUBSCRIBE_FILTER_NUL);
        count += !reader->failed;
    }
    return count;
}

bool mqc_unsubscribe_decode(const struct mqc_frame *frame, struct mqc_unsubscribe *out,
                            struct mqc_faults *faults)
{
    struct mqc_reader r = mqc_reader_init(frame, faults);

    /*@ assert r.faults == faults; */
    assert(frame->type == MQC_UNSUBSCRIBE); /* the caller chose this function by type */
    *out = (struct mqc_unsubscribe){.packet_id =
                                        mqc_reader_packet_id(&r, MQC_RULE_CLIENT_PACKET_ID_ZERO)};
    out->properties = mqc_reader_properties(&r, MQC_PLACE_UNSUBSCRIBE);
    out->filters = mqc_reader_rest(&r);
    if (out->filters.size == 0)
        mqc_reader_fault(&r, MQC_RULE_UNSUBSCRIBE_EMPTY, r.end, 0);
    out->filter_count = check_filters(&r);
    return !r.failed;
}

bool mqc_string_next(struct mqc_slice *strings, struct mqc_slice *out)
{
    size_t size;

    if (strings->size < 2)
        return false;
    size = mqc_u16_at(strings->data);
    if (size > strings->size - 2)
        return false;
    *out = (struct mqc_slice){strings->data + 2, size};
    strings->data += size + 2;
    strings->size -= size + 2;
    return true;
}

void mqc_unsubscribe_encode(const struct mqc_unsubscribe *unsubscribe, enum mqc_version version,
                            struct mqc_writer *writer)
{
    mqc_writer_u16(writer, unsubscribe->packet_id);
    if (version >= MQC_V5)
        mqc_writer_properties(writer, unsubscribe->properties);
    mqc_writer_bytes(writer, unsubscribe->filters);
}
