#ifndef MQC_VERSION_H
#define MQC_VERSION_H

/*
 * Which MQTT a connection speaks. The value is the protocol level that CONNECT carries: 3 for
 * MQTT 3.1, whose protocol name is MQIsdp, 4 for 3.1.1 and 5 for 5.0.
 *
 * A version has two names: what people call it ("3.1", "3.1.1", "5.0"), and the space its rule
 * ids live in ("v31", "v311", "v5"), for the standards give one number to different rules.
 */
#include <stddef.h>

enum mqc_version { MQC_VERSION_UNKNOWN = 0, MQC_V31 = 3, MQC_V311 = 4, MQC_V5 = 5 };

/*@ predicate mqc_version_known(enum mqc_version version) = MQC_V31 <= version <= MQC_V5; */

/* "3.1", "3.1.1", "5.0", or "unknown". */
const char *mqc_version_name(enum mqc_version version);

/* "v31", "v311", "v5", or "v?": the first word of a rule id, as in "v5 MQTT-3.8.3-2". */
const char *mqc_version_space(enum mqc_version version);

/*
 * Reads a name or a space: the `size` bytes at `text` must be exactly one of the six words above.
 * MQC_VERSION_UNKNOWN where they are not.
 */
enum mqc_version mqc_version_parse(const char *text, size_t size);

#endif
