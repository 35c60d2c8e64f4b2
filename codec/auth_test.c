#include "codec/testing.h"

static struct mqc_test_bytes bytes;

static void test_auth_decode_reads_reason_and_properties(void **state)
{
    struct mqc_packet packet =
        mqc_test_good("f0 0c | 18 | 0a 15 0002 6d31 16 0002 00ff", MQC_V5, MQC_SERVER, &bytes);
    struct mqc_property property;

    (void)state;
    assert_int_equal(packet.auth.reason, 0x18);
    assert_true(packet.auth.has_reason && packet.auth.has_properties);
    assert_true(mqc_property_get(packet.auth.properties, MQC_AUTHENTICATION_DATA, 0, &property));
    assert_int_equal(property.value.size, 2);
    mqc_test_encodes_to(&packet, mqc_test_slice(&bytes));
}

/* The standard both describes this form and demands what it has not: a note, not a fault. */
static void test_auth_without_a_body_is_odd_only(void **state)
{
    struct mqc_test_packet test;

    (void)state;
    mqc_test_hex("f0 00", &bytes);
    mqc_test_decode(mqc_test_slice(&bytes), MQC_V5, MQC_SERVER, &test);
    assert_true(test.packet.complete);
    assert_false(test.packet.auth.has_reason);
    assert_int_equal(test.faults.count, 1);
    assert_int_equal(mqc_rule_in(test.items[0].rule, MQC_V5)->level, MQC_NOTE);
    mqc_test_encodes_to(&test.packet, mqc_test_slice(&bytes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_auth_decode_reads_reason_and_properties),
        cmocka_unit_test(test_auth_without_a_body_is_odd_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
