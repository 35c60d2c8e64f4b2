#include "harness/replay/cleaner.h"

enum { PACKET_MAX = 2 * 65535 + 64 };

static void add(struct mqh_recording *out, unsigned connection, enum mqc_side side,
                struct mqc_slice bytes)
{
    mqh_recording_add(out, (struct mqh_recording_event){.kind = MQH_RECORDING_BYTES,
                                                        .connection = connection,
                                                        .side = side,
                                                        .bytes = bytes});
}

static void send(struct mqh_recording *out, unsigned connection, struct mqc_packet *packet)
{
    uint8_t *data = mqh_arena_alloc(out->arena, PACKET_MAX);
    struct mqc_writer writer = mqc_writer_init(data, PACKET_MAX);

    if (mqc_packet_encode(packet, &writer))
        add(out, connection, MQC_CLIENT, (struct mqc_slice){data, writer.size});
}

/* The connection to begin with is the recording's own, so that it speaks its version. */
static void clean_session(struct mqh_recording *out, const struct mqc_packet *connect)
{
    static const uint8_t connack[] = {0x20, 3, 0, 0, 0};
    static const uint8_t disconnect[] = {0xe0, 0};
    bool v5 = connect->version == MQC_V5;
    struct mqc_packet packet = *connect;
    unsigned connection = mqh_recording_open(out, connect->version, 0);

    packet.connect.flags =
        (uint8_t)((connect->connect.flags & (MQC_CONNECT_USER_NAME | MQC_CONNECT_PASSWORD)) | 0x02);
    packet.connect.properties = (struct mqc_slice){0};
    send(out, connection, &packet);
    add(out, connection, MQC_SERVER, (struct mqc_slice){connack, v5 ? 5 : 4});
    add(out, connection, MQC_CLIENT, (struct mqc_slice){disconnect, sizeof disconnect});
}

static bool decode(const struct mqh_recording *recording, const struct mqh_recording_event *event,
                   struct mqc_packet *out)
{
    struct mqc_frame frame = {.version = recording->connections[event->connection].version,
                              .from = MQC_CLIENT};
    struct mqc_fault first;
    struct mqc_faults faults = {.items = &first, .capacity = 1};

    if (event->kind != MQH_RECORDING_BYTES || event->side != MQC_CLIENT ||
        mqc_frame_read(event->bytes, &frame) != MQC_FRAME_COMPLETE)
        return false;
    mqc_packet_decode(&frame, out, &faults);
    return faults.count == 0;
}

/* The retained message of a topic goes with an empty one. */
static void clear_topic(struct mqh_recording *out, const struct mqc_packet *connect,
                        struct mqc_slice topic)
{
    struct mqc_packet publish = {.frame = {.type = MQC_PUBLISH, .flags = 0x01},
                                 .version = connect->version,
                                 .publish = {.topic = topic}};
    struct mqh_recording_event *last;

    clean_session(out, connect);
    last = &out->events[out->event_count - 1]; /* DISCONNECT comes behind it */
    out->event_count--;
    send(out, last->connection, &publish);
    add(out, last->connection, MQC_CLIENT, (struct mqc_slice){(const uint8_t *)"\xe0\0", 2});
}

struct mqh_recording mqh_cleaner_of(struct mqh_arena *arena, const struct mqh_recording *recording)
{
    struct mqh_recording out = {.arena = arena};
    struct mqc_packet packet;

    for (size_t i = 0; i < recording->event_count; i++) {
        if (!decode(recording, &recording->events[i], &packet) ||
            packet.frame.type != MQC_CONNECT || packet.connect.client_id.size == 0)
            continue;
        clean_session(&out, &packet);
        if ((packet.connect.flags & MQC_CONNECT_WILL) != 0 &&
            (packet.connect.flags & MQC_CONNECT_WILL_RETAIN) != 0)
            clear_topic(&out, &packet, packet.connect.will_topic);
        for (size_t n = i + 1; n < recording->event_count; n++) {
            struct mqc_packet publish;

            if (recording->events[n].connection == recording->events[i].connection &&
                decode(recording, &recording->events[n], &publish) &&
                publish.frame.type == MQC_PUBLISH && (publish.frame.flags & 0x01) != 0 &&
                publish.publish.topic.size > 0 && publish.publish.payload.size > 0)
                clear_topic(&out, &packet, publish.publish.topic);
        }
    }
    return out;
}
