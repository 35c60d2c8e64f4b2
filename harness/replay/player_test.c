/* What a client does when a broker delivers at another time than in the recording, and when it does
 * what. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */

#include "harness/replay/player.h"

#include <stdio.h>

#include "codec/testing.h"

enum { PATIENCE_MS = 1000, SENT_MAX = 400 };

static const struct {
    enum mqc_side side;
    const char *hex;
} recorded[] = {
    {MQC_CLIENT, "10 0d 0004 4d515454 04 02 003c 0001 61"},
    {MQC_SERVER, "20 02 0000"},
    {MQC_SERVER, "34 06 0001 74 0001 78"},
    {MQC_CLIENT, "50 02 0001"},
    {MQC_SERVER, "62 02 0001"},
    {MQC_CLIENT, "70 02 0001"},
    {MQC_CLIENT, "c0 00"},
    {MQC_SERVER, "d0 00"},
    {MQC_CLIENT, "e0 00"},
};

/* A broker of now: each packet of the client, by its first byte, has one answer. */
struct course {
    const char *name;
    const char *connack;
    const char *pingresp;
    bool raw;
    const char *sent; /* by the client: types and identifiers */
    size_t difference_count;
    const char *last_difference;
};

static const struct course courses[] = {
    {"as in the recording", "20 02 0000 | 34 06 0001 74 0007 78", "d0 00", false,
     "10 50:7 70:7 c0 e0", 0, NULL},
    {"the delivery comes later", "20 02 0000", "34 06 0001 74 0007 78 | d0 00", false,
     "10 c0 50:7 70:7 e0", 0, NULL},
    {"it does not come", "20 02 0000", "d0 00", false, "10 c0 e0", 4,
     "PUBCOMP id=1 is not sent: what it answers does not come"},
    {"raw", "20 02 0000", "d0 00", true, "10 50:1 70:1 c0 e0", 3,
     "PUBREL id=7 comes, which is not in the recording"},
};

static struct mqh_recording make(struct mqh_arena *arena)
{
    struct mqh_recording recording = {.arena = arena};
    unsigned connection = mqh_recording_open(&recording, MQC_V311, 0);

    for (size_t i = 0; i < sizeof recorded / sizeof *recorded; i++) {
        struct mqc_test_bytes bytes;

        mqc_test_hex(recorded[i].hex, &bytes);
        mqh_recording_add(&recording,
                          (struct mqh_recording_event){.kind = MQH_RECORDING_BYTES,
                                                       .connection = connection,
                                                       .side = recorded[i].side,
                                                       .bytes = {bytes.data, bytes.size}});
    }
    return recording;
}

static void answer(const struct course *course, struct mqh_player *player, uint8_t first,
                   uint64_t now_ms)
{
    const char *hex = first == 0x10   ? course->connack
                      : first == 0xc0 ? course->pingresp
                      : first == 0x50 ? "62 02 0007"
                                      : "";
    struct mqc_test_bytes bytes;

    mqc_test_hex(hex, &bytes);
    if (bytes.size > 0)
        mqh_player_received(player, 0, (struct mqc_slice){bytes.data, bytes.size}, now_ms);
}

/* Plays to the end; `sent` gets what the client said. */
static void play(const struct course *course, struct mqh_player *player, char *sent)
{
    uint64_t now_ms = 0;
    size_t size = 0;

    mqh_player_start(player, now_ms);
    while (!mqh_player_done(player)) {
        struct mqh_player_action action;

        if (!mqh_player_next(player, &action)) {
            now_ms = mqh_player_deadline(player);
            mqh_player_tick(player, now_ms);
        } else if (action.kind == MQH_PLAYER_OPEN) {
            mqh_player_opened(player, 0, now_ms);
        } else if (action.kind == MQH_PLAYER_SEND) {
            const uint8_t *packet = action.bytes.data;

            size += (size_t)snprintf(sent + size, SENT_MAX - size, "%s%02x", size > 0 ? " " : "",
                                     packet[0]);
            if (packet[1] == 2)
                size += (size_t)snprintf(sent + size, SENT_MAX - size, ":%d", packet[3]);
            answer(course, player, packet[0], now_ms);
        }
    }
}

