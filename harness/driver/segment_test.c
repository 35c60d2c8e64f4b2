#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/driver/segment.h"

static void test_segment_parse_knows_the_schedules(void **state)
{
    enum mqh_segment segment = MQH_SEGMENT_NONE;

    (void)state;
    assert_true(mqh_segment_parse("1", &segment) && segment == MQH_SEGMENT_ONE);
    assert_true(mqh_segment_parse("random", &segment) && segment == MQH_SEGMENT_RANDOM);
    assert_true(mqh_segment_parse("coalesce", &segment) && segment == MQH_SEGMENT_COALESCE);
    assert_false(mqh_segment_parse("", &segment));
    assert_false(mqh_segment_parse("2", &segment));
    assert_false(mqh_segment_parse("rand", &segment));
}

/* Cuts `size` bytes, and returns how many pieces that gives and how large the largest is. */
static size_t cut(enum mqh_segment segment, size_t size, size_t *largest)
{
    uint32_t state = 1;
    size_t pieces = 0;

    *largest = 0;
    for (size_t done = 0; done < size; pieces++) {
        size_t piece = mqh_segment_next(segment, done, size - done, &state);

        assert_true(piece > 0 && piece <= size - done);
        *largest = piece > *largest ? piece : *largest;
        done += piece;
    }
    return pieces;
}

static void test_segment_next_cuts_by_schedule(void **state)
{
    size_t largest;

    (void)state;
    assert_int_equal(cut(MQH_SEGMENT_NONE, 100000, &largest), 1);
    assert_int_equal(cut(MQH_SEGMENT_COALESCE, 100000, &largest), 1);
    assert_int_equal(cut(MQH_SEGMENT_ONE, MQH_SEGMENT_BYTES_MAX, &largest), MQH_SEGMENT_BYTES_MAX);
    assert_int_equal(largest, 1);
    assert_int_equal(cut(MQH_SEGMENT_ONE, MQH_SEGMENT_BYTES_MAX + 1500, &largest),
                     MQH_SEGMENT_BYTES_MAX + 1);
    assert_true(cut(MQH_SEGMENT_RANDOM, 100000, &largest) > 100000 / 1500);
    assert_true(largest <= 1500 && largest > 8);
}

static void test_segment_next_is_the_same_in_every_run(void **state)
{
    uint32_t one = 7;
    uint32_t other = 7;

    (void)state;
    for (int i = 0; i < 1000; i++)
        assert_int_equal(mqh_segment_next(MQH_SEGMENT_RANDOM, 0, 5000, &one),
                         mqh_segment_next(MQH_SEGMENT_RANDOM, 0, 5000, &other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_segment_parse_knows_the_schedules),
        cmocka_unit_test(test_segment_next_cuts_by_schedule),
        cmocka_unit_test(test_segment_next_is_the_same_in_every_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
