#include "harness/model/variant.h"

#include <string.h>

#include "harness/model/model.h"

static const struct mqh_variant_text texts[MQH_VARIANT_COUNT] = {
#define MQH_LIMIT(name, text, allows, says, field, value) {text, allows, says},
#define MQH_VARIANT(name, text, allows, says) {text, allows, says},
#define MQH_DEGENERATE(name, text, says) {text, NULL, says},
#include "harness/model/variants.def"
#undef MQH_LIMIT
#undef MQH_VARIANT
#undef MQH_DEGENERATE
};

const struct mqh_variant_text *mqh_variant_text(enum mqh_variant variant)
{
    return &texts[variant];
}

const struct mqh_variant_text *mqh_variant_granted(const char *rule)
{
    size_t size = strlen(rule);

    for (unsigned i = 0; i < MQH_VARIANT_COUNT; i++) {
        const char *at = texts[i].allows;

        while (at != NULL && (at = strstr(at, rule)) != NULL) {
            if (at[size] == '\0' || at[size] == ',')
                return &texts[i];
            at += size;
        }
    }
    return NULL;
}

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text);
    size_t end_size = strlen(end);

    return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

bool mqh_lenient_about(enum mqc_rule rule)
{
    const char *name = mqc_rule_name(rule);

    return ends_with(name, "_FLAGS") || ends_with(name, "_UTF8") || ends_with(name, "_NUL") ||
           ends_with(name, "PACKET_ID_ZERO") || rule == MQC_RULE_OPTIONS_RESERVED;
}

bool mqh_variant_find(const char *name, enum mqh_variant *out)
{
    for (unsigned i = 0; i < MQH_VARIANT_COUNT; i++)
        if (strcmp(texts[i].name, name) == 0) {
            *out = (enum mqh_variant)i;
            return true;
        }
    return false;
}

void mqh_variant_choose(enum mqh_variant variant, struct mqh_model_limits *limits)
{
    limits->chosen[variant] = true;
    switch (variant) {
#define MQH_LIMIT(name, text, allows, says, field, value)                                          \
    case MQH_V_##name:                                                                             \
        limits->field = value;                                                                     \
        break;
#define MQH_VARIANT(name, text, allows, says)
#define MQH_DEGENERATE(name, text, says)
#include "harness/model/variants.def"
#undef MQH_LIMIT
#undef MQH_VARIANT
#undef MQH_DEGENERATE
    default:
        break;
    }
}
