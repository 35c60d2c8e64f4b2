#include "codec/text_testing.h"

/* The disliked part stands between < and >, which are taken out before the text is parsed. */
struct row {
    enum mqc_version version;
    const char *text;
    const char *message;
};

/* Texts of packets that are sent. */
static const struct row sent[] = {
    {MQC_V311, "<>", "expected a packet such as PUBLISH, or RAW h'…'"},
    {MQC_V311, "<publish> topic=\"a\"", "expected a packet such as PUBLISH, or RAW h'…'"},
    {MQC_V311, "<RESERVED>", "expected a packet such as PUBLISH, or RAW h'…'"},
    {MQC_V311, "<AUTH>", "AUTH exists in 5.0 only"},
    {MQC_V311, "SUBACK id=1 <topic>=\"a\"", "SUBACK has no field \"topic\"; it has id, [codes]"},
    {MQC_V5, "SUBACK id=1 <topic>=\"a\"",
     "SUBACK has no field \"topic\"; it has id, reason-string, user-property, [codes]"},
    {MQC_V5, "PINGREQ <id>=1", "PINGREQ has no field \"id\"; it has no fields"},
    {MQC_V311, "SUBSCRIBE id=1 [\"a\" <no-local>]", "no-local exists in 5.0 only"},
    {MQC_V311, "CONNECT <receive-maximum>=1", "receive-maximum exists in 5.0 only"},
    {MQC_V31, "CONNACK <session-present>", "session-present exists in 3.1.1 and 5.0 only"},
    {MQC_V311, "PUBACK id=1 <reason>=0", "reason exists in 5.0 only"},
    {MQC_V311, "UNSUBACK id=1 <[>0]", "UNSUBACK has a list in 5.0 only"},
    {MQC_V311, "PUBLISH topic=\"a\" <[>]", "PUBLISH has no list"},
    {MQC_V5, "PUBLISH topic=\"a\" <receive-maximum>=1",
     "receive-maximum is no property of PUBLISH; !property=receive-maximum=… writes it all the "
     "same"},
    {MQC_V5, "CONNECT <delay>=1",
     "delay is no property of CONNECT; !property=delay=… writes it all the same"},
    {MQC_V5, "PUBLISH topic=\"a\" !property=<nonsense>=1", "there is no property \"nonsense\""},
    {MQC_V5, "CONNECT will={topic=\"a\" <id>=1}",
     "will has no field \"id\"; it has topic, payload, qos, retain, payload-format-indicator, "
     "message-expiry-interval, content-type, response-topic, correlation-data, delay, "
     "user-property"},
    {MQC_V311, "PUBLISH topic=\"a\" <topic>=\"b\"", "\"topic\" stands here twice"},
    {MQC_V5, "CONNECT receive-maximum=1 <receive-maximum>=2",
     "\"receive-maximum\" stands here twice; a second one is written !property=…"},
    {MQC_V5, "CONNECT receive-maximum=1 <$max>",
     "\"receive-maximum\" stands here twice; a second one is written !property=…"},
    {MQC_V311, "SUBSCRIBE id=1 [] <[>]", "there is a list already"},
    {MQC_V311, "PUBLISH topic<>", "expected ="},
    {MQC_V311, "PUBLISH topic=<>", "topic is a string: \"text\", h'hex' or fill(N)"},
    {MQC_V311, "PUBLISH topic=<7>", "topic is a string: \"text\", h'hex' or fill(N)"},
    {MQC_V311, "PUBLISH topic=<$n>", "topic is a string: \"text\", h'hex' or fill(N)"},
    {MQC_V311, "PUBLISH topic=\"a\" qos=<4>", "qos is a number, 0 to 3"},
    {MQC_V311, "PUBLISH topic=\"a\" qos=<\"1\">", "qos is a number, 0 to 3"},
    {MQC_V311, "PUBLISH topic=\"a\" qos=<$s>", "qos is a number, 0 to 3"},
    {MQC_V311, "PUBLISH topic=\"a\" qos=<$n>", "qos is a number, 0 to 3"},
    {MQC_V311, "PUBLISH topic=\"a\" <$bad>", "qos is a number, 0 to 3"},
    {MQC_V311, "PUBLISH topic=\"a\" <$s>",
     "the variable stands for a value, not for a whole field"},
    {MQC_V311, "PUBLISH topic=<$qos>", "the variable stands for a whole field, not for a value"},
    {MQC_V311, "PUBLISH topic=\"a\" <$loop>", "variables stand for variables too deep here"},
    {MQC_V311, "PUBLISH topic=<$none>", "there is no variable \"none\""},
    {MQC_V311, "PUBLISH topic=\"a<${none}>\"", "there is no variable \"none\""},
    {MQC_V311, "PUBLISH topic=\"a<${qos}>\"", "a whole field does not fit into a string"},
    {MQC_V311, "PUBLISH topic=\"a<${>n\"", "${ has no closing }"},
    {MQC_V311, "PUBACK id=<65536>", "id is a number, 0 to 65535"},
    {MQC_V311, "PUBACK id=<4294967296>", "id is a number, 0 to 65535"},
    {MQC_V311, "PUBACK id=<99999999999999999999>", "id is a number, 0 to 65535"},
    {MQC_V311, "PUBACK id=<0x>", "id is a number, 0 to 65535"},
    {MQC_V311, "PUBACK id=<-1>", "id is a number, 0 to 65535"},
    {MQC_V5, "PUBLISH topic=\"a\" subscription-identifier=<268435456>",
     "subscription-identifier is a number, 0 to 268435455"},
    {MQC_V5, "PUBACK id=1 reason=<banned>",
     "\"banned\" is no reason of this packet; a number may stand for any"},
    {MQC_V5, "CONNECT user-property=<\"a\">", "user-property is a pair: (\"name\",\"value\")"},
    {MQC_V5, "CONNECT user-property=(\"a\"<)>", "expected ,"},
    {MQC_V5, "CONNECT user-property=(\"a\",\"b\"<,>\"c\")", "expected )"},
    {MQC_V5, "CONNECT user-property=(\"a\",<1>)",
     "user-property is a string: \"text\", h'hex' or fill(N)"},
    {MQC_V311, "CONNECT session=<stale>", "session is fresh, keep or resume"},
    {MQC_V311, "CONNECT will=<\"a\">", "expected {"},
    {MQC_V311, "CONNECT will={topic=\"a\"<>", "expected }"},
    {MQC_V311, "SUBSCRIBE id=1 [\"a\" qos=1<>", "expected ]"},
    {MQC_V311, "SUBSCRIBE id=1 [\"a\",<]>", "a filter is a string: \"text\", h'hex' or fill(N)"},
    {MQC_V311, "PUBLISH topic=\"a\" <,>", "expected a field, an override (!…) or the packet's end"},
    {MQC_V311, "PUBLISH topic=<\"a>", "the string does not end"},
    {MQC_V311, "PUBLISH topic=<h'aa>", "h' has no closing '"},
    {MQC_V311, "PUBLISH topic=h'a<x>'", "expected a hex digit"},
    {MQC_V311, "PUBLISH topic=h'<aab>'", "hex digits come in pairs"},
    {MQC_V311, "PUBLISH topic=\"a<\\q>\"", "there is no escape \"\\q\""},
    {MQC_V311, "PUBLISH topic=\"\\x<g>0\"", "\\x wants two hex digits"},
    {MQC_V311, "PUBLISH topic=\"\\u<4>1\"", "\\u wants {1F600}: hex in braces"},
    {MQC_V311, "PUBLISH topic=\"\\u{<D800>}\"",
     "there is no such character; \\xNN writes any byte"},
    {MQC_V311, "PUBLISH topic=\"\\u{<110000>}\"",
     "there is no such character; \\xNN writes any byte"},
    {MQC_V311, "PUBLISH topic=<fill>(65536)", "no string is longer than 65535 bytes"},
    {MQC_V311, "PUBLISH topic=<\"ab\">*32768", "no string is longer than 65535 bytes"},
    {MQC_V311, "PUBLISH payload=\"ab\"*<200000000>", "no packet is as long as that"},
    {MQC_V311, "PUBLISH payload=fill(<x>)", "the size is a number, 0 to 268435460"},
    {MQC_V311, "PUBLISH topic=<?>", "nothing begins with \"?\""},
    {MQC_V311, "PUBLISH topic=<'>a'", "a string stands between \"\""},
    {MQC_V311, "PUBLISH topic=\"a\" !<nonsense>", "there is no override \"nonsense\""},
    {MQC_V311, "PUBLISH topic=\"a\" !<connect-flags>=1",
     "PUBLISH has nothing that this override changes"},
    {MQC_V311, "PUBLISH topic=\"a\" !<property-length>=1",
     "PUBLISH has nothing that this override changes"},
    {MQC_V311, "PINGREQ !flags=<16>", "flags is a number, 0 to 15"},
    {MQC_V311, "PINGREQ !length-size=<0>", "length-size is 1 at least"},
    {MQC_V311, "PINGREQ !poke=<4>", "poke wants an offset and bytes, as in !poke=4:00ff"},
    {MQC_V311, "PINGREQ !poke=<:00>", "poke wants an offset and bytes, as in !poke=4:00ff"},
    {MQC_V311, "PINGREQ !poke=0:<0>", "hex digits come in pairs"},
    {MQC_V311, "PINGREQ !flags=1 !<flags>=2", "\"flags\" stands here twice"},
    {MQC_V311, "PINGREQ !<poke>=1:0000", "the packet has only 2 bytes"},
    {MQC_V311, "PINGREQ !<truncate>=3", "the packet has only 2 bytes"},
    {MQC_V311, "PINGREQ !<cut>=1", "the body has only 0 bytes"},
    {MQC_V311, "PINGREQ !<total>=9", "there is no string that could be padded"},
    {MQC_V311, "PUBLISH topic=\"a\" !<total>=3",
     "no padding makes it exactly that long; it has 5 bytes without"},
    {MQC_V311, "CONNECT !<total>=70000", "the string would be longer than 65535 bytes"},
    {MQC_V311, "PINGREQ !<remaining-length>=-1",
     "this Remaining Length cannot be written in so many bytes"},
    {MQC_V311, "PINGREQ !<remaining-length>=128 !length-size=1",
     "this Remaining Length cannot be written in so many bytes"},
    {MQC_V311, "PINGREQ !<remaining-length>=268435456",
     "this Remaining Length cannot be written in so many bytes"},
    {MQC_V5, "CONNACK !<property-length>=-1",
     "this Property Length cannot be written in so many bytes"},
    {MQC_V311, "<PUBACK>", "PUBACK needs id=N"},
    {MQC_V311, "<PUBLISH> qos=1 topic=\"a\"", "PUBLISH at this QoS needs id=N"},
    {MQC_V311, "PUBLISH <id>=1 topic=\"a\"",
     "a PUBLISH at QoS 0 has no id; !id=N writes one all the same"},
    {MQC_V311, "RAW <1>", "RAW is a string: \"text\", h'hex' or fill(N)"},
    {MQC_V311, "RAW h'00' <!>cut=1", "nothing may follow the bytes of RAW"},
    {MQC_V311, "PUBACK id=<_>", "id is a number, 0 to 65535"},
    {MQC_V311, "PUBACK id=1<..>2", "expected a field, an override (!…) or the packet's end"},
    {MQC_V311, "PUBACK id=<(>1,2)", "id is a number, 0 to 65535"},
};

