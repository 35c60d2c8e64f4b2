#include "harness/scenario/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "harness/catalogue/embedded.h"

/* --- the binary form ------------------------------------------------------------------------ */

static void test_every_byte_string_is_a_session_and_its_canonical_form_reads_the_same(void **state)
{
    uint32_t chance = 1;

    (void)state;
    for (size_t round = 0; round < 20000; round++) {
        uint8_t bytes[24];
        uint8_t room[256];
        struct mqc_slice rest = {bytes, round % (sizeof bytes + 1)};
        struct mqc_slice again;
        struct mqh_session_record record;
        struct mqh_session_record second;
        struct mqc_writer w = mqc_writer_init(room, sizeof room);
        struct mqc_slice start = rest;

        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)((chance = chance * 1664525 + 1013904223) >> (round % 3 ? 24 : 29));
        while (mqh_session_next(&rest, &record)) {
            assert_in_range(record.client, 0, MQH_SESSION_CLIENTS - 1);
            assert_true(record.wait_ms <= MQH_SESSION_WAIT_MAX_MS);
            mqh_session_write(&w, &record);
        }
        assert_false(w.failed);
        again = (struct mqc_slice){room, w.size};
        while (mqh_session_next(&start, &record)) {
            assert_true(mqh_session_next(&again, &second));
            assert_int_equal(record.op, second.op);
            assert_int_equal(record.client, second.client);
            assert_int_equal(record.version, second.version);
            assert_int_equal(record.piece_size, second.piece_size);
            assert_int_equal(record.wait_ms, second.wait_ms);
            assert_true(mqc_slice_equal(record.bytes, second.bytes));
        }
        assert_int_equal(again.size, 0);
    }
}

/* --- text, binary, text --------------------------------------------------------------------- */

static struct mqh_cases cases_of(struct mqh_arena *arena, const char *file, struct mqc_slice text)
{
    struct mqh_scenarios *scenarios = mqh_arena_alloc(arena, sizeof *scenarios);
    struct mqh_cases cases = {0};
    struct mqh_error error = {0};
    char message[800];
    bool good = mqh_parse(arena, file, text, scenarios, &error);

    for (size_t i = 0; good && i < scenarios->count; i++)
        good = mqh_cases_add(arena, &scenarios->items[i], MQH_ALL_VERSIONS, &cases, &error);
    if (!good) {
        mqh_error_print(&error, message, sizeof message);
        fail_msg("%s\nin:\n%.*s", message, (int)text.size, (const char *)text.data);
    }
    return cases;
}

static struct mqc_slice session_of(struct mqh_arena *arena, struct mqc_slice text)
{
    struct mqh_cases cases = cases_of(arena, "session.mqs", text);
    struct mqc_slice session;

    assert_int_equal(cases.count, 1);
    assert_true(mqh_session_of_case(arena, &cases.items[0], &session));
    return session;
}

static void check_session(struct mqh_arena *arena, struct mqc_slice session)
{
    struct mqc_slice text = mqh_session_text(arena, "fuzz/session", session);
    struct mqc_slice back = session_of(arena, text);
    struct mqc_slice again = mqh_session_text(arena, "fuzz/session", back);

    if (!mqc_slice_equal(text, again))
        fail_msg("%.*s\nbecame\n%.*s", (int)text.size, (const char *)text.data, (int)again.size,
                 (const char *)again.data);
}

static const char *const texts[] = {
    "client c0 manual @5.0\n",
    "client c0 manual @3.1.1\n"
    "c0 -> CONNECT clean-start keep-alive=60 client-id=\"a\"\n"
    "c0 -> SUBSCRIBE id=1 [\"a/#\" qos=2]\n"
    "client c7 manual @3.1\n"
    "wait 250ms\n"
    "c7 -> RAW h'c0'\n"
    "c7 -> RAW h'00'\n"
    "c7 -> PINGREQ ; PINGRESP ; RAW h'e0'  breaks any\n"
    "c0 close\n"
    "client c0 again manual @5.0\n"
    "c7 reset\n",
    "client c3 manual @5.0\n"
    "c3 -> PUBLISH qos=3 id=1 topic=\"a/+\"  split=3  breaks any\n"
    "c3 -> RAW h'ffffffffff'  breaks any\n"
    "c3 -> RAW h''\n"
    "c3 -> PINGREQ\n"
    "c3 close\n",
};

