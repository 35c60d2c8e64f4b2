#include "harness/capture/capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "harness/capture/packets.h"
#include "harness/capture/websocket.h"

enum { PROGRESS_FRAMES = 4096 };

struct reader {
    const struct mqh_capture_options *options;
    mqh_talk_handler *handler;
    void *context;
    struct mqh_capture_counts *counts;
};

enum kind { UNDECIDED, MQTT, WEBSOCKET, IGNORED };

/* A TCP connection, until it is known to be no MQTT. */
struct talk {
    struct mqh_talk talk;
    struct reader *reader;
    enum kind kind;
    bool begun;        /* BEGIN was told */
    uint8_t first[16]; /* of the opener, until it is decided what it speaks */
    size_t first_size;
    struct mqh_packets packets[2]; /* by enum mqh_tcp_side */
    struct mqh_websocket websockets[2];
    const struct mqh_tcp_event *now;
};

static enum mqc_side side_of(enum mqh_tcp_side side)
{
    return side == MQH_TCP_OPENER ? MQC_CLIENT : MQC_SERVER;
}

static void tell(struct talk *talk, enum mqh_talk_event_kind kind, struct mqc_slice bytes)
{
    struct mqh_talk_event event = {.kind = kind,
                                   .talk = &talk->talk,
                                   .side = side_of(talk->now->side),
                                   .bytes = bytes,
                                   .frame = talk->now->frame,
                                   .time_ns = talk->now->time_ns};

    if (kind != MQH_TALK_BEGIN && !talk->begun)
        return;
    talk->reader->handler(talk->reader->context, &event);
}

static void begin(struct talk *talk, enum mqh_carrier carrier)
{
    const struct mqh_tcp_stream *stream = talk->now->stream;

    talk->begun = true;
    talk->talk.number = ++talk->reader->counts->talks;
    talk->talk.carrier = carrier;
    talk->talk.client = stream->ends[MQH_TCP_OPENER];
    talk->talk.server = stream->ends[MQH_TCP_LISTENER];
    talk->talk.from_start = stream->from_start[MQH_TCP_OPENER];
    tell(talk, MQH_TALK_BEGIN, (struct mqc_slice){0});
}

/* ---- MQTT ---- */

static void on_packets(void *context, enum mqh_packets_event event, struct mqc_slice bytes)
{
    struct talk *talk = context;

    if (event == MQH_PACKETS_PACKET)
        tell(talk, MQH_TALK_PACKET, bytes);
    else if (event == MQH_PACKETS_PASSED)
        tell(talk, MQH_TALK_PASSED, bytes);
    else
        tell(talk, MQH_TALK_BLIND, mqc_slice_text("bytes are missing, or cannot be MQTT"));
}

static void on_websocket(void *context, enum mqh_websocket_event event, struct mqc_slice bytes)
{
    struct talk *talk = context;
    enum mqh_tcp_side side = talk->now->side;
    struct mqc_slice protocol;

    switch (event) {
    case MQH_WEBSOCKET_HEAD:
        protocol = mqh_http_field(bytes, "sec-websocket-protocol");
        if (side == MQH_TCP_OPENER && !talk->begun) {
            if (protocol.size >= 4 && strncasecmp((const char *)protocol.data, "mqtt", 4) == 0)
                begin(talk, MQH_OVER_WEBSOCKET);
            else
                talk->kind = IGNORED;
        } else if (side == MQH_TCP_LISTENER &&
                   !(bytes.size > 12 && memcmp(bytes.data + 9, "101", 3) == 0)) {
            talk->websockets[side].broken = true;
            tell(talk, MQH_TALK_BLIND, mqc_slice_text("the server refused the WebSocket"));
        }
        break;
    case MQH_WEBSOCKET_PAYLOAD:
        mqh_packets_add(&talk->packets[side], bytes, on_packets, talk);
        break;
    case MQH_WEBSOCKET_TEXT:
        tell(talk, MQH_TALK_TEXT_FRAME, bytes);
        break;
    case MQH_WEBSOCKET_CLOSE:
        break;
    case MQH_WEBSOCKET_BROKEN:
        tell(talk, MQH_TALK_BLIND, bytes);
        break;
    }
}

