#include "harness/cli/suite.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "harness/catalogue/embedded.h"
#include "harness/cli/cli.h"
#include "harness/runner/match.h"
#include "harness/runner/runner.h"

enum { DEPTH_MAX = 16 }; /* folders in folders; a link may lead in circles */

void mqh_suite_complain(const struct mqh_error *error)
{
    char text[4096];

    fflush(stdout);
    mqh_error_print(error, text, sizeof text);
    fputs(text, stderr);
    if (text[0] != '\0' && text[strlen(text) - 1] != '\n')
        putc('\n', stderr);
}

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text);
    size_t end_size = strlen(end);

    return size > end_size && strcmp(text + size - end_size, end) == 0;
}

bool mqh_suite_is_probe(const struct mqh_scenario *scenario)
{
    return strncmp(scenario->name, "probe/", 6) == 0;
}

static bool parse(struct mqh_arena *arena, const char *file, struct mqc_slice source,
                  struct mqh_scenarios *into)
{
    struct mqh_error error = {0};

    if (mqh_parse(arena, file, source, into, &error))
        return true;
    mqh_suite_complain(&error);
    return false;
}

/* --- from a folder --------------------------------------------------------------------------- */

bool mqh_suite_read(struct mqh_arena *arena, const char *command, const char *path,
                    struct mqc_slice *out)
{
    FILE *file = fopen(path, "rb");
    struct stat status;
    bool readable = file != NULL && fstat(fileno(file), &status) == 0;

    if (readable && S_ISDIR(status.st_mode)) {
        readable = false;
        errno = EISDIR;
    }
    if (readable) {
        size_t size = status.st_size > 0 ? (size_t)status.st_size : 0;
        uint8_t *data = mqh_arena_alloc(arena, size + 1);

        *out = (struct mqc_slice){data, fread(data, 1, size, file)};
        readable = !ferror(file);
    }
    if (!readable)
        mqh_cli_complain(command, "cannot read %s: %s", path, strerror(errno));
    if (file != NULL)
        fclose(file);
    return readable;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static bool load_folder(struct mqh_arena *arena, const char *command, const char *path,
                        unsigned depth, struct mqh_scenarios *into);

static bool load_path(struct mqh_arena *arena, const char *command, const char *path,
                      unsigned depth, struct mqh_scenarios *into)
{
    struct stat status;
    struct mqc_slice source;

    if (stat(path, &status) != 0) {
        mqh_cli_complain(command, "cannot read %s: %s", path, strerror(errno));
        return false;
    }
    if (S_ISDIR(status.st_mode))
        return load_folder(arena, command, path, depth + 1, into);
    if (!ends_with(path, ".mqs"))
        return true;
    return mqh_suite_read(arena, command, path, &source) && parse(arena, path, source, into);
}

/* Its entries in the order of their names, so that results do not depend on the file system. */
static bool load_folder(struct mqh_arena *arena, const char *command, const char *path,
                        unsigned depth, struct mqh_scenarios *into)
{
    struct dirent **entries = NULL;
    bool good = true;

    if (depth > DEPTH_MAX) {
        mqh_cli_complain(command, "%s: more than %d folders deep", path, DEPTH_MAX);
        return false;
    }

    int count = scandir(path, &entries, is_visible, alphasort);

    if (count < 0) {
        mqh_cli_complain(command, "cannot read %s: %s", path, strerror(errno));
        return false;
    }
    for (int i = 0; i < count; i++) {
        const char *slash = ends_with(path, "/") ? "" : "/";

        good = good && load_path(arena, command,
                                 mqh_arena_format(arena, "%s%s%s", path, slash, entries[i]->d_name),
                                 depth, into);
        free(entries[i]);
    }
    free(entries);
    return good;
}

/* --- what the program carries ---------------------------------------------------------------- */

static bool load_embedded(struct mqh_arena *arena, bool probes_only, struct mqh_scenarios *into)
{
    bool good = true;

    for (size_t i = 0; i < mqh_embedded_file_count; i++) {
        const struct mqh_embedded *file = &mqh_embedded_files[i];

        if (!ends_with(file->path, ".mqs"))
            continue;
        if (probes_only && strncmp(file->path, "conformance/probe/", 18) != 0)
            continue;
        good = parse(arena, file->path, (struct mqc_slice){file->data, file->size}, into) && good;
    }
    return good;
}

/* A folder, or one file whatever its name. */
static bool load_named(struct mqh_arena *arena, const char *command, const char *path,
                       struct mqh_scenarios *into)
{
    struct stat status;
    struct mqc_slice source;

