#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/cli.h"
#include "harness/scenario/scenario.h"

int mqh_cli_complain(const char *command, const char *format, ...)
{
    va_list arguments;

    fflush(stdout);
    fprintf(stderr, "mqspec %s: ", command);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    putc('\n', stderr);
    return MQH_EXIT_USAGE;
}

bool mqh_cli_has_url(const char *command, int argc, char **argv)
{
    if (optind == argc)
        mqh_cli_complain(command, "expected one URL, such as mqtt://127.0.0.1:1883");
    else if (optind + 1 < argc)
        mqh_cli_complain(command, "\"%s\": one URL is expected, and nothing else",
                         argv[optind + 1]);
    return optind + 1 == argc;
}

int mqh_option_next(int argc, char **argv, const char *letters, const struct option *options)
{
    opterr = 0;

    int option = getopt_long(argc, argv, letters, options, NULL);

    if (option != '?' && option != ':')
        return option;

    /* getopt leaves an unknown letter in optopt, 0 for an unknown word, else the word's `val`. */
    const char *trouble = option == ':'        ? "wants a value"
                          : optopt > UCHAR_MAX ? "takes no value"
                                               : "is no option";

    if (optopt > 0 && optopt <= UCHAR_MAX)
        mqh_cli_complain(argv[0], "-%c %s; mqspec %s --help lists all", optopt, trouble, argv[0]);
    else
        mqh_cli_complain(argv[0], "%.*s %s; mqspec %s --help lists all",
                         (int)strcspn(argv[optind - 1], "="), argv[optind - 1], trouble, argv[0]);
    return '?';
}

bool mqh_option_number(const char *command, const char *option, const char *text, unsigned min,
                       unsigned max, unsigned *out)
{
    char *end;

    errno = 0;

    unsigned long value = strtoul(text, &end, 10);

    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value < min ||
        value > max) {
        mqh_cli_complain(command, "--%s %s: expected a number from %u to %u", option, text, min,
                         max);
        return false;
    }
    *out = (unsigned)value;
    return true;
}

bool mqh_option_seconds(const char *command, const char *option, const char *text, unsigned *out_ms)
{
    char *end;
    double value = strtod(text, &end);

    /* strtod() would also take "inf", "0x1p3" and leading blanks. */
    if (text[strspn(text, "0123456789.")] != '\0' || end == text || *end != '\0' ||
        value * 1000 < 1 || value > 3600) {
        mqh_cli_complain(command, "--%s %s: expected seconds, such as 5 or 0.5, 3600 at most",
                         option, text);
        return false;
    }
    *out_ms = (unsigned)(value * 1000);
    return true;
}

bool mqh_option_release(const char *command, const char *option, const char *text)
{
    size_t major = strspn(text, "0123456789");
    size_t minor = text[major] == '.' ? strspn(text + major + 1, "0123456789") : 0;

    if (major > 0 && minor > 0 && text[major + 1 + minor] == '\0')
        return true;
    mqh_cli_complain(command, "--%s %s: expected a release, such as 0.1", option, text);
    return false;
}

static enum mqc_version version_named(const char *word, size_t size)
{
    /* The names of the id spaces, "v5", are not meant here. */
    return word[0] == 'v' ? MQC_VERSION_UNKNOWN : mqc_version_parse(word, size);
}

enum mqc_version mqh_option_version(const char *command, const char *text)
{
    enum mqc_version version = version_named(text, strlen(text));

    if (version == MQC_VERSION_UNKNOWN)
        mqh_cli_complain(command, "--protocol %s: expected 3.1, 3.1.1 or 5.0", text);
    return version;
}

bool mqh_option_versions(const char *command, const char *text, unsigned *out)
{
    for (const char *word = text;; word++) {
        size_t size = strcspn(word, ",");
        enum mqc_version version = version_named(word, size);

        if (version == MQC_VERSION_UNKNOWN) {
            mqh_cli_complain(
                command, "--protocol %s: expected 3.1, 3.1.1, 5.0, or several with commas", text);
            return false;
        }
        *out |= MQH_VERSION(version);
        word += size;
        if (*word == '\0')
            return true;
    }
}
