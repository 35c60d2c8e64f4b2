#include "harness/proxy/cells.h"

#include <stdio.h>
#include <string.h>

#include "codec/utf8.h"

struct range {
    uint32_t first;
    uint32_t last;
};

static bool is_in(uint32_t code, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    return false;
}

/* East Asian characters and most emoji take two columns. */
static bool is_wide(uint32_t code)
{
    static const struct range wide[] = {
        {0x1100, 0x115f}, {0x2e80, 0xa4cf},   {0xac00, 0xd7a3},
        {0xf900, 0xfaff}, {0xfe30, 0xfe6f},   {0xff00, 0xff60},
        {0xffe0, 0xffe6}, {0x1f300, 0x1faff}, {0x20000, 0x3fffd},
    };

    return is_in(code, wide, sizeof wide / sizeof *wide);
}

/* Controls; what joins to its neighbour or turns the direction of writing: it could hide a name. */
static bool is_hidden(uint32_t code)
{
    static const struct range hidden[] = {
        {0, 0x1f},        {0x7f, 0x9f},     {0x300, 0x36f},   {0x200b, 0x200f},
        {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff},
    };

    return is_in(code, hidden, sizeof hidden / sizeof *hidden);
}

static uint32_t code_of(const uint8_t *at, size_t size)
{
    static const uint8_t lead_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t code = at[0] & lead_bits[size];

    for (size_t i = 1; i < size; i++)
        code = code << 6 | (at[i] & 0x3fu);
    return code;
}

/* What is shown of the next character: `*columns` of it; `*used` bytes of the text are done. */
static struct mqc_slice next_shown(struct mqc_slice text, size_t *used, unsigned *columns)
{
    struct mqc_slice one = {text.data, mqc_utf8_width(text.data[0])};
    uint32_t code;

    *used = 1;
    *columns = 1;
    if (one.size == 0 || one.size > text.size || !mqc_utf8_is_well_formed(one))
        return mqc_slice_text("?");
    *used = one.size;
    code = code_of(one.data, one.size);
    if (is_hidden(code))
        return mqc_slice_text("?");
    *columns = is_wide(code) ? 2 : 1;
    return one;
}

static unsigned columns_of(struct mqc_slice text)
{
    unsigned sum = 0;

    while (text.size > 0) {
        size_t used;
        unsigned columns;

        next_shown(text, &used, &columns);
        sum += columns;
        text = (struct mqc_slice){text.data + used, text.size - used};
    }
    return sum;
}

static size_t pad(char *out, unsigned count)
{
    memset(out, ' ', count);
    return count;
}

size_t mqh_cells_fit(char *out, struct mqc_slice text, unsigned width, bool right)
{
    static const char more[] = "…";
    unsigned all = columns_of(text);
    bool cut = all > width;
    unsigned room = cut && width > 0 ? width - 1 : width;
    unsigned filled = 0;
    size_t size = right && !cut ? pad(out, width - all) : 0;

    while (text.size > 0) {
        size_t used;
        unsigned columns;
        struct mqc_slice shown = next_shown(text, &used, &columns);

        if (filled + columns > room)
            break;
        memcpy(out + size, shown.data, shown.size);
        size += shown.size;
        filled += columns;
        text = (struct mqc_slice){text.data + used, text.size - used};
    }
    if (cut && width > 0) {
        memcpy(out + size, more, sizeof more - 1);
        size += sizeof more - 1;
        filled++;
    }
    if (!right || cut)
        size += pad(out + size, width - filled);
    out[size] = '\0';
    return size;
}

char *mqh_cells_number(char *out, double number)
{
    enum { SIZE = 16 };
    static const char *const units[] = {"", "k", "M", "G", "T"};
    unsigned unit = 0;

    while (number >= 999.5 && unit + 1 < sizeof units / sizeof *units) {
        number /= 1000;
        unit++;
    }
    if (number >= 9.95 || (unit == 0 && number == (double)(unsigned)number))
        snprintf(out, SIZE, "%.0f%s", number, units[unit]);
    else
        snprintf(out, SIZE, "%.1f%s", number, units[unit]);
    return out;
}
