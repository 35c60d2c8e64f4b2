#include "harness/scenario/scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Parses one file and fails the test with the complaint if that does not work. */
static struct mqh_scenarios parse_good(struct mqh_arena *arena, const char *source)
{
    struct mqh_scenarios scenarios = {0};
    struct mqh_error error = {0};
    char text[600];

    if (!mqh_parse(arena, "test.mqs", mqc_slice_text(source), &scenarios, &error)) {
        mqh_error_print(&error, text, sizeof text);
        fail_msg("%s", text);
    }
    return scenarios;
}

#define SCENARIO "scenario \"topic/name\"\nversions 3.1.1, 5.0\n"

static const struct {
    const char *source;
    const char *place;   /* "line:column" */
    const char *message; /* a part of it */
} bad[] = {
    /* files and lines */
    {"client c\n", "1:1", "comes first"},
    {"\n  \"a\"\n", "2:3", "begins with a word"},
    {SCENARIO "client c\nc -> PUBLISH topic=\"a\n", "4:20", "does not end"},
    {SCENARIO "client c\nc -> RAW h'00\n", "4:10", "does not end"},
    {SCENARIO "client c\nc -> PUBLISH topic=$ qos=1\n", "4:20", "a variable is $ and a name"},
    {SCENARIO "client c\nc -> PUBLISH ?\n", "4:14", "no word begins"},
    {SCENARIO "client c\nc -> PUBLISH topic='a'\n", "4:20", "a string stands between \"\""},
    {SCENARIO "client c\nc > PINGREQ\n", "4:3", "a step is NAME -> or NAME <-"},
    {SCENARIO "client c\nc <- any { PINGRESP ;\n# more\n", "4:10", "never closed"},
    {SCENARIO "client c\nc -> SUBSCRIBE id=1 [\"a\" }\n", "4:26", "cannot close the ["},
    {SCENARIO "client c\nc -> PINGREQ )\n", "4:14", "nothing is open"},
    {SCENARIO "client c\nc -> ((((((((( \n", "4:14", "nested deeper than 8"},
    /* scenario */
    {"scenario topic/name\n", "1:10", "name in quotes"},
    {"scenario \"name\"\n", "1:10", "its folder"},
    {"scenario \"\"\n", "1:10", "its folder"},
    {"scenario \"a/\"\n", "1:10", "its folder"},
    {"scenario \"Topic/name\"\n", "1:11", "a-z, 0-9"},
    {"scenario \"to.pic/name\"\n", "1:13", "without dots"},
    {"scenario \"a/../b\"\n", "1:13", "begins with a letter"},
    {"scenario \"a//b\"\n", "1:13", "begins with a letter"},
    {"scenario \"a/b\" 1\n", "1:16", "the line's end"},
    {SCENARIO "client c\nscenario \"topic/name\"\n", "4:10", "already"},
    {SCENARIO, "1:1", "has no steps"},
    {"scenario \"a/b\"\nclient c\n", "1:1", "must name its `versions`"},
    /* headers */
    {SCENARIO "client c\nneeds qos2\n", "4:1", "above the scenario's first step"},
    {SCENARIO "versions 3.1\n", "3:10", "twice"},
    {"scenario \"a/b\"\nversions 3.1, 3.1\n", "2:15", "twice"},
    {"scenario \"a/b\"\nversions 3.2\n", "2:10", "a version: 3.1, 3.1.1 or 5.0"},
    {"scenario \"a/b\"\nversions v5\n", "2:10", "a version"},
    {SCENARIO "proves MQTT-3.8.3-2\n", "3:8", "a rule such as"},
    {SCENARIO "proves v5\n", "3:10", "the rule's id"},
    {SCENARIO "proves v5 MQTT-9.9.9-9\n", "3:11", "MQTT 5.0 has no rule"},
    {SCENARIO "proves v311 MQTT-3.15.1-1\n", "3:13", "MQTT 3.1.1 has no rule"},
    {SCENARIO "proves v5 MQTT-2.1.3-1, v5 MQTT-2.1.3-1\n", "3:25", "twice"},
    {SCENARIO "proves v5 MQTT-2.1.3-1 v311 MQTT-2.2.2-1\n", "3:24", "the line's end"},
    {SCENARIO "needs Qos2\n", "3:7", "a capability"},
    {SCENARIO "needs qos2, qos2\n", "3:13", "already"},
    {SCENARIO "since 1\n", "3:7", "a release such as 1.0"},
    {SCENARIO "since 1.0\nsince 1.0\n", "4:7", "twice"},
    {SCENARIO "exclusive now\n", "3:11", "the line's end"},
    /* vary */
    {SCENARIO "vary x in 1\n", "3:6", "a variable such as"},
    {SCENARIO "vary $T in 1\n", "3:6", "already"},
    {SCENARIO "vary $x in 1\nvary $x in 2\n", "4:6", "already"},
    {SCENARIO "vary $x 1\n", "3:9", "in and the values"},
    {SCENARIO "vary $x in\n", "3:11", "a number, a string"},
    {SCENARIO "vary $x in 1,\nclient c\n", "4:1", "cannot stand in one"},
    {SCENARIO "vary $x in 1, qos=1\n", "3:15", "cannot stand in one"},
    {SCENARIO "vary $x in 1, 1\n", "3:15", "twice"},
    {SCENARIO "vary $x in 1 2\n", "3:14", "the line's end"},
    {SCENARIO "vary $x in \"${T}/a\"\n", "3:12", "cannot hold ${"},
    {SCENARIO "vary $x in \"a\\q\"\n", "3:14", "\\q"},
    {SCENARIO "vary $x in \"a\"*\n", "3:16", "number"},
    {SCENARIO "vary $x in \"a\" \"b\"\n", "3:16", "end"},
    {SCENARIO "vary $x in fill(1048576), \"a\"\n", "3:27", "more than 1048576 bytes"},
    {SCENARIO "vary $x in fill(200000000)\n", "3:12", "more than 1048576 bytes"},
    {SCENARIO "vary $x in 5..4\n", "3:12", "before it begins"},
    {SCENARIO "vary $x in 5, 6 # $x\nvary $xy in 1, 2\nclient c keep-alive=$xy # $x\n"
              "scenario \"a/b\"\nversions 5.0\nvary $x in 1, 2\nclient c keep-alive=$x\n",
     "3:7", "no line uses this variable"},
    {SCENARIO "vary $x in 0..5000\n", "3:12", "more than 5000 values"},
    {SCENARIO "vary $x in 1..99\nvary $y in 1..99\nclient c\nc -> PINGREQ\n", "4:7",
     "more than 5000 cases"},
    /* peers */
    {SCENARIO "cleint c\n", "3:1", "a step such as"},
    {SCENARIO "client 9c\n", "3:8", "a name of letters"},
    {SCENARIO "client end\n", "3:8", "a name of letters"},
    {SCENARIO "client a.b\n", "3:8", "a name of letters"},
    {SCENARIO "client c\nclient c\n", "4:8", "should it come `again`?"},
    {SCENARIO "client c again\n", "3:8", "further up"},
    {SCENARIO "client c manual keep-alive=5\n", "3:17", "a manual client sends nothing"},
    {SCENARIO "client c @3.x\n", "3:11", "a version: 3.1, 3.1.1 or 5.0"},
    {SCENARIO "client c acks=none\n", "3:15", "auto after acks="},
    {SCENARIO "client c within 2s\n", "3:10", "behind an expectation"},
    {SCENARIO "server s\nserver s\n", "4:8", "already"},
    {SCENARIO "server s\nclient s again\n", "4:8", "this is a server"},
    {SCENARIO "client c\nc accept\n", "4:3", "only a server accepts"},
    {SCENARIO "client c\nc\n", "4:2", "->, <-, disconnect"},
    {SCENARIO "client c\nc+c <- nothing\n", "4:3", "twice"},
    {SCENARIO "client c\nc+d <- nothing\n", "4:3", "a client of this scenario"},
    {SCENARIO "client c\nclient d\nc+d -> PINGREQ\n", "5:5", "<- after several names"},
    {SCENARIO "client c\nclient d\nc+d <- PINGRESP\n", "5:8", "each-once"},
    /* sending */
    {SCENARIO "client c\nc ->\n", "4:5", "a packet such as"},
    {SCENARIO "client c\nc -> PINGREQ ;\n", "4:15", "a packet such as"},
    {SCENARIO "client c\nc -> pingreq\n", "4:6", "a packet type"},
    {SCENARIO "client c\nc close proves v5 MQTT-2.1.3-1\n", "4:9", "behind an expectation"},
    {SCENARIO "client c\nc -> PINGREQ split=0\n", "4:20", "at least one byte"},
    {SCENARIO "client c\nc -> PINGREQ split=1 split=1\n", "4:22", "twice"},
    {SCENARIO "client c\nc -> PINGREQ frame=picture\n", "4:20", "frame=text or frame=fragments"},
    {SCENARIO "client c\nc -> PINGREQ frame=fragments\n", "4:14", "needs `split=N`"},
    {SCENARIO "client c\nc <- PINGRESP frame=text\n", "4:15", "behind what is sent"},
    {SCENARIO "client c\nc -> PINGREQ breaks\n", "4:20", "a rule such as"},
    {SCENARIO "client c\nc -> PINGREQ breaks v5 MQTT-2.1.3-1, v5 MQTT-2.1.3-1\n", "4:38", "twice"},
    {SCENARIO "client c\nc -> PINGREQ breaks v31 X31-2.1-1\n", "4:21", "is not sent in MQTT 3.1"},
    {SCENARIO "client c\nc -> PINGREQ breaks v5 MQTT-2.1.3-1 | v5 MQTT-3.8.1-1, v5 MQTT-3.8.3-2\n",
     "4:54", "cannot be mixed"},
    {SCENARIO "client c\nc -> PINGREQ @3.1\n", "4:15", "does not run in this version"},
    {SCENARIO "client c\nc -> PINGREQ @3.2\n", "4:15", "3.1.1, 5.0 or 3.x"},
    {SCENARIO "client c\nwait\n", "4:5", "a time such as"},
    {SCENARIO "client c\nwait 2\n", "4:6", "a time such as"},
    {SCENARIO "client c\nwait 3601s\n", "4:6", "at most 3600 s"},
    /* expecting */
    {SCENARIO "client c\nc <-\n", "4:5", "a packet such as"},
    {SCENARIO "client c\nc <- closed reason\n", "4:19", "= after reason"},
    {SCENARIO "client c\nc <- closed reason=\"a\"\n", "4:20", "a Reason Code"},
    {SCENARIO "client c\nc <- closed reason=no-such-code\n", "4:20", "a Reason Code"},
    {SCENARIO "client c\nc <- closed reason=(1,2,3,4,5,6,7,8,9)\n", "4:37", "more than 8"},
    {SCENARIO "client c\nc <- refused=success\n", "4:14", "refuses"},
    {SCENARIO "client c\nc <- nothing for\n", "4:17", "a time"},
    {SCENARIO "client c\nc <- nothing within 2s\n", "4:14", "nothing for 2s"},
    {SCENARIO "client c\nc <- any PINGRESP\n", "4:10", "{ and the packets"},
    {SCENARIO "client c\nc <- any { }\n", "4:12", "a packet such as"},
    {SCENARIO "client c\nc <- any { PINGRESP closed }\n", "4:21", "closed"},
    {SCENARIO "client c\nc <- PINGRESP breaks any\n", "4:15", "behind what is sent"},
    {SCENARIO "client c\nc <- PINGRESP proves v5 MQTT-2.1.3-1\n", "4:22",
     "does not name this rule"},
    {SCENARIO "client c\nc <- PINGRESP profile a=b profile c=d\n", "4:27", "already"},
    {SCENARIO "client c\nc <- PINGRESP |\n", "4:16", "a packet such as"},
    /* repeat */
    {SCENARIO "client c\nend\n", "4:1", "no repeat"},
    {SCENARIO "client c\nrepeat $i in 1..2\nc -> PINGREQ\n", "4:1", "has no `end`"},
    {SCENARIO "client c\nrepeat $i in 1..2\nend\n", "4:1", "has no steps"},
    {SCENARIO "client c\nrepeat $i in 1..all\n", "4:17", "a number"},
    {SCENARIO "client c\nrepeat $i in 1..2\nrepeat $i in 1..2\n", "5:8", "already"},
    {SCENARIO "client c\nrepeat $i in 1..2\nclient d\n", "5:8", "can only come `again`"},
    {SCENARIO "repeat $i in 1..2\nserver s\n", "4:8", "cannot stand inside"},
    {SCENARIO "client c\nrepeat $i in 1..10001\nc -> PINGREQ\nend\n", "4:1",
     "more than 10000 steps"},
    {SCENARIO "client c\nrepeat $i in 1..10000\nc -> PINGREQ\nend\n", "4:1",
     "more than 10000 steps"},
    {SCENARIO "client c\nc <- any { repeat $i in 1..2 PINGRESP }\n", "4:39", "end of this repeat"},
    {SCENARIO "client c\nc <- any { repeat $i in 1..2 repeat $i in 1..2 PINGRESP end end }\n",
     "4:38", "already"},
    {SCENARIO "client c\nc <- any { repeat $i in 1..10000 PINGRESP end }\n", "4:34",
     "more than 10000 steps"},
    /* who proves what */
    {SCENARIO "proves v5 MQTT-2.1.3-1\nclient c\nc -> PINGREQ\n", "3:8", "without an expectation"},
    {SCENARIO "proves v31 X31-2.1-1\nclient c\nc <- nothing\n", "3:8", "does not run in MQTT 3.1"},
    {SCENARIO "proves v5 MQTT-2.1.3-1, v311 MQTT-2.2.2-1\nclient c\n"
              "c <- nothing proves v5 MQTT-2.1.3-1\n",
     "3:25", "none proves this"},
    {SCENARIO "proves v5 MQTT-2.1.3-1\nclient c\nc <- nothing proves v5 MQTT-2.1.3-1 @3.x\n", "3:8",
     "none proves this"},
    /* texts, by the codec */
    {SCENARIO "client c\nc <- SUBACK id=1 topic=\"a\"\n", "4:18", "topic"},
    {SCENARIO "client c\nc -> PUBLISH topic=\"a\"\n       content-type=\"b\"\n", "5:8",
     "a client of this scenario"},
    {SCENARIO "client c\nc -> PUBLISH topic=\"a\" content-type=\"b\"\n", "4:24", "content-type"},
    {SCENARIO "client c content-type=\"b\"\n", "3:10", "content-type"},
    {SCENARIO "client c receive-maximum=5\n", "3:10", "receive-maximum"},
    {SCENARIO "client c\nc disconnect reason=4\n", "4:14", "reason"},
    {SCENARIO "client c\nc -> PUBACK id=$m\n", "4:16", "m"},
    {SCENARIO "client c\nc <- PUBLISH topic=\"${m}\"\n", "4:21", "there is no variable"},
    {SCENARIO "client c\nrepeat $i in 1..2\nc -> PINGREQ\nend\nc -> PUBACK id=$i\n", "7:16", "i"},
    {SCENARIO "client c\nc <- any { PINGRESP ;\n  SUBACK topic=\"a\" }\n", "5:10", "topic"},
    {SCENARIO "client c\nc -> PUBLISH topic=\"a\" payload=fill(5000000)\n", "4:6", "too large"},
};

