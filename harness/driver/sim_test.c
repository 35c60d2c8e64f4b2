/*
 * The simulated world: waiting costs nothing, the same case gives the same transcript, and a case
 * that does not end is ended.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/driver/sim.h"

struct test {
    struct mqh_arena arena;
    struct mqh_result *result;
    uint64_t now_ms;
};

static void run(struct test *t, const char *text, uint64_t hard_ms)
{
    static const struct mqh_engine_options options = {
        .patience = {5000, 20000, 50}, .topic = "tTTTTTTTTTTTTTTT", .client = "cCCCCCCCCCC"};
    const struct mqh_model_limits limits = mqh_model_defaults();
    struct mqh_scenarios scenarios = {0};
    struct mqh_cases cases = {0};
    struct mqh_error error = {0};
    struct mqh_model *model = mqh_model_new(&limits);
    struct mqh_engine *engine;

    if (!mqh_parse(&t->arena, "test.mqs", mqc_slice_text(text), &scenarios, &error) ||
        !mqh_cases_add(&t->arena, &scenarios.items[0], MQH_ALL_VERSIONS, &cases, &error))
        fail_msg("%u: %s", error.line, error.message);
    engine = mqh_engine_new(&t->arena, &cases.items[0], &options);
    t->now_ms = 1000;
    mqh_sim_run(model, engine, &t->now_ms, hard_ms);
    t->result = mqh_engine_result(engine);
    mqh_model_free(model);
}

static const char will[] = "scenario \"will/late\"\n"
                           "versions 5.0\n"
                           "client watcher keep-alive=0\n"
                           "watcher -> SUBSCRIBE id=1 [\"${T}/w\" qos=0]\n"
                           "watcher <- SUBACK id=1 [0]\n"
                           "client c session=keep will={topic=\"${T}/w\" payload=\"x\" delay=100}\n"
                           "c reset\n"
                           "watcher <- PUBLISH topic=\"${T}/w\" payload=\"x\" within 200s\n";

static void test_time_passes_without_waiting(void **state)
{
    struct test t = {0};

    (void)state;
    run(&t, will, 600000);
    assert_int_equal(t.result->verdict, MQH_PASS);
    assert_int_equal(t.now_ms, 101000);
    mqh_arena_free(&t.arena);
}

static void test_the_same_case_gives_the_same_transcript(void **state)
{
    struct test a = {0};
    struct test b = {0};

    (void)state;
    run(&a, will, 600000);
    run(&b, will, 600000);
    assert_int_equal(a.result->event_count, b.result->event_count);
    for (size_t i = 0; i < a.result->event_count; i++) {
        assert_int_equal(a.result->events[i].time_ms, b.result->events[i].time_ms);
        assert_string_equal(a.result->events[i].text, b.result->events[i].text);
    }
    mqh_arena_free(&a.arena);
    mqh_arena_free(&b.arena);
}

static void test_a_case_that_takes_too_long_is_an_error(void **state)
{
    struct test t = {0};

    (void)state;
    run(&t, will, 50000);
    assert_int_equal(t.result->verdict, MQH_ERROR);
    mqh_arena_free(&t.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time_passes_without_waiting),
        cmocka_unit_test(test_the_same_case_gives_the_same_transcript),
        cmocka_unit_test(test_a_case_that_takes_too_long_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
