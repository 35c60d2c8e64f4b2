#include "codec/text_testing.h"

/* What a packet's bytes are in notation; every row is also encoded back. */
struct row {
    enum mqc_version version;
    const char *hex;
    const char *text;
};

static const struct row good[] = {
    {MQC_V31, "10 12 | 0006 4d5149736470 03 02 003c | 0004 61626364",
     "CONNECT clean-start keep-alive=60 client-id=\"abcd\""},
    {MQC_V311, "10 0c | 0004 4d515454 04 00 0000 | 0000",
     "CONNECT clean-start=0 keep-alive=0 client-id=\"\""},
    {MQC_V311, "10 19 | 0004 4d515454 04 f6 003c | 0001 63 | 0001 74 | 0001 70 | 0001 75 | 0001 77",
     "CONNECT clean-start keep-alive=60 client-id=\"c\" username=\"u\" password=\"w\" "
     "will={topic=\"t\" payload=\"p\" qos=2 retain}"},
    {MQC_V5,
     "10 1b | 0004 4d515454 05 06 003c | 03 21 0005 | 0000 | 05 18 00000009 | 0001 74 | 0000",
     "CONNECT clean-start keep-alive=60 client-id=\"\" receive-maximum=5 "
     "will={topic=\"t\" delay=9}"},
    {MQC_V311, "20 02 01 00", "CONNACK session-present reason=0"},
    {MQC_V311, "20 02 00 05", "CONNACK reason=5"},
    {MQC_V5, "20 0a 00 8e 07 1f 0001 78 21 0002",
     "CONNACK reason=0x8E reason-string=\"x\" "
     "receive-maximum=2"},
    {MQC_V311, "30 07 0003 612f62 6869", "PUBLISH topic=\"a/b\" payload=\"hi\""},
    {MQC_V311, "3d 05 0001 61 0009", "PUBLISH dup qos=2 retain id=9 topic=\"a\""},
    {MQC_V5, "32 13 0000 0001 0e 23 0003 0b 01 0b 8001 26 0001 6b 0000",
     "PUBLISH qos=1 id=1 topic=\"\" topic-alias=3 subscription-identifier=1 "
     "subscription-identifier=128 user-property=(\"k\",\"\")"},
    {MQC_V311, "40 02 0001", "PUBACK id=1"},
    {MQC_V5, "50 03 ffff 10", "PUBREC id=65535 reason=0x10"},
    {MQC_V5, "62 04 0001 92 00", "PUBREL id=1 reason=0x92 !property-length=0"},
    {MQC_V5, "70 08 0001 00 04 1f 0001 78", "PUBCOMP id=1 reason=0 reason-string=\"x\""},
    {MQC_V311, "82 0a 0001 0001 61 00 0001 62 02", "SUBSCRIBE id=1 [\"a\" qos=0, \"b\" qos=2]"},
    {MQC_V5, "82 0a 0001 03 0bc801 0001 61 2e",
     "SUBSCRIBE id=1 subscription-identifier=200 "
     "[\"a\" qos=2 no-local retain-as-published retain-handling=2]"},
    {MQC_V311, "90 06 0001 00010280", "SUBACK id=1 [0, 1, 2, 0x80]"},
    {MQC_V5, "90 05 0001 00 0287", "SUBACK id=1 [2, 0x87]"},
    {MQC_V311, "a2 08 0001 0001 61 0001 62", "UNSUBSCRIBE id=1 [\"a\", \"b\"]"},
    {MQC_V311, "b0 02 0001", "UNSUBACK id=1"},
    {MQC_V5, "b0 05 0001 00 0011", "UNSUBACK id=1 [0, 0x11]"},
    {MQC_V311, "c0 00", "PINGREQ"},
    {MQC_V31, "d0 00", "PINGRESP"},
    {MQC_V311, "e0 00", "DISCONNECT"},
    {MQC_V5, "e0 01 04", "DISCONNECT reason=4"},
    {MQC_V5, "e0 02 00 00", "DISCONNECT reason=0 !property-length=0"},
    {MQC_V5, "f0 0a 18 08 15 0001 6d 16 0001 ff",
     "AUTH reason=0x18 authentication-method=\"m\" authentication-data=h'FF'"},
    /* Strings: text where it can be shown, hex where not */
    {MQC_V311, "30 09 0001 61 09220a5c0d24", "PUBLISH topic=\"a\" payload=\"\\t\\\"\\n\\\\\\r$\""},
    {MQC_V311, "30 07 0001 61 247b6d7d", "PUBLISH topic=\"a\" payload=\"\\${m}\""},
    {MQC_V311, "30 08 0001 61 6162630064", "PUBLISH topic=\"a\" payload=\"abc\\0d\""},
    {MQC_V311, "30 07 0001 61 00010203", "PUBLISH topic=\"a\" payload=h'00010203'"},
    {MQC_V311, "30 0a 0001 61 c3a9 c285 efbbbf",
     "PUBLISH topic=\"a\" payload=\"\xc3\xa9\\u{85}\\u{FEFF}\""},
    {MQC_V311, "30 07 0001 61 f09f9880", "PUBLISH topic=\"a\" payload=\"\xf0\x9f\x98\x80\""},
    {MQC_V311, "30 05 0002 c328 61", "PUBLISH topic=h'C328' payload=\"a\""},
};

