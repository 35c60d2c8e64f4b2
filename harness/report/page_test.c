#include "harness/report/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/report/report.h"
#include "harness/report/sample_run.h"

/* The page as text; the caller frees it. */
static char *page_of(const char *name, const struct mqh_page_data *data, size_t count)
{
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);

    mqh_page_write(memory, name, data, count);
    fclose(memory);
    return text;
}

/* The data of that id in the page; the caller's reference. */
static json_t *data_in(const char *page, const char *id)
{
    char front[100];
    const char *begin;
    const char *end;

    snprintf(front, sizeof front, "<script type=\"application/json\" id=\"%s\">", id);
    begin = strstr(page, front);
    assert_non_null(begin);
    begin += strlen(front);
    end = strchr(begin, '<'); /* the first one is that of the end tag */
    assert_memory_equal(end, "</script>", 9);
    return json_loadb(begin, (size_t)(end - begin), JSON_DECODE_ANY, NULL);
}

static void test_page_is_one_file(void **state)
{
    char *page = page_of("report", NULL, 0);

    (void)state;
    assert_memory_equal(page, "<!doctype html>\n", 16);
    assert_null(strstr(page, "<script src"));
    assert_null(strstr(page, "rel=\"stylesheet\""));
    assert_null(strstr(page, "http-equiv=\"refresh\""));
    assert_non_null(strstr(page, "</html>\n"));
    free(page);
}

static void test_page_data_cannot_end_its_element(void **state)
{
    static const char *const texts[] = {
        "</script><script>alert(1)</script>",
        "<!-- <script>",
        "]]>",
        "\"quoted\\\"",
        "\xe2\x80\xa8 and \xe2\x80\xa9",
        "",
        "&lt;&#60;",
        "\x01\x1f",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        json_t *value = json_pack("{s:s, s:[s]}", "key", texts[i], texts[i], texts[i]);
        const struct mqh_page_data data[] = {{"suite", value}};
        char *page = page_of("report", data, 1);
        json_t *read = data_in(page, "suite");

        assert_true(json_equal(read, value));
        assert_null(data_in(page, "run"));
        json_decref(read);
        json_decref(value);
        free(page);
    }
}

static json_t *sample_report(void)
{
    struct sample *sample = sample_new();
    char *text = sample_text(&sample->run, mqh_report_json);
    json_t *report = json_loads(text, 0, NULL);

    free(text);
    free(sample);
    assert_non_null(report);
    return report;
}

static void test_page_report_is_shorter_and_says_the_same(void **state)
{
    json_t *report = sample_report();
    json_t *shorter = mqh_page_shorten(report);
    json_t *passed = json_array_get(json_object_get(shorter, "cases"), 0);
    json_t *failed = json_array_get(json_object_get(shorter, "cases"), 2);
    json_t *transcript = json_object_get(failed, "transcript");
    json_t *expected = json_loads(
        "[2002, \"r\", \"sub\", \"SUBACK id=1 [0]\", 0, {\"hex\": \"900400010000\"}]", 0, NULL);

    (void)state;
    assert_string_equal(json_string_value(json_object_get(passed, "verdict")), "pass");
    assert_null(json_object_get(passed, "known"));
    assert_null(json_object_get(passed, "reason"));
    assert_null(json_object_get(passed, "unconfirmed"));
    assert_string_equal(json_string_value(json_object_get(failed, "reason")), "open");
    assert_int_equal(json_array_size(transcript), SAMPLE_EVENTS);
    assert_true(json_equal(json_array_get(transcript, 2), expected));
    assert_int_equal(json_array_size(json_array_get(transcript, 0)), 4);
    json_decref(expected);
    json_decref(shorter);
    json_decref(report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page_is_one_file),
        cmocka_unit_test(test_page_data_cannot_end_its_element),
        cmocka_unit_test(test_page_report_is_shorter_and_says_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
