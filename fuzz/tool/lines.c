/*
 * lines --make PREFIX < FILES, lines FOLDER < LINES: inputs that no scenario can say, texts with
 * mistakes and captures, as lines of a text, and back.
 *
 *     NAME "bytes"     printable ASCII is itself; \n is a line's end, \" and \\ are those, and any
 *                      other byte is \xHH. What begins with # is a comment.
 *
 * The first form prints a line for each file whose name comes on a line, and calls it PREFIX-HASH;
 * the second writes each line's bytes to FOLDER/NAME. Both give the same bytes back. Exit status 2
 * for a file that cannot be read or written, or a line that is none.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz/target.h"

enum { PATH_SIZE = 1000, NAME_SIZE = 100, LINE_SIZE = 4 * MQF_INPUT_MAX + PATH_SIZE };

static uint8_t bytes[MQF_INPUT_MAX];
static char line[LINE_SIZE];

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "lines: %s: %s\n", what, why);
    exit(2);
}

/* --- files to lines --------------------------------------------------------------------------- */

static void print_byte(uint8_t byte)
{
    if (byte == '\n')
        fputs("\\n", stdout);
    else if (byte == '"' || byte == '\\')
        printf("\\%c", byte);
    else if (byte < 0x20 || byte > 0x7e)
        printf("\\x%02x", byte);
    else
        putchar(byte);
}

static void print_file(const char *prefix, const char *path)
{
    FILE *file = fopen(path, "rb");
    uint32_t hash = 2166136261u; /* FNV-1a */
    size_t size;

    if (file == NULL)
        fail(path, strerror(errno));
    size = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * 16777619u;
    printf("%s-%08x \"", prefix, hash);
    for (size_t i = 0; i < size; i++)
        print_byte(bytes[i]);
    puts("\"");
}

/* --- lines to files --------------------------------------------------------------------------- */

/* Reads what stands for one byte, and moves on behind it; false if nothing does. */
static bool read_byte(const char **at, uint8_t *byte)
{
    const char *text = *at;
    unsigned value = (unsigned char)text[0];
    int size = 1;

    if (value == '\0' || value == '"')
        return false;
    if (value == '\\' && text[1] == 'x') {
        if (sscanf(text + 2, "%2x", &value) != 1 || text[3] == '\0')
            return false;
        size = 4;
    } else if (value == '\\') {
        value = text[1] == 'n' ? '\n' : (unsigned char)text[1];
        size = 2;
    }
    *byte = (uint8_t)value;
    *at += size;
    return true;
}

static void write_line(const char *folder, const char *text)
{
    char path[PATH_SIZE + NAME_SIZE + 1];
    char name[NAME_SIZE];
    const char *at;
    int begin = 0;
    size_t size = 0;
    FILE *file;

    if (sscanf(text, "%99[a-z0-9-] %n", name, &begin) != 1 || text[begin] != '"')
        fail(text, "is no line");
    at = text + begin + 1;
    while (size < sizeof(bytes) && read_byte(&at, &bytes[size]))
        size++;
    if (strcmp(at, "\"\n") != 0)
        fail(name, "does not end as a line does");
    snprintf(path, sizeof(path), "%.*s/%s", PATH_SIZE, folder, name);
    file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, size, file) != size || fclose(file) != 0)
        fail(path, strerror(errno));
}

int main(int argc, char **argv)
{
    bool make = argc == 3 && strcmp(argv[1], "--make") == 0;

    if (argc != 2 && !make) {
        fputs("usage: lines --make PREFIX < FILES, lines FOLDER < LINES\n", stderr);
        return 2;
    }
    while (fgets(line, sizeof(line), stdin) != NULL) {
        if (make) {
            line[strcspn(line, "\n")] = '\0';
            print_file(argv[2], line);
        } else if (line[0] != '#' && line[0] != '\n') {
            write_line(argv[1], line);
        }
    }
    return 0;
}
