#include "harness/mutants/mutants.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <uv.h>

#include "harness/driver/sim.h"

enum { HARD_MS = 600000, THREADS_MAX = 64, RULES_MAX = 64 };

/* Virtual time costs nothing, so that patience is what a real run has. */
static const struct mqh_patience patience = {
    .answer_ms = 5000, .delivery_ms = 20000, .settle_ms = 50};

/* A capability in a version, and the case that finds out about it. */
struct mqh_need {
    const char *name;
    enum mqc_version version;
    const struct mqh_case *probe; /* NULL: the version does not have it */
};

/* ---- the suite ---- */

static bool needs(const struct mqh_scenario *scenario, const char *name)
{
    for (size_t i = 0; i < scenario->need_count; i++)
        if (strcmp(scenario->needs[i], name) == 0)
            return true;
    return false;
}

/* Here are clients and a broker, but no sockets. */
static bool can_run(const struct mqh_scenario *scenario)
{
    return !mqh_scenario_is_probe(scenario) && !scenario->by_server_role &&
           !needs(scenario, "websocket");
}

/* Megabytes are work in virtual time, too: such a case takes as long as a thousand others. */
static bool is_heavy(const struct mqh_case *c)
{
    return needs(c->scenario, "huge-packets");
}

static bool find_probe(struct mqh_arena *arena, const struct mqh_scenarios *scenarios,
                       struct mqh_need *need, struct mqh_error *error)
{
    struct mqh_cases *cases = mqh_arena_alloc(arena, sizeof(*cases));

    for (size_t i = 0; i < scenarios->count; i++) {
        const struct mqh_scenario *scenario = &scenarios->items[i];

        if (!mqh_scenario_is_probe(scenario) || strcmp(scenario->name + 6, need->name) != 0)
            continue;
        if (!mqh_cases_add(arena, scenario, MQH_VERSION(need->version), cases, error))
            return false;
        need->probe = cases->count > 0 ? &cases->items[0] : NULL;
    }
    return true;
}

static bool find_need(struct mqh_arena *arena, const struct mqh_scenarios *scenarios,
                      struct mqh_mutants_suite *suite, const char *name, enum mqc_version version,
                      unsigned *out, struct mqh_error *error)
{
    size_t i = 0;

    while (i < suite->need_count &&
           (suite->needs[i].version != version || strcmp(suite->needs[i].name, name) != 0))
        i++;
    *out = (unsigned)i + 1;
    if (i < suite->need_count)
        return true;
    suite->needs = mqh_arena_grow(arena, suite->needs, suite->need_count, &suite->need_capacity,
                                  sizeof(*suite->needs));
    suite->needs[suite->need_count++] = (struct mqh_need){.name = name, .version = version};
    return find_probe(arena, scenarios, &suite->needs[i], error);
}

bool mqh_mutants_load(struct mqh_arena *arena, const struct mqh_scenarios *scenarios,
                      struct mqh_mutants_suite *out, struct mqh_error *error)
{
    *out = (struct mqh_mutants_suite){0};
    for (size_t i = 0; i < scenarios->count; i++)
        if (can_run(&scenarios->items[i]) &&
            !mqh_cases_add(arena, &scenarios->items[i], MQH_ALL_VERSIONS, &out->cases, error))
            return false;
    out->passed = mqh_arena_alloc(arena, out->cases.count * sizeof(*out->passed));
    out->needs_of = mqh_arena_alloc(arena, out->cases.count * sizeof(*out->needs_of));
    for (size_t i = 0; i < out->cases.count; i++) {
        const struct mqh_case *c = &out->cases.items[i];
        size_t count = c->scenario->need_count;

        out->needs_of[i] = mqh_arena_alloc(arena, (count + 1) * sizeof(**out->needs_of));
        for (size_t j = 0; j < count; j++)
            if (!find_need(arena, scenarios, out, c->scenario->needs[j], c->version,
                           &out->needs_of[i][j], error))
                return false;
    }
    return true;
}

/* ---- one broker ---- */

enum answer { NOT_ASKED, PRESENT, MISSING };

