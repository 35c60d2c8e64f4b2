#define _DEFAULT_SOURCE
/*
 * Packets as hex, and the rule that each breaks. Every row is also fed to the framer one byte at a
 * time, cut at every length in front of an unreadable page, and, where it is canonical, encoded
 * back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "codec/packet.h"

#define BYTES_MAX 4096
#define C4 MQC_V311, MQC_CLIENT
#define S4 MQC_V311, MQC_SERVER
#define C5 MQC_V5, MQC_CLIENT
#define S5 MQC_V5, MQC_SERVER
#define C3 MQC_V31, MQC_CLIENT
#define S3 MQC_V31, MQC_SERVER

static const struct row {
    const char *name;
    enum mqc_version version;
    enum mqc_side from;
    const char *hex;
    const char *rule; /* NULL: no fault */
} rows[] = {
    {"CONNECT", C4, "10 0d | 0004 4d515454 04 02 003c | 0001 61", NULL},
    {"CONNECT 3.1", C3, "10 0f | 0006 4d5149736470 03 02 003c | 0001 61", NULL},
    {"CONNECT 5.0", C5, "10 0e | 0004 4d515454 05 02 003c 00 | 0001 61", NULL},
    {"Will, user name, password", C4,
     "10 19 | 0004 4d515454 04 c6 003c | 0001 61 | 0001 77 0001 78 | 0001 75 0001 70", NULL},
    {"password alone in 5.0", C5, "10 11 | 0004 4d515454 05 42 003c 00 | 0001 61 | 0001 70", NULL},
    {"password alone in 3.1.1", C4, "10 10 | 0004 4d515454 04 42 003c | 0001 61 | 0001 70",
     "v311 MQTT-3.1.2-22"},
    {"reserved connect flag", C4, "10 0d | 0004 4d515454 04 03 003c | 0001 61",
     "v311 MQTT-3.1.2-3"},
    {"Will QoS 3", C5, "10 15 | 0004 4d515454 05 1e 003c 00 | 0001 61 | 00 0001 77 0001 78",
     "v5 MQTT-3.1.2-12"},
    {"Will QoS without Will", C4, "10 0d | 0004 4d515454 04 0a 003c | 0001 61",
     "v311 MQTT-3.1.2-13"},
    {"user name missing", C4, "10 0d | 0004 4d515454 04 82 003c | 0001 61", "v311 MQTT-3.1.2-19"},
    {"user name missing is legal in 3.1", C3, "10 0f | 0006 4d5149736470 03 82 003c | 0001 61",
     NULL},
    {"surplus after CONNECT", C4, "10 0e | 0004 4d515454 04 02 003c | 0001 61 | 00",
     "v311 MQTT-3.1.2-18"},
    {"protocol name", C4, "10 0d | 0004 4d515458 04 02 003c | 0001 61", "v311 MQTT-3.1.2-1"},
    {"protocol level", C4, "10 0d | 0004 4d515454 06 02 003c | 0001 61", "v311 MQTT-3.1.2-2"},
    {"empty id without clean session", C4, "10 0c | 0004 4d515454 04 00 003c | 0000",
     "v311 MQTT-3.1.3-7"},
    {"empty id without clean start", C5, "10 0d | 0004 4d515454 05 00 003c 00 | 0000", NULL},
    {"receive maximum 0", C5, "10 11 | 0004 4d515454 05 02 003c 03 21 0000 | 0001 61",
     "v5 X5-3.1.2.11.3-1"},
    {"session expiry twice", C5,
     "10 18 | 0004 4d515454 05 02 003c 0a 11 00000001 11 00000001 | 0001 61", "v5 X5-3.1.2.11.2-1"},
    {"topic alias in CONNECT", C5, "10 11 | 0004 4d515454 05 02 003c 03 23 0001 | 0001 61",
     "v5 X5-2.2.2.2-1"},
    {"CONNACK", S4, "20 02 | 00 00", NULL},
    {"CONNACK flags", S4, "20 02 | 02 00", "v311 X311-3.2.2.1-1"},
    {"CONNACK flags in 3.1", S3, "20 02 | 02 00", NULL},
    {"session present with a refusal", S5, "20 03 | 01 87 00", "v5 MQTT-3.2.2-6"},
    {"CONNACK code", S5, "20 03 | 00 01 00", "v5 MQTT-3.2.2-8"},
    {"CONNACK from a client", C4, "20 02 | 00 00", "v311 X311-2.1-1"},
    {"PUBLISH", C4, "30 05 | 0001 61 | 6869", NULL},
    {"PUBLISH QoS 1", C5, "32 08 | 0001 61 0007 00 | 6869", NULL},
    {"QoS 3", C4, "36 07 | 0001 61 0007 | 6869", "v311 MQTT-3.3.1-4"},
    {"DUP with QoS 0", C5, "38 04 | 0001 61 00", "v5 MQTT-3.3.1-2"},
    {"identifier 0", C5, "32 06 | 0001 61 0000 00", "v5 MQTT-2.2.1-3"},
    {"wildcard in a name", C4, "30 05 | 0003 612f2b", "v311 MQTT-3.3.2-2"},
    {"U+0000", C4, "30 05 | 0003 610062", "v311 MQTT-1.5.3-2"},
    {"ill-formed UTF-8", C5, "30 06 | 0003 61c080 00", "v5 MQTT-1.5.4-1"},
    {"a surrogate", C4, "30 05 | 0003 eda080", "v311 MQTT-1.5.3-1"},
    {"empty topic", C4, "30 02 | 0000", "v311 MQTT-4.7.3-1"},
    {"empty topic with alias", C5, "30 06 | 0000 03 23 0001", NULL},
    {"empty topic without alias", C5, "30 03 | 0000 00", "v5 X5-3.3.2.1-1"},
    {"topic alias 0", C5, "30 07 | 0001 61 03 23 0000", "v5 MQTT-3.3.2-8"},
    {"subscription identifier from a client", C5, "30 06 | 0001 61 02 0b 01", "v5 MQTT-3.3.4-6"},
    {"topic longer than the packet", C4, "30 03 | 0002 61", "v311 X311-7.1-1"},
    {"PUBACK", C4, "40 02 | 0007", NULL},
    {"PUBACK short form", S5, "40 03 | 0007 10", NULL},
    {"PUBACK 0x10 from a client", C5, "40 03 | 0007 10", "v5 X5-3.4.2.1-2"},
    {"PUBACK code", S5, "40 03 | 0007 01", "v5 MQTT-3.4.2-1"},
    {"PUBREL", C4, "62 02 | 0007", NULL},
    {"PUBREL flags", C4, "60 02 | 0007", "v311 MQTT-3.6.1-1"},
    {"SUBSCRIBE", C5, "82 0a | 0001 00 | 0004 612f6263 01", NULL},
    {"SUBSCRIBE flags", C5, "80 0a | 0001 00 | 0004 612f6263 01", "v5 MQTT-3.8.1-1"},
    {"no filter", C5, "82 03 | 0001 00", "v5 MQTT-3.8.3-2"},
    {"no filter in 3.1.1", C4, "82 02 | 0001", "v311 MQTT-3.8.3-3"},
    {"reserved option bit", C5, "82 07 | 0001 00 | 0001 61 41", "v5 MQTT-3.8.3-5"},
    {"options QoS 3", C5, "82 07 | 0001 00 | 0001 61 03", "v5 X5-3.8.3.1-1"},
    {"retain handling 3", C5, "82 07 | 0001 00 | 0001 61 30", "v5 X5-3.8.3.1-2"},
    {"# not last", C4, "82 09 | 0001 | 0004 612f2362 00", "v311 MQTT-4.7.1-2"},
    {"no local on a share", C5, "82 10 | 0001 00 | 000a 2473686172652f672f61 04",
     "v5 MQTT-3.8.3-4"},
    {"SUBACK", S4, "90 03 | 0001 | 01", NULL},
    {"SUBACK code", S4, "90 03 | 0001 | 03", "v311 MQTT-3.9.3-2"},
    {"UNSUBSCRIBE", C4, "a2 05 | 0001 | 0001 61", NULL},
    {"UNSUBSCRIBE without filter", C4, "a2 02 | 0001", "v311 MQTT-3.10.3-2"},
    {"UNSUBACK", S5, "b0 04 | 0001 00 | 11", NULL},
    {"UNSUBACK with a code of SUBACK", S5, "b0 04 | 0001 00 | 01", "v5 MQTT-3.11.3-2"},
    {"PINGREQ", C4, "c0 00", NULL},
    {"PINGREQ with a body", C5, "c0 01 | 00", "v5 X5-3.12-1"},
    {"PINGREQ flags", C5, "c1 00", "v5 MQTT-2.1.3-1"},
    {"length not minimal", C5, "c0 80 00", "v5 MQTT-1.5.5-1"},
    {"length not minimal in 3.1.1", C4, "c0 80 00", NULL},
    {"DISCONNECT", C5, "e0 00", NULL},
    {"session expiry from a server", S5, "e0 07 | 00 05 11 00000001", "v5 MQTT-3.14.2-2"},
    {"AUTH", C5, "f0 06 | 18 04 15 0001 61", NULL},
    {"AUTH without method", C5, "f0 02 | 18 00", "v5 X5-3.15.2.2.2-1"},
    {"type 0", C4, "00 00", "v311 X311-2.1-1"},
    {"type 15 before 5.0", C4, "f0 00", "v311 X311-2.1-1"},
};

