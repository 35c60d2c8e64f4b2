#include "codec/lex.h"

static bool is_letter_or_digit(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9');
}

static bool is_word_byte(uint8_t byte)
{
    return is_letter_or_digit(byte) || byte == '-' || byte == '_' || byte == '.' || byte == '/' ||
           byte == ':';
}

static uint8_t byte_at(struct mqc_slice source, size_t at)
{
    return at < source.size ? source.data[at] : 0;
}

/* A word ends before `..` and `->`, so that 0..1 and c->x need no spaces. */
static size_t word_size(struct mqc_slice source)
{
    size_t size = 0;

    while (size < source.size && is_word_byte(source.data[size])) {
        uint8_t next = byte_at(source, size + 1);

        if ((source.data[size] == '.' && next == '.') || (source.data[size] == '-' && next == '>'))
            break;
        size++;
    }
    return size;
}

static size_t variable_size(struct mqc_slice source)
{
    size_t size = 1;

    while (is_letter_or_digit(byte_at(source, size)) || byte_at(source, size) == '_')
        size++;
    return size;
}

/* Up to the closing quote, which is included, or 0 if the line ends before it. */
static size_t quoted_size(struct mqc_slice source, size_t from, char quote)
{
    for (size_t size = from; size < source.size && source.data[size] != '\n'; size++) {
        if (source.data[size] == (uint8_t)quote)
            return size + 1;
        if (source.data[size] == '\\' && quote == '"' && byte_at(source, size + 1) != '\n')
            size++;
    }
    return 0;
}

static size_t mark_size(struct mqc_slice source)
{
    static const char pairs[][3] = {"->", "<-", ".."};
    static const char singles[] = "()[]{},;|=!+@*";

    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (source.size >= 2 && memcmp(source.data, pairs[i], 2) == 0)
            return 2;
    return memchr(singles, source.data[0], sizeof singles - 1) != NULL ? 1 : 0;
}

static size_t line_size(struct mqc_slice source)
{
    size_t size = 0;

    while (size < source.size && source.data[size] != '\n')
        size++;
    return size;
}

/* One character, so that what cannot be read is shown whole. */
static size_t character_size(struct mqc_slice source)
{
    size_t size = 1;

    while (size < 4 && (byte_at(source, size) & 0xc0) == 0x80)
        size++;
    return size;
}

/* `source` begins with a byte that is neither white space nor a comment nor the line's end. */
static enum mqc_token_kind measure(struct mqc_slice source, size_t *size)
{
    uint8_t first = source.data[0];

    if (first == '"' || (first == 'h' && byte_at(source, 1) == '\'')) {
        *size = first == '"' ? quoted_size(source, 1, '"') : quoted_size(source, 2, '\'');
        if (*size > 0)
            return first == '"' ? MQC_TOKEN_STRING : MQC_TOKEN_HEX;
        *size = line_size(source);
        return MQC_TOKEN_BAD;
    }
    if ((*size = mark_size(source)) > 0)
        return MQC_TOKEN_MARK;
    if ((*size = word_size(source)) > 0)
        return MQC_TOKEN_WORD;
    if (first == '$' && (*size = variable_size(source)) > 1)
        return MQC_TOKEN_VARIABLE;
    *size = character_size(source);
    return MQC_TOKEN_BAD;
}

static void skip(struct mqc_slice *source, size_t size)
{
    source->data += size;
    source->size -= size;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

struct mqc_token mqc_lex_next(struct mqc_slice *source)
{
    struct mqc_token token = {.kind = MQC_TOKEN_END};
    size_t size = 0;

    while (size < source->size && is_blank(source->data[size]))
        size++;
    if (size > 0)
        skip(source, size);
    token.spaced = size > 0;
    if (source->size > 0 && source->data[0] == '#')
        skip(source, line_size(*source));
    token.text = (struct mqc_slice){source->data, 0};
    if (source->size == 0 || source->data[0] == '\n')
        return token;
    token.kind = measure(*source, &token.text.size);
    skip(source, token.text.size);
    return token;
}

bool mqc_token_is(const struct mqc_token *token, const char *text)
{
    return (token->kind == MQC_TOKEN_WORD || token->kind == MQC_TOKEN_MARK) &&
           mqc_slice_equal(token->text, mqc_slice_text(text));
}
