/*
 * Capture files: what a network interface saw, frame by frame, in constant memory.
 *
 * pcapng is read here: libpcap refuses files whose interfaces differ, and drops comments and
 * secrets. The older pcap is left to libpcap. Gigabytes stream through; a pipe will do ("-").
 *
 *     section header   byte order, then interfaces and packets until the next one
 *     interface        link type, clock resolution
 *     packet           interface, time, captured bytes, size on the wire, comment
 *     secrets          a TLS key log
 */
#ifndef MQH_CAPTURE_FILE_H
#define MQH_CAPTURE_FILE_H

#include <stdio.h>

#include "codec/slice.h"

/* What a frame begins with. The numbers are those of pcapng files (LINKTYPE_…, tcpdump.org). */
enum mqh_link_type {
    MQH_LINK_NULL = 0, /* BSD loopback: address family, host byte order of the writer */
    MQH_LINK_ETHERNET = 1,
    MQH_LINK_RAW = 101,
    MQH_LINK_LOOP = 108, /* OpenBSD loopback: the same, network byte order */
    MQH_LINK_LINUX_SLL = 113,
    MQH_LINK_IPV4 = 228,
    MQH_LINK_IPV6 = 229,
    MQH_LINK_LINUX_SLL2 = 276,
};

struct mqh_capture_frame {
    uint64_t number;        /* from 1, as Wireshark counts them */
    uint64_t time_ns;       /* since 1970 */
    unsigned link_type;     /* enum mqh_link_type, or one that we do not read */
    struct mqc_slice bytes; /* what was captured; lives until the next frame is read */
    size_t wire_size;       /* what was on the wire: more than bytes.size if the capture cut it */
};

struct mqh_capture_file;

enum mqh_capture_state { MQH_CAPTURE_FRAME, MQH_CAPTURE_END, MQH_CAPTURE_ERROR };

/* Whether these first bytes of a file, 4 at least, begin a capture of either format. */
bool mqh_capture_is(struct mqc_slice begin);

/*
 * Opens a capture; "-" is standard input. NULL and a reason in `why` (`why_size` bytes) if it
 * cannot be read or is no capture. The caller closes it.
 */
struct mqh_capture_file *mqh_capture_file_open(const char *path, char *why, size_t why_size);

/* The same of a stream, which belongs to the file from now on, also if this fails. */
struct mqh_capture_file *mqh_capture_file_of(FILE *stream, char *why, size_t why_size);

/*
 * The next frame. ERROR: what follows cannot be read, or the file ends inside a frame; all that
 * came before was delivered, and mqh_capture_file_why() says where it broke off.
 */
enum mqh_capture_state mqh_capture_file_next(struct mqh_capture_file *file,
                                             struct mqh_capture_frame *frame);

/* What is wrong with the file, with an offset; "" if nothing. */
const char *mqh_capture_file_why(const struct mqh_capture_file *file);

/* Bytes read so far, and of the whole file (0 for a pipe): for a progress bar. */
uint64_t mqh_capture_file_offset(const struct mqh_capture_file *file);
uint64_t mqh_capture_file_size(const struct mqh_capture_file *file);

/* The TLS key log that the file carries, in the text form of NSS; empty without one. */
struct mqc_slice mqh_capture_file_secrets(const struct mqh_capture_file *file);

void mqh_capture_file_close(struct mqh_capture_file *file);

#endif
