#include "harness/replay/recording_read.h"

#include <ctype.h>
#include <stdio.h>

#include "harness/scenario/session.h"

/* ---- streams ---- */

static void add(struct mqh_recording *recording, const struct mqh_recording_stream *stream,
                enum mqc_side side, struct mqc_slice bytes, uint64_t time_ns)
{
    mqh_recording_add(recording, (struct mqh_recording_event){.kind = MQH_RECORDING_BYTES,
                                                              .connection = stream->connection,
                                                              .side = side,
                                                              .bytes = bytes,
                                                              .time_ns = time_ns});
}

void mqh_recording_stream_add(struct mqh_recording *recording, struct mqh_recording_stream *stream,
                              enum mqc_side side, struct mqc_slice bytes, uint64_t time_ns)
{
    struct mqc_slice all = bytes;

    if (stream->rest_size > 0) {
        uint8_t *longer = mqh_arena_alloc(recording->arena, stream->rest_size + bytes.size + 1);

        memcpy(longer, stream->rest, stream->rest_size);
        if (bytes.size > 0)
            memcpy(longer + stream->rest_size, bytes.data, bytes.size);
        all = (struct mqc_slice){longer, stream->rest_size + bytes.size};
    }
    stream->rest_size = 0;
    while (all.size > 0) {
        struct mqc_frame frame = {0};
        enum mqc_frame_state state = mqc_frame_read(all, &frame);
        size_t size = state == MQC_FRAME_COMPLETE ? frame.size : all.size;

        if (state == MQC_FRAME_INCOMPLETE) {
            stream->rest = (uint8_t *)mqh_arena_bytes(recording->arena, all).data;
            stream->rest_size = all.size;
            return;
        }
        add(recording, stream, side, (struct mqc_slice){all.data, size}, time_ns);
        all = (struct mqc_slice){all.data + size, all.size - size};
    }
}

void mqh_recording_stream_flush(struct mqh_recording *recording,
                                struct mqh_recording_stream *stream, enum mqc_side side,
                                uint64_t time_ns)
{
    if (stream->rest_size > 0)
        add(recording, stream, side, (struct mqc_slice){stream->rest, stream->rest_size}, time_ns);
    stream->rest_size = 0;
}

void mqh_recording_stream_begin(struct mqh_recording *recording,
                                struct mqh_recording_stream *stream, enum mqc_version version,
                                uint64_t time_ns)
{
    mqh_recording_stream_flush(recording, stream, MQC_CLIENT, time_ns);
    *stream = (struct mqh_recording_stream){
        .open = true, .connection = mqh_recording_open(recording, version, time_ns)};
}

void mqh_recording_stream_end(struct mqh_recording *recording, struct mqh_recording_stream *stream,
                              enum mqh_recording_kind kind, uint64_t time_ns)
{
    if (!stream->open)
        return;
    mqh_recording_stream_flush(recording, stream, MQC_CLIENT, time_ns);
    stream->open = false;
    mqh_recording_add(recording, (struct mqh_recording_event){.kind = kind,
                                                              .connection = stream->connection,
                                                              .side = MQC_CLIENT,
                                                              .time_ns = time_ns});
}

/* ---- bytes of one connection ---- */

static void add_connection(struct mqh_recording *recording, enum mqc_version version,
                           enum mqc_side side, struct mqc_slice bytes)
{
    struct mqh_recording_stream stream = {0};

    mqh_recording_stream_begin(recording, &stream, version, 0);
    mqh_recording_stream_add(recording, &stream, side, bytes, 0);
    mqh_recording_stream_flush(recording, &stream, side, 0);
}

static bool has_bytes(struct mqc_slice bytes, char *why, size_t why_size)
{
    if (bytes.size == 0)
        snprintf(why, why_size, "no bytes in it");
    return bytes.size > 0;
}

bool mqh_recording_read_binary(struct mqh_recording *recording, enum mqc_version version,
                               struct mqc_slice bytes, char *why, size_t why_size)
{
    if (!has_bytes(bytes, why, why_size))
        return false;
    add_connection(recording, version, MQC_CLIENT, bytes);
    return true;
}

/* The first byte: version in 2 bits, of which 3 says that the CONNECT knows, and side in 2 more. */
bool mqh_recording_read_packets(struct mqh_recording *recording, struct mqc_slice input, char *why,
                                size_t why_size)
{
    static const enum mqc_version versions[] = {MQC_V31, MQC_V311, MQC_V5, MQC_VERSION_UNKNOWN};
    unsigned how = input.size > 0 ? input.data[0] : 0;

    if (!has_bytes((struct mqc_slice){input.data, input.size - (input.size > 0)}, why, why_size))
        return false;
    add_connection(recording, versions[how & 3], (how >> 2 & 3) < 2 ? MQC_CLIENT : MQC_SERVER,
                   (struct mqc_slice){input.data + 1, input.size - 1});
    return true;
}

