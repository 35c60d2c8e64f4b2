#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness/cli/recording_options.h"
#include "harness/replay/lint.h"

static const char help[] =
    "mqspec lint FILE… [OPTION…]\n\n"
    "Judges what was said over MQTT, by every rule that a bystander can see, of client and server\n"
    "alike. FILE is a capture (pcap, pcapng; MQTT over TCP or WebSocket), hex text with the bytes "
    "of\n"
    "one client a line, or a client's bytes as they are; - is standard input.\n\n"
    "  --side client|server|both  whose breaches of a MUST set the exit status; both without it\n"
    "  --strict            breaches of a SHOULD count too\n"
    "  --json              one JSON object a line for each breach, and a summary at the end\n"
    "  --quiet             the summary only\n\n";
static const char more_help[] =
    "\n"
    "Exit status: 0 no breach that counts, 1 one, 2 wrong usage or a file that cannot be read to "
    "its\n"
    "end (what came before is judged).\n\n"
    "Examples\n"
    "  mqspec lint night.pcapng --side server\n"
    "  tcpdump -i lo -w - port 1883 | mqspec lint -\n"
    "  mqspec lint midway.pcapng --protocol 3.1.1 --port 1884 --json | jq .rule\n";

struct linter {
    struct mqh_recording_choice from;
    enum mqc_side side; /* unknown: both */
    bool strict;
    bool json;
    bool quiet;
    bool many; /* files: their names are shown */
    const char *path;
    bool progress; /* a line of it stands on the screen */
};

/* ---- findings ---- */

static const char *level_name(enum mqc_level level)
{
    return level == MQC_MUST ? "MUST" : "SHOULD";
}

static void clear_progress(struct linter *linter)
{
    if (linter->progress)
        fputs("\r\033[K", stderr);
    linter->progress = false;
}

