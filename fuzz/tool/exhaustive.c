/*
 * exhaustive bodies|long-bodies|text: holds the codec against the slow judge (fuzz/slow) on every
 * input there is, up to a size:
 *
 *     bodies        every type, flags, version and side with every body of at most 2 bytes
 *     long-bodies   every type with its legal flags, in each version, from each side that may send
 *                   it, with every body of 3 bytes
 *     text          every string of 1 to 4 bytes as UTF-8
 */
#include <stdio.h>
#include <stdlib.h>

#include "codec/packet.h"
#include "codec/utf8.h"
#include "fuzz/slow/slow.h"

enum { FAULTS_MAX = 16, DIFFERENCES_MAX = 20 };

static uint64_t checked;
static unsigned differences;

static void print_hex(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        printf("%02x", bytes[i]);
}

static void count_difference(void)
{
    if (++differences == DIFFERENCES_MAX) {
        puts("and so on");
        exit(1);
    }
}

/* --- packets ------------------------------------------------------------------------------------
 */

static enum mqf_verdict judge(const struct mqc_frame *frame)
{
    struct mqc_fault items[FAULTS_MAX];
    struct mqc_faults faults = {.items = items, .capacity = FAULTS_MAX};
    struct mqc_packet packet;
    enum mqf_verdict worst = MQF_GOOD;

    mqc_packet_decode(frame, &packet, &faults);
    for (size_t i = 0; i < mqc_faults_stored(&faults); i++) {
        enum mqc_level level = mqc_rule_in(items[i].rule, frame->version)->level;

        if (level == MQC_MUST)
            return MQF_BAD;
        if (level == MQC_SHOULD)
            worst = MQF_ADVISED_AGAINST;
    }
    return worst;
}

static void check_packet(const uint8_t *bytes, size_t size, enum mqc_version version,
                         enum mqc_side from)
{
    static const char *const verdicts[] = {"good", "advised against", "bad"};
    static const char *const sides[] = {"anybody", "the client", "the server"};
    struct mqc_frame frame = {.version = version, .from = from};
    enum mqf_verdict fast;
    enum mqf_verdict slow;

    mqc_frame_read((struct mqc_slice){bytes, size}, &frame);
    fast = judge(&frame);
    slow = mqf_slow_judge((struct mqc_slice){bytes, size}, version, from);
    checked++;
    if (fast == slow)
        return;
    print_hex(bytes, size);
    printf(" in %s from %s: the decoder says %s, the slow judge %s\n", mqc_version_name(version),
           sides[from], verdicts[fast], verdicts[slow]);
    count_difference();
}

static void check_bodies(unsigned first, size_t size, enum mqc_version version, enum mqc_side from)
{
    uint8_t bytes[5] = {(uint8_t)first, (uint8_t)size};

    for (uint32_t body = 0; body < UINT32_C(1) << (8 * size); body++) {
        bytes[2] = (uint8_t)body;
        bytes[3] = (uint8_t)(body >> 8);
        bytes[4] = (uint8_t)(body >> 16);
        check_packet(bytes, size + 2, version, from);
    }
}

static void check_all_bodies(void)
{
    for (int version = MQC_V31; version <= MQC_V5; version++)
        for (int from = MQC_SIDE_UNKNOWN; from <= MQC_SERVER; from++)
            for (unsigned first = 0; first < 256; first++)
                for (size_t size = 0; size <= 2; size++)
                    check_bodies(first, size, (enum mqc_version)version, (enum mqc_side)from);
}

/* Good, or at least not bad by its first byte: a fault there would hide what the body has. A
 * PINGREQ with a body is bad by its body alone. */
static bool is_legal(unsigned first, enum mqc_version version, enum mqc_side from)
{
    enum mqc_type type = (enum mqc_type)(first >> 4);
    unsigned qos = first >> 1 & 3;
    bool clients = type == MQC_CONNECT || type == MQC_SUBSCRIBE || type == MQC_UNSUBSCRIBE ||
                   type == MQC_PINGREQ || (type == MQC_DISCONNECT && version != MQC_V5);
    bool servers =
        type == MQC_CONNACK || type == MQC_SUBACK || type == MQC_UNSUBACK || type == MQC_PINGRESP;

    if (type == MQC_RESERVED || (type == MQC_AUTH && version != MQC_V5))
        return false;
    if ((clients && from == MQC_SERVER) || (servers && from == MQC_CLIENT))
        return false;
    if (type == MQC_PUBLISH)
        return qos != 3 && (qos != 0 || (first & 8) == 0);
    return (first & 15) ==
           (type == MQC_PUBREL || type == MQC_SUBSCRIBE || type == MQC_UNSUBSCRIBE ? 2u : 0u);
}

