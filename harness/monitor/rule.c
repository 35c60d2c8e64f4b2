#include "harness/monitor/state.h"

#define SPOILS true
#define STAYS false
#define MUST(id, twins)                                                                            \
    {                                                                                              \
        MQC_MUST, id, twins                                                                        \
    }
#define SHOULD(id, twins)                                                                          \
    {                                                                                              \
        MQC_SHOULD, id, twins                                                                      \
    }
#define WARN(id, twins)                                                                            \
    {                                                                                              \
        MQC_SHOULD, id, twins                                                                      \
    }
#define NO_RULE                                                                                    \
    {                                                                                              \
        MQC_NO_RULE, "", ""                                                                        \
    }
#define V31(...) [MQC_V31] = __VA_ARGS__
#define V311(...) [MQC_V311] = __VA_ARGS__
#define V5(...) [MQC_V5] = __VA_ARGS__

static const struct {
    const char *name;
    bool spoils;
    const char *says;
    struct mqh_mon_rule_text in[MQC_V5 + 1];
} rules[MQH_RULE_COUNT] = {
#define MQH_RULE(name, spoils, text, v31, v311, v5) {#name, spoils, text, {v31, v311, v5}},
#include "harness/monitor/rules.def"
#undef MQH_RULE
};

static const struct {
    enum mqc_version version;
    const char *id;
    const char *why;
} unjudged[] = {
#define MQH_UNJUDGED(version, id, why) {version, id, why},
#include "harness/monitor/unjudged.def"
#undef MQH_UNJUDGED
};

const struct mqh_mon_rule_text *mqh_mon_rule_in(enum mqh_monitor_rule rule,
                                                enum mqc_version version)
{
    return &rules[rule].in[version];
}

const char *mqh_mon_rule_says(enum mqh_monitor_rule rule)
{
    return rules[rule].says;
}

const char *mqh_mon_rule_name(enum mqh_monitor_rule rule)
{
    return rules[rule].name;
}

bool mqh_mon_rule_spoils(enum mqh_monitor_rule rule)
{
    return rules[rule].spoils;
}

/* True if `id` is one of the words, separated by blanks. */
static bool is_word(const char *words, const char *id)
{
    size_t size = strlen(id);

    for (const char *at = words; (at = strstr(at, id)) != NULL; at += size)
        if ((at == words || at[-1] == ' ') && (at[size] == ' ' || at[size] == '\0'))
            return true;
    return false;
}

bool mqh_breach_is(const struct mqh_breach *breach, enum mqc_version version, const char *id)
{
    return breach->version == version &&
           (strcmp(breach->id, id) == 0 || is_word(breach->twins, id));
}

bool mqh_monitor_judges_conversation(enum mqc_version version, const char *id)
{
    for (size_t i = 0; i < MQH_RULE_COUNT && *id != '\0'; i++) {
        const struct mqh_mon_rule_text *rule = &rules[i].in[version];

        if (rule->level != MQC_NO_RULE && (strcmp(rule->id, id) == 0 || is_word(rule->twins, id)))
            return true;
    }
    return false;
}

bool mqh_monitor_judges(enum mqc_version version, const char *id)
{
    for (int i = 0; i < MQC_RULE_COUNT; i++)
        if (mqc_rule_is((enum mqc_rule)i, version, id) &&
            mqc_rule_in((enum mqc_rule)i, version)->level >= MQC_SHOULD)
            return true;
    return mqh_monitor_judges_conversation(version, id);
}

const char *mqh_monitor_leaves_out(enum mqc_version version, const char *id)
{
    for (size_t i = 0; i < sizeof(unjudged) / sizeof(unjudged[0]); i++)
        if (unjudged[i].version == version && strcmp(unjudged[i].id, id) == 0)
            return unjudged[i].why;
    return NULL;
}
