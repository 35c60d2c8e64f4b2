/*
 * The notation's tables: which fields and overrides a packet has, and where a field lies in
 * struct mqc_packet. The rows stand in fields.def and overrides.def.
 */
#ifndef MQC_TEXT_FIELD_H
#define MQC_TEXT_FIELD_H

#include "codec/packet.h"
#include "codec/text_out.h"

/* What a field belongs to: a packet, by its type, or one of two places inside one. */
enum mqc_text_group {
    MQC_GROUP_CONNECT = MQC_CONNECT,
    MQC_GROUP_SUBSCRIBE = MQC_SUBSCRIBE,
    MQC_GROUP_AUTH = MQC_AUTH,
    MQC_GROUP_WILL,
    MQC_GROUP_FILTER,
};

enum mqc_field_kind {
    MQC_FIELD_FLAG,
    MQC_FIELD_BITS,
    MQC_FIELD_CODE,
    MQC_FIELD_U16,
    MQC_FIELD_ID,
    MQC_FIELD_BYTES,
    MQC_FIELD_SESSION,
    MQC_FIELD_BLOCK,
    MQC_FIELD_PROPERTIES,
    MQC_FIELD_LIST,
};

struct mqc_text_field {
    const char *name;
    uint8_t group;    /* enum mqc_text_group */
    uint8_t versions; /* a set of 1 << enum mqc_version */
    uint8_t kind;     /* enum mqc_field_kind */
    uint8_t mask;
    uint16_t offset;
    uint16_t presence_offset;
    uint8_t presence_mask;
};

/* The rows of a group in their order: pass NULL first, then what came; NULL at the end. Versions
 * are not looked at. */
const struct mqc_text_field *mqc_text_field_next(unsigned group,
                                                 const struct mqc_text_field *field);

static inline bool mqc_text_field_in(const struct mqc_text_field *field, enum mqc_version version)
{
    return (field->versions >> version & 1) != 0;
}

/* The field of a group that has this name, in whatever version; NULL if none. */
const struct mqc_text_field *mqc_text_field_find(unsigned group, struct mqc_slice name);

/* The group's first field of a kind; NULL if none. */
const struct mqc_text_field *mqc_text_field_of(unsigned group, enum mqc_field_kind kind);

/* Access to a field of `base`: a struct mqc_packet, or a struct mqc_filter for FILTER. */
bool mqc_text_field_is_there(const struct mqc_text_field *field, const void *base);
uint32_t mqc_text_field_number(const struct mqc_text_field *field, const void *base);
struct mqc_slice mqc_text_field_bytes(const struct mqc_text_field *field, const void *base);
void mqc_text_field_set_number(const struct mqc_text_field *field, void *base, uint32_t number);
void mqc_text_field_set_bytes(const struct mqc_text_field *field, void *base,
                              struct mqc_slice bytes);

/* Notes that the field is there. */
void mqc_text_field_set_there(const struct mqc_text_field *field, void *base);

/* The largest number that a field can hold. */
uint32_t mqc_text_field_most(const struct mqc_text_field *field);

/* The largest number that a property of a type can hold. */
uint32_t mqc_text_property_most(enum mqc_property_type type);

/* Whether a group may have a property, sent by either side, and whether more than once. */
bool mqc_text_has_property(unsigned group, const struct mqc_property_info *info);
bool mqc_text_repeats(unsigned group, uint32_t property);

/* Writes "id, reason-string, user-property, [codes]": what a group has in a version. */
void mqc_text_out_fields(struct mqc_text_out *out, unsigned group, enum mqc_version version);

/* "SUBACK", "will" or "a filter". */
const char *mqc_text_group_name(unsigned group);

enum mqc_text_override {
#define MQC_OVERRIDE(name, text, argument, least, most, where) MQC_OVERRIDE_##name,
#include "codec/overrides.def"
#undef MQC_OVERRIDE
    MQC_OVERRIDE_COUNT
};

enum mqc_text_argument {
    MQC_ARGUMENT_NONE,
    MQC_ARGUMENT_NUMBER,
    MQC_ARGUMENT_SIGNED,
    MQC_ARGUMENT_BYTES,
    MQC_ARGUMENT_POKE,
    MQC_ARGUMENT_PROPERTY,
};

struct mqc_text_override_info {
    const char *name;
    uint8_t argument; /* enum mqc_text_argument */
    uint8_t where;
    uint32_t least;
    uint32_t most;
};

const struct mqc_text_override_info *mqc_text_override_info(enum mqc_text_override override);

/* Finds an override by its name without `!`; false if there is none. */
bool mqc_text_override_find(struct mqc_slice name, enum mqc_text_override *out);

/* Whether it can stand in a group. */
bool mqc_text_override_fits(enum mqc_text_override override, unsigned group,
                            enum mqc_version version);

#endif
