/*
 * The parts of the way from text to bytes: the tree is applied to a draft, a string is padded, the
 * draft is written.
 */
#ifndef MQC_TEXT_ENCODE_H
#define MQC_TEXT_ENCODE_H

#include "codec/text_draft.h"
#include "codec/text_tree.h"

struct mqc_text_encoder {
    struct mqc_text_parser *parser; /* its errors and its memory */
    const struct mqc_text_tree *tree;
    struct mqc_text_draft draft;
};

/* Makes the draft of the tree. False, with the parser's error, if the text says too little. */
bool mqc_text_build(struct mqc_text_encoder *encoder);

/* Writes sections and list into the draft; again after a value in the tree has changed. */
void mqc_text_store(struct mqc_text_encoder *encoder);

/* `!total`: pads the payload or the last string until the packet has the size that `node` names. */
bool mqc_text_pad(struct mqc_text_encoder *encoder, const struct mqc_text_node *node);

/* mqc_text_fail() with a number between two texts. */
bool mqc_text_fail_number(struct mqc_text_encoder *encoder, struct mqc_slice at, const char *before,
                          size_t number, const char *after);

#endif
