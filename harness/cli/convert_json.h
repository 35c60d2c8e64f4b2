/*
 * A recording as JSON: one object a line for each packet, in order. For other programs, and to set
 * our reading of a capture beside somebody else's; conformance/schema/convert.schema.json describes
 * it.
 */
#ifndef MQH_CONVERT_JSON_H
#define MQH_CONVERT_JSON_H

#include "harness/replay/recording.h"

void mqh_recording_write_json(FILE *out, const struct mqh_recording *recording);

#endif
