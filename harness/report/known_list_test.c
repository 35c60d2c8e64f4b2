#include "harness/report/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "harness/report/sample_run.h"

static void test_known_list_names_every_red_but_our_own_errors(void **state)
{
    static const char expected[] =
        "# Known failures of mosquitto version 2.0.11 on 2026-11-25T06:31:00Z, found by mqspec "
        "0.1.0.\n"
        "# Case id with version, rule id (- for a BLOCKED), # reason.\n"
        "subscribe/no-filter[x=1]@5.0  v5 MQTT-3.8.3-2  # open\n"
        "subscribe/no-filter[x=2]@5.0  v5 MQTT-3.8.3-2  # open\n"
        "subscribe/order@5.0  v5 MQTT-3.8.3-2  # reorders <them>\n"
        "will/late[s=\"it's\"]@5.0  -  # <a & \"b\">   \xff \xc3\xa4 # ]]>\n";
    struct sample *sample = sample_new();
    char *text = sample_text(&sample->run, mqh_report_known);

    (void)state;
    assert_string_equal(text, expected);
    free(text);
    free(sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_list_names_every_red_but_our_own_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
