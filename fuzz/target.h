/*
 * A fuzz target is one file, fuzz/NAME.c, with one property: for every input it holds, or the
 * target ends the program by an assertion. A target reads nothing but its input, so that every
 * finding comes again.
 *
 * What the input is, the target says by its form; the mutator and the seeds follow it:
 *
 *     packets   a byte that says how to read (struct mqf_stream), then one packet; what stands
 *               behind it is there to be left alone
 *     streams   the same byte, then all that one side sends
 *     sessions  records of several clients; harness/scenario/session.h
 *     topics    a Topic Filter, a zero byte, a Topic Name
 *     texts     a file of scenarios
 *     captures  a capture file
 *     talks     a session in which odd clients are the servers' sides: 0 and 1 are one connection
 */
#ifndef MQF_TARGET_H
#define MQF_TARGET_H

#include "codec/slice.h"
#include "codec/type.h"
#include "codec/version.h"

enum mqf_form {
    MQF_PACKETS,
    MQF_STREAMS,
    MQF_SESSIONS,
    MQF_TOPICS,
    MQF_TEXTS,
    MQF_CAPTURES,
    MQF_TALKS
};

/* What each target defines. */
extern const enum mqf_form mqf_form;
void mqf_target(struct mqc_slice input);

/* No input is larger: what an engine makes beyond that is cut off. */
#define MQF_INPUT_MAX 65536u

/*
 * The packets and streams forms. The first byte has, from its lowest bits: version (2
 * bits: 3.1, 3.1.1, 5.0, and what the CONNECT in it names, or 5.0), side (2 bits: unknown, client,
 * server, server), and how the stream is cut into pieces (4 bits, see fuzz/frame.c).
 */
struct mqf_stream {
    enum mqc_version version; /* of what is not a CONNECT */
    bool ask_connect;         /* a CONNECT is judged by the version that it names itself */
    enum mqc_side from;
    unsigned pieces;
    struct mqc_slice bytes;
};

static inline struct mqf_stream mqf_stream_read(struct mqc_slice input)
{
    static const enum mqc_version versions[] = {MQC_V31, MQC_V311, MQC_V5, MQC_V5};
    static const enum mqc_side sides[] = {MQC_SIDE_UNKNOWN, MQC_CLIENT, MQC_SERVER, MQC_SERVER};
    uint8_t how = input.size > 0 ? input.data[0] : 0;

    return (struct mqf_stream){
        .version = versions[how & 3],
        .ask_connect = (how & 3) == 3,
        .from = sides[how >> 2 & 3],
        .pieces = how >> 4,
        .bytes = {input.data + (input.size > 0), input.size - (input.size > 0)},
    };
}

/* The first byte for a stream of this version and side. */
static inline uint8_t mqf_stream_byte(enum mqc_version version, enum mqc_side from)
{
    return (uint8_t)((version - MQC_V31) | from << 2);
}

#endif
