#include "harness/replay/pause.h"

uint64_t mqh_pause_between(uint64_t from_ns, uint64_t to_ns)
{
    return to_ns > from_ns ? (to_ns - from_ns) / 1000000 : 0;
}

/* The end stands behind the last event; 0: it is not known. */
static uint64_t *time_at(const struct mqh_recording *recording, uint64_t *end_ns, size_t index)
{
    return index < recording->event_count ? &recording->events[index].time_ns : end_ns;
}

size_t mqh_pause_count(const struct mqh_recording *recording)
{
    uint64_t end_ns = recording->end_ns;
    size_t count = 0;

    for (size_t i = 0; i < recording->event_count; i++)
        count += mqh_pause_between(*time_at(recording, &end_ns, i),
                                   *time_at(recording, &end_ns, i + 1)) >= MQH_PAUSE_MS;
    return count;
}

uint64_t mqh_pause_length(const struct mqh_recording *recording)
{
    uint64_t last_ns;

    if (recording->event_count == 0)
        return 0;
    last_ns = recording->events[recording->event_count - 1].time_ns;
    return mqh_pause_between(recording->events[0].time_ns,
                             recording->end_ns > last_ns ? recording->end_ns : last_ns);
}

void mqh_pause_shorten(struct mqh_recording *recording, size_t first, size_t count,
                       unsigned divisor)
{
    size_t pause = 0;
    uint64_t before_ns = recording->event_count > 0 ? recording->events[0].time_ns : 0;
    uint64_t cut_ns = 0;

    for (size_t i = 1; i <= recording->event_count; i++) {
        uint64_t *time_ns = time_at(recording, &recording->end_ns, i);
        uint64_t now_ns = *time_ns;

        if (mqh_pause_between(before_ns, now_ns) >= MQH_PAUSE_MS) {
            uint64_t length_ns = now_ns - before_ns;

            if (pause >= first && pause - first < count)
                cut_ns += length_ns - (divisor == 0 ? 0 : length_ns / divisor);
            pause++;
        }
        if (now_ns >= cut_ns)
            *time_ns = now_ns - cut_ns;
        before_ns = now_ns;
    }
}