/* ---- sessions ---- */

bool mqh_recording_read_sessions(struct mqh_recording *recording, struct mqc_slice input, char *why,
                                 size_t why_size)
{
    struct mqh_recording_stream clients[MQH_SESSION_CLIENTS] = {0};
    struct mqh_session_record record;
    uint64_t time_ns = 0;

    while (mqh_session_next(&input, &record)) {
        struct mqh_recording_stream *client = &clients[record.client];

        if (record.op == MQH_SESSION_CONNECT)
            mqh_recording_stream_begin(recording, client, record.version, time_ns);
        else if (record.op == MQH_SESSION_WAIT)
            time_ns += (uint64_t)record.wait_ms * 1000000;
        else if (!client->open)
            continue;
        else if (record.op == MQH_SESSION_CLOSE)
            mqh_recording_stream_end(recording, client, MQH_RECORDING_CLOSE, time_ns);
        else if (record.op == MQH_SESSION_RESET)
            mqh_recording_stream_end(recording, client, MQH_RECORDING_RESET, time_ns);
        else
            mqh_recording_stream_add(recording, client, MQC_CLIENT, record.bytes, time_ns);
    }
    for (unsigned i = 0; i < MQH_SESSION_CLIENTS; i++)
        mqh_recording_stream_flush(recording, &clients[i], MQC_CLIENT, time_ns);
    if (recording->connection_count == 0)
        snprintf(why, why_size, "no client of this session connects");
    return recording->connection_count > 0;
}

/* ---- text ---- */

/* From a comment to the end of its line; from anything else nowhere. */
static size_t skip_comment(struct mqc_slice text, size_t at)
{
    if (at < text.size && text.data[at] == '#')
        while (at < text.size && text.data[at] != '\n')
            at++;
    return at;
}

bool mqh_recording_is_scenario(struct mqc_slice bytes)
{
    static const char word[] = "scenario ";
    size_t at = skip_comment(bytes, 0);

    while (at < bytes.size && isspace(bytes.data[at]))
        at = skip_comment(bytes, at + 1);
    return bytes.size - at > sizeof word && memcmp(bytes.data + at, word, sizeof word - 1) == 0;
}

bool mqh_recording_is_hex(struct mqc_slice bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        i = skip_comment(bytes, i);
        if (i < bytes.size && !isxdigit(bytes.data[i]) && !isspace(bytes.data[i]) &&
            bytes.data[i] != '|')
            return false;
    }
    return bytes.size > 0;
}

static int digit(uint8_t c)
{
    return c >= '0' && c <= '9'                     ? c - '0'
           : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                    : -1;
}

/* The bytes of one line, written over its own text; false for what is no hex. */
static bool read_line(uint8_t *line, size_t size, size_t *out_size, size_t *column)
{
    int high = -1;

    *out_size = 0;
    for (*column = 0; *column < size && line[*column] != '#'; ++*column) {
        uint8_t c = line[*column];
        int value = digit(c);

        if (isspace(c) || c == '|')
            continue;
        if (value < 0)
            return false;
        if (high < 0) {
            high = value;
        } else {
            line[(*out_size)++] = (uint8_t)(high << 4 | value);
            high = -1;
        }
    }
    return high < 0;
}

bool mqh_recording_read_hex(struct mqh_recording *recording, enum mqc_version version,
                            struct mqc_slice text, char *why, size_t why_size)
{
    uint8_t *copy = (uint8_t *)mqh_arena_text(recording->arena, text);
    unsigned number = 1;

    for (size_t at = 0; at < text.size; number++) {
        uint8_t *end = memchr(copy + at, '\n', text.size - at);
        size_t size = end == NULL ? text.size - at : (size_t)(end - (copy + at));
        size_t bytes;
        size_t column;

        if (!read_line(copy + at, size, &bytes, &column)) {
            snprintf(why, why_size, "line %u, column %zu: expected pairs of hex digits", number,
                     column + 1);
            return false;
        }
        if (bytes > 0)
            add_connection(recording, version, MQC_CLIENT, (struct mqc_slice){copy + at, bytes});
        at += size + 1;
    }
    return has_bytes((struct mqc_slice){copy, recording->connection_count}, why, why_size);
}
