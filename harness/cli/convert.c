#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/catalogue/version.h"
#include "harness/cli/convert_json.h"
#include "harness/cli/recording_options.h"

static const char help[] =
    "mqspec convert IN OUT [OPTION…]\n\n"
    "Turns what was said over MQTT from one form into another; OUT says by its\n"
    "ending which. Standard output (-) takes .mqs.\n\n"
    "  FILE.mqs     a scenario: sends what the clients sent, expects what the broker\n"
    "               answered\n"
    "  FILE.pcapng  a capture, on synthetic TCP\n"
    "  FILE.hex     the clients' bytes, a line for each connection: xxd -r -p, nc\n"
    "  FILE.jsonl   every packet as a JSON object on a line: frame, time, side,\n"
    "               notation\n\n"
    "  --repeat N          pcapng: all of it N times, one after the other\n\n";
static const char more_help[] =
    "\n"
    "Exit status: 0 good, 2 wrong usage or unreadable input; what could be read is\n"
    "written.\n\n"
    "Examples\n"
    "  mqspec convert night.pcapng night.mqs\n"
    "  mqspec convert crash-1a2b3c.bin crash.mqs --protocol 3.1.1\n"
    "  tcpdump -i lo -w - port 1883 | mqspec convert - session.pcapng\n";

struct converter {
    struct mqh_recording_choice from;
    unsigned repeat;
};

enum { REPEAT = MQH_OPTION };

/* ---- writing ---- */

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text);

    return size >= strlen(end) && strcmp(text + size - strlen(end), end) == 0;
}

/* "captured/night" for /tmp/night.pcapng. */
static void write_name(char *out, size_t size, const char *path)
{
    const char *base = strrchr(path, '/') == NULL ? path : strrchr(path, '/') + 1;
    size_t length = strcspn(base, ".");
    size_t at = (size_t)snprintf(out, size, "captured/");

    for (size_t i = 0; i < length && at + 1 < size && i < 80; i++)
        out[at++] =
            (char)(strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_",
                          base[i]) != NULL
                       ? base[i]
                       : '-');
    snprintf(out + at, size - at, "%s", at == strlen("captured/") ? "session" : "");
}

static bool write_out(const struct converter *converter, const struct mqh_recording *recording,
                      const char *in, const char *out, FILE *file)
{
    char name[128];
    char program[40];

    if (ends_with(out, ".pcapng")) {
        snprintf(program, sizeof program, "mqspec %s", mqh_version());
        return mqh_recording_write_capture(file, recording, program, converter->repeat);
    }
    if (ends_with(out, ".hex")) {
        mqh_recording_write_hex(file, recording);
        return true;
    }
    if (ends_with(out, ".jsonl")) {
        mqh_recording_write_json(file, recording);
        return true;
    }
    write_name(name, sizeof name, in);
    mqh_recording_write_scenario(file, recording, name, NULL);
    return true;
}

static bool is_scenario(const char *out)
{
    return strcmp(out, "-") == 0 || ends_with(out, ".mqs");
}

static bool write_file(const struct converter *converter, const struct mqh_recording *recording,
                       const char *in, const char *out)
{
    FILE *file;
    bool good;

    if (is_scenario(out) && recording->connection_count > MQH_PEERS_MAX) {
        mqh_cli_complain("convert",
                         "%zu connections, but a scenario has %d at most: choose with --connection",
                         recording->connection_count, MQH_PEERS_MAX);
        return false;
    }
    file = strcmp(out, "-") == 0 ? stdout : fopen(out, "wb");
    good = file != NULL && write_out(converter, recording, in, out, file);

    if (file == stdout)
        return good;
    if (file != NULL)
        good = fclose(file) == 0 && good;
    if (!good)
        mqh_cli_complain("convert", "cannot write %s: %s", out, strerror(errno));
    return good;
}

static int convert(const struct converter *converter, const char *in, const char *out)
{
    struct mqh_arena arena = {0};
    struct mqh_recording recording;
    char why[300];
    bool whole =
        mqh_recording_read(&arena, in, &converter->from.options, &recording, why, sizeof why);
    bool written = true;

    if (!whole)
        mqh_cli_complain("convert", "%s: %s", strcmp(in, "-") == 0 ? "standard input" : in, why);
    if (recording.connection_count > 0)
        written = write_file(converter, &recording, in, out);
    mqh_arena_free(&arena);
    return whole && written ? MQH_EXIT_OK : MQH_EXIT_USAGE;
}

int mqh_cli_convert(int argc, char **argv)
{
    static const struct option options[] = {
        {"repeat", required_argument, NULL, REPEAT},
        MQH_RECORDING_WORDS,
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct converter converter = {.from = MQH_RECORDING_CHOICE, .repeat = 1};
    int option;

    while ((option = mqh_option_next(argc, argv, ":h", options)) != -1) {
        bool good = true;

        if (option == 'h') {
            fputs(help, stdout);
            fputs(mqh_recording_help, stdout);
            fputs(more_help, stdout);
            return MQH_EXIT_OK;
        }
        if (mqh_recording_option("convert", option, optarg, &converter.from, &good))
            continue;
        if (!good || option != REPEAT ||
            !mqh_option_number("convert", "repeat", optarg, 1, 1000000000, &converter.repeat))
            return MQH_EXIT_USAGE;
    }
    if (argc - optind != 2)
        return mqh_cli_complain("convert", "expected IN and OUT, such as night.pcapng night.mqs");
    if (!is_scenario(argv[optind + 1]) && !ends_with(argv[optind + 1], ".pcapng") &&
        !ends_with(argv[optind + 1], ".hex") && !ends_with(argv[optind + 1], ".jsonl"))
        return mqh_cli_complain("convert",
                                "%s: expected a name that ends in .mqs, .pcapng, .hex or .jsonl",
                                argv[optind + 1]);
    return convert(&converter, argv[optind], argv[optind + 1]);
}
