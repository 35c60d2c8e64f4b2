#include "harness/report/read.h"

#include "harness/catalogue/version.h"

/* The first complaint sticks; what is read after it is empty. */
struct reader {
    struct mqh_arena *arena;
    const char *why;  /* NULL: all is well */
    const char *tool; /* who wrote it */
    const char *place;
};

static void dislike(struct reader *reader, const char *key, const char *wanted)
{
    if (reader->why == NULL)
        reader->why =
            mqh_arena_format(reader->arena, "%s: \"%s\" is not %s", reader->place, key, wanted);
}

static json_t *member(struct reader *reader, const json_t *object, const char *key, json_type type,
                      const char *wanted)
{
    json_t *value = json_object_get(object, key);

    if (reader->why == NULL && (value == NULL || json_typeof(value) != type))
        dislike(reader, key, wanted);
    return reader->why == NULL ? value : NULL;
}

static const char *text(struct reader *reader, const json_t *object, const char *key)
{
    json_t *value = member(reader, object, key, JSON_STRING, "a text");

    return value == NULL ? ""
                         : mqh_arena_text(reader->arena, mqc_slice_text(json_string_value(value)));
}

/* NULL where it is null. */
static const char *text_or_null(struct reader *reader, const json_t *object, const char *key)
{
    return json_is_null(json_object_get(object, key)) ? NULL : text(reader, object, key);
}

static uint64_t count(struct reader *reader, const json_t *object, const char *key)
{
    json_t *value = member(reader, object, key, JSON_INTEGER, "a count");

    if (value != NULL && json_integer_value(value) < 0)
        dislike(reader, key, "a count");
    return value == NULL ? 0 : (uint64_t)json_integer_value(value);
}

/* For what no run has thousands of millions of. */
static unsigned small(struct reader *reader, const json_t *object, const char *key)
{
    uint64_t value = count(reader, object, key);

    if (value > INT32_MAX)
        dislike(reader, key, "a count of that size");
    return value > INT32_MAX ? 0 : (unsigned)value;
}

static bool yes(struct reader *reader, const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);

    if (!json_is_boolean(value))
        dislike(reader, key, "true or false");
    return json_is_true(value);
}

static json_t *list(struct reader *reader, const json_t *object, const char *key)
{
    return member(reader, object, key, JSON_ARRAY, "a list");
}

static enum mqc_version version_of(struct reader *reader, const char *key, const json_t *value)
{
    const char *name = json_is_string(value) ? json_string_value(value) : "";
    enum mqc_version version = mqc_version_parse(name, strlen(name));

    if (version == MQC_VERSION_UNKNOWN || strcmp(name, mqc_version_name(version)) != 0)
        dislike(reader, key, "a version of MQTT");
    return version == MQC_VERSION_UNKNOWN ? MQC_V5 : version;
}

static enum mqc_version version(struct reader *reader, const json_t *object)
{
    return version_of(reader, "version", json_object_get(object, "version"));
}

/* --- requirements ----------------------------------------------------------------------------- */

static const struct mqh_requirement *rule(struct reader *reader, const char *key,
                                          const json_t *value)
{
    const char *name = json_is_string(value) ? json_string_value(value) : "";
    const struct mqh_requirement *found = NULL;
    struct mqh_rule parsed;

    if (!mqh_rule_parse(name, strlen(name), &parsed)) {
        dislike(reader, key, "a list of requirements");
        return NULL;
    }
    found = mqh_catalogue_find(parsed.version, parsed.id);
    if (found == NULL && reader->why == NULL)
        reader->why = mqh_arena_format(
            reader->arena, "%s wrote it and names %s %s, which mqspec %s does not know",
            reader->tool, mqc_version_space(parsed.version), parsed.id, mqh_version());
    return found;
}

static struct mqh_id_list rules(struct reader *reader, const json_t *object, const char *key)
{
    json_t *array = list(reader, object, key);
    size_t size = json_array_size(array);
    struct mqh_id_list ids = {mqh_arena_alloc(reader->arena, size * sizeof *ids.items), 0};

    for (size_t i = 0; i < size; i++) {
        ids.items[ids.count] = rule(reader, key, json_array_get(array, i));
        ids.count += ids.items[ids.count] != NULL;
    }
    return ids;
}

