#include "harness/capture/tcp.h"

#include <stdlib.h>

enum {
    BUCKETS = 16384,
    CONNECTIONS_MAX = 100000,
    WAITING_BYTES_MAX = 4 * 1024 * 1024, /* behind a hole, of one side */
    WAITING_MAX = 1024,                  /* segments, likewise */
    SINCE_ACKNOWLEDGED = 16, /* segments after which an acknowledged hole stays a hole: captures
                                of several queues are a little out of order */
};

/* A segment that waits behind a hole. */
struct waiting {
    struct waiting *next;
    uint32_t sequence;
    size_t size;
    size_t missing; /* bytes behind it that were cut off */
    bool fin;
    uint64_t frame;
    uint64_t time_ns;
    uint8_t bytes[];
};

struct half {
    bool known; /* `next` is */
    uint32_t next;
    bool has_acknowledged; /* by the other side, up to `acknowledged` */
    uint32_t acknowledged;
    unsigned since_acknowledged;
    bool finished;
    struct waiting *waiting; /* by sequence */
    size_t waiting_size;
    unsigned waiting_count;
};

struct connection {
    struct mqh_tcp_stream stream;
    struct half halves[2];
    bool reset;
    struct connection *chain; /* of its bucket */
    struct connection *older; /* by the last segment */
    struct connection *newer;
};

struct mqh_tcp {
    mqh_tcp_handler *handler;
    void *context;
    struct connection *buckets[BUCKETS];
    struct connection *oldest;
    struct connection *newest;
    unsigned count;
    unsigned numbers;
    uint64_t frame; /* of the present segment */
    uint64_t time_ns;
};

static void out_of_memory(void)
{
    fputs("mqspec: no memory\n", stderr);
    exit(2);
}

/* ---- events ---- */

static void tell(struct mqh_tcp *tcp, struct connection *c, struct mqh_tcp_event event)
{
    event.stream = &c->stream;
    if (event.frame == 0) {
        event.frame = tcp->frame;
        event.time_ns = tcp->time_ns;
    }
    tcp->handler(tcp->context, &event);
}

/* ---- one side of a connection ---- */

/* How far `a` is ahead of `b`. */
static int32_t ahead(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b);
}

/* What starts at or before the next byte: its new part is delivered. */
static void deliver(struct mqh_tcp *tcp, struct connection *c, enum mqh_tcp_side side,
                    const struct waiting *at, const uint8_t *bytes)
{
    struct half *half = &c->halves[side];
    size_t old = half->next - at->sequence;
    size_t size = at->size;
    size_t missing = at->missing;

    if (old >= size + missing && !(at->fin && old == size + missing))
        return;
    if (old > size) {
        missing -= old - size;
        old = size;
    }
    if (size > old)
        tell(tcp, c,
             (struct mqh_tcp_event){.kind = MQH_TCP_DATA,
                                    .side = side,
                                    .frame = at->frame,
                                    .time_ns = at->time_ns,
                                    .bytes = {bytes + old, size - old}});
    if (missing > 0)
        tell(tcp, c,
             (struct mqh_tcp_event){.kind = MQH_TCP_LOST,
                                    .side = side,
                                    .frame = at->frame,
                                    .time_ns = at->time_ns,
                                    .lost = missing});
    half->next += (uint32_t)(size - old + missing);
    if (at->fin && !half->finished) {
        half->finished = true;
        tell(tcp, c,
             (struct mqh_tcp_event){.kind = MQH_TCP_FINISHED,
                                    .side = side,
                                    .frame = at->frame,
                                    .time_ns = at->time_ns});
    }
}

static void wait_behind_hole(struct half *half, const struct waiting *at, const uint8_t *bytes)
{
    struct waiting **place = &half->waiting;
    struct waiting *item = malloc(sizeof *item + at->size);

    if (item == NULL)
        out_of_memory();
    *item = *at;
    if (at->size > 0)
        memcpy(item->bytes, bytes, at->size);
    while (*place != NULL && ahead((*place)->sequence, at->sequence) <= 0)
        place = &(*place)->next;
    item->next = *place;
    *place = item;
    half->waiting_size += at->size;
    half->waiting_count++;
}

static struct waiting *take_first(struct half *half)
{
    struct waiting *first = half->waiting;

    half->waiting = first->next;
    half->waiting_size -= first->size;
    half->waiting_count--;
    return first;
}

static void deliver_waiting(struct mqh_tcp *tcp, struct connection *c, enum mqh_tcp_side side)
{
    struct half *half = &c->halves[side];

    while (half->waiting != NULL && ahead(half->waiting->sequence, half->next) <= 0) {
        struct waiting *first = take_first(half);

        deliver(tcp, c, side, first, first->bytes);
        free(first);
    }
}

static void give_up_hole(struct mqh_tcp *tcp, struct connection *c, enum mqh_tcp_side side)
{
    struct half *half = &c->halves[side];
    const struct waiting *first = half->waiting;

    tell(tcp, c,
         (struct mqh_tcp_event){.kind = MQH_TCP_LOST,
                                .side = side,
                                .frame = first->frame,
                                .time_ns = first->time_ns,
                                .lost = (uint32_t)(first->sequence - half->next)});
    half->next = first->sequence;
    half->since_acknowledged = 0;
    deliver_waiting(tcp, c, side);
}

