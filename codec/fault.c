#include "codec/fault.h"

#include <assert.h>
#include <string.h>

/* A rule in the order of codec/rules.def; by_version is indexed by slot_of(). */
struct rule {
    const char *name;
    const char *says;
    struct mqc_rule_text by_version[3];
};

#define MUST(kind, id, twins) MQC_MUST, MQC_##kind, id, twins
#define SHOULD(kind, id, twins) MQC_SHOULD, MQC_##kind, id, twins
#define NOTE(id) MQC_NOTE, MQC_KIND_NONE, id, ""
#define NO_RULE MQC_NO_RULE, MQC_KIND_NONE, "", ""
#define V31(...)                                                                                   \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define V311(...)                                                                                  \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define V5(...)                                                                                    \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define MQC_RULE(name, says, v31, v311, v5) {#name, says, {v31, v311, v5}},

static const struct rule rules[] = {
#include "codec/rules.def"
};

#undef MUST
#undef SHOULD
#undef NOTE
#undef NO_RULE
#undef V31
#undef V311
#undef V5
#undef MQC_RULE

/*@ requires mqc_version_known(version);
    assigns \nothing;
    ensures \result <= 2; */
static size_t slot_of(enum mqc_version version)
{
    assert(version == MQC_V31 || version == MQC_V311 || version == MQC_V5);
    return (size_t)version - MQC_V31;
}

/*@ requires rule < MQC_RULE_COUNT;
    assigns \nothing;
    ensures \result == &rules[rule]; */
static const struct rule *rule_at(enum mqc_rule rule)
{
    assert(rule < MQC_RULE_COUNT);
    return &rules[rule];
}

const struct mqc_rule_text *mqc_rule_in(enum mqc_rule rule, enum mqc_version version)
{
    return &rule_at(rule)->by_version[slot_of(version)];
}

const char *mqc_rule_says(enum mqc_rule rule)
{
    return rule_at(rule)->says;
}

const char *mqc_rule_name(enum mqc_rule rule)
{
    return rule_at(rule)->name;
}

/* Whether `word` is one of the words of `list`, which single spaces separate. */
static bool has_word(const char *list, const char *word)
{
    size_t size = strlen(word);

    while (*list != '\0') {
        size_t next = strcspn(list, " ");

        if (next == size && memcmp(list, word, size) == 0)
            return true;
        list += next + (list[next] == ' ');
    }
    return false;
}

bool mqc_rule_is(enum mqc_rule rule, enum mqc_version version, const char *id)
{
    const struct mqc_rule_text *text = mqc_rule_in(rule, version);

    return has_word(text->id, id) || has_word(text->twins, id);
}

const char *mqc_level_name(enum mqc_level level)
{
    static const char *const names[] = {
        [MQC_NO_RULE] = "none", [MQC_NOTE] = "note", [MQC_SHOULD] = "SHOULD", [MQC_MUST] = "MUST"};

    assert(level <= MQC_MUST);
    return names[level];
}

const char *mqc_kind_name(enum mqc_kind kind)
{
    static const char *const names[] = {[MQC_KIND_NONE] = "note",
                                        [MQC_MALFORMED] = "malformed",
                                        [MQC_PROTOCOL_ERROR] = "protocol-error"};

    assert(kind <= MQC_PROTOCOL_ERROR);
    return names[kind];
}

bool mqc_faults_add(struct mqc_faults *faults, enum mqc_rule rule, enum mqc_version version,
                    size_t offset, size_t size)
{
    enum mqc_level level = mqc_rule_in(rule, version)->level;

    if (level == MQC_NO_RULE || (level == MQC_NOTE && faults->stop_at_first))
        return false;
    if (faults->count < faults->capacity)
        faults->items[faults->count] =
            (struct mqc_fault){.rule = rule, .offset = (uint32_t)offset, .size = (uint32_t)size};
    faults->count++;
    return faults->stop_at_first;
}
