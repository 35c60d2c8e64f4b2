#include "harness/model/defect.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

static const struct row {
    const char *name;
    const char *ids;
    const char *says;
    struct mqh_change change;
} rows[] = {
#define MQH_DEFECT(name, ids, says) {#name, ids, says, {MQC_RESERVED, MQH_CHANGE_NONE, 0, 0}},
#define MQH_SENDS(name, ids, says, type, kind, a, b)                                               \
    {#name, ids, says, {MQC_##type, MQH_CHANGE_##kind, a, b}},
#define MQH_NOT_BLIND(rule, why)
#define MQH_SURVIVES(id, why)
#define MQH_SHOWS_WITH(id, variant)
#define MQH_NO_DEFECT(id, why)
#include "harness/model/defects.def"
#undef MQH_DEFECT
#undef MQH_SENDS
#undef MQH_NOT_BLIND
#undef MQH_SURVIVES
#undef MQH_SHOWS_WITH
#undef MQH_NO_DEFECT
};

#define MQH_DEFECT(name, ids, says)
#define MQH_SENDS(name, ids, says, type, kind, a, b)

/* What a model that is blind to a rule does wrong. */
static const char *const blind_says[MQC_RULE_COUNT] = {
#define MQC_RULE(name, text, v31, v311, v5) "does not check that " text,
#include "codec/rules.def"
#undef MQC_RULE
};

/* Rules of the decoder to which the model cannot be blind. */
static const char *const not_blind[MQC_RULE_COUNT] = {
#define MQH_NOT_BLIND(rule, why) [MQC_RULE_##rule] = why,
#define MQH_SURVIVES(id, why)
#define MQH_SHOWS_WITH(id, variant)
#define MQH_NO_DEFECT(id, why)
#include "harness/model/defects.def"
#undef MQH_NOT_BLIND
#undef MQH_SURVIVES
#undef MQH_SHOWS_WITH
#undef MQH_NO_DEFECT
};

/* What is said of single entries, and of requirements that have none. */
static const struct remark {
    const char *name;
    const char *survives;
    const char *none;
    enum mqh_variant variant;
} remarks[] = {
#define MQH_NOT_BLIND(rule, why)
#define MQH_SURVIVES(name, why) {name, why, NULL, MQH_VARIANT_COUNT},
#define MQH_SHOWS_WITH(name, variant) {name, NULL, NULL, MQH_V_##variant},
#define MQH_NO_DEFECT(name, why) {name, NULL, why, MQH_VARIANT_COUNT},
#include "harness/model/defects.def"
#undef MQH_NOT_BLIND
#undef MQH_SURVIVES
#undef MQH_SHOWS_WITH
#undef MQH_NO_DEFECT
    {NULL, NULL, NULL, MQH_VARIANT_COUNT},
};

#undef MQH_DEFECT
#undef MQH_SENDS

struct mqh_change mqh_defect_change(enum mqh_defect defect)
{
    return defect < MQH_D_BLIND ? rows[defect].change : (struct mqh_change){0};
}

struct list {
    struct mqh_defect_entry *items;
    size_t count;
    size_t capacity;
};

static struct mqh_defect_entry *add(struct list *list, enum mqh_defect defect, const char *says)
{
    if (list->count == list->capacity) {
        list->capacity = 2 * list->capacity + 256;
        list->items = realloc(list->items, list->capacity * sizeof(*list->items));
        if (list->items == NULL)
            abort();
    }
    list->items[list->count] = (struct mqh_defect_entry){.defect = defect, .says = says};
    return &list->items[list->count++];
}

static void name_entry(struct mqh_defect_entry *entry, const char *way)
{
    snprintf(entry->name, sizeof(entry->name), "%s:%s%s%s", mqc_version_space(entry->version),
             entry->id, way[0] != '\0' ? "/" : "", way);
    entry->variant = MQH_VARIANT_COUNT;
    for (const struct remark *r = remarks; r->name != NULL; r++)
        if (strcmp(r->name, entry->name) == 0) {
            entry->survives = r->survives;
            entry->variant = r->variant;
        }
}

static enum mqc_version version_of(const char *space)
{
    return strcmp(space, "v31") == 0 ? MQC_V31 : strcmp(space, "v311") == 0 ? MQC_V311 : MQC_V5;
}

/* "v5 MQTT-3.3.1-12/2, v311 MQTT-3.3.1-9": an entry for each. */
static void add_row(struct list *list, enum mqh_defect defect)
{
    const char *at = rows[defect].ids;
    char space[8];
    char id[MQH_DEFECT_NAME_SIZE / 2];
    int size;

    while (sscanf(at, " %7s %55[^,]%n", space, id, &size) == 2) {
        struct mqh_defect_entry *entry = add(list, defect, rows[defect].says);
        char *way = strchr(id, '/');

        if (way != NULL)
            *way++ = '\0';
        entry->version = version_of(space);
        snprintf(entry->id, sizeof(entry->id), "%.*s", (int)sizeof(entry->id) - 1, id);
        name_entry(entry, way != NULL ? way : "");
        at += size;
        at += *at == ',' ? 1 : 0;
    }
}

/* SUBSCRIBE_EMPTY: "blind-subscribe-empty". */
static void add_blind(struct list *list, enum mqc_rule rule, enum mqc_version version)
{
    const struct mqc_rule_text *text = mqc_rule_in(rule, version);
    const char *name = mqc_rule_name(rule);
    struct mqh_defect_entry *entry;
    char way[MQH_DEFECT_NAME_SIZE / 2 + 8] = "blind-";
    size_t n = 6;

    if (text->level < MQC_SHOULD || not_blind[rule] != NULL)
        return;
    if (version ==
        MQC_V31) /* it names no reaction to a faulty packet: nothing is broken by taking it */
        return;
    for (; *name != '\0' && n + 1 < sizeof(way); name++)
        way[n++] = (char)(*name == '_' ? '-' : tolower((unsigned char)*name));
    entry = add(list, (enum mqh_defect)((int)MQH_D_BLIND + (int)rule), blind_says[rule]);
    entry->version = version;
    snprintf(entry->id, sizeof(entry->id), "%s", text->id);
    name_entry(entry, way);
}

struct mqh_defect_entry *mqh_defect_list(size_t *count)
{
    struct list list = {0};

    for (unsigned i = 0; i < (unsigned)MQH_D_BLIND; i++)
        add_row(&list, (enum mqh_defect)i);
    for (unsigned rule = 0; rule < MQC_RULE_COUNT; rule++)
        for (enum mqc_version v = MQC_V31; v <= MQC_V5; v++)
            add_blind(&list, (enum mqc_rule)rule, v);
    *count = list.count;
    return list.items;
}

bool mqh_defect_is(const struct mqh_defect_entry *entry, const char *name)
{
    const char *rule = strchr(entry->name, ':') + 1;
    size_t size = strlen(name);

    if (strcmp(entry->name, name) == 0 || strcmp(entry->id, name) == 0)
        return true;
    return (strncmp(entry->name, name, size) == 0 && entry->name[size] == '/') ||
           strcmp(rule, name) == 0;
}

const char *mqh_defect_none(const char *rule)
{
    for (const struct remark *r = remarks; r->name != NULL; r++)
        if (r->none != NULL && strcmp(r->name, rule) == 0)
            return r->none;
    return NULL;
}