static const struct row malformed[] = {
    {MQC_V311, "cf 00", "PINGREQ !flags=0x0F"},
    {MQC_V311, "c0 02 0102", "PINGREQ !append=h'0102'"},
    {MQC_V311, "c0 8000", "PINGREQ !length-size=2"},
    {MQC_V311, "c0 80808000", "PINGREQ !length-size=4"},
    {MQC_V311, "80 06 0001 0001 61 01", "SUBSCRIBE id=1 [\"a\" qos=1] !flags=0x00"},
    {MQC_V311, "82 06 0001 0001 61 81", "SUBSCRIBE id=1 [\"a\" !options=0x81]"},
    {MQC_V5, "82 07 0001 00 0001 61 33", "SUBSCRIBE id=1 [\"a\" qos=3 retain-handling=3]"},
    {MQC_V311, "82 02 0001", "SUBSCRIBE id=1 []"},
    {MQC_V311, "82 08 0001 0001 61 00 0005", "SUBSCRIBE id=1 [\"a\" qos=0] !append=h'0005'"},
    {MQC_V311, "36 05 0001 61 0000", "PUBLISH qos=3 id=0 topic=\"a\""},
    {MQC_V311, "10 0c | 0004 4d515454 04 03 003c | 0000",
     "CONNECT clean-start keep-alive=60 client-id=\"\" !connect-flags=0x03"},
    {MQC_V311, "10 0c | 0004 4d515454 04 38 003c | 0000",
     "CONNECT clean-start=0 keep-alive=60 client-id=\"\" !connect-flags=0x38"},
    {MQC_V31, "10 0e | 0006 4d5149736470 03 c2 003c | 0000",
     "CONNECT clean-start keep-alive=60 client-id=\"\" !connect-flags=0xC2"},
    {MQC_V311, "10 0c | 0004 4d515458 09 02 003c | 0000",
     "CONNECT protocol-name=\"MQTX\" protocol-level=9 clean-start keep-alive=60 client-id=\"\""},
    {MQC_V311, "20 02 02 00", "CONNACK reason=0 !connack-flags=0x02"},
    {MQC_V31, "20 02 01 00", "CONNACK reason=0 !connack-flags=0x01"},
    {MQC_V5, "20 02 00 00", "CONNACK reason=0 !no-properties"},
    {MQC_V5, "20 09 00 00 06 21 0001 21 0002",
     "CONNACK reason=0 receive-maximum=1 !property=receive-maximum=2"},
    {MQC_V5, "20 06 00 00 03 23 0001", "CONNACK reason=0 !property=topic-alias=1"},
    {MQC_V5, "20 05 00 00 02 7f01", "CONNACK reason=0 !property=h'7F01'"},
    {MQC_V5, "30 08 0001 61 03 0b 8100 78",
     "PUBLISH topic=\"a\" !property=h'0B8100' payload=\"x\""},
    {MQC_V5, "30 05 0001 61 8000", "PUBLISH topic=\"a\" !property-length-size=2"},
    {MQC_V5, "30 06 0001 61 05 01 00",
     "PUBLISH topic=\"a\" payload-format-indicator=0 !property-length=5"},
    {MQC_V311, "00 00", "RAW h'0000'"},
    {MQC_V311, "f0 00", "RAW h'F000'"},
    {MQC_V311, "40 01 00", "RAW h'400100'"},
    {MQC_V311, "30 03 0005 61", "RAW h'3003000561'"},
};

static const struct mqc_text_style plain = {.conceal = false};

static char text[MQC_TEST_BYTES_MAX];

