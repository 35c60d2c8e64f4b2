#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/runner/known.h"
#include "harness/runner/run.h"

#define RULE "v5 MQTT-3.8.3-2"
#define OTHER "v5 MQTT-3.8.3-1"

static const struct bad {
    const char *text;
    unsigned line;
    unsigned column;
    const char *message; /* a piece of it */
} bad[] = {
    {"a/b", 1, 1, "case id"},
    {"a/b " RULE " # why", 1, 1, "case id"},
    {"a/b@5.1 " RULE " # why", 1, 1, "case id"},
    {"a/b@5.0", 1, 8, "rule"},
    {"a/b@5.0 # why", 1, 9, "rule"},
    {"a/b@5.0 v5 # why", 1, 9, "rule"},
    {"# fine\n\na/b@5.0 v5 MQTT-9.9.9-9 # why", 3, 9, "no catalogue"},
    {"a/b@5.0 - [2.0] # why", 1, 11, "range"},
    {"a/b@5.0 - [..] # why", 1, 11, "range"},
    {"a/b@5.0 - [1..2 # why", 1, 11, "range"},
    {"a/b@5.0 -", 1, 10, "reason"},
    {"a/b@5.0 - why", 1, 11, "# and the reason"},
    {"a/b@5.0 - #  ", 1, 14, "needs a reason"},
};

static void test_known_parse_points_at_what_it_dislikes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct mqh_arena arena = {0};
        struct mqh_known known;
        struct mqh_error error = {0};

        if (mqh_known_parse(&arena, "file", mqc_slice_text(bad[i].text), &known, &error))
            fail_msg("taken: %s", bad[i].text);
        if (strstr(error.message, bad[i].message) == NULL || error.line != bad[i].line ||
            error.column != bad[i].column)
            fail_msg("%s: %u:%u: %s", bad[i].text, error.line, error.column, error.message);
        mqh_arena_free(&arena);
    }
}

static void test_known_parse_reads_every_column(void **state)
{
    static const char text[] =
        "\t a/b[x=\"#/ @z\"]@3.1.1  v311 MQTT-3.3.1-2 \t[2.0..2.0.18] # why # so \r\n"
        "a/*@* v5:MQTT-3.8.3-2 #b\n"
        "a/b@3.1 - [..3]#c";
    struct mqh_arena arena = {0};
    struct mqh_known known;
    struct mqh_error error = {0};

    (void)state;
    assert_true(mqh_known_parse(&arena, "file", mqc_slice_text(text), &known, &error));
    assert_int_equal(known.count, 3);
    assert_string_equal(known.entries[0].case_id, "a/b[x=\"#/ @z\"]@3.1.1");
    assert_string_equal(known.entries[0].rule->id, "MQTT-3.3.1-2");
    assert_string_equal(known.entries[0].from, "2.0");
    assert_string_equal(known.entries[0].to, "2.0.18");
    assert_string_equal(known.entries[0].reason, "why # so");
    assert_string_equal(known.entries[1].case_id, "a/*@*");
    assert_int_equal(known.entries[1].rule->version, MQC_V5);
    assert_null(known.entries[2].rule);
    assert_string_equal(known.entries[2].from, "");
    assert_string_equal(known.entries[2].to, "3");
    assert_int_equal(known.entries[2].line, 3);
    mqh_arena_free(&arena);
}

/* One list, one result of the case a/b[n=1]@5.0, and what comes of both. */
static const struct row {
    const char *name;
    const char *list;
    const char *broker;
    enum mqh_verdict verdict;
    const char *broken[2];
    bool strict;
    bool known;
    bool stale;
} rows[] = {
    {"the entry for it", "a/b[n=1]@5.0 " RULE " # x", "", MQH_FAIL, {RULE}, false, true, false},
    {"a glob", "a/b[*@5.0 " RULE " # x", "", MQH_FAIL, {RULE}, false, true, false},
    {"all versions", "a/b[n=1]@* " RULE " # x", "", MQH_FAIL, {RULE}, false, true, false},
    {"another case", "a/c@5.0 " RULE " # x", "", MQH_FAIL, {RULE}, false, false, false},
    {"another rule", "a/b[n=1]@5.0 " OTHER " # x", "", MQH_FAIL, {RULE}, false, false, true},
    {"one of two rules", "a/*@5.0 " RULE " # x", "", MQH_FAIL, {RULE, OTHER}, false, false, false},
    {"both",
     "a/*@5.0 " RULE " # x\na/*@5.0 " OTHER " # y",
     "",
     MQH_FAIL,
     {RULE, OTHER},
     false,
     true,
     false},
    {"blocked", "a/*@5.0 - # x", "", MQH_BLOCKED, {NULL}, false, true, false},
    {"blocked, a rule listed", "a/*@5.0 " RULE " # x", "", MQH_BLOCKED, {NULL}, false, false, true},
    {"green", "a/*@5.0 " RULE " # x", "", MQH_PASS, {NULL}, false, false, true},
    {"skipped", "a/*@5.0 " RULE " # x", "", MQH_SKIP, {NULL}, false, false, false},
    {"flaky", "a/*@5.0 " RULE " # x", "", MQH_FLAKY, {RULE}, false, false, false},
    {"a warning", "a/*@5.0 " RULE " # x", "", MQH_WARN, {RULE}, false, false, false},
    {"a warning, strict", "a/*@5.0 " RULE " # x", "", MQH_WARN, {RULE}, true, true, false},
    {"in range",
     "a/*@5.0 " RULE " [2.0..2.0.18] # x",
     "mosquitto version 2.0.11",
     MQH_FAIL,
     {RULE},
     false,
     true,
     false},
    {"at its end",
     "a/*@5.0 " RULE " [..2.0.11] # x",
     "mosquitto version 2.0.11",
     MQH_FAIL,
     {RULE},
     false,
     true,
     false},
    {"past its end",
     "a/*@5.0 " RULE " [..2.0.9] # x",
     "mosquitto version 2.0.11",
     MQH_FAIL,
     {RULE},
     false,
     false,
     false},
    {"before its beginning",
     "a/*@5.0 " RULE " [2.1..] # x",
     "2.0.11",
     MQH_PASS,
     {NULL},
     false,
     false,
     false},
    {"a broker without a version",
     "a/*@5.0 " RULE " [2.1..] # x",
     "some broker",
     MQH_FAIL,
     {RULE},
     false,
     true,
     false},
};