/* ---- what is it? ---- */

/* A CONNECT as far as `first` reaches: 10, Remaining Length, then the protocol's name. */
static bool is_connect(struct mqc_slice first, bool *undecided)
{
    struct mqc_frame frame;
    size_t at;

    *undecided = false;
    if (first.data[0] != 0x10)
        return false;
    if (mqc_frame_read(first, &frame) == MQC_FRAME_BROKEN)
        return false;
    at = frame.header_size;
    if (at == 0 || first.size < at + 5) {
        *undecided = first.size < 10;
        return false;
    }
    return memcmp(first.data + at, "\0\4MQT", 5) == 0 || memcmp(first.data + at, "\0\6MQI", 5) == 0;
}

static bool is_port(const struct reader *reader, uint16_t port)
{
    for (size_t i = 0; i < reader->options->port_count; i++)
        if (reader->options->ports[i] == port)
            return true;
    return false;
}

static void decide(struct talk *talk)
{
    const struct mqh_tcp_stream *stream = talk->now->stream;
    struct mqc_slice first = {talk->first, talk->first_size};
    bool undecided;

    if (first.size >= 4 && memcmp(first.data, "GET ", 4) == 0) {
        talk->kind = WEBSOCKET;
    } else if (is_connect(first, &undecided) ||
               is_port(talk->reader, stream->ends[MQH_TCP_LISTENER].port)) {
        talk->kind = MQTT;
        begin(talk, MQH_OVER_TCP);
    } else if (!undecided && !(first.size < 4 && memcmp(first.data, "GET ", first.size) == 0)) {
        talk->kind = IGNORED;
        if (first.size >= 2 && first.data[0] == 0x16 && first.data[1] == 0x03)
            talk->reader->counts->tls++;
    }
}

static void add(struct talk *talk, enum mqh_tcp_side side, struct mqc_slice bytes)
{
    if (talk->kind == MQTT)
        mqh_packets_add(&talk->packets[side], bytes, on_packets, talk);
    else if (talk->kind == WEBSOCKET)
        mqh_websocket_add(&talk->websockets[side], bytes, on_websocket, talk);
}

/* The first bytes decide. A server that speaks first speaks no MQTT, unless the port says so. */
static void on_data(struct talk *talk, enum mqh_tcp_side side, struct mqc_slice bytes)
{
    size_t room = sizeof talk->first - talk->first_size;

    if (talk->kind != UNDECIDED) {
        add(talk, side, bytes);
        return;
    }
    if (side == MQH_TCP_LISTENER) {
        if (!is_port(talk->reader, talk->now->stream->ends[MQH_TCP_LISTENER].port)) {
            talk->kind = IGNORED;
            return;
        }
        talk->kind = MQTT;
        begin(talk, MQH_OVER_TCP);
        add(talk, side, bytes);
        return;
    }
    size_t kept = bytes.size < room ? bytes.size : room;

    memcpy(talk->first + talk->first_size, bytes.data, kept);
    talk->first_size += kept;
    decide(talk);
    if (talk->kind == UNDECIDED)
        return;
    add(talk, side, (struct mqc_slice){talk->first, talk->first_size});
    add(talk, side, (struct mqc_slice){bytes.data + kept, bytes.size - kept});
}

static void on_lost(struct talk *talk, enum mqh_tcp_side side, uint64_t lost)
{
    if (talk->kind == MQTT) {
        mqh_packets_lost(&talk->packets[side], lost, on_packets, talk);
    } else if (talk->kind == WEBSOCKET) {
        struct mqh_websocket *ws = &talk->websockets[side];

        if (!ws->broken)
            tell(talk, MQH_TALK_BLIND, mqc_slice_text("bytes are missing"));
        ws->broken = true;
    } else {
        talk->kind = IGNORED;
    }
}

/* ---- TCP ---- */

