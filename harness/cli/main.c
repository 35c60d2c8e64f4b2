/*
 * mqspec COMMAND …: finds the command, and makes sure that its output arrived: a reader that
 * went away (`| head`) is no error, a full disk is one.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "harness/catalogue/version.h"
#include "harness/cli/cli.h"

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *says;
} commands[] = {
    {"test", mqh_cli_test, "run the conformance suite against a broker"},
    {"report", mqh_cli_report, "compare the results of several runs, or tell one again"},
    {"probe", mqh_cli_probe, "what a broker says of itself, accepts, and does"},
    {"decode", mqh_cli_decode, "bytes to notation, with every fault"},
    {"encode", mqh_cli_encode, "notation to bytes"},
    {"lint", mqh_cli_lint, "what was wrong in a capture, on either side"},
    {"replay", mqh_cli_replay, "do again what was captured, and see whether it happens again"},
    {"minimise", mqh_cli_minimise, "cut a capture down while the broker still fails"},
    {"convert", mqh_cli_convert, "captures, bytes and hex to scenarios and captures"},
    {"proxy", mqh_cli_proxy, "between clients and a broker: judge both sides while they talk"},
    {"list", mqh_cli_list, "scenarios, cases, requirements and who proves them"},
    {"serve", mqh_cli_serve, "the reference broker on a socket, with defects if wanted"},
    {"mutants", mqh_cli_mutants, "the suite against a broker with defects: does it find them?"},
};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static void write_help(FILE *out)
{
    fputs("mqspec tests MQTT brokers and clients against the standards, 3.1, 3.1.1 and 5.0.\n\n"
          "  mqspec COMMAND [OPTION…] [ARGUMENT…]\n\n",
          out);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].says);
    fputs("\nmqspec COMMAND --help says more, with examples. NOTATION.md, in conformance/ or\n"
          "share/doc/mqspec/, teaches the notation of packets and scenarios.\n\n"
          "  mqspec test mqtt://127.0.0.1:1883\n"
          "  mqspec decode --hex 'c0 00'\n"
          "  mqspec encode 'PUBLISH topic=\"a/b\" payload=\"hi\"'\n",
          out);
}

static int run(int argc, char **argv)
{
    if (argc < 2) {
        write_help(stderr);
        return MQH_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        (strcmp(argv[1], "help") == 0 && argc == 2)) {
        write_help(stdout);
        return MQH_EXIT_OK;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        printf("mqspec %s\n", mqh_version());
        return MQH_EXIT_OK;
    }

    bool help = strcmp(argv[1], "help") == 0; /* mqspec help COMMAND */
    char *for_help[] = {argv[help ? 2 : 1], "--help", NULL};

    if (strcmp(for_help[0], "minimize") == 0)
        for_help[0] = "minimise";

    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(for_help[0], commands[i].name) == 0)
            return help ? commands[i].run(2, for_help) : commands[i].run(argc - 1, argv + 1);
    fprintf(stderr, "mqspec: \"%s\" is no command; mqspec --help lists all\n", for_help[0]);
    return MQH_EXIT_USAGE;
}

static bool is_read_by_somebody(FILE *file)
{
    struct stat status;

    return fstat(fileno(file), &status) == 0 &&
           (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode));
}

/* Where an earlier write failed, nothing may be left of which the last one could say why. */
static bool arrived(FILE *file, int *trouble)
{
    errno = 0;

    bool good = fflush(file) == 0 && !ferror(file);

    *trouble = errno != 0 ? errno : EIO;
    return good || errno == EPIPE || (errno == 0 && is_read_by_somebody(file));
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); /* of sockets too: a write to a dead one is an error, not the end */

    int status = run(argc, argv);
    int trouble;

    if (!arrived(stdout, &trouble)) {
        fprintf(stderr, "mqspec: cannot write the output: %s\n", strerror(trouble));
        return MQH_EXIT_USAGE;
    }
    return status;
}
