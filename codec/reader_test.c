#include "codec/testing.h"

#include "codec/reader.h"

static struct mqc_test_bytes bytes;

/* A reader of the body "0001 02 0002 6162", which is that of a made-up packet. */
static struct mqc_reader start(struct mqc_faults *faults)
{
    struct mqc_frame frame = {.version = MQC_V5};

    mqc_test_hex("30 07 | 0001 | 02 | 0002 6162", &bytes);
    assert_int_equal(mqc_frame_read(mqc_test_slice(&bytes), &frame), MQC_FRAME_COMPLETE);
    return mqc_reader_init(&frame, faults);
}

static void test_reader_reads_a_body_to_its_end(void **state)
{
    struct mqc_faults faults = {.capacity = 0};
    struct mqc_reader r = start(&faults);

    (void)state;
    assert_int_equal(mqc_reader_u16(&r), 1);
    assert_int_equal(mqc_reader_u8(&r), 2);
    assert_int_equal(mqc_reader_rest(&r).size, 4);
    mqc_test_text_equal(mqc_reader_string(&r, MQC_RULE_STRING_UTF8, MQC_RULE_STRING_NUL), "ab");
    assert_true(mqc_reader_finish(&r));
    assert_int_equal(faults.count, 0);
}

/* Once bytes were missing nothing is noted any more, and all that is read is nothing. */
static void test_reader_that_failed_stays_failed_and_silent(void **state)
{
    struct mqc_fault items[4];
    struct mqc_faults faults = {.items = items, .capacity = 4};
    struct mqc_reader r = start(&faults);

    (void)state;
    mqc_reader_u8(&r); /* so that the string begins in the wrong place */
    assert_int_equal(mqc_reader_string(&r, MQC_RULE_STRING_UTF8, MQC_RULE_STRING_NUL).size, 0);
    assert_int_equal(faults.count, 1);
    assert_int_equal(items[0].rule, MQC_RULE_STRING_SHORT);
    assert_int_equal(items[0].offset, 9);
    assert_int_equal(items[0].size, 0);

    assert_int_equal(mqc_reader_u8(&r), 0);
    assert_int_equal(mqc_reader_packet_id(&r, MQC_RULE_PACKET_ID_ZERO), 0);
    assert_int_equal(mqc_reader_binary(&r).size, 0);
    assert_int_equal(mqc_reader_rest(&r).size, 0);
    mqc_reader_expect(&r, MQC_RULE_CLIENT_ID_MISSING);
    mqc_reader_require(&r, false, MQC_RULE_PUBLISH_QOS);
    mqc_reader_properties(&r, MQC_PLACE_PUBLISH);
    assert_false(mqc_reader_finish(&r));
    assert_int_equal(faults.count, 1);
}

static void test_reader_notes_surplus_bytes_and_is_complete_all_the_same(void **state)
{
    struct mqc_fault item;
    struct mqc_faults faults = {.items = &item, .capacity = 1};
    struct mqc_reader r = start(&faults);

    (void)state;
    mqc_reader_u16(&r);
    assert_true(mqc_reader_finish_as(&r, MQC_RULE_CONNACK_SURPLUS));
    assert_int_equal(item.rule, MQC_RULE_CONNACK_SURPLUS);
    assert_int_equal(item.offset, 4);
    assert_int_equal(item.size, 5);
}

static void test_reader_in_strict_mode_reads_nothing_after_a_fault(void **state)
{
    struct mqc_fault item;
    struct mqc_faults faults = {.items = &item, .capacity = 1, .stop_at_first = true};
    struct mqc_reader r = start(&faults);

    (void)state;
    mqc_reader_require(&r, false, MQC_RULE_PUBLISH_QOS);
    assert_int_equal(mqc_reader_u16(&r), 0);
    assert_false(mqc_reader_finish(&r));
    assert_int_equal(faults.count, 1);
    assert_int_equal(item.size, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reader_reads_a_body_to_its_end),
        cmocka_unit_test(test_reader_that_failed_stays_failed_and_silent),
        cmocka_unit_test(test_reader_notes_surplus_bytes_and_is_complete_all_the_same),
        cmocka_unit_test(test_reader_in_strict_mode_reads_nothing_after_a_fault),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
