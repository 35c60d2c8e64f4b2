#include "harness/replay/player_held.h"

static void keep(struct mqh_arena *arena, struct mqh_held *held,
                 const struct mqh_recording_event *event)
{
    held->events = mqh_arena_grow(arena, held->events, held->event_count, &held->event_capacity,
                                  sizeof *held->events);
    held->events[held->event_count++] = event;
}

void mqh_held_supersede(struct mqh_held *list, const struct mqc_packet *then)
{
    if (then->frame.type != MQC_PUBLISH || then->publish.packet_id == 0)
        return;
    for (struct mqh_held *held = list; held != NULL; held = held->next)
        held->over = held->over || held->packet_id == then->publish.packet_id;
}

void mqh_held_add(struct mqh_arena *arena, struct mqh_held **list,
                  const struct mqh_recording_event *event, const struct mqc_packet *then)
{
    struct mqh_held **last = list;
    struct mqh_held *held = mqh_arena_alloc(arena, sizeof *held);

    mqh_held_supersede(*list, then);
    held->packet_id = then->publish.packet_id;
    keep(arena, held, event);
    while (*last != NULL)
        last = &(*last)->next;
    *last = held;
}

static bool hangs_on_a_delivery(const struct mqc_packet *packet, enum mqc_side side)
{
    switch (packet->frame.type) {
    case MQC_PUBACK:
    case MQC_PUBREC:
    case MQC_PUBCOMP:
        return side == MQC_CLIENT;
    case MQC_PUBREL:
        return side == MQC_SERVER;
    default:
        return false;
    }
}

bool mqh_held_join(struct mqh_arena *arena, struct mqh_held *list,
                   const struct mqh_recording_event *event, const struct mqc_packet *then)
{
    if (!hangs_on_a_delivery(then, event->side))
        return false;
    for (struct mqh_held *held = list; held != NULL; held = held->next)
        if (!held->over && held->packet_id != 0 && held->packet_id == then->ack.packet_id &&
            held->at < held->event_count) {
            keep(arena, held, event);
            return true;
        }
    return false;
}
