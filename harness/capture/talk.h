/*
 * The MQTT of one connection: bytes of both sides in, packets out, in the order in which they
 * became whole. Over TCP, or over WebSocket, which is taken off. Where the bytes come from, a
 * capture or a live connection, it does not know.
 *
 *     mqh_talk_new -> mqh_talk_add / lost / end, as they come -> mqh_talk_free
 *
 * A connection is MQTT if the opener's first packet is a CONNECT, or asks for a WebSocket with the
 * sub-protocol of MQTT; or if it is said to be MQTT. Of any other one event tells what it is.
 */
#ifndef MQH_TALK_H
#define MQH_TALK_H

#include "codec/frame.h"
#include "harness/capture/segment.h"

enum mqh_carrier { MQH_OVER_TCP, MQH_OVER_WEBSOCKET };

/* A connection with MQTT on it. */
struct mqh_talk {
    unsigned number; /* from 1, in the order of their first packets */
    enum mqh_carrier carrier;
    struct mqh_endpoint client;
    struct mqh_endpoint server;
    bool from_start;          /* its first bytes are there */
    enum mqc_version version; /* that it is known to speak whatever its CONNECT says; or unknown */
    void *user;               /* the handler's: free it at END */
};

enum mqh_talk_event_kind {
    MQH_TALK_BEGIN,
    MQH_TALK_PACKET,     /* `bytes` is one packet, or a Remaining Length that does not end */
    MQH_TALK_PASSED,     /* a packet is not whole, or too large; `bytes` is what there is of it */
    MQH_TALK_BLIND,      /* nothing more is known of what this side sends; `bytes` says why */
    MQH_TALK_TEXT_FRAME, /* a WebSocket frame that is not binary: v5 MQTT-6.0.0-1 and v311 */
    MQH_TALK_UNFINISHED, /* this side sends no more, inside a packet: `bytes` is its begin */
    MQH_TALK_CLOSED,     /* this side ended it in order: FIN */
    MQH_TALK_RESET,      /* or with RST */
    MQH_TALK_END,        /* the last event */
    MQH_TALK_OTHER,      /* it is no MQTT: `bytes` names what it is; without BEGIN and END */
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

/* What all connections share. */
struct mqh_talks {
    mqh_talk_handler *handler;
    void *context; /* of it, and of the next */
    /* A connection begins as TLS does. True: its bytes come no more, what is in them comes instead.
     * NULL: they are what they are. */
    bool (*on_tls)(void *context);
    bool any_connect; /* whatever begins with the packet type of CONNECT is MQTT, but for TLS */
    unsigned count;   /* of those with MQTT so far */
    size_t *spare;    /* see struct mqh_packets; NULL: no limit in common */
};

/* What MQH_TALK_OTHER can say. */
extern const char mqh_talk_is_tls[];
extern const char mqh_talk_is_http[];
extern const char mqh_talk_is_unknown[];

struct mqh_talk_reader;

/* Where bytes came: whose they are, and when. `frame` is 0 where there are none. */
struct mqh_talk_place {
    enum mqc_side side;
    uint64_t frame;
    uint64_t time_ns;
};

/* `is_mqtt`: whatever it carries. The client is who opened the connection. */
struct mqh_talk_reader *mqh_talk_new(struct mqh_talks *talks, const struct mqh_endpoint *client,
                                     const struct mqh_endpoint *server, bool is_mqtt);

/* Its first bytes are not there, so that the registered port counts as well: to be called before
 * those that are. */
void mqh_talk_midway(struct mqh_talk_reader *reader);

void mqh_talk_add(struct mqh_talk_reader *reader, struct mqh_talk_place place,
                  struct mqc_slice bytes);
void mqh_talk_lost(struct mqh_talk_reader *reader, struct mqh_talk_place place, uint64_t size);
void mqh_talk_end(struct mqh_talk_reader *reader, struct mqh_talk_place place, bool by_reset);

/* Tells what is left, and END, at the time of the place. */
void mqh_talk_free(struct mqh_talk_reader *reader, struct mqh_talk_place place);

#endif
