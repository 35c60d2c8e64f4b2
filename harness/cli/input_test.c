#include "harness/cli/input.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

/* What is read of an input, one line a packet: "state offset size" and the bytes that are there. */
static char *read_all(struct mqh_input *input)
{
    static const char *const states[] = {
        [MQH_INPUT_PACKET] = "packet",         [MQH_INPUT_BROKEN] = "broken",
        [MQH_INPUT_INCOMPLETE] = "incomplete", [MQH_INPUT_END] = "end",
        [MQH_INPUT_ERROR] = "error",
    };
    char *text = NULL;
    size_t text_size = 0;
    FILE *out = open_memstream(&text, &text_size);
    enum mqh_input_state state;

    do {
        struct mqc_frame frame = {.from = MQC_CLIENT};
        uint64_t offset = 0;
        size_t there = 0;

        state = mqh_input_next(input, "test", &frame, &offset, &there);
        if (state >= MQH_INPUT_END) {
            fprintf(out, "%s", states[state]);
            continue;
        }
        if (state != MQH_INPUT_INCOMPLETE)
            there = frame.size;
        fprintf(out, "%s %u %zu ", states[state], (unsigned)offset, frame.size);
        for (size_t i = 0; i < there; i++)
            fprintf(out, "%02x", frame.bytes[i]);
        fputc('\n', out);
    } while (state < MQH_INPUT_END);
    fclose(out);
    return text;
}

/* A file that ends with the test's process. */
static void open_text(struct mqh_input *input, const char *text, size_t size, bool hex)
{
    *input = (struct mqh_input){.name = "text", .hex = hex, .file = tmpfile()};
    assert_non_null(input->file);
    assert_int_equal(fwrite(text, 1, size, input->file), size);
    rewind(input->file);
}

static const struct {
    const char *name;
    const char *text;
    const char *read;
} hex_texts[] = {
    {"nothing", "", "end"},
    {"one packet", "c0 00", "packet 0 2 c000\nend"},
    {"two lines", "c000\nd000\n", "packet 0 2 c000\npacket 2 2 d000\nend"},
    {"blanks, bars, comments", "# x\n\n  c0 |\t00 # ping\r\n", "packet 0 2 c000\nend"},
    {"capitals", "C0 00", "packet 0 2 c000\nend"},
    {"two packets in a line", "c000d000", "packet 0 2 c000\npacket 2 2 d000\nend"},
    {"a digit alone", "c0 0", "error"},
    {"no digit", "c0 x0", "error"},
    {"a cut line does not reach the next", "3005 00\nc000",
     "incomplete 0 7 300500\npacket 3 2 c000\nend"},
    {"a broken line neither", "30ffffffff7f\nc000", "broken 0 5 30ffffffff\npacket 6 2 c000\nend"},
};

static void test_hex_text_has_one_packet_a_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hex_texts / sizeof hex_texts[0]; i++) {
        struct mqh_input input;

        open_text(&input, hex_texts[i].text, strlen(hex_texts[i].text), true);

        char *read = read_all(&input);

        assert_string_equal(read, hex_texts[i].read);
        free(read);
        mqh_input_close(&input);
    }
}

static void test_raw_input_is_a_stream(void **state)
{
    static const char bytes[] = "\xc0\0\xd0\0\x30\5\0";
    struct mqh_input input;

    (void)state;
    open_text(&input, bytes, sizeof bytes - 1, false);

    char *read = read_all(&input);

    assert_string_equal(read, "packet 0 2 c000\npacket 2 2 d000\nincomplete 4 7 300500\nend");
    free(read);
    mqh_input_close(&input);
}

static void test_raw_input_is_lost_after_a_length_that_does_not_end(void **state)
{
    static const char bytes[] = "\xc0\0\x30\xff\xff\xff\xff\x01\xc0\0";
    struct mqh_input input;

    (void)state;
    open_text(&input, bytes, sizeof bytes - 1, false);

    char *read = read_all(&input);

    assert_string_equal(read, "packet 0 2 c000\nbroken 2 5 30ffffffff\nend");
    free(read);
    mqh_input_close(&input);
}

/* 3 MB in packets of 1,000 bytes and one of 200,000: more than any chunk, one packet in memory. */
static void test_large_input_needs_memory_for_one_packet(void **state)
{
    struct mqh_input input = {.name = "file", .file = tmpfile()};
    static uint8_t small[1000] = {0x30, 0xe5, 0x07};
    static uint8_t large[200000] = {0x30, 0xbc, 0x9a, 0x0c};
    size_t count = 0;
    uint64_t expected = 0;

    (void)state;
    for (int i = 0; i < 3000; i++)
        fwrite(small, 1, sizeof small, input.file);
    fwrite(large, 1, sizeof large, input.file);
    rewind(input.file);
    for (;;) {
        struct mqc_frame frame = {.from = MQC_CLIENT};
        uint64_t offset;
        size_t there;
        enum mqh_input_state got = mqh_input_next(&input, "test", &frame, &offset, &there);

        if (got == MQH_INPUT_END)
            break;
        assert_int_equal(got, MQH_INPUT_PACKET);
        assert_int_equal(offset, expected);
        expected += frame.size;
        count++;
    }
    assert_int_equal(count, 3001);
    assert_int_equal(expected, 3200000);
    assert_true(input.capacity < 600000);
    mqh_input_close(&input);
}

static void test_an_argument_is_hex_by_its_looks(void **state)
{
    (void)state;
    assert_true(mqh_input_is_hex("c000"));
    assert_true(mqh_input_is_hex("82 09 | 0001"));
    assert_false(mqh_input_is_hex("./c000"));
    assert_false(mqh_input_is_hex("session.hex"));
    assert_false(mqh_input_is_hex("-"));
    assert_false(mqh_input_is_hex(""));
    assert_false(mqh_input_is_hex("a"));
}

static void test_an_argument_that_is_hex_is_read(void **state)
{
    struct mqh_input input;

    (void)state;
    assert_true(mqh_input_open(&input, "test", "c0 00", true));

    char *read = read_all(&input);

    assert_string_equal(read, "packet 0 2 c000\nend");
    free(read);
    mqh_input_close(&input);
    assert_false(mqh_input_open(&input, "test", "/nonexistent", true));
    assert_false(mqh_input_open(&input, "test", "/", false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hex_text_has_one_packet_a_line),
        cmocka_unit_test(test_raw_input_is_a_stream),
        cmocka_unit_test(test_raw_input_is_lost_after_a_length_that_does_not_end),
        cmocka_unit_test(test_large_input_needs_memory_for_one_packet),
        cmocka_unit_test(test_an_argument_is_hex_by_its_looks),
        cmocka_unit_test(test_an_argument_that_is_hex_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
