/*
 * The behaviour profile: what the broker announces in CONNACK, and what it was seen to choose where
 * the standard leaves a choice.
 */
#include "harness/runner/state.h"

static void add(struct mqh_runner *runner, struct mqh_profile_entry entry)
{
    struct mqh_run *run = runner->run;
    struct mqh_profile_entry *entries;

    for (size_t i = 0; i < run->profile_count; i++)
        if (run->profile[i].version == entry.version &&
            run->profile[i].announced == entry.announced &&
            strcmp(run->profile[i].name, entry.name) == 0 &&
            strcmp(run->profile[i].word, entry.word) == 0)
            return;
    entries = mqh_arena_grow(runner->arena, runner->profile, run->profile_count,
                             &runner->profile_capacity, sizeof(*entries));
    entries[run->profile_count++] = entry;
    runner->profile = entries;
    run->profile = entries;
}

static const char *word_of(struct mqh_runner *runner, const struct mqc_property *property,
                           enum mqc_property_type type)
{
    switch (type) {
    case MQC_TYPE_STRING:
        return mqh_arena_format(runner->arena, "\"%s\"",
                                mqh_arena_text(runner->arena, property->value));
    case MQC_TYPE_BINARY:
        return mqh_arena_format(runner->arena, "%zu bytes", property->value.size);
    case MQC_TYPE_PAIR:
        return mqh_arena_format(runner->arena, "\"%s\" \"%s\"",
                                mqh_arena_text(runner->arena, property->name),
                                mqh_arena_text(runner->arena, property->value));
    default:
        return mqh_arena_format(runner->arena, "%u", (unsigned)property->number);
    }
}

void mqh_profile_announced(struct mqh_runner *runner, const struct mqh_event *connack)
{
    struct mqc_frame frame = {.version = connack->version, .from = MQC_SERVER};
    struct mqc_faults faults = {0};
    struct mqc_packet packet;
    struct mqc_slice section;

    if (connack->version != MQC_V5 || mqc_frame_read(connack->bytes, &frame) != MQC_FRAME_COMPLETE)
        return;
    mqc_packet_decode(&frame, &packet, &faults);
    section = mqc_packet_properties(&packet);
    for (struct mqc_property property; mqc_property_next(&section, &property);) {
        const struct mqc_property_info *info = mqc_property_info(property.id);

        if (info == NULL)
            continue;
        if (property.id == MQC_MAXIMUM_QOS && property.number == 0)
            runner->no_qos1 = true;
        add(runner, (struct mqh_profile_entry){.version = MQC_V5,
                                               .name = info->name,
                                               .word = word_of(runner, &property, info->type),
                                               .announced = true});
    }
}

void mqh_profile_observed(struct mqh_runner *runner, const struct mqh_result *result,
                          enum mqc_version version)
{
    for (size_t i = 0; i < result->choice_count; i++)
        add(runner, (struct mqh_profile_entry){.version = version,
                                               .name = result->choices[i].name,
                                               .word = result->choices[i].word});
}
