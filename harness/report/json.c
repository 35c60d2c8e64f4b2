/* The outer object is written member by member and each case on a line of its own, so that big
 * reports need little memory, and two of them can be compared with diff. */
#include "harness/report/report.h"

#include <stdlib.h>

#include "harness/report/evidence.h"
#include "harness/report/json_event.h"
#include "harness/report/safe.h"

static void set(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

static json_t *rule_text(const struct mqh_requirement *rule)
{
    char id[MQH_RULE_TEXT_SIZE];

    return json_string(mqh_rule_write(rule->version, rule->id, ' ', id));
}

static json_t *rules(struct mqh_id_list list)
{
    json_t *array = json_array();

    for (size_t i = 0; i < list.count; i++)
        json_array_append_new(array, rule_text(list.items[i]));
    return array;
}

static json_t *texts(const char **items, size_t count)
{
    json_t *array = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, mqh_json_text(items[i]));
    return array;
}

static json_t *version_name(enum mqc_version version)
{
    return json_string(mqc_version_name(version));
}

/* --- what holds for the whole run ----------------------------------------------------------- */

static json_t *target(const struct mqh_run *run)
{
    json_t *object = json_object();
    json_t *versions = json_array();

    for (enum mqc_version version = MQC_V31; version <= MQC_V5; version++)
        if ((run->versions & MQH_VERSION(version)) != 0)
            json_array_append_new(versions, version_name(version));
    set(object, "url", mqh_json_text(run->target->url));
    set(object, "broker", mqh_json_text(run->broker));
    set(object, "versions", versions);
    return object;
}

static json_t *summary(const struct mqh_run *run)
{
    static const char *const keys[MQH_VERDICT_COUNT] = {
        [MQH_PASS] = "pass",       [MQH_FAIL] = "fail", [MQH_WARN] = "warn",
        [MQH_BLOCKED] = "blocked", [MQH_SKIP] = "skip", [MQH_FLAKY] = "flaky",
        [MQH_ERROR] = "error",
    };
    json_t *object = json_object();

    for (int verdict = 0; verdict < MQH_VERDICT_COUNT; verdict++)
        set(object, keys[verdict], json_integer(run->counts[verdict]));
    set(object, "known", json_integer(run->known_count));
    return object;
}

