/*
 * The words of the notation, for packets and for scenarios alike: one lexer, so that quotes,
 * brackets and comments mean the same everywhere.
 */
#ifndef MQC_LEX_H
#define MQC_LEX_H

#include "codec/slice.h"

enum mqc_token_kind {
    MQC_TOKEN_END,      /* end of the text, of the line, or a comment */
    MQC_TOKEN_WORD,     /* letters, digits and - _ . / : as in PUBLISH, qos, 5.0, 0x8E, -3, 4:00ff,
                           MQTT-3.1.4-3; `..` and `->` end it */
    MQC_TOKEN_STRING,   /* "…" with its quotes */
    MQC_TOKEN_HEX,      /* h'…' */
    MQC_TOKEN_VARIABLE, /* $name, with its $ */
    MQC_TOKEN_MARK,     /* one of ( ) [ ] { } , ; | = ! + @ * or the two-byte marks -> <- .. */
    MQC_TOKEN_BAD,      /* a byte that begins nothing, or a string or h'…' that does not end */
};

struct mqc_token {
    enum mqc_token_kind kind;
    struct mqc_slice text; /* into the source */
    bool spaced;           /* white space stood before it */
};

/*
 * Takes the next token off the front of `*source`. `#` outside quotes begins a comment that ends
 * the line. A newline ends the text: END leaves `*source` standing at it (or empty), so that who
 * knows that the line goes on drops that byte and asks again.
 */
struct mqc_token mqc_lex_next(struct mqc_slice *source);

/* True for a word or mark that reads exactly so. */
bool mqc_token_is(const struct mqc_token *token, const char *text);

#endif
