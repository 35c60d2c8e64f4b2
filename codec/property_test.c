#include "codec/testing.h"

static struct mqc_test_bytes bytes;

/* One property of each type as bytes, and what a walk yields. */
static const struct {
    const char *hex;
    struct mqc_property wanted;
} rows[] = {
    {"01 01", {.id = MQC_PAYLOAD_FORMAT_INDICATOR, .number = 1}},
    {"21 1234", {.id = MQC_RECEIVE_MAXIMUM, .number = 0x1234}},
    {"02 12345678", {.id = MQC_MESSAGE_EXPIRY_INTERVAL, .number = 0x12345678}},
    {"0b ffffff7f", {.id = MQC_SUBSCRIPTION_IDENTIFIER, .number = 268435455}},
    {"03 0002 6162", {.id = MQC_CONTENT_TYPE, .value = {(const uint8_t *)"ab", 2}}},
    {"09 0002 00ff", {.id = MQC_CORRELATION_DATA, .value = {(const uint8_t *)"\0\xff", 2}}},
    {"26 0001 6b 0000",
     {.id = MQC_USER_PROPERTY, .name = {(const uint8_t *)"k", 1}, .value = {NULL, 0}}},
    {"8100 01", {.id = MQC_PAYLOAD_FORMAT_INDICATOR, .number = 1}},
};

enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]) };

static void test_property_next_yields_each_type(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        struct mqc_slice section;
        struct mqc_property found;

        mqc_test_hex(rows[i].hex, &bytes);
        section = mqc_test_slice(&bytes);
        assert_true(mqc_property_next(&section, &found));
        assert_int_equal(section.size, 0);
        assert_int_equal(found.id, rows[i].wanted.id);
        assert_int_equal(found.number, rows[i].wanted.number);
        assert_true(mqc_slice_equal(found.name, rows[i].wanted.name));
        assert_true(mqc_slice_equal(found.value, rows[i].wanted.value));
        assert_false(mqc_property_next(&section, &found));
    }
}

static void test_property_next_stops_where_bytes_are_missing(void **state)
{
    struct mqc_test_guard guard = mqc_test_guard_init();

    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        mqc_test_hex(rows[i].hex, &bytes);
        for (size_t size = 0; size < bytes.size; size++) {
            struct mqc_slice section = {bytes.data, size};
            struct mqc_property found;

            section.data = mqc_test_guard_copy(&guard, section);
            assert_false(mqc_property_next(&section, &found));
            assert_int_equal(section.size, size); /* left as it stood */
        }
    }
    mqc_test_guard_free(&guard);
}

static void test_property_next_stops_at_an_unknown_identifier(void **state)
{
    struct mqc_slice section;
    struct mqc_property found;

    (void)state;
    mqc_test_hex("01 00 | 7f 00 | 01 01", &bytes);
    section = mqc_test_slice(&bytes);
    assert_true(mqc_property_next(&section, &found));
    assert_false(mqc_property_next(&section, &found));
    assert_int_equal(section.size, 4);
}

static void test_property_get_finds_the_nth(void **state)
{
    struct mqc_slice section;
    struct mqc_property found;

    (void)state;
    mqc_test_hex("0b 01 | 26 0001 61 0001 78 | 0b 02 | 26 0001 61 0001 79", &bytes);
    section = mqc_test_slice(&bytes);
    assert_true(mqc_property_get(section, MQC_SUBSCRIPTION_IDENTIFIER, 1, &found));
    assert_int_equal(found.number, 2);
    assert_true(mqc_property_get(section, MQC_USER_PROPERTY, 1, &found));
    mqc_test_text_equal(found.value, "y");
    assert_false(mqc_property_get(section, MQC_USER_PROPERTY, 2, &found));
    assert_false(mqc_property_get(section, MQC_TOPIC_ALIAS, 0, &found));
}

static void test_property_names_are_found_again(void **state)
{
    size_t count = 0;

    (void)state;
    for (uint32_t id = 0; id < 300; id++) {
        const struct mqc_property_info *info = mqc_property_info(id);
        uint32_t found = 0;

        if (info == NULL)
            continue;
        count++;
        assert_ptr_equal(mqc_property_find(mqc_slice_text(info->name), &found), info);
        assert_int_equal(found, id);
    }
    assert_int_equal(count, 27);
    assert_null(mqc_property_find(mqc_slice_text("receive"), &(uint32_t){0}));
    assert_null(mqc_property_find(mqc_slice_text(""), &(uint32_t){0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_property_next_yields_each_type),
        cmocka_unit_test(test_property_next_stops_where_bytes_are_missing),
        cmocka_unit_test(test_property_next_stops_at_an_unknown_identifier),
        cmocka_unit_test(test_property_get_finds_the_nth),
        cmocka_unit_test(test_property_names_are_found_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
