#include <limits.h>

#include "harness/scenario/parse.h"

struct mqh_cursor mqh_cursor_at(struct mqh_parser *parser, struct mqc_slice text)
{
    struct mqh_cursor cursor = {.parser = parser, .rest = text};

    mqh_cursor_next(&cursor);
    return cursor;
}

void mqh_cursor_next(struct mqh_cursor *cursor)
{
    cursor->token = mqc_lex_next(&cursor->rest);
}

bool mqh_cursor_is(const struct mqh_cursor *cursor, const char *word)
{
    return mqc_token_is(&cursor->token, word);
}

bool mqh_cursor_ended(const struct mqh_cursor *cursor)
{
    return cursor->token.kind == MQC_TOKEN_END;
}

bool mqh_cursor_take(struct mqh_cursor *cursor, const char *word)
{
    if (!mqh_cursor_is(cursor, word))
        return false;
    mqh_cursor_next(cursor);
    return true;
}

bool mqh_cursor_dislike(const struct mqh_cursor *cursor, const char *wanted)
{
    struct mqc_slice text = cursor->token.text;

    if (mqh_cursor_ended(cursor))
        return MQH_DISLIKE(cursor->parser, text, "the line ends here, expected %s", wanted);
    return MQH_DISLIKE(cursor->parser, text, "expected %s, not %.*s", wanted,
                       text.size > 60 ? 60 : (int)text.size, (const char *)text.data);
}

bool mqh_cursor_need(struct mqh_cursor *cursor, const char *word, const char *where)
{
    char wanted[80] = "";
    struct mqc_slice parts[] = {mqc_slice_text(word), mqc_slice_text(" "), mqc_slice_text(where)};
    size_t used = 0;

    if (mqh_cursor_take(cursor, word))
        return true;
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < parts[i].size && used < sizeof wanted - 1; k++)
            wanted[used++] = (char)parts[i].data[k];
    return mqh_cursor_dislike(cursor, wanted);
}

bool mqh_cursor_need_end(struct mqh_cursor *cursor)
{
    return mqh_cursor_ended(cursor) || mqh_cursor_dislike(cursor, "the line's end");
}

bool mqh_byte_in(uint8_t byte, const char *set)
{
    for (; *set != '\0'; set++)
        if ((uint8_t)*set == byte)
            return true;
    return false;
}

struct mqc_slice mqh_slice_span(struct mqc_slice from, struct mqc_slice to)
{
    return (struct mqc_slice){from.data, (size_t)(to.data + to.size - from.data)};
}

/* ---- numbers ---- */

static int digit_of(uint8_t byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    if (byte >= 'a' && byte <= 'f')
        return byte - 'a' + 10;
    if (byte >= 'A' && byte <= 'F')
        return byte - 'A' + 10;
    return INT_MAX;
}

bool mqh_number_read(struct mqc_slice text, uint32_t *out)
{
    bool hex = text.size > 2 && text.data[0] == '0' && (text.data[1] == 'x' || text.data[1] == 'X');
    int base = hex ? 16 : 10;
    uint64_t value = 0;

    if (text.size == 0)
        return false;
    for (size_t i = hex ? 2 : 0; i < text.size; i++) {
        int digit = digit_of(text.data[i]);

        if (digit >= base)
            return false;
        value = value * (uint64_t)base + (uint64_t)digit;
        if (value > UINT32_MAX)
            return false;
    }
    *out = (uint32_t)value;
    return true;
}

bool mqh_parse_number(struct mqh_cursor *cursor, uint32_t *out)
{
    if (cursor->token.kind != MQC_TOKEN_WORD || !mqh_number_read(cursor->token.text, out))
        return mqh_cursor_dislike(cursor, "a number");
    mqh_cursor_next(cursor);
    return true;
}

bool mqh_parse_range(struct mqh_cursor *cursor, unsigned *first, unsigned *last)
{
    struct mqc_slice at = cursor->token.text;

    if (!mqh_parse_number(cursor, first) || !mqh_cursor_need(cursor, "..", "and the last number"))
        return false;
    at = mqh_slice_span(at, cursor->token.text);
    if (!mqh_parse_number(cursor, last))
        return false;
    if (*last < *first)
        return MQH_DISLIKE(cursor->parser, at, "the range ends at %u, before it begins", *last);
    return true;
}

bool mqh_parse_duration(struct mqh_cursor *cursor, unsigned *out_ms)
{
    struct mqc_slice text = cursor->token.text;
    struct mqc_slice number = text;
    unsigned unit_ms = 1000;
    uint32_t value;

    while (number.size > 0 && digit_of(number.data[number.size - 1]) > 9)
        number.size--;
    if (text.size - number.size == 2 && memcmp(number.data + number.size, "ms", 2) == 0)
        unit_ms = 1;
    else if (text.size - number.size != 1 || number.data[number.size] != 's')
        return mqh_cursor_dislike(cursor, "a time such as 2s or 500ms");
    if (!mqh_number_read(number, &value))
        return mqh_cursor_dislike(cursor, "a time such as 2s or 500ms");
    if ((uint64_t)value * unit_ms > (uint64_t)MQH_TIME_MAX_S * 1000)
        return MQH_DISLIKE(cursor->parser, text, "a time is at most %d s", MQH_TIME_MAX_S);
    *out_ms = value * unit_ms;
    mqh_cursor_next(cursor);
    return true;
}

/* ---- versions and ids ---- */