/* Prints the packet in `bytes` and encodes the text: true if the same bytes come back. */
static bool comes_back(struct mqc_slice bytes, enum mqc_version version, enum mqc_side from)
{
    static struct mqc_test_packet test;
    static uint8_t block[1 << 18];
    struct mqc_text_memory memory = {.data = block, .size = sizeof(block)};
    struct mqc_slice out;
    struct mqc_text_error error;
    size_t size;

    mqc_test_decode(bytes, version, from, &test);
    size = mqc_text_print(&test.packet, plain, text, sizeof(text));
    if (size >= sizeof(text))
        return false;
    return mqc_text_encode((struct mqc_slice){(const uint8_t *)text, size},
                           &(struct mqc_text_scope){.version = test.packet.version, .from = from},
                           &memory, &out, &error) &&
           mqc_slice_equal(out, bytes);
}

static void assert_prints(const struct row *rows, size_t count)
{
    static struct mqc_test_bytes bytes;

    for (size_t i = 0; i < count; i++) {
        for (unsigned from = MQC_SIDE_UNKNOWN; from <= MQC_SERVER; from++) {
            mqc_test_hex(rows[i].hex, &bytes);
            if (!comes_back(mqc_test_slice(&bytes), rows[i].version, (enum mqc_side)from))
                fail_msg("%s gives back other bytes: %s", rows[i].hex, text);
            assert_string_equal(text, rows[i].text);
        }
    }
}

static void test_text_print_shows_every_packet(void **state)
{
    (void)state;
    assert_prints(good, sizeof(good) / sizeof(good[0]));
}

static void test_text_print_shows_faults_as_overrides(void **state)
{
    (void)state;
    assert_prints(malformed, sizeof(malformed) / sizeof(malformed[0]));
}

/* --- what comes back from anything -------------------------------------------------------- */

static uint32_t next_random(void)
{
    static uint64_t x = 88172645463325252u;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return (uint32_t)(x >> 16);
}

/* Puts `more` in place of `less` bytes at `at`. */
static void splice(struct mqc_test_bytes *bytes, size_t at, size_t less, size_t more)
{
    memmove(bytes->data + at + more, bytes->data + at + less, bytes->size - at - less);
    for (size_t i = 0; i < more; i++)
        bytes->data[at + i] = (uint8_t)(next_random() % 2 == 0 ? next_random() : next_random() % 8);
    bytes->size = bytes->size - less + more;
}

static void mutate(struct mqc_test_bytes *body)
{
    size_t at = body->size > 0 ? next_random() % body->size : 0;
    size_t left = body->size - at;

    switch (next_random() % 6) {
    case 0:
        splice(body, at, left > 0, left > 0);
        break;
    case 1:
        splice(body, at, 0, next_random() % 4);
        break;
    case 2:
        splice(body, at, left > 0 ? next_random() % left % 4 : 0, 0);
        break;
    case 3:
        if (left > 0)
            body->data[at] = (uint8_t)(body->data[at] ^ 1u << next_random() % 8);
        break;
    case 4: /* a part of it once more, such as a property */
        if (left > 0 && body->size < 300) {
            size_t size = next_random() % left + 1;

            splice(body, at, 0, size);
            memcpy(body->data + at, body->data + at + size, size);
        }
        break;
    default: /* cut */
        body->size = at;
        break;
    }
}

/* Body and header apart, so that what was mutated is a packet again. */
static struct mqc_slice frame(const struct mqc_test_bytes *body, uint8_t first)
{
    static uint8_t room[2000];
    struct mqc_writer writer = mqc_writer_init(room, sizeof(room));

    mqc_writer_u8(&writer, first);
    if (next_random() % 16 == 0)
        mqc_writer_varint_padded(&writer, (uint32_t)body->size, 2 + next_random() % 3);
    else
        mqc_writer_varint(&writer, (uint32_t)body->size);
    mqc_writer_bytes(&writer, mqc_test_slice(body));
    assert_false(writer.failed);
    return (struct mqc_slice){room, writer.size};
}

static void test_text_print_of_anything_gives_back_its_bytes(void **state)
{
    static struct mqc_test_bytes bytes;
    static struct mqc_test_bytes body;
    const size_t count = sizeof(good) / sizeof(good[0]);

    (void)state;
    for (unsigned round = 0; round < 200000; round++) {
        const struct row *row = &good[round % count];
        uint8_t first;

        mqc_test_hex(row->hex, &bytes);
        first = bytes.data[0];
        body.size = bytes.size - 2;
        memcpy(body.data, bytes.data + 2, body.size);
        for (unsigned i = next_random() % 4; i > 0; i--)
            mutate(&body);
        if (next_random() % 16 == 0)
            first = (uint8_t)next_random();
        if (!comes_back(frame(&body, first), (enum mqc_version)(MQC_V31 + next_random() % 3),
                        (enum mqc_side)(next_random() % 3)))
            fail_msg("round %u: %s", round, text);
    }
}

/* --- style -------------------------------------------------------------------------------- */

