#include "codec/testing.h"

#include "codec/text_field.h"

enum { GROUP_COUNT = MQC_GROUP_FILTER + 1 };

static const struct {
    unsigned group;
    enum mqc_version version;
    const char *fields;
} lists[] = {
    {MQC_PUBLISH, MQC_V311, "dup, qos, retain, id, topic, payload"},
    {MQC_CONNACK, MQC_V31, "reason"},
    {MQC_CONNACK, MQC_V311, "session-present, reason"},
    {MQC_PUBACK, MQC_V311, "id"},
    {MQC_PUBACK, MQC_V5, "id, reason, reason-string, user-property"},
    {MQC_SUBACK, MQC_V5, "id, reason-string, user-property, [codes]"},
    {MQC_SUBSCRIBE, MQC_V5, "id, subscription-identifier, user-property, [filters]"},
    {MQC_UNSUBACK, MQC_V311, "id"},
    {MQC_PINGREQ, MQC_V5, "no fields"},
    {MQC_DISCONNECT, MQC_V311, "no fields"},
    {MQC_GROUP_FILTER, MQC_V311, "qos"},
    {MQC_GROUP_FILTER, MQC_V5, "qos, no-local, retain-as-published, retain-handling"},
    {MQC_GROUP_WILL, MQC_V311, "topic, payload, qos, retain"},
};

static void test_text_fields_follow_the_version(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        char text[500];
        struct mqc_text_out out = {.data = text, .capacity = sizeof(text)};

        mqc_text_out_fields(&out, lists[i].group, lists[i].version);
        mqc_text_out_end(&out);
        assert_string_equal(text, lists[i].fields);
    }
}

/* A number goes into its own bits, and into no others. */
static void test_text_field_numbers_come_back(void **state)
{
    (void)state;
    for (unsigned group = 0; group < GROUP_COUNT; group++) {
        const struct mqc_text_field *f = NULL;

        while ((f = mqc_text_field_next(group, f)) != NULL) {
            struct mqc_packet zero;
            struct mqc_packet packet;

            if (f->kind >= MQC_FIELD_BYTES)
                continue;
            memset(&zero, 0, sizeof(zero));
            memset(&packet, 0, sizeof(packet));
            for (uint32_t number = 0; number <= mqc_text_field_most(f); number++) {
                mqc_text_field_set_number(f, &packet, number);
                assert_int_equal(mqc_text_field_number(f, &packet), number);
            }
            mqc_text_field_set_number(f, &packet, 0);
            assert_memory_equal(&packet, &zero, sizeof(packet));
        }
    }
}

static void test_text_field_is_there_when_it_was_set(void **state)
{
    (void)state;
    for (unsigned group = 0; group < GROUP_COUNT; group++) {
        const struct mqc_text_field *f = NULL;

        while ((f = mqc_text_field_next(group, f)) != NULL) {
            struct mqc_packet packet;

            memset(&packet, 0, sizeof(packet));
            assert_int_equal(mqc_text_field_is_there(f, &packet), f->presence_mask == 0);
            mqc_text_field_set_there(f, &packet);
            assert_true(mqc_text_field_is_there(f, &packet));
        }
    }
}

/* One name means one thing in a group, be it field or property. */
static void test_text_field_names_are_unambiguous(void **state)
{
    (void)state;
    for (unsigned group = 0; group < GROUP_COUNT; group++) {
        const struct mqc_text_field *f = NULL;

        while ((f = mqc_text_field_next(group, f)) != NULL) {
            uint32_t id;

            if (f->kind == MQC_FIELD_PROPERTIES || f->kind == MQC_FIELD_LIST)
                continue;
            assert_ptr_equal(mqc_text_field_find(group, mqc_slice_text(f->name)), f);
            assert_null(mqc_property_find(mqc_slice_text(f->name), &id));
        }
    }
    assert_null(mqc_text_field_find(MQC_SUBACK, mqc_slice_text("[codes]")));
    assert_null(mqc_text_field_find(MQC_SUBACK, mqc_slice_text("topic")));
}

static const struct {
    const char *name;
    unsigned group;
    enum mqc_version version;
    bool fits;
} overrides[] = {
    {"flags", MQC_PINGREQ, MQC_V31, true},
    {"flags", MQC_GROUP_WILL, MQC_V5, false},
    {"flags", MQC_GROUP_FILTER, MQC_V5, false},
    {"id", MQC_PUBLISH, MQC_V311, true},
    {"no-id", MQC_CONNECT, MQC_V311, false},
    {"connect-flags", MQC_CONNECT, MQC_V311, true},
    {"connect-flags", MQC_CONNACK, MQC_V311, false},
    {"connack-flags", MQC_CONNACK, MQC_V31, true},
    {"options", MQC_GROUP_FILTER, MQC_V31, true},
    {"options", MQC_SUBSCRIBE, MQC_V31, false},
    {"property", MQC_PUBLISH, MQC_V5, true},
    {"property", MQC_PUBLISH, MQC_V311, false},
    {"property", MQC_PINGREQ, MQC_V5, false},
    {"property-length", MQC_GROUP_WILL, MQC_V5, true},
    {"no-properties", MQC_GROUP_WILL, MQC_V311, false},
};

static void test_text_overrides_stand_where_they_change_something(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(overrides) / sizeof(overrides[0]); i++) {
        enum mqc_text_override override;

        assert_true(mqc_text_override_find(mqc_slice_text(overrides[i].name), &override));
        if (mqc_text_override_fits(override, overrides[i].group, overrides[i].version) !=
            overrides[i].fits)
            fail_msg("%s in %s", overrides[i].name, mqc_text_group_name(overrides[i].group));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_fields_follow_the_version),
        cmocka_unit_test(test_text_field_numbers_come_back),
        cmocka_unit_test(test_text_field_is_there_when_it_was_set),
        cmocka_unit_test(test_text_field_names_are_unambiguous),
        cmocka_unit_test(test_text_overrides_stand_where_they_change_something),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
