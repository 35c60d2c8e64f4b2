/*
 * A value that an expectation wants, compared with one that came, and the words for what differs.
 */
#ifndef MQC_TEXT_COMPARE_H
#define MQC_TEXT_COMPARE_H

#include "codec/text_print.h"
#include "codec/text_tree.h"

/* A variable that got a value here; it is set only if the whole packet matches. */
struct mqc_text_binding {
    struct mqc_text_binding *next;
    struct mqc_slice name;
    struct mqc_value value;
};

struct mqc_text_matcher {
    struct mqc_text_parser *parser;
    const struct mqc_packet *packet;
    struct mqc_text_mismatch *mismatch;
    struct mqc_text_binding *bindings;
    const char *within; /* "will " before names of fields, or "" */
};

/* What came. */
struct mqc_text_actual {
    enum mqc_text_want_kind kind;
    bool there;
    bool secret;
    uint32_t number;
    struct mqc_slice name; /* PAIR */
    struct mqc_slice bytes;
};

/* Whether the value matches; binds variables that have no value yet. */
bool mqc_text_matches(struct mqc_text_matcher *matcher, const struct mqc_text_value *value,
                      const struct mqc_text_actual *actual);

/* The same, and the mismatch is told under the field's name. */
bool mqc_text_compare(struct mqc_text_matcher *matcher, const char *name,
                      const struct mqc_text_value *value, const struct mqc_text_actual *actual);

/* Tell a mismatch: of values, or in words of its own. False, always. */
bool mqc_text_differ(struct mqc_text_matcher *matcher, const char *name,
                     const struct mqc_text_value *value, const struct mqc_text_actual *actual);
bool mqc_text_differ_as(struct mqc_text_matcher *matcher, const char *name, const char *expected,
                        const char *actual);

/* A text in what is left of the memory block, and its end: what was written. */
struct mqc_text_out mqc_text_begin(struct mqc_text_matcher *matcher);
struct mqc_slice mqc_text_end(struct mqc_text_matcher *matcher, struct mqc_text_out *out);

/* Writes what the expectation wants, in notation. */
void mqc_text_out_expected(struct mqc_text_matcher *matcher, struct mqc_text_out *out,
                           const struct mqc_text_value *value,
                           const struct mqc_text_actual *actual);

#endif
