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
    bool bare = strncmp(pattern, "MQTT-", 5) == 0 || strncmp(pattern, "X5-", 3) == 0 ||
                strncmp(pattern, "X311-", 5) == 0 || strncmp(pattern, "X31-", 4) == 0;

    return mqh_arena_format(arena, "--%s %s: no case has this name or requirement%s%s", option,
                            pattern, bare ? "; a requirement is named with its version: v5:" : "",
                            bare ? pattern : "");
}
