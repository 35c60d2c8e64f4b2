#include "harness/cli/run_page.h"

#include <stdlib.h>
#include <string.h>

#include "harness/cli/list.h"
#include "harness/report/page.h"
#include "harness/report/report.h"
#include "harness/report/safe.h"

static json_t *requirements(const struct mqh_scenarios *scenarios)
{
    struct mqh_arena arena = {NULL};
    json_t *array = json_array();
    size_t defect_count;
    struct mqh_defect_entry *defects = mqh_defect_list(&defect_count);

    for (size_t i = 0; i < mqh_catalogue_count(); i++) {
        struct mqh_coverage coverage;
        json_t *row;

        mqh_coverage_find(&arena, scenarios, defects, defect_count, mqh_catalogue_at(i), &coverage);
        row = mqh_coverage_json(&coverage);
        json_object_del(row, "defects");
        json_object_del(row, "no_defect");
        json_array_append_new(array, row);
    }
    free(defects);
    mqh_arena_free(&arena);
    return array;
}

/* --- scenarios ------------------------------------------------------------------------------- */

static struct mqc_slice line_at(struct mqc_slice text, size_t at)
{
    const uint8_t *end = memchr(text.data + at, '\n', text.size - at);

    return (struct mqc_slice){text.data + at,
                              end == NULL ? text.size - at : (size_t)(end + 1 - (text.data + at))};
}

static bool begins(struct mqc_slice line, const char *word)
{
    size_t size = strlen(word);

    return line.size >= size && memcmp(line.data, word, size) == 0;
}

/* From its first line to the next scenario, without the comment and the blank lines before that. */
static json_t *source_text(const struct mqh_scenario *scenario)
{
    struct mqc_slice file = scenario->source->text;
    size_t first = (size_t)(scenario->where.text.data - scenario->source->joined.data);
    size_t end = first;
    struct mqc_slice line;
    char *text;
    json_t *value;

    for (size_t at = first; at < file.size; at += line.size) {
        line = line_at(file, at);
        if (at > first && begins(line, "scenario "))
            break;
        if (!begins(line, "#") && !begins(line, "\n"))
            end = at + line.size;
    }
    text = strndup((const char *)file.data + first, end - first);
    value = mqh_json_text(text);
    free(text);
    return value;
}

static json_t *scenario_object(const struct mqh_scenario *scenario)
{
    json_t *object = json_object();

    json_object_set_new(object, "about", mqh_json_text(scenario->comment));
    json_object_set_new(object, "line", json_integer(scenario->where.line));
    json_object_set_new(object, "text", source_text(scenario));
    return object;
}

json_t *mqh_run_page_suite(const struct mqh_scenarios *scenarios)
{
    json_t *object = json_object();
    json_t *texts = json_object();

    for (size_t i = 0; i < scenarios->count; i++)
        json_object_set_new(texts, scenarios->items[i].name, scenario_object(&scenarios->items[i]));
    json_object_set_new(object, "requirements", requirements(scenarios));
    json_object_set_new(object, "scenarios", texts);
    return object;
}

/* --- the page -------------------------------------------------------------------------------- */

void mqh_run_page_write(FILE *out, const json_t *report, const struct mqh_scenarios *scenarios)
{
    json_t *run = mqh_page_shorten(report);
    json_t *suite = mqh_run_page_suite(scenarios);
    const struct mqh_page_data data[] = {{"run", run}, {"suite", suite}};

    mqh_page_write(out, "report", data, sizeof data / sizeof data[0]);
    json_decref(suite);
    json_decref(run);
}

void mqh_run_page(FILE *out, const struct mqh_run *run, const struct mqh_scenarios *scenarios)
{
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);

    if (memory == NULL)
        return;
    mqh_report_json(memory, run);
    if (fclose(memory) == 0) {
        json_t *report = json_loadb(text, size, 0, NULL);

        mqh_run_page_write(out, report, scenarios);
        json_decref(report);
    }
    free(text);
}
