#include "codec/testing.h"

#include "harness/capture/conceal.h"

static void test_conceal_leaves_no_secret_and_every_length(void **state)
{
    static const struct {
        const char *name;
        enum mqc_version version;
        const char *bytes;
        const char *concealed;
    } rows[] = {
        {"password", MQC_VERSION_UNKNOWN, "10 13 0004 4d515454 04 c2 003c 0001 63 0001 75 0001 70",
         "10 13 0004 4d515454 04 c2 003c 0001 63 0001 75 0001 2a"},
        {"no password", MQC_VERSION_UNKNOWN, "10 0d 0004 4d515454 04 02 003c 0001 63",
         "10 0d 0004 4d515454 04 02 003c 0001 63"},
        {"password cut off", MQC_VERSION_UNKNOWN,
         "10 13 0004 4d515454 04 c2 003c 0001 63 0001 75 0003 70",
         "10 13 0004 4d515454 04 c2 003c 0001 63 2a2a2a2a2a2a"},
        {"packet cut off", MQC_VERSION_UNKNOWN,
         "10 7f 0004 4d515454 04 c2 003c 0001 63 0001 75 0003",
         "10 7f 0004 4d515454 04 c2 003c 0001 63 2a2a2a2a2a"},
        {"no protocol name", MQC_VERSION_UNKNOWN, "10 06 5077 5077 0001", "10 06 2a2a2a2a2a2a"},
        {"authentication data", MQC_V5, "f0 0b 18 09 15 0001 6d 16 0002 7879",
         "f0 0b 18 09 15 0001 6d 16 0002 2a2a"},
        {"two packets", MQC_V311, "c000 10 13 0004 4d515454 04 c2 003c 0001 63 0001 75 0001 70",
         "c000 10 13 0004 4d515454 04 c2 003c 0001 63 0001 75 0001 2a"},
        {"no packet", MQC_V5, "f0 ffffffff", "f0 ffffffff"},
        {"one byte", MQC_V5, "10", "10"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static struct mqc_test_bytes bytes;
        static struct mqc_test_bytes expected;
        uint8_t copy[64];

        print_message("%s\n", rows[i].name);
        mqc_test_hex(rows[i].bytes, &bytes);
        mqc_test_hex(rows[i].concealed, &expected);
        assert_int_equal(bytes.size, expected.size);
        memcpy(copy, bytes.data, bytes.size);
        mqh_conceal(copy, mqc_test_slice(&bytes), rows[i].version);
        assert_memory_equal(copy, expected.data, bytes.size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conceal_leaves_no_secret_and_every_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
