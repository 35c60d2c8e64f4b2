#include "harness/catalogue/embedded.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Tests run from the top of the source tree, where the originals are. */
static void test_embedded_files_are_the_files(void **state)
{
    (void)state;
    assert_true(mqh_embedded_file_count > 0);
    for (size_t i = 0; i < mqh_embedded_file_count; i++) {
        const struct mqh_embedded *file = &mqh_embedded_files[i];
        FILE *original = fopen(file->path, "rb");
        size_t same = 0;

        assert_non_null(original);
        for (int c; (c = getc(original)) != EOF; same++)
            assert_true(same < file->size && file->data[same] == (unsigned char)c);
        assert_int_equal(same, file->size);
        assert_int_equal(file->data[file->size], 0);
        fclose(original);
    }
}

static void test_embedded_files_are_sorted_and_found_by_path(void **state)
{
    (void)state;
    for (size_t i = 0; i < mqh_embedded_file_count; i++) {
        const struct mqh_embedded *file = &mqh_embedded_files[i];

        assert_ptr_equal(mqh_embedded_find(file->path), file);
        if (i > 0)
            assert_true(strcmp(mqh_embedded_files[i - 1].path, file->path) < 0);
    }
    assert_null(mqh_embedded_find("conformance/requirements"));
    assert_null(mqh_embedded_find(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_embedded_files_are_the_files),
        cmocka_unit_test(test_embedded_files_are_sorted_and_found_by_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
