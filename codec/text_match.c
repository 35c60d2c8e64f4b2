/*
 * An expectation compared with a packet. What both sides hold is brought into one shape, so that
 * comparing and telling the difference are written once.
 */
#include "codec/text_print.h"
#include "codec/text_tree.h"

#define SHOWN_MAX 200 /* bytes of a string that a mismatch shows */

/* A variable that got a value here; it is set only if the whole packet matches. */
struct binding {
    struct binding *next;
    struct mqc_slice name;
    struct mqc_value value;
};

struct matcher {
    struct mqc_text_parser *parser;
    const struct mqc_packet *packet;
    struct mqc_text_mismatch *mismatch;
    struct binding *bindings;
    const char *within; /* "will " before names of fields, or "" */
};

/* What came. */
struct actual {
    enum mqc_text_want_kind kind;
    bool there;
    bool secret;
    uint32_t number;
    struct mqc_slice name; /* PAIR */
    struct mqc_slice bytes;
};

/* --- comparing ---------------------------------------------------------------------------- */

static bool value_is(const struct mqc_value *value, const struct actual *actual)
{
    if (value->kind == MQC_VALUE_NUMBER)
        return actual->kind <= MQC_WANT_CODE && value->number == actual->number;
    return actual->kind == MQC_WANT_BYTES && mqc_slice_equal(value->bytes, actual->bytes);
}

static bool bind(struct matcher *matcher, struct mqc_slice name, const struct actual *actual)
{
    struct binding *binding;

    for (binding = matcher->bindings; binding != NULL; binding = binding->next)
        if (mqc_slice_equal(binding->name, name))
            return value_is(&binding->value, actual);
    binding = mqc_text_allocate(matcher->parser, sizeof *binding);
    if (binding == NULL)
        return false;
    *binding = (struct binding){.next = matcher->bindings, .name = name};
    if (actual->kind == MQC_WANT_BYTES)
        binding->value = (struct mqc_value){.kind = MQC_VALUE_BYTES, .bytes = actual->bytes};
    else
        binding->value = (struct mqc_value){.kind = MQC_VALUE_NUMBER, .number = actual->number};
    matcher->bindings = binding;
    return true;
}

/* A value that is neither a set nor a pair. */
static bool simple_matches(struct matcher *matcher, const struct mqc_text_value *value,
                           const struct actual *actual)
{
    switch (value->form) {
    case MQC_TEXT_ANY:
        return actual->there;
    case MQC_TEXT_ABSENT:
        return !actual->there;
    case MQC_TEXT_NUMBER:
        return actual->number >= value->low && actual->number <= value->high;
    case MQC_TEXT_BYTES:
        return mqc_slice_equal(actual->bytes, value->bytes);
    case MQC_TEXT_UNBOUND:
        return bind(matcher, value->variable, actual);
    case MQC_TEXT_SET:
    case MQC_TEXT_PAIR:
        break;
    }
    return false;
}

static bool pair_matches(struct matcher *matcher, const struct mqc_text_value *items,
                         const struct actual *actual)
{
    struct actual name = {.kind = MQC_WANT_BYTES, .there = true, .bytes = actual->name};
    struct actual value = {.kind = MQC_WANT_BYTES, .there = true, .bytes = actual->bytes};

    return simple_matches(matcher, items, &name) && simple_matches(matcher, items->next, &value);
}

static bool matches(struct matcher *matcher, const struct mqc_text_value *value,
                    const struct actual *actual)
{
    if (!actual->there && value->form != MQC_TEXT_SET)
        return value->form == MQC_TEXT_ABSENT;
    if (value->form == MQC_TEXT_PAIR)
        return pair_matches(matcher, value->items, actual);
    if (value->form != MQC_TEXT_SET)
        return simple_matches(matcher, value, actual);
    for (const struct mqc_text_value *item = value->items; item != NULL; item = item->next)
        if (actual->there ? simple_matches(matcher, item, actual) : item->form == MQC_TEXT_ABSENT)
            return true;
    return false;
}

/* --- telling the difference --------------------------------------------------------------- */

static struct mqc_text_out begin(struct matcher *matcher)
{
    struct mqc_text_memory *memory = matcher->parser->memory;

    return (struct mqc_text_out){.data = (char *)memory->data + memory->used,
                                 .capacity = memory->size - memory->used,
                                 .limit = SHOWN_MAX};
}

