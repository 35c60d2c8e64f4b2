#include "codec/testing.h"

static struct mqc_test_bytes bytes;

static const struct {
    const char *hex;
    bool has_reason;
    bool has_properties;
    uint8_t reason;
} rows[] = {
    {"40 02 | 0007", false, false, 0},
    {"50 03 | 0007 97", true, false, 0x97},
    {"62 04 | 0007 92 00", true, true, 0x92},
    {"70 08 | 0007 00 | 04 1f 0001 78", true, true, 0},
};

static void test_ack_decode_tells_the_short_forms_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mqc_packet packet = mqc_test_good(rows[i].hex, MQC_V5, MQC_SERVER, &bytes);

        assert_int_equal(packet.ack.packet_id, 7);
        assert_int_equal(packet.ack.has_reason, rows[i].has_reason);
        assert_int_equal(packet.ack.has_properties, rows[i].has_properties);
        assert_int_equal(packet.ack.reason, rows[i].reason);
        mqc_test_encodes_to(&packet, mqc_test_slice(&bytes));
    }
}

static void test_ack_before_5_0_is_a_packet_id(void **state)
{
    static const char *const hex[] = {"40 02 | ffff", "50 02 | ffff", "62 02 | ffff",
                                      "70 02 | ffff"};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct mqc_packet packet = mqc_test_good(hex[i], MQC_V311, MQC_CLIENT, &bytes);

        assert_int_equal(packet.ack.packet_id, 0xffff);
        assert_false(packet.ack.has_reason);
        packet.ack.has_reason = true; /* 3.1.1 has none: it is not written */
        mqc_test_encodes_to(&packet, mqc_test_slice(&bytes));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ack_decode_tells_the_short_forms_apart),
        cmocka_unit_test(test_ack_before_5_0_is_a_packet_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
