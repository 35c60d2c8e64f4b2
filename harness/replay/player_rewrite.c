#include "harness/replay/player_rewrite.h"

#include <stdio.h>

bool mqh_player_decode(struct mqc_slice bytes, enum mqc_version version, enum mqc_side from,
                       struct mqc_packet *out)
{
    struct mqc_frame frame = {.version = version, .from = from};
    struct mqc_faults faults = {0};

    if (mqc_frame_read(bytes, &frame) != MQC_FRAME_COMPLETE)
        return false;
    mqc_packet_decode(&frame, out, &faults);
    return true;
}

/* ---- what the broker sends ---- */

const struct mqh_delivery *mqh_player_delivery_of(const struct mqh_delivery *deliveries,
                                                  uint16_t then)
{
    while (deliveries != NULL && deliveries->then != then)
        deliveries = deliveries->older;
    return deliveries;
}

bool mqh_player_is_counterpart(const struct mqc_packet *then, const struct mqc_packet *now,
                               const struct mqh_delivery *deliveries)
{
    const struct mqh_delivery *delivery;

    if (then->frame.type != now->frame.type)
        return false;
    switch (then->frame.type) {
    case MQC_PUBLISH:
        return mqc_slice_equal(then->publish.topic, now->publish.topic) &&
               mqc_slice_equal(then->publish.payload, now->publish.payload);
    case MQC_PUBREL: /* of its delivery; that of a session from before has its own identifier */
        delivery = mqh_player_delivery_of(deliveries, then->ack.packet_id);
        return now->ack.packet_id == (delivery != NULL ? delivery->now : then->ack.packet_id);
    case MQC_PUBACK:
    case MQC_PUBREC:
    case MQC_PUBCOMP:
        return then->ack.packet_id == now->ack.packet_id;
    case MQC_SUBACK:
        return then->suback.packet_id == now->suback.packet_id;
    case MQC_UNSUBACK:
        return then->unsuback.packet_id == now->unsuback.packet_id;
    default:
        return true;
    }
}

/* Success has more than one code: "no matching subscribers" depends on who else is there. */
static bool same_success(uint8_t a, uint8_t b)
{
    return a == b || (a < 0x80 && b < 0x80);
}

bool mqh_player_means_the_same(const struct mqc_packet *then, const struct mqc_packet *now)
{
    switch (then->frame.type) {
    case MQC_CONNACK:
        return then->connack.flags == now->connack.flags &&
               then->connack.reason == now->connack.reason;
    case MQC_PUBLISH:
        return (then->frame.flags & 0x07) == (now->frame.flags & 0x07); /* QoS and RETAIN */
    case MQC_PUBACK:
    case MQC_PUBREC:
    case MQC_PUBREL:
    case MQC_PUBCOMP:
        return same_success(then->ack.reason, now->ack.reason);
    case MQC_SUBACK:
        return mqc_slice_equal(then->suback.codes, now->suback.codes);
    case MQC_UNSUBACK:
        return mqc_slice_equal(then->unsuback.codes, now->unsuback.codes);
    case MQC_DISCONNECT:
        return then->disconnect.reason == now->disconnect.reason;
    default:
        return true;
    }
}

void mqh_player_bind(struct mqh_arena *arena, struct mqh_delivery **deliveries,
                     const struct mqc_packet *then, const struct mqc_packet *now)
{
    struct mqh_delivery *delivery;

    if (then->frame.type != MQC_PUBLISH || then->publish.packet_id == 0)
        return;
    delivery = mqh_arena_alloc(arena, sizeof *delivery);
    *delivery = (struct mqh_delivery){
        .then = then->publish.packet_id, .now = now->publish.packet_id, .older = *deliveries};
    *deliveries = delivery;
}

/* ---- what clients send ---- */

