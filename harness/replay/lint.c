#include "harness/replay/lint.h"

#include <stdlib.h>

#include "codec/text.h"

enum { NOTATION_SIZE = 1024, STRING_LIMIT = 80 };

struct talk {
    enum mqc_version version; /* that its CONNECT named, or that was given */
    unsigned restarts;        /* of the monitor, when this connection was last opened there */
};

struct lint {
    mqh_lint_handler *handler;
    void *context;
    struct mqh_lint_counts *counts;
    const struct mqh_recording_options *options;
    void *block;
    struct mqh_monitor *monitor;
    uint64_t first_ns;
    bool started;

    /* the packet in hand */
    uint64_t frame;
    uint64_t time_ns;
    const struct mqh_endpoint *client;
    struct mqc_slice bytes;
    enum mqc_side side;
    enum mqc_version version;
    char notation[NOTATION_SIZE];
};

static uint64_t now_ms(const struct lint *lint)
{
    return lint->time_ns > lint->first_ns ? (lint->time_ns - lint->first_ns) / 1000000 : 0;
}

/* ---- findings ---- */

static const char *notation_of(struct lint *lint)
{
    static const struct mqc_text_style style = {.conceal = true, .limit = STRING_LIMIT};
    struct mqc_frame frame = {.version = lint->version, .from = lint->side};
    struct mqc_faults faults = {0};
    struct mqc_packet packet;

    lint->notation[0] = '\0';
    if (lint->bytes.size == 0 || mqc_frame_read(lint->bytes, &frame) != MQC_FRAME_COMPLETE)
        return lint->notation;
    if (frame.type == MQC_CONNECT)
        frame.version = MQC_VERSION_UNKNOWN;
    else if (frame.version == MQC_VERSION_UNKNOWN)
        return lint->notation;
    mqc_packet_decode(&frame, &packet, &faults);
    mqc_text_print(&packet, style, lint->notation, sizeof lint->notation);
    return lint->notation;
}

static void on_breach(void *context, const struct mqh_breach *breach)
{
    struct lint *lint = context;
    bool must = breach->level == MQC_MUST;
    struct mqh_finding finding = {.breach = breach,
                                  .frame = lint->frame,
                                  .time_s = (double)(lint->time_ns - lint->first_ns) / 1e9,
                                  .client = lint->client,
                                  .notation = notation_of(lint)};

    ++*(breach->side == MQC_CLIENT
            ? (must ? &lint->counts->client_must : &lint->counts->client_should)
            : (must ? &lint->counts->server_must : &lint->counts->server_should));
    lint->handler(lint->context, &finding);
}

/* ---- the monitor ---- */

static void begin_monitor(struct lint *lint)
{
    const struct mqh_monitor_options options = {.breach = on_breach, .context = lint};

    lint->monitor = mqh_monitor_new(lint->block, MQH_LINT_BLOCK_SIZE, &options);
}

static void open_midway(struct lint *lint, struct mqh_talk *talk)
{
    struct talk *own = talk->user;

    own->restarts = lint->counts->restarts;
    mqh_monitor_open(lint->monitor, talk->number, own->version, false, now_ms(lint));
}

static void look_for_blindness(struct lint *lint)
{
    unsigned connection;
    unsigned packet;

    if (!mqh_monitor_is_blind(lint->monitor, &connection, &packet))
        return;
    lint->counts->restarts++;
    begin_monitor(lint);
}

/* ---- events ---- */

static void begin(struct lint *lint, struct mqh_talk *talk)
{
    struct talk *own;

    if (!mqh_recording_wants(lint->options, talk->number))
        return;
    own = calloc(1, sizeof *own);
    if (own == NULL) {
        fputs("mqspec: no memory\n", stderr);
        exit(2);
    }
    lint->counts->connections++;
    lint->counts->midway += !talk->from_start;
    own->version = lint->options->version;
    own->restarts = lint->counts->restarts;
    talk->user = own;
    mqh_monitor_open(lint->monitor, talk->number, lint->options->version, talk->from_start,
                     now_ms(lint));
}

static void judge(struct lint *lint, struct mqh_talk *talk)
{
    struct talk *own = talk->user;
    struct mqc_frame frame = {.from = lint->side};

    if (mqc_frame_read(lint->bytes, &frame) == MQC_FRAME_INCOMPLETE)
        return; /* the file ends inside it */
    lint->counts->packets++;
    lint->counts->bytes += lint->bytes.size;
    if (lint->side == MQC_CLIENT && frame.type == MQC_CONNECT &&
        own->version == MQC_VERSION_UNKNOWN && frame.size == lint->bytes.size)
        own->version = mqc_connect_peek(&frame);
    lint->version = own->version;
    if (own->restarts != lint->counts->restarts)
        open_midway(lint, talk);
    mqh_monitor_packet(lint->monitor, talk->number, lint->side, lint->bytes, now_ms(lint));
}

/* How MQTT travels is not the monitor's. 3.1 says nothing of WebSocket. */
static void find_text_frame(struct lint *lint, const struct mqh_talk *talk)
{
    enum mqc_version version = ((const struct talk *)talk->user)->version;
    const struct mqh_breach breach = {
        .connection = talk->number,
        .side = lint->side,
        .version = version,
        .level = MQC_MUST,
        .id = "MQTT-6.0.0-1",
        .twins = "",
        .says = "MQTT Control Packets are sent in WebSocket binary data frames",
        .text = "a text frame",
        .time_ms = now_ms(lint)};

    if (version == MQC_V311 || version == MQC_V5)
        on_breach(lint, &breach);
}

