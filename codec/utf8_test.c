#include "codec/testing.h"

#include "codec/utf8.h"

/* What RFC 3629 says, told as slowly as possible: the code point at `at`, or -1, and its size. */
static long slow_decode(const uint8_t *at, size_t left, size_t *size)
{
    static const long least[] = {0, 0, 0x80, 0x800, 0x10000};
    long point;

    *size = at[0] < 0x80   ? 1
            : at[0] < 0xc0 ? 0
            : at[0] < 0xe0 ? 2
            : at[0] < 0xf0 ? 3
            : at[0] < 0xf8 ? 4
                           : 0;
    if (*size == 0 || *size > left)
        return -1;
    point = *size == 1 ? at[0] : at[0] & (0x7f >> *size);
    for (size_t i = 1; i < *size; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return -1;
        point = point << 6 | (at[i] & 0x3f);
    }
    if (point < least[*size] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
        return -1;
    return point;
}

static bool slow_is_control(long point)
{
    return (point > 0 && point < 0x20) || (point >= 0x7f && point < 0xa0) ||
           (point >= 0xfdd0 && point <= 0xfdef) || (point & 0xfffe) == 0xfffe;
}

static struct mqc_utf8 slow_check(struct mqc_slice text)
{
    struct mqc_utf8 out = {.well_formed = true};

    for (size_t i = 0, size; i < text.size && out.well_formed; i += size) {
        long point = slow_decode(text.data + i, text.size - i, &size);

        if (point < 0) {
            out.well_formed = false;
            out.fault_at = i;
        } else if (slow_is_control(point) && !out.has_control) {
            out.has_control = true;
            out.control_at = i;
        }
    }
    for (size_t i = text.size; i-- > 0;) {
        if (text.data[i] == 0) {
            out.has_nul = true;
            out.nul_at = i;
        }
    }
    return out;
}

static void compare(struct mqc_slice text)
{
    struct mqc_utf8 fast = mqc_utf8_check(text);
    struct mqc_utf8 slow = slow_check(text);

    if (fast.well_formed != slow.well_formed || fast.fault_at != slow.fault_at ||
        fast.has_nul != slow.has_nul || fast.nul_at != slow.nul_at ||
        fast.has_control != slow.has_control || fast.control_at != slow.control_at ||
        mqc_utf8_is_well_formed(text) != slow.well_formed) {
        for (size_t i = 0; i < text.size; i++)
            print_error("%02x ", text.data[i]);
        fail_msg("is judged otherwise by the slow decoder");
    }
}

/* Every limit in the table of well-formed sequences, from both sides. */
static const uint8_t limits[] = {0x00, 0x1f, 0x20, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0,
                                 0xb7, 0xbd, 0xbe, 0xbf, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1,
                                 0xec, 0xed, 0xef, 0xf0, 0xf1, 0xf4, 0xf5};

enum { LIMITS = sizeof(limits) };

/* Alone, and far from both ends of a text, where many bytes are looked at at once. */
static void test_utf8_check_agrees_with_a_slow_decoder_on_four_bytes(void **state)
{
    uint8_t text[60];

    (void)state;
    memset(text, '.', sizeof(text));
    for (size_t n = 0; n < (size_t)LIMITS * LIMITS * LIMITS * LIMITS; n++) {
        const uint8_t four[4] = {limits[n % LIMITS], limits[n / LIMITS % LIMITS],
                                 limits[n / LIMITS / LIMITS % LIMITS],
                                 limits[n / LIMITS / LIMITS / LIMITS]};
        uint8_t *at = text + 16 + n % 24;

        compare((struct mqc_slice){four, sizeof(four)});
        memcpy(at, four, sizeof(four));
        compare((struct mqc_slice){text, sizeof(text)});
        memset(at, '.', sizeof(four));
    }
}

/* A text of `before` characters, the sequence and `behind` characters. */
static struct mqc_slice surround(const char *character, struct mqc_slice sequence, size_t before,
                                 size_t behind)
{
    static uint8_t text[400];
    size_t width = strlen(character);
    size_t size = 0;

    for (size_t i = 0; i < before + behind; i++) {
        if (i == before) {
            memcpy(text + size, sequence.data, sequence.size);
            size += sequence.size;
        }
        memcpy(text + size, character, width);
        size += width;
    }
    if (behind == 0) {
        memcpy(text + size, sequence.data, sequence.size);
        size += sequence.size;
    }
    return (struct mqc_slice){text, size};
}

/* Blocks, halves and overlaps begin anywhere: each sequence at each place of texts of each length,
 * among ASCII and among other characters. */
static void test_utf8_check_agrees_at_every_offset(void **state)
{
    static const char *const sequences[] = {"\xc3\xa9",
                                            "\xe2\x82\xac",
                                            "\xf0\x9f\x98\x80",
                                            "\xc0\x80",
                                            "\xed\xa0\x80",
                                            "\xf4\x90\x80\x80",
                                            "\xe2\x82",
                                            "\x80",
                                            "\x01",
                                            "\x7f",
                                            "\xc2\x85",
                                            "\xef\xbf\xbe",
                                            "\xf3\xaf\xbf\xbf",
                                            "\xef\xb7\x9f",
                                            "\xc2\xa0",
                                            "\xef\xbf\xbd",
                                            "\xf0\x9f\xbf\xbd",
                                            "\x80\x80\x80\x80\x80"};
    static const char *const characters[] = {"a", "\xc3\xa9", "\xe6\x97\xa5"};
    struct mqc_test_guard guard = mqc_test_guard_init();

    (void)state;
    for (size_t s = 0; s < sizeof(sequences) / sizeof(sequences[0]); s++) {
        for (size_t c = 0; c < 3; c++) {
            for (size_t count = 0; count < 120 / strlen(characters[c]) + 20; count++) {
                for (size_t before = 0; before <= count; before++) {
                    struct mqc_slice text = surround(characters[c], mqc_slice_text(sequences[s]),
                                                     before, count - before);

                    text.data = mqc_test_guard_copy(&guard, text);
                    compare(text);
                }
            }
        }
    }
    mqc_test_guard_free(&guard);
}

/* What is remarkable may come more than once, in any order and distance. */
static void test_utf8_check_agrees_on_long_texts(void **state)
{
    static const char *const good[] = {"a", "level/", "\xc3\xa9", "\xe6\x97\xa5",
                                       "\xf0\x9f\x98\x80"};
    static const char *const odd[] = {"" /* U+0000 */,    "\x1f",         "\xc2\x85",
                                      "\xef\xb7\xaf",     "\xef\xbf\xbf", "\xf0\x9f\xb7\xaf",
                                      "\xf4\x8f\xbf\xbe", "\xe6\x97",     "\xbf",
                                      "\xed\xb0\x80",     "\xff"};
    enum { GOOD = sizeof(good) / sizeof(good[0]), ODD = sizeof(odd) / sizeof(odd[0]) };
    struct mqc_test_guard guard = mqc_test_guard_init();
    uint32_t random = 1;

    (void)state;
    for (unsigned n = 0; n < 30000; n++) {
        uint8_t bytes[6 * 60 + 1];
        struct mqc_slice text = {bytes, 0};

        for (unsigned pieces = n % 60; pieces > 0; pieces--) {
            const char *piece;

            random = random * 1103515245 + 12345;
            piece = random >> 28 != 0 ? good[(random >> 16) % GOOD] : odd[(random >> 16) % ODD];
            memcpy(bytes + text.size, piece, strlen(piece) + 1);
            text.size += piece[0] == 0 ? 1 : strlen(piece);
        }
        text.data = mqc_test_guard_copy(&guard, text);
        compare(text);
    }
    mqc_test_guard_free(&guard);
}

static bool slow_is_plain(struct mqc_slice text, bool wild)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < 0x20 || text.data[i] > 0x7e ||
            (wild && (text.data[i] == '+' || text.data[i] == '#')))
            return false;
    return true;
}