static void show_json(const struct linter *linter, const struct mqh_finding *finding)
{
    const struct mqh_breach *b = finding->breach;
    char rule[96];
    json_t *line;

    snprintf(rule, sizeof rule, "%s %s", mqc_version_space(b->version), b->id);
    line = json_pack("{s:o, s:f, s:i, s:s, s:s, s:s, s:s, s:s}", "frame",
                     finding->frame > 0 ? json_integer((json_int_t)finding->frame) : json_null(),
                     "time", finding->time_s, "connection", (int)b->connection, "side",
                     b->side == MQC_CLIENT ? "client" : "server", "rule", rule, "level",
                     level_name(b->level), "text", b->text, "notation", finding->notation);
    if (line == NULL)
        return;
    if (linter->many)
        json_object_set_new(line, "file", json_string(linter->path));
    json_dumpf(line, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(line);
}

static void show_text(const struct linter *linter, const struct mqh_finding *finding)
{
    const struct mqh_breach *b = finding->breach;

    if (linter->many)
        printf("%s: ", linter->path);
    if (finding->frame > 0)
        printf("frame %" PRIu64 "  %.6f s  ", finding->frame, finding->time_s);
    printf("#%u %s  %s %s (%s): %s: %s\n", b->connection,
           b->side == MQC_CLIENT ? "client" : "server", mqc_version_space(b->version), b->id,
           level_name(b->level), b->says, b->text);
    if (finding->notation[0] != '\0')
        printf("    %s\n", finding->notation);
}

static void on_finding(void *context, const struct mqh_finding *finding)
{
    struct linter *linter = context;

    clear_progress(linter);
    if (linter->quiet)
        return;
    if (linter->json)
        show_json(linter, finding);
    else
        show_text(linter, finding);
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

static void summarise_json(const struct linter *linter, const struct mqh_lint_counts *c)
{
    json_t *line = json_pack(
        "{s:{s:s, s:I, s:I, s:I, s:i, s:i, s:i, s:I, s:i, s:i, s:{s:I, s:I}, s:{s:I, s:I}}}",
        "summary", "file", linter->path, "frames", (json_int_t)c->capture.frames, "packets",
        (json_int_t)c->packets, "bytes", (json_int_t)c->bytes, "connections", (int)c->connections,
        "midway", (int)c->midway, "unversioned", (int)c->unversioned, "not_whole",
        (json_int_t)c->passed, "blind", (int)c->blind, "restarts", (int)c->restarts, "client",
        "MUST", (json_int_t)c->client_must, "SHOULD", (json_int_t)c->client_should, "server",
        "MUST", (json_int_t)c->server_must, "SHOULD", (json_int_t)c->server_should);

    if (line == NULL)
        return;
    json_dumpf(line, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(line);
}

static void note(unsigned long long count, const char *text)
{
    if (count > 0)
        printf("note: %llu %s\n", count, text);
}

static void summarise_text(const struct linter *linter, const struct mqh_lint_counts *c)
{
    note(c->midway, "connections began before the capture: what they had open is unknown");
    note(c->unversioned, "connections were not judged: no CONNECT names their version, and no "
                         "--protocol");
    note(c->passed, "packets are not whole in the capture: not judged");
    note(c->blind, "directions could not be followed to their end");
    note(c->restarts, "times the memory for sessions was full: what was known was forgotten");
    note(c->capture.tls - c->capture.decrypted, "connections are TLS, and no key is there");
    note(c->capture.fragments, "fragments of IP packets were passed over");
    note(c->capture.cut, "frames end inside a header");
    note(c->capture.unknown_links, "frames of a link type that is not read");
    if (linter->many)
        printf("%s: ", linter->path);
    printf("%" PRIu64 " packets on %u connection%s: client broke %" PRIu64 " MUST, %" PRIu64
           " SHOULD; server broke %" PRIu64 " MUST, %" PRIu64 " SHOULD\n",
           c->packets, c->connections, c->connections == 1 ? "" : "s", c->client_must,
           c->client_should, c->server_must, c->server_should);
}

static bool is_red(const struct linter *linter, const struct mqh_lint_counts *c)
{
    uint64_t client = c->client_must + (linter->strict ? c->client_should : 0);
    uint64_t server = c->server_must + (linter->strict ? c->server_should : 0);

    return (linter->side != MQC_SERVER && client > 0) || (linter->side != MQC_CLIENT && server > 0);
}

static int lint(struct linter *linter, const char *path)
{
    struct mqh_lint_counts counts;
    char why[300] = "";
    bool whole;

    linter->path = path;
    whole =
        mqh_lint_file(path, &linter->from.options, on_finding, linter, &counts, why, sizeof why);
    clear_progress(linter);
    if (whole && counts.connections == 0) {
        mqh_capture_explain(&counts.capture, why, sizeof why);
        whole = false;
    }
    if (linter->json)
        summarise_json(linter, &counts);
    else if (counts.connections > 0)
        summarise_text(linter, &counts);
    if (!whole) {
        fflush(stdout);
        return mqh_cli_complain("lint", "%s: %s", strcmp(path, "-") == 0 ? "standard input" : path,
                                why);
    }
    return is_red(linter, &counts) ? MQH_EXIT_RED : MQH_EXIT_OK;
}

/* ---- options ---- */

enum { SIDE = MQH_OPTION, STRICT, JSON, QUIET };

static bool take_side(struct linter *linter, const char *text)
{
    if (strcmp(text, "client") == 0)
        linter->side = MQC_CLIENT;
    else if (strcmp(text, "server") == 0)
        linter->side = MQC_SERVER;
    else if (strcmp(text, "both") == 0)
        linter->side = MQC_SIDE_UNKNOWN;
    else
        return mqh_cli_complain("lint", "--side %s: expected client, server or both", text) == 0;
    return true;
}

static bool take_option(struct linter *linter, int option)
{
    switch (option) {
    case SIDE:
        return take_side(linter, optarg);
    case STRICT:
        linter->strict = true;
        return true;
    case JSON:
        linter->json = true;
        return true;
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
        {"quiet", no_argument, NULL, QUIET},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct linter linter = {.from = MQH_RECORDING_CHOICE};
    int status = MQH_EXIT_OK;
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
    linter.many = argc - optind > 1;
    linter.from.options.capture.progress_context = &linter;
    if (isatty(STDERR_FILENO))
        linter.from.options.capture.on_progress = on_progress;
    for (int i = optind; i < argc; i++) {
        int one = lint(&linter, argv[i]);

        status = one > status ? one : status;
    }
    return status;
}
