#include "codec/frame.h"

#include "codec/varint.h"

/* The functions of varint.h, for callers into which the compiler does not put them. */
extern inline struct mqc_varint mqc_varint_read(struct mqc_slice bytes);

/* A Remaining Length that is not a single byte that has come. */
/*@ requires mqc_readable(bytes) && \valid(out);
    assigns out->size, out->header_size;
    ensures \result == MQC_FRAME_COMPLETE ==>
            2 <= out->header_size <= 5 && out->header_size <= out->size <= bytes.size;
    ensures \result == MQC_FRAME_BROKEN ==> out->header_size == out->size == 5 <= bytes.size;
    ensures \result == MQC_FRAME_INCOMPLETE ==> bytes.size < out->size; */
static enum mqc_frame_state read_length(struct mqc_slice bytes, struct mqc_frame *out)
{
    struct mqc_varint length = {.state = MQC_VARINT_CUT};

    if (bytes.size > 1)
        length = mqc_varint_read((struct mqc_slice){bytes.data + 1, bytes.size - 1});
    out->header_size = length.state == MQC_VARINT_CUT ? 0 : 1 + length.size;
    if (length.state == MQC_VARINT_CUT) {
        out->size = 1 + length.size + 1;
        return MQC_FRAME_INCOMPLETE;
    }
    if (length.state == MQC_VARINT_LONG) {
        out->size = out->header_size;
        return MQC_FRAME_BROKEN;
    }
    out->size = out->header_size + length.value;
    return out->size <= bytes.size ? MQC_FRAME_COMPLETE : MQC_FRAME_INCOMPLETE;
}

enum mqc_frame_state mqc_frame_read(struct mqc_slice bytes, struct mqc_frame *out)
{
    uint8_t first = bytes.size > 0 ? bytes.data[0] : 0;

    out->bytes = bytes.data;
    out->type = (enum mqc_type)(first >> 4);
    out->flags = first & 0x0f;
    if (bytes.size < 2 || bytes.data[1] >= 0x80)
        return read_length(bytes, out);
    out->header_size = 2;
    out->size = 2 + (size_t)bytes.data[1];
    return out->size <= bytes.size ? MQC_FRAME_COMPLETE : MQC_FRAME_INCOMPLETE;
}
