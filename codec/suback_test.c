#include "codec/testing.h"

static struct mqc_test_bytes bytes;

static void test_suback_decode_reads_the_codes(void **state)
{
    struct mqc_packet packet;

    (void)state;
    packet = mqc_test_good("90 05 | 0102 | 00 80 02", MQC_V311, MQC_SERVER, &bytes);
    assert_int_equal(packet.suback.packet_id, 0x0102);
    assert_int_equal(packet.suback.codes.size, 3);
    assert_int_equal(packet.suback.codes.data[1], 0x80);
    mqc_test_encodes_to(&packet, mqc_test_slice(&bytes));

    packet = mqc_test_good("90 08 | 0102 | 04 1f 0001 78 | 97", MQC_V5, MQC_SERVER, &bytes);
    assert_int_equal(packet.suback.properties.size, 4);
    assert_int_equal(packet.suback.codes.size, 1);
    mqc_test_encodes_to(&packet, mqc_test_slice(&bytes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_suback_decode_reads_the_codes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
