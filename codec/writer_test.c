#include "codec/testing.h"

#include "codec/writer.h"

static uint8_t room[16];

static const struct {
    uint32_t value;
    const char *hex;
} varints[] = {
    {0, "00"},
    {127, "7f"},
    {128, "80 01"},
    {16383, "ff 7f"},
    {16384, "80 80 01"},
    {2097151, "ff ff 7f"},
    {2097152, "80 80 80 01"},
    {268435455, "ff ff ff 7f"},
};

static const struct {
    uint32_t value;
    size_t bytes;
    const char *hex; /* NULL: it does not fit */
} padded[] = {
    {0, 1, "00"},
    {0, 2, "80 00"},
    {5, 4, "85 80 80 00"},
    {127, 5, "ff 80 80 80 00"},
    {UINT32_MAX, 5, "ff ff ff ff 0f"},
    {128, 1, NULL},
    {268435456, 4, NULL},
};

static const struct {
    struct mqc_property property;
    const char *hex;
} properties[] = {
    {{.id = MQC_PAYLOAD_FORMAT_INDICATOR, .number = 1}, "01 01"},
    {{.id = MQC_RECEIVE_MAXIMUM, .number = 258}, "21 0102"},
    {{.id = MQC_SESSION_EXPIRY_INTERVAL, .number = UINT32_MAX}, "11 ffffffff"},
    {{.id = MQC_SUBSCRIPTION_IDENTIFIER, .number = 128}, "0b 8001"},
    {{.id = MQC_CONTENT_TYPE, .value = {(const uint8_t *)"ab", 2}}, "03 0002 6162"},
    {{.id = MQC_CORRELATION_DATA, .value = {NULL, 0}}, "09 0000"},
    {{.id = MQC_USER_PROPERTY,
      .name = {(const uint8_t *)"k", 1},
      .value = {(const uint8_t *)"v", 1}},
     "26 0001 6b 0001 76"},
    {{.id = 0x7f, .value = {(const uint8_t *)"raw", 3}}, "7f 726177"},
};

static void assert_wrote(const struct mqc_writer *writer, const char *hex)
{
    static struct mqc_test_bytes wanted;
    struct mqc_slice written = {room, writer->size};

    mqc_test_hex(hex, &wanted);
    assert_false(writer->failed);
    assert_true(mqc_slice_equal(written, mqc_test_slice(&wanted)));
}

static void test_writer_writes_numbers_big_end_first(void **state)
{
    struct mqc_writer writer = mqc_writer_init(room, sizeof(room));

    (void)state;
    mqc_writer_u8(&writer, 0xab);
    mqc_writer_u16(&writer, 0x0102);
    mqc_writer_u32(&writer, 0x03040506);
    mqc_writer_string(&writer, mqc_slice_text("hi"));
    assert_wrote(&writer, "ab 0102 03040506 0002 6869");
}

static void test_writer_varint_takes_the_shortest_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(varints) / sizeof(varints[0]); i++) {
        struct mqc_writer writer = mqc_writer_init(room, sizeof(room));

        mqc_writer_varint(&writer, varints[i].value);
        assert_wrote(&writer, varints[i].hex);
    }
}

static void test_writer_varint_fails_above_its_range(void **state)
{
    struct mqc_writer writer = mqc_writer_init(room, sizeof(room));

    (void)state;
    mqc_writer_varint(&writer, 268435456);
    assert_true(writer.failed);
}

static void test_writer_varint_padded_takes_as_many_bytes_as_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(padded) / sizeof(padded[0]); i++) {
        struct mqc_writer writer = mqc_writer_init(room, sizeof(room));

        mqc_writer_varint_padded(&writer, padded[i].value, padded[i].bytes);
        if (padded[i].hex != NULL)
            assert_wrote(&writer, padded[i].hex);
        else
            assert_true(writer.failed);
    }
}

static void test_writer_property_follows_its_type(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]); i++) {
        struct mqc_writer writer = mqc_writer_init(room, sizeof(room));

        mqc_writer_property(&writer, &properties[i].property);
        assert_wrote(&writer, properties[i].hex);
    }
}

static void test_writer_counts_what_does_not_fit(void **state)
{
    struct mqc_writer measure = mqc_writer_init(NULL, 0);
    struct mqc_writer tight = mqc_writer_init(room, 3);

    (void)state;
    mqc_writer_string(&measure, mqc_slice_text("abc"));
    assert_true(measure.failed);
    assert_int_equal(measure.size, 5);

    room[3] = 0x55;
    mqc_writer_u16(&tight, 1);
    mqc_writer_u16(&tight, 2);
    assert_true(tight.failed);
    assert_int_equal(tight.size, 4);
    assert_int_equal(room[3], 0x55);
}

static void test_writer_string_ends_at_65535_bytes(void **state)
{
    static uint8_t large[UINT16_MAX + 3];
    struct mqc_writer fits = mqc_writer_init(large, sizeof(large));
    struct mqc_writer fails = mqc_writer_init(large, sizeof(large));
    static const uint8_t text[UINT16_MAX + 1];

    (void)state;
    mqc_writer_string(&fits, (struct mqc_slice){text, UINT16_MAX});
    assert_false(fits.failed);
    mqc_writer_string(&fails, (struct mqc_slice){text, UINT16_MAX + 1});
    assert_true(fails.failed);
}

static void test_writer_compares_without_storing(void **state)
{
    static const uint8_t model[] = {0x00, 0x02, 'h', 'i', 0x07};
    const struct mqc_slice all = {model, sizeof(model)};
    struct mqc_writer same = mqc_writer_compare(all);
    struct mqc_writer differs = mqc_writer_compare(all);
    struct mqc_writer longer = mqc_writer_compare((struct mqc_slice){model, 4});

    (void)state;
    mqc_writer_string(&same, mqc_slice_text("hi"));
    assert_false(same.failed);
    assert_int_equal(same.size, 4);
    mqc_writer_u8(&same, 7);
    assert_false(same.failed);

    mqc_writer_string(&differs, mqc_slice_text("ho"));
    assert_true(differs.failed);

    mqc_writer_string(&longer, mqc_slice_text("hi"));
    assert_false(longer.failed);
    mqc_writer_u8(&longer, 7);
    assert_true(longer.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writer_writes_numbers_big_end_first),
        cmocka_unit_test(test_writer_varint_takes_the_shortest_form),
        cmocka_unit_test(test_writer_varint_fails_above_its_range),
        cmocka_unit_test(test_writer_varint_padded_takes_as_many_bytes_as_told),
        cmocka_unit_test(test_writer_property_follows_its_type),
        cmocka_unit_test(test_writer_counts_what_does_not_fit),
        cmocka_unit_test(test_writer_string_ends_at_65535_bytes),
        cmocka_unit_test(test_writer_compares_without_storing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
