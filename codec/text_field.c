#include "codec/text_field.h"

enum {
    ALL = 1 << MQC_V31 | 1 << MQC_V311 | 1 << MQC_V5,
    V311_ON = 1 << MQC_V311 | 1 << MQC_V5,
    V5 = 1 << MQC_V5,
};

/* Which struct a group's members are of. */
#define BASE_CONNECT struct mqc_packet
#define BASE_CONNACK struct mqc_packet
#define BASE_PUBLISH struct mqc_packet
#define BASE_PUBACK struct mqc_packet
#define BASE_PUBREC struct mqc_packet
#define BASE_PUBREL struct mqc_packet
#define BASE_PUBCOMP struct mqc_packet
#define BASE_SUBSCRIBE struct mqc_packet
#define BASE_SUBACK struct mqc_packet
#define BASE_UNSUBSCRIBE struct mqc_packet
#define BASE_UNSUBACK struct mqc_packet
#define BASE_DISCONNECT struct mqc_packet
#define BASE_AUTH struct mqc_packet
#define BASE_WILL struct mqc_packet
#define BASE_FILTER struct mqc_filter

enum {
    MQC_WILL = MQC_GROUP_WILL,
    MQC_FILTER = MQC_GROUP_FILTER,
};

_Static_assert(sizeof(bool) == 1, "a presence is one byte");

