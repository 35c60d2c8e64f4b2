#include "harness/report/compare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "harness/report/sample_run.h"

static const char *labels[MQH_COMPARE_MAX] = {"one", "two", "three"};

/* The sample's broken rule, as it stands for the verdicts of the cases that are about it. */
static const struct {
    const char *name;
    size_t count;
    struct {
        enum mqh_verdict verdict;
        bool breaks;
    } told[3];
    struct mqh_cell cell;
} cells[] = {
    {"kept", 1, {{MQH_PASS, false}}, {MQH_CELL_KEPT, 0, 1, 0}},
    {"broken", 1, {{MQH_FAIL, true}}, {MQH_CELL_FAILED, 1, 0, 0}},
    {"broken as a SHOULD", 1, {{MQH_WARN, true}}, {MQH_CELL_WARNED, 1, 0, 0}},
    {"another one is broken", 1, {{MQH_FAIL, false}}, {MQH_CELL_KEPT, 0, 1, 0}},
    {"nothing shown", 1, {{MQH_BLOCKED, false}}, {MQH_CELL_BLOCKED, 0, 0, 0}},
    {"now so, now so", 1, {{MQH_FLAKY, false}}, {MQH_CELL_BLOCKED, 0, 0, 0}},
    {"our fault", 1, {{MQH_ERROR, false}}, {MQH_CELL_BLOCKED, 0, 0, 0}},
    {"skipped", 1, {{MQH_SKIP, false}}, {MQH_CELL_SKIPPED, 0, 0, 0}},
    {"not run", 0, {{0}}, {MQH_CELL_NONE, 0, 0, 0}},
    {"a FAIL says more than WARNs",
     3,
     {{MQH_WARN, true}, {MQH_WARN, true}, {MQH_FAIL, true}},
     {MQH_CELL_FAILED, 1, 0, 2}},
    {"a WARN adds nothing to a FAIL",
     2,
     {{MQH_FAIL, true}, {MQH_WARN, true}},
     {MQH_CELL_FAILED, 1, 0, 0}},
    {"broken beside others",
     3,
     {{MQH_PASS, false}, {MQH_FAIL, true}, {MQH_PASS, false}},
     {MQH_CELL_FAILED, 1, 2, 1}},
    {"shown once", 2, {{MQH_PASS, false}, {MQH_BLOCKED, false}}, {MQH_CELL_KEPT, 0, 1, 0}},
    {"shown at last", 2, {{MQH_BLOCKED, false}, {MQH_PASS, false}}, {MQH_CELL_KEPT, 0, 1, 0}},
    {"nowhere shown", 2, {{MQH_SKIP, false}, {MQH_ERROR, false}}, {MQH_CELL_BLOCKED, 0, 0, 0}},
};

static void test_a_cell_says_what_came_of_its_cases(void **state)
{
    struct sample *broken = sample_new();

    (void)state;
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        struct sample *sample = sample_new();
        struct mqh_arena arena = {NULL};
        struct mqh_run runs[2] = {broken->run, sample->run};

        runs[1].case_count = cells[i].count;
        for (size_t j = 0; j < cells[i].count; j++) {
            sample->results[j].verdict = cells[i].told[j].verdict;
            sample->results[j].broken =
                cells[i].told[j].breaks ? sample->cases[j].requirements : (struct mqh_id_list){0};
        }

        struct mqh_comparison all = mqh_compare(&arena, runs, labels, 2, false);
        const struct mqh_cell *cell = &all.rules[0].cells[1];

        assert_int_equal(all.rule_count, 1);
        assert_ptr_equal(all.rules[0].rule, sample->rules[0]);
        assert_int_equal(all.rules[0].cells[0].state, MQH_CELL_FAILED);
        assert_int_equal(all.rules[0].cells[0].cases, 3);
        assert_int_equal(all.rules[0].cells[0].first, 2);
        if (cell->state != cells[i].cell.state || cell->cases != cells[i].cell.cases ||
            cell->passed != cells[i].cell.passed || cell->first != cells[i].cell.first)
            fail_msg("%s: state %d, %u cases, %u passed, first %zu", cells[i].name,
                     (int)cell->state, cell->cases, cell->passed, cell->first);
        mqh_arena_free(&arena);
        free(sample);
    }
    free(broken);
}

static void test_the_newest_version_comes_first(void **state)
{
    const struct mqh_requirement *rules[] = {mqh_catalogue_find(MQC_V31, "X31-2.1-1"),
                                             mqh_catalogue_find(MQC_V5, "MQTT-3.8.3-2"),
                                             mqh_catalogue_find(MQC_V311, "MQTT-3.8.3-3")};
    struct sample *sample = sample_new();
    struct mqh_arena arena = {NULL};

    (void)state;
    sample->results[2].broken = (struct mqh_id_list){rules, 3};

    struct mqh_comparison all = mqh_compare(&arena, &sample->run, labels, 1, false);

    assert_int_equal(all.rule_count, 3);
    assert_ptr_equal(all.rules[0].rule, rules[1]);
    assert_ptr_equal(all.rules[1].rule, rules[2]);
    assert_ptr_equal(all.rules[2].rule, rules[0]);
    assert_int_equal(mqh_compare_broken(&all, 0, MQH_CELL_FAILED), 3);
    assert_int_equal(mqh_compare_broken(&all, 0, MQH_CELL_WARNED), 0);
    mqh_arena_free(&arena);
    free(sample);
}

