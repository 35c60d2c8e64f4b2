#include "codec/frame.h"

#include "codec/varint.h"

enum mqc_frame_state mqc_frame_read(struct mqc_slice bytes, struct mqc_frame *out)
{
    struct mqc_varint length;

    *out = (struct mqc_frame){
        .bytes = bytes.data, .size = 2, .version = out->version, .from = out->from};
    if (bytes.size == 0)
        return MQC_FRAME_INCOMPLETE;
    out->type = (enum mqc_type)(bytes.data[0] >> 4);
    out->flags = bytes.data[0] & 0x0f;

    length = mqc_varint_read((struct mqc_slice){bytes.data + 1, bytes.size - 1});
    if (length.state == MQC_VARINT_CUT) {
        out->size = 1 + length.size + 1;
        return MQC_FRAME_INCOMPLETE;
    }
    out->header_size = 1 + length.size;
    if (length.state == MQC_VARINT_LONG) {
        out->size = out->header_size;
        return MQC_FRAME_BROKEN;
    }
    out->size = out->header_size + length.value;
    return out->size <= bytes.size ? MQC_FRAME_COMPLETE : MQC_FRAME_INCOMPLETE;
}
