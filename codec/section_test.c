/*
 * Property sections as a whole: every property in every place, several faults at once, the three
 * ends. That each rule is named is the business of faults_test.c.
 */
#include "codec/testing.h"

static struct mqc_test_bytes bytes;

/* A packet around a section: what stands before and behind it, with a Property Length between. */
static const struct {
    const char *name;
    enum mqc_place place;
    enum mqc_side from;
    uint8_t first;
    const char *before;
    const char *behind;
} places[] = {
    {"CONNECT", MQC_PLACE_CONNECT, MQC_CLIENT, 0x10, "0004 4d515454 05 02 003c", "0001 61"},
    {"Will", MQC_PLACE_WILL, MQC_CLIENT, 0x10, "0004 4d515454 05 06 003c 00 0001 61",
     "0001 77 0001 78"},
    {"CONNACK", MQC_PLACE_CONNACK, MQC_SERVER, 0x20, "00 00", ""},
    {"PUBLISH of a client", MQC_PLACE_PUBLISH, MQC_CLIENT, 0x30, "0001 61", "6869"},
    {"PUBLISH of a server", MQC_PLACE_PUBLISH, MQC_SERVER, 0x30, "0001 61", "6869"},
    {"PUBACK", MQC_PLACE_PUBACK, MQC_SERVER, 0x40, "0007 00", ""},
    {"PUBREC", MQC_PLACE_PUBREC, MQC_CLIENT, 0x50, "0007 00", ""},
    {"PUBREL", MQC_PLACE_PUBREL, MQC_SERVER, 0x62, "0007 00", ""},
    {"PUBCOMP", MQC_PLACE_PUBCOMP, MQC_CLIENT, 0x70, "0007 00", ""},
    {"SUBSCRIBE", MQC_PLACE_SUBSCRIBE, MQC_CLIENT, 0x82, "0001", "0001 61 00"},
    {"SUBACK", MQC_PLACE_SUBACK, MQC_SERVER, 0x90, "0001", "00"},
    {"UNSUBSCRIBE", MQC_PLACE_UNSUBSCRIBE, MQC_CLIENT, 0xa2, "0001", "0001 61"},
    {"UNSUBACK", MQC_PLACE_UNSUBACK, MQC_SERVER, 0xb0, "0001", "00"},
    {"DISCONNECT of a client", MQC_PLACE_DISCONNECT, MQC_CLIENT, 0xe0, "00", ""},
    {"DISCONNECT of a server", MQC_PLACE_DISCONNECT, MQC_SERVER, 0xe0, "00", ""},
    {"AUTH", MQC_PLACE_AUTH, MQC_CLIENT, 0xf0, "18", ""},
};

enum { PLACE_COUNT = sizeof(places) / sizeof(places[0]) };

/* Builds the packet of places[i] around `section`. */
static void build(size_t i, struct mqc_slice section, struct mqc_test_bytes *out)
{
    static struct mqc_test_bytes part;
    static uint8_t body[MQC_TEST_BYTES_MAX];
    struct mqc_writer writer = mqc_writer_init(body, sizeof(body));
    struct mqc_writer whole = mqc_writer_init(out->data, sizeof(out->data));

    mqc_test_hex(places[i].before, &part);
    mqc_writer_bytes(&writer, mqc_test_slice(&part));
    mqc_writer_properties(&writer, section);
    mqc_test_hex(places[i].behind, &part);
    mqc_writer_bytes(&writer, mqc_test_slice(&part));

    mqc_writer_u8(&whole, places[i].first);
    mqc_writer_varint(&whole, (uint32_t)writer.size);
    mqc_writer_bytes(&whole, (struct mqc_slice){body, writer.size});
    assert_false(whole.failed);
    out->size = whole.size;
}

/* A value that breaks no rule. */
static void write_property(struct mqc_writer *writer, uint32_t id)
{
    const struct mqc_property property = {
        .id = id, .number = 1, .name = mqc_slice_text("n"), .value = mqc_slice_text("v")};

    mqc_writer_property(writer, &property);
}

/* AUTH has to have a method, and in CONNECT its data may not come alone. */
static bool wants_method(enum mqc_place place, uint32_t id)
{
    return place == MQC_PLACE_AUTH || (place == MQC_PLACE_CONNECT && id == MQC_AUTHENTICATION_DATA);
}

