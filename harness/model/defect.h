/*
 * Defects: ways in which the reference broker can be made to break one rule, so that one sees
 * whether any scenario notices. They stand in defects.def; its header says how to add one.
 *
 *     MQH_DEFECT   a condition at the rule's place in the model: if (mqh_breaks(model, MQH_D_…))
 *     MQH_SENDS    a change to packets of one type on their way out: alter.c
 *     (blind)      made from codec/rules.def: the model does not see what breaks one rule of the
 *                  decoder, and goes on as if the packet were good
 *
 * A defect is named by the requirement that it breaks, and a way to break it:
 * "v5:MQTT-3.3.1-9", "v5:MQTT-3.3.1-9/2", "v311:MQTT-3.8.3-3/blind-subscribe-empty". The same
 * mistake may break requirements of several versions: it is then listed once for each, and each
 * listing is in force for clients of that version alone.
 */
#ifndef MQH_DEFECT_H
#define MQH_DEFECT_H

#include "codec/fault.h"
#include "codec/property.h"
#include "harness/model/variant.h"

enum mqh_defect {
#define MQH_DEFECT(name, ids, says) MQH_D_##name,
#define MQH_SENDS(name, ids, says, type, change, a, b) MQH_D_##name,
#define MQH_NOT_BLIND(rule, why)
#define MQH_SURVIVES(id, why)
#define MQH_SHOWS_WITH(id, variant)
#define MQH_NO_DEFECT(id, why)
#include "harness/model/defects.def"
#undef MQH_DEFECT
#undef MQH_SENDS
#undef MQH_NOT_BLIND
#undef MQH_SURVIVES
#undef MQH_SHOWS_WITH
#undef MQH_NO_DEFECT
    MQH_D_BLIND, /* the first of those made from the rules: + enum mqc_rule */
    MQH_DEFECT_COUNT = MQH_D_BLIND + MQC_RULE_COUNT
};

/* What MQH_SENDS does to a packet. `a` and `b` are its numbers. */
enum mqh_change_kind {
    MQH_CHANGE_NONE,
    MQH_CHANGE_FLAGS,      /* the flags of the fixed header: xor a */
    MQH_CHANGE_TYPE,       /* goes as type a */
    MQH_CHANGE_ID,         /* the Packet Identifier: + a */
    MQH_CHANGE_ID_ZERO,    /* it is 0 */
    MQH_CHANGE_REASON,     /* the Reason Code, and every code of a list: a */
    MQH_CHANGE_CODES,      /* a list of codes has a more (0) or, negative, fewer */
    MQH_CHANGE_REVERSED,   /* a list of codes is turned round */
    MQH_CHANGE_CONNACK,    /* the first byte of CONNACK: xor a */
    MQH_CHANGE_PROPERTY,   /* property a is added: the number b, or b times "x" */
    MQH_CHANGE_PROPERTIES, /* the same, twice */
    MQH_CHANGE_WITHOUT,    /* property a is left out */
    MQH_CHANGE_NUMBER,     /* the number of property a: + b */
    MQH_CHANGE_TOPIC,      /* a more characters in the topic of PUBLISH: b, or "x" for 0 */
    MQH_CHANGE_PAYLOAD,    /* a more bytes in the payload of PUBLISH, or, negative, fewer */
    MQH_CHANGE_SURPLUS,    /* a bytes more at the end of the body */
    MQH_CHANGE_CUT,        /* a bytes fewer */
    MQH_CHANGE_LENGTH,     /* Remaining Length takes a bytes more than it needs */
    MQH_CHANGE_NEVER,      /* it is not sent */
    MQH_CHANGE_TWICE,      /* it is sent twice */
    MQH_CHANGE_LATE,       /* it is sent a ms late */
    MQH_CHANGE_CLOSES,     /* the connection is closed after it */
};

struct mqh_change {
    enum mqc_type type;
    enum mqh_change_kind kind; /* NONE: the defect is not of this sort */
    int a;
    int b;
};

struct mqh_change mqh_defect_change(enum mqh_defect defect);

enum { MQH_DEFECT_NAME_SIZE = 112, MQH_DEFECT_ID_SIZE = 32 };

/* A defect as it is listed: one requirement that it breaks. */
struct mqh_defect_entry {
    char name[MQH_DEFECT_NAME_SIZE]; /* "v5:MQTT-3.3.1-9/2" */
    char id[MQH_DEFECT_ID_SIZE];     /* "MQTT-3.3.1-9" */
    enum mqc_version version;
    enum mqh_defect defect;
    const char *says;     /* what it does wrong */
    const char *survives; /* why no scenario can notice; NULL: one has to */
    /* The broker that must have it, for it to show; MQH_VARIANT_COUNT: any. */
    enum mqh_variant variant;
};

/* All of them, for the caller to free. */
struct mqh_defect_entry *mqh_defect_list(size_t *count);

/*
 * True if `entry` is meant by `name`: its whole name, or its requirement, with or without the
 * version ("v5:MQTT-3.3.1-9" means every way to break it).
 */
bool mqh_defect_is(const struct mqh_defect_entry *entry, const char *name);

/* Why no defect can break this requirement, "v5:MQTT-4.2.0-1"; NULL: none is listed. */
const char *mqh_defect_none(const char *rule);

#endif
