/* What a connection turns out to be, however its first bytes are cut. */
#include "codec/testing.h"

#include "harness/capture/talk.h"

struct seen {
    char text[200]; /* "BEGIN PACKET OTHER:TLS …" */
};

static void on_talk(void *context, const struct mqh_talk_event *event)
{
    static const char *const names[] = {"BEGIN",      "PACKET", "PASSED", "BLIND", "TEXT",
                                        "UNFINISHED", "CLOSED", "RESET",  "END",   "OTHER:"};
    struct seen *seen = context;
    size_t size = strlen(seen->text);

    snprintf(seen->text + size, sizeof seen->text - size, "%s%s%.*s", size == 0 ? "" : " ",
             names[event->kind], event->kind == MQH_TALK_OTHER ? (int)event->bytes.size : 0,
             (const char *)event->bytes.data);
}

static void say(struct mqh_talk_reader *reader, enum mqc_side side, struct mqc_slice bytes,
                size_t piece)
{
    struct mqh_talk_place place = {.side = side};

    for (size_t at = 0; at < bytes.size; at += piece)
        mqh_talk_add(
            reader, place,
            (struct mqc_slice){bytes.data + at, bytes.size - at < piece ? bytes.size - at : piece});
}

static void test_talk_knows_mqtt_by_its_first_bytes(void **state)
{
    static const struct {
        const char *client; /* hex */
        bool any_connect;
        bool is_mqtt;
        const char *seen;
    } rows[] = {
        {"10 0d 0004 4d515454 04 02 003c 0001 61 c000", false, false, "BEGIN PACKET PACKET END"},
        {"10 0d 0004 4d515454 04 02 003c 0001 61 c0", false, false, "BEGIN PACKET UNFINISHED END"},
        {"10 0d 0004 58515454 04 02 003c 0001 61", false, false, "OTHER:no MQTT"},
        {"10 0d 0004 58515454 04 02 003c 0001 61", true, false, "BEGIN PACKET END"},
        {"1f 02 0000", true, false, "BEGIN PACKET END"},
        {"16 03 0102 0001 0001 fc03 03", false, false, "OTHER:TLS"},
        {"16 03 0102 0001 0001 fc03 03", true, false, "OTHER:TLS"},
        {"c000 c000 c000 c000 c000", true, false, "OTHER:no MQTT"},
        {"c000 c000", false, true, "BEGIN PACKET PACKET END"},
        {"5353482d322e302d78787878", false, false, "OTHER:no MQTT"},
        /* GET / HTTP/1.1 and an empty line; POST / */
        {"474554202f20485454502f312e310d0a0d0a", false, false, "OTHER:HTTP"},
        {"504f5354202f20485454502f312e310d0a0d0a", true, false, "OTHER:HTTP"},
        {"4745", false, false, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t piece = 2; piece < 40; piece += 3) {
            static struct mqc_test_bytes bytes;
            const struct mqh_endpoint nobody = {0};
            struct seen seen = {""};
            struct mqh_talks talks = {
                .handler = on_talk, .context = &seen, .any_connect = rows[i].any_connect};
            struct mqh_talk_reader *reader =
                mqh_talk_new(&talks, &nobody, &nobody, rows[i].is_mqtt);

            mqc_test_hex(rows[i].client, &bytes);
            say(reader, MQC_CLIENT, mqc_test_slice(&bytes), piece);
            mqh_talk_free(reader, (struct mqh_talk_place){.side = MQC_CLIENT});
            if (strcmp(rows[i].seen, "OTHER:HTTP") == 0 && piece < 5) /* too short to name it */
                assert_int_equal(strncmp(seen.text, "OTHER:", 6), 0);
            else
                assert_string_equal(seen.text, rows[i].seen);
        }
}

static void test_talk_that_the_server_begins_is_no_mqtt(void **state)
{
    const struct mqh_endpoint nobody = {0};
    struct seen seen = {""};
    struct mqh_talks talks = {.handler = on_talk, .context = &seen};
    struct mqh_talk_reader *reader = mqh_talk_new(&talks, &nobody, &nobody, false);

    (void)state;
    say(reader, MQC_SERVER, mqc_slice_text("220 ready\r\n"), 4);
    say(reader, MQC_CLIENT, mqc_slice_text("\x10\x0d"), 2);
    mqh_talk_free(reader, (struct mqh_talk_place){.side = MQC_CLIENT});
    assert_string_equal(seen.text, "OTHER:no MQTT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_talk_knows_mqtt_by_its_first_bytes),
        cmocka_unit_test(test_talk_that_the_server_begins_is_no_mqtt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
