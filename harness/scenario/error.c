#include <stdarg.h>
#include <stdio.h>

#include "harness/scenario/parse.h"

enum { LINE_SHOWN_MAX = 160, MESSAGE_MAX = 400 };

/* The offset of `at` in the file; 0 for what is not a piece of it. */
static size_t offset_in(const struct mqh_source *source, const uint8_t *at)
{
    uintptr_t place = (uintptr_t)at;
    uintptr_t text = (uintptr_t)source->text.data;
    uintptr_t joined = (uintptr_t)source->joined.data;

    if (place >= joined && place - joined <= source->joined.size)
        return place - joined;
    if (place >= text && place - text <= source->text.size)
        return place - text;
    return 0;
}

/* Text of the user's in a message may hold anything: only what prints is shown. */
static void make_printable(char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = '?';
}

bool mqh_complain(struct mqh_arena *arena, const struct mqh_source *source, struct mqc_slice at,
                  struct mqh_error *error, const char *format, ...)
{
    size_t offset = offset_in(source, at.data);
    const uint8_t *text = source->text.data;
    size_t start = 0;
    size_t end = offset;
    char message[MESSAGE_MAX];
    va_list arguments;

    error->line = 1;
    for (size_t i = 0; i < offset; i++)
        if (text[i] == '\n') {
            error->line++;
            start = i + 1;
        }
    while (end < source->text.size && text[end] != '\n')
        end++;

    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    make_printable(message);

    error->file = source->file;
    error->column = (unsigned)(offset - start + 1);
    error->width = (unsigned)(at.size < end - offset ? at.size : end - offset);
    if (error->width == 0)
        error->width = 1;
    error->message = mqh_arena_text(arena, mqc_slice_text(message));
    error->source_line = mqh_arena_text(arena, (struct mqc_slice){text + start, end - start});
    return false;
}

/* ---- printing ---- */

struct out {
    char *text;
    size_t size;
    size_t used; /* also what did not fit */
};

static void put(struct out *out, char byte)
{
    if (out->used + 1 < out->size)
        out->text[out->used] = byte;
    out->used++;
}

static bool continues_character(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

/* The part of a long line that is shown begins at a character, some way before the column. */
static size_t first_shown(const char *line, size_t size, size_t column)
{
    size_t first = 0;

    if (size > LINE_SHOWN_MAX && column > LINE_SHOWN_MAX / 2)
        first = column - LINE_SHOWN_MAX / 2;
    while (first > 0 && first < size && continues_character(line[first]))
        first--;
    return first;
}

static void put_caret_line(struct out *out, const struct mqh_error *error)
{
    const char *line = error->source_line;
    size_t size = strlen(line);
    size_t column = error->column - 1;
    size_t first = first_shown(line, size, column);
    size_t last = size - first > LINE_SHOWN_MAX ? first + LINE_SHOWN_MAX : size;

    for (size_t i = first; i < last; i++)
        put(out, (unsigned char)line[i] < ' ' || line[i] == 0x7f ? ' ' : line[i]);
    put(out, '\n');
    for (size_t i = first; i < column; i++)
        if (i >= size || !continues_character(line[i]))
            put(out, ' ');
    put(out, '^');
    for (size_t i = column + 1; i < column + error->width && i < last; i++)
        if (!continues_character(line[i]))
            put(out, '~');
    put(out, '\n');
}

size_t mqh_error_print(const struct mqh_error *error, char *out, size_t size)
{
    struct out text = {.text = out, .size = size};
    int head = snprintf(out, size, "%s:%u:%u: %s\n", error->file, error->line, error->column,
                        error->message);

    text.used = head > 0 ? (size_t)head : 0;
    put_caret_line(&text, error);
    if (size > 0)
        out[text.used < size ? text.used : size - 1] = '\0';
    return text.used;
}