static struct mqc_slice end(struct matcher *matcher, struct mqc_text_out *out)
{
    mqc_text_out_end(out);
    if (out->size + 1 > out->capacity) {
        mqc_text_allocate(matcher->parser, out->size + 1); /* fails: notes that memory is short */
        return MQC_NO_SUBJECT;
    }
    matcher->parser->memory->used += out->size + 1;
    return (struct mqc_slice){(uint8_t *)out->data, out->size};
}

static void out_number(struct mqc_text_out *out, enum mqc_text_want_kind kind, uint32_t number)
{
    if (kind == MQC_WANT_CODE)
        mqc_text_out_code(out, number);
    else
        mqc_text_out_number(out, number);
}

static void out_actual(struct mqc_text_out *out, const struct actual *actual)
{
    if (!actual->there)
        mqc_text_out_text(out, "absent");
    else if (actual->secret)
        mqc_text_out_text(out, MQC_TEXT_CONCEALED);
    else if (actual->kind == MQC_WANT_BYTES)
        mqc_text_out_bytes(out, actual->bytes);
    else if (actual->kind != MQC_WANT_PAIR)
        out_number(out, actual->kind, actual->number);
    else
        mqc_text_out_property(out,
                              &(struct mqc_property){.id = MQC_USER_PROPERTY,
                                                     .name = actual->name,
                                                     .value = actual->bytes},
                              true);
}

static void out_expected(struct matcher *matcher, struct mqc_text_out *out,
                         const struct mqc_text_value *value, const struct actual *actual);

static void out_items(struct matcher *matcher, struct mqc_text_out *out,
                      const struct mqc_text_value *value, const struct actual *actual)
{
    enum mqc_text_want_kind kind = value->form == MQC_TEXT_PAIR ? MQC_WANT_BYTES : actual->kind;
    const struct actual like = {.kind = kind};

    mqc_text_out_char(out, '(');
    for (const struct mqc_text_value *item = value->items; item != NULL; item = item->next) {
        out_expected(matcher, out, item, &like);
        if (item->next != NULL)
            mqc_text_out_char(out, ',');
    }
    mqc_text_out_char(out, ')');
}

/* A variable that an earlier field of this packet gave a value shows it. */
static void out_variable(struct matcher *matcher, struct mqc_text_out *out,
                         struct mqc_slice variable, enum mqc_text_want_kind kind)
{
    for (const struct binding *b = matcher->bindings; b != NULL; b = b->next) {
        if (!mqc_slice_equal(b->name, variable))
            continue;
        if (b->value.kind == MQC_VALUE_NUMBER)
            out_number(out, kind, b->value.number);
        else
            mqc_text_out_bytes(out, b->value.bytes);
        return;
    }
    mqc_text_out_char(out, '$');
    mqc_text_out_slice(out, variable);
}

/* Values never nest deeper than a set or a pair of simple ones. */
static void out_expected(struct matcher *matcher, struct mqc_text_out *out,
                         const struct mqc_text_value *value, const struct actual *actual)
{
    switch (value->form) {
    case MQC_TEXT_ANY:
        mqc_text_out_char(out, '_');
        break;
    case MQC_TEXT_ABSENT:
        mqc_text_out_text(out, "absent");
        break;
    case MQC_TEXT_UNBOUND:
        out_variable(matcher, out, value->variable, actual->kind);
        break;
    case MQC_TEXT_SET:
    case MQC_TEXT_PAIR:
        out_items(matcher, out, value, actual);
        break;
    case MQC_TEXT_BYTES:
        mqc_text_out_bytes(out, value->bytes);
        break;
    case MQC_TEXT_NUMBER:
        out_number(out, actual->kind, value->low);
        if (value->high != value->low) {
            mqc_text_out_text(out, "..");
            out_number(out, actual->kind, value->high);
        }
        break;
    }
}

static const char *field_name(struct matcher *matcher, const char *name)
{
    struct mqc_text_out out = begin(matcher);

    if (matcher->within[0] == '\0')
        return name;
    mqc_text_out_text(&out, matcher->within);
    mqc_text_out_text(&out, name);
    return end(matcher, &out).data != NULL ? out.data : name;
}

