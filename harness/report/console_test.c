#include "harness/report/console.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "codec/utf8.h"
#include "harness/report/sample_run.h"

/* What a console shows of a whole run, from its start to its end. */
static char *show(struct sample *sample, struct mqh_console console)
{
    char *text = NULL;
    size_t size = 0;

    console.out = open_memstream(&text, &size);
    mqh_console_on_start(&console, &sample->run);
    for (size_t i = 0; i < SAMPLE_COUNT; i++)
        if (sample->pointers[i] != NULL)
            mqh_console_on_case(&console, &sample->run, i);
    mqh_console_on_note(&console, "a note");
    mqh_console_end(&console, &sample->run);
    fclose(console.out);
    return text;
}

static void assert_holds(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("no %s in\n%s", part, text);
}

static const char last_line[] =
    "11 cases: 2 passed, 2 failed on 1 requirement, 1 warned, 1 blocked, 1 error, 1 flaky, 1 "
    "skipped, 1 not run, 1 stale entry (1 known) in 6.2 s\n";

static void test_a_pipe_gets_plain_lines_that_end_with_all_that_matters(void **state)
{
    struct sample *sample = sample_new();
    char *text;

    (void)state;
    sample->run.alone = " --suite-dir x";
    text = show(sample, (struct mqh_console){0});
    assert_null(strchr(text, '\033'));
    assert_null(strchr(text, '\r'));
    assert_string_equal(strstr(text, "11 cases: "), last_line);
    assert_holds(text, "mqspec 0.1.0: mqtt://127.0.0.1:1883, mosquitto version 2.0.11, MQTT 3.1.1 "
                       "5.0, 11 cases\n");
    assert_holds(text, "\na note\n");
    assert_holds(
        text, "\nFAIL    subscribe/no-filter[x=1]@5.0\n        breaks    v5 MQTT-3.8.3-2 (MUST, ");
    assert_holds(text, "        expected  closed reason=0x82\n        actual    SUBACK id=1 [0]\n");
    assert_holds(text, "          … 2 lines before");
    assert_holds(text, "         10.010  sub    <- SUBACK id=1 [0]\n");
    assert_holds(text, "        where     conformance/some/file.mqs:9\n");
    assert_holds(text, "        alone     mqspec test mqtt://127.0.0.1:1883 --suite-dir x --only "
                       "'subscribe/no-filter[x=1]@5.0'\n");
    assert_holds(text, "'will/late[s=\"it'\\''s\"]@5.0'");
    assert_holds(text, "'\n        alike     1 more: [x=2]\n\nBLOCKED will/late");
    assert_holds(text, "cases\na note\nWARN    retain/cleared@5.0: still there\nFLAKY   ");
    assert_holds(text, "\nskipped 1: no shared-subscriptions\n");
    assert_holds(text, "\nstale: known.txt:2: connect/accepted@5.0 was not BLOCKED\n");
    assert_holds(text, "\nnot cleaned up: session of client abc\n");
    assert_null(strstr(text, "subscribe/order@5.0"));
    assert_null(strstr(text, "secret"));
    free(text);
    free(sample);
}

static void test_sections_are_counted(void **state)
{
    struct sample *sample = sample_new();
    char *text = show(sample, (struct mqh_console){0});

    (void)state;
    assert_holds(text, "section             pass    fail    warn blocked    skip   flaky   error"
                       "   known\n");
    assert_holds(text, "subscribe              .       2       .       .       .       .       ."
                       "       1\n");
    free(text);
    free(sample);
}

static void test_verbose_shows_every_case_and_known_reds(void **state)
{
    struct sample *sample = sample_new();
    char *text = show(sample, (struct mqh_console){.verbose = true});

    (void)state;
    assert_holds(text, "PASS      1234 ms  connect/accepted@3.1.1\n");
    assert_holds(text, "\nFAIL    subscribe/order@5.0  (known: reorders <them>)\n");
    assert_null(strstr(text, "alike"));
    assert_null(strstr(text, "lines before"));
    free(text);
    free(sample);
}

