#include "harness/driver/sim.h"

#define TURNS_MAX 1000000u
#define LINKS_MAX 4096u

/* A connection's two names. */
struct link {
    unsigned of_model;
    bool open;      /* neither side has ended it */
    bool by_engine; /* the engine has left */
    bool by_model;  /* the model has closed */
};

struct sim {
    struct mqh_model *model;
    struct mqh_engine *engine;
    uint64_t now_ms;
    uint64_t end_ms;              /* the clock goes no further */
    struct link links[LINKS_MAX]; /* by the engine's number */
    unsigned link_count;
};

static void end_link(struct sim *sim, unsigned i, bool by_engine)
{
    struct link *l = &sim->links[i];

    if (by_engine && !l->by_engine) {
        l->by_engine = true;
        mqh_model_closed(sim->model, l->of_model, sim->now_ms);
        if (!l->by_model) { /* the broker's end follows at once */
            l->by_model = true;
            mqh_engine_closed(sim->engine, i, false, sim->now_ms);
        }
    } else if (!by_engine && !l->by_model) {
        l->by_model = true;
        mqh_engine_closed(sim->engine, i, false, sim->now_ms);
    }
}

static bool act_of_engine(struct sim *sim)
{
    struct mqh_action a;
    struct link *l;

    if (!mqh_engine_next(sim->engine, &a))
        return false;
    if (a.kind == MQH_ACTION_OPEN) {
        if (a.connection >= LINKS_MAX) {
            mqh_engine_open_failed(sim->engine, a.connection, "too many connections", sim->now_ms);
            return true;
        }
        l = &sim->links[a.connection];
        *l = (struct link){.of_model = mqh_model_open(sim->model, sim->now_ms), .open = true};
        if (a.connection >= sim->link_count)
            sim->link_count = a.connection + 1;
        mqh_engine_opened(sim->engine, a.connection, sim->now_ms);
        return true;
    }
    if (a.connection >= LINKS_MAX || !sim->links[a.connection].open)
        return true;
    l = &sim->links[a.connection];
    if (a.kind == MQH_ACTION_SEND && !l->by_model && !l->by_engine)
        mqh_model_receive(sim->model, l->of_model, a.bytes, sim->now_ms);
    if (a.kind == MQH_ACTION_CLOSE || a.kind == MQH_ACTION_RESET)
        end_link(sim, a.connection, true);
    return true;
}

static bool act_of_model(struct sim *sim)
{
    struct mqh_model_action a;

    if (!mqh_model_next(sim->model, &a))
        return false;
    for (unsigned i = 0; i < sim->link_count; i++) {
        if (!sim->links[i].open || sim->links[i].of_model != a.connection)
            continue;
        if (a.kind == MQH_MODEL_CLOSE)
            end_link(sim, i, false);
        else if (!sim->links[i].by_model)
            mqh_engine_received(sim->engine, i, a.bytes, sim->now_ms);
        break;
    }
    return true;
}

/* Nobody has anything to do: on to the next deadline. False if there is none before the end. */
static bool wait(struct sim *sim)
{
    uint64_t next = mqh_engine_deadline(sim->engine);
    uint64_t of_model = mqh_model_deadline(sim->model);

    if (of_model < next)
        next = of_model;
    if (next == UINT64_MAX || next > sim->end_ms)
        return false;
    if (next > sim->now_ms)
        sim->now_ms = next;
    mqh_model_tick(sim->model, sim->now_ms);
    mqh_engine_tick(sim->engine, sim->now_ms);
    return true;
}

void mqh_sim_run(struct mqh_model *model, struct mqh_engine *engine, uint64_t *now_ms,
                 uint64_t hard_ms)
{
    struct sim sim = {
        .model = model, .engine = engine, .now_ms = *now_ms, .end_ms = *now_ms + hard_ms};

    mqh_engine_start(engine, sim.now_ms);
    for (unsigned turn = 0; turn < TURNS_MAX; turn++) {
        if (act_of_model(&sim) || act_of_engine(&sim))
            continue;
        if (mqh_engine_done(engine) || !wait(&sim))
            break;
    }
    if (!mqh_engine_done(engine))
        mqh_engine_abort(engine, MQH_ERROR, "the case did not come to its end", sim.now_ms);
    while (act_of_model(&sim) || act_of_engine(&sim))
        ;
    *now_ms = sim.now_ms;
}
