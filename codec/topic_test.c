#include "codec/testing.h"

#include "codec/topic.h"

static const struct {
    const char *name;
    enum mqc_topic_state state;
} names[] = {
    {"a", MQC_TOPIC_OK},         {"a/b", MQC_TOPIC_OK},       {"/", MQC_TOPIC_OK},
    {"a//b", MQC_TOPIC_OK},      {"$SYS/x", MQC_TOPIC_OK},    {" ", MQC_TOPIC_OK},
    {"", MQC_TOPIC_EMPTY},       {"a/+", MQC_TOPIC_WILDCARD}, {"#", MQC_TOPIC_WILDCARD},
    {"a+b", MQC_TOPIC_WILDCARD},
};

static const struct {
    const char *filter;
    enum mqc_topic_state v311;
    enum mqc_topic_state v5;
} filters[] = {
    {"a/b", MQC_TOPIC_OK, MQC_TOPIC_OK},
    {"#", MQC_TOPIC_OK, MQC_TOPIC_OK},
    {"+", MQC_TOPIC_OK, MQC_TOPIC_OK},
    {"+/a/+/#", MQC_TOPIC_OK, MQC_TOPIC_OK},
    {"/", MQC_TOPIC_OK, MQC_TOPIC_OK},
    {"/+", MQC_TOPIC_OK, MQC_TOPIC_OK},
    {"", MQC_TOPIC_EMPTY, MQC_TOPIC_EMPTY},
    {"a/#/b", MQC_TOPIC_HASH, MQC_TOPIC_HASH},
    {"#/", MQC_TOPIC_HASH, MQC_TOPIC_HASH},
    {"a#", MQC_TOPIC_HASH, MQC_TOPIC_HASH},
    {"a/#b", MQC_TOPIC_HASH, MQC_TOPIC_HASH},
    {"a+", MQC_TOPIC_WILDCARD, MQC_TOPIC_WILDCARD},
    {"+a/b", MQC_TOPIC_WILDCARD, MQC_TOPIC_WILDCARD},
    {"a/++", MQC_TOPIC_WILDCARD, MQC_TOPIC_WILDCARD},
    {"$share/g/a", MQC_TOPIC_OK, MQC_TOPIC_OK},
    {"$share/g/#", MQC_TOPIC_OK, MQC_TOPIC_OK},
    {"$share/g//a", MQC_TOPIC_OK, MQC_TOPIC_OK},
    {"$share", MQC_TOPIC_OK, MQC_TOPIC_OK},
    {"$shared/x", MQC_TOPIC_OK, MQC_TOPIC_OK},
    {"$share/", MQC_TOPIC_OK, MQC_TOPIC_SHARE_NAME},
    {"$share//a", MQC_TOPIC_OK, MQC_TOPIC_SHARE_NAME},
    {"$share/+/a", MQC_TOPIC_OK, MQC_TOPIC_SHARE_NAME},
    {"$share/g#/a", MQC_TOPIC_HASH, MQC_TOPIC_SHARE_NAME},
    {"$share/g", MQC_TOPIC_OK, MQC_TOPIC_SHARE_FILTER},
    {"$share/g/", MQC_TOPIC_OK, MQC_TOPIC_SHARE_FILTER},
    {"$share/g/a#", MQC_TOPIC_HASH, MQC_TOPIC_HASH},
    {"$share/g/a+", MQC_TOPIC_WILDCARD, MQC_TOPIC_WILDCARD},
};

static const struct {
    const char *filter;
    const char *name;
    bool matches;
} pairs[] = {
    {"a/b", "a/b", true},       {"a/b", "a/b/c", false},    {"a/b/c", "a/b", false},
    {"a/b", "A/b", false},      {"a/#", "a", true},         {"a/#", "a/", true},
    {"a/#", "a/b/c", true},     {"a/#", "ab", false},       {"#", "a/b", true},
    {"#", "/", true},           {"+", "a", true},           {"+", "/a", false},
    {"+", "a/", false},         {"/+", "/a", true},         {"+/+", "/a", true},
    {"a/+", "a/", true},        {"a/+", "a", false},        {"+/b/#", "a/b", true},
    {"+/b/#", "a/c", false},    {"a//b", "a//b", true},     {"a//b", "a/b", false},
    {"#", "$SYS/a", false},     {"+/a", "$SYS/a", false},   {"$SYS/#", "$SYS/a", true},
    {"$SYS/+", "$SYS/a", true}, {"a/+/$x", "a/b/$x", true}, {"+", "a$", true},
};

static void test_topic_name_check_finds_wildcards(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_int_equal(mqc_topic_name_check(mqc_slice_text(names[i].name)), names[i].state);
}

static void test_topic_filter_check_follows_the_version(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
        struct mqc_slice filter = mqc_slice_text(filters[i].filter);

        if (mqc_topic_filter_check(filter, MQC_V31) != filters[i].v311 ||
            mqc_topic_filter_check(filter, MQC_V311) != filters[i].v311 ||
            mqc_topic_filter_check(filter, MQC_V5) != filters[i].v5)
            fail_msg("%s", filters[i].filter);
    }
}

static void test_topic_matches_level_by_level(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
        if (mqc_topic_matches(mqc_slice_text(pairs[i].filter), mqc_slice_text(pairs[i].name)) !=
            pairs[i].matches)
            fail_msg("%s with %s", pairs[i].filter, pairs[i].name);
}

static void test_topic_share_splits_what_is_well_formed(void **state)
{
    struct mqc_slice share;
    struct mqc_slice filter;

    (void)state;
    assert_true(mqc_topic_share(mqc_slice_text("$share/group/a/#"), &share, &filter));
    mqc_test_text_equal(share, "group");
    mqc_test_text_equal(filter, "a/#");
    assert_false(mqc_topic_share(mqc_slice_text("$share/group"), &share, &filter));
    assert_false(mqc_topic_share(mqc_slice_text("$share/gr+up/a"), &share, &filter));
    assert_false(mqc_topic_share(mqc_slice_text("share/group/a"), &share, &filter));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_topic_name_check_finds_wildcards),
        cmocka_unit_test(test_topic_filter_check_follows_the_version),
        cmocka_unit_test(test_topic_matches_level_by_level),
        cmocka_unit_test(test_topic_share_splits_what_is_well_formed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
