#include "codec/text_out.h"

#include "codec/utf8.h"

static const char digits[] = "0123456789ABCDEF";

void mqc_text_out_char(struct mqc_text_out *out, char c)
{
    if (out->size + 1 < out->capacity)
        out->data[out->size] = c;
    out->size++;
}

void mqc_text_out_text(struct mqc_text_out *out, const char *text)
{
    mqc_text_out_slice(out, mqc_slice_text(text));
}

void mqc_text_out_slice(struct mqc_text_out *out, struct mqc_slice text)
{
    for (size_t i = 0; i < text.size; i++)
        mqc_text_out_char(out, (char)text.data[i]);
}

void mqc_text_out_number(struct mqc_text_out *out, uint32_t number)
{
    char reversed[10];
    size_t size = 0;

    do {
        reversed[size++] = digits[number % 10];
        number /= 10;
    } while (number > 0);
    while (size > 0)
        mqc_text_out_char(out, reversed[--size]);
}

static void two_digits(struct mqc_text_out *out, uint8_t byte)
{
    mqc_text_out_char(out, digits[byte >> 4]);
    mqc_text_out_char(out, digits[byte & 0xf]);
}

void mqc_text_out_hex(struct mqc_text_out *out, uint8_t byte)
{
    mqc_text_out_text(out, "0x");
    two_digits(out, byte);
}

void mqc_text_out_code(struct mqc_text_out *out, uint32_t code)
{
    if (code < 10 || code > UINT8_MAX)
        mqc_text_out_number(out, code);
    else
        mqc_text_out_hex(out, (uint8_t)code);
}

static uint32_t character_at(const uint8_t *at, size_t width)
{
    uint32_t c = width == 1 ? at[0] : (uint32_t)at[0] & (0x7fu >> width);

    for (size_t i = 1; i < width; i++)
        c = c << 6 | (at[i] & 0x3f);
    return c;
}

/* What a screen would not show, or show somewhere else. */
static bool is_hidden(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
           (c >= 0xfdd0 && c <= 0xfdef) || c == 0xfeff || (c & 0xfffe) == 0xfffe;
}

static void put_escape(struct mqc_text_out *out, uint32_t c)
{
    static const struct {
        char code;
        char letter;
    } letters[] = {{'\0', '0'}, {'\n', 'n'}, {'\r', 'r'}, {'\t', 't'}};

    mqc_text_out_char(out, '\\');
    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++) {
        if (c == (uint32_t)letters[i].code) {
            mqc_text_out_char(out, letters[i].letter);
            return;
        }
    }
    if (c < 0x80) {
        mqc_text_out_char(out, 'x');
        two_digits(out, (uint8_t)c);
        return;
    }
    mqc_text_out_text(out, "u{");
    for (int shift = 20; shift >= 0; shift -= 4)
        if (c >> shift != 0)
            mqc_text_out_char(out, digits[c >> shift & 0xf]);
    mqc_text_out_char(out, '}');
}

static void put_string(struct mqc_text_out *out, struct mqc_slice text)
{
    for (size_t i = 0, width; i < text.size; i += width) {
        const uint8_t *at = text.data + i;
        uint32_t c;

        width = mqc_utf8_width(at[0]);
        c = character_at(at, width);
        if (is_hidden(c)) {
            put_escape(out, c);
            continue;
        }
        if (c == '"' || c == '\\' || (c == '$' && i + 1 < text.size && at[1] == '{'))
            mqc_text_out_char(out, '\\');
        mqc_text_out_slice(out, (struct mqc_slice){at, width});
    }
}

/* Well-formed, and not for the greater part control characters. */
static bool is_text(struct mqc_slice bytes)
{
    size_t hidden = 0;

    if (!mqc_utf8_is_well_formed(bytes))
        return false;
    for (size_t i = 0; i < bytes.size; i++) {
        uint8_t b = bytes.data[i];

        if ((b < 0x20 && b != '\n' && b != '\r' && b != '\t') || b == 0x7f)
            hidden++;
    }
    return hidden * 4 <= bytes.size;
}

/* The beginning of `bytes` that the limit leaves, not cut inside a character of a text. */
static struct mqc_slice shortened(const struct mqc_text_out *out, struct mqc_slice bytes, bool text)
{
    if (out->limit == 0 || bytes.size <= out->limit)
        return bytes;
    bytes.size = out->limit;
    while (text && bytes.size > 0 && (bytes.data[bytes.size] & 0xc0) == 0x80)
        bytes.size--;
    return bytes;
}

static void put_size(struct mqc_text_out *out, size_t size)
{
    mqc_text_out_text(out, " (");
    mqc_text_out_number(out, (uint32_t)size);
    mqc_text_out_text(out, " bytes)");
}

void mqc_text_out_bytes(struct mqc_text_out *out, struct mqc_slice bytes)
{
    struct mqc_slice shown;

    if (!is_text(bytes)) {
        mqc_text_out_raw(out, bytes);
        return;
    }
    shown = shortened(out, bytes, true);
    mqc_text_out_char(out, '"');
    put_string(out, shown);
    if (shown.size < bytes.size)
        mqc_text_out_text(out, "…");
    mqc_text_out_char(out, '"');
    if (shown.size < bytes.size)
        put_size(out, bytes.size);
}

void mqc_text_out_raw(struct mqc_text_out *out, struct mqc_slice bytes)
{
    struct mqc_slice shown = shortened(out, bytes, false);

    mqc_text_out_text(out, "h'");
    for (size_t i = 0; i < shown.size; i++)
        two_digits(out, shown.data[i]);
    if (shown.size < bytes.size)
        mqc_text_out_text(out, "…");
    mqc_text_out_char(out, '\'');
    if (shown.size < bytes.size)
        put_size(out, bytes.size);
}

/* Where the last whole character of a text that was cut at `end` ends. */
static size_t whole_end(const char *data, size_t end)
{
    size_t last = end;

    while (last > 0 && ((uint8_t)data[last - 1] & 0xc0) == 0x80)
        last--;
    if (last == 0 || last - 1 + mqc_utf8_width((uint8_t)data[last - 1]) <= end)
        return end;
    return last - 1;
}

void mqc_text_out_end(struct mqc_text_out *out)
{
    size_t end = out->size;

    if (out->capacity == 0)
        return;
    if (end > out->capacity - 1)
        end = whole_end(out->data, out->capacity - 1);
    out->data[end] = '\0';
}
