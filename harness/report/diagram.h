/*
 * A case as a sequence diagram in plain text: time runs down, a lifeline for each client and one
 * for the broker, an arrow for each packet, and behind it the packet.
 *
 *        s   pub    sub    broker
 *    0.000   |------+----->|  CONNECT clean-start client-id="a"
 *    0.002   |<-----+------|  CONNACK reason=0
 *    0.003   |      :      |  -- a lifeline of dots: not connected
 */
#ifndef MQH_DIAGRAM_H
#define MQH_DIAGRAM_H

#include <stdio.h>

#include "harness/scenario/result.h"

/* Lines begin with `indent` and have `columns` characters at most; 0: as many as they need. */
void mqh_diagram_write(FILE *out, const struct mqh_result *result, const char *indent,
                       unsigned columns);

#endif
