/*
 * An expectation compared with a packet, field by field: what both sides hold is brought into one
 * shape, so that comparing and telling the difference are written once, in text_compare.c.
 */
#include "codec/text_compare.h"

/* --- fields ------------------------------------------------------------------------------- */

static struct mqc_text_actual actual_of(const struct mqc_text_field *field, const void *base)
{
    struct mqc_text_actual out = {.kind = MQC_WANT_NUMBER,
                                  .there = mqc_text_field_is_there(field, base)};

    if (field->kind == MQC_FIELD_BYTES) {
        out.kind = MQC_WANT_BYTES;
        out.bytes = mqc_text_field_bytes(field, base);
        out.secret = field->group == MQC_CONNECT && strcmp(field->name, "password") == 0;
        return out;
    }
    if (field->kind == MQC_FIELD_CODE)
        out.kind = MQC_WANT_CODE;
    out.number = mqc_text_field_number(field, base);
    return out;
}

/* A Reason Code that is left out is 0; only `absent` and `_` ask whether it is there. */
static bool match_code(struct mqc_text_matcher *matcher, const struct mqc_text_node *node)
{
    struct mqc_text_actual actual = actual_of(node->field, matcher->packet);

    if (node->value.form != MQC_TEXT_ABSENT && node->value.form != MQC_TEXT_ANY)
        actual.there = true;
    return mqc_text_compare(matcher, node->field->name, &node->value, &actual);
}

static bool match_session(struct mqc_text_matcher *matcher, const struct mqc_text_node *node)
{
    const struct mqc_connect *c = &matcher->packet->connect;
    bool clean = (c->flags & MQC_CONNECT_CLEAN) != 0;
    bool v5 = matcher->packet->version >= MQC_V5;
    struct mqc_property expiry = {.number = 0};
    bool lasts = !v5 || (mqc_property_get(c->properties, MQC_SESSION_EXPIRY_INTERVAL, 0, &expiry) &&
                         expiry.number > 0);

    if (node->keeps ? !clean && lasts : clean && !(v5 && lasts))
        return true;
    return mqc_text_differ_as(matcher, "session", node->keeps ? "keep" : "fresh",
                              clean && !(v5 && lasts) ? "fresh"
                              : !clean && lasts       ? "keep"
                              : clean                 ? "clean-start with a session-expiry-interval"
                                      : "clean-start=0 without session-expiry-interval");
}

static bool match_nodes(struct mqc_text_matcher *matcher, const struct mqc_text_node *nodes,
                        const void *base, struct mqc_slice properties);

static bool match_will(struct mqc_text_matcher *matcher, const struct mqc_text_node *node)
{
    const struct mqc_connect *c = &matcher->packet->connect;
    bool there = (c->flags & MQC_CONNECT_WILL) != 0;
    bool matched;

    if (node->value.form == MQC_TEXT_ABSENT)
        return !there || mqc_text_differ_as(matcher, "will", "absent", "present");
    if (!there)
        return mqc_text_differ_as(matcher, "will", "present", "absent");
    matcher->within = "will ";
    matched = match_nodes(matcher, node->children, matcher->packet, c->will_properties);
    matcher->within = "";
    return matched;
}

static bool match_field(struct mqc_text_matcher *matcher, const struct mqc_text_node *node,
                        const void *base)
{
    struct mqc_text_actual actual;

    switch ((enum mqc_field_kind)node->field->kind) {
    case MQC_FIELD_SESSION:
        return match_session(matcher, node);
    case MQC_FIELD_BLOCK:
        return match_will(matcher, node);
    case MQC_FIELD_CODE:
        return match_code(matcher, node);
    default:
        actual = actual_of(node->field, base);
        return mqc_text_compare(matcher, node->field->name, &node->value, &actual);
    }
}

/* --- properties --------------------------------------------------------------------------- */

static struct mqc_text_actual actual_property(const struct mqc_text_node *node,
                                              struct mqc_slice section, size_t nth)
{
    struct mqc_property p = {.id = node->property};
    struct mqc_text_actual out = {.there = mqc_property_get(section, node->property, nth, &p)};

    out.secret = node->property == MQC_AUTHENTICATION_DATA;
    out.number = p.number;
    out.name = p.name;
    out.bytes = p.value;
    if (node->info->type == MQC_TYPE_PAIR)
        out.kind = MQC_WANT_PAIR;
    else if (node->info->type == MQC_TYPE_STRING || node->info->type == MQC_TYPE_BINARY)
        out.kind = MQC_WANT_BYTES;
    else
        out.kind = MQC_WANT_NUMBER;
    return out;
}

