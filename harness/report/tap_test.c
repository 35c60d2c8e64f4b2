#include "harness/report/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "harness/report/sample_run.h"

static void assert_holds(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("no %s in\n%s", part, text);
}

static void test_tap_has_a_line_for_each_case_that_ran(void **state)
{
    struct sample *sample = sample_new();
    char *text = sample_text(&sample->run, mqh_report_tap);

    (void)state;
    assert_holds(text, "TAP version 13\n1..10\nok 1 - connect/accepted@3.1.1\n");
    assert_holds(text, "\nnot ok 3 - subscribe/no-filter[x=1]@5.0\n  ---\n  verdict: FAIL\n");
    assert_holds(text, "\nnot ok 5 - subscribe/order@5.0 # TODO known: reorders <them>\n");
    assert_holds(text, "\nok 6 - retain/cleared@5.0\n  ---\n  verdict: WARN\n");
    assert_holds(text, "\nok 7 - share/one-copy@5.0 # SKIP no shared-subscriptions\n");
    assert_holds(text, "\nnot ok 10 - will/ours@5.0\n");
    assert_null(strstr(text, "Bail out"));
    assert_null(strstr(text, "secret"));
    free(text);
    free(sample);
}

static void test_tap_bails_out_when_the_run_did_not_end(void **state)
{
    struct sample *sample = sample_new();

    (void)state;
    sample->run.died = "suspects:\n#1";

    char *text = sample_text(&sample->run, mqh_report_tap);

    assert_holds(text, "\nBail out! suspects: \\#1\n");
    free(text);
    free(sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tap_has_a_line_for_each_case_that_ran),
        cmocka_unit_test(test_tap_bails_out_when_the_run_did_not_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
