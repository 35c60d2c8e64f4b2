#include <string.h>

#include "harness/cli/list.h"
#include "harness/monitor/monitor.h"

const char *mqh_status_name(enum mqh_status status)
{
    static const char *const names[MQH_STATUS_COUNT] = {
        [MQH_PROVED] = "proved",           [MQH_JUDGED] = "judged",
        [MQH_UNCOVERED] = "uncovered",     [MQH_FREEDOM] = "freedom",
        [MQH_CLIENT_ONLY] = "client-only", [MQH_UNTESTABLE] = "untestable",
    };

    return names[status];
}

/* A row, and the rules of the codec that it is about. */
struct subject {
    const struct mqh_requirement *row;
    enum mqc_rule rules[MQC_RULE_COUNT];
    size_t rule_count;
};

static struct subject subject_of(const struct mqh_requirement *row)
{
    struct subject subject = {.row = row};

    for (int rule = 0; rule < MQC_RULE_COUNT; rule++)
        if (mqc_rule_is((enum mqc_rule)rule, row->version, row->id))
            subject.rules[subject.rule_count++] = (enum mqc_rule)rule;
    return subject;
}

/* Rows that say the same are one rule of the codec: proving one proves the other. */
static bool says_the_same(const struct subject *subject, enum mqc_version version, const char *id)
{
    if (subject->row->version != version)
        return false;
    for (size_t i = 0; i < subject->rule_count; i++)
        if (mqc_rule_is(subject->rules[i], version, id))
            return true;
    return strcmp(subject->row->id, id) == 0;
}

static bool proves(const struct mqh_scenario *scenario, const struct subject *subject)
{
    for (size_t i = 0; i < scenario->proves.count; i++)
        if (says_the_same(subject, scenario->proves.items[i]->version,
                          scenario->proves.items[i]->id))
            return true;
    return false;
}

static bool is(const char *column, const char *word)
{
    return strcmp(column, word) == 0;
}

/* The hint of a row that no scenario can prove says so, and why. */
static bool is_given_up(const struct mqh_requirement *requirement)
{
    static const char words[] = "Not tested: ";

    return strncmp(requirement->hint, words, sizeof words - 1) == 0;
}

static enum mqh_status status_of(const struct mqh_coverage *coverage)
{
    const struct mqh_requirement *requirement = coverage->requirement;
    bool seen_on_server = !is(requirement->server_observable, "no");
    bool seen_on_client = !is(requirement->client_observable, "no");

    if (coverage->scenario_count > 0)
        return MQH_PROVED;
    if ((!seen_on_server && !seen_on_client) || is_given_up(requirement))
        return MQH_UNTESTABLE;
    if (is(requirement->subject, "client") || !seen_on_server)
        return MQH_CLIENT_ONLY;
    if (coverage->monitor)
        return MQH_JUDGED;
    if (mqh_requirement_level(requirement) == MQH_MAY)
        return MQH_FREEDOM;
    return MQH_UNCOVERED;
}

static const char *why(const struct mqh_coverage *coverage)
{
    switch (coverage->status) {
    case MQH_PROVED:
        return "";
    case MQH_JUDGED:
        return "every conversation is judged by it";
    case MQH_UNCOVERED:
        return "no scenario proves it";
    case MQH_FREEDOM:
        return "permits something: nothing can break it";
    case MQH_CLIENT_ONLY:
        return "seen only by a tester that plays the server";
    case MQH_UNTESTABLE:
    case MQH_STATUS_COUNT:
        break;
    }
    return coverage->requirement->hint;
}

/* A defect is listed under one requirement, and breaks those that say the same. */
static void find_defects(struct mqh_arena *arena, const struct mqh_defect_entry *defects,
                         size_t count, const struct subject *subject, struct mqh_coverage *out)
{
    const struct mqh_requirement *row = out->requirement;
    const struct mqh_variant_text *variant;
    char rule[MQH_RULE_TEXT_SIZE];
    size_t capacity = 0;

    for (size_t i = 0; i < count; i++) {
        if (!says_the_same(subject, defects[i].version, defects[i].id))
            continue;
        out->defects = mqh_arena_grow(arena, (void *)out->defects, out->defect_count, &capacity,
                                      sizeof *out->defects);
        out->defects[out->defect_count++] = &defects[i];
    }
    mqh_rule_write(row->version, row->id, ':', rule);
    out->no_defect = mqh_defect_none(rule);
    variant = mqh_variant_granted(mqh_rule_write(row->version, row->id, ' ', rule));
    if (out->no_defect == NULL && out->defect_count == 0 && variant != NULL)
        out->no_defect =
            mqh_arena_format(arena, "a freedom: the variant %s uses it", variant->name);
}

void mqh_coverage_find(struct mqh_arena *arena, const struct mqh_scenarios *scenarios,
                       const struct mqh_defect_entry *defects, size_t defect_count,
                       const struct mqh_requirement *requirement, struct mqh_coverage *out)
{
    struct subject subject = subject_of(requirement);
    size_t capacity = 0;

    *out =
        (struct mqh_coverage){.requirement = requirement,
                              .monitor = mqh_monitor_judges(requirement->version, requirement->id)};
    for (size_t i = 0; i < scenarios->count; i++) {
        if (!proves(&scenarios->items[i], &subject))
            continue;
        out->scenarios = mqh_arena_grow(arena, (void *)out->scenarios, out->scenario_count,
                                        &capacity, sizeof *out->scenarios);
        out->scenarios[out->scenario_count++] = &scenarios->items[i];
    }
    find_defects(arena, defects, defect_count, &subject, out);
    out->status = status_of(out);
    out->why = why(out);
}

json_t *mqh_coverage_json(const struct mqh_coverage *coverage)
{
    const struct mqh_requirement *requirement = coverage->requirement;
    const char *left_out = mqh_monitor_leaves_out(requirement->version, requirement->id);
    json_t *object = json_object();
    json_t *scenarios = json_array();
    json_t *defects = json_array();

    for (size_t i = 0; i < coverage->scenario_count; i++)
        json_array_append_new(scenarios, json_string(coverage->scenarios[i]->name));
    json_object_set_new(object, "id", json_string(requirement->id));
    json_object_set_new(object, "version", json_string(mqc_version_name(requirement->version)));
    json_object_set_new(object, "section", json_string(requirement->section));
    json_object_set_new(object, "level", json_string(requirement->level));
    json_object_set_new(object, "subject", json_string(requirement->subject));
    json_object_set_new(object, "text", json_string(requirement->text));
    json_object_set_new(object, "observable", json_string(requirement->server_observable));
    json_object_set_new(object, "scenarios", scenarios);
    for (size_t i = 0; i < coverage->defect_count; i++)
        json_array_append_new(defects, json_string(coverage->defects[i]->name));
    json_object_set_new(object, "defects", defects);
    json_object_set_new(object, "no_defect",
                        json_string(coverage->no_defect != NULL ? coverage->no_defect : ""));
    json_object_set_new(object, "monitor", json_boolean(coverage->monitor));
    if (left_out != NULL)
        json_object_set_new(object, "monitor_why", json_string(left_out));
    json_object_set_new(object, "status", json_string(mqh_status_name(coverage->status)));
    json_object_set_new(object, "why", json_string(coverage->why));
    return object;
}

void mqh_coverage_write_json(FILE *out, const struct mqh_coverage *coverage)
{
    json_t *object = mqh_coverage_json(coverage);

    json_dumpf(object, out, 0);
    putc('\n', out);
    json_decref(object);
}
