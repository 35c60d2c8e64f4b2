/*
 * A suite of one scenario against the good broker and two bad ones: it sees what it claims to see.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/mutants/mutants.h"

static const char text[] = "scenario \"probe/ping\"\n"
                           "versions 5.0\n"
                           "client c\n"
                           "c -> PINGREQ\n"
                           "c <- PINGRESP\n"
                           "\n"
                           "scenario \"ping/is-answered\"\n"
                           "proves v5 MQTT-3.12.4-1, v311 MQTT-3.12.4-1\n"
                           "client c\n"
                           "c -> PINGREQ\n"
                           "c <- PINGRESP   proves v5 MQTT-3.12.4-1, v311 MQTT-3.12.4-1\n"
                           "\n"
                           "scenario \"ping/twice\"\n"
                           "proves v5 X5-3.12-1\n"
                           "needs ping\n"
                           "client c\n"
                           "c -> PINGREQ ; PINGREQ\n"
                           "c <- PINGRESP\n"
                           "c <- PINGRESP\n";

static const struct mqh_defect_entry unanswered = {.name = "v5:MQTT-3.12.4-1",
                                                   .id = "MQTT-3.12.4-1",
                                                   .version = MQC_V5,
                                                   .defect = MQH_D_PING_UNANSWERED};
static const struct mqh_defect_entry unseen = {.name = "v5:MQTT-3.2.2-1",
                                               .id = "MQTT-3.3.1-4",
                                               .version = MQC_V5,
                                               .defect = MQH_D_LIVE_KEEPS_RETAIN};

static void run(struct mqh_arena *arena, struct mqh_mutant *mutants, size_t count)
{
    struct mqh_scenarios scenarios = {0};
    struct mqh_mutants_suite suite;
    struct mqh_error error = {0};

    if (!mqh_parse(arena, "test.mqs", mqc_slice_text(text), &scenarios, &error) ||
        !mqh_mutants_load(arena, &scenarios, &suite, &error))
        fail_msg("%u: %s", error.line, error.message);
    assert_int_equal(suite.cases.count, 3);
    mqh_mutants_run(&suite, mutants, count, 2, true);
}

static void test_a_good_broker_turns_nothing_red(void **state)
{
    struct mqh_mutant clean = {.kind = MQH_MUTANT_CLEAN, .name = "clean"};
    struct mqh_arena arena = {0};

    (void)state;
    run(&arena, &clean, 1);
    assert_int_equal(clean.counts[MQH_PASS], 3);
    assert_int_equal(clean.red_count, 0);
    assert_true(mqh_mutant_is_good(&clean));
    mqh_arena_free(&arena);
}

static void test_a_defect_is_killed_by_the_line_that_proves_its_rule(void **state)
{
    struct mqh_mutant mutant = {.kind = MQH_MUTANT_DEFECT, .defect = &unanswered};
    struct mqh_arena arena = {0};

    (void)state;
    run(&arena, &mutant, 1);
    assert_int_equal(mutant.kills, 1);
    assert_string_equal(mutant.reds[0].c->id, "ping/is-answered");
    assert_int_equal(mutant.counts[MQH_SKIP], 1); /* the probe fails too */
    assert_true(mqh_mutant_is_good(&mutant));
    mqh_mutants_free(&mutant, 1);
    mqh_arena_free(&arena);
}

static void test_a_defect_that_nobody_sees_survives(void **state)
{
    struct mqh_mutant mutants[] = {{.kind = MQH_MUTANT_DEFECT, .defect = &unseen},
                                   {.kind = MQH_MUTANT_DEFECT, .defect = &unanswered}};
    struct mqh_arena arena = {0};

    (void)state;
    run(&arena, mutants, 2);
    assert_int_equal(mutants[0].kills, 0);
    assert_false(mqh_mutant_is_good(&mutants[0]));
    assert_int_equal(mutants[1].kills, 1);
    mqh_mutants_free(mutants, 2);
    mqh_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_good_broker_turns_nothing_red),
        cmocka_unit_test(test_a_defect_is_killed_by_the_line_that_proves_its_rule),
        cmocka_unit_test(test_a_defect_that_nobody_sees_survives),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
