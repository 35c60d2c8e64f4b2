#include "harness/cli/list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>

static const struct mqh_requirement *rule(enum mqc_version version, const char *id)
{
    const struct mqh_requirement *found = mqh_catalogue_find(version, id);

    assert_non_null(found);
    return found;
}

/* How one row stands when one scenario proves `proved` (NULL: there is no scenario). */
static enum mqh_status status_with(const struct mqh_requirement *row,
                                   const struct mqh_requirement *proved)
{
    const struct mqh_requirement *ids[] = {proved};
    struct mqh_scenario scenario = {.name = "some/thing", .proves = {ids, 1}};
    struct mqh_scenarios scenarios = {.items = &scenario, .count = proved == NULL ? 0 : 1};
    struct mqh_arena arena = {NULL};
    struct mqh_coverage coverage;

    mqh_coverage_find(&arena, &scenarios, NULL, 0, row, &coverage);
    if (coverage.scenario_count > 0)
        assert_string_equal(coverage.scenarios[0]->name, "some/thing");
    assert_int_equal(coverage.why[0] == '\0', coverage.status == MQH_PROVED);

    enum mqh_status status = coverage.status;

    mqh_arena_free(&arena);
    return status;
}

static void test_a_row_is_proved_by_its_own_version_only(void **state)
{
    const struct mqh_requirement *v5 = rule(MQC_V5, "MQTT-3.8.3-2");
    const struct mqh_requirement *v311 = rule(MQC_V311, "MQTT-3.8.3-2");

    (void)state;
    assert_int_equal(status_with(v5, v5), MQH_PROVED);
    assert_int_equal(status_with(v311, v5) == MQH_PROVED, false);
}

static void test_a_row_is_proved_by_one_that_says_the_same(void **state)
{
    (void)state;
    assert_int_equal(status_with(rule(MQC_V5, "X5-2.1.3-1"), rule(MQC_V5, "MQTT-2.1.3-1")),
                     MQH_PROVED);
}

/* Every row stands somewhere, and the rows made by hand where they must. */
static void test_status_follows_the_columns(void **state)
{
    static const struct {
        const char *subject;
        const char *level;
        const char *server;
        const char *client;
        enum mqh_status status;
    } rows[] = {
        {"server", "MUST", "yes", "no", MQH_UNCOVERED},
        {"server", "MUST", "partly", "yes", MQH_UNCOVERED},
        {"server", "MAY", "yes", "no", MQH_FREEDOM},
        {"client", "MUST", "partly", "yes", MQH_CLIENT_ONLY},
        {"both", "MUST", "no", "yes", MQH_CLIENT_ONLY},
        {"both", "MUST", "no", "no", MQH_UNTESTABLE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mqh_requirement row = {.id = "X5-0-0",
                                      .version = MQC_V5,
                                      .subject = rows[i].subject,
                                      .level = rows[i].level,
                                      .server_observable = rows[i].server,
                                      .client_observable = rows[i].client,
                                      .hint = "no way"};

        assert_int_equal(status_with(&row, NULL), rows[i].status);
    }
}

static void test_what_the_codec_checks_is_judged(void **state)
{
    (void)state;
    assert_int_equal(status_with(rule(MQC_V5, "MQTT-1.5.4-1"), NULL), MQH_JUDGED);
}

/* No requirement that a server can be seen breaking is forgotten: the model breaks it, or it is
 * said why it cannot. */
static void test_each_row_is_broken_by_a_defect_or_says_why_not(void **state)
{
    struct mqh_scenarios none = {.count = 0};
    struct mqh_arena arena = {NULL};
    size_t count;
    struct mqh_defect_entry *defects = mqh_defect_list(&count);

    (void)state;
    for (size_t i = 0; i < mqh_catalogue_count(); i++) {
        const struct mqh_requirement *row = mqh_catalogue_at(i);
        struct mqh_coverage coverage;
        char name[MQH_RULE_TEXT_SIZE];

        mqh_coverage_find(&arena, &none, defects, count, row, &coverage);
        if (strcmp(row->server_observable, "no") != 0 && coverage.defect_count == 0 &&
            coverage.no_defect == NULL)
            fail_msg("%s has no defect", mqh_rule_write(row->version, row->id, ' ', name));
    }
    mqh_arena_free(&arena);
    free(defects);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_row_is_proved_by_its_own_version_only),
        cmocka_unit_test(test_a_row_is_proved_by_one_that_says_the_same),
        cmocka_unit_test(test_status_follows_the_columns),
        cmocka_unit_test(test_what_the_codec_checks_is_judged),
        cmocka_unit_test(test_each_row_is_broken_by_a_defect_or_says_why_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
