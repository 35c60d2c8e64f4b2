#include "codec/text_testing.h"

enum { V31 = 1, V311 = 2, V5 = 4, V3 = V31 | V311, ALL = V3 | V5 };

/* What a text becomes, in each version of the set. */
static const struct {
    unsigned versions;
    const char *text;
    const char *hex;
} packets[] = {
    /* CONNECT */
    {V31, "CONNECT", "10 11 | 0006 4d5149736470 03 02 003c | 0003 636964"},
    {V311, "CONNECT", "10 0f | 0004 4d515454 04 02 003c | 0003 636964"},
    {V5, "CONNECT", "10 10 | 0004 4d515454 05 02 003c | 00 | 0003 636964"},
    {V311, "CONNECT session=keep client-id=\"\" keep-alive=0",
     "10 0c | 0004 4d515454 04 00 0000 | 0000"},
    {V5, "CONNECT session=keep client-id=\"\"",
     "10 12 | 0004 4d515454 05 00 003c | 05 11 0000012c | 0000"},
    {V5, "CONNECT receive-maximum=1 session=resume client-id=\"\"",
     "10 15 | 0004 4d515454 05 00 003c | 08 21 0001 11 0000012c | 0000"},
    {V5, "CONNECT session=keep session-expiry-interval=9 client-id=\"\"",
     "10 12 | 0004 4d515454 05 00 003c | 05 11 00000009 | 0000"},
    {V5, "CONNECT clean-start=0 client-id=\"\"", "10 0d | 0004 4d515454 05 00 003c | 00 | 0000"},
    {V311, "CONNECT username=\"u\" password=h'00ff' client-id=\"c\"",
     "10 14 | 0004 4d515454 04 c2 003c | 0001 63 | 0001 75 | 0002 00ff"},
    {V311, "CONNECT will={topic=\"t\" payload=\"p\" qos=2 retain} client-id=\"c\"",
     "10 13 | 0004 4d515454 04 36 003c | 0001 63 | 0001 74 | 0001 70"},
    {V5, "CONNECT will={delay=5 topic=\"t\" user-property=(\"a\",\"b\")} client-id=\"\"",
     "10 1f | 0004 4d515454 05 06 003c | 00 | 0000 | 0c 18 00000005 26 0001 61 0001 62 | 0001 74 "
     "| 0000"},
    {V311, "CONNECT protocol-name=\"MQXX\" protocol-level=9 client-id=\"\"",
     "10 0c | 0004 4d515858 09 02 003c | 0000"},
    {V5, "CONNECT $max client-id=\"\"", "10 10 | 0004 4d515454 05 02 003c | 03 21 0005 | 0000"},
    {V5, "CONNECT $more !property=$more client-id=\"\"",
     "10 13 | 0004 4d515454 05 02 003c | 06 21 0005 21 0005 | 0000"},
    /* CONNACK */
    {V3, "CONNACK", "20 02 00 00"},
    {V5, "CONNACK", "20 03 00 00 00"},
    {V311, "CONNACK session-present", "20 02 01 00"},
    {V3, "CONNACK reason=not-authorized", "20 02 00 05"},
    {V3, "CONNACK reason=client-identifier-not-valid", "20 02 00 02"},
    {V5, "CONNACK reason=client-identifier-not-valid", "20 03 00 85 00"},
    {V5, "CONNACK reason=0x87 maximum-qos=1 assigned-client-identifier=\"a\"",
     "20 09 00 87 06 24 01 12 0001 61"},
    /* PUBLISH */
    {V3, "PUBLISH topic=\"a/b\" payload=\"hi\"", "30 07 0003 612f62 6869"},
    {V5, "PUBLISH topic=\"a/b\" payload=\"hi\"", "30 08 0003 612f62 00 6869"},
    {V3, "PUBLISH dup qos=2 retain id=9 topic=\"a\"", "3d 05 0001 61 0009"},
    {V3, "PUBLISH dup=1 qos=1 retain=0 id=0x10 topic=\"a\"", "3a 05 0001 61 0010"},
    {V5, "PUBLISH topic=\"\" topic-alias=3 subscription-identifier=1 subscription-identifier=128",
     "30 0b 0000 08 23 0003 0b 01 0b 8001"},
    {V3, "PUBLISH $qos id=$n topic=\"${T}/a${n}\"", "32 0a 0006 746f702f6137 0007"},
    {V3, "PUBLISH topic=$s payload=$s*2", "30 0b 0003 737472 737472737472"},
    /* The acknowledgements: short forms */
    {ALL, "PUBACK id=1", "40 02 0001"},
    {ALL, "PUBREC id=1", "50 02 0001"},
    {ALL, "PUBREL id=1", "62 02 0001"},
    {ALL, "PUBCOMP id=65535", "70 02 ffff"},
    {V5, "PUBACK id=1 reason=0", "40 03 0001 00"},
    {V5, "PUBACK id=1 reason=no-matching-subscribers", "40 03 0001 10"},
    {V5, "PUBREC id=1 reason-string=\"x\"", "50 08 0001 00 04 1f 0001 78"},
    {V5, "PUBREL id=1 !property-length=0", "62 04 0001 00 00"},
    {V5, "PUBREL id=1 reason=0x92 !property-length=0", "62 04 0001 92 00"},
    /* SUBSCRIBE and the others with lists */
    {V3, "SUBSCRIBE id=1 [\"a/b\" qos=1]", "82 08 0001 0003 612f62 01"},
    {V5, "SUBSCRIBE id=1 [\"a/b\" qos=1]", "82 09 0001 00 0003 612f62 01"},
    {V3, "SUBSCRIBE id=1 [\"a\", \"b\" qos=2]", "82 0a 0001 0001 61 00 0001 62 02"},
    {V5,
     "SUBSCRIBE id=1 subscription-identifier=200 "
     "[\"a\" no-local retain-as-published retain-handling=2 qos=2]",
     "82 0a 0001 03 0bc801 0001 61 2e"},
    {V3, "SUBSCRIBE id=1 []", "82 02 0001"},
    {V3, "SUBACK id=1 [0, 1, 2]", "90 05 0001 000102"},
    {V311, "SUBACK id=1 [failure, granted-qos-1]", "90 04 0001 8001"},
    {V5, "SUBACK id=1 [not-authorized, 0x8F] reason-string=\"\"", "90 08 0001 03 1f0000 878f"},
    {V3, "UNSUBSCRIBE id=1 [\"a\",\"b\"]", "a2 08 0001 0001 61 0001 62"},
    {V5, "UNSUBSCRIBE id=1 [\"a\"]", "a2 06 0001 00 0001 61"},
    {V3, "UNSUBACK id=1", "b0 02 0001"},
    {V5, "UNSUBACK id=1 [0, no-subscription-existed]", "b0 05 0001 00 0011"},
    /* The rest */
    {ALL, "PINGREQ", "c0 00"},
    {ALL, "PINGRESP", "d0 00"},
    {ALL, "DISCONNECT", "e0 00"},
    {V5, "DISCONNECT reason=0", "e0 01 00"},
    {V5, "DISCONNECT reason=disconnect-with-will-message", "e0 01 04"},
    {V5, "DISCONNECT session-expiry-interval=5", "e0 07 00 05 11 00000005"},
    {V5, "AUTH", "f0 00"},
    {V5, "AUTH reason=continue-authentication authentication-method=\"m\"",
     "f0 06 18 04 15 0001 6d"},
    {ALL, "RAW h'00 ff 10'", "00ff10"},
    {ALL, "RAW h''", ""},
    {ALL, "RAW \"ab\"*2", "61626162"},
};