/* --- one case --------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    enum mqh_event_kind kind;
} kinds[] = {
    {"opened", MQH_EVENT_OPENED},       {"sent", MQH_EVENT_SENT},
    {"received", MQH_EVENT_RECEIVED},   {"closed", MQH_EVENT_CLOSED},
    {"reset", MQH_EVENT_RESET},         {"peer-closed", MQH_EVENT_PEER_FIN},
    {"peer-reset", MQH_EVENT_PEER_RST}, {"breach", MQH_EVENT_BREACH},
    {"note", MQH_EVENT_NOTE},
};

static enum mqh_event_kind kind(struct reader *reader, const json_t *object)
{
    const char *name = text(reader, object, "event");

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(name, kinds[i].name) == 0)
            return kinds[i].kind;
    dislike(reader, "event", "an event that is known");
    return MQH_EVENT_NOTE;
}

/* What a packet breaks, behind its text, as a transcript shows it. */
static const char *with_faults(struct reader *reader, const char *packet, const json_t *faults)
{
    const char *separator = "   !! ";

    for (size_t i = 0; i < json_array_size(faults); i++) {
        const json_t *name = json_array_get(faults, i);

        if (!json_is_string(name))
            continue;
        packet =
            mqh_arena_format(reader->arena, "%s%s%s", packet, separator, json_string_value(name));
        separator = ", ";
    }
    return packet;
}

static void read_transcript(struct reader *reader, const json_t *object, struct mqh_result *result,
                            enum mqc_version spoken)
{
    json_t *array = list(reader, object, "transcript");
    size_t size = json_array_size(array);

    result->events = mqh_arena_alloc(reader->arena, size * sizeof *result->events);
    result->event_count = size;
    result->event_capacity = size;
    for (size_t i = 0; i < size; i++) {
        json_t *event = json_array_get(array, i);

        result->events[i] = (struct mqh_event){
            .time_ms = count(reader, event, "time_ms"),
            .kind = kind(reader, event),
            .peer = text(reader, event, "peer"),
            .text =
                with_faults(reader, text(reader, event, "text"), json_object_get(event, "faults")),
            .line = json_object_get(event, "line") == NULL ? 0 : small(reader, event, "line"),
            .version = spoken,
        };
    }
}

static void read_warnings(struct reader *reader, const json_t *object, struct mqh_result *result)
{
    json_t *array = list(reader, object, "warnings");
    size_t size = json_array_size(array);

    result->warnings = mqh_arena_alloc(reader->arena, size * sizeof *result->warnings);
    result->warning_count = size;
    result->warning_capacity = size;
    for (size_t i = 0; i < size; i++) {
        json_t *warning = json_array_get(array, i);
        json_t *broken = json_object_get(warning, "requirement");

        result->warnings[i] = (struct mqh_warning){
            text(reader, warning, "text"),
            json_is_null(broken) ? NULL : rule(reader, "requirement", broken),
        };
    }
}

static enum mqh_verdict verdict(struct reader *reader, const json_t *object)
{
    const char *name = text(reader, object, "verdict");

    for (int value = 0; value < MQH_VERDICT_COUNT; value++) {
        const char *word = mqh_verdict_name((enum mqh_verdict)value);
        size_t i = 0;

        while (word[i] != '\0' && name[i] == word[i] - 'A' + 'a')
            i++;
        if (word[i] == '\0' && name[i] == '\0')
            return (enum mqh_verdict)value;
    }
    dislike(reader, "verdict", "a verdict");
    return MQH_ERROR;
}

static struct mqh_result *read_result(struct reader *reader, const json_t *object,
                                      enum mqc_version spoken)
{
    struct mqh_result *result = mqh_arena_alloc(reader->arena, sizeof *result);

    *result = (struct mqh_result){
        .verdict = verdict(reader, object),
        .reason = text(reader, object, "reason"),
        .expected = text(reader, object, "expected"),
        .actual = text(reader, object, "actual"),
        .broken = rules(reader, object, "broken"),
        .line = small(reader, object, "line"),
        .duration_ms = count(reader, object, "duration_ms"),
        .known_reason = text_or_null(reader, object, "known"),
        .unconfirmed = yes(reader, object, "unconfirmed"),
        .runs = small(reader, object, "runs"),
    };
    result->known = result->known_reason != NULL;
    if (json_object_get(object, "decided") != NULL)
        result->decided = small(reader, object, "decided");
    read_warnings(reader, object, result);
    read_transcript(reader, object, result, spoken);
    return result;
}

