/* One case of a report, and its result. */
#include "harness/report/read_member.h"

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

static enum mqh_event_kind kind(struct mqh_reader *reader, const json_t *object)
{
    const char *name = mqh_read_text(reader, object, "event");

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(name, kinds[i].name) == 0)
            return kinds[i].kind;
    mqh_read_dislike(reader, "event", "an event that is known");
    return MQH_EVENT_NOTE;
}

/* What a packet breaks, behind its text, as a transcript shows it. */
static const char *with_faults(struct mqh_reader *reader, const char *packet, const json_t *faults)
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

static void read_transcript(struct mqh_reader *reader, const json_t *object,
                            struct mqh_result *result, enum mqc_version spoken)
{
    json_t *array = mqh_read_list(reader, object, "transcript");
    size_t size = json_array_size(array);

    result->events = mqh_arena_alloc(reader->arena, size * sizeof *result->events);
    result->event_count = size;
    result->event_capacity = size;
    for (size_t i = 0; i < size; i++) {
        json_t *event = json_array_get(array, i);

        result->events[i] = (struct mqh_event){
            .time_ms = mqh_read_count(reader, event, "time_ms"),
            .kind = kind(reader, event),
            .peer = mqh_read_name(reader, event, "peer"),
            .text = with_faults(reader, mqh_read_text(reader, event, "text"),
                                json_object_get(event, "faults")),
            .line =
                json_object_get(event, "line") == NULL ? 0 : mqh_read_small(reader, event, "line"),
            .version = spoken,
        };
    }
}

static void read_warnings(struct mqh_reader *reader, const json_t *object,
                          struct mqh_result *result)
{
    json_t *array = mqh_read_list(reader, object, "warnings");
    size_t size = json_array_size(array);

    result->warnings = mqh_arena_alloc(reader->arena, size * sizeof *result->warnings);
    result->warning_count = size;
    result->warning_capacity = size;
    for (size_t i = 0; i < size; i++) {
        json_t *warning = json_array_get(array, i);

        result->warnings[i] = (struct mqh_warning){
            mqh_read_text(reader, warning, "text"),
            mqh_read_rule_or_null(reader, warning, "requirement"),
        };
    }
}

static enum mqh_verdict verdict(struct mqh_reader *reader, const json_t *object)
{
    const char *name = mqh_read_text(reader, object, "verdict");

    for (int value = 0; value < MQH_VERDICT_COUNT; value++) {
        const char *word = mqh_verdict_name((enum mqh_verdict)value);
        size_t i = 0;

        while (word[i] != '\0' && name[i] == word[i] - 'A' + 'a')
            i++;
        if (word[i] == '\0' && name[i] == '\0')
            return (enum mqh_verdict)value;
    }
    mqh_read_dislike(reader, "verdict", "a verdict");
    return MQH_ERROR;
}

static struct mqh_result *read_result(struct mqh_reader *reader, const json_t *object,
                                      enum mqc_version spoken)
{
    struct mqh_result *result = mqh_arena_alloc(reader->arena, sizeof *result);

    *result = (struct mqh_result){
        .verdict = verdict(reader, object),
        .reason = mqh_read_text(reader, object, "reason"),
        .expected = mqh_read_text(reader, object, "expected"),
        .actual = mqh_read_text(reader, object, "actual"),
        .broken = mqh_read_rules(reader, object, "broken"),
        .line = mqh_read_small(reader, object, "line"),
        .duration_ms = mqh_read_count(reader, object, "duration_ms"),
        .known_reason = mqh_read_text_or_null(reader, object, "known"),
        .unconfirmed = mqh_read_yes(reader, object, "unconfirmed"),
        .runs = mqh_read_small(reader, object, "runs"),
    };
    result->known = result->known_reason != NULL;
    if (json_object_get(object, "decided") != NULL)
        result->decided = mqh_read_small(reader, object, "decided");
    read_warnings(reader, object, result);
    read_transcript(reader, object, result, spoken);
    if (result->decided > result->event_count)
        mqh_read_dislike(reader, "decided", "a place in the transcript");
    return result;
}

/* The scenario that `id` is a member of: that of the case before, if it is of the same family. */
static const struct mqh_scenario *scenario_of(struct mqh_reader *reader, const json_t *object,
                                              const char *id, const struct mqh_scenario *before)
{
    const char *file = mqh_read_text(reader, object, "file");
    size_t size = strcspn(id, "[");

    if (before != NULL && strlen(before->name) == size && strncmp(before->name, id, size) == 0 &&
        strcmp(before->file, file) == 0)
        return before;

    struct mqh_scenario *scenario = mqh_arena_alloc(reader->arena, sizeof *scenario);

    scenario->file = file;
    scenario->name = mqh_arena_text(reader->arena, (struct mqc_slice){(const uint8_t *)id, size});
    scenario->where.line = mqh_read_small(reader, object, "line");
    return scenario;
}

/* The options that running a case alone needs, out of the command that does so: what stands between
 * the URL and its name, without what the scenario itself asks for. */
static const char *alone_of(struct mqh_reader *reader, const json_t *object, const char *url)
{
    static const char *const own[] = {" --slow", " --intrusive"};
    const char *command = mqh_read_text(reader, object, "alone");
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

void mqh_read_cases(struct mqh_reader *reader, const json_t *root, struct mqh_run *run)
{
    json_t *array = mqh_read_list(reader, root, "cases");
    size_t size = json_array_size(array);
    struct mqh_case *cases = mqh_arena_alloc(reader->arena, size * sizeof *cases);

    run->results = mqh_arena_alloc(reader->arena, size * sizeof(struct mqh_result *));
    for (size_t i = 0; i < size && reader->why == NULL; i++) {
        json_t *object = json_array_get(array, i);

        reader->place = mqh_arena_format(reader->arena, "case %zu", i + 1);
        cases[i] = (struct mqh_case){
            .id = mqh_read_text(reader, object, "id"),
            .version = mqh_read_version(reader, object),
            .requirements = mqh_read_rules(reader, object, "requirements"),
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
