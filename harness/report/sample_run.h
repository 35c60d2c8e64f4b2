/*
 * A hand-made run for the tests of the reports: one case of each verdict, text that no file format
 * likes, and a broker that could not be cleaned up. Only tests include this.
 *
 *     0  connect/accepted@3.1.1         PASS
 *     1  connect/accepted@5.0           PASS
 *     2  subscribe/no-filter[x=1]@5.0   FAIL, with a transcript of 14 lines
 *     3  subscribe/no-filter[x=2]@5.0   FAIL, alike
 *     4  subscribe/order@5.0            FAIL, known
 *     5  retain/cleared@5.0             WARN
 *     6  share/one-copy@5.0             SKIP
 *     7  will/sent@5.0                  FLAKY
 *     8  will/late@5.0                  BLOCKED, reason with markup and bytes that are not UTF-8
 *     9  will/ours@5.0                  ERROR
 *    10  will/never@5.0                 not run
 */
#ifndef MQH_SAMPLE_RUN_H
#define MQH_SAMPLE_RUN_H

#include <stdio.h>
#include <stdlib.h>

#include "harness/runner/run.h"

enum { SAMPLE_COUNT = 11, SAMPLE_EVENTS = 14 };

#define SAMPLE_ODD "<a & \"b\"> \001 \xff \xc3\xa4 # ]]>"

struct sample {
    struct mqh_run run;
    struct mqh_target target;
    struct mqh_scenario scenarios[SAMPLE_COUNT];
    struct mqh_case cases[SAMPLE_COUNT];
    struct mqh_result results[SAMPLE_COUNT];
    struct mqh_result *pointers[SAMPLE_COUNT];
    struct mqh_event events[SAMPLE_EVENTS];
    const struct mqh_requirement *rules[1];
    struct mqh_warning warning;
    struct mqh_known known;
    struct mqh_known_entry entries[2];
    struct mqh_capability capability;
    struct mqh_profile_entry profile;
    const char *not_cleaned[1];
};

static inline void sample_case(struct sample *sample, size_t index, const char *name,
                               const char *id, enum mqh_verdict verdict, const char *reason)
{
    struct mqh_id_list rules = {sample->rules, 1};
    bool red = verdict == MQH_FAIL || verdict == MQH_WARN;

    sample->scenarios[index] = (struct mqh_scenario){
        .file = "conformance/some/file.mqs", .name = name, .where = {.line = 3}};
    sample->cases[index] = (struct mqh_case){.scenario = &sample->scenarios[index],
                                             .id = id,
                                             .version = index == 0 ? MQC_V311 : MQC_V5,
                                             .requirements = rules,
                                             .order = index};
    sample->results[index] = (struct mqh_result){.verdict = verdict,
                                                 .reason = reason,
                                                 .expected = red ? "closed reason=0x82" : "",
                                                 .actual = red ? "SUBACK id=1 [0]" : "",
                                                 .broken = red ? rules : (struct mqh_id_list){0},
                                                 .line = red ? 9 : 0,
                                                 .duration_ms = 1234,
                                                 .runs = 1};
    sample->pointers[index] = &sample->results[index];
}

static inline void sample_transcript(struct sample *sample)
{
    static const uint8_t suback[] = {0x90, 0x04, 0x00, 0x01, 0x00, 0x00};

    for (unsigned i = 0; i < SAMPLE_EVENTS; i++)
        sample->events[i] = (struct mqh_event){.time_ms = 1000 * i + i,
                                               .kind = (enum mqh_event_kind)(i % 8),
                                               .peer = "sub",
                                               .text = i % 8 == 2 ? "SUBACK id=1 [0]" : "",
                                               .bytes = {suback, i % 8 == 2 ? sizeof suback : 0},
                                               .version = MQC_V5};
    /* A CONNECT whose bytes must not be shown. */
    sample->events[1].text = "CONNECT password=<concealed>";
    sample->events[1].bytes = mqc_slice_text("secret");
    sample->results[2].events = sample->events;
    sample->results[2].event_count = SAMPLE_EVENTS;
}

