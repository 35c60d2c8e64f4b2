/*
 * Once per run: subscribes below every place where a case may have retained something, be it by a
 * Will that fired late, clears what is still there, and looks again.
 */
#include "harness/runner/state.h"

enum { ANSWER_MS = 3000, FILTERS_AT_ONCE = 20, TOPICS_AT_ONCE = 50, TOPICS_MAX = 5000 };

struct topics {
    const char **items;
    size_t count;
    size_t capacity;
};

/* Runs a made-up scenario; its result, or NULL. */
static const struct mqh_result *play(struct mqh_runner *runner, struct mqh_script *script,
                                     enum mqc_version version)
{
    const struct mqh_patience patience = {ANSWER_MS, ANSWER_MS, 0};
    struct mqh_batch batch = {.count = 1, .limit = 1, .at_the_end = true};
    const struct mqh_case *c = mqh_script_case(script, version);
    struct mqh_job job;

    if (c == NULL)
        return NULL;
    job = mqh_job_of(runner, c, patience);
    job.sweeps = true;
    batch.jobs = &job;
    mqh_batch_run(runner, &batch);
    return job.result;
}

/* Adds the topics of retained messages in a transcript. */
static void collect(struct mqh_runner *runner, const struct mqh_result *result,
                    struct topics *topics)
{
    for (size_t i = 0; result != NULL && i < result->event_count; i++) {
        const struct mqh_event *event = &result->events[i];
        struct mqc_frame frame = {.version = event->version, .from = MQC_SERVER};
        struct mqc_faults faults = {0};
        struct mqc_packet packet;

        if (event->kind != MQH_EVENT_RECEIVED || topics->count >= TOPICS_MAX ||
            mqc_frame_read(event->bytes, &frame) != MQC_FRAME_COMPLETE || frame.type != MQC_PUBLISH)
            continue;
        mqc_packet_decode(&frame, &packet, &faults);
        if (!packet.publish.retain || packet.publish.topic.size == 0)
            continue;
        topics->items = mqh_arena_grow(runner->arena, topics->items, topics->count,
                                       &topics->capacity, sizeof(*topics->items));
        topics->items[topics->count++] = mqh_arena_text(runner->arena, packet.publish.topic);
    }
}

/* What is retained below all places. */
static struct topics look(struct mqh_runner *runner, enum mqc_version version)
{
    struct topics topics = {0};
    struct mqh_script script = {.arena = runner->arena};
    unsigned id = 0;

    mqh_script_add(&script, "scenario \"clean/sweep\"\nversions %s\nforeign\nclient c acks=auto\n",
                   mqc_version_name(version));
    for (size_t i = 0; i < runner->place_count; i += FILTERS_AT_ONCE) {
        const char *separator = "";

        mqh_script_add(&script, "c -> SUBSCRIBE id=%u [", ++id);
        for (size_t j = i; j < runner->place_count && j < i + FILTERS_AT_ONCE; j++) {
            mqh_script_add(&script, "%s\"%s/#\"", separator, runner->places[j]);
            separator = ", ";
        }
        mqh_script_add(&script, "]\nc <- SUBACK id=%u\n", id);
    }
    mqh_script_add(&script, "wait %ums\n", runner->patience.settle_ms);
    collect(runner, play(runner, &script, version), &topics);
    return topics;
}

static void clear(struct mqh_runner *runner, const struct topics *topics, enum mqc_version version)
{
    for (size_t i = 0; i < topics->count; i += TOPICS_AT_ONCE) {
        struct mqh_script script = {.arena = runner->arena};

        mqh_script_add(&script, "scenario \"clean/topics\"\nversions %s\nclient c\n",
                       mqc_version_name(version));
        for (size_t j = i; j < topics->count && j < i + TOPICS_AT_ONCE; j++)
            mqh_cleanup_topic(runner, &script, topics->items[j], version, (unsigned)(j - i) + 1);
        play(runner, &script, version);
    }
}

void mqh_sweep(struct mqh_runner *runner)
{
    enum mqc_version version = MQC_V311;
    struct topics topics;

    if (runner->place_count == 0)
        return;
    if (runner->dead || runner->accepted == 0) {
        mqh_cleanup_failed(runner, "what %zu cases may have retained below %s…: the broker is gone",
                           runner->place_count, runner->places[0]);
        return;
    }
    while ((runner->accepted & MQH_VERSION(version)) == 0)
        version = version == MQC_V5 ? MQC_V31 : version + 1;
    topics = look(runner, version);
    if (topics.count == 0)
        return;
    clear(runner, &topics, version);
    topics = look(runner, version);
    for (size_t i = 0; i < topics.count; i++)
        mqh_cleanup_failed(runner, "the retained message on %s", topics.items[i]);
}
