#include "harness/report/read_member.h"

#include "harness/catalogue/version.h"

void mqh_read_dislike(struct mqh_reader *reader, const char *key, const char *wanted)
{
    if (reader->why == NULL)
        reader->why =
            mqh_arena_format(reader->arena, "%s: \"%s\" is not %s", reader->place, key, wanted);
}

json_t *mqh_read_member(struct mqh_reader *reader, const json_t *object, const char *key,
                        json_type type, const char *wanted)
{
    json_t *value = json_object_get(object, key);

    if (reader->why == NULL && (value == NULL || json_typeof(value) != type))
        mqh_read_dislike(reader, key, wanted);
    return reader->why == NULL ? value : NULL;
}

const char *mqh_read_text(struct mqh_reader *reader, const json_t *object, const char *key)
{
    json_t *value = mqh_read_member(reader, object, key, JSON_STRING, "a text");

    return value == NULL ? ""
                         : mqh_arena_text(reader->arena, mqc_slice_text(json_string_value(value)));
}

const char *mqh_read_name(struct mqh_reader *reader, const json_t *object, const char *key)
{
    const char *name = mqh_read_text(reader, object, key);

    if (!mqh_read_is_name(name))
        mqh_read_dislike(reader, key, "a name");
    return name;
}

bool mqh_read_is_name(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789.:_+-";

    return text[strspn(text, letters)] == '\0';
}

const char *mqh_read_text_or_null(struct mqh_reader *reader, const json_t *object, const char *key)
{
    return json_is_null(json_object_get(object, key)) ? NULL : mqh_read_text(reader, object, key);
}

uint64_t mqh_read_count(struct mqh_reader *reader, const json_t *object, const char *key)
{
    json_t *value = mqh_read_member(reader, object, key, JSON_INTEGER, "a count");

    if (value != NULL && json_integer_value(value) < 0)
        mqh_read_dislike(reader, key, "a count");
    return value == NULL ? 0 : (uint64_t)json_integer_value(value);
}

unsigned mqh_read_small(struct mqh_reader *reader, const json_t *object, const char *key)
{
    uint64_t value = mqh_read_count(reader, object, key);

    if (value > INT32_MAX)
        mqh_read_dislike(reader, key, "a count of that size");
    return value > INT32_MAX ? 0 : (unsigned)value;
}

bool mqh_read_yes(struct mqh_reader *reader, const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);

    if (!json_is_boolean(value))
        mqh_read_dislike(reader, key, "true or false");
    return json_is_true(value);
}

json_t *mqh_read_list(struct mqh_reader *reader, const json_t *object, const char *key)
{
    return mqh_read_member(reader, object, key, JSON_ARRAY, "a list");
}

enum mqc_version mqh_read_version_of(struct mqh_reader *reader, const char *key,
                                     const json_t *value)
{
    const char *name = json_is_string(value) ? json_string_value(value) : "";
    enum mqc_version version = mqc_version_parse(name, strlen(name));

    if (version == MQC_VERSION_UNKNOWN || strcmp(name, mqc_version_name(version)) != 0)
        mqh_read_dislike(reader, key, "a version of MQTT");
    return version == MQC_VERSION_UNKNOWN ? MQC_V5 : version;
}

enum mqc_version mqh_read_version(struct mqh_reader *reader, const json_t *object)
{
    return mqh_read_version_of(reader, "version", json_object_get(object, "version"));
}

const struct mqh_requirement *mqh_read_rule(struct mqh_reader *reader, const char *key,
                                            const json_t *value)
{
    const char *name = json_is_string(value) ? json_string_value(value) : "";
    const struct mqh_requirement *found = NULL;
    struct mqh_rule parsed;

    if (!mqh_rule_parse(name, strlen(name), &parsed)) {
        mqh_read_dislike(reader, key, "a list of requirements");
        return NULL;
    }
    found = mqh_catalogue_find(parsed.version, parsed.id);
    if (found == NULL && reader->why == NULL)
        reader->why = mqh_arena_format(
            reader->arena, "%s wrote it and names %s %s, which mqspec %s does not know",
            reader->tool, mqc_version_space(parsed.version), parsed.id, mqh_version());
    return found;
}

const struct mqh_requirement *mqh_read_rule_or_null(struct mqh_reader *reader, const json_t *object,
                                                    const char *key)
{
    const json_t *value = json_object_get(object, key);

    return json_is_null(value) ? NULL : mqh_read_rule(reader, key, value);
}

struct mqh_id_list mqh_read_rules(struct mqh_reader *reader, const json_t *object, const char *key)
{
    json_t *array = mqh_read_list(reader, object, key);
    size_t size = json_array_size(array);
    struct mqh_id_list ids = {mqh_arena_alloc(reader->arena, size * sizeof *ids.items), 0};

    for (size_t i = 0; i < size; i++) {
        ids.items[ids.count] = mqh_read_rule(reader, key, json_array_get(array, i));
        ids.count += ids.items[ids.count] != NULL;
    }
    return ids;
}
