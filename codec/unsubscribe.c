#include "codec/unsubscribe.h"

#include <assert.h>

#include "codec/reader.h"

bool mqc_unsubscribe_decode(const struct mqc_frame *frame, struct mqc_unsubscribe *out,
                            struct mqc_faults *faults)
{
    struct mqc_reader r = mqc_reader_init(frame, faults);

    assert(frame->type == MQC_UNSUBSCRIBE); /* the caller chose this function by type */
    *out = (struct mqc_unsubscribe){.packet_id =
                                        mqc_reader_packet_id(&r, MQC_RULE_CLIENT_PACKET_ID_ZERO)};
    out->properties = mqc_reader_properties(&r, MQC_PLACE_UNSUBSCRIBE);
    out->filters = mqc_reader_rest(&r);
    if (out->filters.size == 0)
        mqc_reader_fault(&r, MQC_RULE_UNSUBSCRIBE_EMPTY, r.end, 0);

    while (r.at != r.end) {
        mqc_reader_filter(&r, MQC_RULE_UNSUBSCRIBE_FILTER_UTF8, MQC_RULE_UNSUBSCRIBE_FILTER_NUL);
        out->filter_count += !r.failed;
    }
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
