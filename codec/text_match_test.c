#include "codec/text_testing.h"

#define NONE ""

/* What an expectation says to a packet. */
static const struct {
    enum mqc_version version;
    const char *sent;  /* the packet, as a text that is encoded and decoded */
    const char *text;  /* the expectation */
    const char *field; /* NULL: it matches */
    const char *expected;
    const char *actual;
} rows[] = {
    /* Types */
    {MQC_V311, "PINGRESP", "PINGRESP", NULL, NONE, NONE},
    {MQC_V311, "PUBLISH topic=\"a\" payload=\"x\"", "PUBACK id=1", "packet", "PUBACK",
     "PUBLISH topic=\"a\" payload=\"x\""},
    {MQC_V311, "PINGRESP", "RAW h'd000'", NULL, NONE, NONE},
    {MQC_V311, "PINGRESP", "RAW h'd001'", "packet", "RAW with other bytes", "PINGRESP"},
    /* What is not named is not looked at */
    {MQC_V311, "PUBLISH dup qos=2 retain id=3 topic=\"a\"", "PUBLISH", NULL, NONE, NONE},
    {MQC_V5, "CONNACK reason=0 receive-maximum=9", "CONNACK", NULL, NONE, NONE},
    /* Flags and numbers */
    {MQC_V311, "PUBLISH retain topic=\"a\"", "PUBLISH retain", NULL, NONE, NONE},
    {MQC_V311, "PUBLISH retain topic=\"a\"", "PUBLISH retain=0", "retain", "0", "1"},
    {MQC_V311, "PUBLISH topic=\"a\"", "PUBLISH retain", "retain", "1", "0"},
    {MQC_V311, "PUBLISH qos=1 id=1 topic=\"a\"", "PUBLISH qos=0..1", NULL, NONE, NONE},
    {MQC_V311, "PUBLISH qos=2 id=1 topic=\"a\"", "PUBLISH qos=0..1", "qos", "0..1", "2"},
    {MQC_V311, "PUBLISH qos=2 id=1 topic=\"a\"", "PUBLISH qos=(0,2)", NULL, NONE, NONE},
    {MQC_V311, "PUBLISH qos=1 id=1 topic=\"a\"", "PUBLISH qos=(0,2)", "qos", "(0,2)", "1"},
    {MQC_V311, "PUBLISH topic=\"a\"", "PUBLISH id=absent", NULL, NONE, NONE},
    {MQC_V311, "PUBLISH topic=\"a\"", "PUBLISH id=_", "id", "_", "absent"},
    {MQC_V311, "PUBLISH qos=1 id=1 topic=\"a\"", "PUBLISH id=absent", "id", "absent", "1"},
    {MQC_V311, "PUBACK id=7", "PUBACK id=$n", NULL, NONE, NONE},
    {MQC_V311, "PUBACK id=8", "PUBACK id=$n", "id", "7", "8"},
    /* Strings */
    {MQC_V311, "PUBLISH topic=\"top/a\"", "PUBLISH topic=\"${T}/a\"", NULL, NONE, NONE},
    {MQC_V311, "PUBLISH topic=\"top/b\"", "PUBLISH topic=\"${T}/a\"", "topic", "\"top/a\"",
     "\"top/b\""},
    {MQC_V311, "PUBLISH topic=\"b\"", "PUBLISH topic=(\"a\",\"b\")", NULL, NONE, NONE},
    {MQC_V311, "PUBLISH topic=\"c\"", "PUBLISH topic=(\"a\",\"b\")", "topic", "(\"a\",\"b\")",
     "\"c\""},
    {MQC_V311, "PUBLISH topic=\"c\" payload=h'ff'", "PUBLISH payload=\"\"", "payload", "\"\"",
     "h'FF'"},
    /* Reason Codes */
    {MQC_V5, "CONNACK reason=0x87", "CONNACK reason=not-authorized", NULL, NONE, NONE},
    {MQC_V311, "CONNACK reason=5", "CONNACK reason=not-authorized", NULL, NONE, NONE},
    {MQC_V5, "CONNACK reason=0x80", "CONNACK reason=(0x81,banned)", "reason", "(0x81,0x8A)",
     "0x80"},
    {MQC_V5, "PUBACK id=1", "PUBACK reason=0", NULL, NONE, NONE},
    {MQC_V5, "PUBACK id=1", "PUBACK reason=(0,0x10)", NULL, NONE, NONE},
    {MQC_V5, "PUBACK id=1", "PUBACK id=not(2,7..9)", NULL, NONE, NONE},
    {MQC_V5, "PUBACK id=8", "PUBACK id=not(2,7..9)", "id", "not(2,7..9)", "8"},
    {MQC_V5, "PUBACK id=1 reason=0 reason-string=\"a\"", "PUBACK reason-string=not(\"b\")", NULL,
     NONE, NONE},
    {MQC_V5, "PUBACK id=1", "PUBACK reason-string=not(\"b\")", "reason-string", "not(\"b\")",
     "absent"},
    {MQC_V5, "PUBACK id=1", "PUBACK reason=absent", NULL, NONE, NONE},
    {MQC_V5, "PUBACK id=1", "PUBACK reason=_", "reason", "_", "absent"},
    {MQC_V5, "PUBACK id=1 reason=0", "PUBACK reason=absent", "reason", "absent", "0"},
    {MQC_V5, "DISCONNECT reason=0x8E", "DISCONNECT reason=session-taken-over", NULL, NONE, NONE},
    /* Properties */
    {MQC_V5, "CONNACK receive-maximum=9", "CONNACK receive-maximum=9", NULL, NONE, NONE},
    {MQC_V5, "CONNACK receive-maximum=9", "CONNACK receive-maximum=10", "receive-maximum", "10",
     "9"},
    {MQC_V5, "CONNACK", "CONNACK receive-maximum=10", "receive-maximum", "10", "absent"},
    {MQC_V5, "CONNACK", "CONNACK receive-maximum=(absent,10)", NULL, NONE, NONE},
    {MQC_V5, "CONNACK maximum-qos=1", "CONNACK maximum-qos=absent", "maximum-qos", "absent", "1"},
    {MQC_V5, "CONNACK maximum-qos=1", "CONNACK maximum-qos=_", NULL, NONE, NONE},
    {MQC_V5, "CONNACK user-property=(\"a\",\"1\") user-property=(\"a\",\"2\")",
     "CONNACK user-property=(\"a\",\"1\")", NULL, NONE, NONE},
    {MQC_V5, "CONNACK user-property=(\"a\",\"1\") user-property=(\"a\",\"2\")",
     "CONNACK user-property=(\"a\",\"1\") user-property=(_,\"2\")", NULL, NONE, NONE},
    {MQC_V5, "CONNACK user-property=(\"a\",\"1\") user-property=(\"a\",\"2\")",
     "CONNACK user-property=(\"a\",\"2\")", "user-property", "(\"a\",\"2\")", "(\"a\",\"1\")"},
    {MQC_V5, "CONNACK user-property=(\"a\",\"1\")",
     "CONNACK user-property=_ user-property=(\"b\",\"c\")", "user-property", "(\"b\",\"c\")",
     "absent"},
    {MQC_V5, "PUBLISH topic=\"a\" subscription-identifier=1 subscription-identifier=2",
     "PUBLISH subscription-identifier=2 subscription-identifier=1", NULL, NONE, NONE},
    {MQC_V5, "PUBLISH topic=\"a\" subscription-identifier=1 subscription-identifier=2",
     "PUBLISH subscription-identifier=3", "subscription-identifier", "3", "1"},
    {MQC_V5, "PUBLISH topic=\"a\"", "PUBLISH subscription-identifier=absent", NULL, NONE, NONE},
    {MQC_V5, "AUTH reason=0x18 authentication-method=\"m\" authentication-data=\"secret\"",
     "AUTH authentication-data=\"other\"", "authentication-data", "<concealed>", "<concealed>"},
    /* The size of the whole packet */
    {MQC_V5, "PUBACK id=1 reason=0x10", "PUBACK !total=5", NULL, NONE, NONE},
    {MQC_V5, "PUBACK id=1 reason=0x10", "PUBACK !total=0..4", "!total", "0..4", "5"},
    {MQC_V311, "PUBACK id=1", "PUBACK !total=$n", "!total", "7", "4"},
    {MQC_V31, "PUBREL id=1 !flags=0xA", "PUBREL !flags=0xA", NULL, NONE, NONE},
    {MQC_V31, "PUBREL id=1", "PUBREL !flags=(0xA,0xB)", "!flags", "(10,11)", "2"},
    /* Lists */
    {MQC_V311, "SUBACK id=1 [0, 1, 0x80]", "SUBACK [0, 0..2, failure]", NULL, NONE, NONE},
    {MQC_V311, "SUBACK id=1 [0, 1]", "SUBACK [_, 1]", NULL, NONE, NONE},
    {MQC_V311, "SUBACK id=1 [0, 1]", "SUBACK [_]", "[codes]", "[_]", "[0, 1]"},
    {MQC_V311, "SUBACK id=1 [0]", "SUBACK [0, (1,2)]", "[codes]", "[0, (1,2)]", "[0]"},
    {MQC_V311, "SUBACK id=1 [0x80]", "SUBACK [0..2]", "[codes]", "[0..2]", "[0x80]"},
    {MQC_V5, "SUBSCRIBE id=1 [\"a\" qos=1 no-local]", "SUBSCRIBE [\"a\" no-local]", NULL, NONE,
     NONE},
    {MQC_V5, "SUBSCRIBE id=1 [\"a\" qos=1]", "SUBSCRIBE [\"a\" qos=2]", "[filters]",
     "[\"a\" qos=2]", "[\"a\" qos=1]"},
    {MQC_V311, "UNSUBSCRIBE id=1 [\"a\", \"b\"]", "UNSUBSCRIBE [\"a\", \"c\"]", "[filters]",
     "[\"a\", \"c\"]", "[\"a\", \"b\"]"},
    /* CONNECT */
    {MQC_V311, "CONNECT", "CONNECT session=fresh client-id=\"cid\" keep-alive=60", NULL, NONE,
     NONE},
    {MQC_V311, "CONNECT session=keep", "CONNECT session=resume", NULL, NONE, NONE},
    {MQC_V311, "CONNECT", "CONNECT session=keep", "session", "keep", "fresh"},
    {MQC_V5, "CONNECT session=keep", "CONNECT session=keep", NULL, NONE, NONE},
    {MQC_V5, "CONNECT clean-start=0", "CONNECT session=keep", "session", "keep",
     "clean-start=0 without session-expiry-interval"},
    {MQC_V5, "CONNECT session-expiry-interval=5", "CONNECT session=fresh", "session", "fresh",
     "clean-start with a session-expiry-interval"},
    {MQC_V5, "CONNECT session-expiry-interval=0", "CONNECT session=fresh", NULL, NONE, NONE},
    {MQC_V311, "CONNECT username=\"u\" password=\"p\"", "CONNECT username=\"u\" password=\"q\"",
     "password", "<concealed>", "<concealed>"},
    {MQC_V311, "CONNECT username=\"u\"", "CONNECT password=absent will=absent", NULL, NONE, NONE},
    {MQC_V311, "CONNECT", "CONNECT will=_", "will", "present", "absent"},
    {MQC_V311, "CONNECT will={topic=\"t\"}", "CONNECT will=absent", "will", "absent", "present"},
    {MQC_V5, "CONNECT will={topic=\"t\" payload=\"p\" qos=1 delay=3}",
     "CONNECT will={topic=\"t\" qos=1 delay=3}", NULL, NONE, NONE},
    {MQC_V5, "CONNECT will={topic=\"t\" delay=3}", "CONNECT will={delay=4}", "will delay", "4",
     "3"},
    {MQC_V5, "CONNECT will={topic=\"t\"}", "CONNECT will={topic=\"u\"}", "will topic", "\"u\"",
     "\"t\""},
    /* Variables */
    {MQC_V311, "PUBLISH qos=1 id=5 topic=\"a\"", "PUBLISH id=$u topic=$v", NULL, NONE, NONE},
    {MQC_V311, "SUBACK id=1 [1, 1]", "SUBACK [$u, $u]", NULL, NONE, NONE},
    {MQC_V311, "SUBACK id=1 [1, 2]", "SUBACK [$u, $u]", "[codes]", "[1, 1]", "[1, 2]"},
    {MQC_V311, "PUBLISH qos=1 id=5 topic=\"a\"", "PUBLISH id=$u topic=\"b\"", "topic", "\"b\"",
     "\"a\""},
    {MQC_V311, "PUBLISH qos=1 id=5 topic=\"a\" payload=\"b\"", "PUBLISH topic=$u payload=$u",
     "payload", "\"a\"", "\"b\""},
    {MQC_V311, "PUBLISH qos=1 id=5 topic=\"a\"", "PUBLISH $qos", NULL, NONE, NONE},
    {MQC_V311, "PUBLISH topic=\"a\"", "PUBLISH $qos", "qos", "1", "0"},
};

