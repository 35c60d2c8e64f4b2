/*
 * Reason Codes of 5.0 and return codes before it: which packet may carry which, who may send it,
 * and what it is called. v5 section 2.4, Table 2-6; v311 sections 3.2.2.3 and 3.9.3. The 5.0 table
 * is reasons.def.
 */
#ifndef MQC_REASON_H
#define MQC_REASON_H

#include "codec/slice.h"
#include "codec/type.h"
#include "codec/version.h"

/* True if `from` (unknown: either side) may put `code` on a packet of `type`. */
/*@ requires type < 16;
    assigns \nothing; */
bool mqc_reason_allowed(enum mqc_version version, enum mqc_type type, enum mqc_side from,
                        uint8_t code);

/* "not-authorized": the name in the notation, of `code` on `type`; NULL if it has none there. One
 * code may have several names: 0x00 is normal-disconnection, granted-qos-0 or success. */
/*@ requires type < 16;
    assigns \nothing; */
const char *mqc_reason_name(enum mqc_version version, enum mqc_type type, uint8_t code);

/* The code that a name stands for on a packet of `type`, in the version. A 5.0 name of a refused
 * connection stands before 5.0 for the return code of the same meaning, if there is one. */
bool mqc_reason_find(enum mqc_version version, enum mqc_type type, struct mqc_slice name,
                     uint8_t *code);

#endif