static inline struct sample *sample_new(void)
{
    struct sample *sample = calloc(1, sizeof *sample);

    sample->rules[0] = mqh_catalogue_find(MQC_V5, "MQTT-3.8.3-2");
    sample->target = (struct mqh_target){.url = "mqtt://127.0.0.1:1883", .password = "secret"};
    sample_case(sample, 0, "connect/accepted", "connect/accepted", MQH_PASS, "");
    sample_case(sample, 1, "connect/accepted", "connect/accepted", MQH_PASS, "");
    sample_case(sample, 2, "subscribe/no-filter", "subscribe/no-filter[x=1]", MQH_FAIL, "open");
    sample_case(sample, 3, "subscribe/no-filter", "subscribe/no-filter[x=2]", MQH_FAIL, "open");
    sample->cases[3].scenario = &sample->scenarios[2];
    sample_case(sample, 4, "subscribe/order", "subscribe/order", MQH_FAIL, "order");
    sample_case(sample, 5, "retain/cleared", "retain/cleared", MQH_WARN, "still there");
    sample_case(sample, 6, "share/one-copy", "share/one-copy", MQH_SKIP, "no shared-subscriptions");
    sample_case(sample, 7, "will/sent", "will/sent", MQH_FLAKY, "came the second time");
    sample_case(sample, 8, "will/late", "will/late[s=\"it's\"]", MQH_BLOCKED, SAMPLE_ODD);
    sample_case(sample, 9, "will/ours", "will/ours", MQH_ERROR, "our fault");
    sample_case(sample, 10, "will/never", "will/never", MQH_PASS, "");
    sample->pointers[10] = NULL;
    sample_transcript(sample);
    sample->results[4].known = true;
    sample->results[4].known_reason = "reorders <them>";
    sample->warning = (struct mqh_warning){"odd", NULL};
    sample->results[5].warnings = &sample->warning;
    sample->results[5].warning_count = 1;
    sample->entries[0] = (struct mqh_known_entry){
        .case_id = "subscribe/order@5.0", .rule = sample->rules[0], .line = 1, .applies = true};
    sample->entries[1] = (struct mqh_known_entry){
        .case_id = "connect/accepted@5.0", .line = 2, .applies = true, .mended = &sample->cases[1]};
    sample->known = (struct mqh_known){"known.txt", sample->entries, 2};
    sample->capability = (struct mqh_capability){"qos2", MQC_V311, false, "PUBREC never came"};
    sample->profile = (struct mqh_profile_entry){MQC_V5, "receive-maximum", "20", true};
    sample->not_cleaned[0] = "session of client abc";
    sample->run = (struct mqh_run){
        .tool = "mqspec 0.1.0",
        .target = &sample->target,
        .command = "mqspec test mqtt://127.0.0.1:1883",
        .alone = "",
        .broker = "mosquitto version 2.0.11",
        .started = "2026-11-25T06:31:00Z",
        .duration_ms = 6249,
        .versions = MQH_VERSION(MQC_V311) | MQH_VERSION(MQC_V5),
        .cases = sample->cases,
        .results = sample->pointers,
        .case_count = SAMPLE_COUNT,
        .capabilities = &sample->capability,
        .capability_count = 1,
        .profile = &sample->profile,
        .profile_count = 1,
        .settle_ms = 50,
        .rerun_count = 2,
        .known = &sample->known,
        .not_cleaned = sample->not_cleaned,
        .not_cleaned_count = 1,
        .counts = {[MQH_PASS] = 2,
                   [MQH_FAIL] = 2,
                   [MQH_WARN] = 1,
                   [MQH_BLOCKED] = 1,
                   [MQH_SKIP] = 1,
                   [MQH_FLAKY] = 1,
                   [MQH_ERROR] = 1},
        .known_count = 1,
    };
    return sample;
}

/* What a report writes, as text; the caller frees it. */
static inline char *sample_text(const struct mqh_run *run,
                                void (*report)(FILE *out, const struct mqh_run *run))
{
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);

    report(memory, run);
    fclose(memory);
    return text;
}

#endif
