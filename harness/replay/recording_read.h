/*
 * From bytes to a recording: what recording.c shares with the readers of the forms that are no
 * captures. They append to the recording; false and a reason in `why` if the bytes are not of that
 * form.
 */
#ifndef MQH_RECORDING_READ_H
#define MQH_RECORDING_READ_H

#include "harness/replay/recording.h"

/* One side's bytes of a connection, as they come: packets where they are whole. */
struct mqh_recording_stream {
    unsigned connection;
    bool open;
    uint8_t *rest; /* what makes no whole packet yet */
    size_t rest_size;
};

void mqh_recording_stream_begin(struct mqh_recording *recording,
                                struct mqh_recording_stream *stream, enum mqc_version version,
                                uint64_t time_ns);
void mqh_recording_stream_add(struct mqh_recording *recording, struct mqh_recording_stream *stream,
                              enum mqc_side side, struct mqc_slice bytes, uint64_t time_ns);

/* What makes no whole packet goes out as it is. */
void mqh_recording_stream_flush(struct mqh_recording *recording,
                                struct mqh_recording_stream *stream, enum mqc_side side,
                                uint64_t time_ns);

/* The client ends the connection, if it is open: CLOSE or RESET. */
void mqh_recording_stream_end(struct mqh_recording *recording, struct mqh_recording_stream *stream,
                              enum mqh_recording_kind kind, uint64_t time_ns);

bool mqh_recording_read_hex(struct mqh_recording *recording, enum mqc_version version,
                            struct mqc_slice text, char *why, size_t why_size);
bool mqh_recording_read_binary(struct mqh_recording *recording, enum mqc_version version,
                               struct mqc_slice bytes, char *why, size_t why_size);
bool mqh_recording_read_packets(struct mqh_recording *recording, struct mqc_slice input, char *why,
                                size_t why_size);
bool mqh_recording_read_sessions(struct mqh_recording *recording, struct mqc_slice input, char *why,
                                 size_t why_size);
bool mqh_recording_read_scenario(struct mqh_recording *recording, const char *file,
                                 struct mqc_slice text, char *why, size_t why_size);

/* What the bytes look like: scenarios by their first word, hex if it is nothing else. */
bool mqh_recording_is_scenario(struct mqc_slice bytes);
bool mqh_recording_is_hex(struct mqc_slice bytes);

#endif
