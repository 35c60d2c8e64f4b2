/*
 * Packets from a file, a pipe or hex text, one after the other, with memory for one packet only.
 *
 * Hex text has one packet a line; blanks and `|` between digits and `#` comments are allowed. A
 * line stands for itself: what is wrong with it does not reach the next one.
 */
#ifndef MQH_INPUT_H
#define MQH_INPUT_H

#include <stdint.h>
#include <stdio.h>

#include "codec/frame.h"

struct mqh_input {
    const char *name; /* for messages: the file's, or "standard input" */
    FILE *file;
    bool hex;
    uint8_t *data; /* what was read and not yet taken: `size` bytes from `start` */
    size_t start;
    size_t size;
    size_t capacity;
    uint64_t offset; /* of data[start], from the input's first byte */
    bool ended;      /* nothing more can be read */
    char *line;      /* hex: the text of the present line */
    size_t line_capacity;
    unsigned line_number; /* hex: from 1 */
};

enum mqh_input_state {
    MQH_INPUT_PACKET,
    MQH_INPUT_BROKEN,     /* Remaining Length does not end: raw input is lost from here on */
    MQH_INPUT_INCOMPLETE, /* the input, or the line, ends inside a packet */
    MQH_INPUT_END,
    MQH_INPUT_ERROR, /* it cannot be read, or is no hex; the complaint was made */
};

/*
 * Opens a file, standard input for "-", or with `hex` an argument that is hex itself (see
 * mqh_input_is_hex()). False after a complaint in the name of `command`.
 */
bool mqh_input_open(struct mqh_input *input, const char *command, const char *argument, bool hex);

/* True if an argument consists of hex digits, blanks and `|` alone, with two digits at least: then
 * it is a packet, not a file's name. (./c000 is the file c000.) */
bool mqh_input_is_hex(const char *argument);

/*
 * The next packet; frame->version and from are left as they are. `*offset` is where it begins in
 * the input. The frame's bytes live until the next call. INCOMPLETE: frame->bytes and `*there` are
 * the bytes that are there, frame->size the least that the packet needs.
 */
enum mqh_input_state mqh_input_next(struct mqh_input *input, const char *command,
                                    struct mqc_frame *frame, uint64_t *offset, size_t *there);

/* What an input is that begins with these bytes and is no MQTT, in words; NULL: it may be MQTT. */
const char *mqh_input_looks_like(struct mqc_slice bytes);

void mqh_input_close(struct mqh_input *input);

#endif
