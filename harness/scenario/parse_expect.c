#include "codec/reason.h"
#include "harness/scenario/parse.h"

/* ---- any { A ; B } ---- */

struct group {
    struct mqh_expect *items;
    size_t count;
    size_t capacity;
};

static bool parse_members(struct mqh_cursor *cursor, const struct mqh_binding *bindings,
                          size_t depth, struct group *group);

/* `repeat $i in 1..3 A ; B end`: the members are parsed again for each value. */
static bool parse_member_repeat(struct mqh_cursor *cursor, const struct mqh_binding *bindings,
                                size_t depth, struct group *group)
{
    struct mqh_parser *parser = cursor->parser;
    struct mqc_slice where = cursor->token.text;
    struct mqc_slice name;
    struct mqh_cursor body;
    unsigned first;
    unsigned last;

    if (depth == MQH_NESTING_MAX)
        return MQH_DISLIKE(parser, where, "repeats are nested deeper than %d", MQH_NESTING_MAX);
    mqh_cursor_next(cursor);
    if (!mqh_parse_new_variable(cursor, &name))
        return false;
    for (const struct mqh_binding *outer = bindings; outer != NULL; outer = outer->next)
        if (mqc_slice_equal(outer->name, name))
            return MQH_DISLIKE(parser, name, "there is a variable of this name already");
    if (!mqh_cursor_need(cursor, "in", "and a range") || !mqh_parse_range(cursor, &first, &last))
        return false;
    body = *cursor;
    for (unsigned number = first;; number++) {
        struct mqh_binding *binding = mqh_arena_alloc(parser->arena, sizeof(*binding));

        binding->name = name;
        binding->value = (struct mqc_value){.kind = MQC_VALUE_NUMBER, .number = number};
        binding->next = bindings;
        *cursor = body;
        if (!parse_members(cursor, binding, depth + 1, group) ||
            !mqh_cursor_need(cursor, "end", "of this repeat"))
            return false;
        if (number == last)
            return true;
    }
}

static bool parse_members(struct mqh_cursor *cursor, const struct mqh_binding *bindings,
                          size_t depth, struct group *group)
{
    struct mqh_parser *parser = cursor->parser;

    do {
        struct mqh_expect *member;

        if (mqh_cursor_is(cursor, "repeat")) {
            if (!parse_member_repeat(cursor, bindings, depth, group))
                return false;
            continue;
        }
        if (!mqh_steps_count(parser, 1, cursor->token.text))
            return false;
        parser->member_count++;
        group->items = mqh_arena_grow(parser->arena, group->items, group->count, &group->capacity,
                                      sizeof(*group->items));
        member = &group->items[group->count++];
        *member = (struct mqh_expect){.kind = MQH_EXPECT_PACKET, .bindings = bindings};
        if (!mqh_parse_packet(cursor, depth > 0, &member->text))
            return false;
    } while (mqh_cursor_take(cursor, ";"));
    return true;
}

static bool parse_group(struct mqh_cursor *cursor, struct mqh_expect *expect)
{
    struct group group = {.count = 0};

    if (!mqh_cursor_need(cursor, "{", "and the packets") ||
        !parse_members(cursor, NULL, 0, &group) ||
        !mqh_cursor_need(cursor, "}", "or `;` and another packet"))
        return false;
    expect->children = group.items;
    expect->child_count = group.count;
    return true;
}

/* ---- closed, refused, nothing ---- */

/* A code of an end: CONNACK's and DISCONNECT's names are both at home there. */
static bool find_code(struct mqc_slice word, uint8_t *code)
{
    uint32_t number;

    if (mqh_number_read(word, &number) && number <= UINT8_MAX) {
        *code = (uint8_t)number;
        return true;
    }
    return mqc_reason_find(MQC_V5, MQC_DISCONNECT, word, code) ||
           mqc_reason_find(MQC_V5, MQC_CONNACK, word, code);
}

static bool parse_code(struct mqh_cursor *cursor, struct mqh_expect *expect)
{
    size_t max = sizeof expect->reasons / sizeof expect->reasons[0];

    if (cursor->token.kind != MQC_TOKEN_WORD)
        return mqh_cursor_dislike(cursor, "a Reason Code: 0x82 or protocol-error");
    if (expect->reason_count == max)
        return MQH_DISLIKE(cursor->parser, cursor->token.text, "these are more than %zu codes",
                           max);
    if (!find_code(cursor->token.text, &expect->reasons[expect->reason_count]))
        return mqh_cursor_dislike(cursor, "a Reason Code of CONNACK or DISCONNECT, such as 0x82");
    expect->reason_count++;
    mqh_cursor_next(cursor);
    return true;
}

static bool parse_codes(struct mqh_cursor *cursor, struct mqh_expect *expect)
{
    if (!mqh_cursor_need(cursor, "=", "after reason"))
        return false;
    if (!mqh_cursor_take(cursor, "("))
        return parse_code(cursor, expect);
    do
        if (!parse_code(cursor, expect))
            return false;
    while (mqh_cursor_take(cursor, ","));
    return mqh_cursor_need(cursor, ")", "after the codes");
}