static uint8_t block[1 << 16];

/* Encodes `sent`, decodes it and compares. */
static enum mqc_text_result match(const char *sent, const char *text, enum mqc_version version,
                                  struct mqc_test_scope *variables,
                                  struct mqc_text_mismatch *mismatch, struct mqc_text_error *error)
{
    static struct mqc_test_packet test;
    struct mqc_text_scope scope = mqc_test_text_scope(variables, version);
    struct mqc_text_memory memory = {.data = block, .size = sizeof(block)};
    struct mqc_slice bytes;

    if (!mqc_test_encode(sent, version, &bytes, error))
        fail_msg("%s: %s", sent, error->message);
    mqc_test_decode(bytes, version, MQC_SIDE_UNKNOWN, &test);
    return mqc_text_match(mqc_slice_text(text), &scope, &test.packet, &memory, mismatch, error);
}

static void test_text_match_names_the_first_difference(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mqc_test_scope variables = mqc_test_scope();
        struct mqc_text_mismatch mismatch;
        struct mqc_text_error error;
        enum mqc_text_result result =
            match(rows[i].sent, rows[i].text, rows[i].version, &variables, &mismatch, &error);

        if (result == MQC_TEXT_ERROR)
            fail_msg("%s: %s", rows[i].text, error.message);
        if (result != (rows[i].field == NULL ? MQC_TEXT_MATCH : MQC_TEXT_MISMATCH))
            fail_msg("%s with %s: %s", rows[i].sent, rows[i].text, mismatch.field);
        if (rows[i].field == NULL)
            continue;
        assert_string_equal(mismatch.field, rows[i].field);
        mqc_test_text_equal(mismatch.expected, rows[i].expected);
        mqc_test_text_equal(mismatch.actual, rows[i].actual);
        assert_int_equal(variables.bound, 0);
    }
}

