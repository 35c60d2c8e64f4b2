#include "harness/capture/packets.h"

#include <stdio.h>
#include <stdlib.h>

static void keep(struct mqh_packets *packets, struct mqc_slice bytes)
{
    size_t size = packets->size + bytes.size;

    if (size > packets->capacity) {
        size_t capacity = 2 * size;
        uint8_t *data = realloc(packets->data, capacity);

        if (data == NULL) {
            fputs("mqspec: no memory\n", stderr);
            exit(2);
        }
        packets->data = data;
        packets->capacity = capacity;
    }
    if (bytes.size > 0)
        memcpy(packets->data + packets->size, bytes.data, bytes.size);
    packets->size = size;
}

static void go_blind(struct mqh_packets *packets, mqh_packets_handler *handler, void *context)
{
    packets->blind = true;
    packets->size = 0;
    handler(context, MQH_PACKETS_BLIND, (struct mqc_slice){0});
}

/* Delivers the whole packets that `bytes` begins with; what is left is the begin of one more. */
static struct mqc_slice deliver(struct mqh_packets *packets, struct mqc_slice bytes,
                                mqh_packets_handler *handler, void *context)
{
    while (bytes.size > 0 && !packets->blind) {
        struct mqc_frame frame = {0};
        enum mqc_frame_state state = mqc_frame_read(bytes, &frame);

        if (state == MQC_FRAME_INCOMPLETE) {
            if (frame.size <= MQH_PACKET_KEPT_MAX)
                break;
            packets->pass_over = frame.size - bytes.size;
            handler(context, MQH_PACKETS_PASSED, bytes);
            bytes.size = 0;
            break;
        }
        handler(context, MQH_PACKETS_PACKET, (struct mqc_slice){bytes.data, frame.size});
        if (state == MQC_FRAME_BROKEN) {
            go_blind(packets, handler, context);
            return (struct mqc_slice){0};
        }
        bytes = (struct mqc_slice){bytes.data + frame.size, bytes.size - frame.size};
    }
    return bytes;
}

void mqh_packets_add(struct mqh_packets *packets, struct mqc_slice bytes,
                     mqh_packets_handler *handler, void *context)
{
    struct mqc_slice rest;

    if (packets->blind)
        return;
    if (packets->pass_over > 0) {
        size_t size = packets->pass_over < bytes.size ? (size_t)packets->pass_over : bytes.size;

        packets->pass_over -= size;
        bytes = (struct mqc_slice){bytes.data + size, bytes.size - size};
    }
    if (packets->size == 0) { /* nearly always: no copy is made of whole packets */
        rest = deliver(packets, bytes, handler, context);
        keep(packets, rest);
        return;
    }
    keep(packets, bytes);
    rest = deliver(packets, mqh_packets_rest(packets), handler, context);
    if (rest.size > 0)
        memmove(packets->data, rest.data, rest.size);
    packets->size = rest.size;
}

void mqh_packets_lost(struct mqh_packets *packets, uint64_t size, mqh_packets_handler *handler,
                      void *context)
{
    struct mqc_frame frame = {0};

    if (packets->blind)
        return;
    if (size <= packets->pass_over) {
        packets->pass_over -= size;
        return;
    }
    if (packets->pass_over == 0 && packets->size > 1 &&
        mqc_frame_read(mqh_packets_rest(packets), &frame) == MQC_FRAME_INCOMPLETE &&
        frame.header_size > 1 && packets->size >= frame.header_size &&
        size <= frame.size - packets->size) {
        packets->pass_over = frame.size - packets->size - size;
        handler(context, MQH_PACKETS_PASSED, mqh_packets_rest(packets));
        packets->size = 0;
        return;
    }
    go_blind(packets, handler, context);
}

void mqh_packets_free(struct mqh_packets *packets)
{
    free(packets->data);
    *packets = (struct mqh_packets){0};
}
