/*
 * From text to bytes: the tree is applied to a draft, the draft is written, and what works on
 * finished bytes comes last.
 */
#include "codec/text_draft.h"
#include "codec/text_tree.h"

#define SESSION_EXPIRY_S 300 /* of session=keep in 5.0, unless the text names another */

struct encoder {
    struct mqc_text_parser *parser;
    const struct mqc_text_tree *tree;
    struct mqc_text_draft draft;
};

static bool fail_number(struct encoder *encoder, struct mqc_slice at, const char *before,
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

/* --- sections and lists ------------------------------------------------------------------- */

static const struct mqc_text_node *find_property(const struct mqc_text_node *nodes, uint32_t id)
{
    for (; nodes != NULL; nodes = nodes->next)
        if (nodes->role == MQC_ROLE_PROPERTY && nodes->info != NULL && nodes->property == id)
            return nodes;
    return NULL;
}

static void write_property(struct mqc_writer *writer, const struct mqc_text_node *node)
{
    struct mqc_property p = {
        .id = node->property, .number = node->value.low, .value = node->value.bytes};

    if (node->info == NULL) {
        mqc_writer_bytes(writer, node->value.bytes);
        return;
    }
    if (node->value.form == MQC_TEXT_PAIR) {
        p.name = node->value.items->bytes;
        p.value = node->value.items->next->bytes;
    }
    mqc_writer_property(writer, &p);
}

static void write_section(struct mqc_writer *writer, const struct mqc_text_node *nodes,
                          enum mqc_version version)
{
    bool has_expiry = find_property(nodes, MQC_SESSION_EXPIRY_INTERVAL) != NULL;

    for (; nodes != NULL; nodes = nodes->next) {
        if (nodes->role == MQC_ROLE_PROPERTY)
            write_property(writer, nodes);
        else if (nodes->role == MQC_ROLE_FIELD && nodes->keeps && !has_expiry && version >= MQC_V5)
            mqc_writer_property(writer, &(struct mqc_property){.id = MQC_SESSION_EXPIRY_INTERVAL,
                                                               .number = SESSION_EXPIRY_S});
    }
}

static uint8_t options_of(const struct mqc_text_node *behind)
{
    const struct mqc_text_node *other = mqc_text_override_in(behind, MQC_OVERRIDE_OPTIONS);
    struct mqc_filter filter = {.options = 0};

    if (other != NULL)
        return (uint8_t)other->value.low;
    for (; behind != NULL; behind = behind->next)
        if (behind->role == MQC_ROLE_FIELD)
            mqc_text_field_set_number(behind->field, &filter, behind->value.low);
    return filter.options;
}

static void write_list(struct mqc_writer *writer, const struct mqc_text_node *items,
                       enum mqc_type type)
{
    for (; items != NULL; items = items->next) {
        if (type == MQC_SUBACK || type == MQC_UNSUBACK) {
            mqc_writer_u8(writer, (uint8_t)items->value.low);
            continue;
        }
        mqc_writer_string(writer, items->value.bytes);
        if (type == MQC_SUBSCRIBE &&
            mqc_text_override_in(items->children, MQC_OVERRIDE_NO_OPTIONS) == NULL)
            mqc_writer_u8(writer, options_of(items->children));
    }
}

/* The bytes of a list's items, or, without `list`, of the properties among `nodes`. */
static struct mqc_slice store(struct encoder *encoder, const struct mqc_text_node *nodes, bool list)
{
    struct mqc_writer writer = mqc_writer_init(NULL, 0);
    uint8_t *bytes = NULL;

    for (int pass = 0; pass < 2; pass++) {
        if (list)
            write_list(&writer, nodes, encoder->tree->type);
        else
            write_section(&writer, nodes, encoder->draft.packet.version);
        if (pass == 0) {
            bytes = mqc_text_allocate(encoder->parser, writer.size);
            if (bytes == NULL)
                return MQC_NO_SUBJECT;
            writer = mqc_writer_init(bytes, writer.size);
        }
    }
    return (struct mqc_slice){bytes, writer.size};
}

/* Puts the sections and the list into the draft. Called again after a string was padded. */
static void store_all(struct encoder *encoder)
{
    struct mqc_packet *packet = &encoder->draft.packet;
    const struct mqc_text_field *f = mqc_text_field_of(packet->frame.type, MQC_FIELD_PROPERTIES);

    if (f != NULL)
        mqc_text_field_set_bytes(f, packet, store(encoder, encoder->tree->nodes, false));
    for (const struct mqc_text_node *n = encoder->tree->nodes; n != NULL; n = n->next) {
        if (n->role == MQC_ROLE_LIST)
            mqc_text_field_set_bytes(n->field, packet, store(encoder, n->children, true));
        else if (n->role == MQC_ROLE_FIELD && n->field->kind == MQC_FIELD_BLOCK)
            packet->connect.will_properties = store(encoder, n->children, false);
    }
}

/* --- fields ------------------------------------------------------------------------------- */

static void append(struct encoder *encoder, struct mqc_slice more)
{
    struct mqc_slice before = encoder->draft.append;
    uint8_t *bytes = mqc_text_allocate(encoder->parser, before.size + more.size);

    if (bytes == NULL)
        return;
    if (before.size > 0)
        memcpy(bytes, before.data, before.size);
    if (more.size > 0)
        memcpy(bytes + before.size, more.data, more.size);
    encoder->draft.append = (struct mqc_slice){bytes, before.size + more.size};
}

static void apply_field(struct encoder *encoder, const struct mqc_text_node *node)
{
    struct mqc_packet *packet = &encoder->draft.packet;

    mqc_text_field_set_there(node->field, packet);
    if (node->field->kind == MQC_FIELD_BYTES)
        mqc_text_field_set_bytes(node->field, packet, node->value.bytes);
    else if (node->field->kind == MQC_FIELD_SESSION)
        mqc_text_field_set_number(node->field, packet, node->keeps ? 0 : 1);
    else if (node->field->kind != MQC_FIELD_BLOCK)
        mqc_text_field_set_number(node->field, packet, node->value.low);
}

static void apply_changes(struct mqc_text_change *changes, const struct mqc_text_node *nodes)
{
    for (; nodes != NULL; nodes = nodes->next)
        if (nodes->role == MQC_ROLE_OVERRIDE)
            changes[nodes->override] = (struct mqc_text_change){
                .set = true, .sign = nodes->sign, .number = nodes->value.low};
}

/* The fields that are there set their flags. */
static void apply_credentials(struct mqc_connect *connect)
{
    if (connect->has_user_name)
        connect->flags |= MQC_CONNECT_USER_NAME;
    if (connect->has_password)
        connect->flags |= MQC_CONNECT_PASSWORD;
}

static void apply_nodes(struct encoder *encoder, const struct mqc_text_node *nodes)
{
    for (; nodes != NULL; nodes = nodes->next) {
        if (nodes->role == MQC_ROLE_OVERRIDE && nodes->override == MQC_OVERRIDE_APPEND)
            append(encoder, nodes->value.bytes);
        if (nodes->role != MQC_ROLE_FIELD)
            continue;
        apply_field(encoder, nodes);
        if (nodes->field->kind == MQC_FIELD_BLOCK) {
            apply_changes(encoder->draft.will, nodes->children);
            for (const struct mqc_text_node *n = nodes->children; n != NULL; n = n->next)
                if (n->role == MQC_ROLE_FIELD)
                    apply_field(encoder, n);
        }
    }
    if (encoder->tree->type == MQC_CONNECT)
        apply_credentials(&encoder->draft.packet.connect);
    apply_changes(encoder->draft.own, encoder->tree->nodes);
}

static void apply_defaults(struct encoder *encoder)
{
    const struct mqc_text_scope *scope = encoder->parser->scope;
    struct mqc_packet *packet = &encoder->draft.packet;

    packet->version = scope->version;
    packet->frame = (struct mqc_frame){.type = encoder->tree->type,
                                       .flags = mqc_type_flags(encoder->tree->type),
                                       .version = scope->version,
                                       .from = scope->from};
    if (packet->frame.type == MQC_CONNECT)
        packet->connect = (struct mqc_connect){
            .protocol_name = mqc_slice_text(scope->version == MQC_V31 ? "MQIsdp" : "MQTT"),
            .protocol_level = (uint8_t)scope->version,
            .flags = MQC_CONNECT_CLEAN,
            .keep_alive = 60,
            .client_id = scope->client_id,
        };
}

/* The short forms: a Reason Code is there if it or what follows it is, a Property Length if
 * something is said about it. */
static void apply_short_form(struct mqc_text_draft *draft, bool *has_reason, bool *has_properties,
                             size_t section_size)
{
    bool left_out = draft->own[MQC_OVERRIDE_NO_PROPERTIES].set;
    bool named = section_size > 0 || draft->own[MQC_OVERRIDE_PROPERTY_LENGTH].set ||
                 draft->own[MQC_OVERRIDE_PROPERTY_LENGTH_SIZE].set;

    *has_properties = named;
    *has_reason = *has_reason || (named && !left_out) || section_size > 0;
}

static void apply_short_forms(struct mqc_text_draft *draft)
{
    struct mqc_packet *p = &draft->packet;

    if (p->frame.type >= MQC_PUBACK && p->frame.type <= MQC_PUBCOMP)
        apply_short_form(draft, &p->ack.has_reason, &p->ack.has_properties, p->ack.properties.size);
    else if (p->frame.type == MQC_DISCONNECT)
        apply_short_form(draft, &p->disconnect.has_reason, &p->disconnect.has_properties,
                         p->disconnect.properties.size);
    else if (p->frame.type == MQC_AUTH)
        apply_short_form(draft, &p->auth.has_reason, &p->auth.has_properties,
                         p->auth.properties.size);
}

/* A packet that carries an identifier must name it. Settles publish.qos, too. */
static bool check_id(struct encoder *encoder)
{
    struct mqc_packet *packet = &encoder->draft.packet;
    const struct mqc_text_field *id = mqc_text_field_of(packet->frame.type, MQC_FIELD_ID);
    const struct mqc_text_node *node = encoder->tree->nodes;
    bool overridden =
        encoder->draft.own[MQC_OVERRIDE_ID].set || encoder->draft.own[MQC_OVERRIDE_NO_ID].set;

    if (packet->frame.type == MQC_PUBLISH)
        packet->publish.qos = packet->frame.flags >> 1 & 3;
    if (id == NULL)
        return true;
    while (node != NULL && node->field != id)
        node = node->next;
    if (node != NULL && !mqc_text_field_is_there(id, packet))
        return mqc_text_fail(encoder->parser, node->text,
                             "a PUBLISH at QoS 0 has no id; !id=N writes one all the same",
                             MQC_NO_SUBJECT, "");
    if (node == NULL && !overridden && mqc_text_field_is_there(id, packet))
        return mqc_text_fail(encoder->parser, encoder->tree->type_text,
                             mqc_type_name(packet->frame.type), MQC_NO_SUBJECT,
                             packet->frame.type == MQC_PUBLISH ? " at this QoS needs id=N"
                                                               : " needs id=N");
    return true;
}

static bool build(struct encoder *encoder)
{
    apply_defaults(encoder);
    apply_nodes(encoder, encoder->tree->nodes);
    store_all(encoder);
    apply_short_forms(&encoder->draft);
    return check_id(encoder) && !encoder->parser->failed;
}

/* --- !total ------------------------------------------------------------------------------- */

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
        if (nodes->role == MQC_ROLE_PROPERTY && nodes->value.form != MQC_TEXT_NUMBER && !filters) {
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
    return mqc_text_draft_measure(&whole, &size) == MQC_DRAFT_OK ? size : SIZE_MAX;
}

/* How many bytes to add so that the packet has `total`; SIZE_MAX if no number gives that, for the
 * lengths before the string may grow with it. */
static size_t padding_for(const struct mqc_text_draft *draft, struct mqc_slice *grows, size_t total)
{
    size_t before = grows->size;
    size_t size = size_without_cuts(draft);
    size_t padding = size <= total ? total - size : SIZE_MAX;

    while (padding != SIZE_MAX && size != total) {
        grows->size = before + padding;
        size = size_without_cuts(draft);
        if (size < total || (size > total && (size == SIZE_MAX || padding < size - total)))
            padding = SIZE_MAX;
        else
            padding -= size - total;
    }
    grows->size = before;
    return padding;
}

static bool pad(struct encoder *encoder, const struct mqc_text_node *node)
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
        return fail_number(encoder, node->text, "no padding makes it exactly that long; it has ",
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
        store_all(encoder);
    return !encoder->parser->failed;
}

/* --- bytes -------------------------------------------------------------------------------- */

static struct mqc_slice text_of(const struct encoder *encoder, enum mqc_text_override override)
{
    const struct mqc_text_node *node = mqc_text_override_in(encoder->tree->nodes, override);

    return node != NULL ? node->text : encoder->tree->type_text;
}

static bool measure(struct encoder *encoder, size_t *size)
{
    switch (mqc_text_draft_measure(&encoder->draft, size)) {
    case MQC_DRAFT_OK:
        break;
    case MQC_DRAFT_CUT:
        return fail_number(encoder, text_of(encoder, MQC_OVERRIDE_CUT), "the body has only ",
                           mqc_text_draft_body_size(&encoder->draft), " bytes");
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
static bool finish(struct encoder *encoder, uint8_t *bytes, size_t *size)
{
    const struct mqc_text_node *node =
        mqc_text_override_in(encoder->tree->nodes, MQC_OVERRIDE_TRUNCATE);

    if (node != NULL && node->value.low > *size)
        return fail_number(encoder, node->text, "the packet has only ", *size, " bytes");
    if (node != NULL)
        *size -= node->value.low;
    for (node = encoder->tree->nodes; node != NULL; node = node->next) {
        struct mqc_slice poke = node->value.bytes;

        if (node->role != MQC_ROLE_OVERRIDE || node->override != MQC_OVERRIDE_POKE)
            continue;
        if (node->value.low > *size || poke.size > *size - node->value.low)
            return fail_number(encoder, node->text, "the packet has only ", *size, " bytes");
        if (poke.size > 0)
            memcpy(bytes + node->value.low, poke.data, poke.size);
    }
    return true;
}

static bool encode(struct encoder *encoder, struct mqc_slice *out)
{
    const struct mqc_text_node *total =
        mqc_text_override_in(encoder->tree->nodes, MQC_OVERRIDE_TOTAL);
    struct mqc_writer writer;
    size_t size = 0;
    uint8_t *bytes;

    if (!build(encoder) || (total != NULL && !pad(encoder, total)) || !measure(encoder, &size))
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
    struct encoder encoder = {.parser = &parser, .tree = &tree};

    parser.sending = true;
    if (!mqc_text_parse(&parser, &tree))
        return false;
    if (tree.type == MQC_RESERVED) {
        *out = tree.raw.bytes;
        return true;
    }
    return encode(&encoder, out);
}
