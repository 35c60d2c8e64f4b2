/*
 * Any bytes of both sides of several connections, joined midway or seen whole: the monitor judges
 * them and stays whole itself. What it reports has a rule of the right version, and the same
 * traffic is judged the same twice.
 */
#include <assert.h>
#include <stdlib.h>

#include "fuzz/target.h"
#include "harness/monitor/monitor.h"
#include "harness/scenario/session.h"

const enum mqf_form mqf_form = MQF_TALKS;

#define CONNECTIONS (MQH_SESSION_CLIENTS / 2)
#define STREAM_MAX 8192u /* bytes of a packet that is waited for */
#define MEMORY_MAX                                                                                 \
    (256u * 1024u) /* of the monitor: it must also do with less than it would like                 \
                    */

struct heard {
    uint64_t digest; /* of all that was reported, in order */
    size_t count;
};

struct stream {
    uint8_t bytes[STREAM_MAX];
    size_t size;
};

struct world {
    struct mqh_monitor *monitor;
    uint64_t now_ms;
    struct stream streams[CONNECTIONS][2];
};

static void hear(void *context, const struct mqh_breach *breach)
{
    struct heard *heard = context;
    const char *const texts[] = {breach->id, breach->says, breach->text, breach->twins};

    assert(breach->version >= MQC_V31 && breach->version <= MQC_V5);
    assert(breach->connection < CONNECTIONS);
    assert(breach->level == MQC_MUST || breach->level == MQC_SHOULD);
    assert(breach->side == MQC_CLIENT || breach->side == MQC_SERVER);
    assert(mqh_monitor_judges(breach->version, breach->id));
    for (size_t i = 0; i < 4; i++)
        for (const char *c = texts[i]; *c != '\0'; c++)
            heard->digest = (heard->digest ^ (uint8_t)*c) * UINT64_C(1099511628211);
    heard->digest += breach->packet + breach->time_ms;
    heard->count++;
}

/* --- traffic ---------------------------------------------------------------------------------- */

/* Packets as they become whole; what is too long to wait for is dropped. */
static void take(struct world *world, unsigned connection, unsigned end)
{
    struct stream *stream = &world->streams[connection][end];
    size_t taken = 0;

    while (taken < stream->size) {
        struct mqc_frame frame = {.version = MQC_V5};
        enum mqc_frame_state state =
            mqc_frame_read((struct mqc_slice){stream->bytes + taken, stream->size - taken}, &frame);

        if (state == MQC_FRAME_INCOMPLETE)
            break;
        mqh_monitor_packet(world->monitor, connection, end == 0 ? MQC_CLIENT : MQC_SERVER,
                           (struct mqc_slice){frame.bytes, frame.size}, world->now_ms);
        taken = state == MQC_FRAME_BROKEN ? stream->size : taken + frame.size;
    }
    stream->size -= taken;
    memmove(stream->bytes, stream->bytes + taken, stream->size);
}

static void say(struct world *world, unsigned connection, unsigned end, struct mqc_slice bytes)
{
    struct stream *stream = &world->streams[connection][end];

    if (bytes.size > STREAM_MAX - stream->size)
        stream->size = 0;
    if (bytes.size > STREAM_MAX)
        return;
    if (bytes.size > 0)
        memcpy(stream->bytes + stream->size, bytes.data, bytes.size);
    stream->size += bytes.size;
    take(world, connection, end);
}

static void act(struct world *world, const struct mqh_session_record *record)
{
    unsigned connection = record->client / 2;
    unsigned end = record->client % 2;

    switch (record->op) {
    case MQH_SESSION_CONNECT:
        world->streams[connection][0].size = world->streams[connection][1].size = 0;
        /* From a server's end it is a connection that is joined midway. */
        mqh_monitor_open(world->monitor, connection,
                         end == 0 ? MQC_VERSION_UNKNOWN : record->version, end == 0, world->now_ms);
        break;
    case MQH_SESSION_SEND:
    case MQH_SESSION_SEGMENT:
        say(world, connection, end, record->bytes);
        break;
    case MQH_SESSION_CLOSE:
    case MQH_SESSION_RESET:
        mqh_monitor_close(world->monitor, connection, end == 0 ? MQC_CLIENT : MQC_SERVER,
                          world->now_ms);
        break;
    case MQH_SESSION_WAIT:
        world->now_ms += record->wait_ms;
        break;
    }
}

/* The first byte says how much memory the monitor has, and whether it sees all. */
static struct heard judge(struct mqc_slice input)
{
    static _Alignas(max_align_t) uint8_t block[MEMORY_MAX];
    static struct world world;
    struct heard heard = {.digest = 0};
    struct mqh_monitor_options options = {.breach = hear, .context = &heard};
    struct mqh_session_record record;
    unsigned connection;
    unsigned packet;
    uint8_t how = input.size > 0 ? input.data[0] : 0;

    world.now_ms = 0;
    for (size_t i = 0; i < CONNECTIONS; i++)
        world.streams[i][0].size = world.streams[i][1].size = 0;
    options.sees_all = (how & 0x80) != 0; /* the bit that no record uses */
    world.monitor = mqh_monitor_new(
        block, input.size % 8 == 7 ? MQH_MONITOR_SIZE_MIN : sizeof(block), &options);
    assert(world.monitor != NULL);
    while (mqh_session_next(&input, &record))
        act(&world, &record);
    mqh_monitor_is_blind(world.monitor, &connection, &packet);
    return heard;
}

void mqf_target(struct mqc_slice input)
{
    struct heard once = judge(input);
    struct heard twice = judge(input);

    assert(once.digest == twice.digest && once.count == twice.count);
}
