/*
 * What `mqspec test` was asked for, and what the run needs.
 */
#ifndef MQH_TEST_H
#define MQH_TEST_H

#include "harness/cli/target_options.h"
#include "harness/report/console.h"
#include "harness/runner/runner.h"

struct mqh_test {
    struct mqh_arena arena;
    struct mqh_runner_options options;
    struct mqh_console console;
    struct mqh_target target;
    struct mqh_target_options target_options;
    struct mqh_scenarios scenarios;
    struct mqh_known known;
    const char *command;
    const char *folder;
    const char *known_file;
    const char *known_output;
    const char *junit;
    const char *json;
    const char *tap;
    const char *html;
    const char *markdown;
    const char *evidence; /* folder */
    bool evidence_all;
    bool help;
    bool list;
    bool no_color;
};

/* Reads the options; what is no option stands from argv[optind]. False after a complaint. */
bool mqh_test_options(struct mqh_test *test, int argc, char **argv);

/* Leaves files about the red cases of a run in test->evidence (about all, if so asked for). False
 * after a complaint. */
bool mqh_test_evidence(const struct mqh_test *test, const struct mqh_run *run);

/* Makes that folder, if it is not there. False after a complaint. */
bool mqh_test_evidence_prepare(const struct mqh_test *test);

/* Prints the manual. */
void mqh_test_help(void);

#endif
