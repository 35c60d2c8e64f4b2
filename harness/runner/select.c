#include <stdlib.h>

#include "harness/runner/match.h"
#include "harness/runner/runner.h"

/* "v5:MQTT-3.8.3-2" among what the case proves; a glob too. */
static bool selects_requirement(const char *pattern, const struct mqh_case *c)
{
    for (size_t i = 0; i < c->requirements.count; i++) {
        const struct mqh_requirement *r = c->requirements.items[i];
        char text[MQH_RULE_TEXT_SIZE];

        if (mqh_glob(pattern, mqh_rule_write(r->version, r->id, ':', text)) ||
            mqh_glob(pattern, mqh_rule_write(r->version, r->id, ' ', text)))
            return true;
    }
    return false;
}

static bool selects_either(struct mqh_arena *arena, const char *pattern, const char *name,
                           const char *version)
{
    return mqh_glob(pattern, name) ||
           mqh_glob(pattern, mqh_arena_format(arena, "%s@%s", name, version));
}

static bool ends_with_slash(const char *pattern)
{
    size_t size = strlen(pattern);

    return size > 0 && pattern[size - 1] == '/';
}

bool mqh_selects(const char *pattern, const struct mqh_case *c)
{
    const char *version = mqc_version_name(c->version);
    const char *name = c->scenario->name;
    struct mqh_arena arena = {0};
    bool found;

    found = selects_requirement(pattern, c) || selects_either(&arena, pattern, name, version) ||
            selects_either(&arena, pattern, c->id, version);
    if (!found && strchr(pattern, '/') == NULL) { /* a folder */
        struct mqc_slice folder = {(const uint8_t *)name, strcspn(name, "/")};

        found = selects_either(&arena, pattern, mqh_arena_text(&arena, folder), version);
    }
    if (!found && ends_with_slash(pattern)) /* as a shell completes it */
        found = strncmp(name, pattern, strlen(pattern)) == 0;
    mqh_arena_free(&arena);
    return found;
}

const char *mqh_selects_nothing(struct mqh_arena *arena, const char *option, const char *pattern)
{
    static const struct {
        const char *head;
        const char *version;
    } spaces[] = {{"MQTT-", "v5:"}, {"X5-", "v5:"}, {"X311-", "v311:"}, {"X31-", "v31:"}};
    const char *why =
        mqh_arena_format(arena, "--%s %s: no case has this name or requirement", option, pattern);

    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++)
        if (strncmp(pattern, spaces[i].head, strlen(spaces[i].head)) == 0)
            why = mqh_arena_format(arena, "%s; a requirement is named with its version: %s%s", why,
                                   spaces[i].version, pattern);
    return why;
}