/* Whoever answers has seen what it acknowledges: bytes of `side` that are not here by now are not
 * in the capture, and the answer must not be taken for one without a question. */
static void catch_up(struct mqh_tcp *tcp, struct connection *c, enum mqh_tcp_side side)
{
    struct half *half = &c->halves[side];

    if (!half->known || half->finished || !half->has_acknowledged)
        return;
    while (half->waiting != NULL && ahead(half->acknowledged, half->next) > 0 &&
           ahead(half->acknowledged, half->waiting->sequence) > 0)
        give_up_hole(tcp, c, side);
    if (half->finished || ahead(half->acknowledged, half->next) <= 0)
        return;
    tell(tcp, c,
         (struct mqh_tcp_event){.kind = MQH_TCP_LOST,
                                .side = side,
                                .frame = tcp->frame,
                                .time_ns = tcp->time_ns,
                                .lost = (uint32_t)(half->acknowledged - half->next)});
    half->next = half->acknowledged;
    deliver_waiting(tcp, c, side);
}

static bool hole_stays(struct half *half)
{
    if (half->waiting == NULL)
        return false;
    if (half->has_acknowledged && ahead(half->acknowledged, half->next) > 0)
        half->since_acknowledged++;
    return half->since_acknowledged > SINCE_ACKNOWLEDGED || half->waiting_count > WAITING_MAX ||
           half->waiting_size > WAITING_BYTES_MAX;
}

static void give_up_all(struct mqh_tcp *tcp, struct connection *c)
{
    for (int side = 0; side < 2; side++)
        while (c->halves[side].waiting != NULL)
            give_up_hole(tcp, c, (enum mqh_tcp_side)side);
}

static void add_data(struct mqh_tcp *tcp, struct connection *c, enum mqh_tcp_side side,
                     const struct mqh_tcp_segment *segment)
{
    struct half *half = &c->halves[side];
    struct waiting at = {.sequence = segment->sequence,
                         .size = segment->payload.size,
                         .missing = segment->missing,
                         .fin = (segment->flags & MQH_TCP_FIN) != 0,
                         .frame = tcp->frame,
                         .time_ns = tcp->time_ns};

    if (!half->known) {
        half->known = true;
        half->next = segment->sequence;
    }
    if (half->finished || (at.size == 0 && at.missing == 0 && !at.fin))
        return;
    if (ahead(at.sequence, half->next) > 0) {
        wait_behind_hole(half, &at, segment->payload.data);
        if (hole_stays(half))
            give_up_hole(tcp, c, side);
        return;
    }
    deliver(tcp, c, side, &at, segment->payload.data);
    deliver_waiting(tcp, c, side);
}

/* ---- the table of connections ---- */

