#include "codec/testing.h"

#include <stdio.h>

#include "harness/replay/pause.h"

static const struct {
    const char *name;
    const char *times_ms; /* of the events, and of the end */
    size_t count;
    size_t first;
    size_t size;
    unsigned divisor;
    const char *after_ms;
} rows[] = {
    {"no pause", "0 999 1998 2000", 0, 0, 1, 0, "0 999 1998 2000"},
    {"one goes", "0 1000 1500 1600", 1, 0, 1, 0, "0 0 500 600"},
    {"the second goes", "0 1000 1500 5500 5600", 2, 1, 1, 0, "0 1000 1500 1500 1600"},
    {"both go", "0 1000 1500 5500 5600", 2, 0, 2, 0, "0 0 500 500 600"},
    {"one is halved", "100 4100 4200 4300", 1, 0, 1, 2, "100 2100 2200 2300"},
    {"that before the end goes", "0 10 5010", 1, 0, 1, 0, "0 10 10"},
    {"the end is not known", "7000 9000 9100 0", 1, 0, 1, 0, "7000 7000 7100 0"},
    {"none is there", "0 1000 1500 1600", 1, 1, 1, 0, "0 1000 1500 1600"},
};

static struct mqh_recording make(struct mqh_arena *arena, const char *times_ms)
{
    struct mqh_recording recording = {.arena = arena};
    struct mqh_recording_event event = {.kind = MQH_RECORDING_HOLE,
                                        .connection = mqh_recording_open(&recording, MQC_V5, 0)};
    char *rest;

    recording.event_count = 0;
    for (unsigned long ms = strtoul(times_ms, &rest, 10);; ms = strtoul(rest, &rest, 10)) {
        event.time_ns = ms * UINT64_C(1000000);
        if (*rest == '\0')
            break;
        mqh_recording_add(&recording, event);
    }
    recording.end_ns = event.time_ns;
    return recording;
}

static void test_pause_shorten_moves_what_stands_behind(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mqh_arena arena = {0};
        struct mqh_recording recording = make(&arena, rows[i].times_ms);
        char after_ms[100];
        size_t size = 0;

        print_message("%s\n", rows[i].name);
        assert_int_equal(mqh_pause_count(&recording), rows[i].count);
        mqh_pause_shorten(&recording, rows[i].first, rows[i].size, rows[i].divisor);
        for (size_t n = 0; n < recording.event_count; n++)
            size += (size_t)snprintf(after_ms + size, sizeof after_ms - size, "%d ",
                                     (int)(recording.events[n].time_ns / 1000000));
        snprintf(after_ms + size, sizeof after_ms - size, "%d", (int)(recording.end_ns / 1000000));
        assert_string_equal(after_ms, rows[i].after_ms);
        mqh_arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pause_shorten_moves_what_stands_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
