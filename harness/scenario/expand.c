#include <assert.h>

#include "harness/scenario/parse.h"
#include "harness/scenario/walk.h"

/* The cases of one scenario in one version, as they are made. */
struct expansion {
    struct mqh_arena *arena;
    const struct mqh_scenario *scenario;
    enum mqc_version version;
    struct mqh_cases *into;
    struct mqh_error *error;
    size_t before;                                 /* cases of other scenarios */
    const struct mqh_vary *order[MQH_NESTING_MAX]; /* those up to `all` last */
    size_t chosen[MQH_NESTING_MAX];                /* index of the value, or the number up to `all`;
                                                      beside order */
};

struct mqh_binding mqh_vary_bind(const struct mqh_vary *vary, size_t index)
{
    struct mqh_binding binding = {.name = vary->name};

    if (vary->up_to_all)
        binding.value = (struct mqc_value){.kind = MQC_VALUE_NUMBER, .number = (uint32_t)index};
    else
        binding.value = vary->parsed[index];
    return binding;
}

static const struct mqh_binding *bind_chosen(struct expansion *x)
{
    const struct mqh_binding *members = NULL;

    for (size_t i = 0; i < x->scenario->vary_count; i++) {
        struct mqh_binding *binding = mqh_arena_alloc(x->arena, sizeof(*binding));

        *binding = mqh_vary_bind(x->order[i], x->chosen[i]);
        binding->next = members;
        members = binding;
    }
    return members;
}

/* ---- ids ---- */

/* A string without quotes where nothing in it could be mistaken for the id's own marks. */
static struct mqc_slice shown(struct mqc_slice text)
{
    static const char harmless[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                   "-_./+$:";

    if (text.size < 3 || text.data[0] != '"')
        return text;
    for (size_t i = 1; i < text.size - 1; i++)
        if (!mqh_byte_in(text.data[i], harmless))
            return text;
    return (struct mqc_slice){text.data + 1, text.size - 2};
}

/* Blanks in a value as it was written, such as `user-property=("k", "v")`, are left out outside
 * quotes: the id stays one word where it can. */
static struct mqc_slice without_blanks(struct mqh_arena *arena, struct mqc_slice text)
{
    uint8_t *out = (uint8_t *)mqh_arena_text(arena, text);
    struct mqc_slice rest = {out, text.size};
    size_t size = 0;

    for (struct mqc_token t = mqc_lex_next(&rest); t.kind != MQC_TOKEN_END;
         t = mqc_lex_next(&rest)) {
        bool apart = t.spaced && size > 0 && t.kind == MQC_TOKEN_WORD &&
                     !mqh_byte_in(out[size - 1], "=(,{[*");

        if (apart)
            out[size++] = ' ';
        memmove(out + size, t.text.data, t.text.size);
        size += t.text.size;
    }
    return (struct mqc_slice){out, size};
}

static struct mqc_slice value_text(struct expansion *x, const struct mqh_vary *vary)
{
    for (size_t i = 0; i < x->scenario->vary_count; i++) {
        if (x->order[i] != vary)
            continue;
        if (vary->up_to_all)
            return mqc_slice_text(mqh_arena_format(x->arena, "%zu", x->chosen[i]));
        return shown(without_blanks(x->arena, vary->values[x->chosen[i]].text));
    }
    return (struct mqc_slice){NULL, 0};
}

/* "connect/cut-short[n=3]": the variables in the order of the file. */
static const char *case_id(struct expansion *x)
{
    const struct mqh_scenario *s = x->scenario;
    struct mqc_slice texts[MQH_NESTING_MAX];
    size_t size = strlen(s->name) + 3;
    char *id;
    char *end;

    if (s->vary_count == 0)
        return s->name;
    for (size_t i = 0; i < s->vary_count; i++) {
        texts[i] = value_text(x, &s->varies[i]);
        size += s->varies[i].name.size + texts[i].size + 2;
    }
    id = mqh_arena_alloc(x->arena, size);
    end = id + strlen(s->name);
    memcpy(id, s->name, strlen(s->name));
    for (size_t i = 0; i < s->vary_count; i++) {
        struct mqc_slice name = s->varies[i].name;

        *end++ = i == 0 ? '[' : ',';
        memcpy(end, name.data, name.size);
        end += name.size;
        *end++ = '=';
        if (texts[i].size > 0)
            memcpy(end, texts[i].data, texts[i].size);
        end += texts[i].size;
    }
    *end = ']';
    return id;
}

/* ---- requirements ---- */

/* True if `id` is one of the alternatives, or another name of one. */
static bool is_alternative(const struct mqh_walk *walk, const struct mqh_requirement *id)
{
    if (mqh_id_list_has(&walk->alternatives, id))
        return true;
    for (size_t i = 0; i < walk->alternatives.count; i++) {
        const struct mqh_requirement *other = walk->alternatives.items[i];

        for (int rule = 0; rule < MQC_RULE_COUNT; rule++)
            if (other->version == id->version &&
                mqc_rule_is((enum mqc_rule)rule, id->version, id->id) &&
                mqc_rule_is((enum mqc_rule)rule, id->version, other->id))
                return true;
    }
    return false;
}

static bool is_broken(const struct mqh_walk *walk, const struct mqh_requirement *id)
{
    for (int rule = 0; rule < MQC_RULE_COUNT; rule++)
        if (walk->broken[rule] && mqc_rule_is((enum mqc_rule)rule, id->version, id->id))
            return true;
    return false;
}

/* What the header names and some line shows in this version; of alternatives, those that are broken
 * here. */
static struct mqh_id_list requirements(const struct expansion *x, const struct mqh_walk *walk)
{
    struct mqh_id_list list = {NULL, 0};
    size_t capacity = 0;

