#include "codec/text_print.h"

#include "codec/text.h"

struct printer {
    struct mqc_text_out *out;
    struct mqc_text_draft draft;
    bool conceal;
    bool first; /* nothing stands in the braces yet */
};

static bool is_secret(uint32_t property)
{
    return property == MQC_AUTHENTICATION_DATA;
}

/* Bytes nobody looked into may hold what is secret where the packet may. */
static bool holds_secrets(enum mqc_type type)
{
    return type == MQC_CONNECT || type == MQC_CONNACK || type == MQC_AUTH;
}

static void name(struct printer *printer, const char *text)
{
    if (!printer->first)
        mqc_text_out_char(printer->out, ' ');
    printer->first = false;
    mqc_text_out_text(printer->out, text);
}

static void out_bytes(struct mqc_text_out *out, struct mqc_slice bytes, bool conceal)
{
    if (conceal)
        mqc_text_out_text(out, MQC_TEXT_CONCEALED);
    else
        mqc_text_out_bytes(out, bytes);
}

static void out_raw(struct printer *printer, struct mqc_slice bytes)
{
    if (printer->conceal && holds_secrets(printer->draft.packet.frame.type))
        mqc_text_out_text(printer->out, MQC_TEXT_CONCEALED);
    else
        mqc_text_out_raw(printer->out, bytes);
}

/* --- properties --------------------------------------------------------------------------- */

void mqc_text_out_property(struct mqc_text_out *out, const struct mqc_property *property,
                           bool conceal)
{
    switch (mqc_property_info(property->id)->type) {
    case MQC_TYPE_PAIR:
        mqc_text_out_char(out, '(');
        mqc_text_out_bytes(out, property->name);
        mqc_text_out_char(out, ',');
        mqc_text_out_bytes(out, property->value);
        mqc_text_out_char(out, ')');
        break;
    case MQC_TYPE_STRING:
    case MQC_TYPE_BINARY:
        out_bytes(out, property->value, conceal && is_secret(property->id));
        break;
    case MQC_TYPE_BYTE:
    case MQC_TYPE_U16:
    case MQC_TYPE_U32:
    case MQC_TYPE_VARINT:
        mqc_text_out_number(out, property->number);
        break;
    }
}

/* Each property as itself, as `!property=` where it may not stand or not again, and in bytes where
 * those are not what would be written, or no property at all. */
static void print_section(struct printer *printer, unsigned group, struct mqc_slice section)
{
    struct mqc_slice rest = section;
    struct mqc_property p;
    uint64_t seen = 0;

    for (const uint8_t *at = rest.data; mqc_property_next(&rest, &p); at = rest.data) {
        const struct mqc_property_info *info = mqc_property_info(p.id);
        struct mqc_slice piece = {at, (size_t)(rest.data - at)};
        bool again = (seen >> p.id & 1) != 0 && !mqc_text_repeats(group, p.id);

        if (!mqc_text_property_is(&p, piece)) {
            name(printer, "!property=");
            out_raw(printer, piece);
            continue;
        }
        name(printer, again || !mqc_text_has_property(group, info) ? "!property=" : "");
        mqc_text_out_text(printer->out, info->name);
        mqc_text_out_char(printer->out, '=');
        mqc_text_out_property(printer->out, &p, printer->conceal);
        seen |= UINT64_C(1) << p.id;
    }
    if (rest.size > 0) {
        name(printer, "!property=");
        out_raw(printer, rest);
    }
}

/* --- lists -------------------------------------------------------------------------------- */

static void out_filter(struct mqc_text_out *out, const struct mqc_filter *filter,
                       enum mqc_version version)
{
    uint8_t known = version >= MQC_V5 ? 0x3f : 0x03;
    const struct mqc_text_field *f = NULL;

    mqc_text_out_bytes(out, filter->filter);
    if ((filter->options & ~known) != 0) {
        mqc_text_out_text(out, " !options=");
        mqc_text_out_hex(out, filter->options);
        return;
    }
    while ((f = mqc_text_field_next(MQC_GROUP_FILTER, f)) != NULL) {
        uint32_t number = mqc_text_field_number(f, filter);
        bool is_qos = f->mask == MQC_OPTION_QOS;

        if (number == 0 && !is_qos)
            continue;
        mqc_text_out_char(out, ' ');
        mqc_text_out_text(out, f->name);
        if (f->kind == MQC_FIELD_FLAG)
            continue;
        mqc_text_out_char(out, '=');
        mqc_text_out_number(out, number);
    }
}

static void out_comma(struct mqc_text_out *out, size_t *count)
{
    if ((*count)++ > 0)
        mqc_text_out_text(out, ", ");
}

void mqc_text_out_list(struct mqc_text_out *out, const struct mqc_packet *packet)
{
    const struct mqc_text_field *f = mqc_text_field_of(packet->frame.type, MQC_FIELD_LIST);
    struct mqc_slice rest = mqc_text_field_bytes(f, packet);
    struct mqc_filter filter;
    struct mqc_slice string;
    size_t count = 0;

    mqc_text_out_char(out, '[');
    if (packet->frame.type == MQC_SUBSCRIBE) {
        while (mqc_filter_next(&rest, &filter)) {
            out_comma(out, &count);
            out_filter(out, &filter, packet->version);
        }
    } else if (packet->frame.type == MQC_UNSUBSCRIBE) {
        while (mqc_string_next(&rest, &string)) {
            out_comma(out, &count);
            mqc_text_out_bytes(out, string);
        }
    } else {
        for (size_t i = 0; i < rest.size; i++) {
            out_comma(out, &count);
            mqc_text_out_code(out, rest.data[i]);
        }
    }
    mqc_text_out_char(out, ']');
}

