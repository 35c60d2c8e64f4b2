/*
 * The MQTT in a capture: a pcap or pcapng file in, MQTT packets of all connections out, in the
 * order in which they became whole. Over TCP, over WebSocket, and both over TLS where the keys are
 * there. Memory is bounded by the connections that are open at one time, and by the largest packet.
 *
 *     file -> frame -> segment -> tcp -> (tls) -> (websocket) -> packets -> the caller's handler
 *
 * A connection is MQTT if the opener's first packet is a CONNECT, or asks for a WebSocket with the
 * sub-protocol of MQTT; or if its port is said to be one. All others are ignored.
 */
#ifndef MQH_CAPTURE_H
#define MQH_CAPTURE_H

#include "codec/frame.h"
#include "harness/capture/tcp.h"

enum mqh_carrier { MQH_OVER_TCP, MQH_OVER_WEBSOCKET };

/* A connection with MQTT on it. */
struct mqh_talk {
    unsigned number; /* from 1, in the order of their first packets */
    enum mqh_carrier carrier;
    struct mqh_endpoint client;
    struct mqh_endpoint server;
    bool from_start; /* the capture has its first bytes */
    void *user;      /* the handler's: free it at END */
};

enum mqh_talk_event_kind {
    MQH_TALK_BEGIN,
    MQH_TALK_PACKET,     /* `bytes` is one packet, or a Remaining Length that does not end */
    MQH_TALK_PASSED,     /* a packet is not whole in the capture, or too large */
    MQH_TALK_BLIND,      /* nothing more is known of what this side sends; `bytes` says why */
    MQH_TALK_TEXT_FRAME, /* a WebSocket frame that is not binary: v5 MQTT-6.0.0-1 and v311 */
    MQH_TALK_UNFINISHED, /* this side sends no more, inside a packet: `bytes` is its begin */
    MQH_TALK_CLOSED,     /* this side ended it in order: FIN */
    MQH_TALK_RESET,      /* or with RST */
    MQH_TALK_END,        /* the last event */
};

struct mqh_talk_event {
    enum mqh_talk_event_kind kind;
    struct mqh_talk *talk;
    enum mqc_side side;     /* whose */
    struct mqc_slice bytes; /* live during the call */
    uint64_t frame;
    uint64_t time_ns;
};

typedef void mqh_talk_handler(void *context, const struct mqh_talk_event *event);

struct mqh_capture_options {
    const uint16_t *ports; /* servers' ports that are MQTT whatever they carry; */
    size_t port_count;
    bool decrypt;       /* TLS is opened with a key log, this one */
    const char *keylog; /* or, if NULL, that of the capture; see decrypt.h */
    /* Called now and then; may be NULL. */
    void (*on_progress)(void *context, uint64_t offset, uint64_t size);
    void *progress_context;
};

/* What there was besides MQTT, so that silence can be explained. */
struct mqh_capture_counts {
    uint64_t frames;
    uint64_t bytes;
    uint64_t other;     /* frames without TCP */
    uint64_t fragments; /* of IP packets */
    uint64_t cut;       /* frames that end inside a header */
    uint64_t unknown_links;
    unsigned connections; /* of TCP */
    unsigned talks;       /* with MQTT */
    unsigned tls;         /* connections that begin with a TLS handshake; */
    unsigned decrypted;   /* of these, opened */
};

/*
 * Reads all of `path` ("-": standard input). False if it cannot be read to its end, with the reason
 * in `why`; what came before has been delivered. False too if TLS was to be opened, and could not.
 */
bool mqh_capture_read(const char *path, const struct mqh_capture_options *options,
                      mqh_talk_handler *handler, void *context, struct mqh_capture_counts *counts,
                      char *why, size_t why_size);

/* Of a capture without MQTT: what there was instead. */
void mqh_capture_explain(const struct mqh_capture_counts *counts, char *why, size_t why_size);

#endif