static bool parse_closed(struct mqh_cursor *cursor, struct mqh_expect *expect)
{
    expect->silent = mqh_cursor_take(cursor, "silent");
    if (mqh_cursor_take(cursor, "reason") && !parse_codes(cursor, expect))
        return false;
    if (!mqh_cursor_take(cursor, "with"))
        return true;
    if (!mqh_cursor_is(cursor, "CONNACK") && !mqh_cursor_is(cursor, "DISCONNECT"))
        return mqh_cursor_dislike(cursor, "CONNACK or DISCONNECT, which may come before the end");
    expect->children = mqh_arena_alloc(cursor->parser->arena, sizeof *expect);
    expect->child_count = 1;
    expect->children->kind = MQH_EXPECT_PACKET;
    return mqh_parse_packet(cursor, false, &expect->children->text);
}

static bool parse_refused(struct mqh_cursor *cursor, struct mqh_expect *expect)
{
    uint8_t code;

    if (!mqh_cursor_take(cursor, "="))
        return true;
    if (cursor->token.kind != MQC_TOKEN_WORD ||
        !mqc_reason_find(MQC_V5, MQC_CONNACK, cursor->token.text, &code) || code < 0x80)
        return mqh_cursor_dislike(cursor, "the name of a code with which CONNACK refuses, such as "
                                          "not-authorized");
    expect->reason_name = cursor->token.text;
    mqh_cursor_next(cursor);
    return true;
}

static bool parse_nothing(struct mqh_cursor *cursor, struct mqh_expect *expect)
{
    return !mqh_cursor_take(cursor, "for") || mqh_parse_duration(cursor, &expect->for_ms);
}

/* ---- A | B ---- */

static const struct {
    const char *word;
    enum mqh_expect_kind kind;
    bool (*parse)(struct mqh_cursor *cursor, struct mqh_expect *expect); /* behind the word */
} kinds[] = {
    {"closed", MQH_EXPECT_CLOSED, parse_closed},
    {"refused", MQH_EXPECT_REFUSED, parse_refused},
    {"nothing", MQH_EXPECT_NOTHING, parse_nothing},
    {"any", MQH_EXPECT_ANY, parse_group},
    {"ordered", MQH_EXPECT_ORDERED, parse_group},
    {"each-once", MQH_EXPECT_EACH_ONCE, parse_group},
};

/* Where the statement's next word begins, less the blanks before it: an end for what came before.
 */
static struct mqc_slice up_to(struct mqc_slice from, const struct mqh_cursor *cursor)
{
    struct mqc_slice text = {from.data, (size_t)(cursor->token.text.data - from.data)};

    while (text.size > 0 && mqh_byte_in(text.data[text.size - 1], " \t\r"))
        text.size--;
    return text;
}

static bool parse_alternative(struct mqh_cursor *cursor, struct mqh_expect *out)
{
    struct mqc_slice from = cursor->token.text;

    *out = (struct mqh_expect){.kind = MQH_EXPECT_PACKET};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (!mqh_cursor_take(cursor, kinds[i].word))
            continue;
        out->kind = kinds[i].kind;
        if (!kinds[i].parse(cursor, out))
            return false;
        out->text = mqh_text_at(cursor->parser, up_to(from, cursor));
        break;
    }
    if (out->kind == MQH_EXPECT_PACKET && !mqh_parse_packet(cursor, false, &out->text))
        return false;
    while (mqh_cursor_is(cursor, "profile"))
        if (!mqh_parse_profile(cursor, out))
            return false;
    return true;
}

static bool suits_peers(struct mqh_cursor *cursor, const struct mqh_step *step)
{
    const struct mqh_expect *expect = step->expect;

    if (step->peer_count == 1 || expect->kind == MQH_EXPECT_EACH_ONCE ||
        expect->kind == MQH_EXPECT_NOTHING)
        return true;
    return MQH_DISLIKE(cursor->parser, expect->text.text,
                       "several clients can only expect `each-once { ... }` or `nothing`");
}

bool mqh_parse_expect(struct mqh_cursor *cursor, struct mqh_step *step)
{
    struct mqh_parser *parser = cursor->parser;
    struct mqc_slice from = cursor->token.text;
    struct mqh_expect *expect = mqh_arena_alloc(parser->arena, sizeof(*expect));
    struct group either = {.count = 0};

    step->kind = MQH_STEP_EXPECT;
    step->expect = expect;
    if (!parse_alternative(cursor, expect))
        return false;
    if (!mqh_cursor_is(cursor, "|"))
        return suits_peers(cursor, step);

    either.items = mqh_arena_grow(parser->arena, NULL, 0, &either.capacity, sizeof(*expect));
    either.items[either.count++] = *expect;
    while (mqh_cursor_take(cursor, "|")) {
        if (!mqh_steps_count(parser, 1, cursor->token.text))
            return false;
        parser->member_count++;
        either.items = mqh_arena_grow(parser->arena, either.items, either.count, &either.capacity,
                                      sizeof(*expect));
        if (!parse_alternative(cursor, &either.items[either.count++]))
            return false;
    }
    *expect = (struct mqh_expect){.kind = MQH_EXPECT_EITHER,
                                  .text = mqh_text_at(parser, up_to(from, cursor)),
                                  .children = either.items,
                                  .child_count = either.count};
    return suits_peers(cursor, step);
}
