#include "codec/text_testing.h"

#include "codec/text_value.h"

/* What a value is worth, as the payload of a PUBLISH. */
static const struct {
    const char *value;
    const char *hex;
} bytes_rows[] = {
    {"\"\"", ""},
    {"\"hi\"", "6869"},
    {"\"\\\"\\\\\\n\\r\\t\\0\"", "22 5c 0a 0d 09 00"},
    {"\"\\x00\\xfF\"", "00 ff"},
    {"\"\\u{41}\\u{e9}\\u{20AC}\\u{1F600}\"", "41 c3a9 e282ac f09f9880"},
    {"\"\\${T} $T $\"", "24 7b547d 20 2454 20 24"},
    {"\"${T}${n}${s}\"", "746f70 37 737472"},
    {"\"a#b\" # not this", "61 23 62"},
    {"h''", ""},
    {"h'00 fF'", "00 ff"},
    {"h' 0 0 1 1 '", "00 11"},
    {"\"ab\"*3", "6162 6162 6162"},
    {"\"ab\" * 0", ""},
    {"h'00'*$n", "00*7"},
    {"$s", "737472"},
    {"$s*2", "737472 737472"},
    {"fill(0)", ""},
    {"fill(3)", "616263"},
    {"fill($n)", "61626364656667"},
    {"fill(38)", "6162636465666768696a6b6c6d6e6f707172737475767778797a 30313233343536373839 6162"},
    {"fill(2)*2", "6162 6162"},
};

static void test_text_values_of_bytes(void **state)
{
    static struct mqc_test_bytes wanted;

    (void)state;
    for (size_t i = 0; i < sizeof(bytes_rows) / sizeof(bytes_rows[0]); i++) {
        char text[200];
        struct mqc_slice out = {NULL, 0};
        struct mqc_text_error error;

        snprintf(text, sizeof(text), "PUBLISH topic=\"\" payload=%s", bytes_rows[i].value);
        mqc_test_hex(bytes_rows[i].hex, &wanted);
        if (!mqc_test_encode(text, MQC_V311, &out, &error))
            fail_msg("%s: %s", text, error.message);
        out = (struct mqc_slice){out.data + 4, out.size - 4};
        if (!mqc_slice_equal(out, mqc_test_slice(&wanted)))
            fail_msg("%s", text);
    }
}

static const struct {
    const char *word;
    bool good;
    uint32_t number;
} numbers[] = {
    {"0", true, 0},
    {"007", true, 7},
    {"65535", true, 65535},
    {"4294967295", true, UINT32_MAX},
    {"0x0", true, 0},
    {"0xfF", true, 255},
    {"0xFFFFFFFF", true, UINT32_MAX},
    {"4294967296", false, 0},
    {"0x100000000", false, 0},
    {"18446744073709551617", false, 0},
    {"", false, 0},
    {"0x", false, 0},
    {"-1", false, 0},
    {"1.0", false, 0},
    {"ff", false, 0},
    {"0Xff", false, 0},
};

static void test_text_number_reads_what_fits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        uint32_t number = 0;

        if (mqc_text_number(mqc_slice_text(numbers[i].word), &number) != numbers[i].good ||
            (numbers[i].good && number != numbers[i].number))
            fail_msg("%s is %u", numbers[i].word, number);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_values_of_bytes),
        cmocka_unit_test(test_text_number_reads_what_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