static const struct {
    unsigned versions;
    const char *text;
    const char *hex;
} malformed[] = {
    {ALL, "PINGREQ !flags=0xF", "cf 00"},
    {ALL, "PINGREQ !type=0", "00 00"},
    {ALL, "PINGREQ !type=15 !flags=1", "f1 00"},
    {ALL, "PINGREQ !append=h'00'", "c0 01 00"},
    {ALL, "PINGREQ !append=\"a\" !append=\"b\"", "c0 02 6162"},
    {ALL, "PINGREQ !length-size=4", "c0 80808000"},
    {ALL, "PINGREQ !length-size=5", "c0 8080808000"},
    {ALL, "PINGREQ !remaining-length=3", "c0 03"},
    {ALL, "PINGREQ !remaining-length=+200", "c0 c801"},
    {ALL, "PINGREQ !remaining-length=268435455", "c0 ffffff7f"},
    {ALL, "PINGREQ !remaining-length=4294967295 !length-size=5", "c0 ffffffff0f"},
    {ALL, "PUBACK id=1 !remaining-length=-1", "40 01 0001"},
    {ALL, "PUBACK id=1 !remaining-length=+$n", "40 09 0001"},
    {ALL, "PUBACK id=1 !cut=1", "40 01 00"},
    {ALL, "PUBACK id=1 !cut=2", "40 00"},
    {ALL, "PUBACK id=1 !cut=1 !append=h'7f'", "40 02 007f"},
    {ALL, "PUBACK id=1 !truncate=1", "40 02 00"},
    {ALL, "PUBACK id=1 !truncate=4", ""},
    {ALL, "PUBACK id=1 !poke=0:41 !poke=2:ffff", "41 02 ffff"},
    {ALL, "PUBACK id=1 !poke=2:aa !truncate=1", "40 02 aa"},
    {ALL, "PUBACK !no-id", "40 00"},
    {ALL, "PUBACK !id=5", "40 02 0005"},
    {V3, "PUBLISH topic=\"a\" !id=7 payload=\"x\"", "30 06 0001 61 0007 78"},
    {V3, "PUBLISH qos=1 topic=\"a\" !no-id", "32 03 0001 61"},
    {V3, "PUBLISH qos=3 id=1 topic=\"a\"", "36 05 0001 61 0001"},
    {V3, "PUBLISH topic=\"a\" !flags=0xF", "3f 03 0001 61"},
    {V3, "PUBLISH topic=h'ff' payload=\"\"", "30 03 0001 ff"},
    {V5, "PUBLISH topic=\"a\" !property-length=+1", "30 04 0001 61 01"},
    {V5, "PUBLISH topic=\"a\" !property-length-size=2", "30 05 0001 61 8000"},
    {V5, "PUBLISH topic=\"a\" topic-alias=1 !property-length=-1", "30 07 0001 61 02 230001"},
    {V5, "PUBLISH topic=\"a\" !no-properties", "30 03 0001 61"},
    {V5, "PUBLISH topic=\"a\" topic-alias=1 !property=topic-alias=2",
     "30 0a 0001 61 06 230001 230002"},
    {V5, "PUBLISH topic=\"a\" !property=receive-maximum=2 topic-alias=1",
     "30 0a 0001 61 06 210002 230001"},
    {V5, "PUBLISH topic=\"a\" !property=h'7f00'", "30 06 0001 61 02 7f00"},
    {V5, "PUBLISH topic=\"a\" !property=delay=1", "30 09 0001 61 05 18 00000001"},
    {V3, "SUBSCRIBE id=1 [\"a\" !options=0xC1, \"b\" !no-options]",
     "82 09 0001 0001 61 c1 0001 62"},
    {V3, "SUBSCRIBE id=1 [\"a\" qos=1] !flags=0", "80 06 0001 0001 61 01"},
    {V311, "CONNECT client-id=\"\" !connect-flags=0x03", "10 0c | 0004 4d515454 04 03 003c | 0000"},
    {V311, "CONNECT client-id=\"\" username=\"u\" !connect-flags=2",
     "10 0f | 0004 4d515454 04 02 003c | 0000 | 0001 75"},
    {V5, "CONNECT client-id=\"\" will={topic=\"t\" !property-length-size=3 !property=h'01'}",
     "10 16 | 0004 4d515454 05 06 003c | 00 | 0000 | 818000 01 | 0001 74 | 0000"},
    {V3, "CONNACK !connack-flags=0x02", "20 02 02 00"},
    {V5, "DISCONNECT reason=0 !no-properties reason-string=\"\"", "e0 04 00 1f0000"},
    {V5, "DISCONNECT !property-length=5", "e0 02 00 05"},
};

