/*
 * Lint: what was said, judged. A capture streams through decoder and monitor, and each breach of
 * each rule by either side comes out with the frame, the time and the connection it stands in.
 *
 * Memory is bounded: when the monitor's block is full it begins anew, and what it knew of sessions
 * and open exchanges is unknown from then on.
 */
#ifndef MQH_LINT_H
#define MQH_LINT_H

#include "harness/monitor/monitor.h"
#include "harness/replay/recording.h"

enum { MQH_LINT_BLOCK_SIZE = 96 * 1024 * 1024 }; /* of the monitor; only what is used costs */

struct mqh_finding {
    const struct mqh_breach *breach;
    uint64_t frame; /* 0: from no capture */
    double time_s;  /* since the capture's first packet of MQTT */
    const struct mqh_endpoint *client;
    const char *notation; /* the packet, secrets concealed, strings shortened; "" for none */
};

struct mqh_lint_counts {
    uint64_t packets;
    uint64_t bytes; /* of MQTT */
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
    struct mqh_capture_counts capture; /* zero for other files */
};

typedef void mqh_lint_handler(void *context, const struct mqh_finding *finding);

/* False if the file cannot be read to its end, with the
 * reason in `why`; what came before was judged. */
bool mqh_lint_file(const char *path, const struct mqh_recording_options *options,
                   mqh_lint_handler *handler, void *context, struct mqh_lint_counts *counts,
                   char *why, size_t why_size);

/* The same of what was read, or played, already. False if there was no memory. */
bool mqh_lint_recording(const struct mqh_recording *recording,
                        const struct mqh_recording_options *options, mqh_lint_handler *handler,
                        void *context, struct mqh_lint_counts *counts);

#endif
