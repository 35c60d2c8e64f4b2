/*
 * captures CAPTURES TALKS < FILES: makes captures and talks of sessions, whose files come one a
 * line. Clients say what the session has, the reference broker answers. The first folder gets
 * NAME.pcapng and, of every second one, NAME.pcap in the older format; the second folder NAME, the
 * talk of both sides (fuzz/target.h).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz/target.h"
#include "harness/capture/file.h"
#include "harness/capture/pcapng_write.h"
#include "harness/model/model.h"
#include "harness/scenario/session.h"

enum { PATH_SIZE = 1000, PORT = 1883, TICKS_MAX = 100, CONNECTIONS_MAX = 64 };

static void fail(const char *what)
{
    fprintf(stderr, "captures: %s: %s\n", what, strerror(errno));
    exit(2);
}

/* --- a session is played -------------------------------------------------------------------- */

struct play {
    struct mqc_writer talk;
    unsigned records; /* in it so far */
    unsigned nth;     /* of all sessions */
    struct mqh_model *model;
    struct mqh_pcapng *out;
    uint64_t now_ms;
    bool open[CONNECTIONS_MAX]; /* in the capture, by the model's number */
    unsigned now[MQH_SESSION_CLIENTS];
    bool has[MQH_SESSION_CLIENTS]; /* a connection */
};

static uint64_t now_ns(const struct play *play)
{
    return play->now_ms * 1000000;
}

/* What one end of a client's connection does, in the talk. In half of them one record is left out
 * or comes twice, for what is in order is only half of what is judged. */
static void note(struct play *play, struct mqh_session_record record, unsigned client,
                 enum mqc_side side)
{
    bool chosen = play->records++ == 2 + play->nth / 4 % 16;

    record.client = 2 * client + (side == MQC_SERVER);
    if (record.client >= MQH_SESSION_CLIENTS || (chosen && play->nth % 4 == 2))
        return;
    mqh_session_write(&play->talk, &record);
    if (chosen && play->nth % 4 == 0)
        mqh_session_write(&play->talk, &record);
}

static void note_answer(struct play *play, const struct mqh_model_action *action)
{
    const struct mqh_session_record record = {
        .op = action->kind == MQH_MODEL_SEND ? MQH_SESSION_SEND : MQH_SESSION_CLOSE,
        .bytes = action->bytes};

    for (unsigned client = 0; client < MQH_SESSION_CLIENTS; client++)
        if (play->has[client] && play->now[client] == action->connection)
            note(play, record, client, MQC_SERVER);
}

static void take_actions(struct play *play)
{
    struct mqh_model_action action;

    while (mqh_model_next(play->model, &action)) {
        if (!play->open[action.connection])
            continue;
        play->open[action.connection] = action.kind == MQH_MODEL_SEND;
        note_answer(play, &action);
        if (action.kind == MQH_MODEL_SEND)
            mqh_pcapng_data(play->out, action.connection, MQC_SERVER, action.bytes, now_ns(play),
                            NULL);
        else
            mqh_pcapng_close(play->out, action.connection, MQC_SERVER, false, now_ns(play));
    }
}

static void open_connection(struct play *play, unsigned client)
{
    unsigned number = mqh_model_open(play->model, play->now_ms);

    play->has[client] = number < CONNECTIONS_MAX;
    if (!play->has[client])
        return;
    play->now[client] = number;
    play->open[number] = true;
    mqh_pcapng_open(play->out, number, PORT, now_ns(play));
}

static void pass(struct play *play, uint32_t wait_ms)
{
    uint64_t until = play->now_ms + wait_ms;

    for (unsigned i = 0; i < TICKS_MAX && mqh_model_deadline(play->model) <= until; i++) {
        if (mqh_model_deadline(play->model) > play->now_ms)
            play->now_ms = mqh_model_deadline(play->model);
        mqh_model_tick(play->model, play->now_ms);
        take_actions(play);
    }
    play->now_ms = until;
}

static void act(struct play *play, const struct mqh_session_record *record)
{
    unsigned number = play->now[record->client];

    note(play, *record, record->client, MQC_CLIENT);
    if (record->op == MQH_SESSION_CONNECT) {
        open_connection(play, record->client);
    } else if (record->op == MQH_SESSION_WAIT) {
        pass(play, record->wait_ms);
    } else if (!play->has[record->client] || !play->open[number]) {
        return;
    } else if (record->op == MQH_SESSION_SEND || record->op == MQH_SESSION_SEGMENT) {
        mqh_pcapng_data(play->out, number, MQC_CLIENT, record->bytes, now_ns(play), NULL);
        mqh_model_receive(play->model, number, record->bytes, play->now_ms);
    } else {
        mqh_pcapng_close(play->out, number, MQC_CLIENT, record->op == MQH_SESSION_RESET,
                         now_ns(play));
        play->open[number] = false;
        mqh_model_closed(play->model, number, play->now_ms);
    }
    take_actions(play);
    play->now_ms++;
}

