#include "harness/report/read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "harness/report/report.h"
#include "harness/report/sample_run.h"

/* What stands in the sample and is not told in JSON: texts that are no UTF-8, faults, bytes. */
static void test_a_run_that_was_read_is_written_as_it_was(void **state)
{
    struct sample *sample = sample_new();
    struct mqh_arena arena = {NULL};
    struct mqh_run run;
    const char *why = NULL;

    (void)state;
    sample->events[2].bytes.size = 0;
    sample->events[10].bytes.size = 0;
    sample->run.strict = true;

    char *text = sample_text(&sample->run, mqh_report_json);

    if (!mqh_report_read(&arena, mqc_slice_text(text), &run, NULL, &why))
        fail_msg("%s", why);

    char *again = sample_text(&run, mqh_report_json);

    assert_string_equal(again, text);
    assert_ptr_equal(run.cases[2].scenario, run.cases[3].scenario);
    assert_ptr_not_equal(run.cases[3].scenario, run.cases[4].scenario);
    assert_string_equal(run.cases[2].scenario->name, "subscribe/no-filter");
    free(again);
    free(text);
    mqh_arena_free(&arena);
    free(sample);
}

/* Each byte that is taken away makes another text; none may be taken for a run, or trip us. */
static void test_a_text_that_was_cut_is_no_run(void **state)
{
    struct sample *sample = sample_new();
    char *text = sample_text(&sample->run, mqh_report_json);
    size_t size = strlen(text);

    (void)state;
    for (size_t cut = 0; cut < size - 1; cut += 7) {
        struct mqh_arena arena = {NULL};
        struct mqh_run run;
        const char *why = NULL;

        assert_false(mqh_report_read(&arena, (struct mqc_slice){(const uint8_t *)text, cut}, &run,
                                     NULL, &why));
        assert_non_null(why);
        mqh_arena_free(&arena);
    }
    free(text);
    free(sample);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_run_that_was_read_is_written_as_it_was),
        cmocka_unit_test(test_a_text_that_was_cut_is_no_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