/* A case that was of one verdict and is of another; COUNT: it was not run. */
static const struct {
    enum mqh_verdict before;
    enum mqh_verdict after;
    int kind; /* -1: no change */
} changes[] = {
    {MQH_PASS, MQH_PASS, -1},
    {MQH_PASS, MQH_FAIL, MQH_NEW},
    {MQH_PASS, MQH_BLOCKED, MQH_NEW},
    {MQH_WARN, MQH_FAIL, MQH_NEW},
    {MQH_VERDICT_COUNT, MQH_FAIL, MQH_NEW},
    {MQH_FAIL, MQH_PASS, MQH_MENDED},
    {MQH_FAIL, MQH_WARN, MQH_MENDED},
    {MQH_BLOCKED, MQH_PASS, MQH_MENDED},
    {MQH_FAIL, MQH_FAIL, MQH_STILL},
    {MQH_FAIL, MQH_BLOCKED, MQH_STILL},
    {MQH_FAIL, MQH_SKIP, MQH_GONE},
    {MQH_FAIL, MQH_FLAKY, MQH_GONE},
    {MQH_FAIL, MQH_VERDICT_COUNT, MQH_GONE},
    {MQH_PASS, MQH_VERDICT_COUNT, -1},
    {MQH_WARN, MQH_SKIP, -1},
    {MQH_FLAKY, MQH_FAIL, MQH_NEW},
    {MQH_FAIL, MQH_ERROR, MQH_GONE},
    {MQH_PASS, MQH_FLAKY, -1},
    {MQH_PASS, MQH_ERROR, -1},
    {MQH_ERROR, MQH_PASS, -1},
};

static struct mqh_run only_first(struct sample *sample, enum mqh_verdict verdict)
{
    struct mqh_run run = sample->run;

    sample->results[0].verdict = verdict;
    run.case_count = verdict != MQH_VERDICT_COUNT;
    return run;
}

static void test_two_runs_of_one_broker_have_changes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct sample *before = sample_new();
        struct sample *after = sample_new();
        struct mqh_arena arena = {NULL};
        struct mqh_run runs[2] = {only_first(after, changes[i].after),
                                  only_first(before, changes[i].before)};

        runs[0].started = "2026-11-26T00:00:00Z";

        struct mqh_comparison all = mqh_compare(&arena, runs, labels, 2, false);

        assert_int_equal(all.step_count, 1);
        assert_int_equal(all.steps[0].before, 1);
        assert_int_equal(all.steps[0].after, 0);
        if (all.steps[0].change_count != (changes[i].kind >= 0) ||
            (changes[i].kind >= 0 && (int)all.steps[0].changes[0].kind != changes[i].kind))
            fail_msg("change %zu", i);
        mqh_arena_free(&arena);
        free(before);
        free(after);
    }
}

/* Case 0 is one of 3.1.1, case 1 the same of 5.0; all others stay as they are. */
static void test_changes_are_counted_by_kind_and_version(void **state)
{
    struct sample *before = sample_new();
    struct sample *after = sample_new();
    struct mqh_arena arena = {NULL};
    struct mqh_run runs[2] = {before->run, after->run};

    (void)state;
    runs[1].started = "2026-11-26T00:00:00Z";
    before->results[0].verdict = MQH_FAIL;
    after->results[1].verdict = MQH_FAIL;
    after->results[5].verdict = MQH_BLOCKED;

    const struct mqh_comparison all = mqh_compare(&arena, runs, labels, 2, false);
    const struct mqh_step_between *step = &all.steps[0];
    const unsigned counts[] = {2, 1, 4, 0}; /* new, mended, still red, gone */

    assert_int_equal(all.step_count, 1);
    assert_memory_equal(step->counts, counts, sizeof counts);
    assert_int_equal(step->change_count, 7);
    assert_int_equal(step->changes[0].after, 1);
    assert_int_equal(step->changes[1].after, 5);
    assert_int_equal(step->changes[2].before, 0);
    mqh_arena_free(&arena);
    free(before);
    free(after);
}