/* properties.def says what stands where: the decoder has to agree in every case. */
static void test_each_property_is_accepted_where_it_belongs_and_nowhere_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < PLACE_COUNT; i++) {
        uint32_t here = (places[i].from == MQC_CLIENT ? 1u : 2u) << (2 * places[i].place);

        for (uint32_t id = 1; id <= 0x2a; id++) {
            const struct mqc_property_info *info = mqc_property_info(id);
            uint8_t room[32];
            struct mqc_writer section = mqc_writer_init(room, sizeof(room));
            struct mqc_test_packet test;

            if (info == NULL)
                continue;
            write_property(&section, id);
            if (id != MQC_AUTHENTICATION_METHOD && wants_method(places[i].place, id))
                write_property(&section, MQC_AUTHENTICATION_METHOD);
            build(i, (struct mqc_slice){room, section.size}, &bytes);
            mqc_test_decode(mqc_test_slice(&bytes), MQC_V5, places[i].from, &test);
            if (test.faults.count != ((info->places & here) == 0))
                fail_msg("%s in %s: %zu faults", info->name, places[i].name, test.faults.count);
            assert_true(test.packet.complete);
        }
    }
}

static void test_sections_have_no_limit_on_their_number(void **state)
{
    enum { COUNT = 7000 };
    static uint8_t room[COUNT * 9];
    struct mqc_writer section = mqc_writer_init(room, sizeof(room));
    struct mqc_test_packet test;
    struct mqc_slice walk;
    struct mqc_property found;
    size_t count = 0;

    (void)state;
    for (size_t i = 0; i < COUNT; i++)
        write_property(&section, MQC_USER_PROPERTY);
    build(3, (struct mqc_slice){room, section.size}, &bytes);
    mqc_test_decode(mqc_test_slice(&bytes), MQC_V5, MQC_CLIENT, &test);
    assert_int_equal(test.faults.count, 0);
    walk = mqc_packet_properties(&test.packet);
    while (mqc_property_next(&walk, &found))
        count++;
    assert_int_equal(count, COUNT);
    mqc_test_text_equal(test.packet.publish.payload, "hi");
}

/* Rules in the order in which they are to be noted, by name, separated by spaces. */
static const struct {
    const char *name;
    enum mqc_side from;
    const char *hex;
    const char *rules;
    bool complete;
} rows[] = {
    {"three faults, and the payload", MQC_CLIENT,
     "30 0e | 0001 61 | 08 23 0000 23 0001 01 02 | 6869",
     "PUBLISH_TOPIC_ALIAS_RANGE PUBLISH_TOPIC_ALIAS_TWICE PUBLISH_PAYLOAD_FORMAT_INDICATOR_RANGE",
     true},
    {"an unknown one hides what follows it, but not the payload", MQC_CLIENT,
     "30 0b | 0001 61 | 05 7f 23 0000 00 | 6869", "PROPERTY_UNKNOWN", true},
    {"a string leaves the section, not the packet", MQC_CLIENT,
     "30 0a | 0001 61 | 04 03 0002 61 | 6869", "PROPERTY_STRING_SHORT", false},
    {"a section leaves the packet", MQC_CLIENT, "30 07 | 0001 61 | 7f 23 0000",
     "PROPERTY_LENGTH PUBLISH_TOPIC_ALIAS_RANGE", false},
    {"a section leaves the packet within a value", MQC_CLIENT, "30 06 | 0001 61 | 7f 23 00",
     "PROPERTY_LENGTH", false},
    {"padded identifier and misplaced", MQC_CLIENT, "30 08 | 0001 61 | 04 a100 0001",
     "VARINT_MINIMAL PROPERTY_PLACE", true},
    {"a value of zero in the wrong place is only misplaced", MQC_CLIENT,
     "30 07 | 0001 61 | 03 21 0000", "PROPERTY_PLACE", true},
    {"a text with three faults", MQC_CLIENT, "30 0a | 0001 61 | 06 03 0003 00 01 80",
     "CONTENT_TYPE_UTF8 CONTENT_TYPE_NUL STRING_CONTROL", true},
};

static void test_sections_report_all_their_faults(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mqc_test_packet test;
        char found[400] = "";

        mqc_test_hex(rows[i].hex, &bytes);
        mqc_test_decode(mqc_test_slice(&bytes), MQC_V5, rows[i].from, &test);
        for (size_t n = 0; n < mqc_faults_stored(&test.faults); n++) {
            strcat(found, n > 0 ? " " : "");
            strcat(found, mqc_rule_name(test.items[n].rule));
        }
        if (test.state != MQC_FRAME_COMPLETE || strcmp(found, rows[i].rules) != 0 ||
            test.packet.complete != rows[i].complete)
            fail_msg("%s: %s", rows[i].name, found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_property_is_accepted_where_it_belongs_and_nowhere_else),
        cmocka_unit_test(test_sections_have_no_limit_on_their_number),
        cmocka_unit_test(test_sections_report_all_their_faults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
