/*
 * The ground that the notation's parser stands on: the token looked at, errors that stick, memory,
 * variables.
 */
#ifndef MQC_TEXT_PARSER_H
#define MQC_TEXT_PARSER_H

#include "codec/lex.h"
#include "codec/text.h"

/* Errors stick: once `failed` is set, `token` is the end and nothing more is noted. */
struct mqc_text_parser {
    const struct mqc_text_scope *scope;
    struct mqc_text_memory *memory;
    struct mqc_text_error *error;
    struct mqc_slice source;  /* behind the token */
    struct mqc_token token;   /* the one looked at */
    const uint8_t *start;     /* of the text: offsets count from here */
    struct mqc_slice outer;   /* inside a field that a variable stands for: that variable */
    struct mqc_slice unbound; /* first use of a variable that should have a value and has none */
    bool sending;             /* values only, no patterns */
    bool failed;
};

/* A parser that looks at the first token of `text`. */
struct mqc_text_parser mqc_text_parser_init(struct mqc_slice text,
                                            const struct mqc_text_scope *scope,
                                            struct mqc_text_memory *memory,
                                            struct mqc_text_error *error);

/* Goes to the next token. A line may end after { [ ( | ; and , without ending the text. */
void mqc_text_advance(struct mqc_text_parser *parser);

/* Goes past the mark if it is looked at. */
bool mqc_text_take(struct mqc_text_parser *parser, const char *mark);

/* The same, and an error if it is not. */
void mqc_text_expect(struct mqc_text_parser *parser, const char *mark);

/* Notes an error at `at`, a part of the text: `before`, then `subject` in quotes unless its data
 * is NULL, then `after`. Returns false, always. */
bool mqc_text_fail(struct mqc_text_parser *parser, struct mqc_slice at, const char *before,
                   struct mqc_slice subject, const char *after);

#define MQC_NO_SUBJECT ((struct mqc_slice){NULL, 0})

/* Bytes of the memory block, aligned for any struct and not set; NULL, and failed, if it is full.
 */
void *mqc_text_allocate(struct mqc_text_parser *parser, size_t size);

/* Looks a variable up by its name, which stands in `at`; false, and failed, if there is none. */
bool mqc_text_variable(struct mqc_text_parser *parser, struct mqc_slice at, struct mqc_slice name,
                       struct mqc_value *out);

/* The name of a `$name`. */
static inline struct mqc_slice mqc_text_variable_name(struct mqc_slice token)
{
    return (struct mqc_slice){token.data + 1, token.size - 1};
}

#endif