static bool is_disliked(size_t i)
{
    struct mqh_arena arena = {0};
    struct mqh_scenarios scenarios = {0};
    struct mqh_error error = {.message = "nothing"};
    struct mqc_slice source = mqc_slice_text(bad[i].source);
    bool parsed = mqh_parse(&arena, "test.mqs", source, &scenarios, &error);
    const char *place = mqh_arena_format(&arena, "%u:%u", error.line, error.column);
    bool right = !parsed && strcmp(place, bad[i].place) == 0 && scenarios.count == 0 &&
                 strstr(error.message, bad[i].message) != NULL && error.width > 0;

    if (!right)
        print_error("expected %s: ... %s ...\nbut it says %s: %s\nabout\n%s\n", bad[i].place,
                    bad[i].message, place, error.message, bad[i].source);
    mqh_arena_free(&arena);
    return right;
}

static void test_parse_points_at_what_it_dislikes(void **state)
{
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        wrong += !is_disliked(i);
    assert_int_equal(wrong, 0);
}

static void test_names_differ_in_a_set(void **state)
{
    struct mqh_arena arena = {0};
    struct mqh_scenarios set = parse_good(&arena, SCENARIO "client c\n");
    struct mqh_error error = {0};

    (void)state;
    assert_false(
        mqh_parse(&arena, "b.mqs", mqc_slice_text("\n" SCENARIO "client c\n"), &set, &error));
    assert_string_equal(error.file, "b.mqs");
    assert_int_equal(error.line, 2);
    assert_int_equal(set.count, 1);
    assert_true(mqh_parse(&arena, "b.mqs",
                          mqc_slice_text("scenario \"a/c\"\nversions 5.0\nclient c\n"), &set,
                          &error));
    assert_int_equal(set.count, 2);
    mqh_arena_free(&arena);
}

