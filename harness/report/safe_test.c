#include "harness/report/safe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>

static const struct {
    const char *name;
    const char *text;
    const char *json;
    const char *xml; /* as an attribute */
} texts[] = {
    {"plain", "a/b", "a/b", "a/b"},
    {"nothing", "", "", ""},
    {"markup", "<&>\"'", "<&>\"'", "&lt;&amp;&gt;&quot;'"},
    {"a letter of two bytes", "\xc3\xa4", "\xc3\xa4", "\xc3\xa4"},
    {"four bytes", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
    {"a byte alone", "a\xff", "a\\xff", "a\\xff"},
    {"cut short", "\xe2\x82", "\\xe2\\x82", "\\xe2\\x82"},
    {"over-long", "\xc0\x80", "\\xc0\\x80", "\\xc0\\x80"},
    {"surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80", "\\xed\\xa0\\x80"},
    {"control", "\001\033[0m", "\001\033[0m", "\\u{1}\\u{1B}[0m"},
    {"non-character", "\xef\xbf\xbf", "\xef\xbf\xbf", "\\u{FFFF}"},
    {"newline and tab", "a\n\tb", "a\n\tb", "a&#10;&#9;b"},
};

static void test_json_text_is_well_formed_whatever_came(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        json_t *string = mqh_json_text(texts[i].text);

        assert_non_null(string);
        assert_string_equal(json_string_value(string), texts[i].json);
        json_decref(string);
    }
}

static char *xml(const char *text, bool keep_lines)
{
    char *out = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&out, &size);

    mqh_xml_text(memory, text, keep_lines);
    fclose(memory);
    return out;
}

static void test_xml_text_holds_nothing_that_xml_forbids(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char *out = xml(texts[i].text, false);

        assert_string_equal(out, texts[i].xml);
        free(out);
    }

    char *lines = xml("a\n\tb", true);

    assert_string_equal(lines, "a\n\tb");
    free(lines);
}

static void test_no_text_is_empty_text(void **state)
{
    json_t *string = mqh_json_text(NULL);
    char *out = xml(NULL, false);

    (void)state;
    assert_string_equal(json_string_value(string), "");
    assert_string_equal(out, "");
    json_decref(string);
    free(out);
}

static char *plain(const char *text, size_t max)
{
    char *out = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&out, &size);

    mqh_plain_text(memory, text, max);
    fclose(memory);
    return out;
}

static void test_plain_text_commands_nothing(void **state)
{
    static const struct {
        const char *text;
        size_t max;
        const char *shown;
    } rows[] = {
        {"a/b \xc3\xa4", 0, "a/b \xc3\xa4"},
        {"a\nb\033[2J", 0, "a\\u{A}b\\u{1B}[2J"},
        {"\xff\xe2\x82", 0, "\\xff\\xe2\\x82"},
        {"\xe2\x80\xa8 \xe2\x80\xae", 0, "\\u{2028} \\u{202E}"},
        {"\xf3\xa0\x80\x81", 0, "\\u{E0001}"},
        {"12345", 5, "12345"},
        {"123456", 5, "12345…"},
        {"1234\xc3\xa4", 5, "1234…"},
        {"", 1, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *out = plain(rows[i].text, rows[i].max);

        assert_string_equal(out, rows[i].shown);
        free(out);
    }
}

static void test_a_glob_takes_what_is_not_printed(void **state)
{
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);

    (void)state;
    mqh_plain_glob(memory, "a/b[p=\xc3\xa4\xff\n'\xe2\x80\xae]");
    fclose(memory);
    assert_string_equal(text, "a/b[p=\xc3\xa4**'*]");
    free(text);
}

static void test_plain_text_is_broken_at_blanks(void **state)
{
    static const struct {
        const char *text;
        unsigned columns;
        const char *shown;
    } rows[] = {
        {"one two three", 0, "one two three"},
        {"one two three", 9, "one two\n  three"},
        {"one two three", 8, "one\n  two\n  three"},
        {"onetwothree four", 8, "onetwothree\n  four"},
        {"\xc3\xa4\xc3\xa4\xc3\xa4 b", 7, "\xc3\xa4\xc3\xa4\xc3\xa4 b"},
        {"", 8, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *out = NULL;
        size_t size = 0;
        FILE *memory = open_memstream(&out, &size);

        mqh_plain_wrapped(memory, rows[i].text, 0, rows[i].columns, 2);
        fclose(memory);
        assert_string_equal(out, rows[i].shown);
        free(out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_text_is_well_formed_whatever_came),
        cmocka_unit_test(test_xml_text_holds_nothing_that_xml_forbids),
        cmocka_unit_test(test_no_text_is_empty_text),
        cmocka_unit_test(test_plain_text_commands_nothing),
        cmocka_unit_test(test_a_glob_takes_what_is_not_printed),
        cmocka_unit_test(test_plain_text_is_broken_at_blanks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
