#include "harness/report/compare.h"

#include <assert.h>

/* --- requirements ----------------------------------------------------------------------------- */

static size_t row_of(const struct mqh_requirement *rule)
{
    return (size_t)(rule - mqh_catalogue_at(0)); /* the catalogue is one table */
}

static bool has(struct mqh_id_list rules, const struct mqh_requirement *rule)
{
    for (size_t i = 0; i < rules.count; i++)
        if (rules.items[i] == rule)
            return true;
    return false;
}

static void worsen(struct mqh_cell *cell, enum mqh_cell_state state)
{
    if (state > cell->state)
        cell->state = state;
}

static void count_broken(struct mqh_cell *cell, const struct mqh_result *result, size_t index)
{
    enum mqh_cell_state state = result->verdict == MQH_WARN ? MQH_CELL_WARNED : MQH_CELL_FAILED;

    if (state > cell->state) {
        cell->cases = 0;
        cell->first = index;
    }
    cell->cases += state >= cell->state;
    worsen(cell, state);
}

/* What a case says of a requirement that it is about and did not break. */
static void count_about(struct mqh_cell *cell, const struct mqh_result *result)
{
    switch (result->verdict) {
    case MQH_SKIP:
        worsen(cell, MQH_CELL_SKIPPED);
        break;
    case MQH_BLOCKED:
    case MQH_FLAKY:
    case MQH_ERROR:
        if (cell->passed == 0)
            worsen(cell, MQH_CELL_BLOCKED);
        break;
    case MQH_PASS:
    case MQH_FAIL: /* by another requirement */
    case MQH_WARN:
        cell->passed++;
        if (cell->state <= MQH_CELL_BLOCKED)
            cell->state = MQH_CELL_KEPT;
        break;
    case MQH_VERDICT_COUNT:
        break;
    }
}

/* All cells of a run, by row of the catalogue. */
static struct mqh_cell *cells_of(struct mqh_arena *arena, const struct mqh_run *run)
{
    struct mqh_cell *cells = mqh_arena_alloc(arena, mqh_catalogue_count() * sizeof *cells);

    for (size_t i = 0; i < run->case_count; i++) {
        const struct mqh_result *result = run->results[i];
        const struct mqh_id_list about = run->cases[i].requirements;

        if (result == NULL)
            continue;
        for (size_t j = 0; j < result->broken.count; j++)
            count_broken(&cells[row_of(result->broken.items[j])], result, i);
        for (size_t j = 0; j < about.count; j++)
            if (!has(result->broken, about.items[j]))
                count_about(&cells[row_of(about.items[j])], result);
    }
    return cells;
}

/* The requirement of this row, if one of them broke it. */
static void add_rule(struct mqh_arena *arena, struct mqh_comparison *out,
                     struct mqh_cell *const cells[MQH_COMPARE_MAX], size_t row)
{
    struct mqh_compared_rule *rule = &out->rules[out->rule_count];
    bool broken = false;

    for (size_t run = 0; run < out->count; run++)
        broken = broken || cells[run][row].state >= MQH_CELL_WARNED;
    if (!broken)
        return;
    rule->rule = mqh_catalogue_at(row);
    rule->cells = mqh_arena_alloc(arena, out->count * sizeof *rule->cells);
    for (size_t run = 0; run < out->count; run++)
        rule->cells[run] = cells[run][row];
    out->rule_count++;
}

/* The newest version first: it is what most look for. */
static void compare_rules(struct mqh_arena *arena, struct mqh_comparison *out)
{
    struct mqh_cell *cells[MQH_COMPARE_MAX];
    size_t rows = mqh_catalogue_count();

    for (size_t run = 0; run < out->count; run++)
        cells[run] = cells_of(arena, &out->runs[run]);
    out->rules = mqh_arena_alloc(arena, rows * sizeof *out->rules);
    for (enum mqc_version version = MQC_V5; version >= MQC_V31; version--)
        for (size_t row = 0; row < rows; row++)
            if (mqh_catalogue_at(row)->version == version)
                add_rule(arena, out, cells, row);
}

unsigned mqh_compare_broken(const struct mqh_comparison *comparison, size_t run,
                            enum mqh_cell_state state)
{
    unsigned count = 0;

    for (size_t i = 0; i < comparison->rule_count; i++)
        count += comparison->rules[i].cells[run].state == state;
    return count;
}

/* --- what brokers are and do ------------------------------------------------------------------ */