/* Subscription Identifiers have no order: any of them will do. */
static bool match_identifier(struct mqc_text_matcher *matcher, const struct mqc_text_node *node,
                             struct mqc_slice section)
{
    struct mqc_text_actual first = actual_property(node, section, 0);
    struct mqc_text_actual actual = first;

    for (size_t nth = 0; nth == 0 || actual.there; nth++) {
        actual = actual_property(node, section, nth);
        if ((nth == 0 || actual.there) && mqc_text_matches(matcher, &node->value, &actual))
            return true;
    }
    return mqc_text_differ(matcher, node->info->name, &node->value, &first);
}

static bool match_property(struct mqc_text_matcher *matcher, const struct mqc_text_node *nodes,
                           const struct mqc_text_node *node, struct mqc_slice section)
{
    struct mqc_text_actual actual;
    size_t nth = 0;

    if (node->property == MQC_SUBSCRIPTION_IDENTIFIER)
        return match_identifier(matcher, node, section);
    for (; nodes != node; nodes = nodes->next)
        if (nodes->role == MQC_ROLE_PROPERTY && nodes->property == node->property)
            nth++;
    actual = actual_property(node, section, nth);
    return mqc_text_compare(matcher, node->info->name, &node->value, &actual);
}

/* --- lists -------------------------------------------------------------------------------- */

static void out_list(struct mqc_text_matcher *matcher, struct mqc_text_out *out,
                     const struct mqc_text_node *items, const struct mqc_text_actual *like)
{
    mqc_text_out_char(out, '[');
    for (; items != NULL; items = items->next) {
        mqc_text_out_expected(matcher, out, &items->value, like);
        for (const struct mqc_text_node *n = items->children; n != NULL; n = n->next) {
            mqc_text_out_char(out, ' ');
            mqc_text_out_text(out, n->field->name);
            mqc_text_out_char(out, '=');
            mqc_text_out_expected(matcher, out, &n->value,
                                  &(struct mqc_text_actual){.kind = MQC_WANT_NUMBER});
        }
        if (items->next != NULL)
            mqc_text_out_text(out, ", ");
    }
    mqc_text_out_char(out, ']');
}

static bool differ_list(struct mqc_text_matcher *matcher, const struct mqc_text_node *node,
                        const struct mqc_text_actual *like)
{
    struct mqc_text_out out = mqc_text_begin(matcher);

    matcher->mismatch->field = node->field->name;
    out_list(matcher, &out, node->children, like);
    matcher->mismatch->expected = mqc_text_end(matcher, &out);
    out = mqc_text_begin(matcher);
    mqc_text_out_list(&out, matcher->packet);
    matcher->mismatch->actual = mqc_text_end(matcher, &out);
    return false;
}

/* Takes the next item of the packet's list off `*rest`. */
static bool next_item(const struct mqc_text_matcher *matcher, struct mqc_slice *rest,
                      struct mqc_text_actual *actual, struct mqc_filter *filter)
{
    bool is_code = actual->kind == MQC_WANT_CODE;

    if (matcher->packet->frame.type == MQC_SUBSCRIBE) {
        if (!mqc_filter_next(rest, filter))
            return false;
        actual->bytes = filter->filter;
    } else if (!is_code) {
        return mqc_string_next(rest, &actual->bytes);
    } else {
        if (rest->size == 0)
            return false;
        actual->number = *rest->data;
        rest->data++;
        rest->size--;
    }
    return true;
}

static bool match_options(struct mqc_text_matcher *matcher, const struct mqc_text_node *behind,
                          const struct mqc_filter *filter)
{
    for (; behind != NULL; behind = behind->next) {
        struct mqc_text_actual actual = actual_of(behind->field, filter);

        if (!mqc_text_matches(matcher, &behind->value, &actual))
            return false;
    }
    return true;
}

static bool match_list(struct mqc_text_matcher *matcher, const struct mqc_text_node *node)
{
    struct mqc_slice rest = mqc_text_field_bytes(node->field, matcher->packet);
    enum mqc_type type = matcher->packet->frame.type;
    struct mqc_text_actual actual = {
        .kind = type == MQC_SUBACK || type == MQC_UNSUBACK ? MQC_WANT_CODE : MQC_WANT_BYTES,
        .there = true};
    struct mqc_filter filter = {.options = 0};

    for (const struct mqc_text_node *n = node->children; n != NULL; n = n->next) {
        if (!next_item(matcher, &rest, &actual, &filter) ||
            !mqc_text_matches(matcher, &n->value, &actual) ||
            !match_options(matcher, n->children, &filter))
            return differ_list(matcher, node, &actual);
    }
    return rest.size == 0 || differ_list(matcher, node, &actual);
}

