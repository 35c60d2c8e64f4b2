/*
 * Variable Byte Integers: seven bits a byte, the lowest group first, the top bit of a byte says
 * that another follows; one to four bytes. v5 section 1.5.5.
 */
#ifndef MQC_VARINT_H
#define MQC_VARINT_H

#include "codec/slice.h"

#define MQC_VARINT_BYTES_MAX 4u

enum mqc_varint_state {
    MQC_VARINT_OK,
    MQC_VARINT_CUT,  /* the bytes end before the integer does */
    MQC_VARINT_LONG, /* the fourth byte says that a fifth follows */
};

struct mqc_varint {
    enum mqc_varint_state state;
    uint32_t value;
    size_t size;  /* bytes it takes; LONG: the four that are too many */
    bool minimal; /* it takes as few bytes as the value needs */
};

/* Reads one from the start of `bytes`. */
/*@ requires mqc_readable(bytes);
    assigns \nothing;
    ensures \result.state <= MQC_VARINT_LONG;
    ensures \result.size <= bytes.size && \result.size <= MQC_VARINT_BYTES_MAX;
    ensures \result.state == MQC_VARINT_OK ==> \result.size >= 1;
    ensures \result.state == MQC_VARINT_CUT ==> \result.size == bytes.size;
    ensures \result.state == MQC_VARINT_LONG ==> \result.size == MQC_VARINT_BYTES_MAX; */
inline struct mqc_varint mqc_varint_read(struct mqc_slice bytes)
{
    struct mqc_varint out = {.state = MQC_VARINT_CUT};

    /*@ loop invariant out.size <= bytes.size && out.size < MQC_VARINT_BYTES_MAX;
        loop invariant out.state == MQC_VARINT_CUT;
        loop assigns out;
        loop variant bytes.size - out.size; */
    while (out.size < bytes.size) {
        uint8_t byte = bytes.data[out.size];

        out.value |= (uint32_t)(byte & 0x7f) << (7 * out.size);
        out.size++;
        if (byte < 0x80) {
            out.state = MQC_VARINT_OK;
            out.minimal = byte != 0 || out.size == 1;
            break;
        }
        if (out.size == MQC_VARINT_BYTES_MAX) {
            out.state = MQC_VARINT_LONG;
            break;
        }
    }
    return out;
}

#endif
