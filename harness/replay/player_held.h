/*
 * Deliveries that were waited for in vain, each with what hangs on it: the client's
 * acknowledgements, and the broker's PUBREL between them. All of it is held until the delivery
 * comes: a client must not acknowledge what it was not sent (v311 MQTT-2.3.1-6, v5 MQTT-2.2.1-5).
 */
#ifndef MQH_PLAYER_HELD_H
#define MQH_PLAYER_HELD_H

#include "harness/replay/recording.h"

struct mqh_held {
    const struct mqh_recording_event *
        *events; /* the delivery first, in the order of the recording */
    size_t event_count;
    size_t event_capacity;
    size_t at;          /* of these, what is played next */
    uint16_t packet_id; /* then; 0: nothing hangs on it */
    bool over;          /* the identifier was used for another delivery since then */
    struct mqh_held *next;
};

/* A delivery, `then`, has not come. All in the arena. */
void mqh_held_add(struct mqh_arena *arena, struct mqh_held **list,
                  const struct mqh_recording_event *event, const struct mqc_packet *then);

/* Whether the packet hangs on a delivery that is held; it is then held with it. */
bool mqh_held_join(struct mqh_arena *arena, struct mqh_held *list,
                   const struct mqh_recording_event *event, const struct mqc_packet *then);

/* A delivery, `then`, has come: what follows with its identifier is about this one. */
void mqh_held_supersede(struct mqh_held *list, const struct mqc_packet *then);

#endif
