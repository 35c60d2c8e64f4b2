#include "codec/utf8.h"

/* The functions of utf8.h, for callers into which the compiler does not put them. */
extern inline size_t mqc_utf8_width(uint8_t lead);
extern inline uint64_t mqc_utf8_odd_bits(uint64_t w, bool wild);
extern inline uint64_t mqc_utf8_load(const uint8_t *at);
extern inline uint64_t mqc_utf8_load_short(const uint8_t *at, size_t size);
extern inline bool mqc_utf8_is_plain_or_wild(struct mqc_slice text, bool wild);
extern inline bool mqc_utf8_is_plain(struct mqc_slice text);
extern inline bool mqc_utf8_is_plain_name(struct mqc_slice text);

/*
 * A shift-based automaton: a state is a shift count, a byte's row holds at that place the state
 * that follows. So one step is a load and a shift, without a branch.
 */
enum {
    BAD = 0, /* for ever: a row's unset places lead here */
    END = 6, /* between two characters */
    TAIL1 = 12,
    TAIL2 = 18,
    TAIL3 = 24,
    AFTER_E0 = 30, /* wants A0..BF: less would be over-long */
    AFTER_ED = 36, /* wants 80..9F: more would be a surrogate */
    AFTER_F0 = 42, /* wants 90..BF: less would be over-long */
    AFTER_F4 = 48, /* wants 80..8F: more would be above U+10FFFF */
};

#define STATE_MASK 63
#define GO(from, to) ((uint64_t)(to) << (from))

#define TEXT GO(END, END)
#define TAIL (GO(TAIL1, END) | GO(TAIL2, TAIL1) | GO(TAIL3, TAIL2))
#define T_8X (TAIL | GO(AFTER_ED, TAIL1) | GO(AFTER_F4, TAIL2))
#define T_9X (TAIL | GO(AFTER_ED, TAIL1) | GO(AFTER_F0, TAIL2))
#define T_AB (TAIL | GO(AFTER_E0, TAIL1) | GO(AFTER_F0, TAIL2))
#define LEAD(state) GO(END, state)

#define X2(a) a, a
#define X4(a) X2(a), X2(a)
#define X8(a) X4(a), X4(a)
#define X16(a) X8(a), X8(a)
#define X32(a) X16(a), X16(a)
#define X64(a) X32(a), X32(a)

static const uint64_t rows[256] = {
    /* 00 */ X64(TEXT),
    X64(TEXT),
    /* 80 */ X16(T_8X),
    /* 90 */ X16(T_9X),
    /* A0 */ X32(T_AB),
    /* C0 */ X2(0),
    X2(LEAD(TAIL1)),
    X4(LEAD(TAIL1)),
    X8(LEAD(TAIL1)),
    /* D0 */ X16(LEAD(TAIL1)),
    /* E0 */ LEAD(AFTER_E0),
    X8(LEAD(TAIL2)),
    X4(LEAD(TAIL2)),
    LEAD(AFTER_ED),
    X2(LEAD(TAIL2)),
    /* F0 */ LEAD(AFTER_F0),
    X2(LEAD(TAIL3)),
    LEAD(TAIL3),
    LEAD(AFTER_F4), /* the rest is BAD */
};

static inline uint64_t step(uint64_t state, uint8_t byte)
{
    return rows[byte] >> (state & STATE_MASK);
}

static inline bool at_end(uint64_t state)
{
    return (state & STATE_MASK) == END;
}

enum {
    BLOCK = 16,
    HALVED_MIN = 64, /* a shorter text is not worth halving */
};

static inline uint64_t load_block(const uint8_t *at)
{
    return mqc_utf8_load(at) | mqc_utf8_load(at + 8);
}

static inline bool is_ascii(uint64_t w)
{
    return (w & MQC_EACH_BYTE(0x80)) == 0;
}

/* Where the second half begins: between two characters, if the text is well formed. */
static size_t find_middle(struct mqc_slice text)
{
    size_t middle = text.size / 2;

    while (middle > 0 && (text.data[middle] & 0xc0) == 0x80)
        middle--;
    return middle;
}

/* Without the ASCII it begins with, in whole strides. */
static inline struct mqc_slice skip_ascii(struct mqc_slice text)
{
    enum { STRIDE = 2 * BLOCK };

    while (text.size >= STRIDE && is_ascii(load_block(text.data) | load_block(text.data + BLOCK))) {
        text.data += STRIDE;
        text.size -= STRIDE;
    }
    return text;
}

/* A step has to wait for the one before it. So long texts are run over in two halves at once, each
 * with a state of its own: while the one waits the other has its turn. */
