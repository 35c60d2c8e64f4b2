/*
 * Fields and properties: names, and the values that the tables give them.
 */
#include "codec/text_place.h"

/* --- what is not there -------------------------------------------------------------------- */

static void begin(struct mqc_text_out *out, char *message, struct mqc_slice name)
{
    *out = (struct mqc_text_out){.data = message, .capacity = MQC_TEXT_MESSAGE_MAX};
    mqc_text_out_slice(out, name);
}

bool mqc_text_fail_version(struct mqc_text_parser *parser, struct mqc_slice name, unsigned versions)
{
    char message[MQC_TEXT_MESSAGE_MAX];
    struct mqc_text_out out;

    begin(&out, message, name);
    mqc_text_out_text(&out, " exists in ");
    mqc_text_out_text(&out, versions == 1 << MQC_V5 ? "5.0 only" : "3.1.1 and 5.0 only");
    mqc_text_out_end(&out);
    return mqc_text_fail(parser, name, message, MQC_NO_SUBJECT, "");
}

/* `SUBACK has no field "topic"; it has id, reason-string, user-property, [codes]` */
static bool fail_field(struct mqc_text_parser *parser, unsigned group, struct mqc_slice name)
{
    char message[MQC_TEXT_MESSAGE_MAX];
    struct mqc_text_out out;

    begin(&out, message, mqc_slice_text(mqc_text_group_name(group)));
    mqc_text_out_text(&out, " has no field \"");
    mqc_text_out_slice(&out, name);
    mqc_text_out_text(&out, "\"; it has ");
    mqc_text_out_fields(&out, group, parser->scope->version);
    mqc_text_out_end(&out);
    return mqc_text_fail(parser, name, message, MQC_NO_SUBJECT, "");
}

static bool fail_place(struct mqc_text_parser *parser, unsigned group, struct mqc_slice name)
{
    char message[MQC_TEXT_MESSAGE_MAX];
    struct mqc_text_out out;

    begin(&out, message, name);
    mqc_text_out_text(&out, " is no property of ");
    mqc_text_out_text(&out, mqc_text_group_name(group));
    if (parser->sending) {
        mqc_text_out_text(&out, "; !property=");
        mqc_text_out_slice(&out, name);
        mqc_text_out_text(&out, "=… writes it all the same");
    }
    mqc_text_out_end(&out);
    return mqc_text_fail(parser, name, message, MQC_NO_SUBJECT, "");
}

bool mqc_text_fail_twice(struct mqc_text_parser *parser, struct mqc_slice name, bool property)
{
    return mqc_text_fail(parser, name, "", name,
                         property && parser->sending
                             ? " stands here twice; a second one is written !property=…"
                             : " stands here twice");
}

/* --- values ------------------------------------------------------------------------------- */

static struct mqc_text_want want_of(const struct mqc_text_field *field)
{
    struct mqc_text_want want = {.name = field->name, .kind = MQC_WANT_NUMBER};

    if (field->kind == MQC_FIELD_BYTES) {
        want.kind = MQC_WANT_BYTES;
        return want;
    }
    want.most = mqc_text_field_most(field);
    if (field->kind == MQC_FIELD_CODE) {
        want.kind = MQC_WANT_CODE;
        want.type = (enum mqc_type)field->group;
    }
    return want;
}

static bool read_session(struct mqc_text_parser *parser, struct mqc_text_node *node)
{
    bool fresh = mqc_token_is(&parser->token, "fresh");

    node->keeps = mqc_token_is(&parser->token, "keep") || mqc_token_is(&parser->token, "resume");
    if (!fresh && !node->keeps)
        return mqc_text_fail(parser, parser->token.text, "session is fresh, keep or resume",
                             MQC_NO_SUBJECT, "");
    mqc_text_advance(parser);
    return true;
}

/* Strings have two bytes for their size, a PUBLISH's payload has all of the packet. */
void mqc_text_check_size(struct mqc_text_parser *parser, struct mqc_slice at,
                         const struct mqc_text_value *value)
{
    bool pair = value->form == MQC_TEXT_PAIR;

    if (value->bytes.size > UINT16_MAX ||
        (pair && value->items != NULL &&
         (value->items->bytes.size > UINT16_MAX ||
          (value->items->next != NULL && value->items->next->bytes.size > UINT16_MAX))))
        mqc_text_fail(parser, at, "no string is longer than 65535 bytes", MQC_NO_SUBJECT, "");
}

