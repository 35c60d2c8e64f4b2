/*
 * TCP streams put together from segments: out of order, retransmitted, overlapping, missing, begun
 * before the capture, many at a time, one pair of endpoints used again.
 *
 * Bytes are delivered once, in order, as soon as all before them are there; the first copy of a
 * byte counts, as at the receiver. A hole is waited for until it is clear that it stays: the other
 * side has acknowledged what is missing and sends data itself, or more has come since, too much
 * waits behind it, or the stream ended. Then it is reported as lost, and delivery goes on behind
 * it.
 *
 * Memory is bounded: what waits behind a hole, and the number of connections; the one that was
 * silent longest goes first.
 */
#ifndef MQH_CAPTURE_TCP_H
#define MQH_CAPTURE_TCP_H

#include "harness/capture/segment.h"

enum mqh_tcp_side { MQH_TCP_OPENER, MQH_TCP_LISTENER };

struct mqh_tcp_stream {
    unsigned number;             /* of the connection in the capture, from 1 */
    struct mqh_endpoint ends[2]; /* by side; without a SYN the side with the lower port listens */
    bool from_start[2];          /* by side: its first bytes are delivered, for a SYN was seen */
    void *user;                  /* the handler's */
};

enum mqh_tcp_event_kind {
    MQH_TCP_OPENED,
    MQH_TCP_DATA,
    MQH_TCP_LOST,     /* `lost` bytes are not in the capture */
    MQH_TCP_FINISHED, /* this side sent FIN, and all before it was delivered */
    MQH_TCP_RESET,
    MQH_TCP_FORGOTTEN, /* the last event of every stream: nothing more will come */
};

struct mqh_tcp_event {
    enum mqh_tcp_event_kind kind;
    struct mqh_tcp_stream *stream;
    enum mqh_tcp_side side; /* who sent it */
    uint64_t frame;         /* number and time of the frame that brought it */
    uint64_t time_ns;
    struct mqc_slice bytes; /* DATA */
    uint64_t lost;          /* LOST */
};

typedef void mqh_tcp_handler(void *context, const struct mqh_tcp_event *event);

struct mqh_tcp;

struct mqh_tcp *mqh_tcp_new(mqh_tcp_handler *handler, void *context);

/* A segment of the frame that it was read from. */
void mqh_tcp_add(struct mqh_tcp *tcp, const struct mqh_tcp_segment *segment, uint64_t frame,
                 uint64_t time_ns);

/* The capture is at its end: what waits is delivered, holes are lost, every stream forgotten. */
void mqh_tcp_end(struct mqh_tcp *tcp);

void mqh_tcp_free(struct mqh_tcp *tcp);

#endif
