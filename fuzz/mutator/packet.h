/*
 * Changes inside one packet, made on its fields as the decoder read them and by the codec's own
 * tables, so that what is new in those is fuzzed without a line here.
 */
#ifndef MQF_PACKET_H
#define MQF_PACKET_H

#include "fuzz/mutator/items.h"
#include "fuzz/mutator/random.h"

/* Changes a field, a property or an entry of a list, and points the item to the new bytes, which
 * last until the next call. False if there was nothing to change. */
bool mqf_packet_change(struct mqf_random *random, struct mqf_item *item);

/* Points the item to a small packet of any type, well formed for the most part; it lasts as long.
 */
void mqf_packet_make(struct mqf_random *random, struct mqf_item *item);

#endif
