/*
 * The data of compare.html: an object with
 *
 *     runs          each the report without what is here already, with "label", "must" and "should"
 *                   (requirements broken), and of its cases, shortened (page.h), those that neither
 *                   passed nor were skipped, with "verdicts": what came of each in all runs, or
 * null rules         [{rule, version, section, level, text, cells: [[state, cases, passed] …]} …]
 *     steps         [{before, after, changes: [[kind, id, version] …]} …]
 *     words         [{name, version, announced, differs, words} …]
 *     capabilities  [{name, version, differs, items: [true, false, null …]} …]
 *
 * with one cell, word or item for each run.
 */
#include "harness/report/compare.h"

#include <stdlib.h>

#include "harness/report/page.h"
#include "harness/report/safe.h"

static void set(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

static void append(json_t *array, json_t *value)
{
    json_array_append_new(array, value);
}

static json_t *version_name(enum mqc_version version)
{
    return json_string(mqc_version_name(version));
}

/* --- runs ------------------------------------------------------------------------------------- */

/* "subscribe/no-filter@5.0"; the caller frees it. */
static char *name_of(const json_t *c)
{
    json_t *name = json_sprintf("%s@%s", json_string_value(json_object_get(c, "id")),
                                json_string_value(json_object_get(c, "version")));
    char *text = strdup(json_string_value(name));

    json_decref(name);
    return text;
}

static bool is_worth_showing(const struct mqh_result *result)
{
    return result != NULL && result->verdict != MQH_PASS && result->verdict != MQH_SKIP;
}

/* {case@version: verdict} of a run. */
static json_t *verdicts_of(const json_t *report)
{
    json_t *object = json_object();
    json_t *c;
    size_t i;

    json_array_foreach(json_object_get(report, "cases"), i, c)
    {
        char *key = name_of(c);

        json_object_set(object, key, json_object_get(c, "verdict"));
        free(key);
    }
    return object;
}

/* The case, and what came of it in all runs; null where it was not run. */
static json_t *with_verdicts(const struct mqh_comparison *all, json_t *c, json_t *const *verdicts)
{
    json_t *object = json_copy(c);
    json_t *array = json_array();
    char *key = name_of(c);

    for (size_t run = 0; run < all->count; run++) {
        json_t *verdict = json_object_get(verdicts[run], key);

        append(array, verdict == NULL ? json_null() : json_incref(verdict));
    }
    free(key);
    set(object, "verdicts", array);
    return object;
}

static json_t *run_object(const struct mqh_comparison *all, size_t index, const json_t *report,
                          json_t *const *verdicts)
{
    const struct mqh_run *run = &all->runs[index];
    json_t *all_cases = json_object_get(report, "cases");
    json_t *cases = json_array();
    json_t *head = json_copy((json_t *)report);

    json_object_del(head, "profile");
    json_object_del(head, "capabilities");
    for (size_t i = 0; i < run->case_count; i++)
        if (is_worth_showing(run->results[i]))
            append(cases, with_verdicts(all, json_array_get(all_cases, i), verdicts));
    set(head, "cases", cases);

    json_t *object = mqh_page_shorten(head);

    json_decref(head);
    set(object, "label", mqh_json_text(all->labels[index]));
    set(object, "must", json_integer(mqh_compare_broken(all, index, MQH_CELL_FAILED)));
    set(object, "should", json_integer(mqh_compare_broken(all, index, MQH_CELL_WARNED)));
    return object;
}

/* --- rules ------------------------------------------------------------------------------------ */

static json_t *cell_array(const struct mqh_cell *cell)
{
    static const char *const states[] = {
        [MQH_CELL_NONE] = "none",       [MQH_CELL_SKIPPED] = "skip", [MQH_CELL_KEPT] = "kept",
        [MQH_CELL_BLOCKED] = "blocked", [MQH_CELL_WARNED] = "warn",  [MQH_CELL_FAILED] = "fail",
    };
    json_t *array = json_array();

    append(array, json_string(states[cell->state]));
    append(array, json_integer(cell->cases));
    append(array, json_integer(cell->passed));
    return array;
}

static json_t *rule_objects(const struct mqh_comparison *all)
{
    json_t *array = json_array();
    char id[MQH_RULE_TEXT_SIZE];

    for (size_t i = 0; i < all->rule_count; i++) {
        const struct mqh_requirement *rule = all->rules[i].rule;
        json_t *object = json_object();
        json_t *cells = json_array();

        for (size_t run = 0; run < all->count; run++)
            append(cells, cell_array(&all->rules[i].cells[run]));
        set(object, "rule", json_string(mqh_rule_write(rule->version, rule->id, ' ', id)));
        set(object, "version", version_name(rule->version));
        set(object, "section", json_string(rule->section));
        set(object, "level", json_string(rule->level));
        set(object, "text", json_string(rule->text));
        set(object, "cells", cells);
        append(array, object);
    }
    return array;
}

/* --- steps ------------------------------------------------------------------------------------ */

static json_t *step_objects(const struct mqh_comparison *all)
{
    static const char *const kinds[MQH_CHANGE_COUNT] = {"new", "mended", "still", "gone"};
    json_t *array = json_array();

    for (size_t i = 0; i < all->step_count; i++) {
        const struct mqh_step_between *step = &all->steps[i];
        json_t *object = json_object();
        json_t *changes = json_array();

        for (size_t j = 0; j < step->change_count; j++) {
            const struct mqh_result *result;
            const struct mqh_case *c = mqh_change_case(all, step, &step->changes[j], &result);
            json_t *change = json_array();

            append(change, json_string(kinds[step->changes[j].kind]));
            append(change, mqh_json_text(c->id));
            append(change, version_name(c->version));
            append(changes, change);
        }
        set(object, "before", json_integer((json_int_t)step->before));
        set(object, "after", json_integer((json_int_t)step->after));
        set(object, "changes", changes);
        append(array, object);
    }
    return array;
}

/* --- words and capabilities ------------------------------------------------------------------- */

static json_t *word_objects(const struct mqh_comparison *all)
{
    json_t *array = json_array();

    for (size_t i = 0; i < all->word_count; i++) {
        const struct mqh_compared_word *word = &all->words[i];
        json_t *object = json_object();
        json_t *words = json_array();

        for (size_t run = 0; run < all->count; run++)
            append(words, word->words[run] == NULL ? json_null() : mqh_json_text(word->words[run]));
        set(object, "name", mqh_json_text(word->name));
        set(object, "version", version_name(word->version));
        set(object, "announced", json_boolean(word->announced));
        set(object, "differs", json_boolean(word->differs));
        set(object, "words", words);
        append(array, object);
    }
    return array;
}

static json_t *capability_objects(const struct mqh_comparison *all)
{
    json_t *array = json_array();

    for (size_t i = 0; i < all->capability_count; i++) {
        const struct mqh_compared_capability *capability = &all->capabilities[i];
        json_t *object = json_object();
        json_t *items = json_array();

        for (size_t run = 0; run < all->count; run++)
            append(items, capability->items[run] == NULL
                              ? json_null()
                              : json_boolean(capability->items[run]->present));
        set(object, "name", mqh_json_text(capability->name));
        set(object, "version", version_name(capability->version));
        set(object, "differs", json_boolean(capability->differs));
        set(object, "items", items);
        append(array, object);
    }
    return array;
}

void mqh_compare_page(FILE *out, const struct mqh_comparison *comparison, json_t *const *reports)
{
    json_t *object = json_object();
    json_t *runs = json_array();
    json_t *verdicts[MQH_COMPARE_MAX];
    struct mqh_page_data data = {"comparison", object};

    for (size_t i = 0; i < comparison->count; i++)
        verdicts[i] = verdicts_of(reports[i]);
    for (size_t i = 0; i < comparison->count; i++)
        append(runs, run_object(comparison, i, reports[i], verdicts));
    for (size_t i = 0; i < comparison->count; i++)
        json_decref(verdicts[i]);
    set(object, "runs", runs);
    set(object, "rules", rule_objects(comparison));
    set(object, "steps", step_objects(comparison));
    set(object, "words", word_objects(comparison));
    set(object, "capabilities", capability_objects(comparison));
    mqh_page_write(out, "compare", &data, 1);
    json_decref(object);
}
