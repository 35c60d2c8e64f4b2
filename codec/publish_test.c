#include "codec/testing.h"

static struct mqc_test_bytes bytes;

static void test_publish_decode_reads_flags_topic_and_payload(void **state)
{
    struct mqc_packet packet =
        mqc_test_good("3d 09 | 0003 612f62 | 0102 | 6869", MQC_V311, MQC_CLIENT, &bytes);

    (void)state;
    assert_true(packet.publish.dup);
    assert_true(packet.publish.retain);
    assert_int_equal(packet.publish.qos, 2);
    assert_int_equal(packet.publish.packet_id, 0x0102);
    mqc_test_text_equal(packet.publish.topic, "a/b");
    mqc_test_text_equal(packet.publish.payload, "hi");
    assert_int_equal(mqc_publish_flags(&packet.publish), 0x0d);
    mqc_test_encodes_to(&packet, mqc_test_slice(&bytes));
}

static void test_publish_decode_reads_properties(void **state)
{
    struct mqc_packet packet =
        mqc_test_good("30 09 | 0000 | 03 23 0007 | 686921", MQC_V5, MQC_SERVER, &bytes);
    struct mqc_property property;

    (void)state;
    assert_int_equal(packet.publish.qos, 0);
    assert_int_equal(packet.publish.packet_id, 0);
    assert_int_equal(packet.publish.topic.size, 0);
    assert_true(mqc_property_get(packet.publish.properties, MQC_TOPIC_ALIAS, 0, &property));
    assert_int_equal(property.number, 7);
    mqc_test_text_equal(packet.publish.payload, "hi!");
    mqc_test_encodes_to(&packet, mqc_test_slice(&bytes));
}

static void test_publish_with_qos_3_is_read_as_if_it_had_a_packet_id(void **state)
{
    struct mqc_test_packet test;

    (void)state;
    mqc_test_hex("36 07 | 0001 61 | 0102 | 6869", &bytes);
    mqc_test_decode(mqc_test_slice(&bytes), MQC_V311, MQC_CLIENT, &test);
    assert_int_equal(test.faults.count, 1);
    assert_int_equal(test.packet.publish.qos, 3);
    assert_int_equal(test.packet.publish.packet_id, 0x0102);
    mqc_test_text_equal(test.packet.publish.payload, "hi");
    assert_int_equal(mqc_publish_flags(&test.packet.publish), 6);
}

static void test_publish_payload_may_be_empty_and_any_bytes(void **state)
{
    struct mqc_packet packet;

    (void)state;
    packet = mqc_test_good("31 03 | 0001 61", MQC_V311, MQC_CLIENT, &bytes);
    assert_int_equal(packet.publish.payload.size, 0);
    packet = mqc_test_good("30 06 | 0001 61 | 00ff80", MQC_V31, MQC_CLIENT, &bytes);
    assert_int_equal(packet.publish.payload.size, 3);
}

/* 300 bytes of payload make a Remaining Length of two bytes. */
static void test_publish_encodes_its_length(void **state)
{
    struct mqc_packet packet =
        mqc_test_good("30 af02 | 0001 61 | 78*300", MQC_V311, MQC_CLIENT, &bytes);

    (void)state;
    assert_int_equal(packet.publish.payload.size, 300);
    mqc_test_encodes_to(&packet, mqc_test_slice(&bytes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_publish_decode_reads_flags_topic_and_payload),
        cmocka_unit_test(test_publish_decode_reads_properties),
        cmocka_unit_test(test_publish_with_qos_3_is_read_as_if_it_had_a_packet_id),
        cmocka_unit_test(test_publish_payload_may_be_empty_and_any_bytes),
        cmocka_unit_test(test_publish_encodes_its_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
