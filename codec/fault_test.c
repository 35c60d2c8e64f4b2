#include "codec/testing.h"

static void test_rule_in_gives_each_version_its_own_id(void **state)
{
    const struct mqc_rule_text *v31 = mqc_rule_in(MQC_RULE_SUBSCRIBE_EMPTY, MQC_V31);
    const struct mqc_rule_text *v311 = mqc_rule_in(MQC_RULE_SUBSCRIBE_EMPTY, MQC_V311);
    const struct mqc_rule_text *v5 = mqc_rule_in(MQC_RULE_SUBSCRIBE_EMPTY, MQC_V5);

    (void)state;
    assert_int_equal(v31->level, MQC_NOTE);
    assert_int_equal(v31->kind, MQC_KIND_NONE);
    assert_string_equal(v311->id, "MQTT-3.8.3-3");
    assert_int_equal(v311->level, MQC_MUST);
    assert_string_equal(v5->id, "MQTT-3.8.3-2");
    assert_int_equal(v5->kind, MQC_PROTOCOL_ERROR);
    assert_int_equal(mqc_rule_in(MQC_RULE_AUTH_FLAGS, MQC_V311)->level, MQC_NO_RULE);
    assert_string_equal(mqc_rule_in(MQC_RULE_AUTH_FLAGS, MQC_V311)->id, "");
}

static void test_rule_is_knows_the_id_and_its_twins_and_nothing_shorter(void **state)
{
    enum mqc_rule rule = MQC_RULE_SUBSCRIBE_FLAGS;

    (void)state;
    assert_true(mqc_rule_is(rule, MQC_V5, "MQTT-3.8.1-1"));
    assert_true(mqc_rule_is(rule, MQC_V5, "MQTT-2.1.3-1"));
    assert_true(mqc_rule_is(rule, MQC_V5, "X5-2.1.3-1"));
    assert_false(mqc_rule_is(rule, MQC_V5, "MQTT-2.1.3"));
    assert_false(mqc_rule_is(rule, MQC_V5, "X5-2.1.3-11"));
    assert_false(mqc_rule_is(rule, MQC_V5, "MQTT-2.2.2-1"));
    assert_true(mqc_rule_is(rule, MQC_V311, "MQTT-2.2.2-1"));
    assert_false(mqc_rule_is(MQC_RULE_AUTH_FLAGS, MQC_V311, ""));
}

static void test_every_rule_has_words_of_its_own(void **state)
{
    (void)state;
    for (int rule = 0; rule < MQC_RULE_COUNT; rule++) {
        const char *says = mqc_rule_says((enum mqc_rule)rule);

        assert_true(strlen(says) > 10);
        assert_true(says[strlen(says) - 1] != '.');
        for (int other = 0; other < rule; other++)
            assert_string_not_equal(says, mqc_rule_says((enum mqc_rule)other));
    }
    assert_string_equal(mqc_rule_name(MQC_RULE_SUBSCRIBE_FLAGS), "SUBSCRIBE_FLAGS");
}

static void test_names_of_levels_and_kinds(void **state)
{
    (void)state;
    assert_string_equal(mqc_level_name(MQC_MUST), "MUST");
    assert_string_equal(mqc_level_name(MQC_SHOULD), "SHOULD");
    assert_string_equal(mqc_level_name(MQC_NOTE), "note");
    assert_string_equal(mqc_kind_name(MQC_MALFORMED), "malformed");
    assert_string_equal(mqc_kind_name(MQC_PROTOCOL_ERROR), "protocol-error");
    assert_string_equal(mqc_kind_name(MQC_KIND_NONE), "note");
}

static void test_faults_past_the_end_are_counted_not_stored(void **state)
{
    struct mqc_fault items[2] = {{.size = 7}, {.size = 7}};
    struct mqc_faults faults = {.items = items, .capacity = 1};

    (void)state;
    assert_false(mqc_faults_add(&faults, MQC_RULE_SHORT, MQC_V5, 3, 0));
    assert_false(mqc_faults_add(&faults, MQC_RULE_SURPLUS, MQC_V5, 4, 5));
    assert_int_equal(faults.count, 2);
    assert_int_equal(mqc_faults_stored(&faults), 1);
    assert_int_equal(items[0].rule, MQC_RULE_SHORT);
    assert_int_equal(items[0].offset, 3);
    assert_int_equal(items[1].size, 7);

    faults = (struct mqc_faults){.capacity = 0}; /* no array at all */
    mqc_faults_add(&faults, MQC_RULE_SHORT, MQC_V5, 3, 0);
    assert_int_equal(faults.count, 1);
    assert_int_equal(mqc_faults_stored(&faults), 0);
}

static void test_faults_of_a_version_without_the_rule_are_none(void **state)
{
    struct mqc_faults faults = {.capacity = 0};

    (void)state;
    assert_false(mqc_faults_add(&faults, MQC_RULE_PROPERTY_UNKNOWN, MQC_V311, 0, 1));
    assert_int_equal(faults.count, 0);
}

static void test_strict_mode_does_not_count_notes(void **state)
{
    struct mqc_faults faults = {.capacity = 0, .stop_at_first = true};

    (void)state;
    assert_false(mqc_faults_add(&faults, MQC_RULE_SUBSCRIBE_EMPTY, MQC_V31, 0, 1));
    assert_int_equal(faults.count, 0);
    assert_true(mqc_faults_add(&faults, MQC_RULE_HEADER_FLAGS, MQC_V31, 0, 1)); /* a SHOULD */
    assert_int_equal(faults.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rule_in_gives_each_version_its_own_id),
        cmocka_unit_test(test_rule_is_knows_the_id_and_its_twins_and_nothing_shorter),
        cmocka_unit_test(test_every_rule_has_words_of_its_own),
        cmocka_unit_test(test_names_of_levels_and_kinds),
        cmocka_unit_test(test_faults_past_the_end_are_counted_not_stored),
        cmocka_unit_test(test_faults_of_a_version_without_the_rule_are_none),
        cmocka_unit_test(test_strict_mode_does_not_count_notes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
