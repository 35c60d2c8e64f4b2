/*
 * Secrets in the bytes of packets: passwords and authentication data are overwritten with asterisks
 * before a capture leaves the program, so that every length stays as it was.
 */
#ifndef MQH_CONCEAL_H
#define MQH_CONCEAL_H

#include "codec/packet.h"

/* `copy` is a copy of `bytes`, packets of this version, of which the last one may be cut. Where a
 * CONNECT with a password, or an AUTH, cannot be read to its end, all that may hold it goes. */
void mqh_conceal(uint8_t *copy, struct mqc_slice bytes, enum mqc_version version);

#endif