static const struct {
    const char *hex;
    const char *text;
} concealed[] = {
    {"10 12 | 0004 4d515454 05 42 003c | 00 | 0000 | 0003 736563",
     "CONNECT clean-start keep-alive=60 client-id=\"\" password=<concealed>"},
    {"f0 0a 18 08 15 0001 6d 16 0001 ff",
     "AUTH reason=0x18 authentication-method=\"m\" authentication-data=<concealed>"},
    {"20 05 00 00 02 7f01", "CONNACK reason=0 !property=<concealed>"},
    {"10 12 | 0004 4d515454 05 02 003c | 00 | 0000 | 0003 736563",
     "CONNECT clean-start keep-alive=60 client-id=\"\" !append=<concealed>"},
    {"10 11 | 0004 4d515454 05 42 003c | 00 | 0000 | 0003 7365",
     "CONNECT clean-start keep-alive=60 client-id=\"\" !connect-flags=0x42 !append=<concealed>"},
    {"10 0e | 0004 4d515454 05 42 003c | 00 | 0003 61", "RAW <concealed>"},
    {"30 03 0005 61", "RAW h'3003000561'"},
};

static void test_text_print_conceals_what_is_secret(void **state)
{
    static struct mqc_test_bytes bytes;
    static struct mqc_test_packet test;
    const struct mqc_text_style style = {.conceal = true};

    (void)state;
    for (size_t i = 0; i < sizeof(concealed) / sizeof(concealed[0]); i++) {
        mqc_test_hex(concealed[i].hex, &bytes);
        mqc_test_decode(mqc_test_slice(&bytes), MQC_V5, MQC_SIDE_UNKNOWN, &test);
        mqc_text_print(&test.packet, style, text, sizeof(text));
        assert_string_equal(text, concealed[i].text);
    }
}

static const struct {
    size_t limit;
    const char *hex;
    const char *text;
} shortened[] = {
    {3, "30 07 0001 61 61626364", "PUBLISH topic=\"a\" payload=\"abc…\" (4 bytes)"},
    {4, "30 07 0001 61 61626364", "PUBLISH topic=\"a\" payload=\"abcd\""},
    {2, "30 06 0001 61 61c3a9", "PUBLISH topic=\"a\" payload=\"a…\" (3 bytes)"},
    {2, "30 06 0001 61 00ff00", "PUBLISH topic=\"a\" payload=h'00FF…' (3 bytes)"},
    {2, "40 01 00", "RAW h'4001…' (3 bytes)"},
};

static void test_text_print_shortens_what_is_long(void **state)
{
    static struct mqc_test_bytes bytes;
    static struct mqc_test_packet test;

    (void)state;
    for (size_t i = 0; i < sizeof(shortened) / sizeof(shortened[0]); i++) {
        const struct mqc_text_style style = {.limit = shortened[i].limit};

        mqc_test_hex(shortened[i].hex, &bytes);
        mqc_test_decode(mqc_test_slice(&bytes), MQC_V311, MQC_SIDE_UNKNOWN, &test);
        mqc_text_print(&test.packet, style, text, sizeof(text));
        assert_string_equal(text, shortened[i].text);
    }
}

static void test_text_print_counts_as_snprintf_does(void **state)
{
    static const uint8_t packet[] = {0x30, 0x05, 0x00, 0x01, 'a', 0xc3, 0xa9};
    static const char whole[] = "PUBLISH topic=\"a\" payload=\"\xc3\xa9\"";
    static struct mqc_test_packet test;

    (void)state;
    mqc_test_decode((struct mqc_slice){packet, sizeof(packet)}, MQC_V311, MQC_SIDE_UNKNOWN, &test);
    assert_int_equal(mqc_text_print(&test.packet, plain, NULL, 0), sizeof(whole) - 1);
    for (size_t size = 1; size <= sizeof(whole); size++) {
        size_t end = size - 1;

        text[size] = '!';
        assert_int_equal(mqc_text_print(&test.packet, plain, text, size), sizeof(whole) - 1);
        assert_int_equal(text[size], '!');
        /* It ends with a whole character. */
        if (size == sizeof(whole) - 2)
            end--;
        assert_int_equal(strlen(text), end);
        assert_memory_equal(text, whole, end);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_print_shows_every_packet),
        cmocka_unit_test(test_text_print_shows_faults_as_overrides),
        cmocka_unit_test(test_text_print_of_anything_gives_back_its_bytes),
        cmocka_unit_test(test_text_print_conceals_what_is_secret),
        cmocka_unit_test(test_text_print_shortens_what_is_long),
        cmocka_unit_test(test_text_print_counts_as_snprintf_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