/* The scenario that `id` is a member of: that of the case before, if it is of the same family. */
static const struct mqh_scenario *scenario_of(struct reader *reader, const json_t *object,
                                              const char *id, const struct mqh_scenario *before)
{
    const char *file = text(reader, object, "file");
    size_t size = strcspn(id, "[");

    if (before != NULL && strlen(before->name) == size && strncmp(before->name, id, size) == 0 &&
        strcmp(before->file, file) == 0)
        return before;

    struct mqh_scenario *scenario = mqh_arena_alloc(reader->arena, sizeof *scenario);

    scenario->file = file;
    scenario->name = mqh_arena_text(reader->arena, (struct mqc_slice){(const uint8_t *)id, size});
    scenario->where.line = small(reader, object, "line");
    return scenario;
}

/* The options that running a case alone needs, out of the command that does so: what stands between
 * the URL and its name, without what the scenario itself asks for. */
static const char *alone_of(struct reader *reader, const json_t *object, const char *url)
{
    static const char *const own[] = {" --slow", " --intrusive"};
    const char *command = text(reader, object, "alone");
    const char *front = strstr(command, url);
    const char *back = strstr(command, " --only ");

    if (front == NULL || back == NULL || back < front + strlen(url))
        return "";
    front += strlen(url);
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        size_t size = strlen(own[i]);

        if (back >= front + size && strncmp(back - size, own[i], size) == 0)
            back -= size;
    }
    return mqh_arena_text(reader->arena,
                          (struct mqc_slice){(const uint8_t *)front, (size_t)(back - front)});
}

static void read_cases(struct reader *reader, const json_t *root, struct mqh_run *run)
{
    json_t *array = list(reader, root, "cases");
    size_t size = json_array_size(array);
    struct mqh_case *cases = mqh_arena_alloc(reader->arena, size * sizeof *cases);

    run->results = mqh_arena_alloc(reader->arena, size * sizeof(struct mqh_result *));
    for (size_t i = 0; i < size && reader->why == NULL; i++) {
        json_t *object = json_array_get(array, i);

        reader->place = mqh_arena_format(reader->arena, "case %zu", i + 1);
        cases[i] = (struct mqh_case){
            .id = text(reader, object, "id"),
            .version = version(reader, object),
            .requirements = rules(reader, object, "requirements"),
            .order = i,
        };
        cases[i].scenario =
            scenario_of(reader, object, cases[i].id, i == 0 ? NULL : cases[i - 1].scenario);
        run->results[i] = read_result(reader, object, cases[i].version);
        if (run->alone == NULL && json_object_get(object, "alone") != NULL)
            run->alone = alone_of(reader, object, run->target->url);
    }
    run->cases = cases;
    run->case_count = size;
}

/* --- the run ---------------------------------------------------------------------------------- */

static void read_target(struct reader *reader, const json_t *root, struct mqh_run *run)
{
    json_t *object = member(reader, root, "target", JSON_OBJECT, "an object");
    json_t *versions = list(reader, object, "versions");
    struct mqh_target *target = mqh_arena_alloc(reader->arena, sizeof *target);

    target->url = text(reader, object, "url");
    run->target = target;
    run->broker = text(reader, object, "broker");
    for (size_t i = 0; i < json_array_size(versions); i++)
        run->versions |= MQH_VERSION(version_of(reader, "versions", json_array_get(versions, i)));
}

static void read_summary(struct reader *reader, const json_t *root, struct mqh_run *run)
{
    static const char *const keys[MQH_VERDICT_COUNT] = {"pass", "fail",  "warn", "blocked",
                                                        "skip", "flaky", "error"};
    json_t *object = member(reader, root, "summary", JSON_OBJECT, "an object");

    for (int i = 0; i < MQH_VERDICT_COUNT; i++)
        run->counts[i] = small(reader, object, keys[i]);
    run->known_count = small(reader, object, "known");
}

static void read_capabilities(struct reader *reader, const json_t *root, struct mqh_run *run)
{
    json_t *array = list(reader, root, "capabilities");
    size_t size = json_array_size(array);
    struct mqh_capability *items = mqh_arena_alloc(reader->arena, size * sizeof *items);

    for (size_t i = 0; i < size; i++) {
        json_t *object = json_array_get(array, i);

        items[i] = (struct mqh_capability){
            .name = text(reader, object, "name"),
            .version = version(reader, object),
            .present = yes(reader, object, "present"),
            .why_not = text(reader, object, "why_not"),
        };
    }
    run->capabilities = items;
    run->capability_count = size;
}

