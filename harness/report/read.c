#include "harness/report/read.h"

#include "harness/report/read_member.h"

static void read_target(struct mqh_reader *reader, const json_t *root, struct mqh_run *run)
{
    json_t *object = mqh_read_member(reader, root, "target", JSON_OBJECT, "an object");
    json_t *versions = mqh_read_list(reader, object, "versions");
    struct mqh_target *target = mqh_arena_alloc(reader->arena, sizeof *target);

    target->url = mqh_read_text(reader, object, "url");
    run->target = target;
    run->broker = mqh_read_text(reader, object, "broker");
    for (size_t i = 0; i < json_array_size(versions); i++)
        run->versions |=
            MQH_VERSION(mqh_read_version_of(reader, "versions", json_array_get(versions, i)));
}

static void read_summary(struct mqh_reader *reader, const json_t *root, struct mqh_run *run)
{
    static const char *const keys[MQH_VERDICT_COUNT] = {"pass", "fail",  "warn", "blocked",
                                                        "skip", "flaky", "error"};
    json_t *object = mqh_read_member(reader, root, "summary", JSON_OBJECT, "an object");

    for (int i = 0; i < MQH_VERDICT_COUNT; i++)
        run->counts[i] = mqh_read_small(reader, object, keys[i]);
    run->known_count = mqh_read_small(reader, object, "known");
}

static void read_capabilities(struct mqh_reader *reader, const json_t *root, struct mqh_run *run)
{
    json_t *array = mqh_read_list(reader, root, "capabilities");
    size_t size = json_array_size(array);
    struct mqh_capability *items = mqh_arena_alloc(reader->arena, size * sizeof *items);

    for (size_t i = 0; i < size; i++) {
        json_t *object = json_array_get(array, i);

        items[i] = (struct mqh_capability){
            .name = mqh_read_name(reader, object, "name"),
            .version = mqh_read_version(reader, object),
            .present = mqh_read_yes(reader, object, "present"),
            .why_not = mqh_read_text(reader, object, "why_not"),
        };
    }
    run->capabilities = items;
    run->capability_count = size;
}

static void read_profile(struct mqh_reader *reader, const json_t *root, struct mqh_run *run)
{
    json_t *array = mqh_read_list(reader, root, "profile");
    size_t size = json_array_size(array);
    struct mqh_profile_entry *items = mqh_arena_alloc(reader->arena, size * sizeof *items);

    for (size_t i = 0; i < size; i++) {
        json_t *object = json_array_get(array, i);

        items[i] = (struct mqh_profile_entry){
            .version = mqh_read_version(reader, object),
            .name = mqh_read_name(reader, object, "name"),
            .word = mqh_read_text(reader, object, "word"),
            .announced = mqh_read_yes(reader, object, "announced"),
        };
    }
    run->profile = items;
    run->profile_count = size;
}

/* The list of known failures as far as it is told: its stale entries, and that there was one. */
static void read_stale(struct mqh_reader *reader, const json_t *root, struct mqh_run *run)
{
    json_t *array = mqh_read_list(reader, root, "stale");
    size_t size = json_array_size(array);
    struct mqh_known *known = mqh_arena_alloc(reader->arena, sizeof *known);

    if (size == 0 && run->known_count == 0)
        return;
    known->file = "the list";
    known->entries = mqh_arena_alloc(reader->arena, size * sizeof *known->entries);
    known->count = size;
    for (size_t i = 0; i < size; i++) {
        json_t *object = json_array_get(array, i);

        known->entries[i] = (struct mqh_known_entry){
            .case_id = mqh_read_text(reader, object, "case"),
            .rule = mqh_read_rule_or_null(reader, object, "requirement"),
            .line = mqh_read_small(reader, object, "line"),
            .exact = true,
            .applies = true,
            .mended = &run->cases[0], /* which of them, if it is a glob, is not told */
        };
    }
    run->known = known;
}

static void read_not_cleaned(struct mqh_reader *reader, const json_t *root, struct mqh_run *run)
{
    json_t *array = mqh_read_list(reader, root, "not_cleaned");
    size_t size = json_array_size(array);
    const char **items = mqh_arena_alloc(reader->arena, size * sizeof *items);

    for (size_t i = 0; i < size; i++) {
        json_t *item = json_array_get(array, i);

        if (!json_is_string(item))
            mqh_read_dislike(reader, "not_cleaned", "a list of texts");
        items[i] = mqh_arena_text(
            reader->arena, mqc_slice_text(json_is_string(item) ? json_string_value(item) : ""));
    }
    run->not_cleaned = items;
    run->not_cleaned_count = size;
}

static void read_run(struct mqh_reader *reader, const json_t *root, struct mqh_run *run)
{
    *run = (struct mqh_run){
        .tool = reader->tool,
        .command = mqh_read_text(reader, root, "command"),
        .started = mqh_read_name(reader, root, "started"),
        .duration_ms = mqh_read_count(reader, root, "duration_ms"),
        .interrupted = mqh_read_yes(reader, root, "interrupted"),
        .failed = mqh_read_text_or_null(reader, root, "failed"),
        .died = mqh_read_text_or_null(reader, root, "died"),
        .strict = mqh_read_yes(reader, root, "strict"),
        .settle_ms = mqh_read_small(reader, root, "settle_ms"),
        .rerun_count = mqh_read_small(reader, root, "reruns"),
    };
    read_target(reader, root, run);
    read_summary(reader, root, run);
    read_capabilities(reader, root, run);
    read_profile(reader, root, run);
    read_not_cleaned(reader, root, run);
    mqh_read_cases(reader, root, run);
    reader->place = "the report";
    read_stale(reader, root, run);
}

bool mqh_report_read(struct mqh_arena *arena, struct mqc_slice source, struct mqh_run *out,
                     json_t **root, const char **why)
{
    struct mqh_reader reader = {.arena = arena, .place = "the report"};
    json_error_t error;
    json_t *object =
        json_loadb((const char *)source.data, source.size, JSON_REJECT_DUPLICATES, &error);
    json_t *tool = json_object_get(object, "tool");

    if (object == NULL) {
        *why = mqh_arena_format(arena, "no JSON: line %d: %s", error.line, error.text);
        return false;
    }
    if (!json_is_string(tool) || strncmp(json_string_value(tool), "mqspec ", 7) != 0 ||
        !mqh_read_is_name(json_string_value(tool) + 7)) {
        *why = "no result of mqspec test --json";
    } else {
        reader.tool = mqh_arena_text(arena, mqc_slice_text(json_string_value(tool)));
        read_run(&reader, object, out);
        *why = reader.why;
    }
    if (*why == NULL && root != NULL)
        *root = object;
    else
        json_decref(object);
    return *why == NULL;
}