static bool differ(struct matcher *matcher, const char *name, const struct mqc_text_value *value,
                   const struct actual *actual)
{
    struct mqc_text_out out;

    matcher->mismatch->field = field_name(matcher, name);
    out = begin(matcher);
    if (actual->secret && (value->form == MQC_TEXT_BYTES || value->form == MQC_TEXT_SET))
        mqc_text_out_text(&out, MQC_TEXT_CONCEALED);
    else
        out_expected(matcher, &out, value, actual);
    matcher->mismatch->expected = end(matcher, &out);
    out = begin(matcher);
    out_actual(&out, actual);
    matcher->mismatch->actual = end(matcher, &out);
    return false;
}

static bool compare(struct matcher *matcher, const char *name, const struct mqc_text_value *value,
                    const struct actual *actual)
{
    return matches(matcher, value, actual) || differ(matcher, name, value, actual);
}

/* Both sides in words of their own. */
static bool differ_as(struct matcher *matcher, const char *name, const char *expected,
                      const char *actual)
{
    matcher->mismatch->field = field_name(matcher, name);
    matcher->mismatch->expected = mqc_slice_text(expected);
    matcher->mismatch->actual = mqc_slice_text(actual);
    return false;
}

/* --- fields ------------------------------------------------------------------------------- */