static void assert_encodes(const char *text, unsigned versions, const char *hex)
{
    static struct mqc_test_bytes wanted;

    mqc_test_hex(hex, &wanted);
    for (unsigned i = 0; i < 3; i++) {
        struct mqc_slice out = {NULL, 0};
        struct mqc_text_error error;

        if ((versions >> i & 1) == 0)
            continue;
        if (!mqc_test_encode(text, (enum mqc_version)(MQC_V31 + i), &out, &error))
            fail_msg("%s: %zu: %s", text, error.offset, error.message);
        if (!mqc_slice_equal(out, mqc_test_slice(&wanted)))
            fail_msg("%s: other bytes in version %u", text, MQC_V31 + i);
    }
}

static void test_text_encode_writes_every_packet(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++)
        assert_encodes(packets[i].text, packets[i].versions, packets[i].hex);
}

static void test_text_encode_makes_every_fault(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++)
        assert_encodes(malformed[i].text, malformed[i].versions, malformed[i].hex);
}

/* With nothing overridden, the notation and the packets' own encoders write the same. */
static void test_text_encode_agrees_with_packet_encode(void **state)
{
    static struct mqc_test_bytes bytes;

    (void)state;
    for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++) {
        for (unsigned v = 0; v < 3; v++) {
            struct mqc_test_packet test;

            if ((packets[i].versions >> v & 1) == 0 || strncmp(packets[i].text, "RAW", 3) == 0)
                continue;
            mqc_test_hex(packets[i].hex, &bytes);
            mqc_test_decode(mqc_test_slice(&bytes), (enum mqc_version)(MQC_V31 + v),
                            MQC_SIDE_UNKNOWN, &test);
            mqc_test_encodes_to(&test.packet, mqc_test_slice(&bytes));
        }
    }
}

