#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/catalogue/version.h"
#include "harness/cli/cli.h"
#include "harness/replay/recording.h"
#include "harness/scenario/scenario.h"

static const char help[] =
    "mqspec convert IN OUT [OPTION…]\n\n"
    "Turns what was said over MQTT from one form into another. IN is a capture (pcap, pcapng), "
    "hex\n"
    "text with the bytes of one client a line, or a client's bytes as they are; OUT says by its\n"
    "ending what is written. - is standard input; standard output takes .mqs.\n\n"
    "  FILE.mqs     a scenario: sends what the clients sent, expects what the broker answered\n"
    "  FILE.pcapng  a capture, on synthetic TCP\n"
    "  FILE.hex     the clients' bytes, a line for each connection: xxd -r -p, nc\n\n"
    "  --connection N      captures: only the Nth connection with MQTT; may be repeated\n"
    "  --protocol VERSION  of connections whose CONNECT is not there; 5.0 without it\n"
    "  --port PORT         a server's port that is MQTT whatever is on it; may be repeated\n"
    "  --repeat N          pcapng: all of it N times, one after the other\n"
    "  --from FORMAT       what IN is, where its bytes leave doubt: capture, hex or binary\n\n"
    "Exit status: 0 good, 2 wrong usage or unreadable input; what could be read is written.\n\n"
    "Examples\n"
    "  mqspec convert night.pcapng night.mqs\n"
    "  mqspec convert crash-1a2b3c.bin crash.mqs --protocol 3.1.1\n"
    "  tcpdump -i lo -w - port 1883 | mqspec convert - session.pcapng\n";

enum { PORTS_MAX = 64, CONNECTIONS_MAX = MQH_PEERS_MAX };

struct converter {
    struct mqh_recording_options options;
    uint16_t ports[PORTS_MAX];
    unsigned connections[CONNECTIONS_MAX];
    unsigned repeat;
};

enum { PROTOCOL = MQH_OPTION, PORT, REPEAT, FROM, CONNECTION };

static bool take_port(struct converter *converter, const char *text)
{
    struct mqh_capture_options *capture = &converter->options.capture;
    unsigned port;

    if (!mqh_option_number("convert", "port", text, 1, 65535, &port))
        return false;
    if (capture->port_count == PORTS_MAX) {
        mqh_cli_complain("convert", "--port: no more than %d", PORTS_MAX);
        return false;
    }
    converter->ports[capture->port_count++] = (uint16_t)port;
    capture->ports = converter->ports;
    return true;
}

static bool take_connection(struct converter *converter, const char *text)
{
    struct mqh_recording_options *options = &converter->options;
    unsigned number;

    if (!mqh_option_number("convert", "connection", text, 1, UINT_MAX, &number))
        return false;
    if (options->only_count == CONNECTIONS_MAX) {
        mqh_cli_complain("convert", "--connection: no more than %d", CONNECTIONS_MAX);
        return false;
    }
    converter->connections[options->only_count++] = number;
    options->only = converter->connections;
    return true;
}

static bool take_option(struct converter *converter, int option)
{
    switch (option) {
    case PROTOCOL:
        converter->options.version = mqh_option_version("convert", optarg);
        return converter->options.version != MQC_VERSION_UNKNOWN;
    case PORT:
        return take_port(converter, optarg);
    case REPEAT:
        return mqh_option_number("convert", "repeat", optarg, 1, 1000000000, &converter->repeat);
    case CONNECTION:
        return take_connection(converter, optarg);
    case FROM:
        return mqh_option_format("convert", optarg, &converter->options.format);
    default:
        return false;
    }
}

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
    write_name(name, sizeof name, in);
    mqh_recording_write_scenario(file, recording, name);
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

    if (is_scenario(out) && recording->connection_count > CONNECTIONS_MAX) {
        mqh_cli_complain("convert",
                         "%zu connections, but a scenario has %d at most: choose with --connection",
                         recording->connection_count, CONNECTIONS_MAX);
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
    bool whole = mqh_recording_read(&arena, in, &converter->options, &recording, why, sizeof why);
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
        {"protocol", required_argument, NULL, PROTOCOL},
        {"port", required_argument, NULL, PORT},
        {"repeat", required_argument, NULL, REPEAT},
        {"from", required_argument, NULL, FROM},
        {"connection", required_argument, NULL, CONNECTION},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct converter converter = {.repeat = 1};
    int option;

    while ((option = mqh_option_next(argc, argv, ":h", options)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            return MQH_EXIT_OK;
        }
        if (!take_option(&converter, option))
            return MQH_EXIT_USAGE;
    }
    if (argc - optind != 2)
        return mqh_cli_complain("convert", "expected IN and OUT, such as night.pcapng night.mqs");
    if (!is_scenario(argv[optind + 1]) && !ends_with(argv[optind + 1], ".pcapng") &&
        !ends_with(argv[optind + 1], ".hex"))
        return mqh_cli_complain("convert", "%s: expected a name that ends in .mqs, .pcapng or .hex",
                                argv[optind + 1]);
    return convert(&converter, argv[optind], argv[optind + 1]);
}
