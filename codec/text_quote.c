/*
 * What stands between quotes: escapes and ${name} in strings, digits in h'…', and fill(N).
 */
#include "codec/text_out.h"
#include "codec/text_value.h"
#include "codec/writer.h"

static int digit_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void mqc_text_fill(uint8_t *bytes, size_t size)
{
    static const char pattern[] = "abcdefghijklmnopqrstuvwxyz0123456789";

    for (size_t i = 0; i < size; i += sizeof pattern - 1)
        memcpy(bytes + i, pattern, size - i < sizeof pattern - 1 ? size - i : sizeof pattern - 1);
}

bool mqc_text_number(struct mqc_slice word, uint32_t *out)
{
    bool is_hex = word.size > 2 && word.data[0] == '0' && word.data[1] == 'x';
    uint64_t number = 0;

    if (word.size == 0)
        return false;
    for (size_t i = is_hex ? 2 : 0; i < word.size; i++) {
        int digit = digit_value(word.data[i]);

        if (digit < 0 || (!is_hex && digit > 9))
            return false;
        number = number * (is_hex ? 16 : 10) + (unsigned)digit;
        if (number > UINT32_MAX)
            return false;
    }
    *out = (uint32_t)number;
    return true;
}

/* --- h'…' --------------------------------------------------------------------------------- */

struct mqc_slice mqc_text_unhex(struct mqc_text_parser *parser, struct mqc_slice text)
{
    uint8_t *bytes = mqc_text_allocate(parser, text.size / 2 + 1);
    size_t digits = 0;

    if (bytes == NULL)
        return MQC_NO_SUBJECT;
    for (size_t i = 0; i < text.size; i++) {
        int digit = digit_value(text.data[i]);

        if (text.data[i] == ' ' || text.data[i] == '\t')
            continue;
        if (digit < 0) {
            mqc_text_fail(parser, (struct mqc_slice){text.data + i, 1}, "expected a hex digit",
                          MQC_NO_SUBJECT, "");
            return MQC_NO_SUBJECT;
        }
        bytes[digits / 2] = (uint8_t)(digits % 2 == 0 ? digit << 4 : bytes[digits / 2] | digit);
        digits++;
    }
    if (digits % 2 != 0)
        mqc_text_fail(parser, text, "hex digits come in pairs", MQC_NO_SUBJECT, "");
    return (struct mqc_slice){bytes, digits / 2};
}

/* --- strings ------------------------------------------------------------------------------ */

/* Each reads from `at`, which stands behind its first characters, and returns how many bytes of the
 * text it took. */
static size_t unquote_byte(struct mqc_text_parser *parser, struct mqc_slice at,
                           struct mqc_writer *writer)
{
    int high = at.size > 0 ? digit_value(at.data[0]) : -1;
    int low = at.size > 1 ? digit_value(at.data[1]) : -1;

    if (high < 0 || low < 0)
        mqc_text_fail(parser, (struct mqc_slice){at.data, 1}, "\\x wants two hex digits",
                      MQC_NO_SUBJECT, "");
    mqc_writer_u8(writer, (uint8_t)((unsigned)high << 4 | (unsigned)low));
    return 2;
}

static void write_character(struct mqc_writer *writer, uint32_t c)
{
    size_t more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const uint8_t leads[] = {0, 0xc0, 0xe0, 0xf0};

    mqc_writer_u8(writer, (uint8_t)(leads[more] | c >> (6 * more)));
    while (more-- > 0)
        mqc_writer_u8(writer, (uint8_t)(0x80 | (c >> (6 * more) & 0x3f)));
}

static size_t unquote_character(struct mqc_text_parser *parser, struct mqc_slice at,
                                struct mqc_writer *writer)
{
    uint32_t c = 0;
    size_t size = 1;

    while (size < at.size && size < 8 && digit_value(at.data[size]) >= 0)
        c = c << 4 | (unsigned)digit_value(at.data[size++]);
    if (at.size <= size || at.data[0] != '{' || at.data[size] != '}' || size == 1) {
        mqc_text_fail(parser, (struct mqc_slice){at.data, 1}, "\\u wants {1F600}: hex in braces",
                      MQC_NO_SUBJECT, "");
        return 0;
    }
    if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        mqc_text_fail(parser, (struct mqc_slice){at.data + 1, size - 1},
                      "there is no such character; \\xNN writes any byte", MQC_NO_SUBJECT, "");
    write_character(writer, c);
    return size + 1;
}

