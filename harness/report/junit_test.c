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

static void test_junit_says_each_verdict_in_its_words(void **state)
{
    struct sample *sample = sample_new();
    char *text = sample_text(&sample->run, mqh_report_junit);

    (void)state;
    assert_holds(text, "tests=\"10\" failures=\"3\" errors=\"1\" skipped=\"2\" time=\"6.249\"");
    assert_holds(text, "<testsuite name=\"3.1.1 connect\" tests=\"1\"");
    assert_holds(text, "<testsuite name=\"5.0 subscribe\" tests=\"3\" failures=\"2\"");
    assert_holds(text, "timestamp=\"2026-11-25T06:31:00\"");
    assert_holds(text, "<failure message=\"v5 MQTT-3.8.3-2: open\" type=\"FAIL\">");
    assert_holds(text, "<skipped message=\"known: reorders &lt;them&gt;\"/>");
    assert_holds(text, "<skipped message=\"no shared-subscriptions\"/>");
    assert_holds(text, "<system-out>WARN\n");
    assert_holds(text, "<system-out>FLAKY\n");
    assert_holds(text, "&lt;a &amp; &quot;b&quot;&gt; \\u{1} \\xff \xc3\xa4 # ]]&gt;");
    assert_holds(text, "<error message=\"our fault\" type=\"ERROR\">");
    assert_null(strstr(text, "will/never"));
    assert_null(strstr(text, "secret"));
    free(text);
    free(sample);
}

static void test_junit_counts_warnings_as_failures_in_a_strict_run(void **state)
{
    struct sample *sample = sample_new();

    (void)state;
    sample->run.strict = true;

    char *text = sample_text(&sample->run, mqh_report_junit);

    assert_holds(text, "tests=\"10\" failures=\"4\"");
    assert_holds(text, "type=\"WARN\"");
    free(text);
    free(sample);
}

static void test_junit_has_a_test_for_the_broker_itself(void **state)
{
    struct sample *sample = sample_new();

    (void)state;
    sample->run.case_count = 0;
    sample->run.failed = "cannot connect to <host>";

    char *text = sample_text(&sample->run, mqh_report_junit);

    assert_holds(text, "tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\" time");
    assert_holds(text, "<error message=\"cannot connect to &lt;host&gt;\"/>");
    free(text);
    free(sample);
}

static void test_junit_of_an_interrupted_run_is_an_error(void **state)
{
    struct sample *sample = sample_new();

    (void)state;
    sample->run.interrupted = true;

    char *text = sample_text(&sample->run, mqh_report_junit);

    assert_holds(text, "<testcase classname=\"run\" name=\"is-complete\">");
    free(text);
    free(sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_junit_says_each_verdict_in_its_words),
        cmocka_unit_test(test_junit_counts_warnings_as_failures_in_a_strict_run),
        cmocka_unit_test(test_junit_has_a_test_for_the_broker_itself),
        cmocka_unit_test(test_junit_of_an_interrupted_run_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
