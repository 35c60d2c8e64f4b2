#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/cli/finding.h"
#include "harness/cli/lint_junit.h"
#include "harness/cli/output.h"
#include "harness/cli/recording_options.h"
#include "harness/replay/lint.h"

static const char help[] =
    "mqspec lint FILE… [OPTION…]\n\n"
    "Judges what was said over MQTT, by every rule that a bystander can see, of\n"
    "client and server alike.\n\n"
    "  --side client|server|both  whose breaches of a MUST set the exit status; both\n"
    "                             without it\n"
    "  --strict            breaches of a SHOULD count too\n"
    "  --json              one JSON object a line for each breach, and a summary at\n"
    "                      the end\n"
    "  --junit FILE        the same for a CI server: a suite for each file, a case\n"
    "                      for each rule that a side broke\n"
    "  --quiet             the summary only\n\n";
static const char more_help[] =
    "\n"
    "Exit status: 0 no breach that counts, 1 one, 2 wrong usage, a file that cannot\n"
    "be read to its end (what came before is judged), or one of which nothing was\n"
    "judged.\n\n"
    "Examples\n"
    "  mqspec lint night.pcapng --side server\n"
    "  tcpdump -i lo -w - port 1883 | mqspec lint -\n"
    "  mqspec lint midway.pcapng --protocol 3.1.1 --port 1884 --json | jq .rule\n";

struct linter {
    struct mqh_recording_choice from;
    struct mqh_lint_junit report; /* its `side` and `strict` are those of the exit status */
    const char *junit;            /* where it goes; NULL: nobody asks */
    bool json;
    bool quiet;
    bool many; /* files: their names are shown */
    const char *path;
    bool progress; /* a line of it stands on the screen */
};

/* ---- findings ---- */

static void clear_progress(struct linter *linter)
{
    if (linter->progress)
        fputs("\r\033[K", stderr);
    linter->progress = false;
}

static void on_finding(void *context, const struct mqh_finding *finding)
{
    struct linter *linter = context;

    clear_progress(linter);
    if (linter->junit != NULL)
        mqh_lint_junit_add(&linter->report, finding);
    if (linter->quiet)
        return;
    if (linter->json)
        mqh_finding_json(finding, linter->many ? linter->path : NULL);
    else
        mqh_finding_text(finding, linter->many ? linter->path : NULL);
}

static void on_progress(void *context, uint64_t offset, uint64_t size)
{
    struct linter *linter = context;

    if (size > 0)
        fprintf(stderr, "\r%3u %% of %" PRIu64 " MB", (unsigned)(100 * offset / size),
                size / 1000000);
    else
        fprintf(stderr, "\r%" PRIu64 " MB", offset / 1000000);
    linter->progress = true;
}

/* ---- summary ---- */

static void write_notes(FILE *out, const struct mqh_lint_counts *c)
{
    mqh_finding_notes(out, &c->said);
    mqh_finding_capture_notes(out, &c->capture);
}

static void report_notes(struct linter *linter, const struct mqh_lint_counts *counts)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (out != NULL) {
        write_notes(out, counts);
        fclose(out);
        mqh_lint_junit_note(&linter->report, text);
    }
    free(text);
}

/* Silence about it would be taken for praise. False if no packet was judged. */
static bool was_judged(const struct mqh_lint_counts *counts, char *why, size_t size)
{
    if (counts->said.judged > 0)
        return true;
    if (counts->said.connections == 0 && counts->capture.talks > 0)
        snprintf(why, size, "there is no such connection in it; it has %u with MQTT",
                 counts->capture.talks);
    else if (counts->said.connections == 0)
        mqh_capture_explain(&counts->capture, why, size);
    else if (counts->said.unversioned > 0)
        snprintf(why, size,
                 "nothing was judged: no CONNECT names the version; "
                 "--protocol VERSION gives it, if this is MQTT");
    else
        snprintf(why, size, "nothing was judged: no packet is there whole");
    return false;
}

