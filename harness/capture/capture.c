#include "harness/capture/capture.h"

#include <stdio.h>
#include <stdlib.h>

#include "harness/capture/decrypt.h"
#include "harness/capture/tcp.h"

enum { PROGRESS_FRAMES = 4096 };

/* A TCP connection. */
struct stream {
    struct mqh_talk_reader *talk;
    const struct mqh_tcp_stream *tcp;

    bool is_tls;         /* TCP's bytes are passed over: those within come from tshark */
    bool decrypted;      /* the first have come */
    struct stream *next; /* of reader->tls */
    struct stream **place;
};

struct reader {
    const char *path; /* NULL: tshark cannot read it too */
    const struct mqh_capture_file *file;
    const struct mqh_capture_options *options;
    mqh_talk_handler *handler;
    void *context;
    struct mqh_capture_counts *counts;
    struct mqh_talks talks;
    struct stream *now;                    /* whose bytes are looked at */
    const struct mqh_capture_frame *frame; /* at hand */
    const struct mqh_tcp_segment *segment; /* in it */
    struct mqh_decrypt *decrypt;           /* from the first TLS connection on */
    struct stream *tls;                    /* connections that it opens */
    char why[300];                         /* it does not; "" otherwise */
};

static struct mqh_talk_place place_of(const struct mqh_tcp_event *event)
{
    return (struct mqh_talk_place){.side = event->side == MQH_TCP_OPENER ? MQC_CLIENT : MQC_SERVER,
                                   .frame = event->frame,
                                   .time_ns = event->time_ns};
}

static void on_talk(void *context, const struct mqh_talk_event *event)
{
    struct reader *reader = context;

    if (event->kind != MQH_TALK_OTHER)
        reader->handler(reader->context, event);
}

static bool is_port(const struct reader *reader, uint16_t port)
{
    for (size_t i = 0; i < reader->options->port_count; i++)
        if (reader->options->ports[i] == port)
            return true;
    return false;
}

/* What a TLS connection carries comes from tshark. False where there are no keys. */
static bool on_tls(void *context)
{
    struct reader *reader = context;
    struct stream *stream = reader->now;

    reader->counts->tls++;
    if (!reader->options->decrypt || reader->path == NULL || reader->why[0] != '\0' ||
        (reader->options->keylog == NULL && mqh_capture_file_secrets(reader->file).size == 0))
        return false;
    if (reader->decrypt == NULL)
        reader->decrypt = mqh_decrypt_begin(reader->path, reader->options->keylog, reader->why,
                                            sizeof reader->why);
    if (reader->decrypt == NULL)
        return false;
    stream->is_tls = true;
    stream->next = reader->tls;
    stream->place = &reader->tls;
    if (stream->next != NULL)
        stream->next->place = &stream->next;
    reader->tls = stream;
    return true;
}

/* ---- TCP ---- */

static void open_stream(struct reader *reader, struct mqh_tcp_stream *tcp)
{
    const struct mqh_endpoint *server = &tcp->ends[MQH_TCP_LISTENER];
    struct stream *stream = calloc(1, sizeof *stream);

    if (stream == NULL) {
        fputs("mqspec: no memory\n", stderr);
        exit(2);
    }
    stream->talk = mqh_talk_new(&reader->talks, &tcp->ends[MQH_TCP_OPENER], server,
                                is_port(reader, server->port));
    stream->tcp = tcp;
    tcp->user = stream;
    reader->counts->connections++;
}

static void give(struct reader *reader, struct stream *stream, const struct mqh_tcp_event *event)
{
    reader->now = stream;
    if (!stream->tcp->from_start[MQH_TCP_OPENER])
        mqh_talk_midway(stream->talk);
    mqh_talk_add(stream->talk, place_of(event), event->bytes);
}

static void forget(struct stream *stream, const struct mqh_tcp_event *event)
{
    mqh_talk_free(stream->talk, place_of(event));
    if (stream->is_tls) {
        *stream->place = stream->next;
        if (stream->next != NULL)
            stream->next->place = stream->place;
    }
    free(stream);
}

static void open_tls(struct reader *reader);

/* Before the end comes what the same frame brought. */
static void open_rest(struct reader *reader, const struct stream *stream)
{
    if (stream->is_tls && reader->segment != NULL)
        open_tls(reader);
}

static void on_tcp(void *context, const struct mqh_tcp_event *event)
{
    struct stream *stream = event->stream->user;

    switch (event->kind) {
    case MQH_TCP_OPENED:
        open_stream(context, event->stream);
        break;
    case MQH_TCP_DATA:
        if (!stream->is_tls)
            give(context, stream, event);
        break;
    case MQH_TCP_LOST: /* how much is in TLS, nobody knows */
        mqh_talk_lost(stream->talk, place_of(event), stream->is_tls ? UINT64_MAX : event->lost);
        break;
    case MQH_TCP_FINISHED:
    case MQH_TCP_RESET:
        open_rest(context, stream);
        mqh_talk_end(stream->talk, place_of(event), event->kind == MQH_TCP_RESET);
        break;
    case MQH_TCP_FORGOTTEN:
        open_rest(context, stream);
        forget(stream, event);
        break;
    }
}

/* ---- TLS ---- */

