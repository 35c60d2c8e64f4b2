/*
 * Packet types and the two sides of a connection. v5 section 2.1.2, v311 section 2.2.1.
 */
#ifndef MQC_TYPE_H
#define MQC_TYPE_H

#include <stdbool.h>

#include "codec/slice.h"

/* The high nibble of a packet's first byte. Types 0 and, before 5.0, 15 are reserved. */
enum mqc_type {
    MQC_RESERVED = 0,
    MQC_CONNECT = 1,
    MQC_CONNACK = 2,
    MQC_PUBLISH = 3,
    MQC_PUBACK = 4,
    MQC_PUBREC = 5,
    MQC_PUBREL = 6,
    MQC_PUBCOMP = 7,
    MQC_SUBSCRIBE = 8,
    MQC_SUBACK = 9,
    MQC_UNSUBSCRIBE = 10,
    MQC_UNSUBACK = 11,
    MQC_PINGREQ = 12,
    MQC_PINGRESP = 13,
    MQC_DISCONNECT = 14,
    MQC_AUTH = 15,
};

/* Who sent a packet; unknown turns the rules about direction off. */
enum mqc_side { MQC_SIDE_UNKNOWN = 0, MQC_CLIENT = 1, MQC_SERVER = 2 };

/* "CONNECT" … "AUTH", "RESERVED" for 0. `type` is below 16. */
const char *mqc_type_name(enum mqc_type type);

/* Finds the type with exactly this name (capitals, as the standard writes it); false when none. */
bool mqc_type_find(struct mqc_slice name, enum mqc_type *out);

#endif
