#include "harness/scenario/session.h"

#include "codec/varint.h"

static uint32_t take_u8(struct mqc_slice *rest)
{
    uint8_t byte = 0;

    if (rest->size > 0) {
        byte = rest->data[0];
        rest->data++;
        rest->size--;
    }
    return byte;
}

/* The largest number there is if the bytes make none. */
static uint32_t take_varint(struct mqc_slice *rest)
{
    struct mqc_varint number = mqc_varint_read(*rest);

    rest->data += number.size;
    rest->size -= number.size;
    return number.state == MQC_VARINT_OK ? number.value : UINT32_MAX;
}

static struct mqc_slice take_bytes(struct mqc_slice *rest)
{
    size_t size = take_varint(rest);
    struct mqc_slice bytes = {rest->data, size < rest->size ? size : rest->size};

    rest->data += bytes.size;
    rest->size -= bytes.size;
    return bytes;
}

bool mqh_session_next(struct mqc_slice *rest, struct mqh_session_record *out)
{
    uint32_t first;

    if (rest->size == 0)
        return false;
    first = take_u8(rest);
    *out = (struct mqh_session_record){
        .op = (enum mqh_session_op)((first & 7) % (MQH_SESSION_WAIT + 1)),
        .client = first >> 3 & 15,
    };
    switch (out->op) {
    case MQH_SESSION_SEND:
        out->bytes = take_bytes(rest);
        break;
    case MQH_SESSION_SEGMENT:
        out->piece_size = take_u8(rest) << 8;
        out->piece_size |= take_u8(rest);
        out->piece_size += out->piece_size == 0;
        out->bytes = take_bytes(rest);
        break;
    case MQH_SESSION_CONNECT:
        out->version = (enum mqc_version)(MQC_V31 + take_u8(rest) % 3);
        break;
    case MQH_SESSION_WAIT:
        out->client = 0;
        out->wait_ms = take_varint(rest) % (MQH_SESSION_WAIT_MAX_MS + 1);
        break;
    case MQH_SESSION_CLOSE:
    case MQH_SESSION_RESET:
        break;
    }
    return true;
}

void mqh_session_write(struct mqc_writer *writer, const struct mqh_session_record *record)
{
    mqc_writer_u8(writer, (uint8_t)((unsigned)record->op | record->client << 3));
    switch (record->op) {
    case MQH_SESSION_SEGMENT:
        mqc_writer_u16(writer, (uint16_t)record->piece_size);
        mqc_writer_varint(writer, (uint32_t)record->bytes.size);
        mqc_writer_bytes(writer, record->bytes);
        break;
    case MQH_SESSION_SEND:
        mqc_writer_varint(writer, (uint32_t)record->bytes.size);
        mqc_writer_bytes(writer, record->bytes);
        break;
    case MQH_SESSION_CONNECT:
        mqc_writer_u8(writer, (uint8_t)(record->version - MQC_V31));
        break;
    case MQH_SESSION_WAIT:
        mqc_writer_varint(writer, record->wait_ms);
        break;
    case MQH_SESSION_CLOSE:
    case MQH_SESSION_RESET:
        break;
    }
}
