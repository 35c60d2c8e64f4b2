/*
 * Dead if it stays silent: a target with a planted bug, which every engine must find within some
 * minutes. Otherwise nothing that the other targets do not find would mean anything.
 *
 * The bug: a server that takes a 5.0 SUBSCRIBE without a fault, in which a filter with Retain
 * Handling 2 has a Subscription Identifier, writes past an array.
 */
#include "codec/packet.h"
#include "fuzz/target.h"

const enum mqf_form mqf_form = MQF_PACKETS;

static void subscribe(const struct mqc_packet *packet)
{
    static unsigned seen[2];
    struct mqc_slice filters = packet->subscribe.filters;
    struct mqc_filter filter;
    struct mqc_property identifier;
    volatile size_t handling; /* so that no compiler finds the bug first */

    if (!mqc_property_get(packet->subscribe.properties, MQC_SUBSCRIPTION_IDENTIFIER, 0,
                          &identifier))
        return;
    while (mqc_filter_next(&filters, &filter)) {
        handling = (size_t)(filter.options & MQC_OPTION_RETAIN_HANDLING) >> 4;
        seen[handling]++;
    }
}

void mqf_target(struct mqc_slice input)
{
    struct mqf_stream stream = mqf_stream_read(input);
    struct mqc_frame frame = {.version = MQC_V5, .from = MQC_CLIENT};
    struct mqc_faults faults = {.items = NULL};
    struct mqc_packet packet;

    if (mqc_frame_read(stream.bytes, &frame) != MQC_FRAME_COMPLETE)
        return;
    if (mqc_packet_decode(&frame, &packet, &faults) && faults.count == 0 &&
        frame.type == MQC_SUBSCRIBE)
        subscribe(&packet);
}