static size_t from_hex(const char *hex, uint8_t *out)
{
    size_t n = 0;

    for (; *hex != '\0'; hex++) {
        unsigned byte;

        if (*hex == ' ' || *hex == '|')
            continue;
        assert_int_equal(sscanf(hex, "%2x", &byte), 1);
        out[n++] = (uint8_t)byte;
        hex++;
    }
    return n;
}

/* Decodes the `size` bytes at `bytes`; the number of faults at SHOULD or MUST. */
static size_t decode(const struct row *row, const uint8_t *bytes, size_t size,
                     struct mqc_packet *packet, struct mqc_fault *items)
{
    struct mqc_faults faults = {.items = items, .capacity = 8};
    struct mqc_frame frame = {.version = row->version, .from = row->from};
    size_t real = 0;

    assert_int_equal(mqc_frame_read((struct mqc_slice){bytes, size}, &frame), MQC_FRAME_COMPLETE);
    assert_int_equal(frame.size, size);
    mqc_packet_decode(&frame, packet, &faults);
    for (size_t i = 0; i < mqc_faults_stored(&faults); i++) {
        assert_true(items[i].offset + items[i].size <= size);
        if (mqc_rule_in(items[i].rule, row->version)->level > MQC_NOTE)
            items[real++] = items[i];
    }
    return real;
}

