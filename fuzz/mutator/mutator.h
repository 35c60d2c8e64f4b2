/*
 * One mutator for every engine. It knows what an input is made of and changes that: packets are
 * swapped, dropped, duplicated, moved, given to another client; a field gets an interesting value;
 * a property is spliced in, repeated, removed; a list grows or shrinks; a length is broken. Some of
 * the time, and wherever an input is no traffic, bytes are changed instead.
 */
#ifndef MQF_MUTATOR_H
#define MQF_MUTATOR_H

#include "fuzz/target.h"

/* Changes an input in place; the same seed changes it in the same way. Returns its new size, at
 * most `capacity`. `bytes` is the engine's way to change bytes in place: data, size and capacity go
 * in, the new size comes out. */
size_t mqf_mutate(enum mqf_form form, uint8_t *data, size_t size, size_t capacity, uint32_t seed,
                  size_t (*bytes)(uint8_t *, size_t, size_t));

/* Makes one input of two. */
size_t mqf_cross(enum mqf_form form, struct mqc_slice a, struct mqc_slice b, uint8_t *out,
                 size_t capacity, uint32_t seed);

/* "packets", "streams", "sessions", "topics", "texts", "captures",
 * "talks". */
const char *mqf_form_name(enum mqf_form form);
bool mqf_form_find(const char *name, enum mqf_form *out);

#endif
