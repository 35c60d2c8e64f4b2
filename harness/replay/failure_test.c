/* What is wrong with a broker that does not answer, and what only the time that passes can show. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */

#include "codec/testing.h"

#include "harness/replay/failure.h"

#define CONNECT "10 0d 0004 4d515454 04 02 0001 0001 61" /* Keep Alive 1 */
#define CONNACK "20 02 0000"
#define PINGREQ "c0 00"

enum { PACKETS_MAX = 4 };

/* Packets of a client, and a CONNACK of the broker. */
static const struct {
    const char *name;
    struct {
        unsigned time_ms;
        const char *hex;
    } packets[PACKETS_MAX];
    unsigned quiet_ms; /* at the end, after which nothing more was to come */
    unsigned end_ms;
    const char *rule; /* the only one that is broken; NULL: none */
} rows[] = {
    {"answered", {{0, CONNECT}, {1, CONNACK}}, 300, 400, NULL},
    {"a PINGREQ is not",
     {{0, CONNECT}, {1, CONNACK}, {2, PINGREQ}},
     300,
     400,
     "v311 MQTT-3.12.4-1"},
    {"nobody waited for that", {{0, CONNECT}, {1, CONNACK}, {2, PINGREQ}}, 0, 400, NULL},
    {"just late with a Keep Alive", {{0, CONNECT}, {1600, CONNACK}}, 300, 2000, NULL},
    {"late within ten seconds", {{0, CONNECT}, {1, CONNACK}}, 300, 11000, NULL},
    {"too late", {{0, CONNECT}, {1, CONNACK}}, 300, 12000, "v311 MQTT-3.1.2-24"},
};

static void test_failure_rules_give_answers_patience_and_timers_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mqh_arena arena = {0};
        struct mqh_recording recording = {.arena = &arena, .quiet_ms = rows[i].quiet_ms};
        struct mqh_recording_event event = {
            .kind = MQH_RECORDING_BYTES, .connection = mqh_recording_open(&recording, MQC_V311, 0)};
        struct mqh_rule_set rules;

        print_message("%s\n", rows[i].name);
        for (size_t n = 0; n < PACKETS_MAX && rows[i].packets[n].hex != NULL; n++) {
            struct mqc_test_bytes bytes;

            mqc_test_hex(rows[i].packets[n].hex, &bytes);
            event.side = strcmp(rows[i].packets[n].hex, CONNACK) == 0 ? MQC_SERVER : MQC_CLIENT;
            event.bytes = (struct mqc_slice){bytes.data, bytes.size};
            event.time_ns = rows[i].packets[n].time_ms * UINT64_C(1000000);
            mqh_recording_add(&recording, event);
        }
        recording.end_ns = rows[i].end_ms * UINT64_C(1000000);
        rules = mqh_failure_rules(&arena, &recording);
        assert_int_equal(rules.count, rows[i].rule != NULL);
        if (rules.count > 0)
            assert_string_equal(rules.ids[0], rows[i].rule);
        mqh_arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failure_rules_give_answers_patience_and_timers_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
