#include "codec/testing.h"

static struct mqc_test_bytes bytes;

static void test_connack_decode_reads_each_version(void **state)
{
    struct mqc_packet packet;
    struct mqc_property property;

    (void)state;
    packet = mqc_test_good("20 02 | 01 00", MQC_V311, MQC_SERVER, &bytes);
    assert_int_equal(packet.connack.flags, 1);
    assert_int_equal(packet.connack.reason, 0);
    mqc_test_encodes_to(&packet, mqc_test_slice(&bytes));

    packet = mqc_test_good("20 06 | 00 87 | 03 21 0014", MQC_V5, MQC_SERVER, &bytes);
    assert_int_equal(packet.connack.reason, 0x87);
    assert_true(mqc_property_get(packet.connack.properties, MQC_RECEIVE_MAXIMUM, 0, &property));
    assert_int_equal(property.number, 20);
    mqc_test_encodes_to(&packet, mqc_test_slice(&bytes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_connack_decode_reads_each_version),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
