/*
 * seeds FOLDER < FILES: makes seeds of texts. The names of scenario files (.mqs) and of vectors
 * (.txt, see corpus/README.md) come one a line; FOLDER/FORM gets one file for each different input.
 *
 * Of a case there is made: an input for each packet that somebody sends (packets); what each
 * connection carries from one side (streams); the session (sessions); pairs of what is subscribed
 * to and what is published (topics). Each scenario's text is a seed too (texts).
 *
 * What fuzzing found, corpus/found-FORM.mqs, becomes inputs of that form and nothing else. A
 * session there may be a talk, of a monitor that sees all, and of one that does not.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz/mutator/mutator.h"
#include "harness/scenario/session.h"

enum {
    FAMILY_MAX = 3, /* cases in one version that a scenario of conformance/ gives */
    NAME_MAX_SIZE = 300,
    TOPICS_MAX = 16, /* filters and names of a case that are paired */
};

static const char *folder;
static size_t counts[MQF_TALKS + 1];
static bool is_found;           /* the file at hand is of fuzzing's finds… */
static enum mqf_form only_form; /* …of this form */

static void fail(const char *what)
{
    fprintf(stderr, "seeds: %s: %s\n", what, strerror(errno));
    exit(2);
}

/* --- seeds that are there already ----------------------------------------------------------- */

/* Hashes (FNV-1a) of what was written; two inputs with one hash are as good as one. */
static struct {
    uint64_t *items;
    size_t count;
    size_t capacity; /* a power of two */
} known;

static bool add_hash(uint64_t hash)
{
    size_t at = hash & (known.capacity - 1);

    for (; known.items[at] != 0; at = (at + 1) & (known.capacity - 1))
        if (known.items[at] == hash)
            return false;
    known.items[at] = hash;
    known.count++;
    return true;
}

static void grow_known(void)
{
    uint64_t *old = known.items;
    size_t count = known.capacity;

    known.capacity = count == 0 ? 1024 : 2 * count;
    known.items = calloc(known.capacity, sizeof(*known.items));
    known.count = 0;
    if (known.items == NULL)
        fail("memory");
    for (size_t i = 0; i < count; i++)
        if (old[i] != 0)
            add_hash(old[i]);
    free(old);
}

static bool is_new(enum mqf_form form, struct mqc_slice bytes)
{
    uint64_t hash = UINT64_C(14695981039346656037) + (uint64_t)form;

    for (size_t i = 0; i < bytes.size; i++)
        hash = (hash ^ bytes.data[i]) * UINT64_C(1099511628211);
    if (2 * known.count >= known.capacity)
        grow_known();
    return add_hash(hash | 1);
}

/* --- writing -------------------------------------------------------------------------------- */

static void write_seed(enum mqf_form form, const char *id, struct mqc_slice bytes)
{
    char path[NAME_MAX_SIZE + 64];
    char name[NAME_MAX_SIZE];
    FILE *file;

    if (bytes.size > MQF_INPUT_MAX || (is_found && form != only_form) || !is_new(form, bytes))
        return;
    snprintf(name, sizeof(name), "%.150s", id);
    for (char *c = name; *c != '\0'; c++)
        if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-", *c) == NULL)
            *c = '_';
    snprintf(path, sizeof(path), "%s/%s/%04zu-%s", folder, mqf_form_name(form), counts[form]++,
             name);
    file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes.data, 1, bytes.size, file) != bytes.size || fclose(file) != 0)
        fail(path);
}

static void write_bytes(enum mqf_form form, const char *id, enum mqc_version version,
                        enum mqc_side from, struct mqc_slice bytes)
{
    static uint8_t room[MQF_INPUT_MAX];

