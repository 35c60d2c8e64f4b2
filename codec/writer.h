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

/* For the proofs: a writer writes into its room only, and a comparing one nowhere. What it writes
 * does not lie there. */
/*@ predicate mqc_writer_ok(struct mqc_writer *w) =
        \valid(w) && \separated(w, w->data + (0 .. w->capacity - 1)) &&
        (w->model == \null ? \valid(w->data + (0 .. w->capacity - 1))
                           : \valid_read(w->model + (0 .. w->capacity - 1)));
    predicate mqc_writer_takes(struct mqc_writer *w, struct mqc_slice s) =
        mqc_readable(s) &&
        \separated(w->data + (0 .. w->capacity - 1), s.data + (0 .. s.size - 1)); */

/* What they change. */
/* clang-format off */
#define MQC_WRITER_STATE(w) (w)->size, (w)->failed, (w)->data[0 .. (w)->capacity - 1]
/* clang-format on */

/*@ assigns \nothing;
    ensures \result.capacity == capacity && \result.size == 0 && !\result.failed; */
static inline struct mqc_writer mqc_writer_init(uint8_t *data, size_t capacity)
{
    return (struct mqc_writer){.data = data, .capacity = capacity};
}

/* A writer that compares with `model` instead of storing. All is equal if at the end `failed` is
 * false and `size` is the model's. */
/*@ assigns \nothing;
    ensures \result.capacity == model.size && \result.size == 0 && !\result.failed; */
static inline struct mqc_writer mqc_writer_compare(struct mqc_slice model)
{
    return (struct mqc_writer){.model = model.data, .capacity = model.size};
}

/*@ requires mqc_writer_ok(writer);
    assigns MQC_WRITER_STATE(writer);
    ensures mqc_writer_ok(writer) && (\old(writer->failed) ==> writer->failed); */
void mqc_writer_u8(struct mqc_writer *writer, uint8_t value);
/*@ requires mqc_writer_ok(writer);
    assigns MQC_WRITER_STATE(writer);
    ensures mqc_writer_ok(writer) && (\old(writer->failed) ==> writer->failed); */
void mqc_writer_u16(struct mqc_writer *writer, uint16_t value);
/*@ requires mqc_writer_ok(writer);
    assigns MQC_WRITER_STATE(writer);
    ensures mqc_writer_ok(writer) && (\old(writer->failed) ==> writer->failed); */
void mqc_writer_u32(struct mqc_writer *writer, uint32_t value);
/*@ requires mqc_writer_ok(writer) && mqc_writer_takes(writer, bytes);
    assigns MQC_WRITER_STATE(writer);
    ensures mqc_writer_ok(writer) && (\old(writer->failed) ==> writer->failed); */
void mqc_writer_bytes(struct mqc_writer *writer, struct mqc_slice bytes);

/* Shortest form. A value above 268,435,455 has none and fails the writer. */
/*@ requires mqc_writer_ok(writer);
    assigns MQC_WRITER_STATE(writer);
    ensures mqc_writer_ok(writer) && (\old(writer->failed) ==> writer->failed); */
void mqc_writer_varint(struct mqc_writer *writer, uint32_t value);

/* Exactly `bytes` (1 to 5) bytes, padded with continuation bytes: v5 section 1.5.5 forbids it. */
/*@ requires mqc_writer_ok(writer);
    assigns MQC_WRITER_STATE(writer);
    ensures mqc_writer_ok(writer) && (\old(writer->failed) ==> writer->failed); */
void mqc_writer_varint_padded(struct mqc_writer *writer, uint32_t value, size_t bytes);

/* u16 byte count and the bytes; over 65,535 fails the writer. Strings and binary data alike. */
/*@ requires mqc_writer_ok(writer) && mqc_writer_takes(writer, bytes);
    assigns MQC_WRITER_STATE(writer);
    ensures mqc_writer_ok(writer) && (\old(writer->failed) ==> writer->failed); */
void mqc_writer_string(struct mqc_writer *writer, struct mqc_slice bytes);

/* Identifier and value, by the type that properties.def gives the identifier. An unknown
 * identifier writes the identifier and then property->value as raw bytes. */
/*@ requires mqc_writer_ok(writer) && \valid_read(property) &&
             mqc_writer_takes(writer, property->name) &&
             mqc_writer_takes(writer, property->value) &&
             \separated(property, writer, writer->data + (0 .. writer->capacity - 1));
    assigns MQC_WRITER_STATE(writer);
    ensures mqc_writer_ok(writer) && (\old(writer->failed) ==> writer->failed); */
void mqc_writer_property(struct mqc_writer *writer, const struct mqc_property *property);

/* Property Length and the section's bytes. */
/*@ requires mqc_writer_ok(writer) && mqc_writer_takes(writer, section);
    assigns MQC_WRITER_STATE(writer);
    ensures mqc_writer_ok(writer) && (\old(writer->failed) ==> writer->failed); */
void mqc_writer_properties(struct mqc_writer *writer, struct mqc_slice section);

#endif
