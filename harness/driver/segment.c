#include "harness/driver/segment.h"

#include <string.h>

enum { LARGE = 1500, SMALL = 8 };

bool mqh_segment_parse(const char *text, enum mqh_segment *out)
{
    static const struct {
        const char *name;
        enum mqh_segment segment;
    } names[] = {
        {"1", MQH_SEGMENT_ONE}, {"random", MQH_SEGMENT_RANDOM}, {"coalesce", MQH_SEGMENT_COALESCE}};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(text, names[i].name) == 0) {
            *out = names[i].segment;
            return true;
        }
    return false;
}

/* xorshift: good enough to vary sizes, and the same everywhere. */
static uint32_t draw(uint32_t *state)
{
    uint32_t x = *state == 0 ? 2463534242u : *state;

    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

size_t mqh_segment_next(enum mqh_segment segment, size_t done, size_t size, uint32_t *state)
{
    size_t piece = size;

    if (segment == MQH_SEGMENT_ONE)
        piece = done < MQH_SEGMENT_BYTES_MAX ? 1 : LARGE;
    else if (segment == MQH_SEGMENT_RANDOM)
        piece = 1 + draw(state) % (draw(state) % 2 == 0 ? SMALL : LARGE);
    return piece < size ? piece : size;
}
