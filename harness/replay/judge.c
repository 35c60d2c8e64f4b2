#include "harness/replay/judge.h"

#include <stdio.h>
#include <stdlib.h>

#include "codec/text.h"

struct talk {
    enum mqc_version version; /* that its CONNECT named, or that was given */
    unsigned restarts;        /* of the monitor, when this connection was last opened there */
    bool blind;               /* one direction is, so that the other cannot be judged */
};

struct mqh_judge {
    mqh_finding_handler *handler;
    void *context;
    struct mqh_judge_counts *counts;
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
    char notation[MQH_JUDGE_NOTATION_SIZE];
};

static uint64_t now_ms(const struct mqh_judge *judge)
{
    return judge->time_ns > judge->first_ns ? (judge->time_ns - judge->first_ns) / 1000000 : 0;
}

/* ---- findings ---- */

char *mqh_judge_notation(struct mqc_slice bytes, enum mqc_side side, enum mqc_version version,
                         bool conceal, char *out, size_t size)
{
    const struct mqc_text_style style = {.conceal = conceal, .limit = MQH_JUDGE_STRING_LIMIT};
    struct mqc_frame frame = {.version = version, .from = side};
    struct mqc_faults faults = {0};
    struct mqc_packet packet;

    out[0] = '\0';
    if (bytes.size == 0 || mqc_frame_read(bytes, &frame) != MQC_FRAME_COMPLETE)
        return out;
    if (frame.type == MQC_CONNECT)
        frame.version = MQC_VERSION_UNKNOWN;
    else if (version == MQC_VERSION_UNKNOWN)
        return out;
    mqc_packet_decode(&frame, &packet, &faults);
    mqc_text_print(&packet, style, out, size);
    return out;
}

static void on_breach(void *context, const struct mqh_breach *breach)
{
    struct mqh_judge *judge = context;
    bool must = breach->level == MQC_MUST;
    struct mqh_finding finding = {
        .breach = breach,
        .frame = judge->frame,
        .time_s = (double)(judge->time_ns - judge->first_ns) / 1e9,
        .client = judge->client,
        .notation = mqh_judge_notation(judge->bytes, judge->side, judge->version, true,
                                       judge->notation, sizeof judge->notation)};

    ++*(breach->side == MQC_CLIENT
            ? (must ? &judge->counts->client_must : &judge->counts->client_should)
            : (must ? &judge->counts->server_must : &judge->counts->server_should));
    judge->handler(judge->context, &finding);
}

/* ---- the monitor ---- */

static size_t block_size(const struct mqh_recording_options *options)
{
    return options->block_size > 0 ? options->block_size : MQH_JUDGE_BLOCK_SIZE;
}

static void begin_monitor(struct mqh_judge *judge)
{
    const struct mqh_monitor_options options = {.breach = on_breach, .context = judge};

    judge->monitor = mqh_monitor_new(judge->block, block_size(judge->options), &options);
}

static void open_midway(struct mqh_judge *judge, struct mqh_talk *talk)
{
    struct talk *own = talk->user;

    own->restarts = judge->counts->restarts;
    mqh_monitor_open(judge->monitor, talk->number, own->version, false, now_ms(judge));
}

static void look_for_blindness(struct mqh_judge *judge)
{
    unsigned connection;
    unsigned packet;

    if (!mqh_monitor_is_blind(judge->monitor, &connection, &packet))
        return;
    judge->counts->restarts++;
    begin_monitor(judge);
}

/* ---- events ---- */

static void begin(struct mqh_judge *judge, struct mqh_talk *talk)
{
    struct talk *own;

    if (!mqh_recording_wants(judge->options, talk->number))
        return;
    own = calloc(1, sizeof *own);
    if (own == NULL) {
        fputs("mqspec: no memory\n", stderr);
        exit(2);
    }
    judge->counts->connections++;
    judge->counts->midway += !talk->from_start;
    own->version = talk->version != MQC_VERSION_UNKNOWN ? talk->version : judge->options->version;
    own->restarts = judge->counts->restarts;
    talk->user = own;
    mqh_monitor_open(judge->monitor, talk->number, own->version, talk->from_start, now_ms(judge));
}

