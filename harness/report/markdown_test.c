#include "harness/report/markdown.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/report/report.h"
#include "harness/report/sample_run.h"

static const struct {
    const char *text;
    const char *code;
} spans[] = {
    {"a/b", "`a/b`"},
    {"", ""},
    {"a`b", "``a`b``"},
    {"``", "``` `` ```"},
    {"`a", "`` `a ``"},
    {" a ", "`  a  `"},
    {"<script>@team|http://x", "`<script>@team|http://x`"},
    {"a\nb\xff", "`a\\u{A}b\\xff`"},
};

static void test_code_is_left_by_no_row_of_backticks(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++) {
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);

        mqh_md_code(out, spans[i].text);
        fclose(out);
        assert_string_equal(text, spans[i].code);
        free(text);
    }
}

static char *shown_by(void (*show)(FILE *out, const char *text), const char *text)
{
    char *shown = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&shown, &size);

    show(out, text);
    fclose(out);
    return shown;
}

static void test_prose_commands_nothing(void **state)
{
    char *text = shown_by(mqh_md_text, "a|b `c` <d> [e](f) *g* _h_ #i ~j~ &k; {l} \\ m\nn");

    (void)state;
    assert_string_equal(text, "a\\|b \\`c\\` \\<d\\> \\[e\\](f) \\*g\\* \\_h\\_ \\#i "
                              "\\~j\\~ \\&k; \\{l\\} \\\\ m n");
    free(text);
}

static void test_a_pipe_ends_no_cell(void **state)
{
    char *text = shown_by(mqh_md_cell, "a|`b`|");

    (void)state;
    assert_string_equal(text, "``a\\u{7C}`b`\\u{7C}``");
    free(text);
}

/* A code of 200 bytes, a cell of 80: what is longer ends with a sign of three bytes. */
static void test_code_is_cut_where_it_is_long(void **state)
{
    static const struct {
        void (*show)(FILE *out, const char *text);
        size_t max;
    } rows[] = {{mqh_md_code, 200}, {mqh_md_cell, 80}};
    char text[300];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (size_t size = rows[i].max; size <= rows[i].max + 1; size++) {
            char *shown;

            memset(text, 'x', size);
            text[size] = '\0';
            shown = shown_by(rows[i].show, text);
            assert_int_equal(strlen(shown), 2 + rows[i].max + (size > rows[i].max ? 3 : 0));
            free(shown);
        }
}

static void test_a_block_has_a_longer_fence_than_its_text(void **state)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    (void)state;
    mqh_md_block(out, "a\n```\n</details>\n\nb");
    fclose(out);
    assert_string_equal(text, "````text\na\n```\n</details>\n\nb\n````\n");
    free(text);
}

static void test_a_part_leaves_out_what_does_not_fit_and_says_so(void **state)
{
    static const struct {
        size_t room;
        const char *items[4];
        const char *text;
    } rows[] = {
        {8, {"1234\n", "56\n", "7\n", ""}, "1234\n56\n\n… and 2 more\n"},
        {5, {"1234\n", NULL}, "1234\n"},
        {4, {"1234\n", NULL}, "\n… and 1 more\n"},
        {9, {"1234\n", "56789\n", "7\n", NULL}, "1234\n\n… and 2 more\n"},
        {9, {NULL}, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        struct mqh_md_part part = {.out = out, .room = rows[i].room};

        for (size_t j = 0; j < 4 && rows[i].items[j] != NULL; j++) {
            fputs(rows[i].items[j], mqh_md_item(&part));
            mqh_md_item_end(&part);
        }
        mqh_md_part_end(&part);
        fclose(out);
        assert_string_equal(text, rows[i].text);
        free(text);
    }
}

static void test_a_run_is_short_and_shows_what_is_red_first(void **state)
{
    struct sample *sample = sample_new();
    char *text = sample_text(&sample->run, mqh_report_markdown);
    static const char *const parts[] = {
        "## ❌ `mosquitto version 2.0.11`: 1 error of mqspec\n",
        "| passed | failed | warned | blocked | skipped | flaky | errors | known |\n",
        "### Newly breaks 1 requirement\n",
        "| `v5 MQTT-3.8.3-2`<br>MUST, section 3.8.3 | ",
        " | 2 |\n",
        "```text\nFAIL subscribe/no-filter[x=1]@5.0\nbreaks    v5 MQTT-3.8.3-2 (MUST",
        "### Blocked: a step before went wrong\n\n- `will/late[s=\"it's\"]@5.0`: `<a & ",
        "### Stale: does not fail any more, and is listed as known\n\n- line 2: "
        "`connect/accepted@5.0` `-`\n",
        "<details><summary>Known failures: 1 requirement</summary>\n\n| requirement",
        "- receive-maximum: `20` (5.0)\n",
        "- 1: `no shared-subscriptions`\n",
    };
    const char *at = text;

    (void)state;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        at = strstr(at, parts[i]);
        if (at == NULL)
            fail_msg("no %s, or not in its place, in\n%s", parts[i], text);
    }
    free(text);
    free(sample);
}

/* Every text of the run as long as a payload can make it, and full of what must be escaped. */
static void test_a_run_stays_below_the_limit_whatever_it_holds(void **state)
{
    enum { LONG = 1000000 };
    struct sample *sample = sample_new();
    char *flood = malloc(LONG + 1);

    (void)state;
    memset(flood, '\001', LONG);
    flood[LONG] = '\0';
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        sample->results[i].reason = flood;
        sample->results[i].expected = flood;
        sample->results[i].actual = flood;
        sample->cases[i].id = flood;
    }
    for (size_t i = 0; i < SAMPLE_EVENTS; i++)
        sample->events[i].text = flood;
    sample->run.broker = flood;
    sample->run.died = flood;
    sample->profile.word = flood;

    char *text = sample_text(&sample->run, mqh_report_markdown);

    assert_in_range(strlen(text), 1000, MQH_MD_MAX);
    free(text);
    free(flood);
    free(sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_code_is_left_by_no_row_of_backticks),
        cmocka_unit_test(test_prose_commands_nothing),
        cmocka_unit_test(test_a_pipe_ends_no_cell),
        cmocka_unit_test(test_code_is_cut_where_it_is_long),
        cmocka_unit_test(test_a_block_has_a_longer_fence_than_its_text),
        cmocka_unit_test(test_a_part_leaves_out_what_does_not_fit_and_says_so),
        cmocka_unit_test(test_a_run_is_short_and_shows_what_is_red_first),
        cmocka_unit_test(test_a_run_stays_below_the_limit_whatever_it_holds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
