#include "harness/cli/recording_options.h"

#include <limits.h>
#include <string.h>

#include "harness/cli/finding.h"

const char mqh_recording_help[] =
    "The file\n"
    "A capture (pcap, pcapng; MQTT over TCP, TLS or WebSocket), a scenario (.mqs),\n"
    "hex text with the bytes of one client a line, a client's bytes as they are, or\n"
    "with --format an input of a fuzz target; - is standard input.\n"
    "  --connection N      captures: only the Nth connection with MQTT; may be\n"
    "                      repeated\n"
    "  --protocol VERSION  of connections whose CONNECT is not there: without it\n"
    "                      they are sent again as 5.0, and not judged\n"
    "  --port PORT         a server's port that is MQTT whatever is on it, as 1883\n"
    "                      is where a capture was joined midway; may be repeated\n"
    "  --format FORMAT     what the file is, where its bytes leave doubt: capture,\n"
    "                      scenario, hex or binary; or packets or sessions, which\n"
    "                      are inputs of fuzz targets\n"
    "  --keylog FILE       opens TLS with the keys in FILE (SSLKEYLOGFILE), by\n"
    "                      tshark; without it with those that a pcapng file carries\n";

static bool take_format(const char *command, const char *text, enum mqh_recording_format *out)
{
    static const struct {
        const char *name;
        enum mqh_recording_format format;
    } formats[] = {
        {"capture", MQH_RECORDING_CAPTURE}, {"scenario", MQH_RECORDING_SCENARIO},
        {"hex", MQH_RECORDING_HEX},         {"binary", MQH_RECORDING_BINARY},
        {"packets", MQH_RECORDING_PACKETS}, {"sessions", MQH_RECORDING_SESSIONS},
    };

    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (strcmp(formats[i].name, text) != 0)
            continue;
        *out = formats[i].format;
        return true;
    }
    mqh_cli_complain(
        command, "--format %s: expected capture, scenario, hex, binary, packets or sessions", text);
    return false;
}

static bool take_port(const char *command, const char *text, struct mqh_recording_choice *choice)
{
    struct mqh_capture_options *capture = &choice->options.capture;
    unsigned port;

    if (!mqh_option_number(command, "port", text, 1, 65535, &port))
        return false;
    if (capture->port_count == MQH_PORTS_MAX) {
        mqh_cli_complain(command, "--port: no more than %d", MQH_PORTS_MAX);
        return false;
    }
    choice->ports[capture->port_count++] = (uint16_t)port;
    capture->ports = choice->ports;
    return true;
}

static bool take_connection(const char *command, const char *text,
                            struct mqh_recording_choice *choice)
{
    struct mqh_recording_options *options = &choice->options;
    unsigned number;

    if (!mqh_option_number(command, "connection", text, 1, UINT_MAX, &number))
        return false;
    if (options->only_count == MQH_PEERS_MAX) {
        mqh_cli_complain(command, "--connection: no more than %d", MQH_PEERS_MAX);
        return false;
    }
    choice->connections[options->only_count++] = number;
    options->only = choice->connections;
    return true;
}

bool mqh_recording_option(const char *command, int option, const char *value,
                          struct mqh_recording_choice *choice, bool *good)
{
    *good = true;
    switch (option) {
    case MQH_RECORDING_PROTOCOL:
        choice->options.version = mqh_option_version(command, value);
        *good = choice->options.version != MQC_VERSION_UNKNOWN;
        return *good;
    case MQH_RECORDING_PORT:
        *good = take_port(command, value, choice);
        return *good;
    case MQH_RECORDING_CONNECTION:
        *good = take_connection(command, value, choice);
        return *good;
    case MQH_RECORDING_KEYLOG:
        choice->options.capture.keylog = value;
        return true;
    case MQH_RECORDING_FORMAT:
        *good = take_format(command, value, &choice->options.format);
        return *good;
    default:
        return false;
    }
}

/* ---- reading ---- */

static struct mqh_judge_counts missing(const struct mqh_recording *recording)
{
    struct mqh_judge_counts counts = {.passed = recording->passed, .blind = recording->blind};

    for (size_t i = 0; i < recording->connection_count; i++) {
        counts.midway += !recording->connections[i].from_start;
        counts.unversioned +=
            !recording->connections[i].from_start && !recording->connections[i].version_is_known;
    }
    return counts;
}

bool mqh_recording_take(const char *command, struct mqh_arena *arena, const char *file,
                        const struct mqh_recording_choice *choice, struct mqh_recording *out)
{
    const char *name = strcmp(file, "-") == 0 ? "standard input" : file;
    char why[300];
    struct mqh_judge_counts counts;

    if (!mqh_recording_read(arena, file, &choice->options, out, why, sizeof why)) {
        if (!out->capture.broken_off || out->connection_count == 0) {
            mqh_cli_complain(command, "%s: %s", name, why);
            return false;
        }
        fprintf(stderr, "note: %s breaks off, and is played as far as it goes: %s\n", name, why);
    }
    counts = missing(out);
    mqh_finding_notes(stderr, &counts);
    mqh_finding_capture_notes(stderr, &out->capture);
    return true;
}

json_t *mqh_recording_missing_json(const struct mqh_recording *recording)
{
    struct mqh_judge_counts counts = missing(recording);
    const struct mqh_capture_counts *capture = &recording->capture;

    return json_pack("{s:b, s:i, s:i, s:I, s:i, s:i, s:I, s:I, s:I}", "broken_off",
                     capture->broken_off, "midway", (int)counts.midway, "unversioned",
                     (int)counts.unversioned, "not_whole", (json_int_t)counts.passed, "blind",
                     (int)counts.blind, "tls_without_key", (int)(capture->tls - capture->decrypted),
                     "fragments", (json_int_t)capture->fragments, "cut", (json_int_t)capture->cut,
                     "unknown_links", (json_int_t)capture->unknown_links);
}
