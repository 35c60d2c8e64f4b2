#include "harness/scenario/state.h"

#define PRINT_LIMIT 256

struct mqh_connection *mqh_connection_new(struct mqh_engine *engine, unsigned peer)
{
    struct mqh_connection *c = mqh_arena_alloc(engine->arena, sizeof(*c));

    engine->connections =
        mqh_arena_grow(engine->arena, engine->connections, engine->connection_count,
                       &engine->connection_capacity, sizeof(struct mqh_connection *));
    c->number = (unsigned)engine->connection_count;
    c->peer = peer;
    c->version = engine->peers[peer].version;
    c->peer_side = engine->peers[peer].is_server ? MQC_CLIENT : MQC_SERVER;
    for (int lane = 0; lane < MQH_LANE_COUNT; lane++)
        c->lane_end[lane] = &c->lane[lane];
    engine->connections[engine->connection_count++] = c;
    engine->peers[peer].now = c;
    return c;
}

struct mqh_connection *mqh_connection_find(struct mqh_engine *engine, unsigned number)
{
    return number < engine->connection_count ? engine->connections[number] : NULL;
}

const char *mqh_packet_text(struct mqh_engine *engine, const struct mqc_packet *packet)
{
    const struct mqc_text_style style = {.conceal = true, .limit = PRINT_LIMIT};
    size_t size = mqc_text_print(packet, style, NULL, 0);
    char *text = mqh_arena_alloc(engine->arena, size + 1);

    mqc_text_print(packet, style, text, size + 1);
    return text;
}

const char *mqh_raw_text(struct mqh_engine *engine, struct mqc_slice bytes)
{
    static const char digits[] = "0123456789abcdef";
    size_t shown = bytes.size < PRINT_LIMIT ? bytes.size : PRINT_LIMIT;
    char *hex = mqh_arena_alloc(engine->arena, 2 * shown + 1);

    for (size_t i = 0; i < shown; i++) {
        hex[2 * i] = digits[bytes.data[i] >> 4];
        hex[2 * i + 1] = digits[bytes.data[i] & 15];
    }
    return mqh_arena_format(engine->arena, "RAW h'%s%s'", hex, shown < bytes.size ? "…" : "");
}

void mqh_stream_append(struct mqh_engine *engine, struct mqh_stream *stream, struct mqc_slice bytes)
{
    if (stream->size + bytes.size > stream->capacity) {
        size_t wanted = 2 * (stream->size + bytes.size);
        uint8_t *larger = mqh_arena_alloc(engine->arena, wanted);

        if (stream->size > 0)
            memcpy(larger, stream->data, stream->size);
        stream->data = larger;
        stream->capacity = wanted;
    }
    if (bytes.size > 0)
        memcpy(stream->data + stream->size, bytes.data, bytes.size);
    stream->size += bytes.size;
}

void mqh_stream_drop(struct mqh_stream *stream, size_t count)
{
    stream->size -= count;
    memmove(stream->data, stream->data + count, stream->size);
}

void mqh_stream_lost(struct mqh_engine *engine, struct mqh_connection *c,
                     const struct mqc_frame *frame, enum mqh_event_kind kind, unsigned line)
{
    struct mqc_slice bytes =
        mqh_arena_bytes(engine->arena, (struct mqc_slice){frame->bytes, frame->size});
    struct mqc_fault *items = mqh_arena_alloc(engine->arena, MQH_FAULTS_MAX * sizeof(*items));
    struct mqc_faults faults = {.items = items, .capacity = MQH_FAULTS_MAX};
    struct mqh_event *event = mqh_engine_event(engine, kind, c, mqh_raw_text(engine, bytes));
    struct mqc_packet packet;

    mqc_packet_decode(frame, &packet, &faults);
    event->bytes = bytes;
    event->line = line;
    if (kind == MQH_EVENT_RECEIVED) {
        event->faults = items;
        event->fault_count = mqc_faults_stored(&faults);
    }
    mqh_watch_packet(engine, c, &packet, &faults, event, line);
}

void mqh_connection_consume(struct mqh_connection *c, enum mqh_lane lane)
{
    c->lane[lane] = c->lane[lane]->next;
    if (c->lane[lane] == NULL)
        c->lane_end[lane] = &c->lane[lane];
}

bool mqh_connection_fence(struct mqh_engine *engine, struct mqh_connection *c)
{
    static const uint8_t pingreq[] = {0xc0, 0};

    if (!c->open || c->ended || c->left || c->disconnected || !c->accepted || c->faulty ||
        c->out.size > 0 || c->peer_side != MQC_SERVER)
        return false;
    mqh_connection_send(engine, c, (struct mqc_slice){pingreq, sizeof(pingreq)}, 0);
    return true;
}

bool mqh_connection_fenced(const struct mqh_connection *c)
{
    for (const struct mqh_ping *ping = c->pings; ping != NULL; ping = ping->next)
        if (ping->ours)
            return true;
    return false;
}

void mqh_connection_leave(struct mqh_engine *engine, struct mqh_connection *c,
                          enum mqh_action_kind kind)
{
    if (c->left)
        return;
    c->left = true;
    mqh_watch_close(engine, c, c->peer_side == MQC_SERVER ? MQC_CLIENT : MQC_SERVER);
    if (!c->ended)
        mqh_engine_event(engine, kind == MQH_ACTION_RESET ? MQH_EVENT_RESET : MQH_EVENT_CLOSED, c,
                         "");
    mqh_engine_act(engine, kind, c->number, (struct mqc_slice){0});
}