static void test_a_session_text_becomes_binary_and_the_same_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct mqh_arena arena = {NULL};
        struct mqc_slice text = mqc_slice_text(
            mqh_arena_format(&arena, "scenario \"fuzz/session\"\nversions 5.0\n\n%s", texts[i]));
        struct mqc_slice again = mqh_session_text(&arena, "fuzz/session", session_of(&arena, text));

        assert_string_equal(mqh_arena_text(&arena, again), mqh_arena_text(&arena, text));
        mqh_arena_free(&arena);
    }
}

static void test_any_bytes_become_a_text_that_says_the_same(void **state)
{
    uint32_t chance = 7;

    (void)state;
    for (size_t round = 0; round < 3000; round++) {
        struct mqh_arena arena = {NULL};
        uint8_t bytes[48] = {MQH_SESSION_CONNECT, (uint8_t)round};

        for (size_t i = 2; i < sizeof bytes; i++) {
            chance = chance * 1664525 + 1013904223;
            bytes[i] = (uint8_t)(chance >> 24) & (round % 2 ? 0xff : 0x77);
        }
        check_session(&arena, (struct mqc_slice){bytes, 2 + round % (sizeof bytes - 1)});
        mqh_arena_free(&arena);
    }
}

static void test_every_scenario_of_clients_is_a_session_and_says_the_same_as_its_text(void **state)
{
    size_t count = 0;

    (void)state;
    for (size_t i = 0; i < mqh_embedded_file_count; i++) {
        const struct mqh_embedded *file = &mqh_embedded_files[i];
        size_t size = strlen(file->path);
        struct mqh_arena arena = {NULL};
        struct mqh_cases cases;

        if (size < 4 || strcmp(file->path + size - 4, ".mqs") != 0)
            continue;
        cases = cases_of(&arena, file->path, (struct mqc_slice){file->data, file->size});
        for (size_t c = 0; c<cases.count; c += cases.count> 100 ? 7 : 1) {
            struct mqc_slice session;

            if (!mqh_session_of_case(&arena, &cases.items[c], &session))
                continue;
            if (session.size < 20000)
                check_session(&arena, session);
            count++;
        }
        mqh_arena_free(&arena);
    }
    assert_true(count > 500);
}

static void test_a_server_and_too_many_clients_are_no_session(void **state)
{
    struct mqh_arena arena = {NULL};
    struct mqh_cases cases;
    struct mqc_slice session;
    char text[1000];
    int size = snprintf(text, sizeof text, "scenario \"a/b\"\nversions 5.0\n");

    (void)state;
    for (int i = 0; i <= MQH_SESSION_CLIENTS; i++)
        size += snprintf(text + size, sizeof text - (size_t)size, "client p%d\n", i);
    cases = cases_of(&arena, "many.mqs", mqc_slice_text(text));
    assert_false(mqh_session_of_case(&arena, &cases.items[0], &session));
    cases = cases_of(&arena, "server.mqs",
                     mqc_slice_text("scenario \"a/b\"\nversions 5.0\nserver s\n"));
    assert_false(mqh_session_of_case(&arena, &cases.items[0], &session));
    mqh_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_byte_string_is_a_session_and_its_canonical_form_reads_the_same),
        cmocka_unit_test(test_a_session_text_becomes_binary_and_the_same_text),
        cmocka_unit_test(test_any_bytes_become_a_text_that_says_the_same),
        cmocka_unit_test(test_every_scenario_of_clients_is_a_session_and_says_the_same_as_its_text),
        cmocka_unit_test(test_a_server_and_too_many_clients_are_no_session),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