static void test_utf8_is_plain_knows_every_byte_at_every_offset(void **state)
{
    struct mqc_test_guard guard = mqc_test_guard_init();
    uint8_t text[27];

    (void)state;
    for (size_t size = 1; size <= sizeof(text); size++) {
        for (size_t at = 0; at < size; at++) {
            for (unsigned byte = 0; byte < 256; byte++) {
                struct mqc_slice slice = {NULL, size};

                memset(text, '!' + (int)(byte % 2), sizeof(text)); /* ! and " stand before # */
                text[at] = (uint8_t)byte;
                slice.data = mqc_test_guard_copy(&guard, (struct mqc_slice){text, size});
                assert_int_equal(mqc_utf8_is_plain(slice), slow_is_plain(slice, false));
                assert_int_equal(mqc_utf8_is_plain_name(slice), slow_is_plain(slice, true));
            }
        }
    }
    assert_true(mqc_utf8_is_plain((struct mqc_slice){NULL, 0}));
    mqc_test_guard_free(&guard);
}

static void test_utf8_count_counts_characters(void **state)
{
    (void)state;
    assert_int_equal(mqc_utf8_count(mqc_slice_text("")), 0);
    assert_int_equal(mqc_utf8_count(mqc_slice_text("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80")), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8_check_agrees_with_a_slow_decoder_on_four_bytes),
        cmocka_unit_test(test_utf8_check_agrees_at_every_offset),
        cmocka_unit_test(test_utf8_check_agrees_on_long_texts),
        cmocka_unit_test(test_utf8_is_plain_knows_every_byte_at_every_offset),
        cmocka_unit_test(test_utf8_count_counts_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