/* Texts of packets that are expected. */
static const struct row expected[] = {
    {MQC_V311, "PUBACK <!>cut=1",
     "overrides are for packets that are sent; an expectation has only !total and !flags"},
    {MQC_V311, "PUBACK id=<2>..1", "the range is empty"},
    {MQC_V311, "PUBACK id=1..<x>", "id is a number, 0 to 65535"},
    {MQC_V311, "PUBACK id=(1,<x>)", "id is a number, 0 to 65535"},
    {MQC_V311, "PUBACK id=(1<>", "expected )"},
    {MQC_V311, "PUBLISH topic=<absent>", "topic is never absent"},
    {MQC_V311, "SUBACK [<absent>]", "what is in a list is never absent"},
    {MQC_V5, "CONNACK user-property=<$u>", "user-property is a pair: (\"name\",\"value\")"},
    {MQC_V5, "CONNACK user-property=<fill>(3)", "user-property is a pair: (\"name\",\"value\")"},
    {MQC_V5, "CONNACK <topic-alias>=1", "topic-alias is no property of CONNACK"},
    {MQC_V311, "PUBLISH topic=<$none>", "there is no variable \"none\""},
    {MQC_V311, "CONNACK reason=<banana>",
     "\"banana\" is no reason of this packet; a number may stand for any"},
};

