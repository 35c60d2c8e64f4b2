#include <stdio.h>
#include <string.h>

#include "harness/cli/cli.h"
#include "harness/cli/output.h"
#include "harness/cli/run_page.h"
#include "harness/cli/suite.h"
#include "harness/cli/terminal.h"
#include "harness/cli/test.h"
#include "harness/report/report.h"

/* --- what is written ------------------------------------------------------------------------- */

struct output {
    const char *path;
    void (*report)(FILE *out, const struct mqh_run *run); /* NULL: the page */
};

enum { OUTPUT_COUNT = 6 };

static void outputs_of(const struct mqh_test *test, struct output outputs[OUTPUT_COUNT])
{
    outputs[0] = (struct output){test->junit, mqh_report_junit};
    outputs[1] = (struct output){test->json, mqh_report_json};
    outputs[2] = (struct output){test->tap, mqh_report_tap};
    outputs[3] = (struct output){test->markdown, mqh_report_markdown};
    outputs[4] = (struct output){test->known_output, mqh_report_known};
    outputs[5] = (struct output){test->html, NULL};
}

struct writing {
    const struct output *output;
    const struct mqh_run *run;
    const struct mqh_scenarios *scenarios;
};

static void write_report(FILE *out, const void *what)
{
    const struct writing *writing = what;

    if (writing->output->report != NULL)
        writing->output->report(out, writing->run);
    else
        mqh_run_page(out, writing->run, writing->scenarios);
}

/* Before the run: can all be written? Where one goes to standard output, the console gives way. */
static bool check_outputs(struct mqh_test *test)
{
    struct output outputs[OUTPUT_COUNT];
    unsigned standard = 0;

    outputs_of(test, outputs);
    for (int i = 0; i < OUTPUT_COUNT; i++) {
        if (outputs[i].path == NULL)
            continue;
        if (!mqh_output_check("test", outputs[i].path))
            return false;
        standard += strcmp(outputs[i].path, "-") == 0;
    }
    if (standard > 1) {
        mqh_cli_complain("test", "only one report can go to standard output");
        return false;
    }
    test->console.out = standard > 0 ? stderr : stdout;
    return true;
}

/* `complete`: a list of known failures is made of a whole run only. */
static bool write_outputs(const struct mqh_test *test, const struct mqh_run *run, bool complete)
{
    struct output outputs[OUTPUT_COUNT];
    bool good = true;

    outputs_of(test, outputs);
    for (int i = 0; i < OUTPUT_COUNT; i++) {
        const struct writing writing = {&outputs[i], run, &test->scenarios};

        if (outputs[i].path == NULL || (outputs[i].report == mqh_report_known && !complete))
            continue;
        good = mqh_output_write("test", outputs[i].path, write_report, &writing) && good;
    }
    return mqh_test_evidence(test, run) && good;
}

static void set_up_console(struct mqh_test *test)
{
    test->console.progress = mqh_terminal_is(test->console.out) && !test->console.quiet;
    test->console.colour = mqh_terminal_colour(test->console.out, test->no_color);
    test->console.columns = mqh_terminal_columns(test->console.out);
    test->console.lines = mqh_terminal_lines(test->console.out);
}

/* The options that the command to run one case alone needs, besides the URL. */
static const char *options_again(struct mqh_test *test)
{
    const struct mqh_runner_options *options = &test->options;
    struct mqh_arena *arena = &test->arena;
    const char *again = mqh_target_options_again(arena, &test->target);

    if (options->topic_prefix != NULL)
        again = mqh_arena_format(arena, "%s --topic-prefix '%s'", again, options->topic_prefix);
    if (options->denied_topic != NULL)
        again = mqh_arena_format(arena, "%s --denied-topic '%s'", again, options->denied_topic);
    if (test->folder != NULL)
        again = mqh_arena_format(arena, "%s --suite-dir '%s'", again, test->folder);
    if (options->sabotage)
        again = mqh_arena_format(arena, "%s --sabotage", again);
    return again;
}

/* --- the run --------------------------------------------------------------------------------- */

/* What the user typed, with the URL as it may be shown. */
static const char *command_shown(struct mqh_arena *arena, int argc, char **argv, const char *url,
                                 const char *shown)
{
    const char *command = "mqspec";

    for (int i = 0; i < argc; i++) {
        const char *word = argv[i] == url
                               ? shown
                               : mqh_target_word_shown(arena, argv[i], i > 0 ? argv[i - 1] : "");
        bool plain = word[strcspn(word, " *?[]'\"$\\;&|<>()#")] == '\0' && word[0] != '\0';

        command = mqh_arena_format(arena, plain ? "%s %s" : "%s '%s'", command, word);
    }
    return command;
}

