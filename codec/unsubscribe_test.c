#include "codec/testing.h"

static struct mqc_test_bytes bytes;

static void test_unsubscribe_decode_counts_the_filters_that_a_walk_yields(void **state)
{
    struct mqc_packet packet =
        mqc_test_good("a2 0b | 0001 | 00 | 0003 612f2b | 0001 23", MQC_V5, MQC_CLIENT, &bytes);
    struct mqc_slice walk = packet.unsubscribe.filters;
    struct mqc_slice filter;

    (void)state;
    assert_int_equal(packet.unsubscribe.filter_count, 2);
    assert_true(mqc_string_next(&walk, &filter));
    mqc_test_text_equal(filter, "a/+");
    assert_true(mqc_string_next(&walk, &filter));
    mqc_test_text_equal(filter, "#");
    assert_false(mqc_string_next(&walk, &filter));
    mqc_test_encodes_to(&packet, mqc_test_slice(&bytes));
}

static void test_string_next_stops_where_bytes_are_missing(void **state)
{
    struct mqc_test_guard guard = mqc_test_guard_init();

    (void)state;
    mqc_test_hex("0003 612f62", &bytes);
    for (size_t size = 0; size < bytes.size; size++) {
        struct mqc_slice walk = {bytes.data, size};
        struct mqc_slice string;

        walk.data = mqc_test_guard_copy(&guard, walk);
        assert_false(mqc_string_next(&walk, &string));
        assert_int_equal(walk.size, size);
    }
    mqc_test_guard_free(&guard);
}

static void test_unsubscribe_keeps_the_filters_before_a_cut(void **state)
{
    struct mqc_test_packet test;

    (void)state;
    mqc_test_hex("a2 07 | 0001 | 0001 61 | 0002", &bytes);
    mqc_test_decode(mqc_test_slice(&bytes), MQC_V311, MQC_CLIENT, &test);
    assert_false(test.packet.complete);
    assert_int_equal(test.packet.unsubscribe.filter_count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unsubscribe_decode_counts_the_filters_that_a_walk_yields),
        cmocka_unit_test(test_string_next_stops_where_bytes_are_missing),
        cmocka_unit_test(test_unsubscribe_keeps_the_filters_before_a_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