    if (bytes.size == 0 || bytes.size >= sizeof(room))
        return;
    room[0] = mqf_stream_byte(version, from);
    memcpy(room + 1, bytes.data, bytes.size);
    write_seed(form, id, (struct mqc_slice){room, bytes.size + 1});
    if (from == MQC_CLIENT && bytes.data[0] >> 4 == MQC_CONNECT) {
        room[0] |= 3; /* once more, judged by the version that it names itself */
        write_seed(form, id, (struct mqc_slice){room, bytes.size + 1});
    }
}

/* --- one case ------------------------------------------------------------------------------- */

struct stream {
    enum mqc_version version;
    enum mqc_side from;
    struct mqc_writer bytes;
    uint8_t room[MQF_INPUT_MAX - 1];
};

struct maker {
    const struct mqh_case *c;
    struct mqh_arena arena;
    struct mqc_slice filters[TOPICS_MAX];
    struct mqc_slice names[TOPICS_MAX];
    size_t filter_count;
    size_t name_count;
    struct stream *streams[MQH_PEERS_MAX];
};

static void note(struct maker *maker, struct mqc_slice topic, struct mqc_slice *list, size_t *count)
{
    for (size_t i = 0; i < *count; i++)
        if (mqc_slice_equal(list[i], topic))
            return;
    if (*count < TOPICS_MAX)
        list[(*count)++] = mqh_arena_bytes(&maker->arena, topic);
}

static void note_topics(struct maker *maker, const struct mqc_packet *packet)
{
    struct mqc_slice filters = {NULL, 0};
    struct mqc_filter filter;
    struct mqc_slice name;

    if (packet->frame.type == MQC_PUBLISH && packet->publish.topic.size > 0)
        note(maker, packet->publish.topic, maker->names, &maker->name_count);
    if (packet->frame.type == MQC_SUBSCRIBE)
        filters = packet->subscribe.filters;
    while (mqc_filter_next(&filters, &filter))
        note(maker, filter.filter, maker->filters, &maker->filter_count);
    if (packet->frame.type == MQC_UNSUBSCRIBE)
        filters = packet->unsubscribe.filters;
    while (packet->frame.type == MQC_UNSUBSCRIBE && mqc_string_next(&filters, &name))
        note(maker, name, maker->filters, &maker->filter_count);
}

/* Ends a connection's stream: it becomes a seed. */
static void flush_stream(struct maker *maker, size_t peer)
{
    struct stream *stream = maker->streams[peer];

    if (stream == NULL)
        return;
    if (!stream->bytes.failed)
        write_bytes(MQF_STREAMS, maker->c->id, stream->version, stream->from,
                    (struct mqc_slice){stream->room, stream->bytes.size});
    stream->bytes = mqc_writer_init(stream->room, sizeof(stream->room));
}

static void take_packets(struct maker *maker, const struct stream *stream, struct mqc_slice bytes)
{
    while (bytes.size > 0) {
        struct mqc_frame frame = {.version = stream->version, .from = stream->from};
        struct mqc_faults faults = {.items = NULL};
        struct mqc_packet packet = {.complete = false};
        enum mqc_frame_state state = mqc_frame_read(bytes, &frame);
        size_t size = state == MQC_FRAME_COMPLETE ? frame.size : bytes.size;

        write_bytes(MQF_PACKETS, maker->c->id, stream->version, stream->from,
                    (struct mqc_slice){bytes.data, size});
        if (state == MQC_FRAME_COMPLETE && mqc_packet_decode(&frame, &packet, &faults))
            note_topics(maker, &packet);
        bytes.data += size;
        bytes.size -= size;
    }
}

static void take_step(void *context, const struct mqh_step *step, enum mqc_version version,
                      struct mqc_slice bytes)
{
    struct maker *maker = context;
    size_t peer = step->peers[0];
    struct stream *stream = maker->streams[peer];

