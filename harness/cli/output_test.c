#include "harness/cli/output.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/output_test_XXXXXX";

static void report(FILE *out, const void *what)
{
    const char *const *name = what;

    fprintf(out, "by %s\n", *name);
}

/* A report that cannot be written to its end: its descriptor becomes that of a full disk. */
static void fail_report(FILE *out, const void *what)
{
    int full = open("/dev/full", O_WRONLY);

    (void)what;
    fputs("half a rep", out);
    assert_true(dup2(full, fileno(out)) >= 0);
    close(full);
}

static const char *content(const char *path)
{
    static char text[64];
    FILE *file = fopen(path, "rb");
    size_t size = 0;

    if (file != NULL) {
        size = fread(text, 1, sizeof text - 1, file);
        fclose(file);
    }
    text[size] = '\0';
    return text;
}

static size_t file_count(void)
{
    DIR *directory = opendir(folder);
    size_t count = 0;

    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count - 2; /* . and .. */
}

static const char *path_of(const char *name)
{
    static char path[256];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void test_output_replaces_a_file_as_a_whole(void **state)
{
    const char *name = "one";

    (void)state;
    assert_true(mqh_output_check("test", path_of("a")));
    assert_int_equal(file_count(), 0);
    assert_true(mqh_output_write("test", path_of("a"), report, &name));
    assert_string_equal(content(path_of("a")), "by one\n");
    name = "two";
    assert_true(mqh_output_write("test", path_of("a"), report, &name));
    assert_string_equal(content(path_of("a")), "by two\n");
    assert_int_equal(file_count(), 1);
}

static void test_output_that_fails_leaves_what_was_there(void **state)
{
    const char *name = "three";

    (void)state;
    assert_true(mqh_output_write("test", path_of("a"), report, &name));
    assert_false(mqh_output_write("test", path_of("a"), fail_report, &name));
    assert_string_equal(content(path_of("a")), "by three\n");
    assert_int_equal(file_count(), 1);
}

static void test_output_follows_links_and_spares_devices(void **state)
{
    const char *name = "link";
    struct stat status;
    char target[256];

    (void)state;
    snprintf(target, sizeof target, "%s", path_of("a"));
    assert_int_equal(symlink(target, path_of("b")), 0);
    assert_true(mqh_output_write("test", path_of("b"), report, &name));
    assert_string_equal(content(target), "by link\n");
    assert_int_equal(lstat(path_of("b"), &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_true(mqh_output_write("test", "/dev/null", report, &name));
    assert_int_equal(stat("/dev/null", &status), 0);
    assert_true(S_ISCHR(status.st_mode));
}

static void test_output_is_refused_before_the_run(void **state)
{
    (void)state;
    assert_false(mqh_output_check("test", ""));
    assert_false(mqh_output_check("test", folder));
    assert_false(mqh_output_check("test", path_of("none/a")));
    assert_true(mqh_output_check("test", "-"));
    assert_true(mqh_output_check("test", "in-the-working-folder"));
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path_of("a"));
    unlink(path_of("b"));
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_output_replaces_a_file_as_a_whole),
        cmocka_unit_test(test_output_that_fails_leaves_what_was_there),
        cmocka_unit_test(test_output_follows_links_and_spares_devices),
        cmocka_unit_test(test_output_is_refused_before_the_run),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
