/* Two runs of one broker: which they are, and what changed from case to case. */
#include "harness/report/compare.h"

#include <stdlib.h>

/* What a broker calls itself, without its version. */
static struct mqc_slice product(const char *broker)
{
    return (struct mqc_slice){(const uint8_t *)broker, strcspn(broker, "0123456789")};
}

static bool is_same_broker(const struct mqh_run *a, const struct mqh_run *b)
{
    if (a->broker[0] == '\0' && b->broker[0] == '\0')
        return strcmp(a->target->url, b->target->url) == 0;
    return product(a->broker).size > 0 && mqc_slice_equal(product(a->broker), product(b->broker));
}

/* The run of the same broker that was started last before `after`; SIZE_MAX: there is none. Of
 * those started in one second the one that was named first is the earlier. */
static size_t run_before(const struct mqh_comparison *all, size_t after, bool one_broker)
{
    size_t found = SIZE_MAX;

    for (size_t i = 0; i < all->count; i++) {
        int order = strcmp(all->runs[i].started, all->runs[after].started);

        if (i == after || order > 0 || (order == 0 && i > after) ||
            (!one_broker && !is_same_broker(&all->runs[i], &all->runs[after])))
            continue;
        if (found == SIZE_MAX || strcmp(all->runs[i].started, all->runs[found].started) >= 0)
            found = i;
    }
    return found;
}

struct named {
    const struct mqh_case *item;
    size_t index;
};

static int compare_names(const void *a, const void *b)
{
    const struct mqh_case *first = ((const struct named *)a)->item;
    const struct mqh_case *second = ((const struct named *)b)->item;

    if (first->version != second->version)
        return first->version < second->version ? -1 : 1;
    return strcmp(first->id, second->id);
}

static struct named *by_name(struct mqh_arena *arena, const struct mqh_run *run)
{
    struct named *names = mqh_arena_alloc(arena, run->case_count * sizeof *names);

    for (size_t i = 0; i < run->case_count; i++)
        names[i] = (struct named){&run->cases[i], i};
    qsort(names, run->case_count, sizeof *names, compare_names);
    return names;
}

static size_t find(const struct named *names, size_t count, const struct mqh_case *wanted)
{
    struct named key = {wanted, 0};
    const struct named *found =
        count == 0 ? NULL : bsearch(&key, names, count, sizeof *names, compare_names);

    return found == NULL ? SIZE_MAX : found->index;
}

static bool is_red(const struct mqh_run *run, size_t index)
{
    const struct mqh_result *result = index == SIZE_MAX ? NULL : run->results[index];

    return result != NULL && (result->verdict == MQH_FAIL || result->verdict == MQH_BLOCKED);
}

static bool is_good(const struct mqh_run *run, size_t index)
{
    const struct mqh_result *result = index == SIZE_MAX ? NULL : run->results[index];

    return result != NULL && (result->verdict == MQH_PASS || result->verdict == MQH_WARN);
}

static void add_change(struct mqh_step_between *step, const struct mqh_comparison *all,
                       size_t before, size_t after)
{
    bool was_red = is_red(&all->runs[step->before], before);
    bool is_red_now = is_red(&all->runs[step->after], after);
    enum mqh_change_kind kind = MQH_STILL;

    if (!was_red && !is_red_now)
        return;
    if (!was_red)
        kind = MQH_NEW;
    else if (!is_red_now)
        kind = is_good(&all->runs[step->after], after) ? MQH_MENDED : MQH_GONE;
    step->changes[step->change_count++] = (struct mqh_change){kind, before, after};
    step->counts[kind]++;
}

static int compare_changes(const void *a, const void *b)
{
    const struct mqh_change *first = a;
    const struct mqh_change *second = b;

    if (first->kind != second->kind)
        return first->kind < second->kind ? -1 : 1;
    if (first->after != second->after)
        return first->after < second->after ? -1 : 1;
    return (first->before > second->before) - (first->before < second->before);
}

static void compare_step(struct mqh_arena *arena, const struct mqh_comparison *all,
                         struct mqh_step_between *step)
{
    const struct mqh_run *before = &all->runs[step->before];
    const struct mqh_run *after = &all->runs[step->after];
    const struct named *old = by_name(arena, before);
    const struct named *young = by_name(arena, after);

    step->changes =
        mqh_arena_alloc(arena, (before->case_count + after->case_count) * sizeof *step->changes);
    for (size_t i = 0; i < after->case_count; i++)
        add_change(step, all, find(old, before->case_count, &after->cases[i]), i);
    for (size_t i = 0; i < before->case_count; i++)
        if (find(young, after->case_count, &before->cases[i]) == SIZE_MAX)
            add_change(step, all, i, SIZE_MAX);
    qsort(step->changes, step->change_count, sizeof *step->changes, compare_changes);
}

void mqh_compare_steps(struct mqh_arena *arena, struct mqh_comparison *out, bool one_broker)
{
    out->steps = mqh_arena_alloc(arena, out->count * sizeof *out->steps);
    for (size_t i = 0; i < out->count; i++) {
        size_t before = run_before(out, i, one_broker);

        if (before == SIZE_MAX)
            continue;
        out->steps[out->step_count] = (struct mqh_step_between){.before = before, .after = i};
        compare_step(arena, out, &out->steps[out->step_count++]);
    }
}

const struct mqh_case *mqh_change_case(const struct mqh_comparison *comparison,
                                       const struct mqh_step_between *step,
                                       const struct mqh_change *change,
                                       const struct mqh_result **result)
{
    bool is_there = change->after != SIZE_MAX;
    const struct mqh_run *run = &comparison->runs[is_there ? step->after : step->before];
    size_t index = is_there ? change->after : change->before;

    *result = run->results[index];
    return &run->cases[index];
}