    if (step->kind == MQH_STEP_CLIENT)
        flush_stream(maker, peer);
    if (bytes.size == 0 || step->kind == MQH_STEP_EXPECT)
        return;
    if (stream == NULL) {
        stream = mqh_arena_alloc(&maker->arena, sizeof(*stream));
        stream->bytes = mqc_writer_init(stream->room, sizeof(stream->room));
        stream->from = maker->c->scenario->peer_is_server[peer] ? MQC_SERVER : MQC_CLIENT;
        maker->streams[peer] = stream;
    }
    stream->version = version;
    mqc_writer_bytes(&stream->bytes, bytes);
    take_packets(maker, stream, bytes);
}

static void write_topics(const struct maker *maker)
{
    uint8_t room[4096];

    for (size_t f = 0; f < maker->filter_count; f++)
        for (size_t n = 0; n < maker->name_count; n++) {
            struct mqc_writer w = mqc_writer_init(room, sizeof(room));

            mqc_writer_bytes(&w, maker->filters[f]);
            mqc_writer_u8(&w, 0);
            mqc_writer_bytes(&w, maker->names[n]);
            if (!w.failed)
                write_seed(MQF_TOPICS, maker->c->id, (struct mqc_slice){room, w.size});
        }
}

/* A talk's first byte has one bit more than a session's (fuzz/monitor.c). */
static void write_session(const struct maker *maker, struct mqc_slice session)
{
    static uint8_t room[MQF_INPUT_MAX];

    write_seed(MQF_SESSIONS, maker->c->id, session);
    if (!is_found || session.size == 0 || session.size > sizeof(room))
        return;
    memcpy(room, session.data, session.size);
    write_seed(MQF_TALKS, maker->c->id, session);
    room[0] |= 0x80;
    write_seed(MQF_TALKS, maker->c->id, (struct mqc_slice){room, session.size});
}

static void take_case(const struct mqh_case *c)
{
    struct maker maker = {.c = c};
    struct mqc_slice session;

    mqh_case_watch(c, take_step, &maker);
    for (size_t peer = 0; peer < c->scenario->peer_count; peer++)
        flush_stream(&maker, peer);
    write_topics(&maker);
    if (mqh_session_of_case(&maker.arena, c, &session))
        write_session(&maker, session);
    mqh_arena_free(&maker.arena);
}

/* --- files ---------------------------------------------------------------------------------- */

static struct mqc_slice read_file(struct mqh_arena *arena, const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat state;
    uint8_t *bytes;

    if (file == NULL || fstat(fileno(file), &state) != 0)
        fail(path);
    bytes = mqh_arena_alloc(arena, (size_t)state.st_size + 1);
    if (fread(bytes, 1, (size_t)state.st_size, file) != (size_t)state.st_size)
        fail(path);
    fclose(file);
    return (struct mqc_slice){bytes, (size_t)state.st_size};
}

static void complain(const struct mqh_error *error)
{
    char text[1000];

    mqh_error_print(error, text, sizeof(text));
    fprintf(stderr, "%s\n", text);
    exit(2);
}

/* The cases that become seeds: of a family of conformance/ the first, the last and one between. */
static void take_cases(const struct mqh_cases *cases, bool few)
{
    for (size_t first = 0, end; first < cases->count; first = end) {
        size_t size;

        for (end = first; end < cases->count; end++)
            if (cases->items[end].version != cases->items[first].version)
                break;
        size = end - first;
        for (size_t i = 0; i < size; i++)
            if (!few || size <= FAMILY_MAX || i == 0 || i == size / 2 || i == size - 1)
                take_case(&cases->items[first + i]);
    }
}

/* The text, and with a mistake in it, for half of a parser is what it says of those: cut off, and
 * with a byte in the middle of it left out. */
static void write_texts(const char *name, struct mqc_slice text)
{
    static uint8_t room[MQF_INPUT_MAX];
    size_t at = text.size > 0 ? counts[MQF_TEXTS] * 7919 % text.size : 0;

    write_seed(MQF_TEXTS, name, text);
    if (text.size < 2 || text.size > sizeof(room))
        return;
    write_seed(MQF_TEXTS, name, (struct mqc_slice){text.data, text.size - at});
    memcpy(room, text.data, at);
    memcpy(room + at, text.data + at + 1, text.size - at - 1);
    write_seed(MQF_TEXTS, name, (struct mqc_slice){room, text.size - 1});
}

