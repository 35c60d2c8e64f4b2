#include "codec/text_place.h"

/* Variables that stand for fields which hold such variables: so deep and no deeper. */
#define FIELD_DEPTH_MAX 2

struct mqc_text_node *mqc_text_add(struct mqc_text_parser *parser, struct mqc_text_place *place,
                                   enum mqc_text_role role, struct mqc_slice text)
{
    struct mqc_text_node *node = mqc_text_allocate(parser, sizeof *node);

    if (node == NULL)
        return NULL;
    *node = (struct mqc_text_node){.role = role,
                                   .text = parser->outer.data != NULL ? parser->outer : text};
    if (place->first == NULL)
        place->first = node;
    else
        *place->tail = node;
    place->tail = &node->next;
    return node;
}

/* --- lists -------------------------------------------------------------------------------- */

static void read_item(struct mqc_text_parser *parser, struct mqc_text_place *list, unsigned type)
{
    const struct mqc_text_want code = {
        .kind = MQC_WANT_CODE, .name = "a code", .most = UINT8_MAX, .type = (enum mqc_type)type};
    const struct mqc_text_want filter = {.kind = MQC_WANT_BYTES, .name = "a filter"};
    bool is_code = type == MQC_SUBACK || type == MQC_UNSUBACK;
    struct mqc_text_place behind = {.group = MQC_GROUP_FILTER};
    struct mqc_text_node *item = mqc_text_add(parser, list, MQC_ROLE_ITEM, parser->token.text);

    if (item == NULL)
        return;
    item->value = mqc_text_read_value(parser, is_code ? &code : &filter);
    if (item->value.form == MQC_TEXT_ABSENT)
        mqc_text_fail(parser, item->text, "what is in a list is never absent", MQC_NO_SUBJECT, "");
    mqc_text_check_size(parser, item->text, &item->value);
    if (type == MQC_SUBSCRIBE)
        mqc_text_read_place(parser, &behind);
    item->children = behind.first;
}

static void read_list(struct mqc_text_parser *parser, struct mqc_text_place *place)
{
    const struct mqc_text_field *field = mqc_text_field_of(place->group, MQC_FIELD_LIST);
    struct mqc_slice at = parser->token.text;
    struct mqc_text_place items = {.group = place->group};
    struct mqc_text_node *node;

    if (field == NULL || !mqc_text_field_in(field, parser->scope->version)) {
        mqc_text_fail(parser, at, mqc_text_group_name(place->group), MQC_NO_SUBJECT,
                      field == NULL ? " has no list" : " has a list in 5.0 only");
        return;
    }
    for (node = place->first; node != NULL; node = node->next)
        if (node->role == MQC_ROLE_LIST)
            mqc_text_fail(parser, at, "there is a list already", MQC_NO_SUBJECT, "");
    node = mqc_text_add(parser, place, MQC_ROLE_LIST, at);
    if (node == NULL)
        return;
    node->field = field;
    mqc_text_advance(parser);
    if (!mqc_token_is(&parser->token, "]")) {
        do
            read_item(parser, &items, place->group);
        while (mqc_text_take(parser, ","));
    }
    mqc_text_expect(parser, "]");
    node->children = items.first;
}

/* --- a packet ----------------------------------------------------------------------------- */

bool mqc_text_read_variable_field(struct mqc_text_parser *parser, struct mqc_text_place *place,
                                  bool forced)
{
    struct mqc_text_parser outside = *parser;
    struct mqc_slice token = parser->token.text;
    struct mqc_value value;

    if (!mqc_text_variable(parser, token, mqc_text_variable_name(token), &value))
        return true;
    if (value.kind == MQC_VALUE_NONE && !forced && parser->unbound.data == NULL)
        parser->unbound = token;
    if (value.kind != MQC_VALUE_FIELD)
        return false;
    if (place->depth == FIELD_DEPTH_MAX) {
        mqc_text_fail(parser, token, "variables stand for variables too deep here", MQC_NO_SUBJECT,
                      "");
        return true;
    }
    if (outside.outer.data == NULL)
        parser->outer = token;
    parser->source = value.bytes;
    parser->token = (struct mqc_token){.kind = MQC_TOKEN_END};
    mqc_text_advance(parser);
    place->depth++;
    if (!forced)
        mqc_text_read_place(parser, place);
    else if (parser->token.kind == MQC_TOKEN_VARIABLE)
        mqc_text_read_variable_field(parser, place, true);
    else
        mqc_text_read_property(parser, place, true);
    place->depth--;
    if (parser->token.kind != MQC_TOKEN_END)
        mqc_text_fail(parser, token, "the variable does not stand for a field", MQC_NO_SUBJECT, "");
    if (parser->failed)
        return true;
    parser->outer = outside.outer;
    parser->source = outside.source;
    parser->token = outside.token;
    mqc_text_advance(parser);
    return true;
}