static const struct mqh_requirement *find_rule(const char *text)
{
    struct mqh_rule rule;

    assert_true(mqh_rule_parse(text, strlen(text), &rule));
    assert_non_null(mqh_catalogue_find(rule.version, rule.id));
    return mqh_catalogue_find(rule.version, rule.id);
}

static void run_row(const struct row *row)
{
    struct mqh_arena arena = {0};
    struct mqh_known known;
    struct mqh_error error = {0};
    const struct mqh_requirement *broken[2];
    const struct mqh_scenario scenario = {.name = "a/b"};
    const struct mqh_case c = {.scenario = &scenario, .id = "a/b[n=1]", .version = MQC_V5};
    struct mqh_result result = {.verdict = row->verdict, .broken = {broken, 0}};
    struct mqh_result *results[] = {&result};
    struct mqh_run run = {.cases = &c,
                          .results = results,
                          .case_count = 1,
                          .known = &known,
                          .broker = row->broker,
                          .strict = row->strict};
    bool stale = false;

    for (size_t i = 0; i < 2 && row->broken[i] != NULL; i++)
        broken[result.broken.count++] = find_rule(row->broken[i]);
    assert_true(mqh_known_parse(&arena, "file", mqc_slice_text(row->list), &known, &error));
    mqh_known_apply(&run);
    mqh_known_apply(&run);
    for (size_t i = 0; i < known.count; i++)
        stale = stale || mqh_known_is_stale(&known.entries[i]);
    if (result.known != row->known || stale != row->stale)
        fail_msg("%s: known %d, stale %d", row->name, result.known, stale);
    if (row->known)
        assert_true(result.known_reason[0] == 'x' || result.known_reason[0] == 'y');
    mqh_arena_free(&arena);
}

static void test_known_apply_knows_exactly_what_is_listed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        run_row(&rows[i]);
}

/* Of two members of a family the one with the star in its name fails. */
static const struct {
    const char *line;
    bool known;
    bool stale;
} family_rows[] = {
    {"a/b[*]@5.0 " RULE " # x", true, true},
    {"a/b[n=*]@5.0 " RULE " # x", true, false},
    {"a/*@5.0 " RULE " # x", true, true},
    {"a/*@5.0 " RULE " sometimes # x", true, false},
    {"a/b[n=2]@5.0 " RULE " # x", false, true},
    {"a/b[n=2]@5.0 " RULE " sometimes # x", false, false},
};

static void test_known_apply_wants_every_case_of_a_glob_to_fail(void **state)
{
    const struct mqh_requirement *broken[] = {find_rule(RULE)};
    const struct mqh_scenario scenario = {.name = "a/b"};
    const struct mqh_case cases[] = {
        {.scenario = &scenario, .id = "a/b[n=*]", .version = MQC_V5},
        {.scenario = &scenario, .id = "a/b[n=2]", .version = MQC_V5},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(family_rows) / sizeof(family_rows[0]); i++) {
        struct mqh_result red = {.verdict = MQH_FAIL, .broken = {broken, 1}};
        struct mqh_result green = {.verdict = MQH_PASS};
        struct mqh_result *results[] = {&red, &green};
        struct mqh_arena arena = {0};
        struct mqh_known known;
        struct mqh_error error = {0};
        struct mqh_run run = {
            .cases = cases, .results = results, .case_count = 2, .known = &known, .broker = ""};

        assert_true(
            mqh_known_parse(&arena, "file", mqc_slice_text(family_rows[i].line), &known, &error));
        mqh_known_apply(&run);
        if (red.known != family_rows[i].known ||
            mqh_known_is_stale(&known.entries[0]) != family_rows[i].stale)
            fail_msg("%s", family_rows[i].line);
        if (family_rows[i].stale)
            assert_ptr_equal(known.entries[0].mended, &cases[1]);
        mqh_arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_parse_points_at_what_it_dislikes),
        cmocka_unit_test(test_known_parse_reads_every_column),
        cmocka_unit_test(test_known_apply_knows_exactly_what_is_listed),
        cmocka_unit_test(test_known_apply_wants_every_case_of_a_glob_to_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
