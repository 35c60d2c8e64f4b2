#include "harness/scenario/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const size_t sizes[] = {0, 1, 7, 16, 17, 8191, 8192, 8193, 32768, 32769, 100000, 3};

static void test_arena_alloc_gives_zeroed_aligned_separate_memory(void **state)
{
    struct mqh_arena arena = {0};
    unsigned char *taken[sizeof sizes / sizeof sizes[0]];

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        taken[i] = mqh_arena_alloc(&arena, sizes[i]);
        assert_int_equal((uintptr_t)taken[i] % _Alignof(max_align_t), 0);
        for (size_t at = 0; at < sizes[i]; at++)
            assert_int_equal(taken[i][at], 0);
        memset(taken[i], (int)i + 1, sizes[i]);
    }
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (size_t at = 0; at < sizes[i]; at++)
            assert_int_equal(taken[i][at], i + 1);
    mqh_arena_free(&arena);
    assert_null(arena.blocks);
}

static void test_arena_grow_keeps_the_items(void **state)
{
    struct mqh_arena arena = {0};
    unsigned *items = NULL;
    size_t capacity = 0;

    (void)state;
    for (unsigned count = 0; count < 1000; count++) {
        items = mqh_arena_grow(&arena, items, count, &capacity, sizeof *items);
        assert_true(capacity > count);
        assert_true(capacity >= 8);
        items[count] = count;
    }
    for (unsigned i = 0; i < 1000; i++)
        assert_int_equal(items[i], i);
    mqh_arena_free(&arena);
}

static void test_arena_copies_end_in_a_zero_byte(void **state)
{
    struct mqh_arena arena = {0};
    struct mqc_slice abc = mqc_slice_text("abcdef");
    abc.size = 3;

    (void)state;
    assert_string_equal(mqh_arena_text(&arena, abc), "abc");
    assert_string_equal(mqh_arena_text(&arena, (struct mqc_slice){0}), "");
    assert_true(mqc_slice_equal(mqh_arena_bytes(&arena, abc), abc));
    assert_string_equal(mqh_arena_format(&arena, "%s[%u]", "a", 7u), "a[7]");
    mqh_arena_free(&arena);
}

static void test_arena_can_be_used_after_it_was_freed(void **state)
{
    struct mqh_arena arena = {0};

    (void)state;
    mqh_arena_free(&arena);
    mqh_arena_alloc(&arena, 10);
    mqh_arena_free(&arena);
    assert_non_null(mqh_arena_alloc(&arena, 10));
    mqh_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arena_alloc_gives_zeroed_aligned_separate_memory),
        cmocka_unit_test(test_arena_grow_keeps_the_items),
        cmocka_unit_test(test_arena_copies_end_in_a_zero_byte),
        cmocka_unit_test(test_arena_can_be_used_after_it_was_freed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