void mqc_text_read_place(struct mqc_text_parser *parser, struct mqc_text_place *place)
{
    while (!parser->failed) {
        if (parser->token.kind == MQC_TOKEN_WORD) {
            mqc_text_read_named(parser, place);
        } else if (parser->token.kind == MQC_TOKEN_VARIABLE) {
            if (!mqc_text_read_variable_field(parser, place, false)) {
                if (parser->unbound.data == NULL)
                    mqc_text_fail(parser, parser->token.text,
                                  "the variable stands for a value, not for a whole field",
                                  MQC_NO_SUBJECT, "");
                mqc_text_advance(parser);
            }
        } else if (mqc_token_is(&parser->token, "!")) {
            mqc_text_read_override(parser, place);
        } else if (mqc_token_is(&parser->token, "[") && place->group <= MQC_GROUP_AUTH) {
            read_list(parser, place);
        } else {
            return;
        }
    }
}

static bool is_raw(const struct mqc_token *token)
{
    return mqc_token_is(token, "RAW");
}

bool mqc_text_type(struct mqc_slice text, enum mqc_type *type)
{
    struct mqc_token token = mqc_lex_next(&text);

    *type = MQC_RESERVED;
    if (is_raw(&token))
        return true;
    return token.kind == MQC_TOKEN_WORD && mqc_type_find(token.text, type) && *type != MQC_RESERVED;
}

static bool read_type(struct mqc_text_parser *parser, struct mqc_text_tree *out)
{
    struct mqc_token token = parser->token;

    out->type_text = token.text;
    if (parser->failed)
        return false;
    if (!is_raw(&token) && (token.kind != MQC_TOKEN_WORD ||
                            !mqc_type_find(token.text, &out->type) || out->type == MQC_RESERVED))
        return mqc_text_fail(parser, token.text, "expected a packet such as PUBLISH, or RAW h'…'",
                             MQC_NO_SUBJECT, "");
    if (out->type == MQC_AUTH && parser->scope->version < MQC_V5)
        return mqc_text_fail_version(parser, token.text, 1 << MQC_V5);
    mqc_text_advance(parser);
    return true;
}

bool mqc_text_parse(struct mqc_text_parser *parser, struct mqc_text_tree *out)
{
    const struct mqc_text_want raw = {.kind = MQC_WANT_BYTES, .name = "RAW"};
    struct mqc_text_place place = {0};

    *out = (struct mqc_text_tree){.type = MQC_RESERVED};
    if (!read_type(parser, out))
        return false;
    place.group = out->type;
    if (out->type == MQC_RESERVED)
        out->raw = mqc_text_read_value(parser, &raw);
    else
        mqc_text_read_place(parser, &place);
    out->nodes = place.first;
    if (parser->token.kind != MQC_TOKEN_END)
        mqc_text_fail(parser, parser->token.text,
                      out->type == MQC_RESERVED
                          ? "nothing may follow the bytes of RAW"
                          : "expected a field, an override (!…) or the packet's end",
                      MQC_NO_SUBJECT, "");
    if (parser->unbound.data != NULL && !parser->failed) {
        parser->error->unbound = true;
        mqc_text_fail(parser, parser->unbound, "", parser->unbound, " has no value yet");
    }
    return !parser->failed;
}

const struct mqc_text_node *mqc_text_override_in(const struct mqc_text_node *nodes,
                                                 enum mqc_text_override override)
{
    for (; nodes != NULL; nodes = nodes->next)
        if (nodes->role == MQC_ROLE_OVERRIDE && nodes->override == override)
            return nodes;
    return NULL;
}
