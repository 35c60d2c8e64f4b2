/*
 * Text for files that demand well-formed UTF-8. What a report prints may hold what a broker sent,
 * so any bytes are possible, although notation has escaped most of them already. A byte that is no
 * part of well-formed UTF-8 is written `\xNN`, as the notation does; nothing is dropped in silence.
 */
#ifndef MQH_SAFE_H
#define MQH_SAFE_H

#include <jansson.h>
#include <stdio.h>

#include "codec/slice.h"

/* The size in bytes of the well-formed character at the front of `text`; 0 if there is none. */
size_t mqh_safe_step(struct mqc_slice text);

/* A JSON string of `text`; the caller's reference. NULL counts as "". */
json_t *mqh_json_text(const char *text);

/* Writes `text` for an XML element or an attribute in double quotes: markup is escaped, a character
 * that XML 1.0 forbids is written `\u{N}`. `keep_lines`: newlines and tabs stay as they are. */
void mqh_xml_text(FILE *out, const char *text, bool keep_lines);

/*
 * Writes `text` as one line of UTF-8 that shows all it holds and commands nothing: a character that
 * would move the cursor, begin a line, or turn the direction of writing is written `\u{N}`. Of a
 * text of more than `max` bytes as much as fits is followed by "…"; 0: all of it.
 */
void mqh_plain_text(FILE *out, const char *text, size_t max);

/* The text for mqh_glob(): as it is, but for a star in the place of what would be escaped above. */
void mqh_plain_glob(FILE *out, const char *text);

/* mqh_plain_text(), broken at blanks into lines of `columns` characters at most, of which `indent`
 * stand before it already and before each further line as blanks. A word that is longer stays
 * whole. 0 columns: one line. */
void mqh_plain_wrapped(FILE *out, const char *text, size_t max, unsigned columns, unsigned indent);

#endif