static struct actual actual_of(const struct mqc_text_field *field, const void *base)
{
    struct actual out = {.kind = MQC_WANT_NUMBER, .there = mqc_text_field_is_there(field, base)};

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
static bool match_code(struct matcher *matcher, const struct mqc_text_node *node)
{
    struct actual actual = actual_of(node->field, matcher->packet);

    if (node->value.form != MQC_TEXT_ABSENT && node->value.form != MQC_TEXT_ANY)
        actual.there = true;
    return compare(matcher, node->field->name, &node->value, &actual);
}

static bool match_session(struct matcher *matcher, const struct mqc_text_node *node)
{
    const struct mqc_connect *c = &matcher->packet->connect;
    bool clean = (c->flags & MQC_CONNECT_CLEAN) != 0;
    bool v5 = matcher->packet->version >= MQC_V5;
    struct mqc_property expiry = {.number = 0};
    bool lasts = !v5 || (mqc_property_get(c->properties, MQC_SESSION_EXPIRY_INTERVAL, 0, &expiry) &&
                         expiry.number > 0);

    if (node->keeps ? !clean && lasts : clean && !(v5 && lasts))
        return true;
    return differ_as(matcher, "session", node->keeps ? "keep" : "fresh",
                     clean && !(v5 && lasts) ? "fresh"
                     : !clean && lasts       ? "keep"
                     : clean                 ? "clean-start with a session-expiry-interval"
                                             : "clean-start=0 without session-expiry-interval");
}

static bool match_nodes(struct matcher *matcher, const struct mqc_text_node *nodes,
                        const void *base, struct mqc_slice properties);

static bool match_will(struct matcher *matcher, const struct mqc_text_node *node)
{
    const struct mqc_connect *c = &matcher->packet->connect;
    bool there = (c->flags & MQC_CONNECT_WILL) != 0;
    bool matched;

    if (node->value.form == MQC_TEXT_ABSENT)
        return !there || differ_as(matcher, "will", "absent", "present");
    if (!there)
        return differ_as(matcher, "will", "present", "absent");
    matcher->within = "will ";
    matched = match_nodes(matcher, node->children, matcher->packet, c->will_properties);
    matcher->within = "";
    return matched;
}

static bool match_field(struct matcher *matcher, const struct mqc_text_node *node, const void *base)
{
    struct actual actual;

    switch ((enum mqc_field_kind)node->field->kind) {
    case MQC_FIELD_SESSION:
        return match_session(matcher, node);
    case MQC_FIELD_BLOCK:
        return match_will(matcher, node);
    case MQC_FIELD_CODE:
        return match_code(matcher, node);
    default:
        actual = actual_of(node->field, base);
        return compare(matcher, node->field->name, &node->value, &actual);
    }
}

/* --- properties --------------------------------------------------------------------------- */

static struct actual actual_property(const struct mqc_text_node *node, struct mqc_slice section,
                                     size_t nth)
{
    struct mqc_property p = {.id = node->property};
    struct actual out = {.there = mqc_property_get(section, node->property, nth, &p)};

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
static bool match_identifier(struct matcher *matcher, const struct mqc_text_node *node,
                             struct mqc_slice section)
{
    struct actual first = actual_property(node, section, 0);
    struct actual actual = first;

    for (size_t nth = 0; nth == 0 || actual.there; nth++) {
        actual = actual_property(node, section, nth);
        if ((nth == 0 || actual.there) && matches(matcher, &node->value, &actual))
            return true;
    }
    return differ(matcher, node->info->name, &node->value, &first);
}

static bool match_property(struct matcher *matcher, const struct mqc_text_node *nodes,
                           const struct mqc_text_node *node, struct mqc_slice section)
{
    struct actual actual;
    size_t nth = 0;

    if (node->property == MQC_SUBSCRIPTION_IDENTIFIER)
        return match_identifier(matcher, node, section);
    for (; nodes != node; nodes = nodes->next)
        if (nodes->role == MQC_ROLE_PROPERTY && nodes->property == node->property)
            nth++;
    actual = actual_property(node, section, nth);
    return compare(matcher, node->info->name, &node->value, &actual);
}

/* --- lists -------------------------------------------------------------------------------- */

static void out_list(struct matcher *matcher, struct mqc_text_out *out,
                     const struct mqc_text_node *items, const struct actual *like)
{
    mqc_text_out_char(out, '[');
    for (; items != NULL; items = items->next) {
        out_expected(matcher, out, &items->value, like);
        for (const struct mqc_text_node *n = items->children; n != NULL; n = n->next) {
            mqc_text_out_char(out, ' ');
            mqc_text_out_text(out, n->field->name);
            mqc_text_out_char(out, '=');
            out_expected(matcher, out, &n->value, &(struct actual){.kind = MQC_WANT_NUMBER});
        }
        if (items->next != NULL)
            mqc_text_out_text(out, ", ");
    }
    mqc_text_out_char(out, ']');
}

static bool differ_list(struct matcher *matcher, const struct mqc_text_node *node,
                        const struct actual *like)
{
    struct mqc_text_out out = begin(matcher);

    matcher->mismatch->field = node->field->name;
    out_list(matcher, &out, node->children, like);
    matcher->mismatch->expected = end(matcher, &out);
    out = begin(matcher);
    mqc_text_out_list(&out, matcher->packet);
    matcher->mismatch->actual = end(matcher, &out);
    return false;
}

/* Takes the next item of the packet's list off `*rest`. */
static bool next_item(const struct matcher *matcher, struct mqc_slice *rest, struct actual *actual,
                      struct mqc_filter *filter)
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

static bool match_options(struct matcher *matcher, const struct mqc_text_node *behind,
                          const struct mqc_filter *filter)
{
    for (; behind != NULL; behind = behind->next) {
        struct actual actual = actual_of(behind->field, filter);

        if (!matches(matcher, &behind->value, &actual))
            return false;
    }
    return true;
}

static bool match_list(struct matcher *matcher, const struct mqc_text_node *node)
{
    struct mqc_slice rest = mqc_text_field_bytes(node->field, matcher->packet);
    enum mqc_type type = matcher->packet->frame.type;
    struct actual actual = {.kind = type == MQC_SUBACK || type == MQC_UNSUBACK ? MQC_WANT_CODE
                                                                               : MQC_WANT_BYTES,
                            .there = true};
    struct mqc_filter filter = {.options = 0};

    for (const struct mqc_text_node *n = node->children; n != NULL; n = n->next) {
        if (!next_item(matcher, &rest, &actual, &filter) || !matches(matcher, &n->value, &actual) ||
            !match_options(matcher, n->children, &filter))
            return differ_list(matcher, node, &actual);
    }
    return rest.size == 0 || differ_list(matcher, node, &actual);
}

/* --- a packet ----------------------------------------------------------------------------- */

static bool match_nodes(struct matcher *matcher, const struct mqc_text_node *nodes,
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
        if (!matched)
            return false;
    }
    return true;
}

static bool differ_packet(struct matcher *matcher, struct mqc_slice expected)
{
    struct mqc_text_out out = begin(matcher);

    matcher->mismatch->field = "packet";
    matcher->mismatch->expected = expected;
    mqc_text_out_packet(&out, matcher->packet, true);
    matcher->mismatch->actual = end(matcher, &out);
    return false;
}

static bool match_tree(struct matcher *matcher, const struct mqc_text_tree *tree)
{
    const struct mqc_packet *packet = matcher->packet;
    struct actual whole = {
        .kind = MQC_WANT_BYTES, .there = true, .bytes = {packet->frame.bytes, packet->frame.size}};

    if (tree->type == MQC_RESERVED)
        return matches(matcher, &tree->raw, &whole) ||
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
    struct matcher matcher = {
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
    for (const struct binding *b = matcher.bindings; b != NULL; b = b->next)
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
