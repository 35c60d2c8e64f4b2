#include "harness/capture/packets.h"

#include <stdio.h>
#include <stdlib.h>

/* A buffer of the habitual size stays for the next packet, and does not count. */
enum { HABITUAL = 64 * 1024, HEADER_MAX = 5 };

static size_t counted(size_t capacity)
{
    return capacity > HABITUAL ? capacity : 0;
}

static void resize(struct mqh_packets *packets, size_t capacity)
{
    uint8_t *data = realloc(packets->data, capacity);

    if (data == NULL) {
        fputs("mqspec: no memory\n", stderr);
        exit(2);
    }
    if (packets->spare != NULL)
        *packets->spare += counted(packets->capacity) - counted(capacity);
    packets->data = data;
    packets->capacity = capacity;
}

/* False if that is more than what is shared. */
static bool keep(struct mqh_packets *packets, struct mqc_slice bytes)
{
    size_t size = packets->size + bytes.size;

    if (size > packets->capacity) {
        if (packets->spare != NULL &&
            counted(2 * size) > *packets->spare + counted(packets->capacity))
            return false;
        resize(packets, 2 * size);
    }
    if (bytes.size > 0)
        memcpy(packets->data + packets->size, bytes.data, bytes.size);
    packets->size = size;
    return true;
}

/* What was kept is done with. */
static void drop(struct mqh_packets *packets)
{
    packets->size = 0;
    if (packets->spare != NULL && packets->capacity > HABITUAL)
        resize(packets, HABITUAL);
}

static void go_blind(struct mqh_packets *packets, mqh_packets_handler *handler, void *context)
{
    packets->blind = true;
    packets->size = 0;
    handler(context, MQH_PACKETS_BLIND, (struct mqc_slice){0});
}

/* The packet that begins with `begin`, its whole header at least, is not delivered. */
static void pass_over(struct mqh_packets *packets, struct mqc_slice begin,
                      mqh_packets_handler *handler, void *context)
{
    struct mqc_frame frame = {0};

    mqc_frame_read(begin, &frame);
    packets->pass_over = frame.size - begin.size;
    handler(context, MQH_PACKETS_PASSED, begin);
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
            pass_over(packets, bytes, handler, context);
            return (struct mqc_slice){0};
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

/* Behind the begin of a packet. */
static void add_behind(struct mqh_packets *packets, struct mqc_slice bytes,
                       mqh_packets_handler *handler, void *context)
{
    struct mqc_slice rest;

    if (!keep(packets, bytes)) {
        pass_over(packets, mqh_packets_rest(packets), handler, context);
        drop(packets);
        mqh_packets_add(packets, bytes, handler, context);
        return;
    }
    rest = deliver(packets, mqh_packets_rest(packets), handler, context);
    if (rest.size > 0)
        memmove(packets->data, rest.data, rest.size);
    packets->size = rest.size;
    if (rest.size == 0)
        drop(packets);
}

/* What is left of the bytes behind a packet that is passed over. */
static struct mqc_slice skip(struct mqh_packets *packets, struct mqc_slice bytes)
{
    size_t size = packets->pass_over < bytes.size ? (size_t)packets->pass_over : bytes.size;

    packets->pass_over -= size;
    return (struct mqc_slice){bytes.data + size, bytes.size - size};
}

void mqh_packets_add(struct mqh_packets *packets, struct mqc_slice bytes,
                     mqh_packets_handler *handler, void *context)
{
    if (packets->pass_over > 0)
        bytes = skip(packets, bytes);
    /* A header is made whole first, so that what has to be passed over has a size. */
    while (packets->size > 0 && packets->size < HEADER_MAX && bytes.size > HEADER_MAX) {
        add_behind(packets, (struct mqc_slice){bytes.data, HEADER_MAX}, handler, context);
        bytes = skip(packets, (struct mqc_slice){bytes.data + HEADER_MAX, bytes.size - HEADER_MAX});
    }
    if (packets->blind || bytes.size == 0)
        return;
    if (packets->size > 0) {
        add_behind(packets, bytes, handler, context);
        return;
    }
    bytes = deliver(packets, bytes, handler, context); /* nearly always all, and without a copy */
    if (!keep(packets, bytes))
        pass_over(packets, bytes, handler, context);
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
    if (packets->spare != NULL)
        *packets->spare += counted(packets->capacity);
    free(packets->data);
    *packets = (struct mqh_packets){.spare = packets->spare};
}