static void judge_packet(struct mqh_judge *judge, struct mqh_talk *talk)
{
    struct talk *own = talk->user;
    struct mqc_frame frame = {.from = judge->side};

    if (mqc_frame_read(judge->bytes, &frame) == MQC_FRAME_INCOMPLETE)
        return; /* the file ends inside it */
    judge->counts->packets++;
    judge->counts->bytes += judge->bytes.size;
    if (judge->side == MQC_CLIENT && frame.type == MQC_CONNECT &&
        own->version == MQC_VERSION_UNKNOWN && frame.size == judge->bytes.size)
        own->version = mqc_connect_peek(&frame);
    judge->version = own->version;
    if (own->blind || (own->version == MQC_VERSION_UNKNOWN && frame.type != MQC_CONNECT))
        return;
    judge->counts->judged++;
    if (own->restarts != judge->counts->restarts)
        open_midway(judge, talk);
    mqh_monitor_packet(judge->monitor, talk->number, judge->side, judge->bytes, now_ms(judge));
}

/* How MQTT travels is not the monitor's. 3.1 says nothing of WebSocket. */
static void find_text_frame(struct mqh_judge *judge, const struct mqh_talk *talk)
{
    enum mqc_version version = ((const struct talk *)talk->user)->version;
    const struct mqh_breach breach = {
        .connection = talk->number,
        .side = judge->side,
        .version = version,
        .level = MQC_MUST,
        .id = "MQTT-6.0.0-1",
        .twins = "",
        .says = "MQTT Control Packets are sent in WebSocket binary data frames",
        .text = "a text frame",
        .time_ms = now_ms(judge)};

    if (version == MQC_V311 || version == MQC_V5)
        on_breach(judge, &breach);
}

static void end(struct mqh_judge *judge, struct mqh_talk *talk)
{
    struct talk *own = talk->user;

    mqh_monitor_close(judge->monitor, talk->number, MQC_SIDE_UNKNOWN, now_ms(judge));
    judge->counts->unversioned += own->version == MQC_VERSION_UNKNOWN;
    free(own);
    talk->user = NULL;
}

void mqh_judge_event(struct mqh_judge *judge, const struct mqh_talk_event *event)
{
    struct mqh_talk *talk = event->talk;

    if (event->kind == MQH_TALK_OTHER)
        return;
    if (!judge->started)
        judge->first_ns = event->time_ns;
    judge->started = true;
    judge->frame = event->frame;
    judge->time_ns = event->time_ns > judge->first_ns ? event->time_ns : judge->first_ns;
    judge->client = &talk->client;
    judge->bytes = (struct mqc_slice){0};
    judge->side = event->side;
    if (talk->user == NULL && event->kind != MQH_TALK_BEGIN)
        return; /* it is not wanted */
    switch (event->kind) {
    case MQH_TALK_BEGIN:
        begin(judge, talk);
        break;
    case MQH_TALK_PACKET:
        judge->bytes = event->bytes;
        judge_packet(judge, talk);
        break;
    case MQH_TALK_PASSED: /* what it was, nobody knows: nothing is known of the rest */
        judge->counts->passed++;
        mqh_monitor_close(judge->monitor, talk->number, MQC_SIDE_UNKNOWN, now_ms(judge));
        open_midway(judge, talk);
        break;
    case MQH_TALK_BLIND:
        judge->counts->blind++;
        ((struct talk *)talk->user)->blind = true;
        mqh_monitor_close(judge->monitor, talk->number, MQC_SIDE_UNKNOWN, now_ms(judge));
        break;
    case MQH_TALK_TEXT_FRAME:
        find_text_frame(judge, talk);
        break;
    case MQH_TALK_OTHER:
    case MQH_TALK_UNFINISHED:
        break;
    case MQH_TALK_CLOSED:
    case MQH_TALK_RESET:
        mqh_monitor_close(judge->monitor, talk->number, event->side, now_ms(judge));
        break;
    case MQH_TALK_END:
        end(judge, talk);
        break;
    }
    look_for_blindness(judge);
}

/* ---- begin and end ---- */

struct mqh_judge *mqh_judge_new(const struct mqh_recording_options *options,
                                mqh_finding_handler *handler, void *context,
                                struct mqh_judge_counts *counts)
{
    struct mqh_judge *judge = calloc(1, sizeof *judge);
    void *block = malloc(block_size(options));

    *counts = (struct mqh_judge_counts){0};
    if (judge == NULL || block == NULL) {
        free(judge);
        free(block);
        return NULL;
    }
    *judge = (struct mqh_judge){.handler = handler,
                                .context = context,
                                .counts = counts,
                                .options = options,
                                .block = block};
    begin_monitor(judge);
    return judge;
}

enum mqc_version mqh_judge_version(const struct mqh_talk *talk)
{
    const struct talk *own = talk->user;

    return own == NULL ? MQC_VERSION_UNKNOWN : own->version;
}

void mqh_judge_free(struct mqh_judge *judge)
{
    if (judge == NULL)
        return;
    free(judge->block);
    free(judge);
}
