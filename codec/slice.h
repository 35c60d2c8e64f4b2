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

static inline bool mqc_slice_equal(struct mqc_slice a, struct mqc_slice b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

#endif