/* --- fields ------------------------------------------------------------------------------- */

/* Whether a field is what it would be if it were not named. Others are always named. */
static bool is_default(const struct mqc_text_field *field, const struct mqc_packet *packet)
{
    bool v31 = packet->version == MQC_V31;

    if (field->group == MQC_CONNECT && field->kind == MQC_FIELD_BITS)
        return packet->connect.protocol_level == packet->version;
    if (field->group == MQC_CONNECT &&
        field->offset == offsetof(struct mqc_packet, connect.protocol_name))
        return mqc_slice_equal(packet->connect.protocol_name,
                               mqc_slice_text(v31 ? "MQIsdp" : "MQTT"));
    if (field->kind == MQC_FIELD_BITS)
        return mqc_text_field_number(field, packet) == 0;
    if (field->kind == MQC_FIELD_FLAG)
        return field->group != MQC_CONNECT && mqc_text_field_number(field, packet) == 0;
    return field->kind == MQC_FIELD_BYTES && strcmp(field->name, "payload") == 0 &&
           mqc_text_field_bytes(field, packet).size == 0;
}

static void print_changes(struct printer *printer, const struct mqc_text_change *changes);
static void print_fields(struct printer *printer, unsigned group);

static void print_will(struct printer *printer)
{
    name(printer, "will={");
    printer->first = true;
    print_fields(printer, MQC_GROUP_WILL);
    print_changes(printer, printer->draft.will);
    printer->first = false;
    mqc_text_out_char(printer->out, '}');
}

static void print_field(struct printer *printer, const struct mqc_text_field *field)
{
    const struct mqc_packet *packet = &printer->draft.packet;
    bool secret = field->group == MQC_CONNECT && strcmp(field->name, "password") == 0;

    name(printer, field->name);
    if (field->kind == MQC_FIELD_FLAG) {
        mqc_text_out_text(printer->out, mqc_text_field_number(field, packet) == 0 ? "=0" : "");
        return;
    }
    mqc_text_out_char(printer->out, '=');
    if (field->kind == MQC_FIELD_CODE)
        mqc_text_out_code(printer->out, mqc_text_field_number(field, packet));
    else if (field->kind == MQC_FIELD_BYTES)
        out_bytes(printer->out, mqc_text_field_bytes(field, packet), printer->conceal && secret);
    else
        mqc_text_out_number(printer->out, mqc_text_field_number(field, packet));
}

static void print_fields(struct printer *printer, unsigned group)
{
    const struct mqc_packet *packet = &printer->draft.packet;
    const struct mqc_text_field *f = NULL;

    while ((f = mqc_text_field_next(group, f)) != NULL) {
        if (!mqc_text_field_in(f, packet->version) || !mqc_text_field_is_there(f, packet))
            continue;
        switch ((enum mqc_field_kind)f->kind) {
        case MQC_FIELD_SESSION:
            break;
        case MQC_FIELD_BLOCK:
            print_will(printer);
            break;
        case MQC_FIELD_PROPERTIES:
            print_section(printer, group, mqc_text_field_bytes(f, packet));
            break;
        case MQC_FIELD_LIST:
            mqc_text_out_char(printer->out, ' ');
            mqc_text_out_list(printer->out, packet);
            break;
        case MQC_FIELD_FLAG:
        case MQC_FIELD_BITS:
        case MQC_FIELD_CODE:
        case MQC_FIELD_U16:
        case MQC_FIELD_ID:
        case MQC_FIELD_BYTES:
            if (!is_default(f, packet))
                print_field(printer, f);
            break;
        }
    }
}

/* --- overrides ---------------------------------------------------------------------------- */

static bool is_byte(enum mqc_text_override override)
{
    return override == MQC_OVERRIDE_FLAGS || override == MQC_OVERRIDE_CONNECT_FLAGS ||
           override == MQC_OVERRIDE_CONNACK_FLAGS;
}

static void print_changes(struct printer *printer, const struct mqc_text_change *changes)
{
    for (unsigned i = 0; i < MQC_OVERRIDE_COUNT; i++) {
        enum mqc_text_override override = (enum mqc_text_override)i;
        const struct mqc_text_override_info *info = mqc_text_override_info(override);

        if (!changes[i].set)
            continue;
        name(printer, "!");
        mqc_text_out_text(printer->out, info->name);
        if (info->argument == MQC_ARGUMENT_NONE)
            continue;
        mqc_text_out_char(printer->out, '=');
        if (is_byte(override))
            mqc_text_out_hex(printer->out, (uint8_t)changes[i].number);
        else
            mqc_text_out_number(printer->out, changes[i].number);
    }
}

void mqc_text_out_packet(struct mqc_text_out *out, const struct mqc_packet *packet, bool conceal)
{
    struct printer printer = {.out = out, .conceal = conceal};

    if (!mqc_text_draft_of(packet, &printer.draft)) {
        mqc_text_out_text(out, "RAW ");
        out_raw(&printer, (struct mqc_slice){packet->frame.bytes, packet->frame.size});
        return;
    }
    mqc_text_out_text(out, mqc_type_name(packet->frame.type));
    print_fields(&printer, packet->frame.type);
    print_changes(&printer, printer.draft.own);
    if (printer.draft.append.size > 0) {
        name(&printer, "!append=");
        out_raw(&printer, printer.draft.append);
    }
}

size_t mqc_text_print(const struct mqc_packet *packet, struct mqc_text_style style, char *out,
                      size_t size)
{
    struct mqc_text_out text = {.data = out, .capacity = size, .limit = style.limit};

    mqc_text_out_packet(&text, packet, style.conceal);
    mqc_text_out_end(&text);
    return text.size;
}