    if (stat(path, &status) == 0 && !S_ISDIR(status.st_mode))
        return mqh_suite_read(arena, command, path, &source) && parse(arena, path, source, into);
    return load_folder(arena, command, path, 0, into);
}

static bool has_probe(const struct mqh_scenarios *scenarios, const char *name)
{
    if (mqh_capability_is_of_user(name))
        return true;
    for (size_t i = 0; i < scenarios->count; i++)
        if (mqh_suite_is_probe(&scenarios->items[i]) &&
            strcmp(scenarios->items[i].name + strlen("probe/"), name) == 0)
            return true;
    return false;
}

/* A capability that nobody asks for would be missing for ever. */
static bool check_needs(const char *command, const struct mqh_scenarios *scenarios)
{
    bool good = true;

    for (size_t i = 0; i < scenarios->count; i++) {
        const struct mqh_scenario *scenario = &scenarios->items[i];

        for (size_t j = 0; j < scenario->need_count; j++)
            if (!has_probe(scenarios, scenario->needs[j])) {
                mqh_cli_complain(command,
                                 "%s:%u: %s needs `%s`, but there is no scenario probe/%s; "
                                 "mqspec list --only probe shows those that there are",
                                 scenario->file, scenario->where.line, scenario->name,
                                 scenario->needs[j], scenario->needs[j]);
                good = false;
            }
    }
    return good;
}

bool mqh_suite_load(struct mqh_arena *arena, const char *command, const char *folder,
                    struct mqh_scenarios *out)
{
    *out = (struct mqh_scenarios){0};
    if (folder == NULL)
        return load_embedded(arena, false, out) && check_needs(command, out);
    if (!load_named(arena, command, folder, out))
        return false;
    if (out->count == 0) {
        mqh_cli_complain(command, "%s: there is no scenario in it", folder);
        return false;
    }
    for (size_t i = 0; i < out->count; i++)
        if (mqh_suite_is_probe(&out->items[i]))
            return check_needs(command, out);
    return load_embedded(arena, true, out) && check_needs(command, out);
}

/* --- cases ----------------------------------------------------------------------------------- */

bool mqh_suite_cases(struct mqh_arena *arena, const struct mqh_scenarios *scenarios,
                     unsigned versions, struct mqh_cases *out)
{
    struct mqh_error error = {0};
    bool good = true;

    *out = (struct mqh_cases){0};
    for (size_t i = 0; i < scenarios->count; i++) {
        if (mqh_cases_add(arena, &scenarios->items[i], versions, out, &error))
            continue;
        mqh_suite_complain(&error);
        good = false;
    }
    return good;
}

bool mqh_suite_has(const char *release, const struct mqh_scenario *scenario)
{
    return release == NULL || scenario->since[0] == '\0' ||
           mqh_version_compare(scenario->since, release) <= 0;
}

static bool any_selects(const char **patterns, size_t count, const struct mqh_case *c)
{
    for (size_t i = 0; i < count; i++)
        if (mqh_selects(patterns[i], c))
            return true;
    return false;
}

static bool check_patterns(const char *command, const char *option, const char **patterns,
                           size_t count, const struct mqh_cases *cases)
{
    for (size_t i = 0; i < count; i++) {
        size_t j = 0;

        while (j < cases->count && !mqh_selects(patterns[i], &cases->items[j]))
            j++;
        if (j == cases->count) {
            struct mqh_arena arena = {0};

            mqh_cli_complain(command, "%s", mqh_selects_nothing(&arena, option, patterns[i]));
            mqh_arena_free(&arena);
            return false;
        }
    }
    return true;
}

bool mqh_selection_check(const struct mqh_selection *selection, const char *command,
                         const struct mqh_cases *cases)
{
    return check_patterns(command, "only", selection->only, selection->only_count, cases) &&
           check_patterns(command, "skip", selection->skip, selection->skip_count, cases);
}

bool mqh_selection_has(const struct mqh_selection *selection, const struct mqh_case *c)
{
    if (selection->only_count == 0 && mqh_suite_is_probe(c->scenario))
        return false;
    if (selection->only_count > 0 && !any_selects(selection->only, selection->only_count, c))
        return false;
    return !any_selects(selection->skip, selection->skip_count, c);
}

static bool any_means(const char **patterns, size_t count, const void *item,
                      bool (*matches)(const char *pattern, const void *item))
{
    for (size_t i = 0; i < count; i++)
        if (matches(patterns[i], item))
            return true;
    return false;
}

bool mqh_selection_means(const struct mqh_selection *selection, const void *item,
                         bool (*matches)(const char *pattern, const void *item))
{
    return (selection->only_count == 0 ||
            any_means(selection->only, selection->only_count, item, matches)) &&
           !any_means(selection->skip, selection->skip_count, item, matches);
}