static void end(struct lint *lint, struct mqh_talk *talk)
{
    struct talk *own = talk->user;

    mqh_monitor_close(lint->monitor, talk->number, MQC_SIDE_UNKNOWN, now_ms(lint));
    lint->counts->unversioned += own->version == MQC_VERSION_UNKNOWN;
    free(own);
    talk->user = NULL;
}

static void on_talk(void *context, const struct mqh_talk_event *event)
{
    struct lint *lint = context;
    struct mqh_talk *talk = event->talk;

    if (!lint->started)
        lint->first_ns = event->time_ns;
    lint->started = true;
    lint->frame = event->frame;
    lint->time_ns = event->time_ns > lint->first_ns ? event->time_ns : lint->first_ns;
    lint->client = &talk->client;
    lint->bytes = (struct mqc_slice){0};
    lint->side = event->side;
    if (talk->user == NULL && event->kind != MQH_TALK_BEGIN)
        return; /* it is not wanted */
    switch (event->kind) {
    case MQH_TALK_BEGIN:
        begin(lint, talk);
        break;
    case MQH_TALK_PACKET:
        lint->bytes = event->bytes;
        judge(lint, talk);
        break;
    case MQH_TALK_PASSED: /* what it was, nobody knows: nothing is known of the rest */
        lint->counts->passed++;
        mqh_monitor_close(lint->monitor, talk->number, MQC_SIDE_UNKNOWN, now_ms(lint));
        open_midway(lint, talk);
        break;
    case MQH_TALK_BLIND:
        lint->counts->blind++;
        mqh_monitor_close(lint->monitor, talk->number, MQC_SIDE_UNKNOWN, now_ms(lint));
        break;
    case MQH_TALK_TEXT_FRAME:
        find_text_frame(lint, talk);
        break;
    case MQH_TALK_UNFINISHED:
        break;
    case MQH_TALK_CLOSED:
    case MQH_TALK_RESET:
        mqh_monitor_close(lint->monitor, talk->number, event->side, now_ms(lint));
        break;
    case MQH_TALK_END:
        end(lint, talk);
        break;
    }
    look_for_blindness(lint);
}

/* ---- recordings ---- */

static void judge_recording(struct lint *lint, const struct mqh_recording *recording,
                            struct mqh_talk *talks)
{
    static const enum mqh_talk_event_kind kinds[] = {
        [MQH_RECORDING_OPEN] = MQH_TALK_BEGIN,  [MQH_RECORDING_BYTES] = MQH_TALK_PACKET,
        [MQH_RECORDING_HOLE] = MQH_TALK_BLIND,  [MQH_RECORDING_CLOSE] = MQH_TALK_CLOSED,
        [MQH_RECORDING_RESET] = MQH_TALK_RESET,
    };

    for (size_t i = 0; i < recording->event_count; i++) {
        const struct mqh_recording_event *event = &recording->events[i];
        const struct mqh_recording_connection *c = &recording->connections[event->connection];
        struct mqh_talk *talk = &talks[event->connection];
        struct mqh_talk_event as_captured = {.talk = talk,
                                             .kind = kinds[event->kind],
                                             .side = event->side,
                                             .bytes = event->bytes,
                                             .frame = event->frame,
                                             .time_ns = event->time_ns};

        talk->number = event->connection + 1;
        talk->from_start = c->from_start;
        talk->client = c->client;
        if (event->kind == MQH_RECORDING_OPEN || talk->user != NULL)
            on_talk(lint, &as_captured);
    }
    for (size_t i = 0; i < recording->connection_count; i++) {
        struct mqh_talk_event last = {
            .kind = MQH_TALK_END, .talk = &talks[i], .time_ns = lint->time_ns};

        if (talks[i].user != NULL)
            on_talk(lint, &last);
    }
}

static bool set_up(struct lint *lint)
{
    *lint->counts = (struct mqh_lint_counts){0};
    lint->block = malloc(MQH_LINT_BLOCK_SIZE);
    if (lint->block != NULL)
        begin_monitor(lint);
    return lint->block != NULL;
}

bool mqh_lint_recording(const struct mqh_recording *recording,
                        const struct mqh_recording_options *options, mqh_lint_handler *handler,
                        void *context, struct mqh_lint_counts *counts)
{
    struct lint lint = {
        .handler = handler, .context = context, .counts = counts, .options = options};
    struct mqh_talk *talks = calloc(recording->connection_count + 1, sizeof *talks);
    bool good = set_up(&lint) && talks != NULL;

    if (good)
        judge_recording(&lint, recording, talks);
    free(talks);
    free(lint.block);
    return good;
}

/* ---- files ---- */

static bool lint_capture(const char *path, const struct mqh_recording_options *options,
                         mqh_lint_handler *handler, void *context, struct mqh_lint_counts *counts,
                         char *why, size_t why_size)
{
    struct lint lint = {
        .handler = handler, .context = context, .counts = counts, .options = options};
    bool good = set_up(&lint);

    if (good)
        good = mqh_capture_read(path, &options->capture, on_talk, &lint, &counts->capture, why,
                                why_size);
    else
        snprintf(why, why_size, "no memory");
    free(lint.block);
    return good;
}

bool mqh_lint_file(const char *path, const struct mqh_recording_options *options,
                   mqh_lint_handler *handler, void *context, struct mqh_lint_counts *counts,
                   char *why, size_t why_size)
{
    struct mqh_arena arena = {0};
    struct mqh_recording recording;
    bool good;

    if (mqh_recording_is_capture(path, options))
        return lint_capture(path, options, handler, context, counts, why, why_size);
    good = mqh_recording_read(&arena, path, options, &recording, why, why_size);
    if (!mqh_lint_recording(&recording, options, handler, context, counts)) {
        snprintf(why, why_size, "no memory");
        good = false;
    }
    mqh_arena_free(&arena);
    return good;
}
