#include "harness/replay/minimise.h"

#include "harness/replay/names.h"
#include "harness/replay/order.h"
#include "harness/replay/pause.h"
#include "harness/replay/simplify.h"

struct minimiser {
    struct mqh_arena *arena;
    mqh_minimise_try *try;
    bool (*go_on)(void *context);
    void *context;
    struct mqh_recording best;
    unsigned tries;
};

/* ---- candidates ---- */

static bool is_deed(const struct mqh_recording_event *event)
{
    return event->side == MQC_CLIENT && event->kind != MQH_RECORDING_OPEN;
}

void mqh_recording_count(const struct mqh_recording *recording, unsigned *packets, size_t *bytes)
{
    *packets = 0;
    *bytes = 0;
    for (size_t i = 0; i < recording->event_count; i++) {
        const struct mqh_recording_event *event = &recording->events[i];

        if (event->side != MQC_CLIENT || event->kind != MQH_RECORDING_BYTES)
            continue;
        ++*packets;
        *bytes += event->bytes.size;
    }
}

/* The recording without the events that `keep` says no to; connections of which nothing is left are
 * gone, the others are numbered anew. */
static struct mqh_recording without(struct minimiser *m, const bool *keep)
{
    struct mqh_recording out = {.arena = m->arena, .end_ns = m->best.end_ns};
    unsigned *numbers = mqh_arena_alloc(m->arena, (m->best.connection_count + 1) * sizeof *numbers);

    for (unsigned c = 0; c < m->best.connection_count; c++) {
        bool used = false;

        for (size_t i = 0; i < m->best.event_count; i++)
            used = used || (keep[i] && m->best.events[i].connection == c);
        if (!used)
            continue;
        numbers[c] = mqh_recording_open(&out, m->best.connections[c].version, 0);
        out.connections[numbers[c]] = m->best.connections[c];
    }
    out.event_count = 0;
    for (size_t i = 0; i < m->best.event_count; i++) {
        struct mqh_recording_event event = m->best.events[i];

        if (!keep[i])
            continue;
        event.connection = numbers[event.connection];
        mqh_recording_add(&out, event);
    }
    return out;
}

/* The next deed, or NULL. */
static const struct mqh_recording_event *next_deed(const struct mqh_recording *recording,
                                                   size_t *at)
{
    while (*at < recording->event_count) {
        const struct mqh_recording_event *event = &recording->events[(*at)++];

        if (is_deed(event))
            return event;
    }
    return NULL;
}

static bool does_the_same(const struct mqh_recording *one, const struct mqh_recording *other)
{
    size_t i = 0;
    size_t n = 0;

    for (;;) {
        const struct mqh_recording_event *a = next_deed(one, &i);
        const struct mqh_recording_event *b = next_deed(other, &n);

        if (a == NULL || b == NULL)
            return a == b;
        if (a->kind != b->kind || a->connection != b->connection ||
            a->bytes.size != b->bytes.size ||
            (a->bytes.size > 0 && memcmp(a->bytes.data, b->bytes.data, a->bytes.size) != 0))
            return false;
    }
}

static bool attempt(struct minimiser *m, const struct mqh_recording *candidate)
{
    struct mqh_recording live;

    if (!m->go_on(m->context))
        return false;
    m->tries++;
    if (!m->try(m->context, candidate, &live))
        return false;
    m->best = live;
    return true;
}

/* The player may have put back what was cut, such as the credentials that it was given: that is no
 * progress, and would be cut for ever. */
static bool shrink(struct minimiser *m, const struct mqh_recording *candidate)
{
    const struct mqh_recording before = m->best;

    if (!attempt(m, candidate))
        return false;
    if (!does_the_same(&before, &m->best))
        return true;
    m->best = before;
    return false;
}

static bool *all(const struct minimiser *m)
{
    bool *keep = mqh_arena_alloc(m->arena, m->best.event_count + 1);

    memset(keep, true, m->best.event_count);
    return keep;
}

/* ---- pauses ---- */

/* What was needed after all comes back, as the broker's own time to answer: at least half of what
 * is cut must be gone. */
static bool shorten_pauses(struct minimiser *m, size_t first, size_t count, unsigned divisor)
{
    struct mqh_recording candidate = without(m, all(m));
    uint64_t before_ms = mqh_pause_length(&m->best);

    mqh_pause_shorten(&candidate, first, count, divisor);
    return attempt(m, &candidate) &&
           mqh_pause_length(&m->best) <= (before_ms + mqh_pause_length(&candidate)) / 2;
}

