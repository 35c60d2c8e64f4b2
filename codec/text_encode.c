#include "codec/text_encode.h"

bool mqc_text_fail_number(struct mqc_text_encoder *encoder, struct mqc_slice at, const char *before,
                          size_t number, const char *after)
{
    char message[MQC_TEXT_MESSAGE_MAX];
    struct mqc_text_out out = {.data = message, .capacity = sizeof message};

    mqc_text_out_text(&out, before);
    mqc_text_out_number(&out, (uint32_t)number);
    mqc_text_out_text(&out, after);
    mqc_text_out_end(&out);
    return mqc_text_fail(encoder->parser, at, message, MQC_NO_SUBJECT, "");
}

static struct mqc_slice text_of(const struct mqc_text_encoder *encoder,
                                enum mqc_text_override override)
{
    const struct mqc_text_node *node = mqc_text_override_in(encoder->tree->nodes, override);

    return node != NULL ? node->text : encoder->tree->type_text;
}

static bool measure(struct mqc_text_encoder *encoder, size_t *size)
{
    switch (mqc_text_draft_measure(&encoder->draft, size)) {
    case MQC_DRAFT_OK:
        break;
    case MQC_DRAFT_CUT:
        return mqc_text_fail_number(encoder, text_of(encoder, MQC_OVERRIDE_CUT),
                                    "the body has only ", mqc_text_draft_body_size(&encoder->draft),
                                    " bytes");
    case MQC_DRAFT_LONG:
        return mqc_text_fail(encoder->parser, encoder->tree->type_text,
                             "the body is longer than 268435455 bytes", MQC_NO_SUBJECT, "");
    case MQC_DRAFT_PROPERTY_LENGTH:
        return mqc_text_fail(encoder->parser, text_of(encoder, MQC_OVERRIDE_PROPERTY_LENGTH),
                             "this Property Length cannot be written in so many bytes",
                             MQC_NO_SUBJECT, "");
    case MQC_DRAFT_REMAINING_LENGTH:
        return mqc_text_fail(encoder->parser, text_of(encoder, MQC_OVERRIDE_REMAINING_LENGTH),
                             "this Remaining Length cannot be written in so many bytes",
                             MQC_NO_SUBJECT, "");
    }
    return true;
}

/* `!truncate` and `!poke`. */
static bool finish(struct mqc_text_encoder *encoder, uint8_t *bytes, size_t *size)
{
    const struct mqc_text_node *node =
        mqc_text_override_in(encoder->tree->nodes, MQC_OVERRIDE_TRUNCATE);

    if (node != NULL && node->value.low > *size)
        return mqc_text_fail_number(encoder, node->text, "the packet has only ", *size, " bytes");
    if (node != NULL)
        *size -= node->value.low;
    for (node = encoder->tree->nodes; node != NULL; node = node->next) {
        struct mqc_slice poke = node->value.bytes;

        if (node->role != MQC_ROLE_OVERRIDE || node->override != MQC_OVERRIDE_POKE)
            continue;
        if (node->value.low > *size || poke.size > *size - node->value.low)
            return mqc_text_fail_number(encoder, node->text, "the packet has only ", *size,
                                        " bytes");
        if (poke.size > 0)
            memcpy(bytes + node->value.low, poke.data, poke.size);
    }
    return true;
}

static bool encode(struct mqc_text_encoder *encoder, struct mqc_slice *out)
{
    const struct mqc_text_node *total =
        mqc_text_override_in(encoder->tree->nodes, MQC_OVERRIDE_TOTAL);
    struct mqc_writer writer;
    size_t size = 0;
    uint8_t *bytes;

    if (!mqc_text_build(encoder) || (total != NULL && !mqc_text_pad(encoder, total)) ||
        !measure(encoder, &size))
        return false;
    writer = mqc_writer_init(NULL, size + encoder->draft.own[MQC_OVERRIDE_CUT].number);
    bytes = mqc_text_allocate(encoder->parser, writer.capacity);
    if (bytes == NULL)
        return false;
    writer.data = bytes;
    mqc_text_draft_write(&encoder->draft, &writer);
    if (writer.failed || writer.size != size)
        return mqc_text_fail(encoder->parser, encoder->tree->type_text, "it cannot be encoded",
                             MQC_NO_SUBJECT, "");
    if (!finish(encoder, bytes, &size))
        return false;
    *out = (struct mqc_slice){bytes, size};
    return true;
}

bool mqc_text_encode(struct mqc_slice text, const struct mqc_text_scope *scope,
                     struct mqc_text_memory *memory, struct mqc_slice *out,
                     struct mqc_text_error *error)
{
    struct mqc_text_parser parser = mqc_text_parser_init(text, scope, memory, error);
    struct mqc_text_tree tree;
    struct mqc_text_encoder encoder = {.parser = &parser, .tree = &tree};

    parser.sending = true;
    if (!mqc_text_parse(&parser, &tree))
        return false;
    if (tree.type == MQC_RESERVED) {
        *out = tree.raw.bytes;
        return true;
    }
    return encode(&encoder, out);
}
