#include "harness/scenario/parse.h"
#include "harness/scenario/walk.h"

static const enum mqc_version versions[] = {MQC_V31, MQC_V311, MQC_V5};

enum { VERSION_COUNT = sizeof versions / sizeof versions[0] };

static bool is_shown(const struct mqh_scenario *s, const struct mqh_requirement *id)
{
    for (size_t i = 0; i < VERSION_COUNT; i++)
        if ((s->versions & MQH_VERSION(versions[i])) != 0 && mqh_scenario_shows(s, versions[i], id))
            return true;
    return false;
}

/* Each id of the header is shown by some line, in a version in which it counts. */
static bool check_proves(struct mqh_parser *parser)
{
    const struct mqh_scenario *s = parser->scenario;

    for (size_t i = 0; i < s->proves.count; i++) {
        const struct mqh_requirement *id = s->proves.items[i];

        if (((s->versions | s->pinned) & MQH_VERSION(id->version)) == 0)
            return MQH_DISLIKE(parser, parser->prove_texts[i],
                               "the scenario does not run in MQTT %s",
                               mqc_version_name(id->version));
        if (!is_shown(s, id))
            return MQH_DISLIKE(parser, parser->prove_texts[i],
                               s->line_proves
                                   ? "other lines say what they prove, but none proves this"
                                   : "nothing is proved without an expectation (NAME <- ...)");
    }
    return true;
}

/* Members that can be counted before a case is prepared: `1..all` counts as one. */
static bool check_members(struct mqh_parser *parser)
{
    const struct mqh_scenario *s = parser->scenario;
    size_t count = 0;

    for (size_t i = 0; i < VERSION_COUNT; i++)
        count += (s->versions & MQH_VERSION(versions[i])) != 0;
    for (size_t i = 0; i < s->vary_count; i++) {
        count *= s->varies[i].up_to_all ? 1 : s->varies[i].value_count;
        if (count > MQH_CASES_MAX)
            return MQH_DISLIKE(parser, s->varies[i].name, "this makes more than %d cases",
                               MQH_CASES_MAX);
    }
    return true;
}

static bool is_name_byte(uint8_t byte)
{
    return byte == '_' || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z');
}

/* Whether `$name` or `${name}` stands behind `name` before the next scenario begins. */
static bool is_used(struct mqc_slice text, struct mqc_slice name)
{
    static const char next[] = "\nscenario";
    const uint8_t *at = name.data + name.size;
    const uint8_t *end = text.data + text.size;

    for (; at + name.size < end; at++) {
        size_t left = (size_t)(end - at);
        size_t head = left > 1 && at[1] == '{' ? 2 : 1;

        if (left >= sizeof next && memcmp(at, next, sizeof next - 1) == 0)
            return false;
        if (*at == '$' && left >= head + name.size &&
            memcmp(at + head, name.data, name.size) == 0 &&
            (left == head + name.size || !is_name_byte(at[head + name.size])))
            return true;
    }
    return false;
}

/* A family whose members are all the same is a slip of the pen. */
static bool check_uses(struct mqh_parser *parser)
{
    const struct mqh_scenario *s = parser->scenario;

    for (size_t i = 0; i < s->vary_count; i++)
        if (!s->varies[i].up_to_all && !is_used(parser->source->joined, s->varies[i].name))
            return MQH_DISLIKE(parser, s->varies[i].name, "no line uses this variable");
    return true;
}

/* Each text in each version, with the first value of each `vary` (and 0 for one up to `all`). */
static bool check_texts(struct mqh_parser *parser)
{
    const struct mqh_scenario *s = parser->scenario;
    struct mqh_binding bindings[MQH_NESTING_MAX];
    const struct mqh_binding *members = NULL;

    for (size_t i = 0; i < s->vary_count; i++) {
        bindings[i] = mqh_vary_bind(&s->varies[i], 0);
        bindings[i].next = members;
        members = &bindings[i];
    }
    for (size_t i = 0; i < VERSION_COUNT; i++) {
        struct mqh_walk walk = {.arena = parser->arena,
                                .scenario = s,
                                .version = versions[i],
                                .members = members,
                                .error = parser->error};

        if ((s->versions & MQH_VERSION(versions[i])) != 0 && !mqh_walk_run(&walk))
            return false;
    }
    return true;
}

bool mqh_check_scenario(struct mqh_parser *parser)
{
    return check_proves(parser) && check_members(parser) && check_uses(parser) &&
           check_texts(parser);
}
