#include "harness/capture/file.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "harness/capture/format.h"

static const uint8_t pcapng_magic[] = {0x0a, 0x0d, 0x0d, 0x0a};

/* Both byte orders, of microseconds and of nanoseconds. */
static const uint8_t pcap_magics[][4] = {{0xd4, 0xc3, 0xb2, 0xa1},
                                         {0xa1, 0xb2, 0xc3, 0xd4},
                                         {0x4d, 0x3c, 0xb2, 0xa1},
                                         {0xa1, 0xb2, 0x3c, 0x4d}};

static const uint8_t gzip_magic = 0x1f; /* the first byte of it */

static bool is_pcapng(struct mqc_slice begin)
{
    return begin.size >= 4 && memcmp(begin.data, pcapng_magic, 4) == 0;
}

static bool is_pcap(struct mqc_slice begin)
{
    for (size_t i = 0; i < sizeof pcap_magics / sizeof *pcap_magics; i++)
        if (begin.size >= 4 && memcmp(begin.data, pcap_magics[i], 4) == 0)
            return true;
    return false;
}

bool mqh_capture_is(struct mqc_slice begin)
{
    return is_pcapng(begin) || is_pcap(begin);
}

/* ---- the window ---- */

/* Makes `size` bytes available from file->start; false at the end of the file or on an error. */
bool mqh_capture_fill(struct mqh_capture_file *file, size_t size)
{
    if (file->size >= size)
        return true;
    if (size > file->capacity - file->start) {
        memmove(file->data, file->data + file->start, file->size);
        file->start = 0;
    }
    if (size > file->capacity) {
        uint8_t *data = realloc(file->data, size);

        if (data == NULL) {
            mqh_capture_fail(file, "no memory for a block of %zu bytes", size);
            return false;
        }
        file->data = data;
        file->capacity = size;
    }
    file->size += fread(file->data + file->start + file->size, 1,
                        file->capacity - file->start - file->size, file->stream);
    if (ferror(file->stream))
        mqh_capture_fail(file, "cannot be read: %s", strerror(errno));
    return file->size >= size;
}

void mqh_capture_skip(struct mqh_capture_file *file, size_t size)
{
    file->start += size;
    file->size -= size;
    file->offset += size;
}

void mqh_capture_fail(struct mqh_capture_file *file, const char *format, ...)
{
    va_list arguments;
    int length =
        snprintf(file->why, sizeof file->why, "offset %llu: ", (unsigned long long)file->offset);

    va_start(arguments, format);
    vsnprintf(file->why + length, sizeof file->why - (size_t)length, format, arguments);
    va_end(arguments);
    file->failed = true;
}

/* ---- opening ---- */

/* A stream in memory has no descriptor, and its size is not asked for. */
static bool look_at(struct mqh_capture_file *file)
{
    struct stat status;

    if (fileno(file->stream) < 0)
        return true;
    if (fstat(fileno(file->stream), &status) != 0)
        return false;
    if (S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        return false;
    }
    if (S_ISREG(status.st_mode))
        file->file_size = (uint64_t)status.st_size;
    return true;
}

/* One byte tells the formats apart, and one can be given back, to a pipe too. */
static bool begin(struct mqh_capture_file *file)
{
    int first = getc(file->stream);

    if (first == EOF) {
        mqh_capture_fail(file, "%s",
                         ferror(file->stream) ? strerror(errno)
                                              : "expected a pcap or pcapng file, found nothing");
        return false;
    }
    ungetc(first, file->stream);
    if (first == pcapng_magic[0]) {
        file->next = mqh_pcapng_next;
        return true;
    }
    for (size_t i = 0; i < sizeof pcap_magics / sizeof *pcap_magics; i++)
        if (first == pcap_magics[i][0])
            return mqh_pcap_begin(file);
    mqh_capture_fail(file, "expected a pcap or pcapng file, found 0x%02x%s", (unsigned)first,
                     first == gzip_magic ? ": it is compressed, gzip -dc unpacks it" : "");
    return false;
}

static void close_stream(FILE *stream)
{
    if (stream != NULL && stream != stdin)
        fclose(stream);
}

struct mqh_capture_file *mqh_capture_file_open(const char *path, char *why, size_t why_size)
{
    FILE *stream = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");

    if (stream != NULL)
        return mqh_capture_file_of(stream, why, why_size);
    snprintf(why, why_size, "%s", strerror(errno));
    return NULL;
}

struct mqh_capture_file *mqh_capture_file_of(FILE *stream, char *why, size_t why_size)
{
    struct mqh_capture_file *file = calloc(1, sizeof *file);

    if (file == NULL || (file->data = malloc(MQH_CAPTURE_WINDOW)) == NULL) {
        snprintf(why, why_size, "no memory");
        close_stream(stream);
        free(file);
        return NULL;
    }
    file->stream = stream;
    file->capacity = MQH_CAPTURE_WINDOW;
    if (!look_at(file)) {
        snprintf(why, why_size, "%s", strerror(errno));
        mqh_capture_file_close(file);
        return NULL;
    }
    if (!begin(file)) {
        snprintf(why, why_size, "%s", file->why);
        mqh_capture_file_close(file);
        return NULL;
    }
    return file;
}

enum mqh_capture_state mqh_capture_file_next(struct mqh_capture_file *file,
                                             struct mqh_capture_frame *frame)
{
    enum mqh_capture_state state;

    if (file->failed)
        return MQH_CAPTURE_ERROR;
    state = file->next(file, frame);
    if (state == MQH_CAPTURE_FRAME)
        frame->number = ++file->frame_count;
    return state;
}

const char *mqh_capture_file_why(const struct mqh_capture_file *file)
{
    return file->why;
}

uint64_t mqh_capture_file_offset(const struct mqh_capture_file *file)
{
    return file->offset;
}

uint64_t mqh_capture_file_size(const struct mqh_capture_file *file)
{
    return file->file_size;
}

struct mqc_slice mqh_capture_file_secrets(const struct mqh_capture_file *file)
{
    return (struct mqc_slice){file->secrets, file->secrets_size};
}

void mqh_capture_file_close(struct mqh_capture_file *file)
{
    mqh_pcap_end(file);
    close_stream(file->stream);
    free(file->secrets);
    free(file->interfaces);
    free(file->data);
    free(file);
}