static bool speaks(const struct mqh_run *run, enum mqc_version version)
{
    return (run->versions & MQH_VERSION(version)) != 0;
}

static struct mqh_compared_word *word_of(struct mqh_arena *arena, struct mqh_comparison *out,
                                         const struct mqh_profile_entry *entry)
{
    for (size_t i = 0; i < out->word_count; i++)
        if (out->words[i].version == entry->version &&
            out->words[i].announced == entry->announced &&
            strcmp(out->words[i].name, entry->name) == 0)
            return &out->words[i];

    struct mqh_compared_word *word = &out->words[out->word_count++];

    *word =
        (struct mqh_compared_word){.name = entry->name,
                                   .version = entry->version,
                                   .announced = entry->announced,
                                   .words = mqh_arena_alloc(arena, out->count * sizeof(char *))};
    return word;
}

static bool is_other_word(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a != b : strcmp(a, b) != 0;
}

static bool word_differs(const struct mqh_comparison *all, const struct mqh_compared_word *word)
{
    const char *first = NULL;
    bool any = false;

    for (size_t i = 0; i < all->count; i++) {
        if (!speaks(&all->runs[i], word->version))
            continue;
        if (any && is_other_word(first, word->words[i]))
            return true;
        first = word->words[i];
        any = true;
    }
    return false;
}

static void compare_words(struct mqh_arena *arena, struct mqh_comparison *out)
{
    size_t most = 0;

    for (size_t i = 0; i < out->count; i++)
        most += out->runs[i].profile_count;
    out->words = mqh_arena_alloc(arena, most * sizeof *out->words);
    for (size_t i = 0; i < out->count; i++) {
        const struct mqh_run *run = &out->runs[i];

        for (size_t j = 0; j < run->profile_count; j++) {
            struct mqh_compared_word *word = word_of(arena, out, &run->profile[j]);

            /* A name may have several words in one version: probed and seen in a case. */
            word->words[i] =
                word->words[i] == NULL || strcmp(word->words[i], run->profile[j].word) == 0
                    ? run->profile[j].word
                    : mqh_arena_format(arena, "%s, %s", word->words[i], run->profile[j].word);
        }
    }
    for (size_t i = 0; i < out->word_count; i++)
        out->words[i].differs = word_differs(out, &out->words[i]);
}

static struct mqh_compared_capability *capability_of(struct mqh_arena *arena,
                                                     struct mqh_comparison *out,
                                                     const struct mqh_capability *wanted)
{
    for (size_t i = 0; i < out->capability_count; i++)
        if (out->capabilities[i].version == wanted->version &&
            strcmp(out->capabilities[i].name, wanted->name) == 0)
            return &out->capabilities[i];

    struct mqh_compared_capability *capability = &out->capabilities[out->capability_count++];

    *capability = (struct mqh_compared_capability){
        .name = wanted->name,
        .version = wanted->version,
        .items = mqh_arena_alloc(arena, out->count * sizeof(struct mqh_capability *))};
    return capability;
}

static void compare_capabilities(struct mqh_arena *arena, struct mqh_comparison *out)
{
    size_t most = 0;

    for (size_t i = 0; i < out->count; i++)
        most += out->runs[i].capability_count;
    out->capabilities = mqh_arena_alloc(arena, most * sizeof *out->capabilities);
    for (size_t i = 0; i < out->count; i++) {
        for (size_t j = 0; j < out->runs[i].capability_count; j++) {
            const struct mqh_capability *item = &out->runs[i].capabilities[j];

            capability_of(arena, out, item)->items[i] = item;
        }
    }
    for (size_t i = 0; i < out->capability_count; i++) {
        struct mqh_compared_capability *capability = &out->capabilities[i];
        bool yes = false;
        bool no = false;

        for (size_t j = 0; j < out->count; j++) {
            yes = yes || (capability->items[j] != NULL && capability->items[j]->present);
            no = no || (capability->items[j] != NULL && !capability->items[j]->present);
        }
        capability->differs = yes && no;
    }
}

struct mqh_comparison mqh_compare(struct mqh_arena *arena, const struct mqh_run *runs,
                                  const char **labels, size_t count, bool one_broker)
{
    struct mqh_comparison comparison = {.runs = runs, .labels = labels, .count = count};

    assert(count > 0 && count <= MQH_COMPARE_MAX);
    compare_rules(arena, &comparison);
    mqh_compare_steps(arena, &comparison, one_broker);
    compare_words(arena, &comparison);
    compare_capabilities(arena, &comparison);
    return comparison;
}
