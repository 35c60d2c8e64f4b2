/*
 * After each case: its sessions are ended one by one, by a CONNECT that starts clean and a
 * DISCONNECT, so that Wills fire; then what it retained is cleared, topic by topic. Each of these
 * is a small scenario, played by the engine like any other.
 */
#include <stdio.h>
#include <stdlib.h>

#include "codec/topic.h"
#include "harness/runner/state.h"

enum { ANSWER_MS = 3000, HARD_MS = 10000, TOPICS_AT_ONCE = 50 };

struct mqh_cleanup {
    struct mqh_runner *runner;
    struct mqh_job *job;
    void (*done)(struct mqh_job *job);
    struct mqh_arena arena; /* of one step */
    const struct mqh_trace *traces;
    size_t trace_count;
    size_t next;           /* trace whose session is ended next */
    size_t next_topic;     /* trace whose topic is cleared next */
    const char *client_id; /* being ended; NULL: topics are being cleared */
    enum mqc_version version;
};

void mqh_cleanup_failed(struct mqh_runner *runner, const char *format, ...)
{
    struct mqh_run *run = runner->run;
    va_list arguments;
    char line[400];

    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    run->not_cleaned = mqh_arena_grow(runner->arena, run->not_cleaned, run->not_cleaned_count,
                                      &runner->not_cleaned_capacity, sizeof(*run->not_cleaned));
    run->not_cleaned[run->not_cleaned_count++] = mqh_arena_format(runner->arena, "%s", line);
}

/* ---- steps ---- */

static bool is_repeated(const struct mqh_cleanup *cleanup, size_t index)
{
    const struct mqh_trace *traces = cleanup->traces;

    for (size_t i = 0; i < index; i++)
        if (traces[i].client_id != NULL && traces[index].client_id != NULL &&
            strcmp(traces[i].client_id, traces[index].client_id) == 0)
            return true;
    return false;
}

/* Ends the next session; NULL if there is none left. */
static const struct mqh_case *session_step(struct mqh_cleanup *cleanup)
{
    while (cleanup->next < cleanup->trace_count) {
        size_t index = cleanup->next++;
        const struct mqh_trace *trace = &cleanup->traces[index];
        struct mqh_script script = {.arena = &cleanup->arena};
        const struct mqh_case *c;

        if (trace->client_id == NULL || is_repeated(cleanup, index))
            continue;
        mqh_script_add(&script, "scenario \"clean/session\"\nversions %s\nclient c client-id=",
                       mqc_version_name(trace->version));
        mqh_script_hex(&script, trace->client_id);
        mqh_script_add(&script, " session=fresh\nc disconnect\n");
        cleanup->client_id = trace->client_id;
        cleanup->version = trace->version;
        c = mqh_script_case(&script, trace->version);
        if (c != NULL)
            return c;
    }
    cleanup->client_id = NULL;
    return NULL;
}

void mqh_cleanup_topic(const struct mqh_runner *runner, struct mqh_script *script,
                       const char *topic, enum mqc_version version, unsigned id)
{
    mqh_script_add(script, "c -> PUBLISH retain topic=");
    mqh_script_hex(script, topic);
    mqh_script_add(script, " payload=\"\"");
    if (!runner->no_qos1 || version != MQC_V5)
        mqh_script_add(script, " qos=1 id=%u\nc <- PUBACK id=%u", id, id);
    mqh_script_add(script, "\n");
}

/* Clears some of the topics of one version; NULL if there are none left. */
static const struct mqh_case *topic_step(struct mqh_cleanup *cleanup)
{
    struct mqh_script script = {.arena = &cleanup->arena};
    unsigned count = 0;

    for (; cleanup->next_topic < cleanup->trace_count && count < TOPICS_AT_ONCE;
         cleanup->next_topic++) {
        const struct mqh_trace *trace = &cleanup->traces[cleanup->next_topic];

        if (trace->topic == NULL ||
            mqc_topic_name_check(mqc_slice_text(trace->topic)) != MQC_TOPIC_OK)
            continue;
        if (count == 0) {
            cleanup->version = trace->version;
            mqh_script_add(&script, "scenario \"clean/topics\"\nversions %s\nclient c\n",
                           mqc_version_name(trace->version));
        } else if (trace->version != cleanup->version) {
            break;
        }
        mqh_cleanup_topic(cleanup->runner, &script, trace->topic, cleanup->version, ++count);
    }
    return count > 0 ? mqh_script_case(&script, cleanup->version) : NULL;
}

/* ---- one after the other ---- */

static void step(struct mqh_cleanup *cleanup);

static void on_done(void *context, struct mqh_engine *engine)
{
    struct mqh_cleanup *cleanup = context;
    const struct mqh_result *result = mqh_engine_result(engine);

    if (result->verdict != MQH_PASS && result->verdict != MQH_WARN && cleanup->client_id != NULL)
        mqh_cleanup_failed(cleanup->runner, "the session of %s (MQTT %s, %s): %s",
                           cleanup->client_id, mqc_version_name(cleanup->version),
                           cleanup->job->c->id, result->reason);
    mqh_arena_free(&cleanup->arena);
    step(cleanup);
}

static void finish(struct mqh_cleanup *cleanup)
{
    struct mqh_job *job = cleanup->job;
    void (*done)(struct mqh_job *) = cleanup->done;

    mqh_arena_free(&cleanup->arena);
    free(cleanup);
    done(job);
}

/* A topic that cannot be cleared is found by the sweep. */
static void step(struct mqh_cleanup *cleanup)
{
    const struct mqh_patience patience = {ANSWER_MS, ANSWER_MS, 0};
    const struct mqh_case *c = NULL;
    struct mqh_engine *engine;

    if (!cleanup->runner->dead)
        c = session_step(cleanup);
    while (c == NULL && !cleanup->runner->dead && cleanup->next_topic < cleanup->trace_count)
        c = topic_step(cleanup);
    if (c == NULL) {
        finish(cleanup);
        return;
    }
    engine = mqh_runner_engine(cleanup->runner, &cleanup->arena, c, patience, 0, NULL);
    mqh_live_run(cleanup->runner->live, engine, HARD_MS, on_done, cleanup);
}

/* Where the sweep is to look. */
static void note_place(struct mqh_runner *runner, const struct mqh_job *job)
{
    runner->places = mqh_arena_grow(runner->arena, runner->places, runner->place_count,
                                    &runner->place_capacity, sizeof(*runner->places));
    runner->places[runner->place_count++] = job->topic;
}

bool mqh_cleanup_start(struct mqh_runner *runner, struct mqh_job *job,
                       void (*done)(struct mqh_job *job))
{
    struct mqh_cleanup *cleanup;
    size_t count;
    const struct mqh_trace *traces = mqh_engine_traces(job->engine, &count);
    bool retained = false;

    for (size_t i = 0; i < count; i++)
        retained = retained || traces[i].topic != NULL;
    if (retained && !job->sweeps)
        note_place(runner, job);
    if (count == 0 || runner->dead || job->sweeps)
        return false;
    cleanup = calloc(1, sizeof(*cleanup));
    if (cleanup == NULL)
        abort();
    *cleanup = (struct mqh_cleanup){
        .runner = runner, .job = job, .done = done, .traces = traces, .trace_count = count};
    step(cleanup);
    return true;
}
