#include <assert.h>

#include "harness/scenario/parse.h"

bool mqh_steps_count(struct mqh_parser *parser, size_t count, struct mqc_slice at)
{
    size_t room = MQH_STEPS_MAX - parser->member_count;

    assert(parser->scenario->step_count + parser->member_count <= MQH_STEPS_MAX);
    if (count > room - parser->scenario->step_count)
        return MQH_DISLIKE(parser, at, "the scenario has more than %d steps", MQH_STEPS_MAX);
    parser->file_steps += count;
    if (parser->file_steps > MQH_FILE_STEPS_MAX)
        return MQH_DISLIKE(parser, at, "the file has more than %d steps", MQH_FILE_STEPS_MAX);
    return true;
}

static void append(struct mqh_parser *parser, const struct mqh_step *step)
{
    struct mqh_scenario *s = parser->scenario;

    s->steps = mqh_arena_grow(parser->arena, s->steps, s->step_count, &parser->step_capacity,
                              sizeof(*s->steps));
    s->steps[s->step_count++] = *step;
}

bool mqh_step_add(struct mqh_parser *parser, const struct mqh_step *step, struct mqc_slice at)
{
    if (!mqh_steps_count(parser, 1, at))
        return false;
    parser->scenario->pinned |= step->pinned;
    append(parser, step);
    return true;
}

/* ---- repeat $i in 1..10 ---- */

bool mqh_parse_repeat(struct mqh_cursor *cursor)
{
    struct mqh_parser *parser = cursor->parser;
    struct mqh_repeat *repeat = &parser->repeats[parser->repeat_count];
    struct mqc_slice where = cursor->token.text;

    if (parser->repeat_count == MQH_NESTING_MAX)
        return MQH_DISLIKE(parser, where, "repeats are nested deeper than %d", MQH_NESTING_MAX);
    mqh_cursor_next(cursor);
    *repeat = (struct mqh_repeat){.where = where, .step = parser->scenario->step_count};
    if (!mqh_parse_new_variable(cursor, &repeat->name) ||
        !mqh_cursor_need(cursor, "in", "and a range") ||
        !mqh_parse_range(cursor, &repeat->first, &repeat->last))
        return false;
    parser->repeat_count++;
    return mqh_cursor_need_end(cursor);
}

/* A chain of bindings that ends in `outer`: a copy of `inner`, whose last has none. */
static const struct mqh_binding *chain(struct mqh_arena *arena, const struct mqh_binding *inner,
                                       const struct mqh_binding *outer)
{
    const struct mqh_binding *result = outer;
    const struct mqh_binding **end = &result;

    for (; inner != NULL; inner = inner->next) {
        struct mqh_binding *copy = mqh_arena_alloc(arena, sizeof(*copy));

        *copy = *inner;
        copy->next = outer;
        *end = copy;
        end = &copy->next;
    }
    return result;
}

/* Gives the steps from `first` on the variable `outer`. Neighbours with one chain keep one. */
static void bind_steps(struct mqh_parser *parser, size_t first, size_t count,
                       const struct mqh_binding *outer)
{
    const struct mqh_binding *before = NULL;
    const struct mqh_binding *after = outer;

    for (size_t i = first; i < first + count; i++) {
        struct mqh_step *step = &parser->scenario->steps[i];

        if (step->bindings != before) {
            before = step->bindings;
            after = chain(parser->arena, before, outer);
        }
        step->bindings = after;
    }
}

static struct mqh_binding *bind_number(struct mqh_parser *parser, const struct mqh_repeat *repeat,
                                       unsigned number)
{
    struct mqh_binding *binding = mqh_arena_alloc(parser->arena, sizeof(*binding));

    binding->name = repeat->name;
    binding->value = (struct mqc_value){.kind = MQC_VALUE_NUMBER, .number = number};
    return binding;
}

bool mqh_parse_end(struct mqh_cursor *cursor)
{
    struct mqh_parser *parser = cursor->parser;
    struct mqh_scenario *s = parser->scenario;
    struct mqc_slice where = cursor->token.text;
    const struct mqh_repeat *repeat;
    size_t body;
    size_t times;

    if (parser->repeat_count == 0)
        return MQH_DISLIKE(parser, where, "there is no repeat that this could end");
    repeat = &parser->repeats[--parser->repeat_count];
    body = s->step_count - repeat->step;
    times = (size_t)repeat->last - repeat->first + 1;
    if (body == 0)
        return MQH_DISLIKE(parser, repeat->where, "this repeat has no steps");
    if (times > MQH_STEPS_MAX)
        return MQH_DISLIKE(parser, repeat->where, "this makes more than %d steps", MQH_STEPS_MAX);
    if (!mqh_steps_count(parser, body * (times - 1), repeat->where))
        return false;

    /* The copies first, from the body that is still without this variable. */
    for (size_t k = 1; k < times; k++)
        for (size_t i = 0; i < body; i++) {
            struct mqh_step copy = s->steps[repeat->step + i];

            append(parser, &copy);
        }
    for (size_t k = 0; k < times; k++)
        bind_steps(parser, repeat->step + k * body, body,
                   bind_number(parser, repeat, repeat->first + (unsigned)k));
    mqh_cursor_next(cursor);
    return mqh_cursor_need_end(cursor);
}
