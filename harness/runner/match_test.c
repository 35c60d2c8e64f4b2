#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/runner/match.h"
#include "harness/runner/runner.h"

static const struct glob {
    const char *pattern;
    const char *text;
    bool matches;
} globs[] = {
    {"", "", true},
    {"", "a", false},
    {"*", "", true},
    {"*", "a/b", true},
    {"a", "a", true},
    {"a", "ab", false},
    {"a*", "a", true},
    {"a*c", "abbc", true},
    {"a*c", "abcb", false},
    {"*b*b", "abab", true},
    {"*b*b", "aba", false},
    {"**a", "a", true},
    {"a[n=1]", "a[n=1]", true},
    {"a[*", "a[n=1]@5.0", true},
    {"a?", "ab", false},
    {"*.*.*", "1.2", false},
};

static void test_glob_knows_only_stars(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(globs) / sizeof(globs[0]); i++)
        if (mqh_glob(globs[i].pattern, globs[i].text) != globs[i].matches)
            fail_msg("%s against %s", globs[i].pattern, globs[i].text);
}

static const struct compare {
    const char *a;
    const char *b;
    int result;
} compares[] = {
    {"2.0.11", "2.0.11", 0},
    {"2.0.9", "2.0.11", -1},
    {"10", "9.9.9", 1},
    {"2.0", "2.0.0", 0},
    {"2.0", "2.0.1", -1},
    {"mosquitto version 2.0.11", "2.0.18", -1},
    {"", "0", 0},
    {"", "1", -1},
    {"5.1.", "5.1", 0},
    {"99999999999999999999999", "1", 1},
};

static void test_version_compare_goes_part_by_part(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(compares) / sizeof(compares[0]); i++) {
        int forth = mqh_version_compare(compares[i].a, compares[i].b);
        int back = mqh_version_compare(compares[i].b, compares[i].a);

        if (forth != compares[i].result || back != -compares[i].result)
            fail_msg("%s against %s: %d, %d", compares[i].a, compares[i].b, forth, back);
    }
}

/* Patterns for the case connect/cut-short[n=3]@3.1.1, which proves v311 MQTT-3.1.4-1. */
static const struct select {
    const char *pattern;
    bool selects;
} selects[] = {
    {"connect/cut-short", true},
    {"connect/cut-short@3.1.1", true},
    {"connect/cut-short@5.0", false},
    {"connect/cut-short[n=3]", true},
    {"connect/cut-short[n=3]@3.1.1", true},
    {"connect/cut-short[n=4]", false},
    {"connect/*", true},
    {"connect/*@5.0", false},
    {"*[n=3]*", true},
    {"*", true},
    {"connect", true},
    {"connect/", true},
    {"connec/", false},
    {"connect@3.1.1", true},
    {"connect@5.0", false},
    {"conn", false},
    {"connect/cut", false},
    {"v311:MQTT-3.1.4-1", true},
    {"v311 MQTT-3.1.4-1", true},
    {"v311:MQTT-3.1.*", true},
    {"v5:MQTT-3.1.4-1", false},
    {"MQTT-3.1.4-1", false},
    {"", false},
};

static void test_selects_by_name_member_version_folder_and_requirement(void **state)
{
    const struct mqh_requirement *requirement = mqh_catalogue_find(MQC_V311, "MQTT-3.1.4-1");
    const struct mqh_scenario scenario = {.name = "connect/cut-short"};
    const struct mqh_case c = {.scenario = &scenario,
                               .id = "connect/cut-short[n=3]",
                               .version = MQC_V311,
                               .requirements = {&requirement, 1}};

    (void)state;
    assert_non_null(requirement);
    for (size_t i = 0; i < sizeof(selects) / sizeof(selects[0]); i++)
        if (mqh_selects(selects[i].pattern, &c) != selects[i].selects)
            fail_msg("%s", selects[i].pattern);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_glob_knows_only_stars),
        cmocka_unit_test(test_version_compare_goes_part_by_part),
        cmocka_unit_test(test_selects_by_name_member_version_folder_and_requirement),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