static const char *const good[] = {
    "PUBLISH qos=0..1 topic=_ id=absent payload=(\"a\",h'00')",
    "PUBLISH topic=$u payload=\"${u}\" id=$v",
    "SUBACK id=$n [_, $u, 0..2, (0x80,1)]",
    "SUBSCRIBE [\"a\" qos=_, $u]",
    "CONNECT will=_ username=absent",
    "CONNECT will={topic=$u qos=1..2} session=resume",
    "RAW $u",
    "RAW _",
    "PUBLISH id=$n..$u",
    "SUBSCRIBE id=1 [\n  \"a\" qos=1,  # one\n  \"b\"] # end\nthis is another line",
};

/* Copies `text` without < and >, and says where they stood. */
static void unmark(const char *text, char *out, size_t *offset, size_t *size)
{
    const char *begin = strchr(text, '<');
    const char *end = strchr(begin, '>');

    *offset = (size_t)(begin - text);
    *size = (size_t)(end - begin) - 1;
    sprintf(out, "%.*s%.*s%s", (int)*offset, text, (int)*size, begin + 1, end + 1);
}

static void assert_error(const struct row *row, const char *text, size_t offset, size_t size,
                         const struct mqc_text_error *error)
{
    size_t length = strlen(row->message);

    if (strncmp(error->message, row->message, length) != 0 ||
        (length < 120 && error->message[length] != '\0'))
        fail_msg("%s: %s", text, error->message);
    if (error->offset != offset || error->size != (size > 0 ? size : 1))
        fail_msg("%s: %s: at %zu, %zu bytes", text, error->message, error->offset, error->size);
    assert_false(error->no_memory);
    assert_false(error->unbound);
}

