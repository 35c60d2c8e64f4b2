/*
 * Any session of several clients against the reference broker: the monitor finds no breach of a
 * MUST by the broker. Both read the standards on their own, so that one of them is wrong if it
 * does.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz/target.h"
#include "harness/model/model.h"
#include "harness/monitor/monitor.h"
#include "harness/scenario/session.h"

const enum mqf_form mqf_form = MQF_SESSIONS;

#define CONNECTIONS_MAX 64
#define BLOCK_SIZE ((size_t)1024 * 1024)
#define TICKS_MAX 1000 /* that one wait may need */
#define SLOW_MS 40     /* by which a broker with MQH_V_SLOW is late */

/* What one side writes is cut anywhere. */
struct stream {
    bool lost; /* it cannot be framed any more */
    uint8_t bytes[4 * MQF_INPUT_MAX];
    size_t size; /* of what does not make a packet yet */
};

struct connection {
    unsigned number; /* the model's, and the monitor's */
    bool ended;
    struct stream client;
    struct stream server;
};

struct world {
    struct mqh_model *model;
    struct mqh_monitor *monitor;
    uint64_t now_ms;
    bool is_slow;
    struct connection *connections[CONNECTIONS_MAX];
    size_t count;
    size_t now[MQH_SESSION_CLIENTS]; /* a client's connection, from 1; 0: it has none */
};

static uint8_t block[BLOCK_SIZE] __attribute__((aligned(16)));

static void on_breach(void *context, const struct mqh_breach *breach)
{
    (void)context;
    if (breach->side != MQC_SERVER || breach->level != MQC_MUST || breach->fault != NULL)
        return; /* faults of a packet alone are for fuzz/model.c */
    if (breach->version == MQC_V5 && strcmp(breach->id, "MQTT-3.1.2-24") == 0)
        return; /* an answer that must come to a client that takes no packet of its size */
    fprintf(stderr, "%s %s: %s, but %s (packet %u of connection %u)\n",
            mqc_version_space(breach->version), breach->id, breach->says, breach->text,
            breach->packet, breach->connection);
    abort(); /* the reference broker breaks a rule, or the monitor has it wrong */
}

/* --- what is shown to the monitor ---------------------------------------------------------------
 */

static void show(struct world *world, struct connection *c, enum mqc_side from,
                 struct mqc_slice bytes)
{
    struct stream *s = from == MQC_CLIENT ? &c->client : &c->server;
    size_t done = 0;

    if (s->lost || bytes.size > sizeof(s->bytes) - s->size)
        s->lost = true;
    if (s->lost)
        return;
    memcpy(s->bytes + s->size, bytes.data, bytes.size);
    s->size += bytes.size;
    while (!s->lost) {
        struct mqc_frame frame = {.from = from};
        enum mqc_frame_state state =
            mqc_frame_read((struct mqc_slice){s->bytes + done, s->size - done}, &frame);

        if (state == MQC_FRAME_INCOMPLETE)
            break;
        mqh_monitor_packet(world->monitor, c->number, from,
                           (struct mqc_slice){frame.bytes, frame.size}, world->now_ms);
        s->lost = state == MQC_FRAME_BROKEN;
        done += frame.size;
    }
    memmove(s->bytes, s->bytes + done, s->size - done);
    s->size -= done;
}

static void end(struct world *world, struct connection *c, enum mqc_side who)
{
    if (!c->ended)
        mqh_monitor_close(world->monitor, c->number, who, world->now_ms);
    c->ended = true;
}

static struct connection *find(struct world *world, unsigned number)
{
    for (size_t i = 0; i < world->count; i++)
        if (world->connections[i]->number == number)
            return world->connections[i];
    return NULL;
}

static void take_actions(struct world *world)
{
    struct mqh_model_action action;

    while (mqh_model_next(world->model, &action)) {
        struct connection *c = find(world, action.connection);

        assert(c != NULL);
        if (action.kind != MQH_MODEL_SEND)
            end(world, c, MQC_SERVER);
        else if (!c->ended)
            show(world, c, MQC_SERVER, action.bytes);
    }
}

