#include "harness/capture/capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "harness/capture/decrypt.h"
#include "harness/capture/packets.h"
#include "harness/capture/websocket.h"

enum { PROGRESS_FRAMES = 4096 };

struct reader {
    const char *path;
    const struct mqh_capture_file *file;
    const struct mqh_capture_options *options;
    mqh_talk_handler *handler;
    void *context;
    struct mqh_capture_counts *counts;
    struct mqh_decrypt *decrypt; /* from the first TLS connection on */
    struct talk *tls;            /* connections that it opens */
    char why[300];               /* it does not; "" otherwise */
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

    bool is_tls;    /* TCP's bytes are passed over: those within come from tshark */
    bool decrypted; /* the first have come */
    const struct mqh_tcp_stream *stream;
    struct talk *next; /* of reader->tls */
    struct talk **place;
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

/* A record of any kind: the capture may have been joined midway. */
static bool is_tls(struct mqc_slice first)
{
    return first.size >= 2 && first.data[0] >= 0x14 && first.data[0] <= 0x17 &&
           first.data[1] == 0x03;
}

/* What a TLS connection carries is undecided again. False where there are no keys. */
static bool begin_tls(struct talk *talk)
{
    struct reader *reader = talk->reader;

    reader->counts->tls++;
    if (!reader->options->decrypt || reader->why[0] != '\0' ||
        (reader->options->keylog == NULL && mqh_capture_file_secrets(reader->file).size == 0))
        return false;
    if (reader->decrypt == NULL)
        reader->decrypt = mqh_decrypt_begin(reader->path, reader->options->keylog, reader->why,
                                            sizeof reader->why);
    if (reader->decrypt == NULL)
        return false;
    talk->is_tls = true;
    talk->kind = UNDECIDED;
    talk->first_size = 0;
    talk->stream = talk->now->stream;
    talk->next = reader->tls;
    talk->place = &reader->tls;
    if (talk->next != NULL)
        talk->next->place = &talk->next;
    reader->tls = talk;
    return true;
}

static void decide(struct talk *talk)
{
    const struct mqh_tcp_stream *stream = talk->now->stream;
    struct mqc_slice first = {talk->first, talk->first_size};
    bool undecided;

    if (!talk->is_tls && is_tls(first) && begin_tls(talk))
        return;
    if (first.size >= 4 && memcmp(first.data, "GET ", 4) == 0) {
        talk->kind = WEBSOCKET;
    } else if (is_connect(first, &undecided) ||
               is_port(talk->reader, stream->ends[MQH_TCP_LISTENER].port)) {
        talk->kind = MQTT;
        begin(talk, MQH_OVER_TCP);
    } else if (!undecided && !(first.size < 4 && memcmp(first.data, "GET ", first.size) == 0)) {
        talk->kind = IGNORED;
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
    if (talk->is_tls)
        lost = UINT64_MAX; /* how much is in it, nobody knows */
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
    if (talk->is_tls) {
        *talk->place = talk->next;
        if (talk->next != NULL)
            talk->next->place = talk->place;
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
    if (event->kind == MQH_TCP_DATA && talk->kind != IGNORED && !talk->is_tls)
        on_data(talk, event->side, event->bytes);
    else if (event->kind == MQH_TCP_LOST && talk->kind != IGNORED)
        on_lost(talk, event->side, event->lost);
    else if (event->kind == MQH_TCP_FINISHED || event->kind == MQH_TCP_RESET)
        on_end(talk, event);
    else if (event->kind == MQH_TCP_FORGOTTEN)
        forget(talk);
}

/* ---- TLS ---- */

static struct talk *find_tls(const struct reader *reader, const struct mqh_tcp_segment *segment,
                             enum mqh_tcp_side *from)
{
    for (struct talk *talk = reader->tls; talk != NULL; talk = talk->next)
        for (*from = MQH_TCP_OPENER; *from <= MQH_TCP_LISTENER; ++*from)
            if (memcmp(&talk->stream->ends[*from], &segment->from, sizeof segment->from) == 0 &&
                memcmp(&talk->stream->ends[!*from], &segment->to, sizeof segment->to) == 0)
                return talk;
    return NULL;
}

/* What was sent before there are keys for it is handshake. */
static void on_plain(struct talk *talk, const struct mqh_tcp_event *event, bool lost)
{
    talk->now = event;
    if (lost && talk->decrypted)
        on_lost(talk, event->side, 0);
    if (lost || talk->kind == IGNORED)
        return;
    talk->reader->counts->decrypted += !talk->decrypted;
    talk->decrypted = true;
    on_data(talk, event->side, event->bytes);
}

/* What the frame has of TLS; before TCP sees it, for it may end the connection. */
static void open_tls(struct reader *reader, const struct mqh_capture_frame *frame,
                     const struct mqh_tcp_segment *segment)
{
    struct mqh_tcp_event event = {.frame = frame->number, .time_ns = frame->time_ns};
    struct talk *talk = find_tls(reader, segment, &event.side);
    struct mqh_plain plain;

    if (talk == NULL)
        return;
    event.stream = (struct mqh_tcp_stream *)talk->stream;
    while (mqh_decrypt_next(reader->decrypt, frame->number, &plain)) {
        event.bytes = plain.bytes;
        on_plain(talk, &event, plain.lost);
    }
}

/* ---- the file ---- */

static void add_frame(struct reader *reader, struct mqh_tcp *tcp,
                      const struct mqh_capture_frame *frame)
{
    struct mqh_capture_counts *counts = reader->counts;
    struct mqh_tcp_segment segment;

    counts->frames++;
    counts->bytes += frame->bytes.size;
    switch (mqh_tcp_segment_read(frame, &segment)) {
    case MQH_TCP_SEGMENT_TCP:
        if (reader->tls != NULL)
            open_tls(reader, frame, &segment);
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

static void end_tls(struct reader *reader)
{
    const char *keylog = reader->options->keylog;
    bool whole;

    if (reader->decrypt == NULL)
        return;
    whole = mqh_decrypt_end(reader->decrypt, reader->why, sizeof reader->why);
    if (whole && reader->counts->decrypted == 0)
        snprintf(reader->why, sizeof reader->why, "%s opens none of the %u TLS connections",
                 keylog == NULL ? "the key log in it" : keylog, reader->counts->tls);
}

bool mqh_capture_read(const char *path, const struct mqh_capture_options *options,
                      mqh_talk_handler *handler, void *context, struct mqh_capture_counts *counts,
                      char *why, size_t why_size)
{
    struct mqh_capture_file *file = mqh_capture_file_open(path, why, why_size);
    struct reader reader = {.path = path,
                            .file = file,
                            .options = options,
                            .handler = handler,
                            .context = context,
                            .counts = counts};
    struct mqh_capture_frame frame;
    enum mqh_capture_state state;
    struct mqh_tcp *tcp;

    *counts = (struct mqh_capture_counts){0};
    if (file == NULL)
        return false;
    tcp = mqh_tcp_new(on_tcp, &reader);
    while ((state = mqh_capture_file_next(file, &frame)) == MQH_CAPTURE_FRAME) {
        add_frame(&reader, tcp, &frame);
        if (options->on_progress != NULL && frame.number % PROGRESS_FRAMES == 0)
            options->on_progress(options->progress_context, mqh_capture_file_offset(file),
                                 mqh_capture_file_size(file));
    }
    mqh_tcp_free(tcp);
    end_tls(&reader);
    if (state == MQH_CAPTURE_END)
        snprintf(why, why_size, "%s", reader.why);
    else
        snprintf(why, why_size, "%s", mqh_capture_file_why(file));
    mqh_capture_file_close(file);
    return state == MQH_CAPTURE_END && reader.why[0] == '\0';
}

void mqh_capture_explain(const struct mqh_capture_counts *counts, char *why, size_t why_size)
{
    unsigned closed = counts->tls - counts->decrypted;
    int size = snprintf(why, why_size, "no MQTT in it: %llu frames, %u TCP connections, %u of TLS",
                        (unsigned long long)counts->frames, counts->connections, counts->tls);

    if (closed > 0 && size > 0 && (size_t)size < why_size)
        snprintf(why + size, why_size - (size_t)size, ", %u without a key", closed);
}
