/*
 * The table of defects: every listing names a requirement of the catalogues, once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/catalogue/catalogue.h"
#include "harness/model/defect.h"

static void test_every_defect_breaks_a_requirement(void **state)
{
    size_t count;
    struct mqh_defect_entry *entries = mqh_defect_list(&count);

    (void)state;
    for (size_t i = 0; i < count; i++)
        if (mqh_catalogue_find(entries[i].version, entries[i].id) == NULL)
            fail_msg("%s: there is no such requirement", entries[i].name);
    free(entries);
}

static void test_no_name_stands_for_two_defects(void **state)
{
    size_t count;
    struct mqh_defect_entry *entries = mqh_defect_list(&count);

    (void)state;
    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; j < count; j++)
            if (strcmp(entries[i].name, entries[j].name) == 0)
                fail_msg("%s stands there twice: add a way, such as /2", entries[i].name);
    free(entries);
}

/* A line of the table whose ids cannot be read would be no defect at all. */
static void test_every_line_is_listed(void **state)
{
    bool seen[MQH_D_BLIND] = {false};
    size_t count;
    struct mqh_defect_entry *entries = mqh_defect_list(&count);

    (void)state;
    for (size_t i = 0; i < count; i++)
        if (entries[i].defect < MQH_D_BLIND)
            seen[entries[i].defect] = true;
    for (unsigned i = 0; i < (unsigned)MQH_D_BLIND; i++)
        if (!seen[i])
            fail_msg("line %u of the table lists no defect", i + 1);
    free(entries);
}

#define MQH_DEFECT(name, ids, says)
#define MQH_SENDS(name, ids, says, type, change, a, b)
#define MQH_NOT_BLIND(rule, why)
static const char *const remarked[] = {
#define MQH_SURVIVES(id, why) id,
#define MQH_SHOWS_WITH(id, variant) id,
#define MQH_NO_DEFECT(id, why)
#include "harness/model/defects.def"
#undef MQH_SURVIVES
#undef MQH_SHOWS_WITH
#undef MQH_NO_DEFECT
};

static const char *const unbreakable[] = {
#define MQH_SURVIVES(id, why)
#define MQH_SHOWS_WITH(id, variant)
#define MQH_NO_DEFECT(id, why) id,
#include "harness/model/defects.def"
#undef MQH_SURVIVES
#undef MQH_SHOWS_WITH
#undef MQH_NO_DEFECT
};
#undef MQH_DEFECT
#undef MQH_SENDS
#undef MQH_NOT_BLIND

static bool is_listed(const struct mqh_defect_entry *entries, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(entries[i].name, name) == 0)
            return true;
    return false;
}

/* A remark about nothing is a slip of the pen. */
static void test_every_remark_is_about_a_defect(void **state)
{
    size_t count;
    struct mqh_defect_entry *entries = mqh_defect_list(&count);

    (void)state;
    for (size_t i = 0; i < sizeof(remarked) / sizeof(remarked[0]); i++)
        if (!is_listed(entries, count, remarked[i]))
            fail_msg("%s: there is no such defect", remarked[i]);
    free(entries);
}

static void test_what_no_defect_breaks_is_a_requirement(void **state)
{
    size_t count;
    struct mqh_defect_entry *entries = mqh_defect_list(&count);
    struct mqh_rule rule;

    (void)state;
    for (size_t i = 0; i < sizeof(unbreakable) / sizeof(unbreakable[0]); i++) {
        const char *name = unbreakable[i];

        if (!mqh_rule_parse(name, strlen(name), &rule) ||
            mqh_catalogue_find(rule.version, rule.id) == NULL)
            fail_msg("%s: there is no such requirement", name);
        if (is_listed(entries, count, name))
            fail_msg("%s: there is a defect that breaks it", name);
    }
    free(entries);
}

static void test_a_name_is_whole_or_a_requirement(void **state)
{
    static const struct {
        const char *name;
        bool is;
    } rows[] = {
        {"v5:MQTT-3.8.3-2/blind-subscribe-empty", true},
        {"v5:MQTT-3.8.3-2", true},
        {"MQTT-3.8.3-2", true},
        {"v5:MQTT-3.8.3-2/", false},
        {"v5:MQTT-3.8.3", false},
        {"v311:MQTT-3.8.3-2", false},
        {"", false},
    };
    struct mqh_defect_entry entry = {.name = "v5:MQTT-3.8.3-2/blind-subscribe-empty",
                                     .id = "MQTT-3.8.3-2"};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (mqh_defect_is(&entry, rows[i].name) != rows[i].is)
            fail_msg("\"%s\"", rows[i].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_defect_breaks_a_requirement),
        cmocka_unit_test(test_no_name_stands_for_two_defects),
        cmocka_unit_test(test_every_line_is_listed),
        cmocka_unit_test(test_every_remark_is_about_a_defect),
        cmocka_unit_test(test_what_no_defect_breaks_is_a_requirement),
        cmocka_unit_test(test_a_name_is_whole_or_a_requirement),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