static bool run_is_well_formed(struct mqc_slice text)
{
    size_t middle = text.size >= HALVED_MIN ? find_middle(text) : 0;
    const uint8_t *half = text.data + middle;
    uint64_t state = END;
    uint64_t half_state = END;
    size_t at = 0;

    for (; at + BLOCK <= middle; at += BLOCK) {
        if (at_end(state) && at_end(half_state) &&
            is_ascii(load_block(text.data + at) | load_block(half + at)))
            continue;
        for (size_t i = at; i < at + BLOCK; i++) {
            state = step(state, text.data[i]);
            half_state = step(half_state, half[i]);
        }
    }
    for (; at < middle; at++) {
        state = step(state, text.data[at]);
        half_state = step(half_state, half[at]);
    }
    for (at = 2 * middle; at < text.size; at++)
        half_state = step(half_state, text.data[at]);
    return at_end(state) && at_end(half_state);
}

bool mqc_utf8_is_well_formed(struct mqc_slice text)
{
    struct mqc_slice rest = skip_ascii(text);

    return rest.size == 0 || run_is_well_formed(rest);
}

/* The top bits of the bytes that equal `byte`, and maybe of some behind the first of them. */
static inline uint64_t equal_bits(uint64_t w, uint8_t byte)
{
    uint64_t x = w ^ MQC_EACH_BYTE(byte);

    return (x - MQC_EACH_BYTE(1)) & ~x & MQC_EACH_BYTE(0x80);
}

/*
 * Whether a control or a non-character may begin in the eight bytes at `at`, of which ten can be
 * read: a byte 00..1F or 7F; C2 before 80..9F; EF before B7 or BF; F0..F4 two before BF. It errs on
 * the safe side.
 */
static inline bool may_begin_control(const uint8_t *at)
{
    uint64_t w = mqc_utf8_load(at);
    uint64_t low = w & MQC_EACH_BYTE(0x7f);
    uint64_t ascii = ((w - MQC_EACH_BYTE(' ')) | (low + MQC_EACH_BYTE(1))) & ~w;
    uint64_t leads = ((low + MQC_EACH_BYTE(0x11)) & w) | equal_bits(w, 0xc2); /* EF.., C2 */
    uint64_t second;
    uint64_t third;

    if (((ascii | leads) & MQC_EACH_BYTE(0x80)) == 0)
        return false;
    second = mqc_utf8_load(at + 1);
    third = mqc_utf8_load(at + 2);
    return ((ascii & MQC_EACH_BYTE(0x80)) |
            (equal_bits(w, 0xc2) & equal_bits(second & MQC_EACH_BYTE(0xe0), 0x80)) |
            (equal_bits(w, 0xef) & (equal_bits(second, 0xb7) | equal_bits(second, 0xbf))) |
            (equal_bits(w & MQC_EACH_BYTE(0xf0), 0xf0) & equal_bits(third, 0xbf))) != 0;
}

static bool may_hold_control(struct mqc_slice text)
{
    uint8_t tail[8 + 10];

    for (; text.size >= 10; text.data += 8, text.size -= 8)
        if (may_begin_control(text.data))
            return true;
    memset(tail, ' ', sizeof tail);
    if (text.size > 0)
        memcpy(tail, text.data, text.size);
    return may_begin_control(tail) || may_begin_control(tail + 8);
}

/* The offset of the first character that is not well formed; the size if all are. */
static size_t find_fault(struct mqc_slice text)
{
    uint64_t state = END;
    size_t begin = 0;

    for (size_t i = 0; i < text.size; i++) {
        state = step(state, text.data[i]);
        if ((state & STATE_MASK) == BAD)
            return begin;
        if (at_end(state))
            begin = i + 1;
    }
    return begin;
}

/* Whether the character at `at`, in well-formed text, is a control or a non-character. */
static bool is_control(const uint8_t *at)
{
    switch (mqc_utf8_width(at[0])) {
    case 1:
        return at[0] == 0x7f || (at[0] < 0x20 && at[0] != 0);
    case 2:
        return at[0] == 0xc2 && at[1] < 0xa0;
    case 3:
        return at[0] == 0xef && ((at[1] == 0xb7 && at[2] >= 0x90 && at[2] < 0xb0) ||
                                 (at[1] == 0xbf && at[2] >= 0xbe));
    default:
        return (at[1] & 0x0f) == 0x0f && at[2] == 0xbf && at[3] >= 0xbe;
    }
}

struct mqc_utf8 mqc_utf8_check(struct mqc_slice text)
{
    struct mqc_utf8 found = {.well_formed = mqc_utf8_is_well_formed(text)};
    size_t end = text.size;
    const uint8_t *nul;

    if (found.well_formed && !may_hold_control(text))
        return found;

    if (!found.well_formed)
        found.fault_at = end = find_fault(text);
    nul = memchr(text.data, 0, text.size);
    if (nul != NULL) {
        found.has_nul = true;
        found.nul_at = (size_t)(nul - text.data);
    }
    for (size_t i = 0; i < end && !found.has_control; i += mqc_utf8_width(text.data[i])) {
        if (is_control(text.data + i)) {
            found.has_control = true;
            found.control_at = i;
        }
    }
    return found;
}

size_t mqc_utf8_count(struct mqc_slice text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.size; i++)
        count += (text.data[i] & 0xc0) != 0x80; /* not the second or later byte of one */
    return count;
}
