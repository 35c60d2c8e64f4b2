/* What has to be kept of packets that come in pieces, and what happens when that is too much. */
#include "codec/testing.h"

#include "harness/capture/packets.h"

enum { SPARE = 1024 * 1024 };

struct seen {
    unsigned packets;
    unsigned passed;
    unsigned blind;
    size_t bytes;
};

static void on_packets(void *context, enum mqh_packets_event event, struct mqc_slice bytes)
{
    struct seen *seen = context;

    seen->packets += event == MQH_PACKETS_PACKET;
    seen->passed += event == MQH_PACKETS_PASSED;
    seen->blind += event == MQH_PACKETS_BLIND;
    if (event == MQH_PACKETS_PACKET)
        seen->bytes += bytes.size;
}

/* A PUBLISH whose body has `size` bytes, from an offset on, as far as `count` reaches. */
static void add_part(struct mqh_packets *packets, size_t size, size_t from, size_t count,
                     struct seen *seen)
{
    static uint8_t bytes[4 * SPARE];
    size_t left = size;

    bytes[0] = 0x30;
    for (unsigned i = 1; i < 5; i++, left >>= 7)
        bytes[i] = (uint8_t)((left & 0x7f) | (i < 4 ? 0x80 : 0));
    mqh_packets_add(packets, (struct mqc_slice){bytes + from, count}, on_packets, seen);
}

static void test_a_packet_that_is_larger_than_what_is_shared_is_passed_over(void **state)
{
    static const struct {
        size_t size; /* of its body */
        size_t piece;
        bool passed;
    } rows[] = {
        {100, 1, false},          {100, 7, false},  {300000, 1000, false}, {2 * SPARE, 1000, true},
        {2 * SPARE, 65536, true}, {SPARE, 3, true}, {16000, 16000, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t spare = SPARE;
        size_t whole = 5 + rows[i].size;
        struct mqh_packets packets = {.spare = &spare};
        struct seen seen = {0};

        for (size_t at = 0; at < whole; at += rows[i].piece)
            add_part(&packets, rows[i].size, at,
                     whole - at < rows[i].piece ? whole - at : rows[i].piece, &seen);
        mqh_packets_add(&packets, (struct mqc_slice){(const uint8_t *)"\xc0\x00", 2}, on_packets,
                        &seen);
        assert_int_equal(seen.passed, rows[i].passed);
        assert_int_equal(seen.packets, rows[i].passed ? 1 : 2);
        assert_int_equal(seen.bytes, 2 + (rows[i].passed ? 0 : whole));
        assert_int_equal(seen.blind, 0);
        assert_int_equal(spare, SPARE); /* nothing is kept between large packets */
        mqh_packets_free(&packets);
    }
}

static void test_a_packet_that_is_too_large_is_passed_over_wherever_its_header_is_cut(void **state)
{
    enum { BODY = MQH_PACKET_KEPT_MAX + 100000, PART = 70000 };

    (void)state;
    for (size_t cut = 0; cut < 8; cut++) {
        struct mqh_packets packets = {0};
        struct seen seen = {0};

        add_part(&packets, BODY, 0, cut, &seen);
        add_part(&packets, BODY, cut, PART, &seen);
        assert_int_equal(seen.passed, 1);
        assert_int_equal(seen.packets, 0);
        assert_int_equal(packets.pass_over, BODY + 5 - cut - PART);
        mqh_packets_free(&packets);
    }
}

static void test_what_one_direction_keeps_another_cannot(void **state)
{
    size_t spare = SPARE;
    struct mqh_packets first = {.spare = &spare};
    struct mqh_packets second = {.spare = &spare};
    struct seen seen = {0};

    (void)state;
    add_part(&first, 2 * SPARE, 0, SPARE / 2, &seen);
    assert_int_equal(spare, 0);
    add_part(&second, 2 * SPARE, 0, SPARE / 4, &seen);
    assert_int_equal(seen.passed, 1);
    mqh_packets_free(&first);
    assert_int_equal(spare, SPARE);
    mqh_packets_free(&second);
    assert_int_equal(spare, SPARE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_packet_that_is_larger_than_what_is_shared_is_passed_over),
        cmocka_unit_test(test_a_packet_that_is_too_large_is_passed_over_wherever_its_header_is_cut),
        cmocka_unit_test(test_what_one_direction_keeps_another_cannot),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
