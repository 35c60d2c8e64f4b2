#include "codec/testing.h"

static struct mqc_test_bytes bytes;

static void test_connect_decode_reads_all_fields_of_5_0(void **state)
{
    struct mqc_packet packet =
        mqc_test_good("10 2f | 0004 4d515454 05 f6 012c | 05 11 0000003c | 0003 637431"
                      " | 05 18 0000000a | 0003 772f74 | 0002 00ff | 0004 75736572 | 0003 707764",
                      MQC_V5, MQC_CLIENT, &bytes);
    const struct mqc_connect *connect = &packet.connect;
    struct mqc_property property;

    (void)state;
    mqc_test_text_equal(connect->protocol_name, "MQTT");
    assert_int_equal(connect->protocol_level, 5);
    assert_int_equal(connect->flags, 0xf6);
    assert_int_equal(connect->keep_alive, 300);
    assert_true(mqc_property_get(connect->properties, MQC_SESSION_EXPIRY_INTERVAL, 0, &property));
    assert_int_equal(property.number, 60);
    mqc_test_text_equal(connect->client_id, "ct1");
    assert_true(mqc_property_get(connect->will_properties, MQC_WILL_DELAY_INTERVAL, 0, &property));
    assert_int_equal(property.number, 10);
    mqc_test_text_equal(connect->will_topic, "w/t");
    assert_int_equal(connect->will_payload.size, 2);
    assert_true(connect->has_user_name && connect->has_password);
    mqc_test_text_equal(connect->user_name, "user");
    mqc_test_text_equal(connect->password, "pwd");
    mqc_test_encodes_to(&packet, mqc_test_slice(&bytes));
}

/* v31 X31-3.1-8: Remaining Length wins over the flags. */
static void test_connect_of_3_1_may_leave_out_what_its_flags_announce(void **state)
{
    struct mqc_packet packet = mqc_test_good(
        "10 12 | 0006 4d5149736470 03 c2 003c | 0001 61 | 0001 75", MQC_V31, MQC_CLIENT, &bytes);

    (void)state;
    assert_true(packet.connect.has_user_name);
    assert_false(packet.connect.has_password);
    mqc_test_encodes_to(&packet, mqc_test_slice(&bytes));
}

static void test_connect_version_goes_by_name_and_level(void **state)
{
    (void)state;
    assert_int_equal(mqc_connect_version(mqc_slice_text("MQIsdp"), 3), MQC_V31);
    assert_int_equal(mqc_connect_version(mqc_slice_text("MQTT"), 4), MQC_V311);
    assert_int_equal(mqc_connect_version(mqc_slice_text("MQTT"), 5), MQC_V5);
    assert_int_equal(mqc_connect_version(mqc_slice_text("MQTT"), 3), MQC_VERSION_UNKNOWN);
    assert_int_equal(mqc_connect_version(mqc_slice_text("MQIsdp"), 4), MQC_VERSION_UNKNOWN);
    assert_int_equal(mqc_connect_version(mqc_slice_text("mqtt"), 4), MQC_VERSION_UNKNOWN);
    assert_int_equal(mqc_connect_version(mqc_slice_text("MQTT"), 6), MQC_VERSION_UNKNOWN);
    assert_int_equal(mqc_connect_version(mqc_slice_text(""), 4), MQC_VERSION_UNKNOWN);
}

static void test_connect_of_an_unknown_version_is_judged_by_what_it_names(void **state)
{
    static const struct {
        const char *hex;
        enum mqc_version version;
        size_t fault_count;
    } rows[] = {
        {"10 0f | 0006 4d5149736470 03 02 003c | 0001 61", MQC_V31, 0},
        {"10 0d | 0004 4d515454 04 02 003c | 0001 61", MQC_V311, 0},
        {"10 0e | 0004 4d515454 05 02 003c 00 | 0001 61", MQC_V5, 0},
        {"10 0d | 0004 4d515454 03 02 003c | 0001 61", MQC_V311, 1},
        {"10 0d | 0004 4d515454 06 02 003c | 0001 61", MQC_V311, 1},
        {"10 0f | 0006 4d5149736470 06 02 003c | 0001 61", MQC_V311, 2},
        {"10 03 | 0004 4d", MQC_V311, 1},
        {"10 00", MQC_V311, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mqc_test_packet test;

        mqc_test_hex(rows[i].hex, &bytes);
        mqc_test_decode(mqc_test_slice(&bytes), MQC_VERSION_UNKNOWN, MQC_CLIENT, &test);
        assert_int_equal(test.packet.version, rows[i].version);
        assert_int_equal(test.packet.frame.version, rows[i].version);
        assert_int_equal(test.faults.count, rows[i].fault_count);
    }
}

/* What could be read is delivered in spite of its faults. */
static void test_connect_with_faults_is_delivered_all_the_same(void **state)
{
    struct mqc_test_packet test;

    (void)state;
    mqc_test_hex("10 14 | 0004 4d515458 04 47 003c | 0001 61 | 0001 2b 0000 | 0000", &bytes);
    mqc_test_decode(mqc_test_slice(&bytes), MQC_V311, MQC_CLIENT, &test);
    assert_true(test.packet.complete);
    assert_int_equal(test.faults.count, 4); /* name, reserved bit, password alone, wildcard */
    mqc_test_text_equal(test.packet.connect.protocol_name, "MQTX");
    mqc_test_text_equal(test.packet.connect.will_topic, "+");
    assert_true(test.packet.connect.has_password);
}

static void test_connect_cut_short_keeps_what_came_before(void **state)
{
    struct mqc_test_packet test;

    (void)state;
    mqc_test_hex("10 11 | 0004 4d515454 04 06 003c | 0001 61 | 0005 77", &bytes);
    bytes.size = 18;
    bytes.data[1] = 16;
    mqc_test_decode(mqc_test_slice(&bytes), MQC_V311, MQC_CLIENT, &test);
    assert_false(test.packet.complete);
    assert_int_equal(test.faults.count, 1);
    assert_int_equal(test.packet.connect.keep_alive, 60);
    mqc_test_text_equal(test.packet.connect.client_id, "a");
    assert_int_equal(test.packet.connect.will_topic.size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_connect_decode_reads_all_fields_of_5_0),
        cmocka_unit_test(test_connect_of_3_1_may_leave_out_what_its_flags_announce),
        cmocka_unit_test(test_connect_version_goes_by_name_and_level),
        cmocka_unit_test(test_connect_of_an_unknown_version_is_judged_by_what_it_names),
        cmocka_unit_test(test_connect_with_faults_is_delivered_all_the_same),
        cmocka_unit_test(test_connect_cut_short_keeps_what_came_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
