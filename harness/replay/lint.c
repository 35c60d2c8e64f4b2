#include "harness/replay/lint.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- recordings ---- */

static void judge_recording(struct mqh_judge *judge, const struct mqh_recording *recording,
                            struct mqh_talk *talks)
{
    static const enum mqh_talk_event_kind kinds[] = {
        [MQH_RECORDING_OPEN] = MQH_TALK_BEGIN,  [MQH_RECORDING_BYTES] = MQH_TALK_PACKET,
        [MQH_RECORDING_HOLE] = MQH_TALK_BLIND,  [MQH_RECORDING_CLOSE] = MQH_TALK_CLOSED,
        [MQH_RECORDING_RESET] = MQH_TALK_RESET,
    };
    /* In a scenario time stands still: answers that nobody sees are not late. */
    bool timed = !recording->expected;
    uint64_t last_ns = 0;

    for (size_t i = 0; i < recording->event_count; i++) {
        const struct mqh_recording_event *event = &recording->events[i];
        const struct mqh_recording_connection *c = &recording->connections[event->connection];
        struct mqh_talk *talk = &talks[event->connection];
        struct mqh_talk_event as_captured = {.talk = talk,
                                             .kind = kinds[event->kind],
                                             .side = event->side,
                                             .bytes = event->bytes,
                                             .frame = event->frame,
                                             .time_ns = timed ? event->time_ns : 0};

        last_ns = as_captured.time_ns;
        if (recording->expected && event->side == MQC_SERVER)
            continue;
        talk->number = event->connection + 1;
        talk->from_start = c->from_start && !recording->expected; /* then nothing is missed */
        talk->version = c->version_is_known ? c->version : MQC_VERSION_UNKNOWN;
        talk->client = c->client;
        if (event->kind == MQH_RECORDING_OPEN || talk->user != NULL)
            mqh_judge_event(judge, &as_captured);
    }
    for (size_t i = 0; i < recording->connection_count; i++) {
        struct mqh_talk_event last = {
            .kind = MQH_TALK_END,
            .talk = &talks[i],
            .time_ns = timed && recording->end_ns > last_ns ? recording->end_ns : last_ns};

        if (talks[i].user != NULL)
            mqh_judge_event(judge, &last);
    }
}

bool mqh_lint_recording(const struct mqh_recording *recording,
                        const struct mqh_recording_options *options, mqh_finding_handler *handler,
                        void *context, struct mqh_lint_counts *counts)
{
    struct mqh_judge *judge = mqh_judge_new(options, handler, context, &counts->said);
    struct mqh_talk *talks = calloc(recording->connection_count + 1, sizeof *talks);
    bool good = judge != NULL && talks != NULL;

    counts->capture = (struct mqh_capture_counts){0};
    if (good)
        judge_recording(judge, recording, talks);
    if (recording->expected)
        counts->said.midway = 0;
    free(talks);
    mqh_judge_free(judge);
    return good;
}

/* ---- files ---- */

static void on_talk(void *context, const struct mqh_talk_event *event)
{
    mqh_judge_event(context, event);
}

static bool lint_capture(const char *path, const struct mqh_recording_options *options,
                         mqh_finding_handler *handler, void *context,
                         struct mqh_lint_counts *counts, char *why, size_t why_size)
{
    struct mqh_judge *judge = mqh_judge_new(options, handler, context, &counts->said);
    bool good = judge != NULL;

    counts->capture = (struct mqh_capture_counts){0};
    if (good)
        good = mqh_capture_read(path, &options->capture, on_talk, judge, &counts->capture, why,
                                why_size);
    else
        snprintf(why, why_size, "no memory");
    mqh_judge_free(judge);
    return good;
}

bool mqh_lint_file(const char *path, const struct mqh_recording_options *options,
                   mqh_finding_handler *handler, void *context, struct mqh_lint_counts *counts,
                   char *why, size_t why_size)
{
    struct mqh_arena arena = {0};
    struct mqh_recording recording;
    bool good;

    if (mqh_recording_is_capture(path, options))
        return lint_capture(path, options, handler, context, counts, why, why_size);
    good = mqh_recording_read(&arena, path, options, &recording, why, why_size);
    if (!mqh_lint_recording(&recording, options, handler, context, counts)) {
        snprintf(why, why_size, "no memory");
        good = false;
    }
    mqh_arena_free(&arena);
    return good;
}
