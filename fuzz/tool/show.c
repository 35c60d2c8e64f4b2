/*
 * show FORM FILE [NAME]: prints an input in the notation, as a scenario that can join corpus/: what
 * a finding is to people.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz/mutator/mutator.h"
#include "harness/replay/recording.h"
#include "harness/scenario/session.h"

static uint8_t input[MQF_INPUT_MAX];
static const char *name; /* of the scenario */

static void print(struct mqc_slice text)
{
    fwrite(text.data, 1, text.size, stdout);
}

/* --- streams of a server: a client's are sessions --------------------------------------------- */

/* Prints the packet, and says whether it breaks more than advice that is only noted. */
static bool print_packet(struct mqh_arena *arena, const struct mqc_frame *frame)
{
    const struct mqc_text_style plain = {.limit = 0};
    struct mqc_fault first;
    struct mqc_faults strict = {.items = &first, .capacity = 1, .stop_at_first = true};
    struct mqc_faults all = {.items = NULL};
    struct mqc_packet packet;
    size_t size;
    char *text;

    mqc_packet_decode(frame, &packet, &strict);
    mqc_packet_decode(frame, &packet, &all);
    size = mqc_text_print(&packet, plain, NULL, 0) + 1;
    text = mqh_arena_alloc(arena, size);
    mqc_text_print(&packet, plain, text, size);
    printf("s -> %s", text);
    return strict.count > 0;
}

static void show_server(struct mqh_arena *arena, const struct mqf_stream *stream)
{
    struct mqc_slice rest = stream->bytes;
    struct mqc_frame frame = {.version = stream->version, .from = stream->from};

    printf("scenario \"%s\"\nversions %s\n\nserver s\n", name, mqc_version_name(stream->version));
    while (rest.size > 0 && mqc_frame_read(rest, &frame) == MQC_FRAME_COMPLETE) {
        puts(print_packet(arena, &frame) ? "  breaks any" : "");
        rest.data += frame.size;
        rest.size -= frame.size;
    }
    if (rest.size == 0)
        return;
    printf("s -> RAW h'");
    for (size_t i = 0; i < rest.size; i++)
        printf("%02x", rest.data[i]);
    puts(mqc_frame_read(rest, &frame) == MQC_FRAME_BROKEN ? "'  breaks any" : "'");
}

static void show_packets(struct mqh_arena *arena, struct mqc_slice bytes)
{
    static uint8_t room[MQF_INPUT_MAX + 16];
    struct mqf_stream stream = mqf_stream_read(bytes);
    struct mqc_writer w = mqc_writer_init(room, sizeof(room));
    const struct mqh_session_record connect = {.op = MQH_SESSION_CONNECT,
                                               .version = stream.version};
    const struct mqh_session_record send = {.op = MQH_SESSION_SEND, .bytes = stream.bytes};

    if (stream.from == MQC_SERVER) {
        show_server(arena, &stream);
        return;
    }
    mqh_session_write(&w, &connect);
    mqh_session_write(&w, &send);
    print(mqh_session_text(arena, name, (struct mqc_slice){room, w.size}));
}

/* --- topics ----------------------------------------------------------------------------------- */

/* As the packets that carry them: the codec knows how to write every byte. */
static void show_topics(struct mqh_arena *arena, struct mqc_slice bytes)
{
    static uint8_t list[MQF_INPUT_MAX + 3];
    static uint8_t room[3 * MQF_INPUT_MAX];
    struct mqc_writer filters = mqc_writer_init(list, sizeof(list));
    struct mqc_writer w = mqc_writer_init(room, sizeof(room));
    size_t size = 0;
    struct mqc_packet packet = {.version = MQC_V5};

    while (size < bytes.size && bytes.data[size] != 0)
        size++;
    mqc_filter_write(&filters, &(struct mqc_filter){.filter = {bytes.data, size}});
    packet.frame.type = MQC_SUBSCRIBE;
    packet.frame.flags = mqc_type_flags(MQC_SUBSCRIBE);
    packet.subscribe = (struct mqc_subscribe){.packet_id = 1, .filters = {list, filters.size}};
    mqc_packet_encode(&packet, &w);
    size += size < bytes.size;
    packet.frame.type = MQC_PUBLISH;
    packet.frame.flags = 0;
    packet.publish = (struct mqc_publish){.topic = {bytes.data + size, bytes.size - size}};
    mqc_packet_encode(&packet, &w);
    memmove(room + 1, room, w.size);
    room[0] = mqf_stream_byte(MQC_V5, MQC_CLIENT);
    show_packets(arena, (struct mqc_slice){room, w.size + 1});
}

/* --- captures --------------------------------------------------------------------------------- */

/* What of it can be read, and why it is not all. */
static void show_capture(struct mqh_arena *arena, const char *path)
{
    const struct mqh_recording_options options = {.format = MQH_RECORDING_CAPTURE};
    struct mqh_recording recording;
    char why[300] = "";

    if (!mqh_recording_read(arena, path, &options, &recording, why, sizeof(why)))
        printf("# %s: %s\n", path, why);
    mqh_recording_write_scenario(stdout, &recording, name, NULL);
}

int main(int argc, char **argv)
{
    struct mqh_arena arena = {NULL};
    struct mqc_slice bytes = {input, 0};
    enum mqf_form form;
    FILE *file;

    if (argc < 3 || argc > 4 || !mqf_form_find(argv[1], &form)) {
        fputs("usage: show packets|streams|sessions|topics|texts|captures|talks FILE [NAME]\n",
              stderr);
        return 2;
    }
    name = argc == 4 ? argv[3] : "found/input";
    file = fopen(argv[2], "rb");
    if (file == NULL) {
        perror(argv[2]);
        return 2;
    }
    bytes.size = fread(input, 1, sizeof(input), file);
    fclose(file);
    switch (form) {
    case MQF_PACKETS:
    case MQF_STREAMS:
        show_packets(&arena, bytes);
        break;
    case MQF_SESSIONS:
    case MQF_TALKS:
        print(mqh_session_text(&arena, name, bytes));
        break;
    case MQF_TOPICS:
        show_topics(&arena, bytes);
        break;
    case MQF_TEXTS:
        print(bytes);
        break;
    case MQF_CAPTURES:
        show_capture(&arena, argv[2]);
        break;
    }
    mqh_arena_free(&arena);
    return 0;
}