static const struct {
    const char *text;
    size_t least;
    size_t most;
    size_t impossible; /* one size in between that cannot be had, or 0 */
} totals[] = {
    {"PUBLISH topic=\"a\" payload=\"x\"", 7, 400, 130},
    {"PUBLISH topic=\"a\"", 6, 400, 130},
    {"CONNECT client-id=\"c\"", 16, 400, 130},
    {"CONNECT client-id=\"c\" username=\"u\" password=\"p\"", 22, 400, 130},
    {"CONNECT client-id=\"c\" will={topic=\"t\"}", 22, 400, 130},
    {"SUBSCRIBE id=1 [\"a\", \"b\"]", 13, 400, 130},
    {"UNSUBSCRIBE id=1 [\"a\"]", 8, 400, 130},
};

static void test_text_encode_pads_to_the_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(totals) / sizeof(totals[0]); i++) {
        for (size_t total = totals[i].least; total <= totals[i].most; total++) {
            char text[200];
            struct mqc_slice out = {NULL, 0};
            struct mqc_text_error error;
            bool ok;

            snprintf(text, sizeof(text), "%s !total=%zu", totals[i].text, total);
            ok = mqc_test_encode(text, MQC_V5, &out, &error);
            if (ok != (total != totals[i].impossible) || (ok && out.size != total))
                fail_msg("%s: %zu: %s", text, out.size, ok ? "" : error.message);
        }
    }
}

