/*
 * Where what is written to a socket is cut: schedules that make the TCP segments of a connection
 * differ from its packets. MQTT must not care (v5 MQTT-4.2.0-1).
 */
#ifndef MQH_SEGMENT_H
#define MQH_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mqh_segment {
    MQH_SEGMENT_NONE,     /* a write for each packet, or as the scenario has it */
    MQH_SEGMENT_ONE,      /* one byte a write; see MQH_SEGMENT_BYTES_MAX */
    MQH_SEGMENT_RANDOM,   /* 1 to 1,500 bytes, small ones often; the same in every run */
    MQH_SEGMENT_COALESCE, /* one write for all that is sent at a time */
};

/* Behind as many single bytes of one write larger pieces follow: a large packet would take minutes.
 */
enum { MQH_SEGMENT_BYTES_MAX = 512 };

/* "1", "random", "coalesce". False if it is none of them. */
bool mqh_segment_parse(const char *text, enum mqh_segment *out);

/* How much of `size` bytes is written next, `done` bytes of the write having gone before. `state`
 * is the connection's own: any number at first. */
size_t mqh_segment_next(enum mqh_segment segment, size_t done, size_t size, uint32_t *state);

#endif
