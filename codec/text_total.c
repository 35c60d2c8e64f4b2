/*
 * `!total=N`: padding that makes a packet exactly N bytes long. Lengths in front of the padded
 * string may grow with it, so that some sizes cannot be had: from 127 to 128 bytes of body is a
 * step of two.
 */
#include "codec/text_encode.h"

/* What is padded: a string that stands in the draft, or one in the tree and the section or list of
 * the draft that it is written to. */
struct padding {
    struct mqc_slice *string;
    struct mqc_slice *grows; /* in the draft */
};

static void find_in_draft(struct mqc_packet *packet, struct padding *out)
{
    struct mqc_connect *c = &packet->connect;

    if (packet->frame.type == MQC_PUBLISH)
        out->string = &packet->publish.payload;
    else if (packet->frame.type == MQC_CONNECT)
        out->string = c->has_password                      ? &c->password
                      : c->has_user_name                   ? &c->user_name
                      : (c->flags & MQC_CONNECT_WILL) != 0 ? &c->will_payload
                                                           : &c->client_id;
    out->grows = out->string;
}

static struct mqc_slice *member_slice(const struct mqc_text_field *field, struct mqc_packet *packet)
{
    return (struct mqc_slice *)(void *)((uint8_t *)packet + field->offset);
}

static void find_in_tree(struct mqc_packet *packet, struct mqc_text_node *nodes,
                         struct padding *out)
{
    bool filters = packet->frame.type == MQC_SUBSCRIBE || packet->frame.type == MQC_UNSUBSCRIBE;
    const struct mqc_text_field *properties =
        mqc_text_field_of(packet->frame.type, MQC_FIELD_PROPERTIES);

    for (; nodes != NULL; nodes = nodes->next) {
        if (nodes->role == MQC_ROLE_PROPERTY && nodes->info != NULL &&
            nodes->value.form != MQC_TEXT_NUMBER && !filters) {
            out->string = nodes->value.form == MQC_TEXT_PAIR ? &nodes->value.items->next->bytes
                                                             : &nodes->value.bytes;
            out->grows = member_slice(properties, packet);
        } else if (nodes->role == MQC_ROLE_LIST && filters) {
            for (struct mqc_text_node *n = nodes->children; n != NULL; n = n->next)
                out->string = &n->value.bytes;
            out->grows = member_slice(nodes->field, packet);
        }
    }
}

static size_t size_without_cuts(const struct mqc_text_draft *draft)
{
    struct mqc_text_draft whole = *draft;
    size_t size = 0;

    whole.own[MQC_OVERRIDE_CUT].set = false;
    whole.own[MQC_OVERRIDE_CUT].number = 0;
    whole.append.size = 0;
    switch (mqc_text_draft_measure(&whole, &size)) {
    case MQC_DRAFT_OK:
        return size;
    case MQC_DRAFT_LONG:
        return mqc_text_draft_body_size(&whole) + 5; /* what it would have */
    default:
        return SIZE_MAX;
    }
}

/* How many bytes to add so that the packet has `total`; SIZE_MAX if no number gives that. The size
 * grows with the padding, so that halving finds the least that is enough. */
static size_t padding_for(const struct mqc_text_draft *draft, struct mqc_slice *grows, size_t total)
{
    size_t before = grows->size;
    size_t enough = total;
    size_t least = 0;
    size_t size;

    while (least < enough) {
        size_t middle = least + (enough - least) / 2;

        grows->size = before + middle;
        if (size_without_cuts(draft) >= total)
            enough = middle;
        else
            least = middle + 1;
    }
    grows->size = before + least;
    size = size_without_cuts(draft);
    grows->size = before;
    return size == total ? least : SIZE_MAX;
}

bool mqc_text_pad(struct mqc_text_encoder *encoder, const struct mqc_text_node *node)
{
    struct mqc_packet *packet = &encoder->draft.packet;
    struct padding found = {NULL, NULL};
    size_t padding;
    size_t before;
    uint8_t *bytes;

    find_in_draft(packet, &found);
    if (found.string == NULL)
        find_in_tree(packet, encoder->tree->nodes, &found);
    if (found.string == NULL)
        return mqc_text_fail(encoder->parser, node->text, "there is no string that could be padded",
                             MQC_NO_SUBJECT, "");
    padding = padding_for(&encoder->draft, found.grows, node->value.low);
    if (padding == SIZE_MAX)
        return mqc_text_fail_number(encoder, node->text,
                                    "no padding makes it exactly that long; it has ",
                                    size_without_cuts(&encoder->draft), " bytes without");
    before = found.string->size;
    if (before + padding > UINT16_MAX && found.string != &packet->publish.payload)
        return mqc_text_fail(encoder->parser, node->text,
                             "the string would be longer than 65535 bytes", MQC_NO_SUBJECT, "");
    bytes = mqc_text_allocate(encoder->parser, before + padding);
    if (bytes == NULL)
        return false;
    if (before > 0)
        memcpy(bytes, found.string->data, before);
    mqc_text_fill(bytes + before, padding);
    *found.string = (struct mqc_slice){bytes, before + padding};
    if (found.string != found.grows)
        mqc_text_store(encoder);
    return !encoder->parser->failed;
}
