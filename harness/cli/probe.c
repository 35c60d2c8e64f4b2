#include <stdio.h>
#include <unistd.h>

#include "harness/cli/cli.h"
#include "harness/cli/suite.h"
#include "harness/cli/target_options.h"
#include "harness/cli/terminal.h"
#include "harness/report/report.h"
#include "harness/runner/runner.h"

static const char help[] =
    "mqspec probe URL [OPTION…]\n\n"
    "Shows on one screen what a broker is: what it says of itself, the versions it\n"
    "accepts, the limits it announces in CONNACK, what it is capable of in each\n"
    "version, and what it does where the standards leave a choice.\n\n";
static const char more_help[] =
    "Options\n"
    "  --protocol VERSION  3.1, 3.1.1 or 5.0 only; may be repeated, or hold commas\n"
    "  --timeout SECONDS   for one question at the most; 30 without it\n"
    "  --json              the same as a JSON object, in the form of mqspec test\n"
    "                      --json\n\n"
    "Exit status: 0, 2 for wrong usage, 3 if the broker cannot be reached.\n\n"
    "Examples\n"
    "  mqspec probe mqtt://127.0.0.1\n"
    "  mqspec probe mqtt://alice:secret@broker.example:1884 --protocol 5.0\n"
    "  mqspec probe mqtt://[::1] --json | jq .capabilities\n";

static void show_note(void *context, const char *text)
{
    (void)context;
    fprintf(stderr, "%s\n", text);
}

static int probe(struct mqh_arena *arena, struct mqh_runner_options *options, const char *url,
                 const struct mqh_target_options *target_options, bool json)
{
    struct mqh_target target;
    struct mqh_scenarios scenarios;
    struct mqh_run run = {0};
    const char *why = "";
    int status = MQH_EXIT_USAGE;

    if (!mqh_target_make(arena, "probe", url, target_options, &target))
        return MQH_EXIT_USAGE;
    if (!mqh_suite_load(arena, "probe", NULL, &scenarios))
        return MQH_EXIT_USAGE;
    options->target = &target;
    if (!mqh_runner_run(arena, options, &scenarios, &run, &why, &status)) {
        mqh_cli_complain("probe", "%s", why);
        return status;
    }
    if (run.interrupted)
        return MQH_EXIT_INTERRUPTED;
    run.command = "mqspec probe";
    if (json)
        mqh_report_json(stdout, &run);
    else
        mqh_report_probe(stdout, &run, mqh_terminal_columns(stdout));
    return run.died != NULL ? MQH_EXIT_UNREACHABLE : MQH_EXIT_OK;
}

enum { PROTOCOL = MQH_OPTION, TIMEOUT, JSON };

int mqh_cli_probe(int argc, char **argv)
{
    static const struct option words[] = {
        {"protocol", required_argument, NULL, PROTOCOL},
        {"timeout", required_argument, NULL, TIMEOUT},
        {"json", no_argument, NULL, JSON},
        MQH_TARGET_WORDS,
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct mqh_runner_options options = {
        .jobs = 128, .timeout_ms = 30000, .probe_only = true, .on_note = show_note};
    struct mqh_target_options target_options = {.header_capacity = 0};
    struct mqh_arena arena = {NULL};
    bool json = false;
    bool good = true;
    int option;

    while (good && (option = mqh_option_next(argc, argv, ":h", words)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            fputs(mqh_target_help, stdout);
            fputs(more_help, stdout);
            return MQH_EXIT_OK;
        }
        if (mqh_target_option(&arena, "probe", option, optarg, &target_options, &good) || !good)
            continue;
        good = option != '?';
        json = json || option == JSON;
        if (option == PROTOCOL)
            good = mqh_option_versions("probe", optarg, &options.versions);
        else if (option == TIMEOUT)
            good = mqh_option_seconds("probe", "timeout", optarg, &options.timeout_ms);
    }
    if (!good)
        return MQH_EXIT_USAGE;
    if (!mqh_cli_has_url("probe", argc, argv))
        return MQH_EXIT_USAGE;
    options.versions_given = options.versions != 0;
    if (!options.versions_given)
        options.versions = MQH_ALL_VERSIONS;

    int status = probe(&arena, &options, argv[optind], &target_options, json);

    mqh_arena_free(&arena);
    return status;
}
