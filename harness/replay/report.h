/*
 * A failure that was cut down, as a bug report: a scenario that fails while the broker does, headed
 * by what happens, what the standard asks, and how to see it again: by mqspec, and by hand.
 */
#ifndef MQH_REPLAY_REPORT_H
#define MQH_REPLAY_REPORT_H

#include "harness/replay/recording.h"

struct mqh_replay_report {
    const char *name;    /* of the scenario */
    const char *failure; /* one line: "the broker dies" */
    struct mqh_recording_blame blame;
    const char *url;  /* of the broker */
    const char *host; /* for nc; NULL where it does not reach: TLS, WebSocket, Unix sockets */
    unsigned port;
    bool paced; /* its pauses matter */
};

void mqh_replay_report_write(FILE *out, const struct mqh_recording *recording,
                             const struct mqh_replay_report *report);

#endif