static void test_text_match_binds_variables_of_a_whole_match(void **state)
{
    struct mqc_test_scope variables = mqc_test_scope();
    struct mqc_text_mismatch mismatch;
    struct mqc_text_error error;
    const struct mqc_value *u;
    const struct mqc_value *v;

    (void)state;
    assert_int_equal(match("PUBLISH qos=1 id=5 topic=\"a/b\"", "PUBLISH id=$u topic=$v", MQC_V311,
                           &variables, &mismatch, &error),
                     MQC_TEXT_MATCH);
    u = &mqc_test_variable(&variables, mqc_slice_text("u"))->value;
    v = &mqc_test_variable(&variables, mqc_slice_text("v"))->value;
    assert_int_equal(u->kind, MQC_VALUE_NUMBER);
    assert_int_equal(u->number, 5);
    assert_int_equal(v->kind, MQC_VALUE_BYTES);
    mqc_test_text_equal(v->bytes, "a/b");
    assert_int_equal(variables.bound, 2);
    /* From then on they are equal to it. */
    assert_int_equal(match("PUBACK id=5", "PUBACK id=$u", MQC_V311, &variables, &mismatch, &error),
                     MQC_TEXT_MATCH);
    assert_int_equal(match("PUBACK id=6", "PUBACK id=$u", MQC_V311, &variables, &mismatch, &error),
                     MQC_TEXT_MISMATCH);
}

