/*
 * Values of the notation.
 *
 *     7  0x8F  not-authorized  0..2  (0,0x10)       numbers
 *     "text"  h'00ff'  "ab"*1000  fill(65535)       bytes
 *     ("k","v")                                     a pair
 *     $m  _  absent                                 a variable, any value, none
 *
 * What stands where is up to the field: a reader of a value says what it wants.
 */
#ifndef MQC_TEXT_VALUE_H
#define MQC_TEXT_VALUE_H

#include "codec/text_parser.h"

enum mqc_text_form {
    MQC_TEXT_NUMBER, /* low to high, both included; mostly the same */
    MQC_TEXT_BYTES,
    MQC_TEXT_PAIR,    /* items: name and value */
    MQC_TEXT_SET,     /* items: one of them */
    MQC_TEXT_NOT,     /* items: none of them, but there */
    MQC_TEXT_ANY,     /* _ */
    MQC_TEXT_ABSENT,  /* absent */
    MQC_TEXT_UNBOUND, /* a variable without a value: `variable` is its name */
};

struct mqc_text_value {
    enum mqc_text_form form;
    uint32_t low;
    uint32_t high;
    struct mqc_slice bytes;
    struct mqc_slice variable;
    struct mqc_text_value *items;
    struct mqc_text_value *next; /* among items */
};

/* What a field wants, and how messages call it. */
enum mqc_text_want_kind { MQC_WANT_NUMBER, MQC_WANT_CODE, MQC_WANT_BYTES, MQC_WANT_PAIR };

struct mqc_text_want {
    enum mqc_text_want_kind kind;
    const char *name;   /* "qos" */
    uint32_t most;      /* NUMBER, CODE */
    enum mqc_type type; /* CODE: the packet whose reason codes have names */
};

/* Fills with the printable text that fill(N) stands for. */
void mqc_text_fill(uint8_t *bytes, size_t size);

/* Reads an unsigned number, decimal or 0x; false if the word is none or is above 2^32-1. */
bool mqc_text_number(struct mqc_slice word, uint32_t *out);

/* Reads a number in the range 0 to want->most, or a variable that has one. 0 if it failed or the
 * variable has no value. */
uint32_t mqc_text_read_number(struct mqc_text_parser *parser, const struct mqc_text_want *want);

/* Reads a value or, unless the parser is sending, a pattern. */
struct mqc_text_value mqc_text_read_value(struct mqc_text_parser *parser,
                                          const struct mqc_text_want *want);

/* Reads bytes: a string, h'…', fill(N), a variable, each with *N. */
struct mqc_slice mqc_text_read_bytes(struct mqc_text_parser *parser,
                                     const struct mqc_text_want *want);

/* Decodes a string or h'…' as the lexer delivered it, escapes and `${name}` replaced. */
struct mqc_slice mqc_text_unquote(struct mqc_text_parser *parser, const struct mqc_token *token);

/* Decodes hex digits, spaces among them ignored. */
struct mqc_slice mqc_text_unhex(struct mqc_text_parser *parser, struct mqc_slice digits);

#endif
