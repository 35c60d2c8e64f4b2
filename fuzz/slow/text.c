#include "fuzz/slow/slow.h"

/*
 *     UTF8-1 = %x00-7F
 *     UTF8-2 = %xC2-DF UTF8-tail
 *     UTF8-3 = %xE0 %xA0-BF UTF8-tail / %xE1-EC 2( UTF8-tail ) /
 *              %xED %x80-9F UTF8-tail / %xEE-EF 2( UTF8-tail )
 *     UTF8-4 = %xF0 %x90-BF 2( UTF8-tail ) / %xF1-F3 3( UTF8-tail ) /
 *              %xF4 %x80-8F 2( UTF8-tail )
 */
static const struct line {
    uint8_t size;
    uint8_t first[2];
    uint8_t second[2];
} grammar[] = {
    {1, {0x00, 0x7f}, {0, 0}},       {2, {0xc2, 0xdf}, {0x80, 0xbf}},
    {3, {0xe0, 0xe0}, {0xa0, 0xbf}}, {3, {0xe1, 0xec}, {0x80, 0xbf}},
    {3, {0xed, 0xed}, {0x80, 0x9f}}, {3, {0xee, 0xef}, {0x80, 0xbf}},
    {4, {0xf0, 0xf0}, {0x90, 0xbf}}, {4, {0xf1, 0xf3}, {0x80, 0xbf}},
    {4, {0xf4, 0xf4}, {0x80, 0x8f}},
};

static bool between(uint8_t byte, const uint8_t range[2])
{
    return byte >= range[0] && byte <= range[1];
}

/* The size of the character at the start, 0 if there is none. */
static size_t character(const uint8_t *at, size_t left)
{
    static const uint8_t tail[2] = {0x80, 0xbf};

    for (size_t i = 0; i < sizeof(grammar) / sizeof(grammar[0]); i++) {
        const struct line *line = &grammar[i];
        bool good = line->size <= left && between(at[0], line->first) &&
                    (line->size < 2 || between(at[1], line->second));

        for (size_t k = 2; good && k < line->size; k++)
            good = between(at[k], tail);
        if (good)
            return line->size;
    }
    return 0;
}

static uint32_t code_point(const uint8_t *at, size_t size)
{
    uint32_t value = size == 1 ? at[0] : at[0] & (0x7fu >> size);

    for (size_t k = 1; k < size; k++)
        value = value * 64 + (at[k] & 0x3fu);
    return value;
}

static bool is_control(uint32_t c)
{
    return (c >= 1 && c <= 0x1f) || (c >= 0x7f && c <= 0x9f) || (c >= 0xfdd0 && c <= 0xfdef) ||
           c % 0x10000 >= 0xfffe;
}

struct mqf_slow_text mqf_slow_text(struct mqc_slice text)
{
    struct mqf_slow_text out = {.well_formed = true};

    /* A zero byte is U+0000 wherever it stands: no longer form has one. Each character has one byte
     * that is no tail; what cannot be read is counted in the same way. */
    for (size_t i = 0; i < text.size; i++) {
        out.nul = out.nul || text.data[i] == 0;
        out.characters += text.data[i] < 0x80 || text.data[i] > 0xbf;
    }
    for (size_t at = 0; at < text.size;) {
        size_t size = character(text.data + at, text.size - at);

        if (size == 0) {
            out.well_formed = false;
            break;
        }
        out.control = out.control || is_control(code_point(text.data + at, size));
        at += size;
    }
    return out;
}