static void end_side(struct talk *talk, enum mqh_tcp_side side)
{
    struct mqh_packets *packets = &talk->packets[side];
    const struct mqh_tcp_event *before = talk->now;
    struct mqh_tcp_event now = *before;

    if (packets->size == 0)
        return;
    now.side = side;
    talk->now = &now;
    tell(talk, MQH_TALK_UNFINISHED, mqh_packets_rest(packets));
    packets->size = 0;
    talk->now = before;
}

static void forget(struct talk *talk)
{
    end_side(talk, MQH_TCP_OPENER);
    end_side(talk, MQH_TCP_LISTENER);
    tell(talk, MQH_TALK_END, (struct mqc_slice){0});
    for (int side = 0; side < 2; side++) {
        mqh_packets_free(&talk->packets[side]);
        mqh_websocket_free(&talk->websockets[side]);
    }
    free(talk);
}

static void on_end(struct talk *talk, const struct mqh_tcp_event *event)
{
    end_side(talk, event->side);
    tell(talk, event->kind == MQH_TCP_RESET ? MQH_TALK_RESET : MQH_TALK_CLOSED,
         (struct mqc_slice){0});
}

static void on_tcp(void *context, const struct mqh_tcp_event *event)
{
    struct reader *reader = context;
    struct talk *talk = event->stream->user;

    if (event->kind == MQH_TCP_OPENED) {
        talk = calloc(1, sizeof *talk);
        if (talk == NULL) {
            fputs("mqspec: no memory\n", stderr);
            exit(2);
        }
        talk->reader = reader;
        event->stream->user = talk;
        reader->counts->connections++;
        return;
    }
    talk->now = event;
    if (event->kind == MQH_TCP_DATA && talk->kind != IGNORED)
        on_data(talk, event->side, event->bytes);
    else if (event->kind == MQH_TCP_LOST && talk->kind != IGNORED)
        on_lost(talk, event->side, event->lost);
    else if (event->kind == MQH_TCP_FINISHED || event->kind == MQH_TCP_RESET)
        on_end(talk, event);
    else if (event->kind == MQH_TCP_FORGOTTEN)
        forget(talk);
}

/* ---- the file ---- */

static void add_frame(struct mqh_tcp *tcp, const struct mqh_capture_frame *frame,
                      struct mqh_capture_counts *counts)
{
    struct mqh_tcp_segment segment;

    counts->frames++;
    counts->bytes += frame->bytes.size;
    switch (mqh_tcp_segment_read(frame, &segment)) {
    case MQH_TCP_SEGMENT_TCP:
        mqh_tcp_add(tcp, &segment, frame->number, frame->time_ns);
        break;
    case MQH_TCP_SEGMENT_OTHER:
        counts->other++;
        break;
    case MQH_TCP_SEGMENT_FRAGMENT:
        counts->fragments++;
        break;
    case MQH_TCP_SEGMENT_CUT:
        counts->cut++;
        break;
    case MQH_TCP_SEGMENT_LINK:
        counts->unknown_links++;
        break;
    }
}

bool mqh_capture_read(const char *path, const struct mqh_capture_options *options,
                      mqh_talk_handler *handler, void *context, struct mqh_capture_counts *counts,
                      char *why, size_t why_size)
{
    struct mqh_capture_file *file = mqh_capture_file_open(path, why, why_size);
    struct reader reader = {
        .options = options, .handler = handler, .context = context, .counts = counts};
    struct mqh_capture_frame frame;
    enum mqh_capture_state state;
    struct mqh_tcp *tcp;

    *counts = (struct mqh_capture_counts){0};
    if (file == NULL)
        return false;
    tcp = mqh_tcp_new(on_tcp, &reader);
    while ((state = mqh_capture_file_next(file, &frame)) == MQH_CAPTURE_FRAME) {
        add_frame(tcp, &frame, counts);
        if (options->on_progress != NULL && frame.number % PROGRESS_FRAMES == 0)
            options->on_progress(options->progress_context, mqh_capture_file_offset(file),
                                 mqh_capture_file_size(file));
    }
    mqh_tcp_free(tcp);
    snprintf(why, why_size, "%s", mqh_capture_file_why(file));
    mqh_capture_file_close(file);
    return state == MQH_CAPTURE_END;
}
