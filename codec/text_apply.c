/*
 * From the tree to a draft: defaults, fields, property sections and lists.
 */
#include "codec/text_encode.h"

#define SESSION_EXPIRY_S 300 /* of session=keep in 5.0, unless the text names another */

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
static struct mqc_slice store(struct mqc_text_encoder *encoder, const struct mqc_text_node *nodes,
                              bool list)
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

void mqc_text_store(struct mqc_text_encoder *encoder)
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

static void append(struct mqc_text_encoder *encoder, struct mqc_slice more)
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

static void apply_field(struct mqc_text_encoder *encoder, const struct mqc_text_node *node)
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

static void apply_nodes(struct mqc_text_encoder *encoder, const struct mqc_text_node *nodes)
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

static void apply_defaults(struct mqc_text_encoder *encoder)
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
static bool check_id(struct mqc_text_encoder *encoder)
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

bool mqc_text_build(struct mqc_text_encoder *encoder)
{
    apply_defaults(encoder);
    apply_nodes(encoder, encoder->tree->nodes);
    mqc_text_store(encoder);
    apply_short_forms(&encoder->draft);
    return check_id(encoder) && !encoder->parser->failed;
}
