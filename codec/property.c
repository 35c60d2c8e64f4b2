#include "codec/property.h"

#include <assert.h>

#include "codec/varint.h"

static const struct mqc_property_info infos[] = {
#define MQC_PROPERTY(id, name, text, type, packets, least, most)                                   \
    [id] = {text, MQC_TYPE_##type, packets, least, most},
#include "codec/properties.def"
#undef MQC_PROPERTY
};

enum { INFO_COUNT = sizeof infos / sizeof infos[0] };

const struct mqc_property_info *mqc_property_info(uint32_t id)
{
    return id < INFO_COUNT && infos[id].name != NULL ? &infos[id] : NULL;
}

const struct mqc_property_info *mqc_property_find(struct mqc_slice name, uint32_t *id)
{
    for (uint32_t i = 0; i < INFO_COUNT; i++) {
        if (infos[i].name != NULL && mqc_slice_equal(name, mqc_slice_text(infos[i].name))) {
            *id = i;
            return &infos[i];
        }
    }
    return NULL;
}

/* Takes an integer of `size` bytes off the front of `*bytes`. */
/*@ requires \valid(bytes) && mqc_readable(*bytes) && \valid(out) && size <= 4;
    requires \separated(bytes, out, bytes->data + (0 .. bytes->size - 1));
    assigns *bytes, *out;
    ensures mqc_rest_of(*bytes, \old(*bytes));
    ensures \result ==> bytes->data == \old(bytes->data) + size; */
static bool next_integer(struct mqc_slice *bytes, size_t size, uint32_t *out)
{
    if (bytes->size < size)
        return false;
    *out = 0;
    /*@ loop invariant i <= size;
        loop assigns i, *out;
        loop variant size - i; */
    for (size_t i = 0; i < size; i++)
        *out = *out << 8 | bytes->data[i];
    bytes->data += size;
    bytes->size -= size;
    return true;
}

/*@ requires \valid(bytes) && mqc_readable(*bytes) && \valid(out);
    requires \separated(bytes, out, bytes->data + (0 .. bytes->size - 1));
    assigns *bytes, *out;
    ensures mqc_rest_of(*bytes, \old(*bytes));
    ensures \result ==> bytes->size < \old(bytes->size); */
static bool next_varint(struct mqc_slice *bytes, uint32_t *out)
{
    struct mqc_varint varint = mqc_varint_read(*bytes);

    if (varint.state != MQC_VARINT_OK)
        return false;
    *out = varint.value;
    bytes->data += varint.size;
    bytes->size -= varint.size;
    return true;
}

/* Takes a u16 byte count and that many bytes off the front of `*bytes`. */
/*@ requires \valid(bytes) && mqc_readable(*bytes) && \valid(out);
    requires \separated(bytes, out, bytes->data + (0 .. bytes->size - 1));
    assigns *bytes, *out;
    ensures mqc_rest_of(*bytes, \old(*bytes));
    ensures \result ==> out->data == \old(bytes->data) + 2 &&
            bytes->data == out->data + out->size; */
static bool next_counted(struct mqc_slice *bytes, struct mqc_slice *out)
{
    uint32_t size;

    if (!next_integer(bytes, 2, &size) || bytes->size < size)
        return false;
    *out = (struct mqc_slice){bytes->data, size};
    bytes->data += size;
    bytes->size -= size;
    return true;
}

/*@ requires \valid(rest) && mqc_readable(*rest) && \valid(out);
    requires \separated(rest, out, rest->data + (0 .. rest->size - 1));
    requires out->name.size == 0 && out->value.size == 0;
    assigns *rest, out->number, out->name, out->value;
    ensures mqc_rest_of(*rest, \old(*rest));
    ensures \result ==> (out->name.size == 0 || mqc_part_of(out->name, \old(*rest))) &&
            (out->value.size == 0 || mqc_part_of(out->value, \old(*rest)));
    ensures \result && type == MQC_TYPE_BINARY ==> out->value.data == \old(rest->data) + 2 &&
            out->value.data + out->value.size == rest->data; */
static bool next_value(struct mqc_slice *rest, enum mqc_property_type type,
                       struct mqc_property *out)
{
    switch (type) {
    case MQC_TYPE_BYTE:
        return next_integer(rest, 1, &out->number);
    case MQC_TYPE_U16:
        return next_integer(rest, 2, &out->number);
    case MQC_TYPE_U32:
        return next_integer(rest, 4, &out->number);
    case MQC_TYPE_VARINT:
        return next_varint(rest, &out->number);
    case MQC_TYPE_STRING:
    case MQC_TYPE_BINARY:
        return next_counted(rest, &out->value);
    case MQC_TYPE_PAIR:
        return next_counted(rest, &out->name) && next_counted(rest, &out->value);
    }
    return false;
}

bool mqc_property_next(struct mqc_slice *section, struct mqc_property *out)
{
    struct mqc_slice rest = *section;
    const struct mqc_property_info *info;

    *out = (struct mqc_property){.id = 0};
    if (!next_varint(&rest, &out->id))
        return false;
    info = mqc_property_info(out->id);
    if (info == NULL || !next_value(&rest, info->type, out))
        return false;
    *section = rest;
    return true;
}

bool mqc_property_get(struct mqc_slice section, uint32_t id, size_t nth, struct mqc_property *out)
{
    /*@ loop invariant mqc_rest_of(section, \at(section, Pre));
        loop assigns section, nth, *out;
        loop variant section.size; */
    while (mqc_property_next(&section, out))
        if (out->id == id && nth-- == 0)
            return true;
    return false;
}

enum mqc_place mqc_place_of(enum mqc_type type)
{
    static const enum mqc_place places[] = {
        [MQC_RESERVED] = MQC_PLACE_COUNT,          [MQC_CONNECT] = MQC_PLACE_CONNECT,
        [MQC_CONNACK] = MQC_PLACE_CONNACK,         [MQC_PUBLISH] = MQC_PLACE_PUBLISH,
        [MQC_PUBACK] = MQC_PLACE_PUBACK,           [MQC_PUBREC] = MQC_PLACE_PUBREC,
        [MQC_PUBREL] = MQC_PLACE_PUBREL,           [MQC_PUBCOMP] = MQC_PLACE_PUBCOMP,
        [MQC_SUBSCRIBE] = MQC_PLACE_SUBSCRIBE,     [MQC_SUBACK] = MQC_PLACE_SUBACK,
        [MQC_UNSUBSCRIBE] = MQC_PLACE_UNSUBSCRIBE, [MQC_UNSUBACK] = MQC_PLACE_UNSUBACK,
        [MQC_PINGREQ] = MQC_PLACE_COUNT,           [MQC_PINGRESP] = MQC_PLACE_COUNT,
        [MQC_DISCONNECT] = MQC_PLACE_DISCONNECT,   [MQC_AUTH] = MQC_PLACE_AUTH,
    };

    assert(type <= MQC_AUTH && places[type] != MQC_PLACE_COUNT); /* the type has properties */
    return places[type];
}
