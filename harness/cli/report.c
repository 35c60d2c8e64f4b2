/*
 * mqspec report A.json B.json …: what finished runs say, one alone or several beside each other. No
 * broker is needed.
 */
#include <stdio.h>
#include <string.h>

#include "harness/cli/cli.h"
#include "harness/cli/output.h"
#include "harness/cli/run_page.h"
#include "harness/cli/suite.h"
#include "harness/cli/terminal.h"
#include "harness/report/compare.h"
#include "harness/report/console.h"
#include "harness/report/read.h"
#include "harness/report/report.h"
#include "harness/report/safe.h"

static const char help[] =
    "mqspec report FILE… [OPTION…]\n\n"
    "Reads results of mqspec test --json. Of one it tells again what the run told.\n"
    "Several it compares: who breaks what, the choices that brokers make where the\n"
    "standards leave one, the limits that they announce. Of two runs of one broker\n"
    "it tells what is new since the earlier, what is mended, and what is still red.\n"
    "A broker is the same if it calls itself the same but for its version, or says\n"
    "nothing of itself and has the same URL.\n\n"
    "  --one-broker      all are runs of one broker, whatever it calls itself\n"
    "  --html FILE       a page with all of it, and every case that is red with its\n"
    "                    packets; of one run the page of mqspec test --html\n"
    "  --markdown FILE   the same for a CI step summary or a comment on a pull\n"
    "                    request; FILE may be -, standard output, which it then\n"
    "                    has alone\n"
    "  --verbose         also what is alike in all, and every case that is still red\n"
    "  --quiet           nothing at the console\n"
    "  --no-color        no colour (nor with NO_COLOR in the environment, nor in a\n"
    "                    pipe)\n\n"
    "Exit status: 0, whatever the runs found; 2 for a file that is no such result.\n\n"
    "Examples\n"
    "  mqspec report mosquitto.json\n"
    "  mqspec report mosquitto.json ejabberd.json aedes.json\n"
    "  mqspec report last-week.json today.json --markdown -\n";

struct report {
    struct mqh_arena arena;
    struct mqh_run runs[MQH_COMPARE_MAX];
    json_t *reports[MQH_COMPARE_MAX]; /* what they were read from */
    const char *labels[MQH_COMPARE_MAX];
    size_t count;
    struct mqh_comparison comparison;
    struct mqh_scenarios scenarios; /* of the page of one run */
    const char *html;
    const char *markdown;
    bool one_broker;
    bool verbose;
    bool quiet;
    bool no_color;
};

/* --- files ------------------------------------------------------------------------------------ */

/* "results/mosquitto.json" -> "mosquitto". */
static const char *stem(struct mqh_arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    size_t size = strlen(name);

    if (size > 5 && strcmp(name + size - 5, ".json") == 0)
        size -= 5;
    return mqh_arena_text(arena, (struct mqc_slice){(const uint8_t *)name, size});
}

/* Names that differ: where two files are called the same, with their folders. */
static void name_runs(struct report *report, char **paths)
{
    for (size_t i = 0; i < report->count; i++) {
        report->labels[i] = stem(&report->arena, paths[i]);
        for (size_t j = 0; j < report->count; j++)
            if (i != j && strcmp(report->labels[i], stem(&report->arena, paths[j])) == 0)
                report->labels[i] = paths[i];
    }
}

static bool is_same_run(const struct mqh_run *a, const struct mqh_run *b)
{
    return strcmp(a->started, b->started) == 0 && strcmp(a->target->url, b->target->url) == 0 &&
           strcmp(a->command, b->command) == 0 && a->duration_ms == b->duration_ms;
}

static bool read_run(struct report *report, char **paths, size_t index)
{
    struct mqc_slice text;
    const char *why;

    if (!mqh_suite_read(&report->arena, "report", paths[index], &text))
        return false;
    if (!mqh_report_read(&report->arena, text, &report->runs[index],
                         report->html == NULL ? NULL : &report->reports[index], &why)) {
        mqh_cli_complain("report", "%s: %s", paths[index], why);
        return false;
    }
    for (size_t i = 0; i < index; i++) {
        if (is_same_run(&report->runs[i], &report->runs[index])) {
            mqh_cli_complain("report", "%s: the same run as %s", paths[index], paths[i]);
            return false;
        }
        if (strcmp(report->runs[i].tool, report->runs[index].tool) != 0)
            fprintf(stderr,
                    "mqspec report: %s is by %s, %s by %s: a case that only one of them has says "
                    "nothing of a broker\n",
                    paths[i], report->runs[i].tool, paths[index], report->runs[index].tool);
    }
    return true;
}

