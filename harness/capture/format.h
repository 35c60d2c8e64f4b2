/*
 * What file.c shares with the readers of the two formats: a window on the file that they fill and
 * consume, and the state they keep. `offset` is that of data[start].
 */
#ifndef MQH_CAPTURE_FORMAT_H
#define MQH_CAPTURE_FORMAT_H

#include <stdarg.h>

#include "harness/capture/file.h"

enum { MQH_CAPTURE_WINDOW = 1024 * 1024 };

struct mqh_capture_interface {
    unsigned link_type;
    uint64_t units_per_second; /* of its time stamps */
    int64_t offset_s;          /* to be added to them */
    size_t snap_size;          /* frames are cut to this; 0: never */
};

struct mqh_capture_file {
    FILE *stream;
    uint64_t file_size; /* 0: not known */
    uint8_t *data;
    size_t start;
    size_t size; /* bytes from data[start] */
    size_t capacity;
    uint64_t offset;
    uint64_t frame_count;
    bool failed;
    char why[200];

    enum mqh_capture_state (*next)(struct mqh_capture_file *file, struct mqh_capture_frame *frame);

    /* pcapng: of the present section */
    bool swapped;
    struct mqh_capture_interface *interfaces;
    size_t interface_count;
    size_t interface_capacity;
    uint8_t *secrets;
    size_t secrets_size;

    void *pcap; /* pcap: libpcap's reader */
};

/* Makes `size` bytes available from data[start]; false at the end of the file or on an error. */
bool mqh_capture_fill(struct mqh_capture_file *file, size_t size);
void mqh_capture_skip(struct mqh_capture_file *file, size_t size);

/* Nothing more can be read: says why, at the present offset. */
__attribute__((format(printf, 2, 3))) void mqh_capture_fail(struct mqh_capture_file *file,
                                                            const char *format, ...);

enum mqh_capture_state mqh_pcapng_next(struct mqh_capture_file *file,
                                       struct mqh_capture_frame *frame);

bool mqh_pcap_begin(struct mqh_capture_file *file);
void mqh_pcap_end(struct mqh_capture_file *file);

#endif
