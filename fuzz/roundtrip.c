/*
 * What decodes encodes back the same, and what is printed parses back to the same bytes: good
 * packets and malformed ones.
 */
#include <assert.h>

#include "codec/text.h"
#include "fuzz/target.h"

const enum mqf_form mqf_form = MQF_PACKETS;

#define ENCODED_MAX (4 * MQF_INPUT_MAX) /* lengths may grow by being written out */
#define TEXT_MAX (64 * MQF_INPUT_MAX)

/* --- decode, encode, decode ----------------------------------------------------------------- */

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

/* --- print, parse --------------------------------------------------------------------------- */

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
static void check_styles(const struct mqc_packet *packet)
{
    static const struct mqc_text_style styles[] = {
        {.conceal = true}, {.limit = 1}, {.limit = 7, .conceal = true}};
    char few[8];
    size_t size;

    for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++) {
        size = mqc_text_print(packet, styles[i], few, sizeof(few));
        assert(mqc_text_print(packet, styles[i], NULL, 0) == size);
        assert(strlen(few) == (size < sizeof(few) ? size : sizeof(few) - 1));
    }
}

/* --- the target ----------------------------------------------------------------------------- */

void mqf_target(struct mqc_slice input)
{
    struct mqf_stream stream = mqf_stream_read(input);

    while (stream.bytes.size > 0) {
        struct mqc_frame frame = {.version = stream.version, .from = stream.from};
        struct mqc_faults faults = {.items = NULL};
        struct mqc_packet packet;

        if (mqc_frame_read(stream.bytes, &frame) == MQC_FRAME_INCOMPLETE)
            return;
        if (stream.ask_connect && frame.type == MQC_CONNECT)
            frame.version = MQC_VERSION_UNKNOWN;
        if (mqc_packet_decode(&frame, &packet, &faults))
            check_encoding(&packet, &faults);
        check_text(&packet);
        check_styles(&packet);
        stream.bytes.data += frame.size;
        stream.bytes.size -= frame.size;
    }
}