bool mqh_parse_version(struct mqh_cursor *cursor, bool family, unsigned *out)
{
    struct mqc_slice text = cursor->token.text;
    enum mqc_version version = mqc_version_parse((const char *)text.data, text.size);

    if (family && mqh_cursor_is(cursor, "3.x"))
        *out = MQH_VERSION(MQC_V31) | MQH_VERSION(MQC_V311);
    else if (version != MQC_VERSION_UNKNOWN && text.data[0] != 'v')
        *out = MQH_VERSION(version);
    else
        return mqh_cursor_dislike(cursor, family ? "a version: 3.1, 3.1.1, 5.0 or 3.x"
                                                 : "a version: 3.1, 3.1.1 or 5.0");
    mqh_cursor_next(cursor);
    return true;
}

bool mqh_parse_id(struct mqh_cursor *cursor, const struct mqh_requirement **out,
                  struct mqc_slice *at)
{
    struct mqc_slice space = cursor->token.text;
    enum mqc_version version = mqc_version_parse((const char *)space.data, space.size);
    char id[MQH_RULE_ID_MAX + 1] = "";

    if (version == MQC_VERSION_UNKNOWN || space.data[0] != 'v')
        return mqh_cursor_dislike(cursor, "a rule such as v5 MQTT-3.8.3-2, beginning with v31, "
                                          "v311 or v5");
    mqh_cursor_next(cursor);
    if (cursor->token.kind != MQC_TOKEN_WORD)
        return mqh_cursor_dislike(cursor, "the rule's id, such as MQTT-3.8.3-2");
    if (cursor->token.text.size <= MQH_RULE_ID_MAX)
        memcpy(id, cursor->token.text.data, cursor->token.text.size);
    *at = mqh_slice_span(space, cursor->token.text);
    *out = mqh_catalogue_find(version, id);
    if (*out == NULL)
        return MQH_DISLIKE(cursor->parser, cursor->token.text, "MQTT %s has no rule of this name",
                           mqc_version_name(version));
    mqh_cursor_next(cursor);
    return true;
}

bool mqh_id_list_has(const struct mqh_id_list *list, const struct mqh_requirement *id)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i] == id)
            return true;
    return false;
}

bool mqh_id_list_add(struct mqh_arena *arena, struct mqh_id_list *list, size_t *capacity,
                     const struct mqh_requirement *id)
{
    if (mqh_id_list_has(list, id))
        return false;
    list->items = mqh_arena_grow(arena, list->items, list->count, capacity, sizeof(*list->items));
    list->items[list->count++] = id;
    return true;
}

/* ---- variables and packets ---- */

static bool name_is_taken(const struct mqh_parser *parser, struct mqc_slice name)
{
    for (size_t i = 0; i < parser->scenario->vary_count; i++)
        if (mqc_slice_equal(parser->scenario->varies[i].name, name))
            return true;
    for (size_t i = 0; i < parser->repeat_count; i++)
        if (mqc_slice_equal(parser->repeats[i].name, name))
            return true;
    return mqc_slice_equal(name, mqc_slice_text("T")) ||
           mqc_slice_equal(name, mqc_slice_text("C")) || mqc_slice_equal(name, mqc_slice_text("D"));
}

bool mqh_parse_new_variable(struct mqh_cursor *cursor, struct mqc_slice *name)
{
    if (cursor->token.kind != MQC_TOKEN_VARIABLE)
        return mqh_cursor_dislike(cursor, "a variable such as $x");
    *name = (struct mqc_slice){cursor->token.text.data + 1, cursor->token.text.size - 1};
    if (name_is_taken(cursor->parser, *name))
        return MQH_DISLIKE(cursor->parser, cursor->token.text, "there is a variable $%.*s already",
                           (int)name->size, (const char *)name->data);
    mqh_cursor_next(cursor);
    return true;
}

bool mqh_parse_packet(struct mqh_cursor *cursor, bool in_repeat, struct mqh_text *out)
{
    struct mqc_slice span = cursor->token.text;
    struct mqc_token before = {0};
    enum mqc_type type;
    size_t depth = 0;

    for (; !mqh_cursor_ended(cursor); mqh_cursor_next(cursor)) {
        bool is_value = mqc_token_is(&before, "=");

        if (depth == 0 && !is_value &&
            (mqh_suffix_begins(cursor) || (in_repeat && mqh_cursor_is(cursor, "end"))))
            break;
        if (depth == 0 && (mqh_cursor_is(cursor, "|") || mqh_cursor_is(cursor, ";") ||
                           mqh_cursor_is(cursor, "}") || mqh_cursor_is(cursor, "@")))
            break;
        if (mqh_cursor_is(cursor, "(") || mqh_cursor_is(cursor, "[") || mqh_cursor_is(cursor, "{"))
            depth++;
        if (mqh_cursor_is(cursor, ")") || mqh_cursor_is(cursor, "]") || mqh_cursor_is(cursor, "}"))
            depth--;
        before = cursor->token;
        span = mqh_slice_span(span, before.text);
    }
    if (before.kind == MQC_TOKEN_END)
        return mqh_cursor_dislike(cursor, "a packet such as PINGREQ");
    *out = mqh_text_at(cursor->parser, span);
    if (!mqc_text_type(span, &type)) {
        struct mqh_cursor first = mqh_cursor_at(cursor->parser, span);

        return mqh_cursor_dislike(&first, "a packet type such as PUBLISH, in capitals");
    }
    return true;
}