static void check_long_bodies(void)
{
    for (int version = MQC_V31; version <= MQC_V5; version++)
        for (int from = MQC_CLIENT; from <= MQC_SERVER; from++)
            for (unsigned first = 0; first < 256; first++)
                if (is_legal(first, (enum mqc_version)version, (enum mqc_side)from))
                    check_bodies(first, 3, (enum mqc_version)version, (enum mqc_side)from);
}

/* --- text ---------------------------------------------------------------------------------------
 */

/* The same text in the middle of a longer one, where many bytes are looked at at once. */
static struct mqc_slice surround(struct mqc_slice text)
{
    static uint8_t room[48];

    memset(room, ' ', sizeof(room));
    memcpy(room + 16, text.data, text.size);
    return (struct mqc_slice){room, sizeof(room)};
}

static void check_string(const uint8_t *bytes, size_t size)
{
    struct mqc_slice text = {bytes, size};
    struct mqc_utf8 fast = mqc_utf8_check(text);
    struct mqc_utf8 within = mqc_utf8_check(surround(text));
    struct mqf_slow_text slow = mqf_slow_text(text);
    bool plain = mqc_utf8_is_plain(text);

    checked++;
    if (fast.well_formed == slow.well_formed && fast.has_nul == slow.nul &&
        mqc_utf8_is_well_formed(text) == slow.well_formed &&
        within.well_formed == fast.well_formed && within.has_nul == fast.has_nul &&
        within.has_control == fast.has_control &&
        (!slow.well_formed ||
         (fast.has_control == slow.control && mqc_utf8_count(text) == slow.characters)) &&
        (!plain || (slow.well_formed && !slow.nul && !slow.control)))
        return;
    print_hex(bytes, size);
    printf(": the codec says well-formed %d, U+0000 %d, control %d, plain %d; slowly %d %d %d\n",
           fast.well_formed, fast.has_nul, fast.has_control, plain, slow.well_formed, slow.nul,
           slow.control);
    count_difference();
}

/* Whether some longer text that begins like this could be well formed: then its last byte is tried
 * in all values against the slow judge. Where it could not, the codec must say so, quickly. */
static bool is_hopeless(const uint8_t *bytes, size_t size)
{
    static const uint8_t tails[][3] = {{0x41},
                                       {0x80},
                                       {0x9f},
                                       {0xa0},
                                       {0xbf},
                                       {0x80, 0x80},
                                       {0x8f, 0x80},
                                       {0x90, 0x80},
                                       {0xbf, 0x80},
                                       {0xa0, 0x80},
                                       {0x80, 0x80, 0x80},
                                       {0x90, 0x80, 0x80},
                                       {0x8f, 0x80, 0x80}};
    static const size_t sizes[] = {1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3};
    uint8_t room[8];

    memcpy(room, bytes, size);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        memcpy(room + size, tails[i], sizes[i]);
        if (mqf_slow_text((struct mqc_slice){room, size + sizes[i]}).well_formed)
            return false;
    }
    return true;
}

static void check_fourth_bytes(uint8_t *bytes)
{
    bool hopeless = is_hopeless(bytes, 3);

    for (unsigned last = 0; last < 256; last++) {
        bytes[3] = (uint8_t)last;
        if (!hopeless) {
            check_string(bytes, 4);
            continue;
        }
        checked++;
        if (mqc_utf8_is_well_formed((struct mqc_slice){bytes, 4}) ||
            (last % 0x40 == 0 && mqc_utf8_is_well_formed(surround((struct mqc_slice){bytes, 4}))) ||
            mqc_utf8_is_plain((struct mqc_slice){bytes, 4})) {
            print_hex(bytes, 4);
            puts(": the codec takes it, and it is not well formed");
            count_difference();
        }
    }
}

static void check_text(void)
{
    uint8_t bytes[4];

    for (uint32_t value = 0; value < UINT32_C(1) << 24; value++) {
        bytes[0] = (uint8_t)(value >> 16);
        bytes[1] = (uint8_t)(value >> 8);
        bytes[2] = (uint8_t)value;
        if (value < 1 << 8)
            check_string(bytes + 2, 1);
        if (value < 1 << 16)
            check_string(bytes + 1, 2);
        check_string(bytes, 3);
        check_fourth_bytes(bytes);
    }
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*check)(void);
    } parts[] = {
        {"bodies", check_all_bodies}, {"long-bodies", check_long_bodies}, {"text", check_text}};

    for (size_t i = 0; argc == 2 && i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (strcmp(parts[i].name, argv[1]) != 0)
            continue;
        parts[i].check();
        printf("%s: %llu checked, %u differ\n", argv[1], (unsigned long long)checked, differences);
        return differences == 0 ? 0 : 1;
    }
    fputs("usage: exhaustive bodies|long-bodies|text\n", stderr);
    return 2;
}
