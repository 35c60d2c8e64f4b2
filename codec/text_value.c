#include "codec/text_value.h"

#include "codec/reason.h"
#include "codec/text_out.h"

/* The largest packet there can be; no value needs more. */
#define BYTES_MAX (MQC_REMAINING_LENGTH_MAX + 5u)

static bool is_number_want(const struct mqc_text_want *want)
{
    return want->kind == MQC_WANT_NUMBER || want->kind == MQC_WANT_CODE;
}

/* "qos is a number, 0 to 3" and the like. */
static bool fail_want(struct mqc_text_parser *parser, const struct mqc_text_want *want,
                      struct mqc_slice at)
{
    char message[MQC_TEXT_MESSAGE_MAX];
    struct mqc_text_out out = {.data = message, .capacity = sizeof message};
    static const char *const kinds[] = {
        [MQC_WANT_NUMBER] = " is a number, 0 to ",
        [MQC_WANT_CODE] = " is a number or a reason's name, 0 to ",
        [MQC_WANT_BYTES] = " is a string: \"text\", h'hex' or fill(N)",
        [MQC_WANT_PAIR] = " is a pair: (\"name\",\"value\")",
    };

    mqc_text_out_text(&out, want->name);
    mqc_text_out_text(&out, kinds[want->kind]);
    if (is_number_want(want))
        mqc_text_out_number(&out, want->most);
    mqc_text_out_end(&out);
    return mqc_text_fail(parser, at, message, MQC_NO_SUBJECT, "");
}

/* --- variables ---------------------------------------------------------------------------- */

static void note_unbound(struct mqc_text_parser *parser, struct mqc_slice token)
{
    if (parser->unbound.data == NULL)
        parser->unbound = token;
}

/* The value of the variable that is looked at, as `want` has it; goes past it. UNBOUND if it has
 * none. */
static struct mqc_text_value read_variable(struct mqc_text_parser *parser,
                                           const struct mqc_text_want *want)
{
    struct mqc_text_value out = {.form = MQC_TEXT_UNBOUND};
    struct mqc_slice token = parser->token.text;
    struct mqc_value value;

    if (!mqc_text_variable(parser, token, mqc_text_variable_name(token), &value))
        return out;
    out.variable = mqc_text_variable_name(token);
    if (value.kind == MQC_VALUE_FIELD) {
        mqc_text_fail(parser, token, "the variable stands for a whole field, not for a value",
                      MQC_NO_SUBJECT, "");
    } else if (value.kind == MQC_VALUE_NUMBER) {
        out.form = MQC_TEXT_NUMBER;
        out.low = value.number;
        out.high = value.number;
        if (!is_number_want(want) || value.number > want->most)
            fail_want(parser, want, token);
    } else if (value.kind == MQC_VALUE_BYTES) {
        out.form = MQC_TEXT_BYTES;
        out.bytes = value.bytes;
        if (want->kind != MQC_WANT_BYTES)
            fail_want(parser, want, token);
    }
    mqc_text_advance(parser);
    return out;
}

/* --- numbers ------------------------------------------------------------------------------ */

static uint32_t number_of_word(struct mqc_text_parser *parser, const struct mqc_text_want *want)
{
    struct mqc_token token = parser->token;
    uint32_t number = 0;
    uint8_t code;

    if (parser->failed)
        return 0;
    if (token.kind == MQC_TOKEN_WORD && mqc_text_number(token.text, &number)) {
        if (number > want->most)
            fail_want(parser, want, token.text);
    } else if (token.kind == MQC_TOKEN_WORD && want->kind == MQC_WANT_CODE &&
               mqc_reason_find(parser->scope->version, want->type, token.text, &code)) {
        number = code;
    } else if (token.kind == MQC_TOKEN_WORD && want->kind == MQC_WANT_CODE) {
        mqc_text_fail(parser, token.text, "", token.text,
                      " is no reason of this packet; a number may stand for any");
    } else {
        fail_want(parser, want, token.text);
    }
    mqc_text_advance(parser);
    return number;
}

uint32_t mqc_text_read_number(struct mqc_text_parser *parser, const struct mqc_text_want *want)
{
    struct mqc_slice at = parser->token.text;
    struct mqc_text_value value;

    if (parser->token.kind != MQC_TOKEN_VARIABLE)
        return number_of_word(parser, want);
    value = read_variable(parser, want);
    if (value.form != MQC_TEXT_UNBOUND)
        return value.low;
    if (!parser->failed)
        note_unbound(parser, at);
    return 0;
}

static struct mqc_text_value read_range(struct mqc_text_parser *parser,
                                        const struct mqc_text_want *want)
{
    struct mqc_slice at = parser->token.text;
    struct mqc_text_value out = {.form = MQC_TEXT_NUMBER};

    if (parser->token.kind == MQC_TOKEN_VARIABLE)
        out = read_variable(parser, want);
    else
        out.low = out.high = number_of_word(parser, want);
    if (parser->sending || !mqc_token_is(&parser->token, ".."))
        return out;
    mqc_text_advance(parser);
    if (out.form == MQC_TEXT_UNBOUND)
        note_unbound(parser, at);
    out.form = MQC_TEXT_NUMBER;
    out.high = mqc_text_read_number(parser, want);
    if (out.high < out.low && parser->unbound.data == NULL)
        mqc_text_fail(parser, at, "the range is empty", MQC_NO_SUBJECT, "");
    return out;
}

/* --- bytes -------------------------------------------------------------------------------- */

