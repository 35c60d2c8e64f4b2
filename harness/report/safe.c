#include "harness/report/safe.h"

#include <stdlib.h>

#include "codec/utf8.h"
#include "harness/scenario/arena.h"

size_t mqh_safe_step(struct mqc_slice text)
{
    if (text.size == 0)
        return 0;

    struct mqc_slice one = {text.data, mqc_utf8_width(text.data[0])};

    if (one.size > text.size || !mqc_utf8_is_well_formed(one))
        return 0;
    return one.size;
}

/* A copy of `text` in which every byte that cannot be read has become \xNN. */
static char *escape(struct mqh_arena *arena, struct mqc_slice text)
{
    static const char digits[] = "0123456789abcdef";
    char *copy = mqh_arena_alloc(arena, 4 * text.size + 1);
    char *to = copy;

    while (text.size > 0) {
        size_t step = mqh_safe_step(text);

        if (step > 0) {
            memcpy(to, text.data, step);
            to += step;
        } else {
            *to++ = '\\';
            *to++ = 'x';
            *to++ = digits[text.data[0] >> 4];
            *to++ = digits[text.data[0] & 0xf];
            step = 1;
        }
        text.data += step;
        text.size -= step;
    }
    *to = '\0';
    return copy;
}

json_t *mqh_json_text(const char *text)
{
    if (text == NULL)
        text = "";

    json_t *string = json_string(text);

    if (string == NULL) {
        struct mqh_arena arena = {NULL};

        string = json_string(escape(&arena, mqc_slice_text(text)));
        mqh_arena_free(&arena);
    }
    return string;
}

/* The code point of a well-formed character of `size` bytes. */
static unsigned long code_point(const uint8_t *at, size_t size)
{
    static const uint8_t lead_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    unsigned long code = at[0] & lead_bits[size];

    for (size_t i = 1; i < size; i++)
        code = code << 6 | (at[i] & 0x3fu);
    return code;
}

static void write_xml(FILE *out, const uint8_t *at, size_t size, bool keep_lines)
{
    unsigned long code = code_point(at, size);
    bool is_blank = code == '\t' || code == '\n';

    if (code == '<')
        fputs("&lt;", out);
    else if (code == '>')
        fputs("&gt;", out);
    else if (code == '&')
        fputs("&amp;", out);
    else if (code == '"')
        fputs("&quot;", out);
    else if (is_blank && !keep_lines)
        fprintf(out, "&#%lu;", code);
    else if ((code < 0x20 && !is_blank) || (code >= 0x7f && code < 0xa0) || code >= 0x110000 ||
             code == 0xfffe || code == 0xffff)
        fprintf(out, "\\u{%lX}", code);
    else
        fwrite(at, 1, size, out);
}

void mqh_xml_text(FILE *out, const char *text, bool keep_lines)
{
    struct mqc_slice rest = mqc_slice_text(text == NULL ? "" : text);

    while (rest.size > 0) {
        size_t step = mqh_safe_step(rest);

        if (step > 0) {
            write_xml(out, rest.data, step, keep_lines);
        } else {
            fprintf(out, "\\x%02x", rest.data[0]);
            step = 1;
        }
        rest.data += step;
        rest.size -= step;
    }
}

/* Controls, line and paragraph separators, marks that are not seen or that turn what follows. */
static bool is_command(unsigned long code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad ||
           (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x206f) || code == 0xfeff || code == 0xfffe ||
           code == 0xffff || (code >= 0xe0000 && code <= 0xe0fff);
}

void mqh_plain_text(FILE *out, const char *text, size_t max)
{
    struct mqc_slice rest = mqc_slice_text(text == NULL ? "" : text);
    size_t written = 0;

    while (rest.size > 0) {
        size_t step = mqh_safe_step(rest);
        char shown[16];
        int size;

        if (step == 0)
            size = snprintf(shown, sizeof shown, "\\x%02x", rest.data[0]);
        else if (is_command(code_point(rest.data, step)))
            size = snprintf(shown, sizeof shown, "\\u{%lX}", code_point(rest.data, step));
        else
            size = snprintf(shown, sizeof shown, "%.*s", (int)step, (const char *)rest.data);
        written += (size_t)size;
        if (max > 0 && written > max) {
            fputs("…", out);
            return;
        }
        fputs(shown, out);
        step = step == 0 ? 1 : step;
        rest.data += step;
        rest.size -= step;
    }
}

void mqh_plain_glob(FILE *out, const char *text)
{
    struct mqc_slice rest = mqc_slice_text(text);

    while (rest.size > 0) {
        size_t step = mqh_safe_step(rest);

        if (step == 0 || is_command(code_point(rest.data, step)))
            putc('*', out);
        else
            fwrite(rest.data, 1, step, out);
        step = step == 0 ? 1 : step;
        rest.data += step;
        rest.size -= step;
    }
}

void mqh_plain_wrapped(FILE *out, const char *text, size_t max, unsigned columns, unsigned indent)
{
    char *shown = NULL;
    size_t size = 0;
    size_t column = indent;
    FILE *memory = columns == 0 ? NULL : open_memstream(&shown, &size);

    if (memory == NULL) {
        mqh_plain_text(out, text, max);
        return;
    }
    mqh_plain_text(memory, text, max);
    fclose(memory);
    for (const char *word = shown; *word != '\0';) {
        size_t bytes = strcspn(word, " ");
        size_t width = mqc_utf8_count((struct mqc_slice){(const uint8_t *)word, bytes});

        if (column > indent && column + 1 + width > columns) {
            fprintf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent) {
            putc(' ', out);
            column++;
        }
        fwrite(word, 1, bytes, out);
        column += width;
        word += bytes + (word[bytes] == ' ');
    }
    free(shown);
}
