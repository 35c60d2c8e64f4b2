/*
 * A writer into the caller's bytes. Errors stick: what does not fit sets `failed`, is counted in
 * `size` all the same, and nothing is written past `capacity`. So a first pass with capacity 0
 * measures. It is obedient: it checks nothing.
 *
 * A comparing writer stores nothing: what would be written is compared with bytes that are there
 * already, and a difference sets `failed`. It proves that an encoding gives back given bytes,
 * without room for a copy.
 */
#ifndef MQC_WRITER_H
#define MQC_WRITER_H

#include "codec/property.h"
#include "codec/slice.h"

struct mqc_writer {
    uint8_t *data;        /* the caller's; may be NULL when capacity is 0 */
    size_t capacity;      /* bytes */
    size_t size;          /* bytes written or wanted so far */
    bool failed;          /* size went past capacity, a value has no encoding, or bytes differ */
    const uint8_t *model; /* a comparing writer's `capacity` bytes, else NULL */
};

static inline struct mqc_writer mqc_writer_init(uint8_t *data, size_t capacity)
{
    return (struct mqc_writer){.data = data, .capacity = capacity};
}

/* A writer that compares with `model` instead of storing. All is equal if at the end `failed` is
 * false and `size` is the model's. */
static inline struct mqc_writer mqc_writer_compare(struct mqc_slice model)
{
    return (struct mqc_writer){.model = model.data, .capacity = model.size};
}

void mqc_writer_u8(struct mqc_writer *writer, uint8_t value);
void mqc_writer_u16(struct mqc_writer *writer, uint16_t value);
void mqc_writer_u32(struct mqc_writer *writer, uint32_t value);
void mqc_writer_bytes(struct mqc_writer *writer, struct mqc_slice bytes);

/* Shortest form. A value above 268,435,455 has none and fails the writer. */
void mqc_writer_varint(struct mqc_writer *writer, uint32_t value);

/* Exactly `bytes` (1 to 5) bytes, padded with continuation bytes: v5 section 1.5.5 forbids it. */
void mqc_writer_varint_padded(struct mqc_writer *writer, uint32_t value, size_t bytes);

/* u16 byte count and the bytes; over 65,535 fails the writer. Strings and binary data alike. */
void mqc_writer_string(struct mqc_writer *writer, struct mqc_slice bytes);

/* Identifier and value, by the type that properties.def gives the identifier. An unknown
 * identifier writes the identifier and then property->value as raw bytes. */
void mqc_writer_property(struct mqc_writer *writer, const struct mqc_property *property);

/* Property Length and the section's bytes. */
void mqc_writer_properties(struct mqc_writer *writer, struct mqc_slice section);

#endif
