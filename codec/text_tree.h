/*
 * A packet's text, parsed: what it names, in its order, with values looked up and checked against
 * the tables. Encoding applies it, matching compares with it.
 *
 * The tree stands in the caller's memory block and lives as long as that does.
 */
#ifndef MQC_TEXT_TREE_H
#define MQC_TEXT_TREE_H

#include "codec/text_field.h"
#include "codec/text_value.h"

enum mqc_text_role {
    MQC_ROLE_FIELD,    /* `field`; a will={…} has its own nodes in `children` */
    MQC_ROLE_PROPERTY, /* `info` and `property`; raw bytes if `info` is NULL */
    MQC_ROLE_LIST,     /* `children` are its items */
    MQC_ROLE_ITEM,     /* `value`, and for filters what stands behind it in `children` */
    MQC_ROLE_OVERRIDE, /* `override` */
};

struct mqc_text_node {
    struct mqc_text_node *next;
    struct mqc_text_node *children;
    enum mqc_text_role role;
    const struct mqc_text_field *field; /* FIELD, LIST */
    const struct mqc_property_info *info;
    uint32_t property;
    enum mqc_text_override override;
    char sign;                   /* OVERRIDE of SIGNED: '+', '-' or '=' */
    bool keeps;                  /* session=keep or resume */
    struct mqc_slice text;       /* where it begins in the text, for messages */
    struct mqc_text_value value; /* OVERRIDE: number in `low`, or bytes; POKE: both */
};

struct mqc_text_tree {
    enum mqc_type type;          /* MQC_RESERVED for RAW */
    struct mqc_slice type_text;  /* in the text */
    struct mqc_text_value raw;   /* RAW's bytes */
    struct mqc_text_node *nodes; /* in the order of the text */
};

/* Parses the whole text that `parser` was made of. Overrides are for parsers that are sending,
 * patterns for those that are not. False, with the parser's error, if it is none. */
bool mqc_text_parse(struct mqc_text_parser *parser, struct mqc_text_tree *out);

/* The first node of the list that is this override; NULL if none. */
const struct mqc_text_node *mqc_text_override_in(const struct mqc_text_node *nodes,
                                                 enum mqc_text_override override);

#endif
