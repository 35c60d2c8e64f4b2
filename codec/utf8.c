#include "codec/utf8.h"

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

/*
 * The bits above the states mark what may be part of an unwanted character. A mark counts if the
 * byte before has the bit above it: row & previous row >> 1. Every row has the top bit, so that
 * ODD_ASCII counts by itself.
 */
#define ANY_BYTE (UINT64_C(1) << 63)
#define ODD_ASCII (UINT64_C(1) << 62) /* 00..1F, 7F */
#define BF_FIRST (UINT64_C(1) << 60)  /* .. BF BE and .. BF BF end all planes' non-characters */
#define BF_SECOND (UINT64_C(1) << 59) /* BE, BF */
#define EF_FIRST (UINT64_C(1) << 58)  /* EF B7 90 to EF B7 AF: U+FDD0..U+FDEF */
#define EF_SECOND (UINT64_C(1) << 57) /* B7 */
#define C2_FIRST (UINT64_C(1) << 56)  /* C2 80 to C2 9F: U+0080..U+009F */
#define C2_SECOND (UINT64_C(1) << 55) /* 80..9F */
#define ODD (ODD_ASCII | BF_SECOND | EF_SECOND | C2_SECOND)

#define TAIL (ANY_BYTE | GO(TAIL1, END) | GO(TAIL2, TAIL1) | GO(TAIL3, TAIL2))
#define CTRL (ANY_BYTE | ODD_ASCII | GO(END, END))
#define TEXT (ANY_BYTE | GO(END, END))
#define T_8X (TAIL | C2_SECOND | GO(AFTER_ED, TAIL1) | GO(AFTER_F4, TAIL2))
#define T_9X (TAIL | C2_SECOND | GO(AFTER_ED, TAIL1) | GO(AFTER_F0, TAIL2))
#define T_AB (TAIL | GO(AFTER_E0, TAIL1) | GO(AFTER_F0, TAIL2))
#define NONE ANY_BYTE
#define LEAD(state) (ANY_BYTE | GO(END, state))

#define X2(a) a, a
#define X4(a) X2(a), X2(a)
#define X8(a) X4(a), X4(a)
#define X16(a) X8(a), X8(a)
#define X32(a) X16(a), X16(a)
#define X64(a) X32(a), X32(a)

static const uint64_t rows[256] = {
    /* 00 */ X32(CTRL),
    /* 20 */ X64(TEXT),
    X16(TEXT),
    X8(TEXT),
    X4(TEXT),
    X2(TEXT),
    TEXT,
    /* 7F */ CTRL,
    /* 80 */ X16(T_8X),
    /* 90 */ X16(T_9X),
    /* A0 */ X16(T_AB),
    /* B0 */ X4(T_AB),
    X2(T_AB),
    T_AB,
    T_AB | EF_SECOND,
    /* B8 */ X4(T_AB),
    X2(T_AB),
    T_AB | BF_SECOND,
    T_AB | BF_SECOND | BF_FIRST,
    /* C0 */ X2(NONE),
    LEAD(TAIL1) | C2_FIRST,
    LEAD(TAIL1),
    X4(LEAD(TAIL1)),
    X8(LEAD(TAIL1)),
    /* D0 */ X16(LEAD(TAIL1)),
    /* E0 */ LEAD(AFTER_E0),
    X8(LEAD(TAIL2)),
    X4(LEAD(TAIL2)),
    LEAD(AFTER_ED),
    /* EE */ LEAD(TAIL2),
    LEAD(TAIL2) | EF_FIRST,
    /* F0 */ LEAD(AFTER_F0),
    X2(LEAD(TAIL3)),
    LEAD(TAIL3),
    LEAD(AFTER_F4),
    X8(NONE),
    X2(NONE),
    NONE,
};

/* What a pass over a text keeps. */
struct pass {
    uint64_t state;
    uint64_t row; /* of the last byte */
    uint64_t odd; /* marks that count */
};

static inline void step(struct pass *pass, uint8_t byte)
{
    uint64_t row = rows[byte];

    pass->state = row >> (pass->state & STATE_MASK);
    pass->odd |= row & (pass->row >> 1);
    pass->row = row;
}

enum { BLOCK = 16 };

/* Runs over the text; blocks of ASCII between two characters are skipped, those with control
 * characters among them only unless `all` is asked for. */
static struct pass run(struct mqc_slice text, bool all)
{
    struct pass pass = {.state = END, .row = ANY_BYTE, .odd = 0};
    const uint8_t *at = text.data;
    size_t left = text.size;

    for (; left >= BLOCK; at += BLOCK, left -= BLOCK) {
        uint64_t a = mqc_utf8_load(at);
        uint64_t b = mqc_utf8_load(at + 8);
        uint64_t bits = all ? mqc_utf8_odd_bits(a, false) | mqc_utf8_odd_bits(b, false) : a | b;

        if ((bits & MQC_EACH_BYTE(0x80)) == 0 && (pass.state & STATE_MASK) == END) {
            pass.row = ANY_BYTE;
            continue;
        }
        for (size_t i = 0; i < BLOCK; i++)
            step(&pass, at[i]);
    }
    for (size_t i = 0; i < left; i++)
        step(&pass, at[i]);
    return pass;
}

/* The offset of the first character that is not well formed; the size if all are. */
static size_t find_fault(struct mqc_slice text)
{
    struct pass pass = {.state = END};
    size_t begin = 0;

    for (size_t i = 0; i < text.size; i++) {
        step(&pass, text.data[i]);
        if ((pass.state & STATE_MASK) == BAD)
            return begin;
        if ((pass.state & STATE_MASK) == END)
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
    struct pass pass = run(text, true);
    struct mqc_utf8 found = {.well_formed = (pass.state & STATE_MASK) == END};
    size_t end = text.size;
    const uint8_t *nul;

    if (found.well_formed && (pass.odd & ODD) == 0)
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

bool mqc_utf8_is_well_formed(struct mqc_slice text)
{
    return (run(text, false).state & STATE_MASK) == END;
}

size_t mqc_utf8_count(struct mqc_slice text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.size; i++)
        count += (text.data[i] & 0xc0) != 0x80; /* not the second or later byte of one */
    return count;
}
