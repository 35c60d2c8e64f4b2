#include "harness/cli/convert_json.h"

#include <jansson.h>

#include "codec/text.h"
#include "harness/report/safe.h"

/* RAW h'…' for what is no whole packet. */
static char *print_raw(struct mqh_arena *arena, struct mqc_slice bytes)
{
    char *text = mqh_arena_alloc(arena, sizeof "RAW h''" + 2 * bytes.size);
    char *at = text + sprintf(text, "RAW h'");

    for (size_t i = 0; i < bytes.size; i++)
        at += sprintf(at, "%02x", bytes.data[i]);
    sprintf(at, "'");
    return text;
}

static char *print(struct mqh_arena *arena, const struct mqc_frame *frame)
{
    static const struct mqc_text_style plain;
    struct mqc_faults faults = {0};
    struct mqc_packet packet;
    size_t size;
    char *text;

    mqc_packet_decode(frame, &packet, &faults);
    size = mqc_text_print(&packet, plain, NULL, 0) + 1;
    text = mqh_arena_alloc(arena, size);
    mqc_text_print(&packet, plain, text, size);
    return text;
}

static json_t *packet_object(const struct mqh_recording *recording,
                             const struct mqh_recording_event *event)
{
    const struct mqh_recording_connection *c = &recording->connections[event->connection];
    struct mqc_frame frame = {.version = c->version, .from = event->side};
    struct mqh_arena arena = {0};
    json_t *object = json_object();
    bool whole = mqc_frame_read(event->bytes, &frame) == MQC_FRAME_COMPLETE &&
                 frame.size == event->bytes.size;

    if (event->frame > 0) {
        json_object_set_new(object, "frame", json_integer((json_int_t)event->frame));
        json_object_set_new(
            object, "time",
            json_real((double)(int64_t)(event->time_ns - recording->events[0].time_ns) / 1e9));
    }
    json_object_set_new(object, "connection", json_integer((json_int_t)event->connection + 1));
    json_object_set_new(object, "side",
                        json_string(event->side == MQC_CLIENT ? "client" : "server"));
    json_object_set_new(object, "version", json_string(mqc_version_name(c->version)));
    json_object_set_new(object, "type",
                        json_string(mqc_type_name((enum mqc_type)(event->bytes.data[0] >> 4))));
    json_object_set_new(object, "size", json_integer((json_int_t)event->bytes.size));
    json_object_set_new(
        object, "notation",
        mqh_json_text(whole ? print(&arena, &frame) : print_raw(&arena, event->bytes)));
    mqh_arena_free(&arena);
    return object;
}

void mqh_recording_write_json(FILE *out, const struct mqh_recording *recording)
{
    for (size_t i = 0; i < recording->event_count; i++) {
        const struct mqh_recording_event *event = &recording->events[i];
        json_t *object;

        if (event->kind != MQH_RECORDING_BYTES || event->bytes.size == 0)
            continue;
        object = packet_object(recording, event);
        json_dumpf(object, out, JSON_REAL_PRECISION(12));
        putc('\n', out);
        json_decref(object);
    }
}
