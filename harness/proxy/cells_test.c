#include "codec/testing.h"

#include "harness/proxy/cells.h"

static void test_cells_fill_their_columns_exactly(void **state)
{
    static const struct {
        const char *text;
        unsigned width;
        bool right;
        const char *shown;
    } rows[] = {
        {"abc", 5, false, "abc  "},
        {"abc", 5, true, "  abc"},
        {"abcde", 5, false, "abcde"},
        {"abcdef", 5, false, "abcd…"},
        {"abcdef", 5, true, "abcd…"},
        {"", 3, false, "   "},
        {"abc", 0, false, ""},
        {"abc", 1, false, "…"},
        {"größe", 5, false, "größe"},
        {"größer", 5, false, "größ…"},
        {"東京", 4, false, "東京"},
        {"東京", 3, false, "東…"},
        {"東京都", 4, false, "東… "},
        {"\033[2Jx", 6, false, "?[2Jx "},
        {"a\xff"
         "b",
         3, false, "a?b"},
        {"a\xe2\x80", 4, false, "a?? "},
        {"a\xe2\x80\xae"
         "b",
         3, false, "a?b"},
        {"a\nb\tc", 5, false, "a?b?c"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char out[MQH_CELLS_SIZE(8)];
        size_t size =
            mqh_cells_fit(out, mqc_slice_text(rows[i].text), rows[i].width, rows[i].right);

        assert_string_equal(out, rows[i].shown);
        assert_int_equal(size, strlen(rows[i].shown));
    }
}

static void test_cells_number_is_short(void **state)
{
    static const struct {
        double number;
        const char *shown;
    } rows[] = {
        {0, "0"},         {0.04, "0.0"},   {0.44, "0.4"},   {1, "1"},        {9.94, "9.9"},
        {9.96, "10"},     {12.3, "12"},    {999.4, "999"},  {999.6, "1.0k"}, {12345, "12k"},
        {999999, "1.0M"}, {5.5e9, "5.5G"}, {1e15, "1000T"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char out[16];

        assert_string_equal(mqh_cells_number(out, rows[i].number), rows[i].shown);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cells_fill_their_columns_exactly),
        cmocka_unit_test(test_cells_number_is_short),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
