/*
 * From a captured frame to the TCP segment in it: link layer (Ethernet with VLAN tags, Linux
 * cooked, loopback, raw), IPv4 or IPv6 with its extension headers, TCP.
 */
#ifndef MQH_CAPTURE_SEGMENT_H
#define MQH_CAPTURE_SEGMENT_H

#include "harness/capture/file.h"

/* Zeroed where unused, so that memcmp() compares. */
struct mqh_endpoint {
    uint8_t address[16];
    uint16_t port;
    uint16_t family; /* 4 or 6 */
};

enum { MQH_ENDPOINT_TEXT_SIZE = 48 + 8 };

enum {
    MQH_TCP_FIN = 0x01,
    MQH_TCP_SYN = 0x02,
    MQH_TCP_RST = 0x04,
    MQH_TCP_ACK = 0x10,
};

struct mqh_tcp_segment {
    struct mqh_endpoint from;
    struct mqh_endpoint to;
    uint32_t sequence;
    uint32_t acknowledgement;
    uint8_t flags;            /* MQH_TCP_… */
    struct mqc_slice payload; /* what was captured; points into the frame */
    size_t missing;           /* payload bytes that the capture cut off behind it */
};

enum mqh_tcp_segment_state {
    MQH_TCP_SEGMENT_TCP,
    MQH_TCP_SEGMENT_OTHER,    /* no IP, or no TCP */
    MQH_TCP_SEGMENT_FRAGMENT, /* of an IP packet: its parts are not put together */
    MQH_TCP_SEGMENT_CUT,      /* the capture ends inside a header, or a header is nonsense */
    MQH_TCP_SEGMENT_LINK,     /* a link type that we do not read */
};

enum mqh_tcp_segment_state mqh_tcp_segment_read(const struct mqh_capture_frame *frame,
                                                struct mqh_tcp_segment *out);

/* "127.0.0.1:1883", "[::1]:1883" into MQH_ENDPOINT_TEXT_SIZE bytes; returns `out`. */
char *mqh_endpoint_text(const struct mqh_endpoint *endpoint, char *out);

#endif