/* A string among properties has three lengths in front of it: two of them may grow. */
static void test_text_encode_pads_properties(void **state)
{
    static const size_t sizes[] = {30, 128, 129, 132, 200, 300, 16000, 17000, 65000};

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        char text[200];
        struct mqc_slice out = {NULL, 0};
        struct mqc_text_error error;

        snprintf(text, sizeof(text),
                 "DISCONNECT reason-string=\"x\" user-property=(\"k\",\"v\") !total=%zu", sizes[i]);
        if (!mqc_test_encode(text, MQC_V5, &out, &error))
            fail_msg("%s: %s", text, error.message);
        assert_int_equal(out.size, sizes[i]);
    }
}

static void test_text_encode_needs_memory_twice_the_packet(void **state)
{
    struct mqc_test_scope variables = mqc_test_scope();
    struct mqc_text_scope scope = mqc_test_text_scope(&variables, MQC_V311);
    struct mqc_text_memory memory = {.size = 2 * 2097157 + 4096};
    struct mqc_slice out;
    struct mqc_text_error error;

    (void)state;
    memory.data = malloc(memory.size);
    assert_non_null(memory.data);
    assert_true(mqc_text_encode(mqc_slice_text("PUBLISH topic=\"a\" !total=2097157"), &scope,
                                &memory, &out, &error));
    assert_int_equal(out.size, 2097157);
    assert_memory_equal(out.data, "\x30\x80\x80\x80\x01\x00\x01\x61", 8);
    memory.used = 0;
    assert_false(mqc_text_encode(mqc_slice_text("PUBLISH topic=\"a\" payload=fill(268435455)"),
                                 &scope, &memory, &out, &error));
    assert_true(error.no_memory);
    memory.used = 0;
    assert_false(mqc_text_encode(mqc_slice_text("PUBLISH topic=\"a\" payload=fill(268435461)"),
                                 &scope, &memory, &out, &error));
    assert_false(error.no_memory);
    free(memory.data);
}

static void test_text_encode_says_when_memory_is_short(void **state)
{
    static const char text[] =
        "PUBLISH topic=\"${T}/a\" payload=fill(100) user-property=(\"a\",\"b\")";
    static uint8_t block[2000];
    struct mqc_test_scope variables = mqc_test_scope();
    struct mqc_text_scope scope = mqc_test_text_scope(&variables, MQC_V5);
    bool ok = false;

    (void)state;
    for (size_t size = 0; size < sizeof(block) && !ok; size++) {
        /* At the block's end, so that a byte past it is seen. */
        struct mqc_text_memory memory = {.data = block + sizeof(block) - size, .size = size};
        struct mqc_slice out;
        struct mqc_text_error error;

        ok = mqc_text_encode(mqc_slice_text(text), &scope, &memory, &out, &error);
        assert_true(memory.used <= memory.size);
        assert_true(ok || error.no_memory);
    }
    assert_true(ok);
}

static void test_text_encode_leaves_unbound_variables_to_the_caller(void **state)
{
    struct mqc_slice out;
    struct mqc_text_error error;

    (void)state;
    assert_false(mqc_test_encode("PUBACK id=$u", MQC_V311, &out, &error));
    assert_true(error.unbound);
    assert_string_equal(error.message, "\"$u\" has no value yet");
    assert_int_equal(error.offset, 10);
    assert_false(mqc_test_encode("PUBLISH topic=\"a${u}\"", MQC_V311, &out, &error));
    assert_true(error.unbound);
    /* Another error is told first: it will not go away. */
    assert_false(mqc_test_encode("PUBACK id=$u nonsense", MQC_V311, &out, &error));
    assert_false(error.unbound);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_encode_writes_every_packet),
        cmocka_unit_test(test_text_encode_makes_every_fault),
        cmocka_unit_test(test_text_encode_agrees_with_packet_encode),
        cmocka_unit_test(test_text_encode_pads_to_the_byte),
        cmocka_unit_test(test_text_encode_pads_properties),
        cmocka_unit_test(test_text_encode_needs_memory_twice_the_packet),
        cmocka_unit_test(test_text_encode_says_when_memory_is_short),
        cmocka_unit_test(test_text_encode_leaves_unbound_variables_to_the_caller),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
