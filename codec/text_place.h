/*
 * The parts of the parser of a packet's text: a place is where fields are read into, the packet
 * itself, its will={…} or what stands behind a filter.
 */
#ifndef MQC_TEXT_PLACE_H
#define MQC_TEXT_PLACE_H

#include "codec/text_tree.h"

/* Where fields are read into. */
struct mqc_text_place {
    unsigned group;
    unsigned depth;              /* of variables */
    struct mqc_text_node *first; /* what the place has so far */
    struct mqc_text_node **tail;
};

/* Adds a node that begins at `text`; NULL if the parser has failed. */
struct mqc_text_node *mqc_text_add(struct mqc_text_parser *parser, struct mqc_text_place *place,
                                   enum mqc_text_role role, struct mqc_slice text);

/* Reads fields, overrides and lists up to what is none of them. */
void mqc_text_read_place(struct mqc_text_parser *parser, struct mqc_text_place *place);

/* Each looks at what it reads: a field's or property's name, a property's name (`forced` as
 * `!property=`, it may stand anywhere and once more), an override's `!`. */
void mqc_text_read_named(struct mqc_text_parser *parser, struct mqc_text_place *place);
void mqc_text_read_property(struct mqc_text_parser *parser, struct mqc_text_place *place,
                            bool forced);
void mqc_text_read_override(struct mqc_text_parser *parser, struct mqc_text_place *place);

/* A variable that stands for a whole field: its text is read as if it stood here. False if the
 * variable is none of that kind; then nothing was read. */
bool mqc_text_read_variable_field(struct mqc_text_parser *parser, struct mqc_text_place *place,
                                  bool forced);

/* Strings have two bytes for their size; an error at `at` for one that is too long. */
void mqc_text_check_size(struct mqc_text_parser *parser, struct mqc_slice at,
                         const struct mqc_text_value *value);

/* Errors: `name` is a field of other versions only (a set of 1 << enum mqc_version), or stands
 * there already. False, always. */
bool mqc_text_fail_version(struct mqc_text_parser *parser, struct mqc_slice name,
                           unsigned versions);
bool mqc_text_fail_twice(struct mqc_text_parser *parser, struct mqc_slice name, bool property);

#endif