struct worker {
    const struct mqh_mutants_suite *suite;
    struct mqh_mutant *mutant;
    atomic_bool *passed;            /* the crew's */
    enum answer *answers;           /* by need */
    enum mqc_rule rules[RULES_MAX]; /* of the decoder, that say what the defect breaks */
    size_t rule_count;
    struct mqh_arena arena;
};

/* The result lives in the worker's arena. */
static struct mqh_result *run_case(struct worker *worker, const struct mqh_case *c)
{
    struct mqh_model_limits limits = mqh_model_defaults();
    const struct mqh_defect_entry *defect = worker->mutant->defect;
    struct mqh_model *model;
    struct mqh_engine_options options = {
        .patience = patience, .topic = "tTTTTTTTTTTTTTTT", .client = "cCCCCCCCCCC"};
    struct mqh_engine *engine;
    uint64_t now_ms = 1000;

    if (worker->mutant->kind != MQH_MUTANT_CLEAN && defect == NULL)
        mqh_variant_choose(worker->mutant->variant, &limits);
    if (defect != NULL && defect->variant != MQH_VARIANT_COUNT)
        mqh_variant_choose(defect->variant, &limits);
    options.user_name = limits.user_name;
    engine = mqh_engine_new(&worker->arena, c, &options);
    model = mqh_model_new(&limits);
    if (defect != NULL)
        mqh_model_break(model, defect->defect, defect->version);
    mqh_sim_run(model, engine, &now_ms, HARD_MS);
    mqh_model_free(model);
    return mqh_engine_result(engine);
}

static bool has_need(struct worker *worker, unsigned place)
{
    enum answer *answer = &worker->answers[place - 1];
    const struct mqh_case *probe = worker->suite->needs[place - 1].probe;

    if (*answer == NOT_ASKED) {
        const struct mqh_result *result = probe != NULL ? run_case(worker, probe) : NULL;
        bool green = result != NULL && (result->verdict == MQH_PASS || result->verdict == MQH_WARN);

        *answer = green ? PRESENT : MISSING;
    }
    return *answer == PRESENT;
}

static void find_rules(struct worker *worker)
{
    const struct mqh_defect_entry *defect = worker->mutant->defect;

    worker->rule_count = 0;
    for (unsigned rule = 0; defect != NULL && rule < MQC_RULE_COUNT; rule++)
        if (mqc_rule_is((enum mqc_rule)rule, defect->version, defect->id) &&
            worker->rule_count < RULES_MAX)
            worker->rules[worker->rule_count++] = (enum mqc_rule)rule;
}

/* The same requirement, or one that the decoder's rules hold for the same. */
static bool is_same(const struct worker *worker, const struct mqh_requirement *row)
{
    const struct mqh_defect_entry *defect = worker->mutant->defect;

    if (row == NULL || row->version != defect->version)
        return false;
    if (strcmp(row->id, defect->id) == 0)
        return true;
    for (size_t i = 0; i < worker->rule_count; i++)
        if (mqc_rule_is(worker->rules[i], row->version, row->id))
            return true;
    return false;
}

static bool claims(const struct worker *worker, const struct mqh_case *c)
{
    for (size_t i = 0; i < c->requirements.count; i++)
        if (is_same(worker, c->requirements.items[i]))
            return true;
    return false;
}

/* True if a lenient broker breaks the requirement: a rule that it does not check, or one of those
 * that say that a server has to check and what it then does. */
static bool is_let_go(const struct mqh_requirement *row)
{
    static const struct mqh_rule umbrellas[] = {
        {MQC_V311, "MQTT-3.1.4-1"}, {MQC_V311, "MQTT-4.8.0-1"}, {MQC_V5, "MQTT-3.1.4-1"},
        {MQC_V5, "MQTT-4.13.1-1"},  {MQC_V5, "X5-4.13.1-2"},
    };

    for (size_t i = 0; row != NULL && i < sizeof(umbrellas) / sizeof(umbrellas[0]); i++)
        if (row->version == umbrellas[i].version && strcmp(row->id, umbrellas[i].id) == 0)
            return true;
    for (unsigned rule = 0; row != NULL && rule < MQC_RULE_COUNT; rule++)
        if (mqh_lenient_about((enum mqc_rule)rule) &&
            mqc_rule_is((enum mqc_rule)rule, row->version, row->id))
            return true;
    return false;
}

