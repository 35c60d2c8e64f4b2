#include "harness/model/variant.h"

#include <string.h>

#include "harness/model/model.h"

static const struct mqh_variant_text texts[MQH_VARIANT_COUNT] = {
#define MQH_LIMIT(name, text, allows, says, field, value) {text, allows, says},
#define MQH_VARIANT(name, text, allows, says) {text, allows, says},
#include "harness/model/variants.def"
#undef MQH_LIMIT
#undef MQH_VARIANT
};

const struct mqh_variant_text *mqh_variant_text(enum mqh_variant variant)
{
    return &texts[variant];
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
#include "harness/model/variants.def"
#undef MQH_LIMIT
#undef MQH_VARIANT
    default:
        break;
    }
}
