#include "harness/capture/decrypt.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

struct mqh_decrypt {
    pid_t pid;
    FILE *out;
    char *line; /* of tshark's: "12<TAB>hex,hex<TAB>hex,hex", frame, plain text, cipher text */
    size_t capacity;
    uint64_t frame; /* of this line; UINT64_MAX behind the last one */
    char *rest;     /* of its plain text */
    bool lost;
};

/* ---- the child ---- */

/* False with errno. stdin and stderr are nobody's: tshark warns of much that is no matter here. */
static bool spawn(struct mqh_decrypt *decrypt, char *const *words, int out[2])
{
    posix_spawn_file_actions_t actions;
    int status = posix_spawn_file_actions_init(&actions);

    if (status == 0)
        status = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (status == 0)
        status = posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    if (status == 0)
        status = posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    if (status == 0)
        status = posix_spawnp(&decrypt->pid, words[0], &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    errno = status;
    return status == 0;
}

static bool start(struct mqh_decrypt *decrypt, const char *path, const char *keylog)
{
    char *option = malloc(strlen("tls.keylog_file:") + strlen(keylog) + 1);
    /* clang-format off */
    char *const words[] = {
        "tshark", "-n", "-l", "-r", (char *)path, "-o", option,
        "-o", "tcp.reassemble_out_of_order:TRUE",
        "-o", "tcp.try_heuristic_first:TRUE", /* TLS on a port that is known for something else */
        "-d", "tls.port==1-65535,data",
        "--disable-protocol", "http", "--disable-protocol", "http2", /* they would look inside */
        "-Y", "tls.app_data", "-T", "fields",
        "-e", "frame.number", "-e", "data.data", "-e", "tls.app_data", NULL};
    /* clang-format on */
    int out[2];
    bool good;

    if (option == NULL || pipe(out) != 0) {
        free(option);
        return false;
    }
    sprintf(option, "tls.keylog_file:%s", keylog);
    fcntl(out[0], F_SETFD, FD_CLOEXEC);
    fcntl(out[1], F_SETFD, FD_CLOEXEC);
    decrypt->out = fdopen(out[0], "r");
    good = decrypt->out != NULL && spawn(decrypt, words, out);
    close(out[1]);
    free(option);
    return good;
}

static bool is_readable(const char *path, char *why, size_t why_size)
{
    FILE *file = fopen(path, "r");
    bool is = file != NULL && (getc(file) != EOF || !ferror(file));

    if (!is)
        snprintf(why, why_size, "the key log %s: %s", path, strerror(errno));
    if (file != NULL)
        fclose(file);
    return is;
}

struct mqh_decrypt *mqh_decrypt_begin(const char *path, const char *keylog, char *why,
                                      size_t why_size)
{
    struct mqh_decrypt *decrypt;

    if (strcmp(path, "-") == 0) {
        snprintf(why, why_size, "TLS is opened in files only, not in what comes through a pipe");
        return NULL;
    }
    if (keylog != NULL && !is_readable(keylog, why, why_size))
        return NULL;
    decrypt = calloc(1, sizeof *decrypt);
    if (decrypt != NULL && start(decrypt, path, keylog == NULL ? "" : keylog))
        return decrypt;
    if (errno == ENOENT)
        snprintf(why, why_size, "TLS is opened by tshark, which is not there");
    else
        snprintf(why, why_size, "tshark does not start: %s", strerror(errno));
    if (decrypt != NULL && decrypt->out != NULL)
        fclose(decrypt->out);
    free(decrypt);
    return NULL;
}

/* ---- its lines ---- */

static size_t count_items(const char *list)
{
    size_t count = *list != '\0';

    for (; *list != '\0'; list++)
        count += *list == ',';
    return count;
}

/* The next line. Where there are fewer plain texts than cipher texts, it is not known which. */
static void read_line(struct mqh_decrypt *decrypt)
{
    ssize_t size = getline(&decrypt->line, &decrypt->capacity, decrypt->out);
    char *plain = size > 0 ? strchr(decrypt->line, '\t') : NULL;
    char *cipher = plain == NULL ? NULL : strchr(plain + 1, '\t');

    decrypt->rest = NULL;
    decrypt->lost = false;
    if (cipher == NULL) {
        decrypt->frame = UINT64_MAX;
        return;
    }
    *cipher = '\0';
    decrypt->frame = strtoull(decrypt->line, NULL, 10);
    decrypt->lost = count_items(plain + 1) < count_items(cipher + 1);
    decrypt->rest = decrypt->lost ? NULL : plain + 1;
}

static uint8_t digit(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

/* The hex of one item, to its comma, written over its own text. */
static struct mqc_slice take_item(struct mqh_decrypt *decrypt)
{
    char *at = decrypt->rest;
    uint8_t *bytes = (uint8_t *)at;
    size_t size = 0;

    for (; *at != ',' && at[0] != '\0' && at[1] != '\0'; at += 2)
        bytes[size++] = (uint8_t)(digit(at[0]) << 4 | digit(at[1]));
    decrypt->rest = *at == ',' ? at + 1 : NULL;
    return (struct mqc_slice){bytes, size};
}

bool mqh_decrypt_next(struct mqh_decrypt *decrypt, uint64_t frame, struct mqh_plain *out)
{
    while (decrypt->frame < frame)
        read_line(decrypt);
    if (decrypt->frame > frame)
        return false;
    *out = (struct mqh_plain){.lost = decrypt->lost};
    decrypt->lost = false;
    if (!out->lost && decrypt->rest == NULL)
        return false;
    if (!out->lost)
        out->bytes = take_item(decrypt);
    return true;
}

bool mqh_decrypt_end(struct mqh_decrypt *decrypt, char *why, size_t why_size)
{
    int status = 0;
    bool good;

    while (decrypt->frame != UINT64_MAX)
        read_line(decrypt);
    fclose(decrypt->out);
    while (waitpid(decrypt->pid, &status, 0) < 0 && errno == EINTR)
        ;
    good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (!good && WIFEXITED(status))
        snprintf(why, why_size, "tshark gave up, with status %d", WEXITSTATUS(status));
    else if (!good)
        snprintf(why, why_size, "tshark died of signal %d", WTERMSIG(status));
    free(decrypt->line);
    free(decrypt);
    return good;
}
