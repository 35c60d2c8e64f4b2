/*
 * What the files of `mqspec proxy` share. proxy.c reads options and runs, proxy_watch.c follows
 * what is passed on, proxy_status.c shows the status.
 */
#ifndef MQH_CLI_PROXY_H
#define MQH_CLI_PROXY_H

#include "harness/capture/pcapng_write.h"
#include "harness/capture/talk.h"
#include "harness/cli/cli.h"
#include "harness/driver/relay.h"
#include "harness/proxy/screen.h"
#include "harness/replay/judge.h"

enum mqh_proxy_show { MQH_PROXY_PACKETS, MQH_PROXY_BREACHES, MQH_PROXY_SUMMARY };

enum { MQH_PROXY_COMMENT_SIZE = 4096 };

struct mqh_proxy {
    /* options */
    enum mqh_proxy_show show;
    enum mqc_side side; /* whose breaches count; unknown: both */
    bool strict;
    bool json;
    bool show_secrets;
    bool status;
    unsigned interval_ms;                 /* between two of it */
    struct mqh_recording_options judging; /* of it the version */
    const char *record;

    /* what is followed */
    struct mqh_judge *judge;
    struct mqh_judge_counts counts;
    struct mqh_talks talks;
    size_t spare;               /* bytes that packets which are not whole may still take */
    struct mqh_proxy_line *now; /* whose bytes are looked at */
    uint64_t first_ns;          /* of the first packet */
    FILE *file;                 /* of the recording; NULL: none */
    int trouble;                /* errno of the first write to it that failed; 0: none did */
    struct mqh_pcapng *pcapng;
    char comment[MQH_PROXY_COMMENT_SIZE]; /* on the packet in hand: its breaches */

    /* what the status shows */
    struct mqh_traffic *traffic;
    struct mqh_screen_notes notes;
    uint64_t begin_ns;
    const char *at; /* URLs */
    const char *to;
    bool in_place; /* it is drawn on a terminal, now */
    bool drawn;    /* once at least */
    uv_timer_t timer;
    uv_signal_t resized;
};

/* What the relay tells; the context is the proxy. */
extern const struct mqh_relay_events mqh_proxy_events;

/* False after a complaint. */
bool mqh_proxy_watch_begin(struct mqh_proxy *proxy);

/* All connections must have ended. False if the recording could not be written. */
bool mqh_proxy_watch_end(struct mqh_proxy *proxy);

/* proxy_status.c: the status, from now on until its end, when it is shown once more. */
void mqh_proxy_status_begin(struct mqh_proxy *proxy, uv_loop_t *loop);
void mqh_proxy_status_end(struct mqh_proxy *proxy);

/* Gives the terminal back, if it has been taken. */
void mqh_proxy_status_leave(struct mqh_proxy *proxy);

/* "mqspec proxy: …", a line for people. */
__attribute__((format(printf, 2, 3))) void mqh_proxy_note(struct mqh_proxy *proxy,
                                                          const char *format, ...);

#endif
