/*
 * What the player knows of packets: which one of now is which one of then, whether both mean the
 * same, and how what a client sent has to change.
 */
#ifndef MQH_PLAYER_REWRITE_H
#define MQH_PLAYER_REWRITE_H

#include "harness/replay/player.h"

/* A delivery of the broker: the identifier it had then, and that it has now. */
struct mqh_delivery {
    uint16_t then;
    uint16_t now;
    struct mqh_delivery *older;
};

/* The last one that had the identifier; NULL: none. */
const struct mqh_delivery *mqh_player_delivery_of(const struct mqh_delivery *deliveries,
                                                  uint16_t then);

/* Both are of the broker, on one connection: deliveries of one message, or answers to one packet.
 */
bool mqh_player_is_counterpart(const struct mqc_packet *then, const struct mqc_packet *now,
                               const struct mqh_delivery *deliveries);

/* Two counterparts say the same; what brokers may choose (limits, names, times) is left out. */
bool mqh_player_means_the_same(const struct mqc_packet *then, const struct mqc_packet *now);

/* A packet of this side as far as it can be read. False if it is not whole. */
bool mqh_player_decode(struct mqc_slice bytes, enum mqc_version version, enum mqc_side from,
                       struct mqc_packet *out);

/* Two counterparts: if they are deliveries, their identifiers are kept. */
void mqh_player_bind(struct mqh_arena *arena, struct mqh_delivery **deliveries,
                     const struct mqc_packet *then, const struct mqc_packet *now);

/* What a client has to send now, in the arena. */
struct mqc_slice mqh_player_rewrite(struct mqh_arena *arena, struct mqc_slice bytes,
                                    enum mqc_version version,
                                    const struct mqh_player_options *options,
                                    const struct mqh_delivery *deliveries);

/* A CONNECT for a connection that has none, in the arena: clean, and with a name of its own. */
struct mqc_slice mqh_player_introduction(struct mqh_arena *arena, enum mqc_version version,
                                         unsigned connection);

#endif
