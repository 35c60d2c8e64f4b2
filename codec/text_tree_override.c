/*
 * Overrides: `!` and a name, with an argument of the shape that overrides.def gives it.
 */
#include "codec/text_place.h"

/* N, +N or -N; `-3` is one word. */
static void read_signed(struct mqc_text_parser *parser, struct mqc_text_node *node,
                        const struct mqc_text_want *want)
{
    struct mqc_token *token = &parser->token;

    node->sign = '=';
    if (mqc_text_take(parser, "+"))
        node->sign = '+';
    else if (token->kind == MQC_TOKEN_WORD && token->text.data[0] == '-') {
        node->sign = '-';
        token->text.data++;
        token->text.size--;
        if (token->text.size == 0)
            mqc_text_advance(parser);
    }
    node->value.low = mqc_text_read_number(parser, want);
}

/* offset:hex is one word; $offset:hex is a variable and a word. */
static void read_poke(struct mqc_text_parser *parser, struct mqc_text_node *node)
{
    const struct mqc_text_want want = {.name = "poke's offset", .most = UINT32_MAX};
    struct mqc_token token;
    bool variable = parser->token.kind == MQC_TOKEN_VARIABLE;
    const uint8_t *colon;

    if (variable)
        node->value.low = mqc_text_read_number(parser, &want);
    token = parser->token;
    colon = token.kind == MQC_TOKEN_WORD ? memchr(token.text.data, ':', token.text.size) : NULL;
    if (colon == NULL || (colon == token.text.data) != variable ||
        (!variable &&
         !mqc_text_number((struct mqc_slice){token.text.data, (size_t)(colon - token.text.data)},
                          &node->value.low))) {
        mqc_text_fail(parser, token.text, "poke wants an offset and bytes, as in !poke=4:00ff",
                      MQC_NO_SUBJECT, "");
        return;
    }
    colon++;
    node->value.bytes = mqc_text_unhex(
        parser, (struct mqc_slice){colon, token.text.size - (size_t)(colon - token.text.data)});
    mqc_text_advance(parser);
}

static void read_argument(struct mqc_text_parser *parser, struct mqc_text_node *node)
{
    const struct mqc_text_override_info *info = mqc_text_override_info(node->override);
    const struct mqc_text_want number = {.name = info->name, .most = info->most};
    const struct mqc_text_want bytes = {.kind = MQC_WANT_BYTES, .name = info->name};
    struct mqc_slice at;

    if (info->argument == MQC_ARGUMENT_NONE)
        return;
    mqc_text_expect(parser, "=");
    at = parser->token.text;
    if (info->argument == MQC_ARGUMENT_NUMBER)
        node->value.low = mqc_text_read_number(parser, &number);
    else if (info->argument == MQC_ARGUMENT_SIGNED)
        read_signed(parser, node, &number);
    else if (info->argument == MQC_ARGUMENT_BYTES)
        node->value.bytes = mqc_text_read_bytes(parser, &bytes);
    else if (info->argument == MQC_ARGUMENT_POKE)
        read_poke(parser, node);
    if (info->argument == MQC_ARGUMENT_NUMBER && node->value.low < info->least &&
        parser->unbound.data == NULL)
        mqc_text_fail(parser, at, info->name, MQC_NO_SUBJECT, " is 1 at least");
}

/* !property=NAME=VALUE, !property=h'…', !property=$p */
static void read_forced_property(struct mqc_text_parser *parser, struct mqc_text_place *place)
{
    const struct mqc_text_want want = {.kind = MQC_WANT_BYTES, .name = "property"};
    struct mqc_slice at = parser->token.text;
    struct mqc_text_node *node;

    mqc_text_advance(parser);
    mqc_text_expect(parser, "=");
    if (parser->token.kind == MQC_TOKEN_WORD && !mqc_token_is(&parser->token, "fill")) {
        mqc_text_read_property(parser, place, true);
        return;
    }
    if (parser->token.kind == MQC_TOKEN_VARIABLE &&
        mqc_text_read_variable_field(parser, place, true))
        return;
    node = mqc_text_add(parser, place, MQC_ROLE_PROPERTY, at);
    if (node != NULL)
        node->value = (struct mqc_text_value){.form = MQC_TEXT_BYTES,
                                              .bytes = mqc_text_read_bytes(parser, &want)};
}

static bool may_repeat(enum mqc_text_override override)
{
    return override == MQC_OVERRIDE_POKE || override == MQC_OVERRIDE_APPEND;
}

/* `!total` may be expected, the size of the whole packet that came, and `!flags`; as patterns. */
static void read_expected(struct mqc_text_parser *parser, struct mqc_text_node *node)
{
    const struct mqc_text_want want = {.name = "a size or flags", .most = UINT32_MAX};

    mqc_text_expect(parser, "=");
    node->value = mqc_text_read_value(parser, &want);
}

void mqc_text_read_override(struct mqc_text_parser *parser, struct mqc_text_place *place)
{
    struct mqc_slice mark = parser->token.text;
    enum mqc_text_override override;
    struct mqc_text_node *node;
    struct mqc_slice name;

    mqc_text_advance(parser);
    name = parser->token.text;
    if (!parser->sending && !mqc_token_is(&parser->token, "total") &&
        !mqc_token_is(&parser->token, "flags")) {
        mqc_text_fail(
            parser, mark,
            "overrides are for packets that are sent; an expectation has only !total and !flags",
            MQC_NO_SUBJECT, "");
        return;
    }
    if (parser->token.kind != MQC_TOKEN_WORD || !mqc_text_override_find(name, &override)) {
        mqc_text_fail(parser, name, "there is no override ", name, "");
        return;
    }
    if (!mqc_text_override_fits(override, place->group, parser->scope->version)) {
        mqc_text_fail(parser, name, mqc_text_group_name(place->group), MQC_NO_SUBJECT,
                      " has nothing that this override changes");
        return;
    }
    if (override == MQC_OVERRIDE_PROPERTY) {
        read_forced_property(parser, place);
        return;
    }
    if (!may_repeat(override) && mqc_text_override_in(place->first, override) != NULL)
        mqc_text_fail_twice(parser, name, false);
    node = mqc_text_add(parser, place, MQC_ROLE_OVERRIDE, name);
    if (node == NULL)
        return;
    node->override = override;
    mqc_text_advance(parser);
    if (parser->sending)
        read_argument(parser, node);
    else
        read_expected(parser, node);
}
