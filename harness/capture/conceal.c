#include "harness/capture/conceal.h"

#include <string.h>

static void mask(uint8_t *copy, const struct mqc_frame *frame, struct mqc_slice secret)
{
    if (secret.size > 0)
        memset(copy + (secret.data - frame->bytes), '*', secret.size);
}

static void mask_properties(uint8_t *copy, const struct mqc_frame *frame,
                            struct mqc_slice properties)
{
    struct mqc_property property;

    while (mqc_property_next(&properties, &property))
        if (property.id == MQC_AUTHENTICATION_DATA)
            mask(copy, frame, property.value);
}

/* Everything behind what was read, or behind the fixed header. */
static void mask_behind(uint8_t *copy, const struct mqc_frame *frame, struct mqc_slice read)
{
    size_t from =
        read.data != NULL ? (size_t)(read.data - frame->bytes) + read.size : frame->header_size;

    memset(copy + from, '*', frame->size - from);
}

static void mask_packet(uint8_t *copy, const struct mqc_frame *frame)
{
    struct mqc_faults faults = {0};
    struct mqc_packet packet;
    bool whole = mqc_packet_decode(frame, &packet, &faults);

    if (frame->type == MQC_CONNECT) {
        const struct mqc_connect *connect = &packet.connect;

        mask(copy, frame, connect->password);
        mask_properties(copy, frame, connect->properties);
        if (!whole &&
            (connect->protocol_name.size == 0 || (connect->flags & MQC_CONNECT_PASSWORD) != 0))
            mask_behind(copy, frame, connect->client_id);
    } else if (frame->type == MQC_CONNACK) {
        mask_properties(copy, frame, packet.connack.properties);
    } else if (frame->type == MQC_AUTH) {
        mask_properties(copy, frame, packet.auth.properties);
        if (!whole)
            mask_behind(copy, frame, (struct mqc_slice){0});
    }
}

void mqh_conceal(uint8_t *copy, struct mqc_slice bytes, enum mqc_version version)
{
    while (bytes.size > 0) {
        struct mqc_frame frame = {.version = version};

        if (mqc_frame_read(bytes, &frame) == MQC_FRAME_BROKEN || frame.header_size == 0)
            return;
        if (frame.size > bytes.size)
            frame.size = bytes.size;
        if (frame.type == MQC_CONNECT || version != MQC_VERSION_UNKNOWN)
            mask_packet(copy, &frame);
        copy += frame.size;
        bytes = (struct mqc_slice){bytes.data + frame.size, bytes.size - frame.size};
    }
}