static bool is_broken(const struct worker *worker, const struct mqh_requirement *row)
{
    return worker->mutant->kind == MQH_MUTANT_LENIENT
               ? is_let_go(row)
               : worker->mutant->defect != NULL && is_same(worker, row);
}

/* A MUST is broken by a FAIL; a SHOULD by a WARN, or by a FAIL for the sake of another. */
static bool shows(const struct worker *worker, const struct mqh_requirement *row, bool failed)
{
    return is_broken(worker, row) && (failed || mqh_requirement_level(row) != MQH_MUST);
}

static bool kills(const struct worker *worker, const struct mqh_result *result)
{
    bool failed = result->verdict == MQH_FAIL;

    if (!failed && result->verdict != MQH_WARN)
        return false;
    for (size_t i = 0; i < result->broken.count; i++)
        if (shows(worker, result->broken.items[i], failed))
            return true;
    for (size_t i = 0; i < result->warning_count; i++)
        if (shows(worker, result->warnings[i].rule, false))
            return true;
    return false;
}

static void note_red(struct worker *worker, const struct mqh_case *c,
                     const struct mqh_result *result)
{
    struct mqh_mutant *mutant = worker->mutant;
    struct mqh_red *red;

    mutant->reds = mqh_arena_grow(&mutant->arena, mutant->reds, mutant->red_count,
                                  &mutant->red_capacity, sizeof(*mutant->reds));
    red = &mutant->reds[mutant->red_count++];
    *red = (struct mqh_red){.c = c, .verdict = result->verdict};
    red->kills = kills(worker, result);
    mutant->kills += red->kills ? 1 : 0;
    red->text =
        mqh_arena_format(&mutant->arena, "line %u: %s%s%s%s%s", result->line, result->reason,
                         result->expected[0] != '\0' ? "; expected " : "", result->expected,
                         result->actual[0] != '\0' ? ", got " : "", result->actual);
}