static void test_trace_draws_each_case_as_it_comes(void **state)
{
    struct sample *sample = sample_new();
    char *text = show(sample, (struct mqh_console){.trace = true});

    (void)state;
    assert_holds(text, "subscribe/no-filter[x=1]@5.0: open\n"
                       "       s   sub       broker\n"
                       "    0.000   |========>|  connects\n"
                       "    1.001   |-------->|  CONNECT password=<concealed>\n"
                       "    2.002   |<--------|  SUBACK id=1 [0]\n"
                       "    3.003   |========>|  FIN\n"
                       "    4.004   :========>|  RST\n");
    assert_holds(text, "            :         |  !!\n");
    free(text);
    free(sample);
}

static void test_quiet_shows_the_last_line_alone(void **state)
{
    struct sample *sample = sample_new();
    char *text = show(sample, (struct mqh_console){.quiet = true});

    (void)state;
    assert_string_equal(text, last_line);
    free(text);
    free(sample);
}

static void test_a_terminal_sees_progress_that_is_erased(void **state)
{
    struct sample *sample = sample_new();
    char *text = show(sample, (struct mqh_console){.progress = true, .colour = true});

    (void)state;
    assert_holds(text, "\r\033[K10/11  4 red  will/ours");
    assert_holds(text, "\r\033[Ka note\n");
    assert_holds(text, "\033[1;31mFAIL   \033[0m subscribe/no-filter[x=1]@5.0");
    free(text);
    free(sample);
}

/* Whatever a case holds; only a command that is to be copied is longer than the screen is wide. */
static void test_a_red_case_fits_the_screen(void **state)
{
    enum { COLUMNS = 80, LINES = 24, LONG = 100000 };
    struct sample *sample = sample_new();
    char *flood = malloc(LONG + 1);

    (void)state;
    for (size_t i = 0; i < LONG; i++)
        flood[i] = i % 20 == 0 ? ' ' : 'x';
    flood[LONG] = '\0';
    sample->results[2].reason = flood;
    sample->results[2].expected = flood;
    for (size_t i = 0; i < SAMPLE_EVENTS; i++)
        sample->events[i].text = flood;

    char *text = show(sample, (struct mqh_console){.columns = COLUMNS, .lines = LINES});
    char *line = strstr(text, "\nFAIL ") + 1;
    char *end = strstr(line, "\n\n");
    unsigned lines = 2; /* the blank one before it, and the prompt */

    for (char *next; line < end; line = next + 1, lines++) {
        next = strchr(line, '\n');
        *next = '\0';
        if (strncmp(line, "        alone", 13) != 0)
            assert_in_range(mqc_utf8_count(mqc_slice_text(line)), 1, COLUMNS);
    }
    assert_in_range(lines, LINES - 6, LINES);
    free(text);
    free(flood);
    free(sample);
}

static void test_an_interrupted_run_says_so(void **state)
{
    struct sample *sample = sample_new();

    (void)state;
    sample->run.interrupted = true;
    sample->run.died = "it crashed";

    char *text = show(sample, (struct mqh_console){0});

    assert_holds(text,
                 "\nthe broker died: it crashed\ninterrupted: the broker died: 11 cases: 2 passed");
    free(text);
    free(sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_pipe_gets_plain_lines_that_end_with_all_that_matters),
        cmocka_unit_test(test_sections_are_counted),
        cmocka_unit_test(test_verbose_shows_every_case_and_known_reds),
        cmocka_unit_test(test_trace_draws_each_case_as_it_comes),
        cmocka_unit_test(test_quiet_shows_the_last_line_alone),
        cmocka_unit_test(test_a_terminal_sees_progress_that_is_erased),
        cmocka_unit_test(test_a_red_case_fits_the_screen),
        cmocka_unit_test(test_an_interrupted_run_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
