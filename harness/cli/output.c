#define _XOPEN_SOURCE 700 /* realpath() */

#include "harness/cli/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/cli/cli.h"

static bool complain(const char *command, const char *path)
{
    mqh_cli_complain(command, "cannot write %s: %s", path, strerror(errno));
    return false;
}

static bool is_standard(const char *path)
{
    return strcmp(path, "-") == 0;
}

/* Something that cannot be replaced by renaming. */
static bool is_special(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

/* The file behind symbolic links, or a copy of `path` where there is none yet; the caller frees it.
 */
static char *resolve(const char *path)
{
    char *real = realpath(path, NULL);

    return real != NULL ? real : strdup(path);
}

static bool folder_is_writable(char *path)
{
    char *slash = strrchr(path, '/');
    bool writable;

    if (slash == NULL)
        return access(".", W_OK) == 0;
    *slash = '\0';
    writable = access(slash == path ? "/" : path, W_OK) == 0;
    *slash = '/';
    return writable;
}

bool mqh_output_check(const char *command, const char *path)
{
    struct stat status;

    if (is_standard(path))
        return true;
    if (path[0] == '\0') {
        errno = ENOENT;
        return complain(command, "\"\"");
    }
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        return complain(command, path);
    }
    if (is_special(path))
        return access(path, W_OK) == 0 || complain(command, path);

    char *real = resolve(path);
    bool writable = real != NULL && folder_is_writable(real);

    free(real);
    return writable || complain(command, path);
}

static bool write_directly(const char *path, void (*writer)(FILE *out, const void *what),
                           const void *what)
{
    FILE *file = is_standard(path) ? stdout : fopen(path, "wb");

    if (file == NULL)
        return false;
    writer(file, what);
    if (file == stdout)
        return true; /* main() asks whether it arrived */

    bool good = !ferror(file);

    return fclose(file) == 0 && good;
}

/* What a new file of this user may be for others; mkstemp() is stricter. */
static mode_t usual_mode(void)
{
    mode_t mask = umask(0);

    umask(mask);
    return 0666 & ~mask;
}

static bool write_beside(const char *path, char *temporary,
                         void (*writer)(FILE *out, const void *what), const void *what)
{
    int descriptor = mkstemp(temporary);

    if (descriptor < 0)
        return false;

    FILE *file = fdopen(descriptor, "wb");

    if (file == NULL) {
        close(descriptor);
        unlink(temporary);
        return false;
    }
    writer(file, what);

    bool good = fchmod(descriptor, usual_mode()) == 0 && fflush(file) == 0 && !ferror(file);
    int trouble = errno;

    if (fclose(file) == 0 && good && rename(temporary, path) == 0)
        return true;
    if (good)
        trouble = errno;
    unlink(temporary);
    errno = trouble;
    return false;
}

bool mqh_output_write(const char *command, const char *path,
                      void (*writer)(FILE *out, const void *what), const void *what)
{
    bool good = false;

    if (is_standard(path) || is_special(path))
        return write_directly(path, writer, what) || complain(command, path);

    char *real = resolve(path);
    size_t size = real == NULL ? 0 : strlen(real) + sizeof ".XXXXXX";
    char *temporary = real == NULL ? NULL : malloc(size);

    if (temporary != NULL) {
        snprintf(temporary, size, "%s.XXXXXX", real);
        good = write_beside(real, temporary, writer, what);
    }
    if (!good)
        complain(command, path);
    free(temporary);
    free(real);
    return good;
}