static bool same(const struct mqh_endpoint *a, const struct mqh_endpoint *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static uint32_t hash_of(const struct mqh_endpoint *endpoint)
{
    uint32_t words[sizeof *endpoint / sizeof(uint32_t)];
    uint32_t hash = 0;

    _Static_assert(sizeof *endpoint % sizeof(uint32_t) == 0, "an endpoint is whole words");
    memcpy(words, endpoint, sizeof words);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        hash = (hash ^ words[i]) * 2654435761u;
    return hash ^ hash >> 16;
}

/* The same for both directions. */
static struct connection **bucket_of(struct mqh_tcp *tcp, const struct mqh_endpoint *a,
                                     const struct mqh_endpoint *b)
{
    return &tcp->buckets[(hash_of(a) + hash_of(b)) % BUCKETS];
}

static struct connection *find(struct mqh_tcp *tcp, const struct mqh_tcp_segment *segment)
{
    struct connection *c = *bucket_of(tcp, &segment->from, &segment->to);

    while (c != NULL &&
           !(same(&c->stream.ends[0], &segment->from) && same(&c->stream.ends[1], &segment->to)) &&
           !(same(&c->stream.ends[1], &segment->from) && same(&c->stream.ends[0], &segment->to)))
        c = c->chain;
    return c;
}

static void unlink_age(struct mqh_tcp *tcp, struct connection *c)
{
    *(c->older != NULL ? &c->older->newer : &tcp->oldest) = c->newer;
    *(c->newer != NULL ? &c->newer->older : &tcp->newest) = c->older;
}

static void link_newest(struct mqh_tcp *tcp, struct connection *c)
{
    c->older = tcp->newest;
    c->newer = NULL;
    *(tcp->newest != NULL ? &tcp->newest->newer : &tcp->oldest) = c;
    tcp->newest = c;
}

static void forget(struct mqh_tcp *tcp, struct connection *c)
{
    struct connection **place = bucket_of(tcp, &c->stream.ends[0], &c->stream.ends[1]);

    give_up_all(tcp, c);
    tell(tcp, c, (struct mqh_tcp_event){.kind = MQH_TCP_FORGOTTEN});
    while (*place != c)
        place = &(*place)->chain;
    *place = c->chain;
    unlink_age(tcp, c);
    tcp->count--;
    free(c);
}

static struct connection *add_connection(struct mqh_tcp *tcp, const struct mqh_endpoint *opener,
                                         const struct mqh_endpoint *listener)
{
    struct connection **bucket = bucket_of(tcp, opener, listener);
    struct connection *c;

    if (tcp->count == CONNECTIONS_MAX)
        forget(tcp, tcp->oldest);
    c = calloc(1, sizeof *c);
    if (c == NULL)
        out_of_memory();
    c->stream.number = ++tcp->numbers;
    c->stream.ends[MQH_TCP_OPENER] = *opener;
    c->stream.ends[MQH_TCP_LISTENER] = *listener;
    c->chain = *bucket;
    *bucket = c;
    link_newest(tcp, c);
    tcp->count++;
    return c;
}

/* ---- segments ---- */

static void begin_half(struct connection *c, enum mqh_tcp_side side, uint32_t first)
{
    if (c->halves[side].known)
        return;
    c->halves[side].known = true;
    c->halves[side].next = first;
    c->stream.from_start[side] = true;
}

/* A SYN of a pair of endpoints that has one already: sent again, or the next connection? */
static bool is_new_connection(const struct connection *c, const struct mqh_tcp_segment *segment)
{
    const struct half *half = &c->halves[MQH_TCP_OPENER];

    return c->reset || half->finished || c->halves[MQH_TCP_LISTENER].finished ||
           !same(&c->stream.ends[MQH_TCP_OPENER], &segment->from) || !half->known ||
           half->next != segment->sequence + 1;
}

static struct connection *connection_of(struct mqh_tcp *tcp, const struct mqh_tcp_segment *segment)
{
    struct connection *c = find(tcp, segment);
    bool syn = (segment->flags & MQH_TCP_SYN) != 0;
    bool ack = (segment->flags & MQH_TCP_ACK) != 0;
    bool opens = syn ? !ack : segment->from.port >= segment->to.port;

    if (c != NULL && syn && !ack && is_new_connection(c, segment)) {
        forget(tcp, c);
        c = NULL;
    }
    if (c != NULL) {
        unlink_age(tcp, c);
        link_newest(tcp, c);
        return c;
    }
    if ((segment->flags & MQH_TCP_RST) != 0 ||
        (!syn && segment->payload.size == 0 && segment->missing == 0))
        return NULL; /* of a connection that is over, or whose bytes we shall see */
    c = opens ? add_connection(tcp, &segment->from, &segment->to)
              : add_connection(tcp, &segment->to, &segment->from);
    if (syn) {
        begin_half(c, ack ? MQH_TCP_LISTENER : MQH_TCP_OPENER, segment->sequence + 1);
        if (ack)
            begin_half(c, MQH_TCP_OPENER, segment->acknowledgement);
    }
    tell(tcp, c, (struct mqh_tcp_event){.kind = MQH_TCP_OPENED});
    return c;
}

void mqh_tcp_add(struct mqh_tcp *tcp, const struct mqh_tcp_segment *segment, uint64_t frame,
                 uint64_t time_ns)
{
    struct connection *c;
    struct mqh_tcp_segment data = *segment;
    enum mqh_tcp_side side;
    struct half *other;

    tcp->frame = frame;
    tcp->time_ns = time_ns;
    c = connection_of(tcp, segment);
    if (c == NULL || c->reset)
        return;
    side =
        same(&c->stream.ends[MQH_TCP_OPENER], &segment->from) ? MQH_TCP_OPENER : MQH_TCP_LISTENER;
    if ((segment->flags & MQH_TCP_SYN) != 0) {
        begin_half(c, side, segment->sequence + 1);
        data.sequence++;
    }
    other = &c->halves[!side];
    if ((segment->flags & MQH_TCP_ACK) != 0 &&
        (!other->has_acknowledged || ahead(segment->acknowledgement, other->acknowledged) > 0)) {
        other->has_acknowledged = true;
        other->acknowledged = segment->acknowledgement;
    }
    if ((segment->flags & MQH_TCP_RST) == 0) {
        if (data.payload.size > 0)
            catch_up(tcp, c, !side);
        add_data(tcp, c, side, &data);
    } else { /* what it carries is a remark at best */
        give_up_all(tcp, c);
        c->reset = true;
        tell(tcp, c, (struct mqh_tcp_event){.kind = MQH_TCP_RESET, .side = side});
    }
}

/* ---- beginning and end ---- */

struct mqh_tcp *mqh_tcp_new(mqh_tcp_handler *handler, void *context)
{
    struct mqh_tcp *tcp = calloc(1, sizeof *tcp);

    if (tcp == NULL)
        out_of_memory();
    tcp->handler = handler;
    tcp->context = context;
    return tcp;
}

void mqh_tcp_end(struct mqh_tcp *tcp)
{
    for (struct connection *c = tcp->oldest, *newer; c != NULL; c = newer) {
        newer = c->newer;
        forget(tcp, c);
    }
}

void mqh_tcp_free(struct mqh_tcp *tcp)
{
    mqh_tcp_end(tcp);
    free(tcp);
}
