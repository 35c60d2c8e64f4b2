/*
 * Pieces of a printed packet, for the printer and for what a mismatch shows.
 */
#ifndef MQC_TEXT_PRINT_H
#define MQC_TEXT_PRINT_H

#include "codec/text_draft.h"

#define MQC_TEXT_CONCEALED "<concealed>"

/* PUBLISH qos=1 …, with the limit of `out`. */
void mqc_text_out_packet(struct mqc_text_out *out, const struct mqc_packet *packet, bool conceal);

/* A property's value, without its name. */
void mqc_text_out_property(struct mqc_text_out *out, const struct mqc_property *property,
                           bool conceal);

/* [ … ]: the filters or codes of a packet that has such a list. */
void mqc_text_out_list(struct mqc_text_out *out, const struct mqc_packet *packet);

/*
 * Makes a draft of a packet that was decoded, with the overrides that its bytes need. True if the
 * draft gives back the frame's bytes: only then can its text. Every piece is compared, nothing is
 * stored.
 */
bool mqc_text_draft_of(const struct mqc_packet *packet, struct mqc_text_draft *out);

/* True if writing the property gives exactly `piece`. */
bool mqc_text_property_is(const struct mqc_property *property, struct mqc_slice piece);

#endif
