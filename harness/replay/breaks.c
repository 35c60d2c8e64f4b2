#include "harness/replay/breaks.h"

#include "harness/replay/lint.h"

struct finder {
    struct mqh_arena *arena;
    const struct mqh_recording *recording;
    struct mqh_breaks_of *breaks;
};

static void add(struct finder *finder, size_t event, const char *rule)
{
    const char **text = &finder->breaks[event].text;

    if (*text == NULL)
        *text = rule;
    else if (strcmp(*text, "any") != 0 && strstr(*text, rule) == NULL)
        *text = mqh_arena_format(finder->arena, "%s, %s", *text, rule);
}

/* Faults are named by the decoder, whatever came before. */
static void on_finding(void *context, const struct mqh_finding *finding)
{
    struct finder *finder = context;
    const struct mqh_breach *b = finding->breach;

    if (b->side != MQC_CLIENT || b->level != MQC_MUST || b->fault != NULL || b->absence ||
        finding->frame == 0)
        return;
    add(finder, finding->frame - 1,
        mqh_arena_format(finder->arena, "%s %s", mqc_version_space(b->version), b->id));
}

static void find_faults(struct finder *finder, size_t index)
{
    enum { FAULTS_MAX = 32 };
    const struct mqh_recording_event *event = &finder->recording->events[index];
    enum mqc_version version = finder->recording->connections[event->connection].version;
    struct mqc_frame frame = {.version = version, .from = MQC_CLIENT};
    struct mqc_fault items[FAULTS_MAX];
    struct mqc_faults faults = {.items = items, .capacity = FAULTS_MAX};
    struct mqc_packet packet;
    enum mqc_frame_state state = mqc_frame_read(event->bytes, &frame);

    if (state == MQC_FRAME_COMPLETE)
        mqc_packet_decode(&frame, &packet, &faults);
    for (size_t i = 0; i < mqc_faults_stored(&faults); i++) {
        const struct mqc_rule_text *rule = mqc_rule_in(items[i].rule, version);

        if (rule->level < MQC_SHOULD)
            continue;
        finder->breaks[index].faulty = true;
        add(finder, index,
            mqh_arena_format(finder->arena, "%s %s", mqc_version_space(version), rule->id));
    }
    if (state == MQC_FRAME_BROKEN || faults.count > FAULTS_MAX) {
        finder->breaks[index].text = "any";
        finder->breaks[index].faulty = true;
    }
}

struct mqh_breaks_of *mqh_breaks_find(struct mqh_arena *arena,
                                      const struct mqh_recording *recording)
{
    static const struct mqh_recording_options options;
    struct finder finder = {.arena = arena, .recording = recording};
    struct mqh_recording numbered = *recording;
    struct mqh_lint_counts counts;
    size_t size = (recording->event_count + 1) * sizeof *numbered.events;

    numbered.events = mqh_arena_alloc(arena, size);
    finder.breaks = mqh_arena_alloc(arena, (recording->event_count + 1) * sizeof *finder.breaks);
    for (size_t i = 0; i < recording->event_count; i++) {
        numbered.events[i] = recording->events[i];
        numbered.events[i].frame = i + 1;
        if (numbered.events[i].side == MQC_CLIENT && numbered.events[i].kind == MQH_RECORDING_BYTES)
            find_faults(&finder, i);
    }
    mqh_lint_recording(&numbered, &options, on_finding, &finder, &counts);
    return finder.breaks;
}
