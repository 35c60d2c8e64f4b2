/*
 * What goes through the proxy, in numbers: by client and by topic, with rates; what one looks for
 * in a broker's dashboard. Knows nothing of sockets, clocks and screens: packets and times are
 * handed in.
 *
 *     mqh_traffic_open -> mqh_traffic_packet / breach -> mqh_traffic_close, for each connection
 *
 * Clients are told apart by Client Identifier; those without one by address, and only while they
 * are there, unless they break something. Memory is bounded: of
 * clients and topics a stated number is kept; a new one then takes the place of the one that was
 * silent longest, and of clients only of one that is gone. Names that are too long are not kept.
 *
 * Time is in ms since the program began.
 */
#ifndef MQH_TRAFFIC_H
#define MQH_TRAFFIC_H

#include "codec/packet.h"
#include "harness/proxy/meter.h"

enum {
    MQH_TRAFFIC_NAMES_MAX = 4096, /* of clients, and of topics */
    MQH_TRAFFIC_NAME_SIZE = 256,  /* bytes of one at most */
    MQH_TRAFFIC_ALIASES_MAX = 256 /* of one direction that are known */
};

/* One direction: of a client, or of all. */
struct mqh_traffic_flow {
    struct mqh_meter packets;
    struct mqh_meter messages; /* PUBLISH */
    struct mqh_meter bytes;
};

struct mqh_traffic_breaches {
    uint64_t must;
    uint64_t should;
};

/* What clients and topics have in common: a name in a table. */
struct mqh_traffic_name {
    struct mqh_traffic_name *chain; /* of its bucket */
    uint64_t last_ms;               /* when it was last heard of */
    unsigned users;                 /* connections that have it now: it stays */
    size_t size;
    char text[MQH_TRAFFIC_NAME_SIZE + 1]; /* with a NUL behind it; it may hold others */
};

struct mqh_traffic_client {
    struct mqh_traffic_name name; /* the first; `users` are its open connections */
    bool unnamed;                 /* it has no Client Identifier: the name is its address */
    char address[64];             /* of its last connection */
    enum mqc_version version;
    unsigned connections; /* so far */
    uint64_t since_ms;    /* when the last one began */
    struct mqh_traffic_flow sent;
    struct mqh_traffic_flow received;
    struct mqh_traffic_breaches own;
    struct mqh_traffic_breaches server; /* by the broker, on its connections */
    char last_rule[96];                 /* "" for none */
};

struct mqh_traffic_topic {
    struct mqh_traffic_name name;
    struct mqh_meter published; /* messages */
    struct mqh_meter delivered;
    struct mqh_meter bytes; /* of payloads, both ways */
    uint8_t qos;            /* of the last message */
    bool retained;          /* a message with RETAIN was published, the last of them not empty */
};

struct mqh_traffic_table {
    struct mqh_traffic_name *buckets[MQH_TRAFFIC_NAMES_MAX];
    size_t count;
    uint64_t dropped; /* names that made way for others, or were too long */
};

struct mqh_traffic {
    unsigned open; /* connections */
    unsigned peak;
    uint64_t connections;
    uint64_t failures;              /* could not be passed on */
    uint64_t others;                /* were no MQTT */
    struct mqh_traffic_flow client; /* what all clients send */
    struct mqh_traffic_flow server;
    struct mqh_traffic_breaches client_broke;
    struct mqh_traffic_breaches server_broke;
    struct mqh_traffic_table clients;
    struct mqh_traffic_table topics;
};

/* One connection. */
struct mqh_traffic_talk;

struct mqh_traffic *mqh_traffic_new(void);
void mqh_traffic_free(struct mqh_traffic *traffic); /* all connections must be closed */

struct mqh_traffic_talk *mqh_traffic_open(struct mqh_traffic *traffic, const char *address);
void mqh_traffic_packet(struct mqh_traffic *traffic, struct mqh_traffic_talk *talk,
                        const struct mqc_packet *packet, uint64_t now_ms);
void mqh_traffic_breach(struct mqh_traffic *traffic, struct mqh_traffic_talk *talk,
                        enum mqc_side side, bool must, const char *rule);
void mqh_traffic_close(struct mqh_traffic *traffic, struct mqh_traffic_talk *talk);

/* The first `room` of them: those with most breaches, then those that talk most now, then by name.
 * Returns how many there are. */
size_t mqh_traffic_clients(const struct mqh_traffic *traffic, uint64_t now_ms,
                           const struct mqh_traffic_client **out, size_t room);
size_t mqh_traffic_topics(const struct mqh_traffic *traffic, uint64_t now_ms,
                          const struct mqh_traffic_topic **out, size_t room);

#endif