/* --- reports ---------------------------------------------------------------------------------- */

static void show_run(const struct report *report)
{
    struct mqh_console console = {
        .out = stdout,
        .colour = mqh_terminal_colour(stdout, report->no_color),
        .verbose = report->verbose,
        .columns = mqh_terminal_columns(stdout),
        .lines = mqh_terminal_lines(stdout),
    };

    mqh_console_on_start(&console, &report->runs[0]);
    mqh_console_end(&console, &report->runs[0]);
    if (report->runs[0].failed != NULL) {
        fputs("nothing could be tested: ", stdout);
        mqh_plain_text(stdout, report->runs[0].failed, 0);
        putchar('\n');
    }
}

static void write_markdown(FILE *out, const void *what)
{
    const struct report *report = what;

    if (report->count == 1)
        mqh_report_markdown(out, &report->runs[0]);
    else
        mqh_compare_markdown(out, &report->comparison);
}

static void write_html(FILE *out, const void *what)
{
    const struct report *report = what;

    if (report->count == 1)
        mqh_run_page_write(out, report->reports[0], &report->scenarios);
    else
        mqh_compare_page(out, &report->comparison, report->reports);
}

/* Can both be written? What goes to standard output has it alone. */
static bool check_outputs(struct report *report)
{
    const char *paths[] = {report->html, report->markdown};
    unsigned standard = 0;

    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (paths[i] != NULL && !mqh_output_check("report", paths[i]))
            return false;
        standard += paths[i] != NULL && strcmp(paths[i], "-") == 0;
    }
    if (standard > 1)
        mqh_cli_complain("report", "only one report can go to standard output");
    report->quiet = report->quiet || standard > 0;
    return standard <= 1;
}

static int report_runs(struct report *report, char **paths, size_t count)
{
    if (count == 0)
        return mqh_cli_complain("report", "expected results of mqspec test --json");
    if (count > MQH_COMPARE_MAX)
        return mqh_cli_complain("report", "%zu files; at most %d can be compared", count,
                                MQH_COMPARE_MAX);
    if (!check_outputs(report))
        return MQH_EXIT_USAGE;
    for (; report->count < count; report->count++)
        if (!read_run(report, paths, report->count))
            return MQH_EXIT_USAGE;
    if (count == 1 && report->html != NULL &&
        !mqh_suite_load(&report->arena, "report", NULL, &report->scenarios))
        return MQH_EXIT_USAGE;
    name_runs(report, paths);
    report->comparison = mqh_compare(&report->arena, report->runs, report->labels, report->count,
                                     report->one_broker);
    if (!report->quiet && count == 1)
        show_run(report);
    else if (!report->quiet)
        mqh_compare_text(stdout, &report->comparison, mqh_terminal_columns(stdout),
                         report->verbose);
    if ((report->html != NULL && !mqh_output_write("report", report->html, write_html, report)) ||
        (report->markdown != NULL &&
         !mqh_output_write("report", report->markdown, write_markdown, report)))
        return MQH_EXIT_USAGE;
    return MQH_EXIT_OK;
}

enum { ONE_BROKER = MQH_OPTION, HTML, MARKDOWN, VERBOSE, QUIET, NO_COLOR };

int mqh_cli_report(int argc, char **argv)
{
    static const struct option words[] = {
        {"one-broker", no_argument, NULL, ONE_BROKER},
        {"html", required_argument, NULL, HTML},
        {"markdown", required_argument, NULL, MARKDOWN},
        {"verbose", no_argument, NULL, VERBOSE},
        {"quiet", no_argument, NULL, QUIET},
        {"no-color", no_argument, NULL, NO_COLOR},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct report report = {.count = 0};
    int option;

    while ((option = mqh_option_next(argc, argv, ":h", words)) != -1) {
        switch (option) {
        case 'h':
            fputs(help, stdout);
            return MQH_EXIT_OK;
        case ONE_BROKER:
            report.one_broker = true;
            break;
        case HTML:
            report.html = optarg;
            break;
        case MARKDOWN:
            report.markdown = optarg;
            break;
        case VERBOSE:
            report.verbose = true;
            break;
        case QUIET:
            report.quiet = true;
            break;
        case NO_COLOR:
            report.no_color = true;
            break;
        default:
            return MQH_EXIT_USAGE;
        }
    }

    int status = report_runs(&report, argv + optind, (size_t)(argc - optind));

    for (size_t i = 0; i < MQH_COMPARE_MAX; i++)
        json_decref(report.reports[i]);
    mqh_arena_free(&report.arena);
    return status;
}
