/*
 * The MQTT in a capture: a pcap or pcapng file in, MQTT packets of all connections out, in the
 * order in which they became whole. Over TCP, over WebSocket, and both over TLS where the keys are
 * there. Memory is bounded by the connections that are open at one time, and by the largest packet.
 *
 *     file -> frame -> segment -> tcp -> (tls) -> talk (websocket -> packets) -> the caller's
 * handler
 *
 * talk.h says which connections are MQTT; all others are ignored, unless their port is said to be
 * one.
 */
#ifndef MQH_CAPTURE_H
#define MQH_CAPTURE_H

#include "harness/capture/file.h"
#include "harness/capture/talk.h"

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
    bool broken_off;      /* the file ends inside a frame, or goes on with what is none */
};

/*
 * Reads all of `path` ("-": standard input). False if it cannot be read to its end, with the reason
 * in `why`; what came before has been delivered. False too if TLS was to be opened, and could not.
 */
bool mqh_capture_read(const char *path, const struct mqh_capture_options *options,
                      mqh_talk_handler *handler, void *context, struct mqh_capture_counts *counts,
                      char *why, size_t why_size);

/* The same of an opened file, which stays the caller's. TLS is not opened. */
bool mqh_capture_read_file(struct mqh_capture_file *file, const struct mqh_capture_options *options,
                           mqh_talk_handler *handler, void *context,
                           struct mqh_capture_counts *counts, char *why, size_t why_size);

/* Of a capture without MQTT: what there was instead. */
void mqh_capture_explain(const struct mqh_capture_counts *counts, char *why, size_t why_size);

#endif
