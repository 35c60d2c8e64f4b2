/*
 * A draft: a packet's fields together with the overrides that make it wrong. Both ways of the
 * notation go through it, so that what is printed is what would be encoded: a text becomes a draft
 * and the draft bytes; a packet that came becomes a draft, which is first compared with the
 * packet's bytes and then printed.
 *
 * `!total`, `!truncate` and `!poke` are no part of it: the first needs the text, the others work on
 * finished bytes.
 */
#ifndef MQC_TEXT_DRAFT_H
#define MQC_TEXT_DRAFT_H

#include "codec/text_field.h"

struct mqc_text_change {
    bool set;
    char sign; /* of what may be relative: '+', '-' or '=' */
    uint32_t number;
};

/*
 * In the packet: flags of PUBLISH in frame.flags; publish.qos says only whether there is a Packet
 * Identifier; connect.flags says which fields are there. Sections and lists are bytes.
 */
struct mqc_text_draft {
    struct mqc_packet packet;
    struct mqc_text_change own[MQC_OVERRIDE_COUNT];  /* the packet's overrides */
    struct mqc_text_change will[MQC_OVERRIDE_COUNT]; /* those in will={…} */
    struct mqc_slice append;
};

/* Writes the body without `!cut` and `!append`. */
void mqc_text_draft_body(const struct mqc_text_draft *draft, struct mqc_writer *writer);

/* Bytes of that body. */
size_t mqc_text_draft_body_size(const struct mqc_text_draft *draft);

enum mqc_text_draft_result {
    MQC_DRAFT_OK,
    MQC_DRAFT_CUT,              /* `!cut` drops more bytes than the body has */
    MQC_DRAFT_LONG,             /* the body is longer than a packet's can be */
    MQC_DRAFT_PROPERTY_LENGTH,  /* that Property Length has no encoding */
    MQC_DRAFT_REMAINING_LENGTH, /* nor that Remaining Length */
};

/* Tells whether the draft can be written, and how large the packet is. */
enum mqc_text_draft_result mqc_text_draft_measure(const struct mqc_text_draft *draft, size_t *size);

/* Writes the packet. Only a storing writer can take back what `!cut` drops: it needs room for
 * draft_body_size() bytes more than measured. */
void mqc_text_draft_write(const struct mqc_text_draft *draft, struct mqc_writer *writer);

#endif