static struct mqc_slice with_identifier(struct mqh_arena *arena, const struct mqc_packet *packet,
                                        struct mqc_slice bytes,
                                        const struct mqh_delivery *deliveries)
{
    const struct mqh_delivery *delivery = mqh_player_delivery_of(deliveries, packet->ack.packet_id);
    uint8_t *copy;

    if (delivery == NULL || bytes.size < packet->frame.header_size + 2)
        return bytes;
    bytes = mqh_arena_bytes(arena, bytes);
    copy = (uint8_t *)bytes.data + packet->frame.header_size;
    copy[0] = (uint8_t)(delivery->now >> 8);
    copy[1] = (uint8_t)delivery->now;
    return bytes;
}

static struct mqc_slice with_changes(struct mqh_arena *arena, struct mqc_packet *packet,
                                     struct mqc_slice bytes,
                                     const struct mqh_player_options *options)
{
    struct mqc_connect *connect = &packet->connect;
    size_t room = bytes.size;
    struct mqc_writer writer;

    if (options->user_name != NULL) {
        connect->has_user_name = true;
        connect->user_name = mqc_slice_text(options->user_name);
        connect->flags |= 0x80;
        room += connect->user_name.size + 2;
    }
    if (options->password != NULL) {
        connect->has_password = true;
        connect->password = mqc_slice_text(options->password);
        connect->flags |= 0x40;
        room += connect->password.size + 2;
    }
    if (options->rename != NULL && connect->client_id.size > 0) {
        connect->client_id = mqc_slice_text(
            mqh_arena_format(arena, "%.*s%s", (int)connect->client_id.size,
                             (const char *)connect->client_id.data, options->rename));
        room += connect->client_id.size;
    }
    room += 8;
    writer = mqc_writer_init(mqh_arena_alloc(arena, room), room);
    if (!mqc_packet_encode(packet, &writer))
        return bytes;
    return (struct mqc_slice){writer.data, writer.size};
}

struct mqc_slice mqh_player_rewrite(struct mqh_arena *arena, struct mqc_slice bytes,
                                    enum mqc_version version,
                                    const struct mqh_player_options *options,
                                    const struct mqh_delivery *deliveries)
{
    struct mqc_frame frame = {.version = version, .from = MQC_CLIENT};
    struct mqc_fault first;
    struct mqc_faults faults = {.items = &first, .capacity = 1};
    struct mqc_packet packet;

    if (mqc_frame_read(bytes, &frame) != MQC_FRAME_COMPLETE)
        return bytes;
    mqc_packet_decode(&frame, &packet, &faults);
    switch (frame.type) {
    case MQC_PUBACK:
    case MQC_PUBREC:
    case MQC_PUBCOMP:
        return with_identifier(arena, &packet, bytes, deliveries);
    case MQC_CONNECT: /* a broken one is sent as it is */
        if (faults.count == 0 &&
            (options->user_name != NULL || options->password != NULL || options->rename != NULL))
            return with_changes(arena, &packet, bytes, options);
        return bytes;
    default:
        return bytes;
    }
}

struct mqc_slice mqh_player_introduction(struct mqh_arena *arena, enum mqc_version version,
                                         unsigned connection)
{
    static const char *const heads[] = {
        [MQC_V31] = "\x10\x11\0\6MQIsdp\3\2\0\x3c\0\3m??",
        [MQC_V311] = "\x10\x0f\0\4MQTT\4\2\0\x3c\0\3m??",
        [MQC_V5] = "\x10\x10\0\4MQTT\5\2\0\x3c\0\0\3m??",
    };
    struct mqc_slice bytes = {(const uint8_t *)heads[version], 2u + (uint8_t)heads[version][1]};
    uint8_t *name;

    bytes = mqh_arena_bytes(arena, bytes);
    name = (uint8_t *)bytes.data + bytes.size - 2;
    name[0] = (uint8_t)('a' + connection / 26 % 26);
    name[1] = (uint8_t)('a' + connection % 26);
    return bytes;
}