static json_t *profile(const struct mqh_run *run)
{
    json_t *array = json_array();

    for (size_t i = 0; i < run->profile_count; i++) {
        const struct mqh_profile_entry *entry = &run->profile[i];
        json_t *object = json_object();

        set(object, "version", version_name(entry->version));
        set(object, "name", mqh_json_text(entry->name));
        set(object, "word", mqh_json_text(entry->word));
        set(object, "announced", json_boolean(entry->announced));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *capabilities(const struct mqh_run *run)
{
    json_t *array = json_array();

    for (size_t i = 0; i < run->capability_count; i++) {
        const struct mqh_capability *capability = &run->capabilities[i];
        json_t *object = json_object();

        set(object, "version", version_name(capability->version));
        set(object, "name", mqh_json_text(capability->name));
        set(object, "present", json_boolean(capability->present));
        set(object, "why_not", mqh_json_text(capability->why_not));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *stale(const struct mqh_run *run)
{
    json_t *array = json_array();

    for (size_t i = 0; run->known != NULL && i < run->known->count; i++) {
        const struct mqh_known_entry *entry = &run->known->entries[i];

        if (!mqh_known_is_stale(entry))
            continue;

        json_t *object = json_object();

        set(object, "line", json_integer(entry->line));
        set(object, "case", mqh_json_text(entry->case_id));
        set(object, "requirement", entry->rule == NULL ? json_null() : rule_text(entry->rule));
        json_array_append_new(array, object);
    }
    return array;
}

/* --- one case ------------------------------------------------------------------------------- */

static json_t *transcript(const struct mqh_result *result)
{
    json_t *array = json_array();

    for (size_t i = 0; i < result->event_count; i++) {
        bool with_bytes = result->verdict != MQH_PASS;

        json_array_append_new(array, mqh_json_event(&result->events[i], with_bytes));
    }
    return array;
}

static json_t *warnings(const struct mqh_result *result)
{
    json_t *array = json_array();

    for (size_t i = 0; i < result->warning_count; i++) {
        const struct mqh_warning *warning = &result->warnings[i];
        json_t *object = json_object();

        set(object, "text", mqh_json_text(warning->text));
        set(object, "requirement", warning->rule == NULL ? json_null() : rule_text(warning->rule));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *verdict(enum mqh_verdict value)
{
    char word[16];
    size_t size = 0;

    for (const char *name = mqh_verdict_name(value); *name != '\0'; name++)
        word[size++] = (char)(*name - 'A' + 'a');
    return json_stringn(word, size);
}

static json_t *command(const struct mqh_run *run, const struct mqh_case *c)
{
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    json_t *value;

    if (memory != NULL) {
        mqh_evidence_command(memory, run, c, run->alone);
        fclose(memory);
    }
    value = mqh_json_text(text);
    free(text);
    return value;
}

static json_t *case_object(const struct mqh_run *run, size_t index)
{
    const struct mqh_case *c = &run->cases[index];
    const struct mqh_result *result = run->results[index];
    json_t *object = json_object();

    set(object, "id", mqh_json_text(c->id));
    set(object, "version", version_name(c->version));
    set(object, "verdict", verdict(result->verdict));
    set(object, "requirements", rules(c->requirements));
    set(object, "broken", rules(result->broken));
    set(object, "duration_ms", json_integer((json_int_t)result->duration_ms));
    set(object, "reason", mqh_json_text(result->reason));
    set(object, "expected", mqh_json_text(result->expected));
    set(object, "actual", mqh_json_text(result->actual));
    set(object, "known", result->known ? mqh_json_text(result->known_reason) : json_null());
    set(object, "unconfirmed", json_boolean(result->unconfirmed));
    set(object, "runs", json_integer(result->runs));
    set(object, "file", mqh_json_text(c->scenario->file));
    set(object, "line", json_integer(result->line > 0 ? result->line : c->scenario->where.line));
    if (result->verdict != MQH_PASS)
        set(object, "alone", command(run, c));
    if (result->decided > 0)
        set(object, "decided", json_integer((json_int_t)result->decided));
    set(object, "warnings", warnings(result));
    set(object, "transcript", transcript(result));
    return object;
}

/* --- the file ------------------------------------------------------------------------------- */

static void write_value(FILE *out, json_t *value)
{
    json_dumpf(value, out, JSON_COMPACT | JSON_ENCODE_ANY);
    json_decref(value);
}

static void write_member(FILE *out, const char *key, json_t *value)
{
    fprintf(out, "\"%s\": ", key);
    write_value(out, value);
    fputs(",\n", out);
}

void mqh_report_json(FILE *out, const struct mqh_run *run)
{
    const char *separator = "\n";

    fputs("{\n", out);
    write_member(out, "tool", mqh_json_text(run->tool));
    write_member(out, "command", mqh_json_text(run->command));
    write_member(out, "target", target(run));
    write_member(out, "started", mqh_json_text(run->started));
    write_member(out, "duration_ms", json_integer((json_int_t)run->duration_ms));
    write_member(out, "interrupted", json_boolean(run->interrupted));
    write_member(out, "failed", run->failed == NULL ? json_null() : mqh_json_text(run->failed));
    write_member(out, "died", run->died == NULL ? json_null() : mqh_json_text(run->died));
    write_member(out, "strict", json_boolean(run->strict));
    write_member(out, "settle_ms", json_integer(run->settle_ms));
    write_member(out, "reruns", json_integer(run->rerun_count));
    write_member(out, "summary", summary(run));
    write_member(out, "capabilities", capabilities(run));
    write_member(out, "profile", profile(run));
    write_member(out, "stale", stale(run));
    write_member(out, "not_cleaned", texts(run->not_cleaned, run->not_cleaned_count));
    fputs("\"cases\": [", out);
    for (size_t i = 0; i < run->case_count; i++) {
        if (run->results[i] == NULL)
            continue;
        fputs(separator, out);
        write_value(out, case_object(run, i));
        separator = ",\n";
    }
    fputs("\n]\n}\n", out);
}