/* FNV-1a, over each event's time, connection and text. */
static uint64_t trace(uint64_t hash, const void *data, size_t size)
{
    const uint8_t *bytes = data;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static uint64_t trace_of(const struct mqh_result *result, size_t index)
{
    uint64_t hash = trace(UINT64_C(0xcbf29ce484222325), &index, sizeof(index));

    for (size_t i = 0; i < result->event_count; i++) {
        const struct mqh_event *event = &result->events[i];
        size_t size = strlen(event->text);

        hash = trace(hash, &event->time_ms, sizeof(event->time_ms));
        hash = trace(hash, event->text, size < 200 ? size : 200);
    }
    return hash;
}

static void take_case(struct worker *worker, size_t index)
{
    const struct mqh_case *c = &worker->suite->cases.items[index];
    struct mqh_mutant *mutant = worker->mutant;
    const struct mqh_result *result;

    for (const unsigned *place = worker->suite->needs_of[index]; *place != 0; place++)
        if (!has_need(worker, *place)) {
            mutant->counts[MQH_SKIP]++;
            return;
        }
    result = run_case(worker, c);
    mutant->counts[result->verdict]++;
    mutant->trace += is_heavy(c) ? 0 : trace_of(result, index);
    if (mutant->kind <= MQH_MUTANT_VARIANT && result->verdict == MQH_PASS)
        worker->passed[index] = true;
    if ((result->verdict == MQH_PASS) == (mutant->kind == MQH_MUTANT_DEGENERATE))
        note_red(worker, c, result);
    mqh_arena_free(&worker->arena);
}

/* A defect is in force for clients of its version: those of the case, or some that it pins. */
static bool concerns(const struct mqh_case *c, const struct mqh_defect_entry *defect)
{
    return defect == NULL || c->version == defect->version ||
           (c->scenario->pinned & MQH_VERSION(defect->version)) != 0;
}

/* For a verdict on a defect one kill is enough. */
static bool is_over(const struct worker *worker, bool all)
{
    return !all && worker->mutant->kind == MQH_MUTANT_DEFECT && worker->mutant->kills > 0;
}

static void take_cases(struct worker *worker, bool claiming, bool all)
{
    const struct mqh_mutants_suite *suite = worker->suite;
    const struct mqh_mutant *mutant = worker->mutant;

    for (size_t i = 0; i < suite->cases.count && !is_over(worker, all); i++) {
        const struct mqh_case *c = &suite->cases.items[i];

        if (!concerns(c, mutant->defect) ||
            (mutant->defect != NULL && claims(worker, c)) != claiming ||
            (is_heavy(c) && mutant->kind != MQH_MUTANT_CLEAN && !claiming))
            continue;
        take_case(worker, i);
    }
}

static void take_mutant(struct worker *worker, bool all)
{
    find_rules(worker);
    memset(worker->answers, 0, worker->suite->need_count * sizeof(*worker->answers));
    take_cases(worker, true, all);
    take_cases(worker, false, all);
}

/* ---- all of them ---- */

struct crew {
    const struct mqh_mutants_suite *suite;
    struct mqh_mutant *mutants;
    size_t count;
    bool all;
    atomic_bool *passed; /* by case, on a good broker */
    atomic_size_t next;
};

static void work(void *context)
{
    struct crew *crew = context;
    struct worker worker = {.suite = crew->suite, .passed = crew->passed};
    size_t i;

    worker.answers = calloc(crew->suite->need_count + 1, sizeof(*worker.answers));
    if (worker.answers == NULL)
        abort();
    while ((i = atomic_fetch_add(&crew->next, 1)) < crew->count) {
        worker.mutant = &crew->mutants[i];
        take_mutant(&worker, crew->all);
    }
    free(worker.answers);
    mqh_arena_free(&worker.arena);
}

/* The clean broker, if it is there, is the first one. It alone meets the heavy cases, which its
 * trace leaves out. */
static void note_idle(struct mqh_mutant *mutants, size_t count)
{
    for (size_t i = 1; i < count && mutants[0].kind == MQH_MUTANT_CLEAN; i++)
        mutants[i].idle =
            mutants[i].kind == MQH_MUTANT_VARIANT && mutants[i].trace == mutants[0].trace &&
            mutants[i].variant != MQH_V_SEGMENTS; /* packets are put together before they count */
}

void mqh_mutants_run(struct mqh_mutants_suite *suite, struct mqh_mutant *mutants, size_t count,
                     unsigned threads, bool all)
{
    atomic_bool *passed = calloc(suite->cases.count + 1, sizeof(*passed));
    struct crew crew = {
        .passed = passed, .suite = suite, .mutants = mutants, .count = count, .all = all};
    uv_thread_t others[THREADS_MAX];
    unsigned started = 0;

    while (started + 1 < threads && started < THREADS_MAX &&
           uv_thread_create(&others[started], work, &crew) == 0)
        started++;
    work(&crew);
    for (unsigned i = 0; i < started; i++)
        uv_thread_join(&others[i]);
    for (size_t i = 0; i < suite->cases.count; i++)
        suite->passed[i] = passed[i];
    free(passed);
    note_idle(mutants, count);
}

void mqh_mutants_free(struct mqh_mutant *mutants, size_t count)
{
    for (size_t i = 0; i < count; i++)
        mqh_arena_free(&mutants[i].arena);
}

bool mqh_mutant_is_good(const struct mqh_mutant *mutant)
{
    if (mutant->kind == MQH_MUTANT_DEFECT)
        return mutant->kills > 0 || mutant->defect->survives != NULL;
    if (mutant->kind == MQH_MUTANT_LENIENT)
        return mutant->kills > 0 && mutant->kills == mutant->red_count;
    /* What the two that say something sensible pass by is looked at by people. */
    if (mutant->kind == MQH_MUTANT_DEGENERATE)
        return mutant->red_count == 0 || mutant->variant == MQH_V_ONLY_ACKNOWLEDGES ||
               mutant->variant == MQH_V_ACCEPTS_AND_SLEEPS;
    return !mutant->idle &&
           mutant->counts[MQH_FAIL] + mutant->counts[MQH_BLOCKED] + mutant->counts[MQH_ERROR] == 0;
}
