/*
 * One event of a transcript as an object; conformance/schema/test-report.schema.json describes it.
 */
#ifndef MQH_JSON_EVENT_H
#define MQH_JSON_EVENT_H

#include <jansson.h>

#include "harness/scenario/result.h"

/* The caller's reference. `with_bytes`: also the bytes of a packet, and where it is faulty, unless
 * they hold what the text conceals. */
json_t *mqh_json_event(const struct mqh_event *event, bool with_bytes);

#endif