static void test_text_match_binds_each_variable_once(void **state)
{
    struct mqc_test_scope variables = mqc_test_scope();
    struct mqc_text_mismatch mismatch;
    struct mqc_text_error error;

    (void)state;
    assert_int_equal(match("SUBACK id=2 [2, 2]", "SUBACK id=$u [$u, $u]", MQC_V311, &variables,
                           &mismatch, &error),
                     MQC_TEXT_MATCH);
    assert_int_equal(variables.bound, 1);
}

static void test_text_match_needs_values_inside_strings(void **state)
{
    struct mqc_test_scope variables = mqc_test_scope();
    struct mqc_text_mismatch mismatch;
    struct mqc_text_error error;

    (void)state;
    assert_int_equal(match("PUBLISH topic=\"a\"", "PUBLISH topic=\"${u}\"", MQC_V311, &variables,
                           &mismatch, &error),
                     MQC_TEXT_ERROR);
    assert_true(error.unbound);
    assert_int_equal(error.offset, 15);
    assert_int_equal(error.size, 4);
}

static void test_text_match_says_when_memory_is_short(void **state)
{
    static const uint8_t packet[] = {0x30, 0x05, 0x00, 0x01, 'a', 'h', 'i'};
    struct mqc_test_packet test;
    struct mqc_test_scope variables = mqc_test_scope();
    struct mqc_text_scope scope = mqc_test_text_scope(&variables, MQC_V311);
    enum mqc_text_result result = MQC_TEXT_ERROR;

    (void)state;
    mqc_test_decode((struct mqc_slice){packet, sizeof(packet)}, MQC_V311, MQC_SIDE_UNKNOWN, &test);
    for (size_t size = 0; size < 4000 && result == MQC_TEXT_ERROR; size++) {
        struct mqc_text_memory memory = {.data = block + sizeof(block) - size, .size = size};
        struct mqc_text_mismatch mismatch;
        struct mqc_text_error error;

        result = mqc_text_match(mqc_slice_text("PUBLISH topic=$u payload=\"ho\""), &scope,
                                &test.packet, &memory, &mismatch, &error);
        assert_true(result != MQC_TEXT_ERROR || error.no_memory);
        assert_true(memory.used <= memory.size);
    }
    assert_int_equal(result, MQC_TEXT_MISMATCH);
    assert_int_equal(variables.bound, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_match_names_the_first_difference),
        cmocka_unit_test(test_text_match_binds_variables_of_a_whole_match),
        cmocka_unit_test(test_text_match_binds_each_variable_once),
        cmocka_unit_test(test_text_match_needs_values_inside_strings),
        cmocka_unit_test(test_text_match_says_when_memory_is_short),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