static struct mqc_slice read_fill(struct mqc_text_parser *parser)
{
    const struct mqc_text_want want = {
        .kind = MQC_WANT_NUMBER, .name = "the size", .most = BYTES_MAX};
    uint32_t size;
    uint8_t *bytes;

    mqc_text_advance(parser);
    mqc_text_expect(parser, "(");
    size = mqc_text_read_number(parser, &want);
    mqc_text_expect(parser, ")");
    bytes = mqc_text_allocate(parser, size);
    if (bytes == NULL)
        return MQC_NO_SUBJECT;
    mqc_text_fill(bytes, size);
    return (struct mqc_slice){bytes, size};
}

static struct mqc_slice repeated(struct mqc_text_parser *parser, struct mqc_slice bytes)
{
    const struct mqc_text_want want = {
        .kind = MQC_WANT_NUMBER, .name = "the count", .most = BYTES_MAX};
    struct mqc_slice at = parser->token.text;
    uint64_t count = mqc_text_read_number(parser, &want);
    uint8_t *out;

    if (count * bytes.size > BYTES_MAX) {
        mqc_text_fail(parser, at, "no packet is as long as that", MQC_NO_SUBJECT, "");
        return MQC_NO_SUBJECT;
    }
    out = mqc_text_allocate(parser, (size_t)count * bytes.size);
    if (out == NULL)
        return MQC_NO_SUBJECT;
    for (size_t i = 0; bytes.size > 0 && i < count; i++)
        memcpy(out + i * bytes.size, bytes.data, bytes.size);
    return (struct mqc_slice){out, (size_t)count * bytes.size};
}

/* Bytes, or a bare variable without a value. */
static struct mqc_text_value read_bytes(struct mqc_text_parser *parser,
                                        const struct mqc_text_want *want)
{
    struct mqc_text_value out = {.form = MQC_TEXT_BYTES};
    struct mqc_slice at = parser->token.text;

    switch (parser->token.kind) {
    case MQC_TOKEN_STRING:
    case MQC_TOKEN_HEX:
        out.bytes = mqc_text_unquote(parser, &parser->token);
        mqc_text_advance(parser);
        break;
    case MQC_TOKEN_VARIABLE:
        out = read_variable(parser, want);
        break;
    default:
        if (want->kind == MQC_WANT_BYTES && mqc_token_is(&parser->token, "fill"))
            out.bytes = read_fill(parser);
        else
            fail_want(parser, want, at);
    }
    if (!mqc_text_take(parser, "*"))
        return out;
    if (out.form == MQC_TEXT_UNBOUND)
        note_unbound(parser, at);
    out.form = MQC_TEXT_BYTES;
    out.bytes = repeated(parser, out.bytes);
    return out;
}

struct mqc_slice mqc_text_read_bytes(struct mqc_text_parser *parser,
                                     const struct mqc_text_want *want)
{
    struct mqc_slice at = parser->token.text;
    struct mqc_text_value value = read_bytes(parser, want);

    if (value.form == MQC_TEXT_UNBOUND && !parser->failed)
        note_unbound(parser, at);
    return value.bytes;
}

/* --- patterns ----------------------------------------------------------------------------- */

/* A value without brackets: `_`, `absent`, a number or range, bytes. */
static struct mqc_text_value read_simple(struct mqc_text_parser *parser,
                                         const struct mqc_text_want *want)
{
    struct mqc_slice at = parser->token.text;
    struct mqc_text_value out;

    if (!parser->sending && mqc_text_take(parser, "_"))
        return (struct mqc_text_value){.form = MQC_TEXT_ANY};
    if (!parser->sending && mqc_text_take(parser, "absent"))
        return (struct mqc_text_value){.form = MQC_TEXT_ABSENT};
    out = is_number_want(want) ? read_range(parser, want) : read_bytes(parser, want);
    if (out.form == MQC_TEXT_UNBOUND && parser->sending && !parser->failed)
        note_unbound(parser, at);
    return out;
}

/* ( value , value … ): at least `least` and at most `most` of them. */
static struct mqc_text_value read_items(struct mqc_text_parser *parser,
                                        const struct mqc_text_want *want, size_t least, size_t most)
{
    struct mqc_text_value out = {.form = most == 2 ? MQC_TEXT_PAIR : MQC_TEXT_SET};
    struct mqc_text_value **tail = &out.items;
    size_t count = 0;

    mqc_text_expect(parser, "(");
    do {
        struct mqc_text_value *item = mqc_text_allocate(parser, sizeof *item);

        if (item == NULL)
            break;
        *item = read_simple(parser, want);
        *tail = item;
        tail = &item->next;
        count++;
    } while (count < most && mqc_text_take(parser, ","));
    if (count < least)
        mqc_text_expect(parser, ",");
    mqc_text_expect(parser, ")");
    return out;
}

struct mqc_text_value mqc_text_read_value(struct mqc_text_parser *parser,
                                          const struct mqc_text_want *want)
{
    bool bracket = mqc_token_is(&parser->token, "(");

    if (want->kind == MQC_WANT_PAIR) {
        struct mqc_text_want bytes = {.kind = MQC_WANT_BYTES, .name = want->name};

        if (bracket)
            return read_items(parser, &bytes, 2, 2);
        if (parser->sending || parser->token.kind != MQC_TOKEN_WORD)
            fail_want(parser, want, parser->token.text);
    }
    if (bracket && !parser->sending)
        return read_items(parser, want, 1, SIZE_MAX);
    if (!parser->sending && mqc_text_take(parser, "not")) {
        struct mqc_text_value out = read_items(parser, want, 1, SIZE_MAX);

        out.form = MQC_TEXT_NOT;
        return out;
    }
    return read_simple(parser, want);
}
