#include "codec/writer.h"

#include "codec/frame.h"

/* All writing ends here. What does not fit whole is left out whole, and counted. */
/*@ requires mqc_writer_ok(writer) && \valid_read(bytes + (0 .. size - 1));
    requires \separated(writer->data + (0 .. writer->capacity - 1), bytes + (0 .. size - 1));
    assigns MQC_WRITER_STATE(writer);
    ensures mqc_writer_ok(writer) && (\old(writer->failed) ==> writer->failed); */
static inline void put(struct mqc_writer *writer, const uint8_t *bytes, size_t size)
{
    size_t at = writer->size;

    writer->size += size;
    if (at > writer->capacity || size > writer->capacity - at) {
        writer->failed = true;
        return;
    }
    if (size == 0)
        return;
    if (writer->model == NULL)
        memcpy(writer->data + at, bytes, size);
    else if (memcmp(writer->model + at, bytes, size) != 0)
        writer->failed = true;
}

void mqc_writer_u8(struct mqc_writer *writer, uint8_t value)
{
    put(writer, &value, 1);
}

void mqc_writer_u16(struct mqc_writer *writer, uint16_t value)
{
    const uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};

    put(writer, bytes, sizeof bytes);
}

void mqc_writer_u32(struct mqc_writer *writer, uint32_t value)
{
    const uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                              (uint8_t)value};

    put(writer, bytes, sizeof bytes);
}

void mqc_writer_bytes(struct mqc_writer *writer, struct mqc_slice bytes)
{
    put(writer, bytes.data, bytes.size);
}

void mqc_writer_varint(struct mqc_writer *writer, uint32_t value)
{
    uint8_t bytes[5];
    size_t size = 0;

    /*@ loop invariant size <= 4;
        loop invariant (size >= 1 ==> value <= 0x1ffffff) &&
                       (size >= 2 ==> value <= 0x3ffff) &&
                       (size >= 3 ==> value <= 0x7ff) &&
                       (size >= 4 ==> value <= 0xf);
        loop assigns size, value, bytes[0 .. 4];
        loop variant value; */
    do {
        bytes[size] = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80u : 0));
        value /= 128; /* not a shift: the prover can divide */
        size++;
    } while (value > 0);
    put(writer, bytes, size);
    if (size > 4)
        writer->failed = true;
}

void mqc_writer_varint_padded(struct mqc_writer *writer, uint32_t value, size_t bytes)
{
    /*@ loop invariant i <= bytes && mqc_writer_ok(writer);
        loop invariant \at(writer->failed, Pre) ==> writer->failed;
        loop assigns i, value, MQC_WRITER_STATE(writer);
        loop variant bytes - i; */
    for (size_t i = 0; i < bytes; i++) {
        mqc_writer_u8(writer, (uint8_t)((value & 0x7f) | (i + 1 < bytes ? 0x80u : 0)));
        value >>= 7;
    }
    if (value > 0)
        writer->failed = true;
}

void mqc_writer_string(struct mqc_writer *writer, struct mqc_slice bytes)
{
    mqc_writer_u16(writer, (uint16_t)bytes.size);
    mqc_writer_bytes(writer, bytes);
    if (bytes.size > UINT16_MAX)
        writer->failed = true;
}

void mqc_writer_property(struct mqc_writer *writer, const struct mqc_property *property)
{
    const struct mqc_property_info *info = mqc_property_info(property->id);

    mqc_writer_varint(writer, property->id);
    if (info == NULL) {
        mqc_writer_bytes(writer, property->value);
        return;
    }
    switch (info->type) {
    case MQC_TYPE_BYTE:
        mqc_writer_u8(writer, (uint8_t)property->number);
        break;
    case MQC_TYPE_U16:
        mqc_writer_u16(writer, (uint16_t)property->number);
        break;
    case MQC_TYPE_U32:
        mqc_writer_u32(writer, property->number);
        break;
    case MQC_TYPE_VARINT:
        mqc_writer_varint(writer, property->number);
        break;
    case MQC_TYPE_PAIR:
        mqc_writer_string(writer, property->name);
        mqc_writer_string(writer, property->value);
        break;
    case MQC_TYPE_STRING:
    case MQC_TYPE_BINARY:
        mqc_writer_string(writer, property->value);
        break;
    }
}

void mqc_writer_properties(struct mqc_writer *writer, struct mqc_slice section)
{
    if (section.size > MQC_REMAINING_LENGTH_MAX)
        writer->failed = true;
    mqc_writer_varint(writer, (uint32_t)section.size);
    mqc_writer_bytes(writer, section);
}
