#include "codec/version.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *text;
    enum mqc_version version;
} words[] = {
    {"3.1", MQC_V31},
    {"3.1.1", MQC_V311},
    {"5.0", MQC_V5},
    {"v31", MQC_V31},
    {"v311", MQC_V311},
    {"v5", MQC_V5},
    {"", MQC_VERSION_UNKNOWN},
    {"3", MQC_VERSION_UNKNOWN},
    {"3.1.", MQC_VERSION_UNKNOWN},
    {"3.1.1 ", MQC_VERSION_UNKNOWN},
    {"5", MQC_VERSION_UNKNOWN},
    {"V5", MQC_VERSION_UNKNOWN},
    {"unknown", MQC_VERSION_UNKNOWN},
    {"v?", MQC_VERSION_UNKNOWN},
};

static void test_version_parse_knows_names_and_spaces_exactly(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        assert_int_equal(mqc_version_parse(words[i].text, strlen(words[i].text)), words[i].version);
}

static void test_version_parse_reads_no_further_than_told(void **state)
{
    (void)state;
    assert_int_equal(mqc_version_parse("3.1.1", 3), MQC_V31);
    assert_int_equal(mqc_version_parse("v311", 3), MQC_V31);
}

static void test_version_names_parse_back(void **state)
{
    static const enum mqc_version all[] = {MQC_V31, MQC_V311, MQC_V5};

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        const char *name = mqc_version_name(all[i]);
        const char *space = mqc_version_space(all[i]);

        assert_int_equal(mqc_version_parse(name, strlen(name)), all[i]);
        assert_int_equal(mqc_version_parse(space, strlen(space)), all[i]);
    }
    assert_string_equal(mqc_version_name(MQC_VERSION_UNKNOWN), "unknown");
    assert_string_equal(mqc_version_space(MQC_VERSION_UNKNOWN), "v?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_version_parse_knows_names_and_spaces_exactly),
        cmocka_unit_test(test_version_parse_reads_no_further_than_told),
        cmocka_unit_test(test_version_names_parse_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