static void take_scenarios(struct mqh_arena *arena, const char *path, struct mqc_slice text)
{
    struct mqh_scenarios scenarios = {NULL, 0, 0};
    struct mqh_error error = {.message = NULL};

    if (!mqh_parse(arena, path, text, &scenarios, &error))
        complain(&error);
    for (size_t i = 0; i < scenarios.count; i++) {
        const struct mqh_scenario *s = &scenarios.items[i];
        const uint8_t *begin = s->where.text.data;
        const uint8_t *end = i + 1 < scenarios.count ? scenarios.items[i + 1].where.text.data
                                                     : s->source->text.data + s->source->text.size;
        struct mqh_cases cases = {NULL, 0, 0};

        write_texts(s->name, (struct mqc_slice){begin, (size_t)(end - begin)});
        if (!mqh_cases_add(arena, s, MQH_ALL_VERSIONS, &cases, &error))
            complain(&error);
        take_cases(&cases, strncmp(path, "conformance/", 12) == 0);
    }
}

/* A line is `version direction hex verdict rule`. */
static void take_vector(const char *path, const char *line)
{
    static uint8_t bytes[MQF_INPUT_MAX];
    char version[8];
    char direction[16];
    int at;
    size_t size = 0;
    unsigned byte;

    if (line[0] == '#' || line[0] == '\0')
        return;
    if (sscanf(line, "%7s %15s %n", version, direction, &at) != 2) {
        errno = EINVAL;
        fail(path);
    }
    for (line += at; sscanf(line, "%2x", &byte) == 1 && line[0] != ' '; line += 2)
        if (size < sizeof(bytes))
            bytes[size++] = (uint8_t)byte;
    write_bytes(MQF_PACKETS, strrchr(line, ' ') + 1, mqc_version_parse(version, strlen(version)),
                direction[0] == 'c'   ? MQC_CLIENT
                : direction[0] == 's' ? MQC_SERVER
                                      : MQC_SIDE_UNKNOWN,
                (struct mqc_slice){bytes, size});
}

static void take_vectors(const char *path, struct mqc_slice text)
{
    char *line = (char *)text.data;

    for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        take_vector(path, line);
    }
}

static void make_folders(void)
{
    char path[NAME_MAX_SIZE];

    for (enum mqf_form form = 0; form <= MQF_TALKS; form++) {
        snprintf(path, sizeof(path), "%s/%s", folder, mqf_form_name(form));
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            fail(path);
    }
}

/* Whether the file is named found-FORM.mqs, and the form. */
static bool is_of_finds(const char *path)
{
    const char *name = strrchr(path, '/') == NULL ? path : strrchr(path, '/') + 1;
    char form[20];

    return sscanf(name, "found-%19[a-z].mqs", form) == 1 && mqf_form_find(form, &only_form);
}

int main(int argc, char **argv)
{
    char path[NAME_MAX_SIZE];

    if (argc != 2) {
        fputs("usage: seeds FOLDER < FILES\n", stderr);
        return 2;
    }
    folder = argv[1];
    make_folders();
    while (fgets(path, sizeof(path), stdin) != NULL) {
        struct mqh_arena arena = {NULL};
        struct mqc_slice text;
        size_t size;

        path[strcspn(path, "\n")] = '\0';
        size = strlen(path);
        text = read_file(&arena, path);
        is_found = is_of_finds(path);
        if (size > 4 && strcmp(path + size - 4, ".txt") == 0)
            take_vectors(path, text);
        else
            take_scenarios(&arena, path, text);
        mqh_arena_free(&arena);
    }
    free(known.items);
    for (enum mqf_form form = 0; form <= MQF_TALKS; form++)
        if (counts[form] > 0)
            printf("%zu %s\n", counts[form], mqf_form_name(form));
    return 0;
}
