#include "harness/catalogue/catalogue.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const struct mqh_requirement rows[] = {
#include "catalogue_rows.h"
};

enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

enum mqh_level mqh_requirement_level(const struct mqh_requirement *requirement)
{
    if (strstr(requirement->level, "MUST") != NULL)
        return MQH_MUST;
    if (strstr(requirement->level, "SHOULD") != NULL)
        return MQH_SHOULD;
    return MQH_MAY;
}

const char *mqh_level_name(enum mqh_level level)
{
    switch (level) {
    case MQH_MUST:
        return "MUST";
    case MQH_SHOULD:
        return "SHOULD";
    case MQH_MAY:
        return "MAY";
    }
    return "?";
}

size_t mqh_catalogue_count(void)
{
    return ROW_COUNT;
}

const struct mqh_requirement *mqh_catalogue_at(size_t index)
{
    assert(index < ROW_COUNT);
    return &rows[index];
}

const struct mqh_requirement *mqh_catalogue_find(enum mqc_version version, const char *id)
{
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (rows[i].version == version && strcmp(rows[i].id, id) == 0)
            return &rows[i];
    return NULL;
}

/* Written out, because isalnum() would ask the locale. */
static bool is_id_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-';
}

bool mqh_rule_parse(const char *text, size_t size, struct mqh_rule *out)
{
    size_t space = 0;
    while (space < size && text[space] != ' ' && text[space] != ':')
        space++;

    enum mqc_version version = mqc_version_parse(text, space);
    if (version == MQC_VERSION_UNKNOWN || text[0] != 'v' || space == size)
        return false;

    const char *id = text + space + 1;
    size_t id_size = size - space - 1;
    if (id_size == 0 || id_size > MQH_RULE_ID_MAX)
        return false;
    for (size_t i = 0; i < id_size; i++)
        if (!is_id_byte(id[i]))
            return false;

    *out = (struct mqh_rule){.version = version};
    memcpy(out->id, id, id_size);
    return true;
}

const char *mqh_rule_write(enum mqc_version version, const char *id, char separator,
                           char text[MQH_RULE_TEXT_SIZE])
{
    assert(separator == ' ' || separator == ':');
    snprintf(text, MQH_RULE_TEXT_SIZE, "%s%c%.*s", mqc_version_space(version), separator,
             MQH_RULE_ID_MAX, id);
    return text;
}
