/*
 * Any session of several clients against the reference broker: what it sends is well formed and in
 * its place, it sends nothing on a connection that it has closed, and it comes to rest.
 */
#include <assert.h>

#include "fuzz/target.h"
#include "harness/model/model.h"
#include "harness/scenario/session.h"

const enum mqf_form mqf_form = MQF_SESSIONS;

#define CONNECTIONS_MAX 64
#define ACTIONS_MAX 100000 /* that one call may cause: more is a hang */
#define HEAD_SIZE 16       /* bytes in which a CONNECT says its version */
#define TICKS_MAX 1000     /* that one wait may need */

struct connection {
    unsigned number; /* the model's */
    bool open;       /* at the client's end */
    bool closed;     /* by the model */
    bool connected;  /* the model has sent CONNACK */
    enum mqc_version version;
    uint8_t head[HEAD_SIZE]; /* the first bytes that the client has sent */
    size_t head_size;
};

struct world {
    struct mqh_model *model;
    uint64_t now_ms;
    struct connection connections[CONNECTIONS_MAX];
    size_t count;
    size_t now[MQH_SESSION_CLIENTS]; /* a client's connection, from 1; 0: it has none */
};

/* --- what the model does ---------------------------------------------------------------------- */

/* What is only advised against, such as control characters, a broker may pass on. */
static void check_packet(struct connection *c, const struct mqc_frame *frame)
{
    struct mqc_fault items[16];
    struct mqc_faults faults = {.items = items, .capacity = 16};
    struct mqc_packet packet;

    assert(mqc_packet_decode(frame, &packet, &faults));
    for (size_t i = 0; i < mqc_faults_stored(&faults); i++)
        assert(mqc_rule_in(items[i].rule, c->version)->level < MQC_MUST);
    assert(c->connected != (frame->type == MQC_CONNACK) || frame->type == MQC_AUTH);
    c->connected = c->connected || frame->type == MQC_CONNACK;
}

/* What is sent at once is whole packets. */
static void check_send(struct connection *c, struct mqc_slice bytes)
{
    assert(!c->closed);
    while (bytes.size > 0) {
        struct mqc_frame frame = {.version = c->version, .from = MQC_SERVER};

        assert(mqc_frame_read(bytes, &frame) == MQC_FRAME_COMPLETE);
        check_packet(c, &frame);
        bytes.data += frame.size;
        bytes.size -= frame.size;
    }
}

static void take_actions(struct world *world)
{
    struct mqh_model_action action;
    size_t actions = 0;

    while (mqh_model_next(world->model, &action)) {
        struct connection *c = NULL;

        assert(actions++ < ACTIONS_MAX);
        for (size_t i = 0; i < world->count && c == NULL; i++)
            if (world->connections[i].number == action.connection)
                c = &world->connections[i];
        assert(c != NULL);
        if (action.kind == MQH_MODEL_SEND)
            check_send(c, action.bytes);
        else
            c->closed = true;
    }
}

/* --- what the clients do ---------------------------------------------------------------------- */

/* A client that has a connection already leaves it as it is: nobody reads or writes there. */
static void open_connection(struct world *world, const struct mqh_session_record *record)
{
    if (world->count == CONNECTIONS_MAX)
        return;
    world->connections[world->count] = (struct connection){
        .number = mqh_model_open(world->model, world->now_ms),
        .open = true,
        .version = record->version,
    };
    world->now[record->client] = ++world->count;
}

/* The version is what the first packet says, if it is a CONNECT. */
static void note_version(struct connection *c, struct mqc_slice bytes)
{
    struct mqc_frame frame = {.version = MQC_VERSION_UNKNOWN};
    size_t size = HEAD_SIZE - c->head_size < bytes.size ? HEAD_SIZE - c->head_size : bytes.size;

    if (size == 0)
        return;
    memcpy(c->head + c->head_size, bytes.data, size);
    c->head_size += size;
    mqc_frame_read((struct mqc_slice){c->head, c->head_size}, &frame);
    if (frame.type != MQC_CONNECT || frame.header_size == 0)
        return;
    if (frame.size > c->head_size)
        frame.size = c->head_size;
    c->version = mqc_connect_peek(&frame);
}

static void write(struct world *world, struct connection *c, const struct mqh_session_record *r)
{
    size_t piece = r->op == MQH_SESSION_SEGMENT ? r->piece_size : r->bytes.size;

    if (!c->connected)
        note_version(c, r->bytes);
    for (size_t at = 0; at < r->bytes.size && !c->closed; at += piece) {
        size_t left = r->bytes.size - at;

        mqh_model_receive(world->model, c->number,
                          (struct mqc_slice){r->bytes.data + at, left < piece ? left : piece},
                          world->now_ms);
        take_actions(world);
    }
}

static void wait(struct world *world, uint32_t wait_ms)
{
    uint64_t until = world->now_ms + wait_ms;

    for (unsigned ticks = 0; mqh_model_deadline(world->model) <= until; ticks++) {
        uint64_t due = mqh_model_deadline(world->model);

        assert(ticks < TICKS_MAX);
        if (due > world->now_ms)
            world->now_ms = due;
        mqh_model_tick(world->model, world->now_ms);
        take_actions(world);
    }
    world->now_ms = until;
}

static void act(struct world *world, const struct mqh_session_record *record)
{
    struct connection *c = NULL;

    if (world->now[record->client] > 0)
        c = &world->connections[world->now[record->client] - 1];
    if (record->op == MQH_SESSION_CONNECT) {
        open_connection(world, record);
    } else if (record->op == MQH_SESSION_WAIT) {
        wait(world, record->wait_ms);
    } else if (c == NULL || c->closed) {
        return;
    } else if (record->op == MQH_SESSION_SEND || record->op == MQH_SESSION_SEGMENT) {
        write(world, c, record);
    } else {
        mqh_model_closed(world->model, c->number, world->now_ms);
        c->open = false;
        c->closed = true;
        world->now[record->client] = 0;
    }
    take_actions(world);
}

void mqf_target(struct mqc_slice input)
{
    struct mqh_model_limits limits = mqh_model_defaults();
    struct world world = {.model = mqh_model_new(&limits), .now_ms = 1000};
    struct mqh_session_record record;

    assert(world.model != NULL);
    while (mqh_session_next(&input, &record))
        act(&world, &record);
    mqh_model_free(world.model);
}
