/*
 * What decodes encodes back the same: good packets, and malformed ones that can be read to the end.
 */
#include <assert.h>

#include "codec/packet.h"
#include "fuzz/target.h"

const enum mqf_form mqf_form = MQF_PACKETS;

#define ENCODED_MAX (4 * MQF_INPUT_MAX) /* lengths may grow by being written out */

/* A packet that was read to its end can be written. What is then read differs from it at most in
 * what the first had that is not canonical, so it is written the same. */
static void check_encoding(const struct mqc_packet *packet, const struct mqc_faults *found)
{
    static uint8_t once[ENCODED_MAX];
    static uint8_t twice[ENCODED_MAX];
    struct mqc_writer writer = mqc_writer_init(once, sizeof(once));
    struct mqc_writer again = mqc_writer_init(twice, sizeof(twice));
    struct mqc_faults faults = {.items = NULL};
    struct mqc_frame frame = {.version = packet->version, .from = packet->frame.from};
    struct mqc_packet second;

    assert(mqc_packet_encode(packet, &writer));
    if (found->count == 0)
        assert(writer.size == packet->frame.size &&
               memcmp(once, packet->frame.bytes, writer.size) == 0);
    assert(mqc_frame_read((struct mqc_slice){once, writer.size}, &frame) == MQC_FRAME_COMPLETE);
    assert(frame.size == writer.size);
    assert(mqc_packet_decode(&frame, &second, &faults));
    assert(mqc_packet_encode(&second, &again));
    assert(again.size == writer.size && memcmp(once, twice, writer.size) == 0);
}

void mqf_target(struct mqc_slice input)
{
    struct mqf_stream stream = mqf_stream_read(input);
    struct mqc_frame frame = {.version = stream.version, .from = stream.from};
    struct mqc_faults faults = {.items = NULL};
    struct mqc_packet packet;

    if (mqc_frame_read(stream.bytes, &frame) == MQC_FRAME_INCOMPLETE)
        return;
    if (stream.ask_connect && frame.type == MQC_CONNECT)
        frame.version = MQC_VERSION_UNKNOWN;
    if (mqc_packet_decode(&frame, &packet, &faults))
        check_encoding(&packet, &faults);
}
