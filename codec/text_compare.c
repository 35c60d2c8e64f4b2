#include "codec/text_compare.h"

#define SHOWN_MAX 200 /* bytes of a string that a mismatch shows */

/* --- comparing ---------------------------------------------------------------------------- */

static bool value_is(const struct mqc_value *value, const struct mqc_text_actual *actual)
{
    if (value->kind == MQC_VALUE_NUMBER)
        return actual->kind <= MQC_WANT_CODE && value->number == actual->number;
    return actual->kind == MQC_WANT_BYTES && mqc_slice_equal(value->bytes, actual->bytes);
}

static bool bind(struct mqc_text_matcher *matcher, struct mqc_slice name,
                 const struct mqc_text_actual *actual)
{
    struct mqc_text_binding *binding;

    for (binding = matcher->bindings; binding != NULL; binding = binding->next)
        if (mqc_slice_equal(binding->name, name))
            return value_is(&binding->value, actual);
    binding = mqc_text_allocate(matcher->parser, sizeof *binding);
    if (binding == NULL)
        return false;
    *binding = (struct mqc_text_binding){.next = matcher->bindings, .name = name};
    if (actual->kind == MQC_WANT_BYTES)
        binding->value = (struct mqc_value){.kind = MQC_VALUE_BYTES, .bytes = actual->bytes};
    else
        binding->value = (struct mqc_value){.kind = MQC_VALUE_NUMBER, .number = actual->number};
    matcher->bindings = binding;
    return true;
}

/* A value that is neither a set nor a pair. */
static bool simple_matches(struct mqc_text_matcher *matcher, const struct mqc_text_value *value,
                           const struct mqc_text_actual *actual)
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
    case MQC_TEXT_NOT:
    case MQC_TEXT_PAIR:
        break;
    }
    return false;
}

static bool pair_matches(struct mqc_text_matcher *matcher, const struct mqc_text_value *items,
                         const struct mqc_text_actual *actual)
{
    struct mqc_text_actual name = {.kind = MQC_WANT_BYTES, .there = true, .bytes = actual->name};
    struct mqc_text_actual value = {.kind = MQC_WANT_BYTES, .there = true, .bytes = actual->bytes};

    return simple_matches(matcher, items, &name) && simple_matches(matcher, items->next, &value);
}

static bool one_matches(struct mqc_text_matcher *matcher, const struct mqc_text_value *items,
                        const struct mqc_text_actual *actual)
{
    for (const struct mqc_text_value *item = items; item != NULL; item = item->next)
        if (actual->there ? simple_matches(matcher, item, actual) : item->form == MQC_TEXT_ABSENT)
            return true;
    return false;
}

bool mqc_text_matches(struct mqc_text_matcher *matcher, const struct mqc_text_value *value,
                      const struct mqc_text_actual *actual)
{
    if (value->form == MQC_TEXT_SET)
        return one_matches(matcher, value->items, actual);
    if (!actual->there)
        return value->form == MQC_TEXT_ABSENT;
    if (value->form == MQC_TEXT_NOT)
        return !one_matches(matcher, value->items, actual);
    if (value->form == MQC_TEXT_PAIR)
        return pair_matches(matcher, value->items, actual);
    return simple_matches(matcher, value, actual);
}

/* --- telling the difference --------------------------------------------------------------- */

struct mqc_text_out mqc_text_begin(struct mqc_text_matcher *matcher)
{
    struct mqc_text_memory *memory = matcher->parser->memory;

    return (struct mqc_text_out){.data = (char *)memory->data + memory->used,
                                 .capacity = memory->size - memory->used,
                                 .limit = SHOWN_MAX};
}

struct mqc_slice mqc_text_end(struct mqc_text_matcher *matcher, struct mqc_text_out *out)
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

static void out_actual(struct mqc_text_out *out, const struct mqc_text_actual *actual)
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

static void out_items(struct mqc_text_matcher *matcher, struct mqc_text_out *out,
                      const struct mqc_text_value *value, const struct mqc_text_actual *actual)
{
    enum mqc_text_want_kind kind = value->form == MQC_TEXT_PAIR ? MQC_WANT_BYTES : actual->kind;
    const struct mqc_text_actual like = {.kind = kind};

    mqc_text_out_char(out, '(');
    for (const struct mqc_text_value *item = value->items; item != NULL; item = item->next) {
        mqc_text_out_expected(matcher, out, item, &like);
        if (item->next != NULL)
            mqc_text_out_char(out, ',');
    }
    mqc_text_out_char(out, ')');
}

/* A variable that an earlier field of this packet gave a value shows it. */
static void out_variable(struct mqc_text_matcher *matcher, struct mqc_text_out *out,
                         struct mqc_slice variable, enum mqc_text_want_kind kind)
{
    for (const struct mqc_text_binding *b = matcher->bindings; b != NULL; b = b->next) {
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
void mqc_text_out_expected(struct mqc_text_matcher *matcher, struct mqc_text_out *out,
                           const struct mqc_text_value *value, const struct mqc_text_actual *actual)
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
    case MQC_TEXT_NOT:
        mqc_text_out_text(out, "not");
        out_items(matcher, out, value, actual);
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

static const char *field_name(struct mqc_text_matcher *matcher, const char *name)
{
    struct mqc_text_out out = mqc_text_begin(matcher);

    if (matcher->within[0] == '\0')
        return name;
    mqc_text_out_text(&out, matcher->within);
    mqc_text_out_text(&out, name);
    return mqc_text_end(matcher, &out).data != NULL ? out.data : name;
}

bool mqc_text_differ(struct mqc_text_matcher *matcher, const char *name,
                     const struct mqc_text_value *value, const struct mqc_text_actual *actual)
{
    struct mqc_text_out out;

    matcher->mismatch->field = field_name(matcher, name);
    out = mqc_text_begin(matcher);
    if (actual->secret && (value->form == MQC_TEXT_BYTES || value->form == MQC_TEXT_SET ||
                           value->form == MQC_TEXT_NOT))
        mqc_text_out_text(&out, MQC_TEXT_CONCEALED);
    else
        mqc_text_out_expected(matcher, &out, value, actual);
    matcher->mismatch->expected = mqc_text_end(matcher, &out);
    out = mqc_text_begin(matcher);
    out_actual(&out, actual);
    matcher->mismatch->actual = mqc_text_end(matcher, &out);
    return false;
}

bool mqc_text_compare(struct mqc_text_matcher *matcher, const char *name,
                      const struct mqc_text_value *value, const struct mqc_text_actual *actual)
{
    return mqc_text_matches(matcher, value, actual) ||
           mqc_text_differ(matcher, name, value, actual);
}

/* Both sides in words of their own. */
bool mqc_text_differ_as(struct mqc_text_matcher *matcher, const char *name, const char *expected,
                        const char *actual)
{
    matcher->mismatch->field = field_name(matcher, name);
    matcher->mismatch->expected = mqc_slice_text(expected);
    matcher->mismatch->actual = mqc_slice_text(actual);
    return false;
}
