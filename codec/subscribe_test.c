#include "codec/testing.h"

static struct mqc_test_bytes bytes;

static void test_subscribe_decode_counts_the_filters_that_a_walk_yields(void **state)
{
    struct mqc_packet packet = mqc_test_good(
        "82 0f | 0001 | 02 0b 07 | 0003 612f2b 2d | 0001 23 00", MQC_V5, MQC_CLIENT, &bytes);
    struct mqc_slice walk = packet.subscribe.filters;
    struct mqc_filter filter;

    (void)state;
    assert_int_equal(packet.subscribe.packet_id, 1);
    assert_int_equal(packet.subscribe.filter_count, 2);
    assert_true(mqc_filter_next(&walk, &filter));
    mqc_test_text_equal(filter.filter, "a/+");
    assert_int_equal(filter.options, 0x2d);
    assert_true(mqc_filter_next(&walk, &filter));
    mqc_test_text_equal(filter.filter, "#");
    assert_int_equal(filter.options, 0);
    assert_false(mqc_filter_next(&walk, &filter));
    mqc_test_encodes_to(&packet, mqc_test_slice(&bytes));
}

static void test_filter_next_stops_where_bytes_are_missing(void **state)
{
    struct mqc_test_guard guard = mqc_test_guard_init();

    (void)state;
    mqc_test_hex("0003 612f62 01", &bytes);
    for (size_t size = 0; size < bytes.size; size++) {
        struct mqc_slice walk = {bytes.data, size};
        struct mqc_filter filter;

        walk.data = mqc_test_guard_copy(&guard, walk);
        assert_false(mqc_filter_next(&walk, &filter));
        assert_int_equal(walk.size, size);
    }
    mqc_test_guard_free(&guard);
}

static void test_subscribe_reports_each_bad_filter(void **state)
{
    struct mqc_test_packet test;

    (void)state;
    mqc_test_hex("82 13 | 0001 00 | 0002 6123 00 | 0000 43 | 0001 62 30 | 0001 63 01", &bytes);
    mqc_test_decode(mqc_test_slice(&bytes), MQC_V5, MQC_CLIENT, &test);
    assert_true(test.packet.complete);
    assert_int_equal(test.packet.subscribe.filter_count, 4);
    assert_int_equal(test.faults.count, 5);
    assert_int_equal(test.items[0].rule, MQC_RULE_FILTER_HASH);
    assert_int_equal(test.items[1].rule, MQC_RULE_FILTER_EMPTY);
    assert_int_equal(test.items[2].rule, MQC_RULE_OPTIONS_RESERVED);
    assert_int_equal(test.items[3].rule, MQC_RULE_OPTIONS_QOS);
    assert_int_equal(test.items[4].rule, MQC_RULE_OPTIONS_RETAIN_HANDLING);
}

static void test_filter_write_makes_what_subscribe_sends(void **state)
{
    const struct mqc_filter filter = {.filter = mqc_slice_text("a/b"), .options = 1};
    uint8_t room[20];
    struct mqc_writer list = mqc_writer_init(room, sizeof(room));
    struct mqc_packet packet = {.version = MQC_V311, .frame = {.type = MQC_SUBSCRIBE, .flags = 2}};

    (void)state;
    mqc_filter_write(&list, &filter);
    packet.subscribe = (struct mqc_subscribe){.packet_id = 9, .filters = {room, list.size}};
    mqc_test_hex("82 08 | 0009 | 0003 612f62 01", &bytes);
    mqc_test_encodes_to(&packet, mqc_test_slice(&bytes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_subscribe_decode_counts_the_filters_that_a_walk_yields),
        cmocka_unit_test(test_filter_next_stops_where_bytes_are_missing),
        cmocka_unit_test(test_subscribe_reports_each_bad_filter),
        cmocka_unit_test(test_filter_write_makes_what_subscribe_sends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