static void read_profile(struct reader *reader, const json_t *root, struct mqh_run *run)
{
    json_t *array = list(reader, root, "profile");
    size_t size = json_array_size(array);
    struct mqh_profile_entry *items = mqh_arena_alloc(reader->arena, size * sizeof *items);

    for (size_t i = 0; i < size; i++) {
        json_t *object = json_array_get(array, i);

        items[i] = (struct mqh_profile_entry){
            .version = version(reader, object),
            .name = text(reader, object, "name"),
            .word = text(reader, object, "word"),
            .announced = yes(reader, object, "announced"),
        };
    }
    run->profile = items;
    run->profile_count = size;
}

/* The list of known failures as far as it is told: its stale entries, and that there was one. */
static void read_stale(struct reader *reader, const json_t *root, struct mqh_run *run)
{
    json_t *array = list(reader, root, "stale");
    size_t size = json_array_size(array);
    struct mqh_known *known = mqh_arena_alloc(reader->arena, sizeof *known);

    if (size == 0 && run->known_count == 0)
        return;
    known->file = "the list";
    known->entries = mqh_arena_alloc(reader->arena, size * sizeof *known->entries);
    known->count = size;
    for (size_t i = 0; i < size; i++) {
        json_t *object = json_array_get(array, i);
        json_t *broken = json_object_get(object, "requirement");

        known->entries[i] = (struct mqh_known_entry){
            .case_id = text(reader, object, "case"),
            .rule = json_is_null(broken) ? NULL : rule(reader, "requirement", broken),
            .line = small(reader, object, "line"),
            .exact = true,
            .applies = true,
            .mended = &run->cases[0], /* which of them, if it is a glob, is not told */
        };
    }
    run->known = known;
}

static void read_not_cleaned(struct reader *reader, const json_t *root, struct mqh_run *run)
{
    json_t *array = list(reader, root, "not_cleaned");
    size_t size = json_array_size(array);
    const char **items = mqh_arena_alloc(reader->arena, size * sizeof *items);

    for (size_t i = 0; i < size; i++) {
        json_t *item = json_array_get(array, i);

        if (!json_is_string(item))
            dislike(reader, "not_cleaned", "a list of texts");
        items[i] = mqh_arena_text(
            reader->arena, mqc_slice_text(json_is_string(item) ? json_string_value(item) : ""));
    }
    run->not_cleaned = items;
    run->not_cleaned_count = size;
}

static void read_run(struct reader *reader, const json_t *root, struct mqh_run *run)
{
    *run = (struct mqh_run){
        .tool = reader->tool,
        .command = text(reader, root, "command"),
        .started = text(reader, root, "started"),
        .duration_ms = count(reader, root, "duration_ms"),
        .interrupted = yes(reader, root, "interrupted"),
        .failed = text_or_null(reader, root, "failed"),
        .died = text_or_null(reader, root, "died"),
        .strict = yes(reader, root, "strict"),
        .settle_ms = small(reader, root, "settle_ms"),
        .rerun_count = small(reader, root, "reruns"),
    };
    read_target(reader, root, run);
    read_summary(reader, root, run);
    read_capabilities(reader, root, run);
    read_profile(reader, root, run);
    read_not_cleaned(reader, root, run);
    read_cases(reader, root, run);
    reader->place = "the report";
    read_stale(reader, root, run);
}

bool mqh_report_read(struct mqh_arena *arena, struct mqc_slice source, struct mqh_run *out,
                     json_t **root, const char **why)
{
    struct reader reader = {.arena = arena, .place = "the report"};
    json_error_t error;
    json_t *object =
        json_loadb((const char *)source.data, source.size, JSON_REJECT_DUPLICATES, &error);
    json_t *tool = json_object_get(object, "tool");

    if (object == NULL) {
        *why = mqh_arena_format(arena, "no JSON: line %d: %s", error.line, error.text);
        return false;
    }
    if (!json_is_string(tool) || strncmp(json_string_value(tool), "mqspec ", 7) != 0) {
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
