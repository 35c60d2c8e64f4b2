/*
 * What the codec uses of string.h, for the proofs only. Frama-C's WP keeps memory apart by type and
 * takes void for char, so that it could not see that the libc works on arrays of uint8_t. Given with
 * -include, this header stands for Frama-C's own.
 */
#ifndef MQC_PROOF_LIBC_H
#define MQC_PROOF_LIBC_H
#define __FC_STRING_H_

#include <stddef.h>
#include <stdint.h>

/*@ requires \valid_read(from + (0 .. size - 1)) && \valid(to + (0 .. size - 1));
    requires \separated(from + (0 .. size - 1), to + (0 .. size - 1));
    assigns to[0 .. size - 1] \from from[0 .. size - 1];
    assigns \result \from to;
    ensures \result == to; */
uint8_t *memcpy(uint8_t *to, const uint8_t *from, size_t size);

/*@ requires \valid(to + (0 .. size - 1));
    assigns to[0 .. size - 1] \from byte;
    assigns \result \from to;
    ensures \result == to; */
uint8_t *memset(uint8_t *to, int byte, size_t size);

/*@ requires \valid_read(a + (0 .. size - 1)) && \valid_read(b + (0 .. size - 1));
    assigns \result \from a[0 .. size - 1], b[0 .. size - 1]; */
int memcmp(const uint8_t *a, const uint8_t *b, size_t size);

/*@ requires \valid_read(text + (0 .. size - 1));
    assigns \result \from text, byte, text[0 .. size - 1];
    ensures \result == \null || (\base_addr(\result) == \base_addr(text) &&
                                 text <= \result && \result + 1 <= text + size); */
const uint8_t *memchr(const uint8_t *text, int byte, size_t size);

/*@ requires \valid_read(text);
    assigns \result \from text; */
size_t strlen(const char *text);

#endif
