/*
 * The commands of mqspec, and what they share: how to complain, and options.
 *
 * Each command gets its own name as argv[0] and returns the exit status. Output goes to stdout, any
 * complaint is one line on stderr. main() looks after a broken pipe and a full disk.
 */
#ifndef MQH_CLI_H
#define MQH_CLI_H

#include <getopt.h>
#include <stdbool.h>

#include "codec/version.h"

/* DESIGN, Exit status. MQH_EXIT_INTERRUPTED is what shells give for Ctrl-C. */
enum mqh_exit {
    MQH_EXIT_OK = 0,
    MQH_EXIT_RED = 1,
    MQH_EXIT_USAGE = 2,
    MQH_EXIT_UNREACHABLE = 3,
    MQH_EXIT_INTERRUPTED = 130,
};

int mqh_cli_test(int argc, char **argv);
int mqh_cli_decode(int argc, char **argv);
int mqh_cli_encode(int argc, char **argv);
int mqh_cli_probe(int argc, char **argv);
int mqh_cli_list(int argc, char **argv);
int mqh_cli_convert(int argc, char **argv);
int mqh_cli_lint(int argc, char **argv);
int mqh_cli_replay(int argc, char **argv);
int mqh_cli_minimise(int argc, char **argv);
int mqh_cli_proxy(int argc, char **argv);
int mqh_cli_serve(int argc, char **argv);
int mqh_cli_mutants(int argc, char **argv);
int mqh_cli_report(int argc, char **argv);

/* Writes "mqspec COMMAND: …" and a newline to stderr, and returns MQH_EXIT_USAGE. */
__attribute__((format(printf, 2, 3))) int mqh_cli_complain(const char *command, const char *format,
                                                           ...);

/* True if one argument is left, a URL; else false after a complaint. */
bool mqh_cli_has_url(const char *command, int argc, char **argv);

/*
 * getopt_long() with complaints of ours: the option's `val`, -1 at the end, '?' after a complaint
 * about an option that is unknown or lacks its value. `letters` begins with a colon; a long option
 * without a letter has a `val` from MQH_OPTION up.
 */
enum { MQH_OPTION = 256 };
int mqh_option_next(int argc, char **argv, const char *letters, const struct option *options);

/*
 * Values of options. Each returns false after a complaint that names the option, the value and what
 * was expected.
 */
bool mqh_option_number(const char *command, const char *option, const char *text, unsigned min,
                       unsigned max, unsigned *out);

/* Seconds, "2.5" too, as milliseconds: above 0, an hour at most. */
bool mqh_option_seconds(const char *command, const char *option, const char *text,
                        unsigned *out_ms);

/* A release of the suite, such as "1.0". */
bool mqh_option_release(const char *command, const char *option, const char *text);

/* "3.1", "3.1.1" or "5.0"; MQC_VERSION_UNKNOWN after a complaint. */
enum mqc_version mqh_option_version(const char *command, const char *text);

/* "3.1.1" or "3.1,5.0": added to the set of versions `*out`. */
bool mqh_option_versions(const char *command, const char *text, unsigned *out);

#endif
