/*
 * A packet made simpler, in several ways: without a property, without its payload, its Will, one of
 * its filters, a flag or a QoS; a malformed one with fewer bytes. None is larger than the packet
 * was, and going on with one that is offered comes to an end.
 */
#ifndef MQH_SIMPLIFY_H
#define MQH_SIMPLIFY_H

#include "codec/packet.h"
#include "harness/scenario/arena.h"

/* Fills `out` with at most `max` packets in the arena, the boldest first; returns how many. */
size_t mqh_simplify(struct mqh_arena *arena, struct mqc_slice bytes, enum mqc_version version,
                    struct mqc_slice *out, size_t max);

#endif
