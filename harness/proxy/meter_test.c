#include "codec/testing.h"

#include "harness/proxy/meter.h"

static void test_meter_says_how_much_a_second(void **state)
{
    static const struct {
        const char *name;
        uint64_t times_ms[8]; /* of one unit each; 0 ends them */
        uint64_t now_ms;
        unsigned sum; /* that count */
        unsigned length_ms;
    } rows[] = {
        {"nothing", {0}, 10000, 0, 5000},
        {"the program is young", {500, 900}, 1000, 2, 1000},
        {"at the begin of a second", {5000, 6000, 9999}, 10000, 3, 5000},
        {"five seconds and a half", {4999, 5000, 10400}, 10500, 2, 5500},
        {"long ago", {1000, 2000}, 60000, 0, 5000},
        {"one bucket is used again", {1000, 7000}, 7999, 1, 5999},
        {"a pause longer than all buckets", {1000, 2000, 20000}, 20999, 1, 5999},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mqh_meter meter = {0};
        unsigned count = 0;
        double rate;

        for (; rows[i].times_ms[count] > 0; count++)
            mqh_meter_add(&meter, 1, rows[i].times_ms[count]);
        rate = mqh_meter_rate(&meter, rows[i].now_ms);
        print_message("%s\n", rows[i].name);
        assert_int_equal(meter.total, count);
        assert_int_equal((unsigned)(rate * rows[i].length_ms + 0.5), rows[i].sum * 1000);
    }
}

static void test_meter_of_no_time_has_no_rate(void **state)
{
    struct mqh_meter meter = {0};

    (void)state;
    mqh_meter_add(&meter, 1000000, 0);
    assert_true(mqh_meter_rate(&meter, 0) == 0);
    assert_true(mqh_meter_rate(&meter, 1000) == 1000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_meter_says_how_much_a_second),
        cmocka_unit_test(test_meter_of_no_time_has_no_rate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
