#include "codec/testing.h"

static void test_types_have_names(void **state)
{
    (void)state;
    for (unsigned type = 0; type < 16; type++) {
        enum mqc_type found = MQC_RESERVED;
        const char *name = mqc_type_name((enum mqc_type)type);

        assert_true(mqc_type_find(mqc_slice_text(name), &found));
        assert_int_equal(found, type);
    }
    assert_string_equal(mqc_type_name(MQC_UNSUBACK), "UNSUBACK");
    assert_false(mqc_type_find(mqc_slice_text("publish"), &(enum mqc_type){0}));
    assert_false(mqc_type_find(mqc_slice_text("PUB"), &(enum mqc_type){0}));
    assert_false(mqc_type_find(mqc_slice_text(""), &(enum mqc_type){0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
