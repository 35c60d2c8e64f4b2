#include "harness/catalogue/catalogue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_catalogue_finds_a_rule_in_its_own_version(void **state)
{
    (void)state;
    const struct mqh_requirement *keep_alive = mqh_catalogue_find(MQC_V311, "MQTT-3.1.2-24");
    const struct mqh_requirement *packet_size = mqh_catalogue_find(MQC_V5, "MQTT-3.1.2-24");

    assert_non_null(keep_alive);
    assert_non_null(packet_size);
    assert_string_equal(keep_alive->section, "3.1.2.10");
    assert_string_equal(packet_size->section, "3.1.2.11.4");
    assert_null(mqh_catalogue_find(MQC_V31, "MQTT-3.1.2-24"));
    assert_null(mqh_catalogue_find(MQC_V5, "MQTT-3.1.2-24 "));
    assert_non_null(mqh_catalogue_find(MQC_V5, "X5-1.5.5-1"));
}

static void test_catalogue_holds_every_statement_of_the_standards(void **state)
{
    size_t numbered_v311 = 0;
    size_t numbered_v5 = 0;

    (void)state;
    for (size_t i = 0; i < mqh_catalogue_count(); i++) {
        const struct mqh_requirement *row = mqh_catalogue_at(i);

        if (strncmp(row->id, "MQTT-", 5) == 0)
            *(row->version == MQC_V5 ? &numbered_v5 : &numbered_v311) += 1;
        assert_ptr_equal(mqh_catalogue_find(row->version, row->id), row);
    }
    assert_int_equal(numbered_v311, 141);
    assert_int_equal(numbered_v5, 251);
}

static void test_catalogue_keeps_the_order_of_the_files(void **state)
{
    enum mqc_version last = MQC_VERSION_UNKNOWN;

    (void)state;
    for (size_t i = 0; i < mqh_catalogue_count(); i++) {
        assert_true(mqh_catalogue_at(i)->version >= last);
        last = mqh_catalogue_at(i)->version;
    }
}

static const struct {
    const char *catalogued;
    enum mqh_level level;
} levels[] = {
    {"MUST", MQH_MUST},         {"MUST NOT", MQH_MUST},     {"MUST+MUST NOT", MQH_MUST},
    {"MAY+MUST NOT", MQH_MUST}, {"MAY+MUST", MQH_MUST},     {"MUST+SHOULD+MAY", MQH_MUST},
    {"SHOULD", MQH_SHOULD},     {"SHOULD NOT", MQH_SHOULD}, {"SHOULD+MAY", MQH_SHOULD},
    {"MAY", MQH_MAY},
};

static void test_requirement_level_is_the_strictest_word(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        struct mqh_requirement row = {.level = levels[i].catalogued};

        assert_int_equal(mqh_requirement_level(&row), levels[i].level);
    }
    assert_string_equal(mqh_level_name(MQH_MUST), "MUST");
    assert_string_equal(mqh_level_name(MQH_SHOULD), "SHOULD");
    assert_string_equal(mqh_level_name(MQH_MAY), "MAY");
}

static const struct {
    const char *text;
    enum mqc_version version; /* unknown: must be refused */
    const char *id;
} rules[] = {
    {"v5 MQTT-3.8.3-2", MQC_V5, "MQTT-3.8.3-2"},
    {"v5:MQTT-3.8.3-2", MQC_V5, "MQTT-3.8.3-2"},
    {"v311 X311-7.1-1", MQC_V311, "X311-7.1-1"},
    {"v31:X31-2.4-1", MQC_V31, "X31-2.4-1"},
    {"v5 abcdefghijklmnopqrstuvwxyz01234", MQC_V5, "abcdefghijklmnopqrstuvwxyz01234"},
    {"v5 abcdefghijklmnopqrstuvwxyz012345", MQC_VERSION_UNKNOWN, NULL},
    {"", MQC_VERSION_UNKNOWN, NULL},
    {"v5", MQC_VERSION_UNKNOWN, NULL},
    {"v5 ", MQC_VERSION_UNKNOWN, NULL},
    {" MQTT-3.8.3-2", MQC_VERSION_UNKNOWN, NULL},
    {"MQTT-3.8.3-2", MQC_VERSION_UNKNOWN, NULL},
    {"v4 MQTT-3.8.3-2", MQC_VERSION_UNKNOWN, NULL},
    {"5.0 MQTT-3.8.3-2", MQC_VERSION_UNKNOWN, NULL},
    {"v5  MQTT-3.8.3-2", MQC_VERSION_UNKNOWN, NULL},
    {"v5 MQTT-3.8.3-2 ", MQC_VERSION_UNKNOWN, NULL},
    {"v5 MQTT-3.8.3-2,", MQC_VERSION_UNKNOWN, NULL},
    {"v5-MQTT-3.8.3-2", MQC_VERSION_UNKNOWN, NULL},
};

static void test_rule_parse_takes_both_spellings_and_nothing_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        struct mqh_rule rule = {.version = MQC_VERSION_UNKNOWN, .id = "untouched"};
        bool taken = mqh_rule_parse(rules[i].text, strlen(rules[i].text), &rule);

        assert_int_equal(taken, rules[i].version != MQC_VERSION_UNKNOWN);
        assert_int_equal(rule.version, rules[i].version);
        assert_string_equal(rule.id, taken ? rules[i].id : "untouched");
    }
}

static void test_every_rule_is_read_back_as_written(void **state)
{
    char text[MQH_RULE_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < mqh_catalogue_count(); i++) {
        const struct mqh_requirement *row = mqh_catalogue_at(i);

        for (const char *separator = " :"; *separator != '\0'; separator++) {
            struct mqh_rule rule;

            mqh_rule_write(row->version, row->id, *separator, text);
            assert_true(mqh_rule_parse(text, strlen(text), &rule));
            assert_ptr_equal(mqh_catalogue_find(rule.version, rule.id), row);
        }
    }
    assert_string_equal(mqh_rule_write(MQC_V311, "MQTT-3.8.3-3", ' ', text), "v311 MQTT-3.8.3-3");
    assert_string_equal(mqh_rule_write(MQC_V5, "MQTT-3.8.3-2", ':', text), "v5:MQTT-3.8.3-2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_catalogue_finds_a_rule_in_its_own_version),
        cmocka_unit_test(test_catalogue_holds_every_statement_of_the_standards),
        cmocka_unit_test(test_catalogue_keeps_the_order_of_the_files),
        cmocka_unit_test(test_requirement_level_is_the_strictest_word),
        cmocka_unit_test(test_rule_parse_takes_both_spellings_and_nothing_else),
        cmocka_unit_test(test_every_rule_is_read_back_as_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