static void test_packet_decode_names_the_broken_rule(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t bytes[BYTES_MAX];
        uint8_t again[BYTES_MAX];
        size_t size = from_hex(rows[i].hex, bytes);
        struct mqc_writer writer = mqc_writer_init(again, sizeof(again));
        struct mqc_packet packet;
        struct mqc_fault faults[8];
        size_t count = decode(&rows[i], bytes, size, &packet, faults);
        char found[100] = "no fault";

        if (count > 0)
            snprintf(found, sizeof(found), "%s %s", mqc_version_space(rows[i].version),
                     mqc_rule_in(faults[0].rule, rows[i].version)->id);
        if ((rows[i].rule == NULL) != (count == 0) || count > 1 ||
            (rows[i].rule != NULL && strcmp(found, rows[i].rule) != 0))
            fail_msg("%s: %s (%zu faults), not %s", rows[i].name, found, count,
                     rows[i].rule != NULL ? rows[i].rule : "no fault");
        if (rows[i].rule == NULL && packet.frame.header_size == 2) {
            assert_true(mqc_packet_encode(&packet, &writer));
            if (writer.size != size || memcmp(bytes, again, size) != 0)
                fail_msg("%s: encodes to other bytes", rows[i].name);
        }
    }
}

/* The last byte given stands right before a page that cannot be read. */
static void test_packet_is_never_read_past_its_end(void **state)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *pages =
        mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    (void)state;
    assert_ptr_not_equal(pages, MAP_FAILED);
    assert_int_equal(mprotect(pages + page, page, PROT_NONE), 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t bytes[BYTES_MAX];
        size_t size = from_hex(rows[i].hex, bytes);

        for (size_t cut = 0; cut <= size; cut++) {
            uint8_t *at = pages + page - cut;
            struct mqc_frame frame = {.version = rows[i].version, .from = rows[i].from};
            struct mqc_packet packet;
            struct mqc_fault items[8];
            struct mqc_faults faults = {.items = items, .capacity = 8};

            memcpy(at, bytes, cut);
            if (cut < size) {
                assert_int_equal(mqc_frame_read((struct mqc_slice){at, cut}, &frame),
                                 MQC_FRAME_INCOMPLETE);
                assert_true(frame.size > cut);
            }
            if (cut < 2 || bytes[1] >= 0x80)
                continue;
            at[1] = (uint8_t)(cut - 2); /* now it is a whole packet of that size */
            frame = (struct mqc_frame){.version = rows[i].version, .from = rows[i].from};
            assert_int_equal(mqc_frame_read((struct mqc_slice){at, cut}, &frame),
                             MQC_FRAME_COMPLETE);
            mqc_packet_decode(&frame, &packet, &faults);
        }
    }
    munmap(pages, 2 * page);
}

