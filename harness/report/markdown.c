#include "harness/report/markdown.h"

#include <stdlib.h>
#include <string.h>

#include "harness/report/safe.h"

enum { CODE_MAX = 200, CELL_MAX = 80, LINE_MAX_SHOWN = 300 };

void mqh_md_text(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (strchr("\\`*_{}[]<>#|~&", *text) != NULL)
            putc('\\', out);
        putc(*text == '\n' ? ' ' : *text, out);
    }
}

/* The longest row of backticks in `text`. */
static size_t longest_row(const char *text)
{
    size_t longest = 0;

    while (*text != '\0') {
        size_t row = strspn(text, "`");

        longest = row > longest ? row : longest;
        text += row > 0 ? row : strcspn(text, "`");
    }
    return longest;
}

static void write_row(FILE *out, size_t count)
{
    while (count-- > 0)
        putc('`', out);
}

/* What mqh_plain_text() makes of `text`; the caller frees it. NULL without memory. */
static char *plain(const char *text, size_t max)
{
    char *shown = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&shown, &size);

    if (memory == NULL)
        return NULL;
    mqh_plain_text(memory, text, max);
    fclose(memory);
    return shown;
}

/* A span of `shown`, in which nothing commands any more. */
static void write_span(FILE *out, const char *shown, bool in_table)
{
    size_t row = longest_row(shown) + 1;
    size_t size = strlen(shown);
    /* One blank on either side is taken off again, and backticks inside need it. */
    bool padded = strchr("` ", shown[0]) != NULL || strchr("` ", shown[size - 1]) != NULL;

    write_row(out, row);
    fputs(padded ? " " : "", out);
    for (; *shown != '\0'; shown++) {
        if (in_table && *shown == '|')
            fputs("\\u{7C}", out);
        else
            putc(*shown, out);
    }
    fputs(padded ? " " : "", out);
    write_row(out, row);
}

static void write_code(FILE *out, const char *text, size_t max, bool in_table)
{
    char *shown = plain(text, max);

    if (shown != NULL && shown[0] != '\0')
        write_span(out, shown, in_table);
    free(shown);
}

void mqh_md_code(FILE *out, const char *text)
{
    write_code(out, text, CODE_MAX, false);
}

void mqh_md_cell(FILE *out, const char *text)
{
    write_code(out, text, CELL_MAX, true);
}

void mqh_md_block(FILE *out, const char *text)
{
    size_t row = longest_row(text) + 1;

    row = row < 3 ? 3 : row;
    write_row(out, row);
    fputs("text\n", out);
    while (*text != '\0') {
        size_t size = strcspn(text, "\n");
        char *line = strndup(text, size);

        if (line != NULL)
            mqh_plain_text(out, line, LINE_MAX_SHOWN);
        free(line);
        putc('\n', out);
        text += size;
        text += *text == '\n';
    }
    write_row(out, row);
    putc('\n', out);
}

FILE *mqh_md_item(struct mqh_md_part *part)
{
    part->text = NULL;
    part->size = 0;
    part->item = open_memstream(&part->text, &part->size);
    if (part->item == NULL)
        abort(); /* as the arena does: there is nothing sensible left to do */
    return part->item;
}

void mqh_md_item_end(struct mqh_md_part *part)
{
    fclose(part->item);
    if (part->left_out > 0 || part->size > part->room) {
        part->left_out++;
    } else {
        fwrite(part->text, 1, part->size, part->out);
        part->room -= part->size;
    }
    free(part->text);
}

void mqh_md_part_end(const struct mqh_md_part *part)
{
    if (part->left_out > 0)
        fprintf(part->out, "\n… and %u more\n", part->left_out);
}

void mqh_md_fold(FILE *out, const char *summary)
{
    fprintf(out, "\n<details><summary>%s</summary>\n\n", summary);
}

void mqh_md_fold_end(FILE *out)
{
    fputs("\n</details>\n", out);
}