/* Every second broker has a defect, for the same reason. */
static void choose_defect(struct mqh_model *model, unsigned nth)
{
    enum mqh_defect defect = (enum mqh_defect)(nth / 2 % MQH_DEFECT_COUNT);

    for (enum mqc_version version = MQC_V31; nth % 2 == 1 && version <= MQC_V5; version++)
        mqh_model_break(model, defect, version);
}

static void write_whole(struct mqc_slice session, unsigned nth, const char *path,
                        const char *talk_path)
{
    static uint8_t talk[MQF_INPUT_MAX];
    struct mqh_model_limits limits = mqh_model_defaults();
    FILE *file = fopen(path, "wb");
    struct play play = {.model = mqh_model_new(&limits),
                        .now_ms = 1000,
                        .nth = nth,
                        .talk = mqc_writer_init(talk, sizeof(talk))};
    struct mqh_session_record record;

    if (file == NULL || play.model == NULL)
        fail(path);
    choose_defect(play.model, nth);
    play.out = mqh_pcapng_begin(file, "mqspec");
    while (mqh_session_next(&session, &record))
        act(&play, &record);
    if (!mqh_pcapng_end(play.out) || fclose(file) != 0)
        fail(path);
    mqh_model_free(play.model);
    if (nth % 3 > 0)
        talk[0] |= 0x80; /* the monitor sees all: fuzz/monitor.c */
    file = fopen(talk_path, "wb");
    if (file == NULL || fwrite(talk, 1, play.talk.size, file) != play.talk.size ||
        fclose(file) != 0)
        fail(talk_path);
}

/* --- pcap ----------------------------------------------------------------------------------- */

static void put32(FILE *out, uint32_t value)
{
    for (unsigned shift = 0; shift < 32; shift += 8)
        putc((int)(value >> shift & 0xff), out);
}

static void write_pcap(const char *from, const char *path)
{
    char why[200];
    struct mqh_capture_file *in = mqh_capture_file_open(from, why, sizeof(why));
    struct mqh_capture_frame frame;
    FILE *out = fopen(path, "wb");

    if (in == NULL || out == NULL)
        fail(path);
    put32(out, 0xa1b2c3d4); /* microseconds, low byte first */
    put32(out, 2 | 4 << 16);
    put32(out, 0);
    put32(out, 0);
    put32(out, 262144);
    for (bool first = true; mqh_capture_file_next(in, &frame) == MQH_CAPTURE_FRAME; first = false) {
        if (first)
            put32(out, frame.link_type);
        put32(out, (uint32_t)(frame.time_ns / 1000000000));
        put32(out, (uint32_t)(frame.time_ns / 1000 % 1000000));
        put32(out, (uint32_t)frame.bytes.size);
        put32(out, (uint32_t)frame.wire_size);
        fwrite(frame.bytes.data, 1, frame.bytes.size, out);
    }
    mqh_capture_file_close(in);
    if (fclose(out) != 0)
        fail(path);
}

/* --- files ---------------------------------------------------------------------------------- */

static struct mqc_slice read_file(const char *path)
{
    static uint8_t bytes[MQF_INPUT_MAX];
    FILE *file = fopen(path, "rb");
    size_t size;

    if (file == NULL)
        fail(path);
    size = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    return (struct mqc_slice){bytes, size};
}

int main(int argc, char **argv)
{
    char path[PATH_SIZE];
    char pcapng[2 * PATH_SIZE];
    char pcap[2 * PATH_SIZE];
    char talk[2 * PATH_SIZE];
    unsigned count = 0;

    if (argc != 3) {
        fputs("usage: captures CAPTURES TALKS < FILES\n", stderr);
        return 2;
    }
    for (; fgets(path, sizeof(path), stdin) != NULL; count++) {
        const char *name;

        path[strcspn(path, "\n")] = '\0';
        name = strrchr(path, '/') == NULL ? path : strrchr(path, '/') + 1;
        snprintf(pcapng, sizeof(pcapng), "%s/%s.pcapng", argv[1], name);
        snprintf(pcap, sizeof(pcap), "%s/%s.pcap", argv[1], name);
        snprintf(talk, sizeof(talk), "%s/%s", argv[2], name);
        write_whole(read_file(path), count, pcapng, talk);
        if (count % 2 == 1)
            write_pcap(pcapng, pcap);
    }
    printf("%u captures, %u talks\n", count + count / 2, count);
    return 0;
}
