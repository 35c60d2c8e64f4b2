/*
 * A text under construction, for the notation's printer and its messages. As with snprintf, what
 * does not fit is counted and left out.
 */
#ifndef MQC_TEXT_OUT_H
#define MQC_TEXT_OUT_H

#include "codec/slice.h"

struct mqc_text_out {
    char *data;      /* the caller's; may be NULL when capacity is 0 */
    size_t capacity; /* bytes, with room for a NUL */
    size_t size;     /* bytes wanted so far, without NUL */
    size_t limit;    /* strings longer than this many bytes are shortened; 0: none */
};

void mqc_text_out_char(struct mqc_text_out *out, char c);
void mqc_text_out_text(struct mqc_text_out *out, const char *text);
void mqc_text_out_slice(struct mqc_text_out *out, struct mqc_slice text);

/* Decimal. */
void mqc_text_out_number(struct mqc_text_out *out, uint32_t number);

/* 0x and two digits, as bytes of flags and codes are written. */
void mqc_text_out_hex(struct mqc_text_out *out, uint8_t byte);

/* Below ten as a digit, above in hex: a Reason Code. */
void mqc_text_out_code(struct mqc_text_out *out, uint32_t code);

/* "text" if the bytes are UTF-8 that can be shown, else h'…'. */
void mqc_text_out_bytes(struct mqc_text_out *out, struct mqc_slice bytes);

/* h'…' in any case. */
void mqc_text_out_raw(struct mqc_text_out *out, struct mqc_slice bytes);

/* Ends the text with a NUL; a text that did not fit ends with its last whole character. */
void mqc_text_out_end(struct mqc_text_out *out);

#endif
