/*
 * A view of bytes that somebody else owns. The codec allocates nothing: what it delivers are
 * slices into the bytes it was given, and they live as long as those do.
 */
#ifndef MQC_SLICE_H
#define MQC_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct mqc_slice {
    const uint8_t *data; /* may be NULL when size is 0 */
    size_t size;         /* bytes */
};

/* The bytes of a C string, without its final NUL. */
static inline struct mqc_slice mqc_slice_text(const char *text)
{
    return (struct mqc_slice){.data = (const uint8_t *)text, .size = strlen(text)};
}

/* For the proofs: the bytes are there; `q` is in the same array as `p`, and not before it. */
/*@ predicate mqc_readable(struct mqc_slice s) = \valid_read(s.data + (0 .. s.size - 1));
    predicate mqc_upto(uint8_t *p, uint8_t *q) = \base_addr(p) == \base_addr(q) && p <= q;
    predicate mqc_part_of(struct mqc_slice part, struct mqc_slice whole) =
        mqc_upto(whole.data, part.data) &&
        mqc_upto(part.data + part.size, whole.data + whole.size);
    predicate mqc_rest_of(struct mqc_slice rest, struct mqc_slice whole) =
        mqc_readable(rest) && mqc_upto(whole.data, rest.data) &&
        rest.data + rest.size == whole.data + whole.size; */

/*@ requires mqc_readable(a) && mqc_readable(b);
    assigns \nothing; */
static inline bool mqc_slice_equal(struct mqc_slice a, struct mqc_slice b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

#endif