static void cut_pauses(struct minimiser *m)
{
    for (size_t count = mqh_pause_count(&m->best); count > 0; count /= 2)
        for (size_t first = 0; first < mqh_pause_count(&m->best);)
            if (!shorten_pauses(m, first, count, 0))
                first += count;
    for (size_t first = 0; first < mqh_pause_count(&m->best);)
        if (!shorten_pauses(m, first, 1, 2))
            first++;
}

/* ---- connections ---- */

static bool cut_connections(struct minimiser *m)
{
    bool cut = false;

    for (unsigned c = 0; c < m->best.connection_count && m->best.connection_count > 1;) {
        bool *keep = all(m);
        struct mqh_recording candidate;

        for (size_t i = 0; i < m->best.event_count; i++)
            keep[i] = m->best.events[i].connection != c;
        candidate = without(m, keep);
        if (attempt(m, &candidate))
            cut = true;
        else
            c++;
    }
    return cut;
}

/* ---- packets ---- */

static size_t deed_count(const struct minimiser *m)
{
    size_t count = 0;

    for (size_t i = 0; i < m->best.event_count; i++)
        count += is_deed(&m->best.events[i]);
    return count;
}

/* Without `size` deeds from the one that is `first` in their order. */
static bool cut_deeds(struct minimiser *m, size_t first, size_t size)
{
    bool *keep = all(m);
    size_t deed = 0;
    struct mqh_recording candidate;

    for (size_t i = 0; i < m->best.event_count; i++) {
        if (!is_deed(&m->best.events[i]))
            continue;
        keep[i] = deed < first || deed >= first + size;
        deed++;
    }
    candidate = without(m, keep);
    return attempt(m, &candidate);
}

static bool cut_packets(struct minimiser *m)
{
    bool cut = false;

    for (size_t size = deed_count(m) / 2; size > 0; size /= 2)
        for (size_t first = 0; first < deed_count(m);) {
            if (cut_deeds(m, first, size))
                cut = true;
            else
                first += size;
        }
    return cut;
}

/* ---- what packets carry ---- */

static bool simplify_event(struct minimiser *m, size_t index)
{
    enum { SIMPLIFIED_MAX = 64 };
    struct mqc_slice simpler[SIMPLIFIED_MAX];
    const struct mqh_recording_event *event = &m->best.events[index];
    size_t count =
        mqh_simplify(m->arena, event->bytes, m->best.connections[event->connection].version,
                     simpler, SIMPLIFIED_MAX);

    for (size_t i = 0; i < count; i++) {
        struct mqh_recording candidate = without(m, all(m));

        candidate.events[index].bytes = simpler[i];
        if (shrink(m, &candidate))
            return true;
    }
    return false;
}

/* The event's place may change with each cut, so the nth deed is looked for anew. */
static bool simplify_packets(struct minimiser *m)
{
    bool cut = false;

    for (size_t deed = 0; deed < deed_count(m);) {
        size_t seen = 0;
        size_t index = 0;

        while (!is_deed(&m->best.events[index]) || seen++ < deed)
            index++;
        if (m->best.events[index].kind == MQH_RECORDING_BYTES && simplify_event(m, index))
            cut = true;
        else
            deed++;
    }
    return cut;
}

/* ---- for who reads it ---- */

static void shorten_names(struct minimiser *m)
{
    for (enum mqh_names names = MQH_NAMES_TOPICS; names <= MQH_NAMES_CLIENTS; names++) {
        struct mqh_recording candidate;

        if (mqh_shorten_names(m->arena, &m->best, names, &candidate))
            attempt(m, &candidate);
    }
}

static void order_answers(struct minimiser *m)
{
    struct mqh_recording candidate = without(m, all(m));

    if (mqh_order_answers(&candidate))
        attempt(m, &candidate);
}

struct mqh_minimised mqh_minimise(struct mqh_arena *arena, const struct mqh_recording *failing,
                                  bool paced, mqh_minimise_try *try, bool (*go_on)(void *context),
                                  void *context)
{
    struct minimiser m = {
        .arena = arena, .try = try, .go_on = go_on, .context = context, .best = *failing};
    struct mqh_minimised out;
    bool cut = true;

    while (cut) {
        if (paced)
            cut_pauses(&m);
        cut = cut_connections(&m);
        cut = cut_packets(&m) || cut;
        cut = simplify_packets(&m) || cut;
    }
    shorten_names(&m);
    order_answers(&m);
    out = (struct mqh_minimised){.recording = m.best, .tries = m.tries};
    mqh_recording_count(&m.best, &out.packets, &out.bytes);
    return out;
}