static int run_suite(struct mqh_test *test)
{
    struct mqh_run run = {.command = test->command, .alone = options_again(test)};
    const char *why = "";
    int status = MQH_EXIT_USAGE;

    if (!mqh_runner_run(&test->arena, &test->options, &test->scenarios, &run, &why, &status)) {
        run.case_count = 0; /* planned, perhaps; but none was run */
        mqh_console_end(&test->console, &run);
        mqh_cli_complain("test", "%s", why);
        write_outputs(test, &run, false);
        return status;
    }
    mqh_console_end(&test->console, &run);
    if (!write_outputs(test, &run, !run.interrupted && run.died == NULL))
        return MQH_EXIT_USAGE;
    return run.interrupted ? MQH_EXIT_INTERRUPTED : mqh_run_status(&run);
}

static bool load_known(struct mqh_test *test)
{
    struct mqc_slice source;
    struct mqh_error error = {0};

    if (test->known_file == NULL)
        return true;
    if (!mqh_suite_read(&test->arena, "test", test->known_file, &source))
        return false;
    if (!mqh_known_parse(&test->arena, test->known_file, source, &test->known, &error)) {
        mqh_suite_complain(&error);
        return false;
    }
    test->options.known = &test->known;
    return true;
}

static int list_cases(struct mqh_test *test)
{
    struct mqh_selection selection = {test->options.only, test->options.only_count,
                                      test->options.skip, test->options.skip_count};
    struct mqh_cases cases;

    if (!mqh_suite_cases(&test->arena, &test->scenarios, test->options.versions, &cases) ||
        !mqh_selection_check(&selection, "test", &cases))
        return MQH_EXIT_USAGE;
    for (size_t i = 0; i < cases.count; i++) {
        const struct mqh_scenario *scenario = cases.items[i].scenario;

        if (!mqh_selection_has(&selection, &cases.items[i]) || scenario->by_server_role ||
            (scenario->intrusive && !test->options.intrusive) ||
            (scenario->slow && !test->options.slow) ||
            !mqh_suite_has(test->options.suite, scenario))
            continue;
        printf("%s@%s\n", cases.items[i].id, mqc_version_name(cases.items[i].version));
    }
    return MQH_EXIT_OK;
}

/* Who has written one shall not take it for a pass. */
static void tell_left_out(const struct mqh_test *test)
{
    unsigned count = 0;

    for (size_t i = 0; i < test->scenarios.count; i++)
        count += test->scenarios.items[i].by_server_role;
    if (test->folder != NULL && count > 0)
        mqh_cli_complain("test",
                         "%u scenario%s with a `server` %s left out: here mqspec plays clients",
                         count, count == 1 ? "" : "s", count == 1 ? "is" : "are");
}

static int run(struct mqh_test *test, int argc, char **argv)
{
    test->options.versions_given = test->options.versions != 0;
    if (!test->options.versions_given)
        test->options.versions = MQH_ALL_VERSIONS;
    if (!(test->list && optind == argc) && !mqh_cli_has_url("test", argc, argv))
        return MQH_EXIT_USAGE;
    if (optind < argc &&
        !mqh_target_make(&test->arena, "test", argv[optind], &test->target_options, &test->target))
        return MQH_EXIT_USAGE;
    if (!check_outputs(test) || !mqh_test_evidence_prepare(test) || !load_known(test) ||
        !mqh_suite_load(&test->arena, "test", test->folder, &test->scenarios))
        return MQH_EXIT_USAGE;
    if (test->list)
        return list_cases(test);
    test->command = command_shown(&test->arena, argc, argv, argv[optind], test->target.url);
    tell_left_out(test);
    set_up_console(test);
    test->options.target = &test->target;
    test->options.on_start = mqh_console_on_start;
    test->options.on_case = mqh_console_on_case;
    test->options.on_note = mqh_console_on_note;
    test->options.context = &test->console;
    return run_suite(test);
}

int mqh_cli_test(int argc, char **argv)
{
    struct mqh_test test = {.options = {.jobs = 128, .timeout_ms = 60000}};
    int status = MQH_EXIT_USAGE;

    if (mqh_test_options(&test, argc, argv)) {
        if (test.help) {
            mqh_test_help();
            status = MQH_EXIT_OK;
        } else {
            status = run(&test, argc, argv);
        }
    }
    mqh_arena_free(&test.arena);
    return status;
}