static size_t unquote_escape(struct mqc_text_parser *parser, struct mqc_slice at,
                             struct mqc_writer *writer)
{
    static const char escapes[][2] = {{'"', '"'},  {'\\', '\\'}, {'n', '\n'}, {'r', '\r'},
                                      {'t', '\t'}, {'0', '\0'},  {'$', '$'}};
    struct mqc_slice behind = {at.data + 1, at.size - 1};

    if (at.data[0] == 'x')
        return 1 + unquote_byte(parser, behind, writer);
    if (at.data[0] == 'u')
        return 1 + unquote_character(parser, behind, writer);
    for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++) {
        if (at.data[0] == (uint8_t)escapes[i][0]) {
            mqc_writer_u8(writer, (uint8_t)escapes[i][1]);
            return 1;
        }
    }
    mqc_text_fail(parser, (struct mqc_slice){at.data - 1, 2}, "there is no escape ",
                  (struct mqc_slice){at.data - 1, 2}, "");
    return 1;
}

/* ${name}: `at` begins with the name. */
static size_t unquote_variable(struct mqc_text_parser *parser, struct mqc_slice at,
                               struct mqc_writer *writer)
{
    const uint8_t *brace = at.size > 0 ? memchr(at.data, '}', at.size) : NULL;
    struct mqc_slice name = {at.data, brace != NULL ? (size_t)(brace - at.data) : 0};
    struct mqc_slice whole = {at.data - 2, name.size + 3};
    struct mqc_value value;
    char decimal[11];
    struct mqc_text_out out = {.data = decimal, .capacity = sizeof decimal};

    if (brace == NULL) {
        mqc_text_fail(parser, (struct mqc_slice){whole.data, 2}, "${ has no closing }",
                      MQC_NO_SUBJECT, "");
        return 0;
    }
    if (!mqc_text_variable(parser, whole, name, &value))
        return 0;
    if (value.kind == MQC_VALUE_NUMBER) {
        mqc_text_out_number(&out, value.number);
        mqc_writer_bytes(writer, (struct mqc_slice){(uint8_t *)decimal, out.size});
    } else if (value.kind == MQC_VALUE_BYTES) {
        mqc_writer_bytes(writer, value.bytes);
    } else if (value.kind == MQC_VALUE_FIELD) {
        mqc_text_fail(parser, whole, "a whole field does not fit into a string", MQC_NO_SUBJECT,
                      "");
    } else if (parser->unbound.data == NULL) {
        parser->unbound = whole;
    }
    return name.size + 1;
}

static void unquote_text(struct mqc_text_parser *parser, struct mqc_slice text,
                         struct mqc_writer *writer)
{
    for (size_t i = 0; i < text.size && !parser->failed;) {
        struct mqc_slice behind = {text.data + i + 1, text.size - i - 1};

        if (text.data[i] == '\\' && behind.size > 0) {
            i += 1 + unquote_escape(parser, behind, writer);
        } else if (text.data[i] == '$' && behind.size > 0 && behind.data[0] == '{') {
            behind.data++;
            behind.size--;
            i += 2 + unquote_variable(parser, behind, writer);
        } else {
            mqc_writer_u8(writer, text.data[i++]);
        }
    }
}

static bool is_plain(struct mqc_slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] == '\\' ||
            (text.data[i] == '$' && i + 1 < text.size && text.data[i + 1] == '{'))
            return false;
    return true;
}

static struct mqc_slice unquote_string(struct mqc_text_parser *parser, struct mqc_slice text)
{
    struct mqc_writer measure = mqc_writer_init(NULL, 0);
    struct mqc_writer writer;
    uint8_t *bytes;

    if (is_plain(text))
        return text;
    unquote_text(parser, text, &measure);
    bytes = mqc_text_allocate(parser, measure.size);
    if (bytes == NULL)
        return MQC_NO_SUBJECT;
    writer = mqc_writer_init(bytes, measure.size);
    unquote_text(parser, text, &writer);
    return (struct mqc_slice){bytes, writer.size};
}

struct mqc_slice mqc_text_unquote(struct mqc_text_parser *parser, const struct mqc_token *token)
{
    struct mqc_slice text = token->text;

    if (token->kind == MQC_TOKEN_HEX)
        return mqc_text_unhex(parser, (struct mqc_slice){text.data + 2, text.size - 3});
    return unquote_string(parser, (struct mqc_slice){text.data + 1, text.size - 2});
}