/* --- what the clients do ------------------------------------------------------------------------
 */

static void open_connection(struct world *world, const struct mqh_session_record *record)
{
    struct connection *c = malloc(sizeof(*c));

    assert(c != NULL);
    c->ended = c->client.lost = c->server.lost = false;
    c->client.size = c->server.size = 0;
    c->number = mqh_model_open(world->model, world->now_ms);
    mqh_monitor_open(world->monitor, c->number, MQC_VERSION_UNKNOWN, true, world->now_ms);
    world->connections[world->count++] = c;
    world->now[record->client] = world->count;
}

static void wait(struct world *world, uint32_t wait_ms)
{
    uint64_t until = world->now_ms + wait_ms;

    for (unsigned ticks = 0; mqh_model_deadline(world->model) <= until; ticks++) {
        uint64_t due = mqh_model_deadline(world->model);

        if (ticks == TICKS_MAX)
            break;
        if (due > world->now_ms)
            world->now_ms = due;
        mqh_model_tick(world->model, world->now_ms);
        take_actions(world);
    }
    world->now_ms = until;
}

/* The client reads what has come before it writes on, also where that takes a while: answers that
 * cross what they answer are not what is tested here. */
static void write(struct world *world, struct connection *c, const struct mqh_session_record *r)
{
    size_t piece = r->op == MQH_SESSION_SEGMENT ? r->piece_size : r->bytes.size;

    for (size_t at = 0; at < r->bytes.size; at += piece) {
        size_t left = r->bytes.size - at;
        struct mqc_slice bytes = {r->bytes.data + at, left < piece ? left : piece};

        if (world->is_slow)
            wait(world, SLOW_MS);
        if (c->ended)
            return;
        show(world, c, MQC_CLIENT, bytes);
        mqh_model_receive(world->model, c->number, bytes, world->now_ms);
        take_actions(world);
    }
}

static void act(struct world *world, const struct mqh_session_record *record)
{
    struct connection *c = NULL;

    if (world->now[record->client] > 0)
        c = world->connections[world->now[record->client] - 1];
    if (record->op == MQH_SESSION_CONNECT) {
        if (world->count < CONNECTIONS_MAX)
            open_connection(world, record);
    } else if (record->op == MQH_SESSION_WAIT) {
        wait(world, record->wait_ms);
    } else if (c == NULL || c->ended) {
        return;
    } else if (record->op == MQH_SESSION_SEND || record->op == MQH_SESSION_SEGMENT) {
        write(world, c, record);
    } else {
        end(world, c, MQC_CLIENT);
        mqh_model_closed(world->model, c->number, world->now_ms);
        world->now[record->client] = 0;
    }
    take_actions(world);
}

void mqf_target(struct mqc_slice input)
{
    const struct mqh_monitor_options options = {.breach = on_breach, .sees_all = true};
    unsigned variant = input.size > 0 ? input.data[input.size - 1] : MQH_VARIANT_COUNT;
    struct mqh_model_limits limits = mqh_model_defaults();
    struct world world = {.monitor = mqh_monitor_new(block, sizeof(block), &options),
                          .now_ms = 1000};
    struct mqh_session_record record;

    if (variant < MQH_VARIANT_COUNT &&
        mqh_variant_text((enum mqh_variant)variant)->allows != NULL) /* else it is no broker */
        mqh_variant_choose((enum mqh_variant)variant, &limits);
    world.is_slow = limits.chosen[MQH_V_SLOW];
    world.model = mqh_model_new(&limits);
    assert(world.model != NULL);
    while (mqh_session_next(&input, &record))
        act(&world, &record);
    mqh_model_free(world.model);
    for (size_t i = 0; i < world.count; i++)
        free(world.connections[i]);
}