static const struct {
    struct mqh_error error;
    const char *expected;
} prints[] = {
    {{"a/x.mqs", 12, 9, 5, "SUBACK has no field \"topic\"", "c <- SUBACK topic=\"a\""},
     "a/x.mqs:12:9: SUBACK has no field \"topic\"\nc <- SUBACK topic=\"a\"\n        ^~~~~\n"},
    {{"x", 1, 5, 1, "m", "\tab"}, "x:1:5: m\n ab\n    ^\n"},
    {{"x", 1, 6, 4, "m", "\u00e4\u00f6 \u00fc\u00df b"},
     "x:1:6: m\n\u00e4\u00f6 \u00fc\u00df b\n   ^~\n"},
    {{"x", 1, 1, 9, "m", ""}, "x:1:1: m\n\n^\n"},
};

static void test_error_prints_a_caret_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof prints / sizeof prints[0]; i++) {
        size_t size = strlen(prints[i].expected);
        char text[200];
        char small[11];

        assert_int_equal(mqh_error_print(&prints[i].error, text, sizeof text), size);
        assert_string_equal(text, prints[i].expected);
        assert_int_equal(mqh_error_print(&prints[i].error, small, sizeof small), size);
        assert_memory_equal(small, prints[i].expected, strlen(small));
        assert_int_equal(mqh_error_print(&prints[i].error, NULL, 0), size);
    }
}

/* The part that is shown of a long line holds the caret. */
static void test_error_shows_a_window_of_a_long_line(void **state)
{
    char line[5001];
    char text[600];
    const char *shown;
    const char *caret;
    struct mqh_error error = {"x", 1, 4001, 3, "m", line};

    (void)state;
    memset(line, 'a', 5000);
    memcpy(line + 4000, "bcd", 3);
    line[5000] = '\0';
    assert_true(mqh_error_print(&error, text, sizeof text) < 400);
    assert_non_null(strstr(text, "aabcdaa"));
    shown = strchr(text, '\n') + 1;
    caret = strchr(shown, '\n') + 1;
    assert_int_equal(strchr(caret, '^') - caret, strchr(shown, 'b') - shown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_points_at_what_it_dislikes),
        cmocka_unit_test(test_names_differ_in_a_set),
        cmocka_unit_test(test_error_prints_a_caret_line),
        cmocka_unit_test(test_error_shows_a_window_of_a_long_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
