#include "fuzz/engine/replay.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#define PATH_SIZE 4096

void mqf_run(const uint8_t *data, size_t size)
{
    size_t kept = size < MQF_INPUT_MAX ? size : MQF_INPUT_MAX;
    uint8_t *copy = malloc(kept > 0 ? kept : 1);

    if (copy == NULL)
        abort();
    if (kept > 0)
        memcpy(copy, data, kept);
    mqf_target((struct mqc_slice){copy, kept});
    free(copy);
}

static bool replay_file(const char *path)
{
    static uint8_t room[MQF_INPUT_MAX];
    FILE *file = fopen(path, "rb");
    size_t size;
    bool good;

    if (file == NULL) {
        perror(path);
        return false;
    }
    size = fread(room, 1, sizeof(room), file);
    good = ferror(file) == 0;
    fclose(file);
    if (good)
        mqf_run(room, size);
    return good;
}

/* A directory's files, or -1 if `path` is none. Seeds lie flat, so there is no recursion. */
static int replay_directory(const char *path)
{
    DIR *directory = opendir(path);
    char name[PATH_SIZE];
    int done = 0;

    if (directory == NULL)
        return -1;
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        if (!replay_file(name))
            exit(2);
        done++;
    }
    closedir(directory);
    return done;
}

int mqf_replay(int count, char **paths)
{
    int done = 0;

    for (int i = 0; i < count; i++) {
        int files = replay_directory(paths[i]);

        if (files < 0 && !replay_file(paths[i]))
            return 2;
        done += files < 0 ? 1 : files;
    }
    printf("%d inputs replayed\n", done);
    return done > 0 ? 0 : 2;
}
