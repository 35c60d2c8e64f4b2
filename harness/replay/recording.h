/*
 * A recording: what was said on some MQTT connections, both ways, in order, in memory. It is what
 * captures, byte files, hex lines and scenarios are turned into, to be converted, replayed and cut
 * down.
 */
#ifndef MQH_RECORDING_H
#define MQH_RECORDING_H

#include "codec/packet.h"
#include "harness/capture/capture.h"
#include "harness/scenario/arena.h"

enum mqh_recording_kind {
    MQH_RECORDING_OPEN,
    MQH_RECORDING_BYTES, /* one packet, or what is no whole packet */
    MQH_RECORDING_HOLE,  /* a packet that is not whole in the capture, or nothing known from here on
                          */
    MQH_RECORDING_CLOSE, /* FIN */
    MQH_RECORDING_RESET,
};

struct mqh_recording_event {
    enum mqh_recording_kind kind;
    unsigned connection; /* index in `connections` */
    enum mqc_side side;  /* whose; OPEN: the client */
    struct mqc_slice bytes;
    uint64_t frame; /* 0: from no capture */
    uint64_t time_ns;
};

struct mqh_recording_connection {
    enum mqc_version version; /* that its CONNECT names; else that was given, or 5.0 */
    bool version_is_known;
    struct mqc_slice client_id; /* of its CONNECT */
    struct mqh_endpoint client; /* from a capture */
    struct mqh_endpoint server;
    bool from_start;
};

struct mqh_recording {
    struct mqh_arena *arena;
    struct mqh_recording_event *events;
    size_t event_count;
    size_t event_capacity;
    struct mqh_recording_connection *connections;
    size_t connection_count;
    size_t connection_capacity;
    uint64_t end_ns;   /* until when it was listened to; 0: until the last event */
    unsigned quiet_ms; /* after a pause this long nothing more was to come; 0: nobody knows */
    struct mqh_capture_counts capture; /* what else there was in it; zero of other files */
    uint64_t passed;                   /* packets that are not whole in the capture, */
    unsigned blind;                    /* and directions of which the rest is unknown */
    bool expected; /* the broker's side is what a scenario expects, as far as it says; not what was
                      said */
};

enum mqh_recording_format {
    MQH_RECORDING_GUESS,    /* by the first bytes: one of the first four */
    MQH_RECORDING_CAPTURE,  /* pcap, pcapng */
    MQH_RECORDING_SCENARIO, /* .mqs: all cases of all scenarios in it, one after the other */
    MQH_RECORDING_HEX,      /* text, the client's bytes of one connection a line; # comments */
    MQH_RECORDING_BINARY,   /* the client's bytes of one connection */
    MQH_RECORDING_PACKETS,  /* input of a fuzz target: a byte that says how to read it, bytes of one
                               side; fuzz/target.h */
    MQH_RECORDING_SESSIONS, /* input of a fuzz target: harness/scenario/session.h */
};

enum { MQH_RECORDING_BYTES_MAX = 512 * 1024 * 1024 }; /* a larger file is too large for memory */

struct mqh_recording_options {
    enum mqh_recording_format format;
    enum mqc_version version; /* of connections that name none; unknown: 5.0 */
    const unsigned *only;     /* numbers of the connections that are wanted, from 1; */
    size_t only_count;        /* 0: all */
    size_t block_size;        /* of a judge's monitor; 0: MQH_JUDGE_BLOCK_SIZE */
    struct mqh_capture_options capture;
};

/*
 * Reads `path` ("-": standard input) into `*out`, all in the arena. False and a reason in `why` if
 * it cannot be read whole; `*out` then has what came before. Of a capture that only breaks off,
 * which `out->capture.broken_off` says, that is as good as any other.
 */
bool mqh_recording_read(struct mqh_arena *arena, const char *path,
                        const struct mqh_recording_options *options, struct mqh_recording *out,
                        char *why, size_t why_size);

/* Whether `path` is read as a capture. */
bool mqh_recording_is_capture(const char *path, const struct mqh_recording_options *options);

/* Whether the connection of a capture with this number is wanted. */
bool mqh_recording_wants(const struct mqh_recording_options *options, unsigned number);

/* The client leaves: DISCONNECT, or the end of its stream. */
bool mqh_recording_is_farewell(const struct mqh_recording_event *event);

/* One side ends the connection. */
bool mqh_recording_is_end(const struct mqh_recording_event *event);

/* The event from which on clients only leave, and the broker only ends connections. */
size_t mqh_recording_farewells(const struct mqh_recording *recording);

/* Adds a connection, or an event of one; bytes are copied. */
unsigned mqh_recording_open(struct mqh_recording *recording, enum mqc_version version,
                            uint64_t time_ns);
void mqh_recording_add(struct mqh_recording *recording, struct mqh_recording_event event);

/* What the broker does wrong in a recording. */
struct mqh_recording_blame {
    enum {
        MQH_BLAME_PACKET,  /* its packet at `event` breaks `rule` */
        MQH_BLAME_SILENCE, /* nothing came to answer the client's packet at `event` as `rule` asks
                            */
        MQH_BLAME_END,     /* it ended a connection of its own accord, at `event` */
        MQH_BLAME_DEATH,   /* it died, or answers nobody any more */
    } kind;
    const char *rule; /* "v5 MQTT-3.3.4-9"; NULL where no rule says it */
    size_t event;
    const char *text; /* what happened: a sentence without a full stop; NULL: `kind` says it all */
};

/*
 * The whole recording as a scenario called `name`: every packet of the clients is sent, every
 * packet of the broker expected, identifiers that the broker chose bound where clients answer them.
 * With a blame (or NULL) what should come is expected instead of what is wrong: the broker fails
 * it, and a good one passes.
 */
void mqh_recording_write_scenario(FILE *out, const struct mqh_recording *recording,
                                  const char *name, const struct mqh_recording_blame *blame);

/* The same as pcapng, `times` times one after the other; false if it could not be written. */
bool mqh_recording_write_capture(FILE *out, const struct mqh_recording *recording,
                                 const char *program, unsigned times);

/* The clients' bytes as hex, a line for each connection. */
void mqh_recording_write_hex(FILE *out, const struct mqh_recording *recording);

#endif