static void test_runs_are_compared_with_the_one_before_of_the_same_broker(void **state)
{
    static const struct {
        const char *brokers[3];
        const char *started[3];
        size_t steps;
        size_t before; /* of the first step */
        size_t after;
    } rows[] = {
        {{"a 1.0", "a 1.1", "a 2"}, {"2026-01", "2026-02", "2026-03"}, 2, 0, 1},
        {{"a 1.0", "b 1.1", "a 2"}, {"2026-01", "2026-02", "2026-03"}, 1, 0, 2},
        {{"a 1.0", "b 1.1", "c 2"}, {"2026-01", "2026-02", "2026-03"}, 0, 0, 0},
        {{"a 1.0", "a 1.0", "b"}, {"2026-02", "2026-01", "2026-03"}, 1, 1, 0},
        {{"a 1.0", "a 1.0", "b"}, {"2026-01", "2026-01", "2026-03"}, 1, 0, 1},
        {{"", "", "b"}, {"2026-01", "2026-02", "2026-03"}, 1, 0, 1}, /* one URL */
        {{"1.0", "1.0", "b"}, {"2026-01", "2026-02", "2026-03"}, 0, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sample *sample = sample_new();
        struct mqh_arena arena = {NULL};
        struct mqh_run runs[3] = {sample->run, sample->run, sample->run};

        for (size_t j = 0; j < 3; j++) {
            runs[j].broker = rows[i].brokers[j];
            runs[j].started = rows[i].started[j];
        }

        struct mqh_comparison all = mqh_compare(&arena, runs, labels, 3, false);

        assert_int_equal(all.step_count, rows[i].steps);
        if (all.step_count > 0) {
            assert_int_equal(all.steps[0].before, rows[i].before);
            assert_int_equal(all.steps[0].after, rows[i].after);
        }
        assert_int_equal(mqh_compare(&arena, runs, labels, 3, true).step_count, 2);
        mqh_arena_free(&arena);
        free(sample);
    }
}

static void test_words_differ_among_those_who_speak_the_version(void **state)
{
    struct sample *sample = sample_new();
    struct mqh_arena arena = {NULL};
    struct mqh_profile_entry other = {MQC_V5, "receive-maximum", "30", true};
    struct mqh_run runs[3] = {sample->run, sample->run, sample->run};

    (void)state;
    runs[1].versions = MQH_VERSION(MQC_V311);
    runs[1].profile_count = 0;

    struct mqh_comparison all = mqh_compare(&arena, runs, labels, 3, false);

    assert_int_equal(all.word_count, 1);
    assert_false(all.words[0].differs);
    assert_null(all.words[0].words[1]);
    runs[2].profile = &other;
    assert_true(mqh_compare(&arena, runs, labels, 3, false).words[0].differs);
    runs[2].profile_count = 0;
    assert_true(mqh_compare(&arena, runs, labels, 3, false).words[0].differs);
    mqh_arena_free(&arena);
    free(sample);
}

/* A name may have several words in a version, and be a limit and a choice at once. */
static void test_words_of_a_name_stand_together(void **state)
{
    struct mqh_profile_entry entries[] = {{MQC_V5, "overlap", "one", false},
                                          {MQC_V5, "overlap", "copies", false},
                                          {MQC_V5, "overlap", "one", true},
                                          {MQC_V311, "overlap", "one", false}};
    struct sample *sample = sample_new();
    struct mqh_arena arena = {NULL};

    (void)state;
    sample->run.profile = entries;
    sample->run.profile_count = 4;

    struct mqh_comparison all = mqh_compare(&arena, &sample->run, labels, 1, false);

    assert_int_equal(all.word_count, 3);
    assert_string_equal(all.words[0].words[0], "one, copies");
    assert_string_equal(all.words[1].words[0], "one");
    assert_true(all.words[1].announced);
    assert_int_equal(all.words[2].version, MQC_V311);
    mqh_arena_free(&arena);
    free(sample);
}

static void test_capabilities_differ_where_one_has_what_another_lacks(void **state)
{
    static const struct {
        bool first;
        bool second;
        size_t count; /* of the second run: 0, it does not speak the version */
        bool differs;
    } rows[] = {
        {true, true, 1, false}, {false, false, 1, false}, {true, false, 1, true},
        {false, true, 1, true}, {true, true, 0, false},   {false, true, 0, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mqh_capability items[] = {{"qos2", MQC_V5, rows[i].first, ""},
                                         {"qos2", MQC_V5, rows[i].second, ""}};
        struct sample *sample = sample_new();
        struct mqh_arena arena = {NULL};
        struct mqh_run runs[2] = {sample->run, sample->run};

        runs[0].capabilities = &items[0];
        runs[1].capabilities = &items[1];
        runs[1].capability_count = rows[i].count;

        struct mqh_comparison all = mqh_compare(&arena, runs, labels, 2, false);

        assert_int_equal(all.capability_count, 1);
        assert_ptr_equal(all.capabilities[0].items[0], &items[0]);
        assert_ptr_equal(all.capabilities[0].items[1], rows[i].count > 0 ? &items[1] : NULL);
        if (all.capabilities[0].differs != rows[i].differs)
            fail_msg("capability %zu", i);
        mqh_arena_free(&arena);
        free(sample);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_cell_says_what_came_of_its_cases),
        cmocka_unit_test(test_the_newest_version_comes_first),
        cmocka_unit_test(test_two_runs_of_one_broker_have_changes),
        cmocka_unit_test(test_changes_are_counted_by_kind_and_version),
        cmocka_unit_test(test_runs_are_compared_with_the_one_before_of_the_same_broker),
        cmocka_unit_test(test_words_differ_among_those_who_speak_the_version),
        cmocka_unit_test(test_words_of_a_name_stand_together),
        cmocka_unit_test(test_capabilities_differ_where_one_has_what_another_lacks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