static struct stream *find_tls(const struct reader *reader, const struct mqh_tcp_segment *segment,
                               enum mqh_tcp_side *from)
{
    for (struct stream *stream = reader->tls; stream != NULL; stream = stream->next)
        for (*from = MQH_TCP_OPENER; *from <= MQH_TCP_LISTENER; ++*from)
            if (memcmp(&stream->tcp->ends[*from], &segment->from, sizeof segment->from) == 0 &&
                memcmp(&stream->tcp->ends[!*from], &segment->to, sizeof segment->to) == 0)
                return stream;
    return NULL;
}

/* What was sent before there are keys for it is handshake. */
static void on_plain(struct reader *reader, struct stream *stream,
                     const struct mqh_tcp_event *event, bool lost)
{
    if (lost) {
        if (stream->decrypted)
            mqh_talk_lost(stream->talk, place_of(event), UINT64_MAX);
        return;
    }
    reader->counts->decrypted += !stream->decrypted;
    stream->decrypted = true;
    give(reader, stream, event);
}

/* What the frame at hand has of TLS. TCP has seen it already: behind a hole that it found nothing
 * is taken any more. */
static void open_tls(struct reader *reader)
{
    struct mqh_tcp_event event = {.frame = reader->frame->number,
                                  .time_ns = reader->frame->time_ns};
    struct stream *stream = find_tls(reader, reader->segment, &event.side);
    struct mqh_plain plain;

    if (stream == NULL)
        return;
    while (mqh_decrypt_next(reader->decrypt, event.frame, &plain)) {
        event.bytes = plain.bytes;
        on_plain(reader, stream, &event, plain.lost);
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
        reader->frame = frame;
        reader->segment = &segment;
        mqh_tcp_add(tcp, &segment, frame->number, frame->time_ns);
        if (reader->tls != NULL)
            open_tls(reader);
        reader->segment = NULL;
        reader->frame = NULL;
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

static bool read_file(struct reader *reader, struct mqh_capture_file *file, char *why,
                      size_t why_size)
{
    const struct mqh_capture_options *options = reader->options;
    struct mqh_capture_frame frame;
    enum mqh_capture_state state;
    struct mqh_tcp *tcp;

    reader->file = file;
    reader->talks = (struct mqh_talks){.handler = on_talk, .context = reader, .on_tls = on_tls};
    tcp = mqh_tcp_new(on_tcp, reader);
    while ((state = mqh_capture_file_next(file, &frame)) == MQH_CAPTURE_FRAME) {
        add_frame(reader, tcp, &frame);
        if (options->on_progress != NULL && frame.number % PROGRESS_FRAMES == 0)
            options->on_progress(options->progress_context, mqh_capture_file_offset(file),
                                 mqh_capture_file_size(file));
    }
    reader->counts->broken_off = state != MQH_CAPTURE_END;
    mqh_tcp_free(tcp); /* ends the connections that are open */
    reader->counts->talks = reader->talks.count;
    end_tls(reader);
    if (state == MQH_CAPTURE_END)
        snprintf(why, why_size, "%s", reader->why);
    else
        snprintf(why, why_size, "%s", mqh_capture_file_why(file));
    return state == MQH_CAPTURE_END && reader->why[0] == '\0';
}

bool mqh_capture_read(const char *path, const struct mqh_capture_options *options,
                      mqh_talk_handler *handler, void *context, struct mqh_capture_counts *counts,
                      char *why, size_t why_size)
{
    struct mqh_capture_file *file = mqh_capture_file_open(path, why, why_size);
    struct reader reader = {
        .path = path, .options = options, .handler = handler, .context = context, .counts = counts};
    bool good;

    *counts = (struct mqh_capture_counts){0};
    if (file == NULL)
        return false;
    good = read_file(&reader, file, why, why_size);
    mqh_capture_file_close(file);
    return good;
}

bool mqh_capture_read_file(struct mqh_capture_file *file, const struct mqh_capture_options *options,
                           mqh_talk_handler *handler, void *context,
                           struct mqh_capture_counts *counts, char *why, size_t why_size)
{
    struct reader reader = {
        .options = options, .handler = handler, .context = context, .counts = counts};

    *counts = (struct mqh_capture_counts){0};
    return read_file(&reader, file, why, why_size);
}

void mqh_capture_explain(const struct mqh_capture_counts *counts, char *why, size_t why_size)
{
    const struct {
        unsigned long long count;
        const char *one;
        const char *many;
    } more[] = {{counts->tls - counts->decrypted, "without a key (--keylog FILE)",
                 "without a key (--keylog FILE)"},
                {counts->fragments, "fragment of an IP packet", "fragments of IP packets"},
                {counts->cut, "frame that ends inside a header", "frames that end inside a header"},
                {counts->unknown_links, "frame of a link type that is not read",
                 "frames of a link type that is not read"}};
    int size =
        snprintf(why, why_size, "no MQTT in it: %llu frame%s, %u TCP connection%s, %u of TLS",
                 (unsigned long long)counts->frames, counts->frames == 1 ? "" : "s",
                 counts->connections, counts->connections == 1 ? "" : "s", counts->tls);

    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        if (more[i].count > 0 && size > 0 && (size_t)size < why_size)
            size += snprintf(why + size, why_size - (size_t)size, ", %llu %s", more[i].count,
                             more[i].count == 1 ? more[i].one : more[i].many);
    if (counts->connections > counts->tls && size > 0 && (size_t)size < why_size)
        snprintf(why + size, why_size - (size_t)size,
                 "; --port PORT, if it is MQTT and begins midway");
}