static void test_frame_that_is_too_long_is_broken(void **state)
{
    static const uint8_t bytes[] = {0xc0, 0x80, 0x80, 0x80, 0x80, 0x00};
    struct mqc_frame frame = {.version = MQC_V5};

    (void)state;
    for (size_t size = 0; size < 5; size++)
        assert_int_equal(mqc_frame_read((struct mqc_slice){bytes, size}, &frame),
                         MQC_FRAME_INCOMPLETE);
    assert_int_equal(mqc_frame_read((struct mqc_slice){bytes, 5}, &frame), MQC_FRAME_BROKEN);
    assert_int_equal(frame.size, 5);
}

/* A type that the version does not have, and a broken Remaining Length: there is no body to look
 * at, and a printer that looks all the same must find nothing. */
static void test_a_body_that_is_not_looked_at_is_empty(void **state)
{
    static const uint8_t packets[][5] = {{0xf0, 0}, {0x10, 0x80, 0x80, 0x80, 0x80}};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct mqc_frame frame = {.version = MQC_V311, .from = MQC_CLIENT};
        struct mqc_faults faults = {.items = NULL};
        struct mqc_packet packet;

        memset(&packet, 0xff, sizeof(packet));
        mqc_frame_read((struct mqc_slice){packets[i], i == 0 ? 2 : 5}, &frame);
        assert_false(mqc_packet_decode(&frame, &packet, &faults));
        assert_int_equal(packet.connect.protocol_name.size, 0);
        assert_int_equal(packet.connect.flags, 0);
        assert_false(packet.auth.has_reason);
        assert_int_equal(packet.auth.properties.size, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packet_decode_names_the_broken_rule),
        cmocka_unit_test(test_packet_is_never_read_past_its_end),
        cmocka_unit_test(test_frame_that_is_too_long_is_broken),
        cmocka_unit_test(test_a_body_that_is_not_looked_at_is_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