static const struct mqc_text_field fields[] = {
#define MQC_FIELD(field_group, text, in, field_kind, member, bits, presence, presence_bits)        \
    {.name = (text),                                                                               \
     .group = MQC_##field_group,                                                                   \
     .versions = (in),                                                                             \
     .kind = MQC_FIELD_##field_kind,                                                               \
     .mask = (bits),                                                                               \
     .offset = offsetof(BASE_##field_group, member),                                               \
     .presence_offset = offsetof(BASE_##field_group, presence),                                    \
     .presence_mask = (presence_bits)},
#include "codec/fields.def"
#undef MQC_FIELD
};

enum { FIELD_COUNT = sizeof fields / sizeof fields[0] };

const struct mqc_text_field *mqc_text_field_next(unsigned group, const struct mqc_text_field *field)
{
    for (field = field == NULL ? fields : field + 1; field < fields + FIELD_COUNT; field++)
        if (field->group == group)
            return field;
    return NULL;
}

const struct mqc_text_field *mqc_text_field_find(unsigned group, struct mqc_slice name)
{
    const struct mqc_text_field *f = NULL;

    while ((f = mqc_text_field_next(group, f)) != NULL)
        if (f->kind != MQC_FIELD_PROPERTIES && f->kind != MQC_FIELD_LIST &&
            mqc_slice_equal(name, mqc_slice_text(f->name)))
            return f;
    return NULL;
}

const struct mqc_text_field *mqc_text_field_of(unsigned group, enum mqc_field_kind kind)
{
    const struct mqc_text_field *f = NULL;

    while ((f = mqc_text_field_next(group, f)) != NULL)
        if (f->kind == kind)
            return f;
    return NULL;
}

/* --- access ------------------------------------------------------------------------------- */

static const void *member(const struct mqc_text_field *field, const void *base)
{
    return (const uint8_t *)base + field->offset;
}

static void *member_of(const struct mqc_text_field *field, void *base)
{
    return (uint8_t *)base + field->offset;
}

static bool is_wide(const struct mqc_text_field *field)
{
    return field->kind == MQC_FIELD_U16 || field->kind == MQC_FIELD_ID;
}

/* What one step of the masked bits is worth: 8 for 0x18. */
static unsigned unit(const struct mqc_text_field *field)
{
    return field->mask & (~(unsigned)field->mask + 1);
}

bool mqc_text_field_is_there(const struct mqc_text_field *field, const void *base)
{
    const uint8_t *presence = (const uint8_t *)base + field->presence_offset;

    return field->presence_mask == 0 || (*presence & field->presence_mask) != 0;
}

void mqc_text_field_set_there(const struct mqc_text_field *field, void *base)
{
    uint8_t *presence = (uint8_t *)base + field->presence_offset;

    if (field->presence_mask != 0)
        *presence |= field->presence_mask;
}

uint32_t mqc_text_field_number(const struct mqc_text_field *field, const void *base)
{
    const void *at = member(field, base);

    if (is_wide(field))
        return *(const uint16_t *)at;
    return (*(const uint8_t *)at & field->mask) / unit(field);
}

void mqc_text_field_set_number(const struct mqc_text_field *field, void *base, uint32_t number)
{
    void *at = member_of(field, base);
    uint8_t *byte = at;

    if (is_wide(field))
        *(uint16_t *)at = (uint16_t)number;
    else
        *byte = (uint8_t)((*byte & ~field->mask) | (number * unit(field) & field->mask));
}

struct mqc_slice mqc_text_field_bytes(const struct mqc_text_field *field, const void *base)
{
    const struct mqc_slice *slice = member(field, base);

    return *slice;
}

void mqc_text_field_set_bytes(const struct mqc_text_field *field, void *base,
                              struct mqc_slice bytes)
{
    struct mqc_slice *slice = member_of(field, base);

    *slice = bytes;
}

uint32_t mqc_text_field_most(const struct mqc_text_field *field)
{
    return is_wide(field) ? UINT16_MAX : field->mask / unit(field);
}

/* --- properties --------------------------------------------------------------------------- */

uint32_t mqc_text_property_most(enum mqc_property_type type)
{
    switch (type) {
    case MQC_TYPE_BYTE:
        return UINT8_MAX;
    case MQC_TYPE_U16:
        return UINT16_MAX;
    case MQC_TYPE_VARINT:
        return MQC_REMAINING_LENGTH_MAX;
    default:
        return UINT32_MAX;
    }
}

bool mqc_text_has_property(unsigned group, const struct mqc_property_info *info)
{
    enum mqc_place place = MQC_PLACE_WILL;

    if (mqc_text_field_of(group, MQC_FIELD_PROPERTIES) == NULL)
        return false;
    if (group != MQC_GROUP_WILL)
        place = mqc_place_of((enum mqc_type)group);
    return (info->places >> (2 * place) & 3) != 0;
}

bool mqc_text_repeats(unsigned group, uint32_t property)
{
    return property == MQC_USER_PROPERTY ||
           (property == MQC_SUBSCRIPTION_IDENTIFIER && group == MQC_PUBLISH);
}

/* --- names -------------------------------------------------------------------------------- */

static void add_name(struct mqc_text_out *out, const char *name, size_t *count)
{
    if ((*count)++ > 0)
        mqc_text_out_text(out, ", ");
    mqc_text_out_text(out, name);
}

void mqc_text_out_fields(struct mqc_text_out *out, unsigned group, enum mqc_version version)
{
    const struct mqc_text_field *f = NULL;
    size_t count = 0;

    while ((f = mqc_text_field_next(group, f)) != NULL) {
        if (!mqc_text_field_in(f, version))
            continue;
        if (f->kind != MQC_FIELD_PROPERTIES) {
            add_name(out, f->name, &count);
            continue;
        }
        for (uint32_t id = 0; id <= UINT8_MAX; id++) {
            const struct mqc_property_info *info = mqc_property_info(id);

            if (info != NULL && mqc_text_has_property(group, info))
                add_name(out, info->name, &count);
        }
    }
    if (count == 0)
        mqc_text_out_text(out, "no fields");
}

const char *mqc_text_group_name(unsigned group)
{
    if (group == MQC_GROUP_WILL)
        return "will";
    return group == MQC_GROUP_FILTER ? "a filter" : mqc_type_name((enum mqc_type)group);
}

/* --- overrides ---------------------------------------------------------------------------- */

enum {
    WHERE_PACKET = 1,
    WHERE_SECTION = 2,
    WHERE_CONNECT = 4,
    WHERE_CONNACK = 8,
    WHERE_FILTER = 16,
    WHERE_ID = 32,
};

static const struct mqc_text_override_info overrides[] = {
#define MQC_OVERRIDE(name, text, argument, least, most, where)                                     \
    {text, MQC_ARGUMENT_##argument, WHERE_##where, least, most},
#include "codec/overrides.def"
#undef MQC_OVERRIDE
};

const struct mqc_text_override_info *mqc_text_override_info(enum mqc_text_override override)
{
    return &overrides[override];
}

bool mqc_text_override_find(struct mqc_slice name, enum mqc_text_override *out)
{
    for (unsigned i = 0; i < MQC_OVERRIDE_COUNT; i++) {
        if (mqc_slice_equal(name, mqc_slice_text(overrides[i].name))) {
            *out = (enum mqc_text_override)i;
            return true;
        }
    }
    return false;
}

bool mqc_text_override_fits(enum mqc_text_override override, unsigned group,
                            enum mqc_version version)
{
    unsigned has = 0;

    if (group <= MQC_GROUP_AUTH)
        has |= WHERE_PACKET;
    if (version >= MQC_V5 && mqc_text_field_of(group, MQC_FIELD_PROPERTIES) != NULL)
        has |= WHERE_SECTION;
    if (mqc_text_field_of(group, MQC_FIELD_ID) != NULL)
        has |= WHERE_ID;
    if (group == MQC_CONNECT)
        has |= WHERE_CONNECT;
    if (group == MQC_CONNACK)
        has |= WHERE_CONNACK;
    if (group == MQC_GROUP_FILTER)
        has |= WHERE_FILTER;
    return (overrides[override].where & has) != 0;
}