    for (size_t i = 0; i < x->scenario->proves.count; i++) {
        const struct mqh_requirement *id = x->scenario->proves.items[i];

        if (!mqh_scenario_shows(x->scenario, x->version, id))
            continue;
        if (walk->alternatives.count == 0 || is_broken(walk, id) || !is_alternative(walk, id))
            mqh_id_list_add(x->arena, &list, &capacity, id);
    }
    return list;
}

/* ---- cases ---- */

static bool add_case(struct expansion *x)
{
    struct mqh_case new = {
        .scenario = x->scenario,
        .id = case_id(x),
        .version = x->version,
        .members = bind_chosen(x),
        .order = x->into->count,
    };
    struct mqh_walk walk = {
        .arena = x->arena,
        .scenario = x->scenario,
        .version = x->version,
        .members = new.members,
        .id = new.id,
        .error = x->error,
    };

    if (x->into->count - x->before == MQH_CASES_MAX)
        return mqh_complain(x->arena, x->scenario->source, x->scenario->where.text, x->error,
                            "the scenario has more than %d cases", MQH_CASES_MAX);
    if (!mqh_walk_run(&walk))
        return false;
    new.requirements = requirements(x, &walk);
    x->into->items = mqh_arena_grow(x->arena, x->into->items, x->into->count, &x->into->capacity,
                                    sizeof(*x->into->items));
    x->into->items[x->into->count++] = new;
    return true;
}

/* The body size of the packet on the line that uses the variable, with 0 for its value. */
static bool count_all(struct expansion *x, size_t level, size_t *last)
{
    const struct mqh_vary *vary = x->order[level];
    struct mqh_walk walk = {.arena = x->arena,
                            .scenario = x->scenario,
                            .version = x->version,
                            .measured = vary,
                            .error = x->error};

    for (size_t i = level; i < x->scenario->vary_count; i++)
        x->chosen[i] = 0;
    walk.members = bind_chosen(x);
    if (!mqh_walk_run(&walk))
        return false;
    if (walk.body == NULL)
        return mqh_complain(x->arena, x->scenario->source, vary->name, x->error,
                            "no line sends $%.*s in an override, so that `all` means nothing "
                            "(in MQTT %s)",
                            (int)vary->name.size, (const char *)vary->name.data,
                            mqc_version_name(x->version));
    if (walk.body_size < vary->first)
        return mqh_complain(x->arena, x->scenario->source, vary->name, x->error,
                            "`all` is %zu bytes, fewer than where the range begins (in MQTT %s)",
                            walk.body_size, mqc_version_name(x->version));
    *last = walk.body_size;
    return true;
}

static bool add_members(struct expansion *x, size_t level)
{
    const struct mqh_vary *vary = x->order[level];
    size_t first = 0;
    size_t last = 0;

    if (level == x->scenario->vary_count)
        return add_case(x);
    assert(vary != NULL);
    if (vary->up_to_all) {
        if (!count_all(x, level, &last))
            return false;
        first = vary->first;
    } else {
        last = vary->value_count - 1;
    }
    for (size_t i = first; i <= last; i++) {
        x->chosen[level] = i;
        if (!add_members(x, level + 1))
            return false;
    }
    return true;
}

bool mqh_cases_add(struct mqh_arena *arena, const struct mqh_scenario *scenario, unsigned versions,
                   struct mqh_cases *into, struct mqh_error *error)
{
    static const enum mqc_version all[] = {MQC_V31, MQC_V311, MQC_V5};
    struct expansion x = {
        .arena = arena, .scenario = scenario, .into = into, .error = error, .before = into->count};
    size_t count = 0;

    for (int last = 0; last < 2; last++)
        for (size_t i = 0; i < scenario->vary_count; i++)
            if (scenario->varies[i].up_to_all == (last == 1))
                x.order[count++] = &scenario->varies[i];
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        x.version = all[i];
        if ((scenario->versions & versions & MQH_VERSION(all[i])) != 0 && !add_members(&x, 0)) {
            into->count = x.before;
            return false;
        }
    }
    return true;
}
