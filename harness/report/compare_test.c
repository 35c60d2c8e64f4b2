#include "harness/report/compare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "harness/report/sample_run.h"

static const char *labels[MQH_COMPARE_MAX] = {"one", "two", "three"};

/* The sample's broken rule, as it stands for one verdict of the only case that is about it. */
static const struct {
    const char *name;
    enum mqh_verdict verdict;
    bool breaks;
    enum mqh_cell_state state;
    unsigned cases;
} cells[] = {
    {"kept", MQH_PASS, false, MQH_CELL_KEPT, 0},
    {"broken", MQH_FAIL, true, MQH_CELL_FAILED, 1},
    {"broken as a SHOULD", MQH_WARN, true, MQH_CELL_WARNED, 1},
    {"another one is broken", MQH_FAIL, false, MQH_CELL_KEPT, 0},
    {"nothing shown", MQH_BLOCKED, false, MQH_CELL_BLOCKED, 0},
    {"now so, now so", MQH_FLAKY, false, MQH_CELL_BLOCKED, 0},
    {"skipped", MQH_SKIP, false, MQH_CELL_SKIPPED, 0},
};

static void test_a_cell_says_what_came_of_its_cases(void **state)
{
    struct sample *broken = sample_new();

    (void)state;
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        struct sample *sample = sample_new();
        struct mqh_arena arena = {NULL};
        struct mqh_run runs[2] = {broken->run, sample->run};

        runs[1].case_count = 1;
        sample->results[0].verdict = cells[i].verdict;
        if (cells[i].breaks)
            sample->results[0].broken = sample->cases[0].requirements;

        struct mqh_comparison all = mqh_compare(&arena, runs, labels, 2, false);

        assert_int_equal(all.rule_count, 1);
        assert_ptr_equal(all.rules[0].rule, sample->rules[0]);
        assert_int_equal(all.rules[0].cells[0].state, MQH_CELL_FAILED);
        assert_int_equal(all.rules[0].cells[0].cases, 3);
        assert_int_equal(all.rules[0].cells[0].first, 2);
        if (all.rules[0].cells[1].state != cells[i].state)
            fail_msg("%s: %d", cells[i].name, (int)all.rules[0].cells[1].state);
        assert_int_equal(all.rules[0].cells[1].cases, cells[i].cases);
        mqh_arena_free(&arena);
        free(sample);
    }
    free(broken);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_cell_says_what_came_of_its_cases),
        cmocka_unit_test(test_two_runs_of_one_broker_have_changes),
        cmocka_unit_test(test_runs_are_compared_with_the_one_before_of_the_same_broker),
        cmocka_unit_test(test_words_differ_among_those_who_speak_the_version),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
