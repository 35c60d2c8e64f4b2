#include "harness/replay/recording.h"

#include <errno.h>
#include <stdio.h>

#include "harness/replay/recording_read.h"

/* ---- building ---- */

unsigned mqh_recording_open(struct mqh_recording *recording, enum mqc_version version,
                            uint64_t time_ns)
{
    unsigned connection = (unsigned)recording->connection_count;
    struct mqh_recording_connection *c;

    recording->connections =
        mqh_arena_grow(recording->arena, recording->connections, recording->connection_count,
                       &recording->connection_capacity, sizeof *recording->connections);
    c = &recording->connections[recording->connection_count++];
    *c = (struct mqh_recording_connection){.version =
                                               version == MQC_VERSION_UNKNOWN ? MQC_V5 : version,
                                           .version_is_known = version != MQC_VERSION_UNKNOWN,
                                           .from_start = true};
    mqh_recording_add(recording, (struct mqh_recording_event){.kind = MQH_RECORDING_OPEN,
                                                              .connection = connection,
                                                              .side = MQC_CLIENT,
                                                              .time_ns = time_ns});
    return connection;
}

bool mqh_recording_is_end(const struct mqh_recording_event *event)
{
    return event->kind == MQH_RECORDING_CLOSE || event->kind == MQH_RECORDING_RESET;
}

bool mqh_recording_is_farewell(const struct mqh_recording_event *event)
{
    return event->side == MQC_CLIENT &&
           (mqh_recording_is_end(event) ||
            (event->kind == MQH_RECORDING_BYTES && event->bytes.size > 0 &&
             event->bytes.data[0] >> 4 == MQC_DISCONNECT));
}

static bool is_end_by_server(const struct mqh_recording_event *event)
{
    return event->side == MQC_SERVER && mqh_recording_is_end(event);
}

size_t mqh_recording_farewells(const struct mqh_recording *recording)
{
    const struct mqh_recording_event *events = recording->events;
    size_t first = recording->event_count;

    while (first > 0 &&
           (mqh_recording_is_farewell(&events[first - 1]) || is_end_by_server(&events[first - 1])))
        first--;
    while (first < recording->event_count && events[first].side == MQC_SERVER)
        first++;
    return first;
}

/* The first CONNECT says what the connection speaks, and who it is. */
static void learn(struct mqh_recording_connection *c, struct mqc_slice bytes)
{
    struct mqc_frame frame = {.from = MQC_CLIENT};
    struct mqc_faults faults = {0};
    struct mqc_packet packet;

    if (c->client_id.data != NULL || bytes.size < 2 || bytes.data[0] >> 4 != MQC_CONNECT ||
        mqc_frame_read(bytes, &frame) != MQC_FRAME_COMPLETE)
        return;
    mqc_packet_decode(&frame, &packet, &faults);
    if (packet.version != MQC_VERSION_UNKNOWN) {
        c->version = packet.version;
        c->version_is_known = true;
    }
    c->client_id = packet.connect.client_id;
}

void mqh_recording_add(struct mqh_recording *recording, struct mqh_recording_event event)
{
    event.bytes = mqh_arena_bytes(recording->arena, event.bytes);
    recording->events = mqh_arena_grow(recording->arena, recording->events, recording->event_count,
                                       &recording->event_capacity, sizeof *recording->events);
    recording->events[recording->event_count++] = event;
    if (event.kind == MQH_RECORDING_BYTES && event.side == MQC_CLIENT)
        learn(&recording->connections[event.connection], event.bytes);
}

/* ---- from a capture ---- */

struct capture_reader {
    struct mqh_recording *recording;
    const struct mqh_recording_options *options;
};

bool mqh_recording_wants(const struct mqh_recording_options *options, unsigned number)
{
    for (size_t i = 0; i < options->only_count; i++)
        if (options->only[i] == number)
            return true;
    return options->only_count == 0;
}

/* The place of a connection that is wanted is kept with it. */
static void begin(struct capture_reader *reader, const struct mqh_talk_event *event)
{
    unsigned *place;
    struct mqh_recording_connection *c;

    if (!mqh_recording_wants(reader->options, event->talk->number))
        return;
    place = mqh_arena_alloc(reader->recording->arena, sizeof *place);
    *place = mqh_recording_open(reader->recording, reader->options->version, event->time_ns);
    event->talk->user = place;
    c = &reader->recording->connections[*place];
    c->client = event->talk->client;
    c->server = event->talk->server;
    c->from_start = event->talk->from_start;
}

static void on_talk(void *context, const struct mqh_talk_event *event)
{
    static const enum mqh_recording_kind kinds[] = {
        [MQH_TALK_PACKET] = MQH_RECORDING_BYTES, [MQH_TALK_UNFINISHED] = MQH_RECORDING_BYTES,
        [MQH_TALK_PASSED] = MQH_RECORDING_HOLE,  [MQH_TALK_BLIND] = MQH_RECORDING_HOLE,
        [MQH_TALK_CLOSED] = MQH_RECORDING_CLOSE, [MQH_TALK_RESET] = MQH_RECORDING_RESET,
    };
    struct capture_reader *reader = context;
    struct mqh_recording *recording = reader->recording;
    bool is_missing;

    if (event->kind == MQH_TALK_BEGIN)
        begin(reader, event);
    if (event->kind == MQH_TALK_BEGIN || event->kind == MQH_TALK_END ||
        event->kind == MQH_TALK_TEXT_FRAME || event->talk->user == NULL)
        return;
    is_missing = event->kind == MQH_TALK_UNFINISHED && recording->capture.broken_off;
    recording->passed += event->kind == MQH_TALK_PASSED;
    recording->blind += event->kind == MQH_TALK_BLIND;
    mqh_recording_add(recording, (struct mqh_recording_event){
                                     .kind = is_missing ? MQH_RECORDING_HOLE : kinds[event->kind],
                                     .connection = *(unsigned *)event->talk->user,
                                     .side = event->side,
                                     .bytes = event->bytes,
                                     .frame = event->frame,
                                     .time_ns = event->time_ns});
}

