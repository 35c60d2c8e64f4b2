/*
 * Well-formed UTF-8 as RFC 3629 and MQTT have it: no over-long forms, no surrogates, nothing above
 * U+10FFFF, and U+0000 reported apart. v5 section 1.5.4, v311 section 1.5.3.
 *
 * Nearly all text in MQTT is printable ASCII. mqc_utf8_is_plain() finds that out eight bytes at a
 * time and stands in this header to be inlined; whatever it does not know is left to
 * mqc_utf8_check(), which knows everything.
 */
#ifndef MQC_UTF8_H
#define MQC_UTF8_H

#include "codec/slice.h"

struct mqc_utf8 {
    bool well_formed;  /* by RFC 3629; U+0000 does not count against it */
    bool has_nul;      /* U+0000 */
    bool has_control;  /* U+0001..U+001F, U+007F..U+009F or a non-character */
    size_t fault_at;   /* offset of the first byte that cannot be read, if not well formed */
    size_t nul_at;     /* offset of the first U+0000, if has_nul */
    size_t control_at; /* offset of the first such character, if has_control */
};

/*@ logic integer mqc_width(integer lead) =
        lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    predicate mqc_character_at(struct mqc_slice text, integer at) =
        0 <= at < text.size && mqc_width(text.data[at]) <= text.size - at; */

/* Looks at the whole text once. has_control speaks of what stands before fault_at only. */
/*@ requires mqc_readable(text);
    assigns \nothing;
    ensures \result.fault_at <= text.size;
    ensures \result.has_nul ==> \result.nul_at < text.size;
    ensures \result.has_control ==> mqc_character_at(text, \result.control_at); */
struct mqc_utf8 mqc_utf8_check(struct mqc_slice text);

/* Only whether the text is well formed; U+0000 and control characters are. */
/*@ requires mqc_readable(text);
    assigns \nothing; */
bool mqc_utf8_is_well_formed(struct mqc_slice text);

/* The number of characters of well-formed text. */
/*@ requires mqc_readable(text);
    assigns \nothing;
    ensures \result <= text.size; */
size_t mqc_utf8_count(struct mqc_slice text);

/* Bytes that the character beginning with `lead` takes in well-formed text. */
/*@ assigns \nothing;
    ensures \result == mqc_width(lead); */
inline size_t mqc_utf8_width(uint8_t lead)
{
    return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

#define MQC_EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

/*
 * The top bit of some byte is set if any byte of `w` is outside U+0020..U+007E or, with `wild`,
 * is + or #. A borrow can run into the next byte only out of one that is such a byte itself.
 */
/*@ assigns \nothing; */
inline uint64_t mqc_utf8_odd_bits(uint64_t w, bool wild)
{
    uint64_t odd = w | (w + MQC_EACH_BYTE(1)) | (w - MQC_EACH_BYTE(' '));

    if (wild)
        odd |= ((w ^ MQC_EACH_BYTE('+')) - MQC_EACH_BYTE(1)) |
               ((w ^ MQC_EACH_BYTE('#')) - MQC_EACH_BYTE(1));
    return odd;
}

/* Eight bytes of text as they lie in memory; the order does not matter here. */
/*@ requires \valid_read(at + (0 .. 7));
    assigns \nothing; */
inline uint64_t mqc_utf8_load(const uint8_t *at)
{
    uint64_t w;

    memcpy(&w, at, sizeof w);
    return w;
}

/*@ requires \valid_read(at + (0 .. 3));
    assigns \nothing; */
inline uint32_t mqc_utf8_load_half(const uint8_t *at)
{
    uint32_t w;

    memcpy(&w, at, sizeof w);
    return w;
}

/* The same of a text of less than eight bytes, filled up with bytes of its own or spaces. */
/*@ requires \valid_read(at + (0 .. size - 1)) && size < 8;
    assigns \nothing; */
inline uint64_t mqc_utf8_load_short(const uint8_t *at, size_t size)
{
    if (size >= 4)
        return mqc_utf8_load_half(at) | (uint64_t)mqc_utf8_load_half(at + size - 4) << 32;
    if (size == 0)
        return MQC_EACH_BYTE(' ');
    return (MQC_EACH_BYTE(' ') & ~UINT64_C(0xffffff)) | at[0] | (uint64_t)at[size / 2] << 8 |
           (uint64_t)at[size - 1] << 16;
}

/*@ requires mqc_readable(text);
    assigns \nothing; */
inline bool mqc_utf8_is_plain_or_wild(struct mqc_slice text, bool wild)
{
    uint64_t odd = 0;

    if (text.size < 8) {
        odd = mqc_utf8_odd_bits(mqc_utf8_load_short(text.data, text.size), wild);
    } else {
        /* The last eight bytes overlap those before them: no loop over what is left. The
         * test on 16 comes first for speed: short texts need no more. */
        odd = mqc_utf8_odd_bits(mqc_utf8_load(text.data), wild) |
              mqc_utf8_odd_bits(mqc_utf8_load(text.data + text.size - 8), wild);
        /*@ loop invariant 8 <= i <= text.size;
            loop assigns i, odd;
            loop variant text.size - i; */
        for (size_t i = 8; text.size > 16 && i < text.size - 8; i += 8)
            odd |= mqc_utf8_odd_bits(mqc_utf8_load(text.data + i), wild);
    }
    return (odd & MQC_EACH_BYTE(0x80)) == 0;
}

/* True if the text is printable ASCII, so that no rule about strings can be broken. */
/*@ requires mqc_readable(text);
    assigns \nothing; */
inline bool mqc_utf8_is_plain(struct mqc_slice text)
{
    return mqc_utf8_is_plain_or_wild(text, false);
}

/* True if it also has neither + nor #, so that, unless empty, it is a good Topic Name. */
/*@ requires mqc_readable(text);
    assigns \nothing; */
inline bool mqc_utf8_is_plain_name(struct mqc_slice text)
{
    return mqc_utf8_is_plain_or_wild(text, true);
}

#endif
