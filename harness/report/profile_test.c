#include "harness/report/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "harness/report/sample_run.h"

static const struct mqh_capability capabilities[] = {
    {"qos2", MQC_V311, true, ""},
    {"qos2", MQC_V5, true, ""},
    {"shared-subscriptions", MQC_V5, false, "SUBACK 0x9E"},
};

static const struct mqh_profile_entry profile[] = {
    {MQC_V5, "receive-maximum", "20", true},
    {MQC_V311, "overlapping-subscriptions", "one-copy", false},
    {MQC_V5, "overlapping-subscriptions", "one-copy", false},
    {MQC_V5, "reason-strings", "yes", false},
};

static void to_pipe(FILE *out, const struct mqh_run *run)
{
    mqh_report_probe(out, run, 0);
}

static void to_terminal(FILE *out, const struct mqh_run *run)
{
    mqh_report_probe(out, run, 80);
}

static void test_probe_shows_versions_capabilities_and_choices(void **state)
{
    static const char expected[] = "mqtt://127.0.0.1:1883\n"
                                   "says it is                 mosquitto version 2.0.11\n"
                                   "accepts MQTT               3.1.1, 5.0\n"
                                   "silence is settled after   50 ms\n"
                                   "\n"
                                   "announced in CONNACK\n"
                                   "receive-maximum                20 (5.0)\n"
                                   "\n"
                                   "capability                     3.1.1   5.0\n"
                                   "qos2                             yes   yes\n"
                                   "shared-subscriptions                    no\n"
                                   "\n"
                                   "observed, where the standards leave a choice\n"
                                   "overlapping-subscriptions      one-copy (3.1.1, 5.0)\n"
                                   "reason-strings                 yes (5.0)\n";
    struct sample *sample = sample_new();

    (void)state;
    sample->run.capabilities = capabilities;
    sample->run.capability_count = 3;
    sample->run.profile = profile;
    sample->run.profile_count = 4;

    char *text = sample_text(&sample->run, to_pipe);

    assert_string_equal(text, expected);
    free(text);
    free(sample);
}

static void test_probe_puts_many_capabilities_side_by_side(void **state)
{
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"};
    struct mqh_capability many[11];
    struct sample *sample = sample_new();

    (void)state;
    for (size_t i = 0; i < 11; i++)
        many[i] = (struct mqh_capability){names[i], MQC_V5, true, ""};
    sample->run.versions = MQH_VERSION(MQC_V5);
    sample->run.capabilities = many;
    sample->run.capability_count = 11;
    sample->run.profile_count = 0;

    char *text = sample_text(&sample->run, to_pipe);

    assert_non_null(strstr(text, "\na                                yes   g               "));
    assert_non_null(strstr(text, "\nf                                yes\n"));
    assert_null(strstr(text, "\ng"));
    free(text);
    text = sample_text(&sample->run, to_terminal);
    assert_non_null(strstr(text, "\na                                yes\n"));
    assert_non_null(strstr(text, "\ng"));
    free(text);
    free(sample);
}

static void test_probe_of_a_broker_that_says_nothing(void **state)
{
    struct sample *sample = sample_new();

    (void)state;
    sample->run.broker = "";
    sample->run.versions = 0;
    sample->run.capability_count = 0;
    sample->run.profile_count = 0;

    char *text = sample_text(&sample->run, to_pipe);

    assert_string_equal(text, "mqtt://127.0.0.1:1883\n"
                              "says it is                 nothing\n"
                              "accepts MQTT               in none of the versions asked for\n"
                              "silence is settled after   50 ms\n");
    free(text);
    free(sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_probe_shows_versions_capabilities_and_choices),
        cmocka_unit_test(test_probe_puts_many_capabilities_side_by_side),
        cmocka_unit_test(test_probe_of_a_broker_that_says_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
