#include "harness/scenario/parse.h"

/* ---- 1..9, 1..all ---- */

static bool parse_numbers(struct mqh_cursor *cursor, struct mqh_vary *vary)
{
    struct mqh_parser *parser = cursor->parser;
    struct mqh_cursor ahead = *cursor;
    struct mqc_slice at = cursor->token.text;
    unsigned last;

    if (!mqh_parse_number(&ahead, &vary->first))
        return false;
    mqh_cursor_next(&ahead); /* the `..` */
    if (mqh_cursor_is(&ahead, "all")) {
        vary->up_to_all = true;
        mqh_cursor_next(&ahead);
        *cursor = ahead;
        return true;
    }
    if (!mqh_parse_range(cursor, &vary->first, &last))
        return false;
    if (last - vary->first >= MQH_CASES_MAX)
        return MQH_DISLIKE(parser, at, "these are more than %d values", MQH_CASES_MAX);
    vary->value_count = last - vary->first + 1;
    vary->values = mqh_arena_alloc(parser->arena, vary->value_count * sizeof(*vary->values));
    vary->parsed = mqh_arena_alloc(parser->arena, vary->value_count * sizeof(*vary->parsed));
    for (size_t i = 0; i < vary->value_count; i++) {
        unsigned number = vary->first + (unsigned)i;

        vary->values[i] = mqh_text_at(parser, at);
        vary->values[i].text = mqc_slice_text(mqh_arena_format(parser->arena, "%u", number));
        vary->parsed[i] = (struct mqc_value){.kind = MQC_VALUE_NUMBER, .number = number};
    }
    return true;
}

/* ---- a, b, c ---- */

/* A value of its own: what is not one of these is a field. */
static bool is_plain(const struct mqc_token *token)
{
    uint32_t number;

    return token->kind == MQC_TOKEN_STRING || token->kind == MQC_TOKEN_HEX ||
           mqc_token_is(token, "fill") || mqh_number_read(token->text, &number);
}

static bool is_field(const struct mqc_token *token)
{
    return token->kind == MQC_TOKEN_WORD && token->text.data[0] >= 'a' &&
           token->text.data[0] <= 'z';
}

/* The codec counts offsets from the start of its line, of which `text` is the part behind the head.
 */
static struct mqc_slice error_place(struct mqc_slice text, const struct mqc_text_error *error,
                                    size_t head_size)
{
    size_t offset = error->offset > head_size ? error->offset - head_size : 0;

    return (struct mqc_slice){text.data + (offset < text.size ? offset : text.size), error->size};
}

static const char payload_head[] = "PUBLISH topic=\"t\" payload=";

enum { PAYLOAD_HEAD_SIZE = sizeof payload_head - 1 };

/*
 * Only the codec knows what a string, h'...' or fill(...) stands for, so that it is given a PUBLISH
 * with this payload: two bytes of topic length, one of topic, the rest is ours. The result is in
 * the scratch arena.
 */
static bool encode_payload(struct mqh_arena *scratch, struct mqc_slice text, struct mqc_slice *out,
                           struct mqc_text_error *error)
{
    struct mqc_text_scope scope = {.version = MQC_V311, .from = MQC_CLIENT};
    uint8_t *line = mqh_arena_alloc(scratch, PAYLOAD_HEAD_SIZE + text.size);
    struct mqc_slice publish = {line, PAYLOAD_HEAD_SIZE + text.size};
    struct mqc_frame frame = {.size = 0};

    memcpy(line, payload_head, PAYLOAD_HEAD_SIZE);
    memcpy(line + PAYLOAD_HEAD_SIZE, text.data, text.size);
    for (size_t size = 16384; size <= (size_t)16 * MQH_VALUES_MAX; size *= 4) {
        struct mqc_text_memory memory = {.data = mqh_arena_alloc(scratch, size), .size = size};

        *error = (struct mqc_text_error){.size = 1};
        if (mqc_text_encode(publish, &scope, &memory, out, error)) {
            mqc_frame_read(*out, &frame);
            out->data += frame.header_size + 3;
            out->size -= frame.header_size + 3;
            return true;
        }
        if (!error->no_memory)
            return false;
    }
    return false;
}

static bool bytes_of(struct mqh_parser *parser, struct mqc_slice text, struct mqc_value *out)
{
    struct mqh_arena scratch = {NULL};
    struct mqc_text_error error;
    struct mqc_slice bytes = {NULL, 0};
    bool good = encode_payload(&scratch, text, &bytes, &error);

    parser->value_bytes += bytes.size;
    if (parser->value_bytes > MQH_VALUES_MAX || (!good && error.no_memory))
        good = MQH_DISLIKE(parser, text, "the values of this file have more than %d bytes",
                           MQH_VALUES_MAX);
    else if (!good)
        MQH_DISLIKE(parser, error_place(text, &error, PAYLOAD_HEAD_SIZE), "%s", error.message);
    out->kind = MQC_VALUE_BYTES;
    out->bytes = good ? mqh_arena_bytes(parser->arena, bytes) : (struct mqc_slice){NULL, 0};
    mqh_arena_free(&scratch);
    return good;
}

