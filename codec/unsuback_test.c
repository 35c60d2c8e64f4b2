#include "codec/testing.h"

static struct mqc_test_bytes bytes;

static void test_unsuback_decode_reads_the_codes_of_5_0(void **state)
{
    struct mqc_packet packet;

    (void)state;
    packet = mqc_test_good("b0 02 | 0102", MQC_V311, MQC_SERVER, &bytes);
    assert_int_equal(packet.unsuback.packet_id, 0x0102);
    assert_int_equal(packet.unsuback.codes.size, 0);
    mqc_test_encodes_to(&packet, mqc_test_slice(&bytes));

    packet = mqc_test_good("b0 05 | 0102 | 00 | 00 11", MQC_V5, MQC_SERVER, &bytes);
    assert_int_equal(packet.unsuback.codes.size, 2);
    assert_int_equal(packet.unsuback.codes.data[1], 0x11);
    mqc_test_encodes_to(&packet, mqc_test_slice(&bytes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unsuback_decode_reads_the_codes_of_5_0),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
