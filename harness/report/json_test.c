#include "harness/report/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <jansson.h>

#include "harness/report/sample_run.h"

static json_t *parse(const struct mqh_run *run)
{
    char *text = sample_text(run, mqh_report_json);
    json_error_t error;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);

    if (root == NULL)
        fail_msg("%s in line %d of %s", error.text, error.line, text);
    assert_null(strstr(text, "secret"));
    assert_null(strstr(text, "736563726574"));
    free(text);
    return root;
}

static const char *word(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static void test_json_holds_what_scripts_rely_on(void **state)
{
    struct sample *sample = sample_new();
    json_t *root = parse(&sample->run);
    json_t *cases = json_object_get(root, "cases");
    json_t *failed = json_array_get(cases, 2);
    json_t *summary = json_object_get(root, "summary");

    (void)state;
    assert_string_equal(word(root, "tool"), "mqspec 0.1.0");
    assert_string_equal(word(root, "started"), "2026-11-25T06:31:00Z");
    assert_string_equal(word(json_object_get(root, "target"), "url"), "mqtt://127.0.0.1:1883");
    assert_int_equal(json_integer_value(json_object_get(root, "duration_ms")), 6249);
    assert_int_equal(json_object_size(summary), 8);
    assert_int_equal(json_integer_value(json_object_get(summary, "fail")), 2);
    assert_int_equal(json_integer_value(json_object_get(summary, "known")), 1);
    assert_int_equal(json_array_size(cases), SAMPLE_COUNT - 1); /* one was not run */
    assert_string_equal(word(failed, "id"), "subscribe/no-filter[x=1]");
    assert_string_equal(word(failed, "version"), "5.0");
    assert_string_equal(word(failed, "verdict"), "fail");
    assert_string_equal(word(failed, "expected"), "closed reason=0x82");
    assert_string_equal(word(failed, "actual"), "SUBACK id=1 [0]");
    assert_string_equal(
        json_string_value(json_array_get(json_object_get(failed, "requirements"), 0)),
        "v5 MQTT-3.8.3-2");
    assert_true(json_is_null(json_object_get(failed, "known")));
    assert_string_equal(word(json_array_get(cases, 4), "known"), "reorders <them>");
    json_decref(root);
    free(sample);
}

static void test_json_transcript_shows_bytes_unless_concealed(void **state)
{
    struct sample *sample = sample_new();
    json_t *root = parse(&sample->run);
    json_t *failed = json_array_get(json_object_get(root, "cases"), 2);
    json_t *transcript = json_object_get(failed, "transcript");

    (void)state;
    assert_int_equal(json_array_size(transcript), SAMPLE_EVENTS);
    assert_null(json_object_get(json_array_get(transcript, 1), "hex"));
    assert_string_equal(word(json_array_get(transcript, 2), "event"), "received");
    assert_string_equal(word(json_array_get(transcript, 2), "hex"), "900400010000");
    json_decref(root);
    free(sample);
}

static void test_json_transcript_says_which_bytes_are_faulty(void **state)
{
    static uint8_t subscribe[5000] = {0x80, 0x85, 0x27, 0x00, 0x01, 0x00};
    struct sample *sample = sample_new();
    struct mqh_event *sent = &sample->events[1];

    (void)state;
    sent->text = "SUBSCRIBE !flags=0x00";
    sent->bytes = (struct mqc_slice){subscribe, sizeof subscribe};

    json_t *root = parse(&sample->run);
    json_t *failed = json_array_get(json_object_get(root, "cases"), 2);
    json_t *event = json_array_get(json_object_get(failed, "transcript"), 1);
    json_t *span = json_array_get(json_object_get(event, "spans"), 0);

    assert_int_equal(json_string_length(json_object_get(event, "hex")), 2 * 4096);
    assert_int_equal(json_integer_value(json_object_get(event, "size")), sizeof subscribe);
    assert_null(json_object_get(event, "faults")); /* it was on purpose */
    assert_string_equal(word(span, "requirement"), "v5 MQTT-3.8.1-1");
    assert_int_equal(json_integer_value(json_object_get(span, "offset")), 0);
    assert_int_equal(json_integer_value(json_object_get(span, "size")), 1);
    assert_null(json_object_get(json_array_get(json_object_get(root, "cases"), 0), "alone"));
    assert_string_equal(word(failed, "alone"), "mqspec test mqtt://127.0.0.1:1883 --only "
                                               "'subscribe/no-filter[x=1]@5.0'");
    json_decref(root);
    free(sample);
}

static void test_json_is_valid_when_nothing_could_be_run(void **state)
{
    struct sample *sample = sample_new();

    (void)state;
    sample->run.case_count = 0;
    sample->run.failed = "cannot connect";

    json_t *root = parse(&sample->run);

    assert_string_equal(word(root, "failed"), "cannot connect");
    assert_int_equal(json_array_size(json_object_get(root, "cases")), 0);
    json_decref(root);
    free(sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_holds_what_scripts_rely_on),
        cmocka_unit_test(test_json_transcript_shows_bytes_unless_concealed),
        cmocka_unit_test(test_json_transcript_says_which_bytes_are_faulty),
        cmocka_unit_test(test_json_is_valid_when_nothing_could_be_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