static int lint(struct linter *linter, const char *path)
{
    struct mqh_lint_counts counts;
    char why[300] = "";
    bool whole;
    bool good;

    linter->path = path;
    mqh_lint_junit_begin(&linter->report, path);
    whole =
        mqh_lint_file(path, &linter->from.options, on_finding, linter, &counts, why, sizeof why);
    clear_progress(linter);
    good = whole && was_judged(&counts, why, sizeof why);
    if (linter->json) {
        mqh_finding_summary_json(&counts.said, path, &counts.capture);
    } else if (counts.said.connections > 0) {
        write_notes(stdout, &counts);
        mqh_finding_summary(&counts.said, linter->many ? linter->path : NULL);
    }
    if (linter->junit != NULL)
        report_notes(linter, &counts);
    if (!good) {
        mqh_lint_junit_fail(&linter->report, why);
        fflush(stdout);
        return mqh_cli_complain("lint", "%s: %s", strcmp(path, "-") == 0 ? "standard input" : path,
                                why);
    }
    return mqh_finding_is_red(&counts.said, linter->report.side, linter->report.strict)
               ? MQH_EXIT_RED
               : MQH_EXIT_OK;
}

static int lint_all(struct linter *linter, char **paths, int count)
{
    int status = MQH_EXIT_OK;

    linter->many = count > 1;
    for (int i = 0; i < count; i++) {
        int one = lint(linter, paths[i]);

        status = one > status ? one : status;
    }
    if (linter->junit != NULL &&
        !mqh_output_write("lint", linter->junit, mqh_lint_junit_write, &linter->report))
        status = MQH_EXIT_USAGE;
    mqh_arena_free(&linter->report.arena);
    return status;
}

/* ---- options ---- */

enum { SIDE = MQH_OPTION, STRICT, JSON, JUNIT, QUIET };

/* Standard output has the findings. */
static bool take_junit(struct linter *linter, const char *path)
{
    linter->junit = path;
    if (strcmp(path, "-") != 0)
        return mqh_output_check("lint", path);
    mqh_cli_complain("lint", "--junit -: expected a file, for standard output has the breaches");
    return false;
}

static bool take_option(struct linter *linter, int option)
{
    switch (option) {
    case SIDE:
        return mqh_finding_side("lint", optarg, &linter->report.side);
    case STRICT:
        linter->report.strict = true;
        return true;
    case JSON:
        linter->json = true;
        return true;
    case JUNIT:
        return take_junit(linter, optarg);
    case QUIET:
        linter->quiet = true;
        return true;
    default:
        return false;
    }
}

int mqh_cli_lint(int argc, char **argv)
{
    static const struct option options[] = {
        {"side", required_argument, NULL, SIDE},
        {"strict", no_argument, NULL, STRICT},
        MQH_RECORDING_WORDS,
        {"json", no_argument, NULL, JSON},
        {"junit", required_argument, NULL, JUNIT},
        {"quiet", no_argument, NULL, QUIET},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct linter linter = {.from = MQH_RECORDING_CHOICE};
    int option;

    while ((option = mqh_option_next(argc, argv, ":h", options)) != -1) {
        bool good = true;

        if (option == 'h') {
            fputs(help, stdout);
            fputs(mqh_recording_help, stdout);
            fputs(more_help, stdout);
            return MQH_EXIT_OK;
        }
        if (mqh_recording_option("lint", option, optarg, &linter.from, &good))
            continue;
        if (!good || !take_option(&linter, option))
            return MQH_EXIT_USAGE;
    }
    if (optind == argc)
        return mqh_cli_complain("lint", "expected a file, such as night.pcapng");
    linter.from.options.capture.progress_context = &linter;
    if (isatty(STDERR_FILENO))
        linter.from.options.capture.on_progress = on_progress;
    return lint_all(&linter, argv + optind, argc - optind);
}
