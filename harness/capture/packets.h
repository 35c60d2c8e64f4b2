/*
 * One direction of MQTT: bytes in, packets out, in memory bounded by the largest packet that is
 * kept; of many directions together by what they have to share.
 *
 * Where bytes are missing, the packet they belong to is passed over, if its size was known and the
 * hole lies within; behind any other hole it cannot be said where packets begin, and the direction
 * is blind from there on.
 */
#ifndef MQH_CAPTURE_PACKETS_H
#define MQH_CAPTURE_PACKETS_H

#include "codec/frame.h"

enum { MQH_PACKET_KEPT_MAX = 32 * 1024 * 1024 }; /* a larger one is passed over */

struct mqh_packets {
    uint8_t *data; /* the packet that has begun */
    size_t size;
    size_t capacity;
    size_t *spare;      /* bytes that all who share it may still keep; NULL: no limit */
    uint64_t pass_over; /* bytes to come of a packet that is not delivered */
    bool blind;
};

enum mqh_packets_event {
    MQH_PACKETS_PACKET, /* `bytes` is one packet, or what shows that there can be none */
    MQH_PACKETS_PASSED, /* one packet was not delivered; `bytes` is what there is of its begin */
    MQH_PACKETS_BLIND,
};

typedef void mqh_packets_handler(void *context, enum mqh_packets_event event,
                                 struct mqc_slice bytes);

void mqh_packets_add(struct mqh_packets *packets, struct mqc_slice bytes,
                     mqh_packets_handler *handler, void *context);
void mqh_packets_lost(struct mqh_packets *packets, uint64_t size, mqh_packets_handler *handler,
                      void *context);

/* Bytes of a packet that never became whole. */
static inline struct mqc_slice mqh_packets_rest(const struct mqh_packets *packets)
{
    return (struct mqc_slice){packets->data, packets->size};
}

void mqh_packets_free(struct mqh_packets *packets);

#endif
