/*
 * What is printed parses back to the same bytes: good packets and malformed ones, in the notation.
 */
#include <assert.h>

#include "codec/text.h"
#include "fuzz/target.h"

const enum mqf_form mqf_form = MQF_PACKETS;

#define TEXT_MAX (64 * MQF_INPUT_MAX)

static void check_text(const struct mqc_packet *packet)
{
    static char text[TEXT_MAX];
    static uint8_t block[TEXT_MAX];
    const struct mqc_text_style plain = {.limit = 0};
    const struct mqc_text_scope scope = {.version = packet->version, .from = packet->frame.from};
    struct mqc_text_memory memory = {.data = block, .size = sizeof(block)};
    struct mqc_text_error error = {.size = 0};
    struct mqc_slice bytes;
    size_t size = mqc_text_print(packet, plain, text, sizeof(text));

    assert(size < sizeof(text) && text[size] == '\0' && strlen(text) == size);
    assert(mqc_text_encode((struct mqc_slice){(const uint8_t *)text, size}, &scope, &memory, &bytes,
                           &error));
    assert(mqc_slice_equal(bytes, (struct mqc_slice){packet->frame.bytes, packet->frame.size}));
}

/* Texts for people: nothing outside is read, and the size does not depend on the room. */
static void check_style(const struct mqc_packet *packet, unsigned which)
{
    static const struct mqc_text_style styles[] = {
        {.conceal = true}, {.limit = 1}, {.limit = 7, .conceal = true}};
    struct mqc_text_style style = styles[which % (sizeof(styles) / sizeof(styles[0]))];
    char few[8];
    size_t size = mqc_text_print(packet, style, few, sizeof(few));

    assert(mqc_text_print(packet, style, NULL, 0) == size);
    assert(strlen(few) == (size < sizeof(few) ? size : sizeof(few) - 1));
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
    mqc_packet_decode(&frame, &packet, &faults);
    check_text(&packet);
    check_style(&packet, stream.pieces);
}