static void test_text_encode_points_at_what_it_dislikes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(sent) / sizeof(sent[0]); i++) {
        char text[200];
        size_t offset;
        size_t size;
        struct mqc_slice out;
        struct mqc_text_error error;

        unmark(sent[i].text, text, &offset, &size);
        if (mqc_test_encode(text, sent[i].version, &out, &error))
            fail_msg("%s is good", text);
        assert_error(&sent[i], text, offset, size, &error);
    }
}

static bool check(const char *text, enum mqc_version version, struct mqc_text_error *error)
{
    static uint8_t block[1 << 16];
    struct mqc_text_memory memory = {.data = block, .size = sizeof(block)};
    struct mqc_test_scope variables = mqc_test_scope();
    struct mqc_text_scope scope = mqc_test_text_scope(&variables, version);

    return mqc_text_check(mqc_slice_text(text), &scope, &memory, error);
}

static void test_text_check_points_at_what_it_dislikes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        char text[200];
        size_t offset;
        size_t size;
        struct mqc_text_error error;

        unmark(expected[i].text, text, &offset, &size);
        if (check(text, expected[i].version, &error))
            fail_msg("%s is good", text);
        assert_error(&expected[i], text, offset, size, &error);
    }
}

static void test_text_check_minds_no_variable_without_value(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct mqc_text_error error;

        if (!check(good[i], MQC_V311, &error))
            fail_msg("%s: %s", good[i], error.message);
    }
}

static void test_text_type_looks_at_the_first_word(void **state)
{
    enum mqc_type type;

    (void)state;
    assert_true(mqc_text_type(mqc_slice_text("  SUBACK id=1"), &type));
    assert_int_equal(type, MQC_SUBACK);
    assert_true(mqc_text_type(mqc_slice_text("RAW"), &type));
    assert_int_equal(type, MQC_RESERVED);
    assert_false(mqc_text_type(mqc_slice_text("RESERVED"), &type));
    assert_false(mqc_text_type(mqc_slice_text("closed"), &type));
    assert_false(mqc_text_type(mqc_slice_text(""), &type));
    assert_false(mqc_text_type(mqc_slice_text("\"PUBLISH\""), &type));
}

/* Cut anywhere, against a page that cannot be read, and with every byte turned into another. */
static void test_text_of_any_kind_does_no_harm(void **state)
{
    struct mqc_test_guard guard = mqc_test_guard_init();
    static uint8_t block[1 << 16];
    struct mqc_test_scope variables = mqc_test_scope();
    uint32_t random = 1;

    (void)state;
    for (size_t i = 0; i < 4 * sizeof(sent) / sizeof(sent[0]); i++) {
        struct mqc_slice whole = mqc_slice_text(sent[i / 4].text);

        for (size_t size = 0; size <= whole.size; size++) {
            struct mqc_slice cut = {whole.data, size};
            struct mqc_slice text = {mqc_test_guard_copy(&guard, cut), size};
            struct mqc_text_memory memory = {.data = block, .size = sizeof(block)};
            struct mqc_text_scope scope = mqc_test_text_scope(&variables, sent[i / 4].version);
            struct mqc_slice out;
            struct mqc_text_error error;

            if (size > 0 && i % 4 != 0) {
                random = random * 1103515245 + 12345;
                guard.pages[guard.size - 1 - (random >> 8) % size] = (uint8_t)(random >> 16);
            }
            mqc_text_encode(text, &scope, &memory, &out, &error);
            memory.used = 0;
            mqc_text_check(text, &scope, &memory, &error);
        }
    }
    mqc_test_guard_free(&guard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_encode_points_at_what_it_dislikes),
        cmocka_unit_test(test_text_check_points_at_what_it_dislikes),
        cmocka_unit_test(test_text_check_minds_no_variable_without_value),
        cmocka_unit_test(test_text_type_looks_at_the_first_word),
        cmocka_unit_test(test_text_of_any_kind_does_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