static void test_player_acknowledges_only_what_has_come(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof courses / sizeof *courses; i++) {
        const struct course *course = &courses[i];
        const struct mqh_player_options options = {
            .raw = course->raw, .patience_ms = PATIENCE_MS, .linger_ms = 10};
        struct mqh_arena arena = {0};
        struct mqh_recording recording = make(&arena);
        struct mqh_player *player = mqh_player_new(&arena, &recording, &options);
        const struct mqh_difference *differences;
        char sent[SENT_MAX] = "";
        size_t count;

        print_message("%s\n", course->name);
        play(course, player, sent);
        assert_string_equal(sent, course->sent);
        differences = mqh_player_differences(player, &count);
        assert_int_equal(count, course->difference_count);
        if (count > 0)
            assert_string_equal(differences[count - 1].text, course->last_difference);
        mqh_arena_free(&arena);
    }
}

/* ---- who leaves, and who goes on ---- */

enum { LEAVES, GOES_ON };

static void record(struct mqh_recording *recording, enum mqh_recording_kind kind,
                   unsigned connection, enum mqc_side side, const char *hex)
{
    struct mqc_test_bytes bytes;

    mqc_test_hex(hex, &bytes);
    mqh_recording_add(recording, (struct mqh_recording_event){.kind = kind,
                                                              .connection = connection,
                                                              .side = side,
                                                              .bytes = {bytes.data, bytes.size}});
}

/* One client leaves, the broker answers its end, and only then another goes on. */
static struct mqh_recording make_parting(struct mqh_arena *arena, bool broker_ends)
{
    struct mqh_recording recording = {.arena = arena};

    mqh_recording_open(&recording, MQC_V311, 0);
    mqh_recording_open(&recording, MQC_V311, 0);
    record(&recording, MQH_RECORDING_BYTES, LEAVES, MQC_CLIENT, "e0 00");
    record(&recording, MQH_RECORDING_CLOSE, LEAVES, MQC_CLIENT, "");
    if (broker_ends)
        record(&recording, MQH_RECORDING_CLOSE, LEAVES, MQC_SERVER, "");
    record(&recording, MQH_RECORDING_BYTES, GOES_ON, MQC_CLIENT, "c0 00");
    record(&recording, MQH_RECORDING_BYTES, GOES_ON, MQC_SERVER, "d0 00");
    return recording;
}

/* Does what is there to do; whether the one who goes on has sent something. */
static bool goes_on(struct mqh_player *player, uint64_t now_ms)
{
    struct mqh_player_action action;
    bool sent = false;

    while (mqh_player_next(player, &action)) {
        if (action.kind == MQH_PLAYER_OPEN)
            mqh_player_opened(player, action.connection, now_ms);
        sent = sent || (action.kind == MQH_PLAYER_SEND && action.connection == GOES_ON);
    }
    return sent;
}

static void test_player_waits_until_the_broker_knows_who_is_gone(void **state)
{
    static const struct mqh_player_options options = {.patience_ms = PATIENCE_MS};
    struct mqh_arena arena = {0};
    struct mqh_recording recording = make_parting(&arena, true);
    struct mqh_player *player = mqh_player_new(&arena, &recording, &options);
    size_t count;

    (void)state;
    mqh_player_start(player, 0);
    assert_false(goes_on(player, 0));
    mqh_player_closed(player, LEAVES, false, 1);
    assert_true(goes_on(player, 1));

    player = mqh_player_new(&arena, &recording, &options); /* by a broker that leaves it open */
    mqh_player_start(player, 0);
    assert_false(goes_on(player, 0));
    mqh_player_tick(player, PATIENCE_MS - 1);
    assert_false(goes_on(player, PATIENCE_MS - 1));
    mqh_player_tick(player, PATIENCE_MS);
    assert_true(goes_on(player, PATIENCE_MS));
    mqh_player_differences(player, &count);
    assert_int_equal(count, 0);

    recording = make_parting(&arena, false); /* of which nothing is known */
    player = mqh_player_new(&arena, &recording, &options);
    mqh_player_start(player, 0);
    assert_true(goes_on(player, 0));
    mqh_arena_free(&arena);
}