static void read_will(struct mqc_text_parser *parser, struct mqc_text_node *node)
{
    struct mqc_text_place will = {.group = MQC_GROUP_WILL};

    if (!parser->sending && mqc_text_take(parser, "_"))
        node->value.form = MQC_TEXT_ANY;
    else if (!parser->sending && mqc_text_take(parser, "absent"))
        node->value.form = MQC_TEXT_ABSENT;
    else {
        mqc_text_expect(parser, "{");
        mqc_text_read_place(parser, &will);
        mqc_text_expect(parser, "}");
        node->value.form = MQC_TEXT_ANY;
        node->children = will.first;
    }
}

/* --- fields and properties ---------------------------------------------------------------- */

static void read_field(struct mqc_text_parser *parser, struct mqc_text_place *place,
                       const struct mqc_text_field *field)
{
    struct mqc_slice name = parser->token.text;
    struct mqc_text_want want;
    struct mqc_text_node *node;
    struct mqc_slice at;

    if (!mqc_text_field_in(field, parser->scope->version)) {
        mqc_text_fail_version(parser, name, field->versions);
        return;
    }
    for (node = place->first; node != NULL; node = node->next)
        if (node->role == MQC_ROLE_FIELD && node->field == field)
            mqc_text_fail_twice(parser, name, false);
    node = mqc_text_add(parser, place, MQC_ROLE_FIELD, name);
    if (node == NULL)
        return;
    node->field = field;
    mqc_text_advance(parser);
    if (field->kind == MQC_FIELD_FLAG && !mqc_token_is(&parser->token, "=")) {
        node->value = (struct mqc_text_value){.form = MQC_TEXT_NUMBER, .low = 1, .high = 1};
        return;
    }
    mqc_text_expect(parser, "=");
    at = parser->token.text;
    if (field->kind == MQC_FIELD_SESSION) {
        read_session(parser, node);
        return;
    }
    if (field->kind == MQC_FIELD_BLOCK) {
        read_will(parser, node);
        return;
    }
    want = want_of(field);
    node->value = mqc_text_read_value(parser, &want);
    if (node->value.form == MQC_TEXT_ABSENT && field->presence_mask == 0)
        mqc_text_fail(parser, at, field->name, MQC_NO_SUBJECT, " is never absent");
    if (place->group != MQC_PUBLISH || strcmp(field->name, "payload") != 0)
        mqc_text_check_size(parser, at, &node->value);
}

/* Looks at the name; `forced` as `!property=` it may stand anywhere. */
void mqc_text_read_property(struct mqc_text_parser *parser, struct mqc_text_place *place,
                            bool forced)
{
    struct mqc_slice name = parser->token.text;
    struct mqc_text_want want = {.kind = MQC_WANT_NUMBER};
    const struct mqc_property_info *info;
    struct mqc_text_node *node;
    uint32_t id = 0;
    struct mqc_slice at;

    info = mqc_property_find(name, &id);
    if (info == NULL) {
        mqc_text_fail(parser, name, "there is no property ", name, "");
        return;
    }
    for (node = forced ? NULL : place->first; node != NULL; node = node->next)
        if (node->role == MQC_ROLE_PROPERTY && node->property == id &&
            !mqc_text_repeats(place->group, id))
            mqc_text_fail_twice(parser, name, true);
    node = mqc_text_add(parser, place, MQC_ROLE_PROPERTY, name);
    if (node == NULL)
        return;
    node->info = info;
    node->property = id;
    mqc_text_advance(parser);
    mqc_text_expect(parser, "=");
    at = parser->token.text;
    want.name = info->name;
    want.most = mqc_text_property_most(info->type);
    if (info->type == MQC_TYPE_PAIR)
        want.kind = MQC_WANT_PAIR;
    else if (info->type == MQC_TYPE_STRING || info->type == MQC_TYPE_BINARY)
        want.kind = MQC_WANT_BYTES;
    node->value = mqc_text_read_value(parser, &want);
    mqc_text_check_size(parser, at, &node->value);
}

void mqc_text_read_named(struct mqc_text_parser *parser, struct mqc_text_place *place)
{
    struct mqc_slice name = parser->token.text;
    const struct mqc_text_field *field = mqc_text_field_find(place->group, name);
    const struct mqc_property_info *info;
    uint32_t id;

    if (field != NULL) {
        read_field(parser, place, field);
        return;
    }
    info = mqc_property_find(name, &id);
    if (info == NULL || mqc_text_field_of(place->group, MQC_FIELD_PROPERTIES) == NULL)
        fail_field(parser, place->group, name);
    else if (parser->scope->version < MQC_V5)
        mqc_text_fail_version(parser, name, 1 << MQC_V5);
    else if (!mqc_text_has_property(place->group, info))
        fail_place(parser, place->group, name);
    else
        mqc_text_read_property(parser, place, false);
}
