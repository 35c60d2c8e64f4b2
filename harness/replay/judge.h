/*
 * The judge of conversations: what talk.h says of any number of connections goes through decoder
 * and monitor, and each breach of each rule by either side comes out with the frame, the time and
 * the connection it stands in. Of captures and of live connections alike.
 *
 * Memory is bounded: when the monitor's block is full it begins anew, and what it knew of sessions
 * and open exchanges is unknown from then on.
 */
#ifndef MQH_JUDGE_H
#define MQH_JUDGE_H

#include "harness/monitor/monitor.h"
#include "harness/replay/recording.h"

enum { MQH_JUDGE_BLOCK_SIZE = 96 * 1024 * 1024 }; /* of the monitor; only what is used costs */

struct mqh_finding {
    const struct mqh_breach *breach;
    uint64_t frame; /* 0: from no capture */
    double time_s;  /* since the first packet of MQTT */
    const struct mqh_endpoint *client;
    const char *notation; /* the packet, secrets concealed, strings shortened; "" for none */
};

typedef void mqh_finding_handler(void *context, const struct mqh_finding *finding);

struct mqh_judge_counts {
    uint64_t packets;
    uint64_t judged; /* of these */
    uint64_t bytes;  /* of MQTT */
    unsigned connections;
    unsigned midway;      /* of these, begun before the capture */
    unsigned unversioned; /* of these, judged by no version: no CONNECT was seen, none was given */
    uint64_t passed;      /* packets that are not whole in the capture */
    unsigned blind;       /* directions of which the rest is unknown */
    unsigned restarts;    /* of the monitor */
    uint64_t client_must;
    uint64_t client_should;
    uint64_t server_must;
    uint64_t server_should;
};

struct mqh_judge;

/* Of the options `version` and `only` count. `counts` starts at zero, and is kept up to date. NULL
 * if there is no memory. */
struct mqh_judge *mqh_judge_new(const struct mqh_recording_options *options,
                                mqh_finding_handler *handler, void *context,
                                struct mqh_judge_counts *counts);

/* An event of any kind; the connection's `user` is the judge's. */
void mqh_judge_event(struct mqh_judge *judge, const struct mqh_talk_event *event);

/* What a connection that is judged speaks, as far as it is known. */
enum mqc_version mqh_judge_version(const struct mqh_talk *talk);

/* A packet in notation, on one line; "" where there is no whole one, or no version. Returns `out`.
 */
enum { MQH_JUDGE_STRING_LIMIT = 80, MQH_JUDGE_NOTATION_SIZE = 1024 };
char *mqh_judge_notation(struct mqc_slice bytes, enum mqc_side side, enum mqc_version version,
                         bool conceal, char *out, size_t size);

/* All connections must have ended. */
void mqh_judge_free(struct mqh_judge *judge);

#endif
