/*
 * Properties of MQTT 5.0. v5 section 2.2.2.
 *
 *     property length  varint, counts the bytes after itself
 *     0..n times       identifier (varint, one byte for all known ones), value by its type
 *
 * A section is walked, never stored: mqc_property_next() yields one property after the other from
 * the section's bytes, so there is no limit on their number. The decoder has checked a section
 * once, with faults (mqc_reader_properties()); a walk afterwards yields what could be read and
 * ends at the first property that cannot be.
 */
#ifndef MQC_PROPERTY_H
#define MQC_PROPERTY_H

#include "codec/slice.h"
#include "codec/type.h"

enum mqc_property_id {
#define MQC_PROPERTY(id, name, text, type, packets, least, most) MQC_##name = id,
#include "codec/properties.def"
#undef MQC_PROPERTY
};

enum mqc_property_type {
    MQC_TYPE_BYTE,
    MQC_TYPE_U16,
    MQC_TYPE_U32,
    MQC_TYPE_VARINT,
    MQC_TYPE_STRING, /* u16 byte count, UTF-8 */
    MQC_TYPE_BINARY, /* u16 byte count, any bytes */
    MQC_TYPE_PAIR,   /* two strings: name and value */
};

/* Where a property section stands. The Will Properties are a place of their own. */
enum mqc_place {
    MQC_PLACE_CONNECT,
    MQC_PLACE_WILL,
    MQC_PLACE_CONNACK,
    MQC_PLACE_PUBLISH,
    MQC_PLACE_PUBACK,
    MQC_PLACE_PUBREC,
    MQC_PLACE_PUBREL,
    MQC_PLACE_PUBCOMP,
    MQC_PLACE_SUBSCRIBE,
    MQC_PLACE_SUBACK,
    MQC_PLACE_UNSUBSCRIBE,
    MQC_PLACE_UNSUBACK,
    MQC_PLACE_DISCONNECT,
    MQC_PLACE_AUTH,
    MQC_PLACE_COUNT
};

/* The sets in properties.def: two bits a place, what a client and what a server may send. */
#define MQC_IN_C(place) (UINT32_C(1) << (2 * MQC_PLACE_##place))
#define MQC_IN_S(place) (UINT32_C(2) << (2 * MQC_PLACE_##place))
#define MQC_IN(place) (MQC_IN_C(place) | MQC_IN_S(place))
#define MQC_IN_CONNECT MQC_IN(CONNECT)
#define MQC_IN_WILL MQC_IN(WILL)
#define MQC_IN_CONNACK MQC_IN(CONNACK)
#define MQC_IN_PUBLISH MQC_IN(PUBLISH)
#define MQC_IN_PUBLISH_S MQC_IN_S(PUBLISH)
#define MQC_IN_PUBACK MQC_IN(PUBACK)
#define MQC_IN_PUBREC MQC_IN(PUBREC)
#define MQC_IN_PUBREL MQC_IN(PUBREL)
#define MQC_IN_PUBCOMP MQC_IN(PUBCOMP)
#define MQC_IN_SUBSCRIBE MQC_IN(SUBSCRIBE)
#define MQC_IN_SUBACK MQC_IN(SUBACK)
#define MQC_IN_UNSUBSCRIBE MQC_IN(UNSUBSCRIBE)
#define MQC_IN_UNSUBACK MQC_IN(UNSUBACK)
#define MQC_IN_DISCONNECT MQC_IN(DISCONNECT)
#define MQC_IN_DISCONNECT_C MQC_IN_C(DISCONNECT)
#define MQC_IN_DISCONNECT_S MQC_IN_S(DISCONNECT)
#define MQC_IN_AUTH MQC_IN(AUTH)
#define MQC_IN_ALL ((UINT32_C(1) << (2 * MQC_PLACE_COUNT)) - 1)

/* One row of properties.def. */
struct mqc_property_info {
    const char *name; /* in the notation: "receive-maximum" */
    enum mqc_property_type type;
    uint32_t places; /* set of MQC_IN_* bits */
    uint32_t least;  /* numbers only */
    uint32_t most;
};

/* NULL for an identifier that no property has. */
/*@ assigns \nothing;
    ensures \result == \null || \valid_read(\result);
    ensures id == MQC_AUTHENTICATION_DATA ==>
            \result != \null && \result->type == MQC_TYPE_BINARY; */
const struct mqc_property_info *mqc_property_info(uint32_t id);

/* Finds a property by its name in the notation; NULL when none, else its id goes to `*id`. */
const struct mqc_property_info *mqc_property_find(struct mqc_slice name, uint32_t *id);

/* One property as read. What its type does not use is 0 or empty. */
struct mqc_property {
    uint32_t id;
    uint32_t number;        /* BYTE, U16, U32, VARINT */
    struct mqc_slice name;  /* PAIR */
    struct mqc_slice value; /* STRING, BINARY, PAIR */
};

/* Walks a section: takes the next property off the front of `*section`; false at its end or where
 * the bytes no longer make a property (the section is then left as it stands). */
/*@ predicate mqc_property_in(struct mqc_property *p, struct mqc_slice section) =
        (p->name.size == 0 || mqc_part_of(p->name, section)) &&
        (p->value.size == 0 || mqc_part_of(p->value, section)) &&
        (p->id == MQC_AUTHENTICATION_DATA ==>
         mqc_upto(section.data + 3, p->value.data) && mqc_part_of(p->value, section)); */

/*@ requires \valid(section) && \valid(out) && mqc_readable(*section);
    requires \separated(section, out, section->data + (0 .. section->size - 1));
    assigns *section, *out;
    ensures mqc_rest_of(*section, \old(*section));
    ensures \result ==> section->size < \old(section->size);
    ensures \result ==> mqc_property_in(out, \old(*section)); */
bool mqc_property_next(struct mqc_slice *section, struct mqc_property *out);

/* Finds the nth (from 0) property with `id` in a section. */
/*@ requires mqc_readable(section) && \valid(out);
    requires \separated(out, section.data + (0 .. section.size - 1));
    assigns *out;
    ensures \result ==> out->id == id && mqc_property_in(out, section); */
bool mqc_property_get(struct mqc_slice section, uint32_t id, size_t nth, struct mqc_property *out);

/* The place of a packet type's own section; `type` must have properties. */
/*@ requires MQC_CONNECT <= type <= MQC_UNSUBACK || MQC_DISCONNECT <= type <= MQC_AUTH;
    assigns \nothing;
    ensures \result < MQC_PLACE_COUNT; */
enum mqc_place mqc_place_of(enum mqc_type type);

#endif
