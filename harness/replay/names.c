#include "harness/replay/names.h"

enum { NAMES_MAX = 26 };

/* Names of one kind, each with the letter that it becomes. */
struct table {
    struct mqc_slice names[NAMES_MAX];
    size_t count;
    char first; /* letter */
    bool full;
};

struct shortener {
    struct mqh_arena *arena;
    enum mqh_names names;
    struct table clients;
    struct table topics;
    bool changed;
};

static struct mqc_slice shorter(struct shortener *s, struct table *table, struct mqc_slice name)
{
    size_t i = 0;
    char letter;

    while (i < table->count && !mqc_slice_equal(table->names[i], name))
        i++;
    if (i == NAMES_MAX) {
        table->full = true;
        return name;
    }
    if (i == table->count)
        table->names[table->count++] = name;
    letter = (char)('a' + (table->first - 'a' + (int)i) % 26);
    s->changed = s->changed || name.size > 1;
    return mqh_arena_bytes(s->arena, (struct mqc_slice){(const uint8_t *)&letter, 1});
}

/* ---- topics ---- */

static bool has(struct mqc_slice text, char c)
{
    return text.size > 0 && memchr(text.data, c, text.size) != NULL;
}

static bool is_kept(struct mqc_slice level)
{
    return level.size == 0 || level.data[0] == '$' || level.data[0] == '+' || level.data[0] == '#';
}

static struct mqc_slice by_level(struct shortener *s, struct mqc_slice topic)
{
    uint8_t *data = mqh_arena_alloc(s->arena, topic.size + 1);
    size_t size = 0;

    for (size_t from = 0; from <= topic.size;) {
        size_t to = from;
        struct mqc_slice level;

        while (to < topic.size && topic.data[to] != '/')
            to++;
        level = (struct mqc_slice){topic.data + from, to - from};
        if (!is_kept(level))
            level = shorter(s, &s->topics, level);
        if (level.size > 0)
            memcpy(data + size, level.data, level.size);
        size += level.size;
        if (to < topic.size)
            data[size++] = '/';
        from = to + 1;
    }
    return (struct mqc_slice){data, size};
}

static struct mqc_slice shorter_topic(struct shortener *s, struct mqc_slice topic)
{
    if (s->names == MQH_NAMES_CLIENTS || topic.size == 0)
        return topic;
    if (s->names == MQH_NAMES_LEVELS)
        return by_level(s, topic);
    return topic.data[0] == '$' || has(topic, '+') || has(topic, '#')
               ? topic
               : shorter(s, &s->topics, topic);
}

static struct mqc_slice shorter_filters(struct shortener *s, struct mqc_slice filters,
                                        bool with_options)
{
    uint8_t *data = mqh_arena_alloc(s->arena, filters.size + 1);
    struct mqc_writer writer = mqc_writer_init(data, filters.size);

    for (size_t at = 0; at + 2 <= filters.size;) {
        size_t size = (size_t)(filters.data[at] << 8 | filters.data[at + 1]);
        struct mqc_slice filter = shorter_topic(s, (struct mqc_slice){filters.data + at + 2, size});

        mqc_writer_u16(&writer, (uint16_t)filter.size);
        mqc_writer_bytes(&writer, filter);
        at += 2 + size;
        if (with_options)
            mqc_writer_u8(&writer, filters.data[at++]);
    }
    return (struct mqc_slice){data, writer.size};
}

/* ---- packets ---- */

static void shorten(struct shortener *s, struct mqc_packet *packet)
{
    struct mqc_connect *connect = &packet->connect;

    switch (packet->frame.type) {
    case MQC_CONNECT:
        if (connect->client_id.size > 0)
            connect->client_id = shorter(s, &s->clients, connect->client_id);
        if ((connect->flags & MQC_CONNECT_WILL) != 0)
            connect->will_topic = shorter_topic(s, connect->will_topic);
        break;
    case MQC_PUBLISH:
        packet->publish.topic = shorter_topic(s, packet->publish.topic);
        break;
    case MQC_SUBSCRIBE:
        packet->subscribe.filters = shorter_filters(s, packet->subscribe.filters, true);
        break;
    case MQC_UNSUBSCRIBE:
        packet->unsubscribe.filters = shorter_filters(s, packet->unsubscribe.filters, false);
        break;
    default:
        break;
    }
}

static struct mqc_slice shorter_packet(struct shortener *s, struct mqc_slice bytes,
                                       enum mqc_version version, enum mqc_side from)
{
    struct mqc_frame frame = {.version = version, .from = from};
    struct mqc_faults faults = {0};
    struct mqc_packet packet;
    struct mqc_writer writer;

    if (mqc_frame_read(bytes, &frame) != MQC_FRAME_COMPLETE)
        return bytes;
    mqc_packet_decode(&frame, &packet, &faults);
    writer = mqc_writer_init(mqh_arena_alloc(s->arena, bytes.size + 1), bytes.size);
    if (!packet.complete || !mqc_packet_encode(&packet, &writer) ||
        !mqc_slice_equal((struct mqc_slice){writer.data, writer.size}, bytes))
        return bytes;
    shorten(s, &packet);
    writer.size = 0;
    return mqc_packet_encode(&packet, &writer) ? (struct mqc_slice){writer.data, writer.size}
                                               : bytes;
}

bool mqh_shorten_names(struct mqh_arena *arena, const struct mqh_recording *recording,
                       enum mqh_names names, struct mqh_recording *out)
{
    struct shortener s = {
        .arena = arena, .names = names, .clients = {.first = 'a'}, .topics = {.first = 't'}};
    size_t size = recording->event_count * sizeof *out->events;

    *out = *recording;
    out->events = mqh_arena_alloc(arena, size + 1);
    if (size > 0)
        memcpy(out->events, recording->events, size);
    out->event_capacity = out->event_count;
    for (size_t i = 0; i < out->event_count; i++) {
        struct mqh_recording_event *event = &out->events[i];

        if (event->kind == MQH_RECORDING_BYTES)
            event->bytes = shorter_packet(&s, event->bytes,
                                          out->connections[event->connection].version, event->side);
    }
    return s.changed && !s.clients.full && !s.topics.full;
}
