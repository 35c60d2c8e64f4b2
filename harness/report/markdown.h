/*
 * Markdown as GitHub renders it, for text that nobody vouches for: topics, payloads and what a
 * broker says of itself may hold markup, mentions (@team) and links. Such text stands in code only,
 * as a span or a fenced block, where nothing has a meaning but a row of backticks, and that row is
 * always longer outside than inside.
 *
 * GitHub takes 65,536 characters for a comment, and then nothing at all. So a page is made of
 * parts, and each part has room for so many bytes: an item that does not fit is left out whole,
 * with all that follow it, and the part says how many.
 */
#ifndef MQH_MARKDOWN_H
#define MQH_MARKDOWN_H

#include <stdbool.h>
#include <stdio.h>

/* The bytes of a page, all its parts together with what stands between them. */
enum { MQH_MD_MAX = 65000 };

struct mqh_md_part {
    FILE *out;
    size_t room; /* bytes that are left */
    unsigned left_out;

    /* Its own: the item that is being written. */
    FILE *item;
    char *text;
    size_t size;
};

/* Prose of ours: what Markdown gives a meaning to is escaped. One line. */
void mqh_md_text(FILE *out, const char *text);

/* A span of code, at most some 200 bytes of `text`; nothing where `text` is empty. It does not
 * belong into a table, where a pipe ends a cell even in code. */
void mqh_md_code(FILE *out, const char *text);

/* The same for a table: a pipe in `text` is shown as \u{7C}, and it is cut earlier. */
void mqh_md_cell(FILE *out, const char *text);

/* A fenced block of the lines of `text`, each cut where it is very long. */
void mqh_md_block(FILE *out, const char *text);

/* Where the next item is written to; then mqh_md_item_end() puts it out, or leaves it out. */
FILE *mqh_md_item(struct mqh_md_part *part);
void mqh_md_item_end(struct mqh_md_part *part);

/* "… and 7 more", if that many were left out. */
void mqh_md_part_end(const struct mqh_md_part *part);

/* A part that is folded: what stands between is shown when `summary`, plain text of ours, is
 * clicked. */
void mqh_md_fold(FILE *out, const char *summary);
void mqh_md_fold_end(FILE *out);

#endif
