#include "codec/testing.h"

static struct mqc_test_bytes bytes;

static const struct {
    const char *hex;
    enum mqc_version version;
    bool has_reason;
    bool has_properties;
    uint8_t reason;
} rows[] = {
    {"e0 00", MQC_V31, false, false, 0},
    {"e0 00", MQC_V311, false, false, 0},
    {"e0 00", MQC_V5, false, false, 0},
    {"e0 01 | 04", MQC_V5, true, false, 4},
    {"e0 02 | 00 00", MQC_V5, true, true, 0},
    {"e0 07 | 00 | 05 11 0000003c", MQC_V5, true, true, 0},
};

static void test_disconnect_decode_tells_the_short_forms_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mqc_packet packet = mqc_test_good(rows[i].hex, rows[i].version, MQC_CLIENT, &bytes);

        assert_int_equal(packet.disconnect.has_reason, rows[i].has_reason);
        assert_int_equal(packet.disconnect.has_properties, rows[i].has_properties);
        assert_int_equal(packet.disconnect.reason, rows[i].reason);
        mqc_test_encodes_to(&packet, mqc_test_slice(&bytes));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_disconnect_decode_tells_the_short_forms_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
