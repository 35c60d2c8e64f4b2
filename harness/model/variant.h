/*
 * Variants: the reference broker uses a freedom that the standards grant, or is no broker at all.
 * They stand in variants.def; its header says how to add one.
 */
#ifndef MQH_VARIANT_H
#define MQH_VARIANT_H

#include "codec/fault.h"

enum mqh_variant {
#define MQH_LIMIT(name, text, allows, says, field, value) MQH_V_##name,
#define MQH_VARIANT(name, text, allows, says) MQH_V_##name,
#define MQH_DEGENERATE(name, text, says) MQH_V_##name,
#include "harness/model/variants.def"
#undef MQH_LIMIT
#undef MQH_VARIANT
#undef MQH_DEGENERATE
    MQH_VARIANT_COUNT
};

struct mqh_variant_text {
    const char *name;   /* "copy-each" */
    const char *allows; /* the requirements or the section that grant it; NULL: nothing does */
    const char *says;   /* what it does */
};

const struct mqh_variant_text *mqh_variant_text(enum mqh_variant variant);

/* False if there is none of this name. */
bool mqh_variant_find(const char *name, enum mqh_variant *out);

/* The first variant that the requirement grants, "v5 X5-3.8.4-1"; NULL if there is none. */
const struct mqh_variant_text *mqh_variant_granted(const char *rule);

/* True if the variant "lenient" does not check the rule. */
bool mqh_lenient_about(enum mqc_rule rule);

/* Makes a broker with these limits that variant, besides what it is. */
struct mqh_model_limits;
void mqh_variant_choose(enum mqh_variant variant, struct mqh_model_limits *limits);

#endif