/* ---- pace ---- */

/* PINGREQ after five seconds; after nine the broker has closed, which it does not do now. */
static struct mqh_recording make_slow(struct mqh_arena *arena, uint64_t end_ms)
{
    static const unsigned times_ms[] = {0, 0, 5000, 5000};
    static const char *const packets[] = {"10 0d 0004 4d515454 04 02 003c 0001 61", "20 02 0000",
                                          "c0 00", "d0 00"};
    struct mqh_recording recording = {.arena = arena};
    struct mqh_recording_event event = {.connection = mqh_recording_open(&recording, MQC_V311, 0),
                                        .kind = MQH_RECORDING_BYTES};

    for (size_t i = 0; i < sizeof packets / sizeof *packets; i++) {
        struct mqc_test_bytes bytes;

        mqc_test_hex(packets[i], &bytes);
        event.side = i % 2 == 0 ? MQC_CLIENT : MQC_SERVER;
        event.bytes = (struct mqc_slice){bytes.data, bytes.size};
        event.time_ns = times_ms[i] * UINT64_C(1000000);
        mqh_recording_add(&recording, event);
    }
    event.kind = MQH_RECORDING_CLOSE;
    event.bytes = (struct mqc_slice){0};
    event.time_ns = 9000 * UINT64_C(1000000);
    mqh_recording_add(&recording, event);
    recording.end_ns = end_ms * 1000000;
    return recording;
}

static void test_player_keeps_the_pace(void **state)
{
    enum { LINGER_MS = 10 };
    static const struct course course = {.connack = "20 02 0000", .pingresp = "d0 00"};
    static const struct {
        const char *name;
        double speed;
        unsigned end_ms; /* of the recording */
        unsigned pinged_ms;
        unsigned over_ms;
    } rows[] = {
        {"fast", 0, 0, 0, PATIENCE_MS + LINGER_MS},
        {"fast, and listened to for longer", 0, 20000, 0, PATIENCE_MS + LINGER_MS},
        {"as it was", 1, 0, 5000, 9000 + PATIENCE_MS + LINGER_MS},
        {"as it was, and listened to for longer", 1, 20000, 5000, 20000},
        {"ten times as fast", 10, 20000, 500, 2000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct mqh_player_options options = {
            .speed = rows[i].speed, .patience_ms = PATIENCE_MS, .linger_ms = LINGER_MS};
        struct mqh_arena arena = {0};
        struct mqh_recording recording = make_slow(&arena, rows[i].end_ms);
        struct mqh_player *player = mqh_player_new(&arena, &recording, &options);
        const struct mqh_recording *live;
        size_t difference_count;
        char sent[SENT_MAX] = "";

        print_message("%s\n", rows[i].name);
        play(&course, player, sent);
        live = mqh_player_live(player);
        assert_string_equal(sent, "10 c0");
        assert_int_equal(live->events[3].bytes.data[0], 0xc0);
        assert_int_equal(live->events[3].time_ns / 1000000, rows[i].pinged_ms);
        assert_int_equal(live->end_ns / 1000000, rows[i].over_ms);
        mqh_player_differences(player, &difference_count);
        assert_int_equal(difference_count, 1);
        mqh_arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_player_waits_until_the_broker_knows_who_is_gone),
        cmocka_unit_test(test_player_acknowledges_only_what_has_come),
        cmocka_unit_test(test_player_keeps_the_pace),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