/* --- a packet ----------------------------------------------------------------------------- */

/* `!total` and `!flags`, the overrides of an expectation. */
static bool match_frame(struct mqc_text_matcher *matcher, const struct mqc_text_node *node)
{
    const struct mqc_frame *frame = &matcher->packet->frame;
    bool flags = node->override == MQC_OVERRIDE_FLAGS;
    struct mqc_text_actual actual = {.kind = MQC_WANT_NUMBER,
                                     .there = true,
                                     .number = flags ? frame->flags : (uint32_t)frame->size};

    return mqc_text_compare(matcher, flags ? "!flags" : "!total", &node->value, &actual);
}

static bool match_nodes(struct mqc_text_matcher *matcher, const struct mqc_text_node *nodes,
                        const void *base, struct mqc_slice properties)
{
    for (const struct mqc_text_node *n = nodes; n != NULL; n = n->next) {
        bool matched = true;

        if (n->role == MQC_ROLE_FIELD)
            matched = match_field(matcher, n, base);
        else if (n->role == MQC_ROLE_PROPERTY)
            matched = match_property(matcher, nodes, n, properties);
        else if (n->role == MQC_ROLE_LIST)
            matched = match_list(matcher, n);
        else if (n->role == MQC_ROLE_OVERRIDE)
            matched = match_frame(matcher, n);
        if (!matched)
            return false;
    }
    return true;
}

static bool differ_packet(struct mqc_text_matcher *matcher, struct mqc_slice expected)
{
    struct mqc_text_out out = mqc_text_begin(matcher);

    matcher->mismatch->field = "packet";
    matcher->mismatch->expected = expected;
    mqc_text_out_packet(&out, matcher->packet, true);
    matcher->mismatch->actual = mqc_text_end(matcher, &out);
    return false;
}

static bool match_tree(struct mqc_text_matcher *matcher, const struct mqc_text_tree *tree)
{
    const struct mqc_packet *packet = matcher->packet;
    struct mqc_text_actual whole = {
        .kind = MQC_WANT_BYTES, .there = true, .bytes = {packet->frame.bytes, packet->frame.size}};

    if (tree->type == MQC_RESERVED)
        return mqc_text_matches(matcher, &tree->raw, &whole) ||
               differ_packet(matcher, mqc_slice_text("RAW with other bytes"));
    if (tree->type != packet->frame.type)
        return differ_packet(matcher, tree->type_text);
    return match_nodes(matcher, tree->nodes, packet, mqc_packet_properties(packet));
}

enum mqc_text_result mqc_text_match(struct mqc_slice text, const struct mqc_text_scope *scope,
                                    const struct mqc_packet *packet, struct mqc_text_memory *memory,
                                    struct mqc_text_mismatch *mismatch,
                                    struct mqc_text_error *error)
{
    struct mqc_text_parser parser = mqc_text_parser_init(text, scope, memory, error);
    struct mqc_text_matcher matcher = {
        .parser = &parser, .packet = packet, .mismatch = mismatch, .within = ""};
    struct mqc_text_tree tree;
    bool matched;

    *mismatch = (struct mqc_text_mismatch){.field = ""};
    if (!mqc_text_parse(&parser, &tree))
        return MQC_TEXT_ERROR;
    matched = match_tree(&matcher, &tree);
    if (parser.failed)
        return MQC_TEXT_ERROR;
    if (!matched)
        return MQC_TEXT_MISMATCH;
    for (const struct mqc_text_binding *b = matcher.bindings; b != NULL; b = b->next)
        if (scope->set != NULL)
            scope->set(scope->context, b->name, &b->value);
    return MQC_TEXT_MATCH;
}

bool mqc_text_check(struct mqc_slice text, const struct mqc_text_scope *scope,
                    struct mqc_text_memory *memory, struct mqc_text_error *error)
{
    struct mqc_text_parser parser = mqc_text_parser_init(text, scope, memory, error);
    struct mqc_text_tree tree;

    return mqc_text_parse(&parser, &tree) || error->unbound;
}
