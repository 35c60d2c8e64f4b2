#include "codec/utf8.h"

/* The functions of utf8.h, for callers into which the compiler does not put them. */
extern inline size_t mqc_utf8_width(uint8_t lead);
extern inline uint64_t mqc_utf8_odd_bits(uint64_t w, bool wild);
extern inline uint64_t mqc_utf8_load(const uint8_t *at);
extern inline uint32_t mqc_utf8_load_half(const uint8_t *at);
extern inline uint64_t mqc_utf8_load_short(const uint8_t *at, size_t size);
extern inline bool mqc_utf8_is_plain_or_wild(struct mqc_slice text, bool wild);
extern inline bool mqc_utf8_is_plain(struct mqc_slice text);
extern inline bool mqc_utf8_is_plain_name(struct mqc_slice text);

/* --- one character --------------------------------------------------------------------------- */

/*@ assigns \nothing; */
static inline bool is_tail(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

/* Bytes of the character at `at`, where `left` bytes are, one at least; 0 if it is malformed. */
/*@ requires \valid_read(at + (0 .. left - 1)) && left >= 1;
    assigns \nothing;
    ensures \result <= left && (\result == 0 || \result == mqc_width(at[0])); */
static inline size_t read_character(const uint8_t *at, size_t left)
{
    uint8_t lead = at[0];

    if (lead < 0x80)
        return 1;
    if (left < 2 || !is_tail(at[1]))
        return 0;
    if (lead < 0xe0)
        return lead >= 0xc2 ? 2 : 0; /* less would be over-long */
    if (left < 3 || !is_tail(at[2]))
        return 0;
    if (lead < 0xf0) {
        if (lead == 0xe0 && at[1] < 0xa0) /* over-long */
            return 0;
        return lead == 0xed && at[1] >= 0xa0 ? 0 : 3; /* a surrogate */
    }
    if (left < 4 || !is_tail(at[3]))
        return 0;
    if (lead == 0xf0 && at[1] < 0x90) /* over-long */
        return 0;
    return lead > 0xf4 || (lead == 0xf4 && at[1] >= 0x90) ? 0 : 4; /* above U+10FFFF */
}

/* Whether a well-formed character is a control, not U+0000, or a non-character. */
/*@ requires \valid_read(at + (0 .. width - 1)) && 1 <= width <= 4;
    assigns \nothing; */
static inline bool is_control(const uint8_t *at, size_t width)
{
    if (width == 1)
        return at[0] == 0x7f || (at[0] < 0x20 && at[0] != 0);
    if (width == 2)
        return at[0] == 0xc2 && at[1] < 0xa0;
    if (width == 3)
        return at[0] == 0xef && ((at[1] == 0xb7 && at[2] >= 0x90 && at[2] < 0xb0) ||
                                 (at[1] == 0xbf && at[2] >= 0xbe));
    return (at[1] & 0x0f) == 0x0f && at[2] == 0xbf && at[3] >= 0xbe;
}

/* --- sixteen bytes at once -------------------------------------------------------------------- */

enum {
    BLOCK = 16,
    BEFORE = 3, /* bytes before a block on which depends what may stand in it */
};

/* Whether the block at `at` has what skip_blocks() stops at. Looks at BEFORE bytes before it too.
 */
/*@ requires \valid_read(at + (-BEFORE .. BLOCK - 1));
    assigns \nothing; */
static inline bool is_remarkable(const uint8_t *at, bool controls_too);

#if defined(__GNUC__) && defined(__SSE2__) && !defined(__FRAMAC__) && !defined(MQC_PORTABLE)

#include <emmintrin.h>

/* The vectors of gcc and clang: operators work byte by byte, comparisons yield 0 or -1. Their
 * attribute has to stand in a typedef if casts are to be readable. */
typedef uint8_t bytes __attribute__((vector_size(BLOCK)));
typedef int8_t marks __attribute__((vector_size(BLOCK)));

/* Among numbers with a sign the tails come first: 80..BF, then leads, then ASCII. */
#define SIGNED(byte) ((int8_t)((byte)-0x100))

static inline bytes load(const uint8_t *at)
{
    bytes b;

    memcpy(&b, at, sizeof(b));
    return b;
}

static inline bool any(marks m)
{
    return _mm_movemask_epi8((__m128i)m) != 0;
}

static inline bytes max(bytes a, bytes b)
{
    return (bytes)_mm_max_epu8((__m128i)a, (__m128i)b);
}

/* Not below 0. */
static inline bytes minus(bytes a, uint8_t b)
{
    return (bytes)_mm_subs_epu8((__m128i)a, _mm_set1_epi8((char)b));
}

/* Marks what cannot follow the three bytes before it; b1 is the byte before b, and so on. */
static inline marks find_malformed(bytes b, bytes b1, bytes b2, bytes b3)
{
    marks is_a_tail = (marks)b < SIGNED(0xc0);
    marks needs_none = max(b1, max(minus(b2, 0xe0 - 0xc0), minus(b3, 0xf0 - 0xc0))) < 0xc0;
    bytes below_90 = (bytes)((marks)b < SIGNED(0x90));
    bytes below_a0 = (bytes)((marks)b < SIGNED(0xa0));

    return (is_a_tail == needs_none) | ((b & 0xfe) == 0xc0) | (b > 0xf4) |
           ((b1 ^ (below_a0 & (0xe0 ^ 0xed))) == 0xed) | /* E0 and below, or ED and not */
           ((b1 ^ (below_90 & (0xf0 ^ 0xf4))) == 0xf4);  /* F0 and below, or F4 and not */
}

/*
 * Marks the last byte of each control and non-character of well-formed text: 01..1F, 7F, C2 80..9F,
 * EF B7 90..AF, and whatever ends in F BF BE or F BF BF. It takes U+1FDD0..U+1FDEF and the like in
 * other planes, which are no characters yet, for such.
 */
static inline marks find_control(bytes b, bytes b1, bytes b2)
{
    marks below_a0 = (marks)b < SIGNED(0xa0);
    marks b7 = (b1 == 0xb7) & ((marks)b >= SIGNED(0x90)) & ((marks)b < SIGNED(0xb0));
    bytes bf = (b1 | 0x40) & (b | 0x41); /* all ones: BF, then BE or BF */

    return (b - 1 < 0x1f) | (b == 0x7f) | ((b1 == 0xc2) & below_a0) |
           (((b2 | 0xf0) & (bf | (bytes)b7)) == 0xff);
}

static inline bool is_remarkable(const uint8_t *at, bool controls_too)
{
    bytes b = load(at);
    bytes b1 = load(at - 1);
    bytes b2 = load(at - 2);
    marks found = find_malformed(b, b1, b2, load(at - BEFORE));

    if (controls_too)
        found |= find_control(b, b1, b2);
    return any(found);
}

#else

static inline bool is_remarkable(const uint8_t *at, bool controls_too)
{
    (void)at;
    (void)controls_too;
    return true;
}

#endif

/* Where the character begins that lies across `end`; `end` if there is none. One begins at `from`.
 */
/*@ requires mqc_readable(text) && from <= end <= text.size;
    assigns \nothing;
    ensures from <= \result <= end; */
static inline size_t find_begin(struct mqc_slice text, size_t from, size_t end)
{
    /*@ loop invariant 1 <= back <= BEFORE + 1;
        loop assigns back;
        loop variant BEFORE + 1 - back; */
    for (size_t back = 1; back <= BEFORE && back <= end - from; back++)
        if (text.data[end - back] >= 0xc0)
            return mqc_utf8_width(text.data[end - back]) > back ? end - back : end;
    return end;
}

/*
 * How far the text is good from `at` on, where a character begins, BEFORE bytes from its begin or
 * more: to the first remarkable block, or to its end. The last block overlaps the one before.
 */
/*@ requires mqc_readable(text) && BEFORE <= at <= text.size;
    assigns \nothing;
    ensures at <= \result <= text.size; */
static size_t skip_blocks(struct mqc_slice text, size_t at, bool controls_too)
{
    size_t begin = at;

    if (text.size < BEFORE + BLOCK)
        return at;
    /*@ loop invariant begin <= at <= text.size;
        loop assigns at;
        loop variant text.size - at; */
    while (at < text.size) {
        size_t block = text.size - at < BLOCK ? text.size - BLOCK : at;

        if (is_remarkable(text.data + block, controls_too))
            break;
        at = block + BLOCK;
    }
    return find_begin(text, begin, at);
}

/* --- all of it ------------------------------------------------------------------------------- */

/* Looks from `at` on for the first fault and, unless `found` has one, for the first control. */
/*@ requires mqc_readable(text) && at <= text.size && found->fault_at <= text.size;
    requires \valid(found) && \separated(found, text.data + (0 .. text.size - 1));
    assigns found->well_formed, found->fault_at, found->has_control, found->control_at;
    ensures found->fault_at <= text.size;
    ensures !\old(found->has_control) && found->has_control ==>
            mqc_character_at(text, found->control_at); */
static void look(struct mqc_slice text, size_t at, struct mqc_utf8 *found)
{
    size_t next_skip = BEFORE;
    size_t width;

    /*@ loop invariant at <= text.size && found->fault_at <= text.size;
        loop invariant at >= BEFORE || next_skip == BEFORE;
        loop invariant \at(found->has_control, Pre) ==> found->has_control;
        loop invariant !\at(found->has_control, Pre) && found->has_control ==>
                       mqc_character_at(text, found->control_at);
        loop assigns at, next_skip, width, found->well_formed, found->fault_at,
                     found->has_control, found->control_at;
        loop variant text.size - at; */
    for (; at < text.size; at += width) {
        if (at >= next_skip) {
            at = skip_blocks(text, at, !found->has_control);
            if (at == text.size)
                return;
            next_skip = at + BLOCK; /* behind what is remarkable */
        }
        width = read_character(text.data + at, text.size - at);
        if (width == 0) {
            found->well_formed = false;
            found->fault_at = at;
            return;
        }
        if (!found->has_control && is_control(text.data + at, width)) {
            found->has_control = true;
            found->control_at = at;
        }
    }
}

/* Without the ASCII it begins with, in whole strides. */
/*@ requires mqc_readable(text);
    assigns \nothing;
    ensures mqc_rest_of(\result, text); */
static inline struct mqc_slice skip_ascii(struct mqc_slice text)
{
    enum { STRIDE = 32 };

    /*@ loop invariant mqc_rest_of(text, \at(text, Pre));
        loop assigns text;
        loop variant text.size; */
    for (; text.size >= STRIDE; text.data += STRIDE, text.size -= STRIDE)
        if (((mqc_utf8_load(text.data) | mqc_utf8_load(text.data + 8) |
              mqc_utf8_load(text.data + 16) | mqc_utf8_load(text.data + 24)) &
             MQC_EACH_BYTE(0x80)) != 0)
            break;
    return text;
}

bool mqc_utf8_is_well_formed(struct mqc_slice text)
{
    struct mqc_utf8 found = {.well_formed = true, .has_control = true};
    struct mqc_slice rest = skip_ascii(text);

    if (rest.size > 0)
        look(rest, 0, &found);
    return found.well_formed;
}

struct mqc_utf8 mqc_utf8_check(struct mqc_slice text)
{
    struct mqc_utf8 found = {.well_formed = true};
    const uint8_t *nul = text.size > 0 ? memchr(text.data, 0, text.size) : NULL;
    size_t at = 0;

    if (nul != NULL) {
        found.has_nul = true;
        found.nul_at = (size_t)(nul - text.data);
    }
    /*@ loop invariant at <= text.size;
        loop assigns at;
        loop variant text.size - at; */
    while (text.size - at >= 8 && mqc_utf8_is_plain((struct mqc_slice){text.data + at, 8}))
        at += 8;
    look(text, at, &found);
    return found;
}

size_t mqc_utf8_count(struct mqc_slice text)
{
    size_t count = 0;

    /*@ loop invariant count <= i <= text.size;
        loop assigns i, count;
        loop variant text.size - i; */
    for (size_t i = 0; i < text.size; i++)
        count += (text.data[i] & 0xc0) != 0x80; /* not the second or later byte of one */
    return count;
}
