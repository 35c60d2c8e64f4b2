/*
 * A trace: what was said on some MQTT connections, both ways, in order, in memory. It is what
 * captures, byte files, hex lines and scenarios are turned into, to be converted, replayed and cut
 * down.
 */
#ifndef MQH_TRACE_H
#define MQH_TRACE_H

#include "codec/packet.h"
#include "harness/capture/capture.h"
#include "harness/scenario/arena.h"

enum mqh_trace_kind {
    MQH_TRACE_OPEN,
    MQH_TRACE_BYTES, /* one packet, or what is no whole packet */
    MQH_TRACE_HOLE,  /* a packet that is not whole in the capture, or nothing known from here on */
    MQH_TRACE_CLOSE, /* FIN */
    MQH_TRACE_RESET,
};

struct mqh_trace_event {
    enum mqh_trace_kind kind;
    unsigned connection; /* index in `connections` */
    enum mqc_side side;  /* whose; OPEN: the client */
    struct mqc_slice bytes;
    uint64_t frame; /* 0: from no capture */
    uint64_t time_ns;
};

struct mqh_trace_connection {
    enum mqc_version version; /* that its CONNECT names; else that was given, or 5.0 */
    bool version_is_known;
    struct mqc_slice client_id; /* of its CONNECT */
    struct mqh_endpoint client; /* from a capture */
    struct mqh_endpoint server;
    bool from_start;
};

struct mqh_trace {
    struct mqh_arena *arena;
    struct mqh_trace_event *events;
    size_t event_count;
    size_t event_capacity;
    struct mqh_trace_connection *connections;
    size_t connection_count;
    size_t connection_capacity;
};

enum mqh_trace_format {
    MQH_TRACE_GUESS,   /* by the first bytes */
    MQH_TRACE_CAPTURE, /* pcap, pcapng */
    MQH_TRACE_HEX,     /* text, the client's bytes of one connection a line; # comments */
    MQH_TRACE_BINARY,  /* the client's bytes of one connection */
};

enum { MQH_TRACE_BYTES_MAX = 512 * 1024 * 1024 }; /* a larger file is no trace for memory */

struct mqh_trace_options {
    enum mqh_trace_format format;
    enum mqc_version version; /* of connections that name none; unknown: 5.0 */
    const unsigned *only;     /* numbers of the connections that are wanted, from 1; */
    size_t only_count;        /* 0: all */
    struct mqh_capture_options capture;
};

/*
 * Reads `path` ("-": standard input) into `*out`, all in the arena. False and a reason in `why` if
 * it cannot be read whole; `*out` then has what came before.
 */
bool mqh_trace_read(struct mqh_arena *arena, const char *path,
                    const struct mqh_trace_options *options, struct mqh_trace *out, char *why,
                    size_t why_size);

/* Adds a connection, or an event of one; bytes are copied. */
unsigned mqh_trace_open(struct mqh_trace *trace, enum mqc_version version, uint64_t time_ns);
void mqh_trace_add(struct mqh_trace *trace, struct mqh_trace_event event);

/*
 * The whole trace as a scenario called `name`: every packet of the clients is sent, every packet of
 * the broker expected, identifiers that the broker chose bound where clients answer them.
 */
void mqh_trace_write_scenario(FILE *out, const struct mqh_trace *trace, const char *name);

/* The same as pcapng, `times` times one after the other; false if it could not be written. */
bool mqh_trace_write_capture(FILE *out, const struct mqh_trace *trace, const char *program,
                             unsigned times);

/* The clients' bytes as hex, a line for each connection. */
void mqh_trace_write_hex(FILE *out, const struct mqh_trace *trace);

#endif