static bool value_of(struct mqh_parser *parser, struct mqc_slice text, bool is_field,
                     struct mqc_value *out)
{
    *out = (struct mqc_value){.kind = MQC_VALUE_FIELD, .bytes = text};
    if (is_field)
        return true;
    out->kind = MQC_VALUE_NUMBER;
    return mqh_number_read(text, &out->number) || bytes_of(parser, text, out);
}

/* Values are known at load, where ${T} is not. */
static bool has_variable(struct mqc_slice text)
{
    for (size_t i = 0; i + 1 < text.size; i++) {
        if (text.data[i] == '\\')
            i++;
        else if (text.data[i] == '$' && text.data[i + 1] == '{')
            return true;
    }
    return false;
}

/* To the next comma that is not in brackets. */
static struct mqc_slice take_value(struct mqh_cursor *cursor)
{
    struct mqc_slice span = cursor->token.text;
    size_t depth = 0;

    while (!mqh_cursor_ended(cursor) && (depth > 0 || !mqh_cursor_is(cursor, ","))) {
        if (mqh_cursor_is(cursor, "(") || mqh_cursor_is(cursor, "[") || mqh_cursor_is(cursor, "{"))
            depth++;
        if (mqh_cursor_is(cursor, ")") || mqh_cursor_is(cursor, "]") || mqh_cursor_is(cursor, "}"))
            depth--;
        span = mqh_slice_span(span, cursor->token.text);
        mqh_cursor_next(cursor);
    }
    return span;
}

static bool is_new_value(const struct mqh_vary *vary, struct mqc_slice value)
{
    for (size_t i = 0; i < vary->value_count; i++)
        if (mqc_slice_equal(vary->values[i].text, value))
            return false;
    return true;
}

struct capacities {
    size_t values;
    size_t parsed;
};

static bool parse_value(struct mqh_cursor *cursor, struct mqh_vary *vary, struct capacities *have)
{
    struct mqh_parser *parser = cursor->parser;
    bool plain = is_plain(&cursor->token);
    struct mqc_slice value;

    if (!plain && !is_field(&cursor->token))
        return mqh_cursor_dislike(cursor, "a number, a string, h'...' or a field such as qos=1");
    if (vary->value_count > 0 && plain == vary->values_are_fields)
        return MQH_DISLIKE(parser, cursor->token.text,
                           "values and fields cannot stand in one `vary`");
    vary->values_are_fields = !plain;
    value = cursor->token.text;
    if (plain && cursor->token.kind == MQC_TOKEN_WORD && !mqh_cursor_is(cursor, "fill"))
        mqh_cursor_next(cursor);
    else
        value = take_value(cursor);
    if (value.size > MQH_VALUE_MAX)
        return MQH_DISLIKE(parser, value, "a value has at most %d bytes", MQH_VALUE_MAX);
    if (plain && has_variable(value))
        return MQH_DISLIKE(parser, value,
                           "a value cannot hold ${...}: write that where the variable is used");
    if (!is_new_value(vary, value))
        return MQH_DISLIKE(parser, value, "this value stands here twice");
    if (vary->value_count == MQH_CASES_MAX)
        return MQH_DISLIKE(parser, value, "these are more than %d values", MQH_CASES_MAX);
    vary->values = mqh_arena_grow(parser->arena, vary->values, vary->value_count, &have->values,
                                  sizeof(*vary->values));
    vary->parsed = mqh_arena_grow(parser->arena, vary->parsed, vary->value_count, &have->parsed,
                                  sizeof(*vary->parsed));
    vary->values[vary->value_count] = mqh_text_at(parser, value);
    return value_of(parser, value, !plain, &vary->parsed[vary->value_count++]);
}

static bool is_range(struct mqh_cursor cursor)
{
    mqh_cursor_next(&cursor);
    return mqh_cursor_is(&cursor, "..");
}

bool mqh_parse_vary(struct mqh_cursor *cursor)
{
    struct mqh_parser *parser = cursor->parser;
    struct mqh_scenario *s = parser->scenario;
    struct mqh_vary vary = {.value_count = 0};
    struct capacities have = {0, 0};

    if (!mqh_parse_new_variable(cursor, &vary.name) ||
        !mqh_cursor_need(cursor, "in", "and the values"))
        return false;
    if (s->vary_count == MQH_NESTING_MAX)
        return MQH_DISLIKE(parser, vary.name, "there are more than %d `vary` lines",
                           MQH_NESTING_MAX);
    if (is_range(*cursor)) {
        if (!parse_numbers(cursor, &vary))
            return false;
    } else {
        do
            if (!parse_value(cursor, &vary, &have))
                return false;
        while (mqh_cursor_take(cursor, ","));
    }
    s->varies = mqh_arena_grow(parser->arena, s->varies, s->vary_count, &parser->vary_capacity,
                               sizeof(*s->varies));
    s->varies[s->vary_count++] = vary;
    return true;
}
