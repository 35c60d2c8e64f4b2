#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/runner/run.h"

static const struct row {
    const char *name;
    unsigned counts[MQH_VERDICT_COUNT]; /* PASS FAIL WARN BLOCKED SKIP FLAKY ERROR */
    unsigned known_count;
    bool strict;
    bool died;
    bool stale;
    int status;
} rows[] = {
    {"nothing ran", {0}, 0, false, false, false, 1},
    {"all was skipped", {0, 0, 0, 0, 9}, 0, false, false, false, 1},
    {"all passed", {9}, 0, false, false, false, 0},
    {"a warning", {9, 0, 1}, 0, false, false, false, 0},
    {"a warning, strict", {9, 0, 1}, 0, true, false, false, 1},
    {"flaky, strict", {9, 0, 0, 0, 0, 1}, 0, true, false, false, 0},
    {"only known reds", {0}, 3, true, false, false, 0},
    {"a failure", {9, 1}, 0, false, false, false, 1},
    {"a blocked one", {9, 0, 0, 1}, 0, false, false, false, 1},
    {"a stale entry", {9}, 0, false, false, true, 1},
    {"an error beats a failure", {9, 1, 0, 0, 0, 0, 1}, 0, false, false, false, 2},
    {"a dead broker beats all", {9, 1, 0, 0, 0, 0, 1}, 0, false, true, false, 3},
};

static void test_run_status_lets_the_highest_win(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct mqh_case mended = {.id = "a/b"};
        struct mqh_known_entry entry = {.applies = true, .mended = rows[i].stale ? &mended : NULL};
        struct mqh_known known = {.entries = &entry, .count = 1};
        struct mqh_run run = {.known_count = rows[i].known_count,
                              .strict = rows[i].strict,
                              .known = i % 2 == 0 && !rows[i].stale ? NULL : &known,
                              .died = rows[i].died ? "it died" : NULL};

        memcpy(run.counts, rows[i].counts, sizeof(run.counts));
        if (mqh_run_status(&run) != rows[i].status)
            fail_msg("%s: %d", rows[i].name, mqh_run_status(&run));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run_status_lets_the_highest_win),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