static bool read_capture(struct mqh_recording *recording, const char *path,
                         const struct mqh_recording_options *options, char *why, size_t why_size)
{
    enum { QUIET_MS = 1000 };
    struct capture_reader reader = {recording, options};
    const struct mqh_capture_counts *counts = &recording->capture;

    recording->quiet_ms = QUIET_MS;
    if (!mqh_capture_read(path, &options->capture, on_talk, &reader, &recording->capture, why,
                          why_size))
        return false;
    if (recording->connection_count > 0)
        return true;
    if (counts->talks > 0) {
        snprintf(why, why_size, "there is no such connection in it; it has %u with MQTT",
                 counts->talks);
        return false;
    }
    mqh_capture_explain(counts, why, why_size);
    return false;
}

/* ---- from other files ---- */

static bool read_whole(struct mqh_recording *recording, FILE *file, struct mqc_slice *out,
                       char *why, size_t why_size)
{
    size_t capacity = 65536;
    size_t size = 0;
    uint8_t *data = mqh_arena_alloc(recording->arena, capacity);

    for (size_t got; (got = fread(data + size, 1, capacity - size, file)) > 0;) {
        size += got;
        if (size < capacity)
            continue;
        if (size >= MQH_RECORDING_BYTES_MAX) {
            snprintf(why, why_size, "more than %d bytes", MQH_RECORDING_BYTES_MAX);
            return false;
        }
        uint8_t *larger = mqh_arena_alloc(recording->arena, 2 * capacity);

        memcpy(larger, data, size);
        data = larger;
        capacity *= 2;
    }
    if (ferror(file)) {
        snprintf(why, why_size, "%s", strerror(errno));
        return false;
    }
    *out = (struct mqc_slice){data, size};
    return true;
}

/* Scenarios begin with a word that is no hex. */
static enum mqh_recording_format format_of(struct mqc_slice bytes)
{
    return mqh_recording_is_scenario(bytes) ? MQH_RECORDING_SCENARIO
           : mqh_recording_is_hex(bytes)    ? MQH_RECORDING_HEX
                                            : MQH_RECORDING_BINARY;
}

static bool read_as(struct mqh_recording *recording, const char *path,
                    const struct mqh_recording_options *options, struct mqc_slice bytes, char *why,
                    size_t why_size)
{
    enum mqc_version version = options->version;

    switch (options->format != MQH_RECORDING_GUESS ? options->format : format_of(bytes)) {
    case MQH_RECORDING_SCENARIO:
        return mqh_recording_read_scenario(recording, path, bytes, why, why_size);
    case MQH_RECORDING_HEX:
        return mqh_recording_read_hex(recording, version, bytes, why, why_size);
    case MQH_RECORDING_PACKETS:
        return mqh_recording_read_packets(recording, bytes, why, why_size);
    case MQH_RECORDING_SESSIONS:
        return mqh_recording_read_sessions(recording, bytes, why, why_size);
    default:
        return mqh_recording_read_binary(recording, version, bytes, why, why_size);
    }
}

static bool read_bytes(struct mqh_recording *recording, const char *path,
                       const struct mqh_recording_options *options, char *why, size_t why_size)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    struct mqc_slice bytes = {0};
    bool good;

    if (file == NULL) {
        snprintf(why, why_size, "%s", strerror(errno));
        return false;
    }
    good = read_whole(recording, file, &bytes, why, why_size);
    if (file != stdin)
        fclose(file);
    if (!good)
        return false;
    return read_as(recording, path, options, bytes, why, why_size);
}

/* Any bytes may be a client's: that a file is to be a capture, and is none, only its name tells. */
static bool is_named_as_capture(const char *path)
{
    static const char *const ends[] = {".pcap", ".pcapng", ".cap", ".pcap.gz", ".pcapng.gz"};
    size_t size = strlen(path);

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (size > strlen(ends[i]) && strcmp(path + size - strlen(ends[i]), ends[i]) == 0)
            return true;
    return false;
}

/* A pipe cannot be looked into twice: there, what is to be no capture must be said. */
bool mqh_recording_is_capture(const char *path, const struct mqh_recording_options *options)
{
    uint8_t begin[4];
    FILE *file;
    bool is;

    if (options->format != MQH_RECORDING_GUESS || strcmp(path, "-") == 0)
        return options->format == MQH_RECORDING_GUESS || options->format == MQH_RECORDING_CAPTURE;
    if (is_named_as_capture(path))
        return true;
    file = fopen(path, "rb");
    is = file != NULL && fread(begin, 1, sizeof begin, file) == sizeof begin &&
         mqh_capture_is((struct mqc_slice){begin, sizeof begin});
    if (file != NULL)
        fclose(file);
    return is;
}

bool mqh_recording_read(struct mqh_arena *arena, const char *path,
                        const struct mqh_recording_options *options, struct mqh_recording *out,
                        char *why, size_t why_size)
{
    *out = (struct mqh_recording){.arena = arena};
    if (mqh_recording_is_capture(path, options))
        return read_capture(out, path, options, why, why_size);
    return read_bytes(out, path, options, why, why_size);
}
