#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/driver/transport.h"

static const struct mqh_target target = {
    .host = "localhost", .port = 80, .websocket = true, .path = "/mqtt"};

/* A client and a server, joined by hand. */
struct pair {
    struct mqh_transport client;
    struct mqh_transport server;
};

static void hand_over(struct mqh_transport *from, struct mqh_transport *to, size_t piece)
{
    struct mqh_buffer bytes = from->down;

    from->down = (struct mqh_buffer){0};
    for (size_t at = 0; at < bytes.size; at += piece)
        mqh_transport_received(to, (struct mqc_slice){bytes.bytes + at, piece < bytes.size - at
                                                                            ? piece
                                                                            : bytes.size - at});
    mqh_buffer_free(&bytes);
}

/* Until neither has anything for the other. */
static void exchange(struct pair *pair, size_t piece)
{
    while (pair->client.down.size > 0 || pair->server.down.size > 0) {
        hand_over(&pair->client, &pair->server, piece);
        hand_over(&pair->server, &pair->client, piece);
    }
}

static void open_pair(struct pair *pair, size_t piece)
{
    mqh_transport_open(&pair->client, &target, NULL, MQC_CLIENT, MQC_V5);
    mqh_transport_open(&pair->server, &target, NULL, MQC_SERVER, MQC_V5);
    assert_int_equal(mqh_transport_state(&pair->client), MQH_FILTER_OPENING);
    exchange(pair, piece);
    assert_int_equal(mqh_transport_state(&pair->client), MQH_FILTER_OPEN);
    assert_int_equal(mqh_transport_state(&pair->server), MQH_FILTER_OPEN);
}

static void close_pair(struct pair *pair)
{
    mqh_transport_close(&pair->client);
    mqh_transport_close(&pair->server);
}

static void pass(struct pair *pair, bool to_server, size_t size, size_t piece)
{
    struct mqh_transport *from = to_server ? &pair->client : &pair->server;
    struct mqh_transport *to = to_server ? &pair->server : &pair->client;
    uint8_t *bytes = malloc(size + 1);

    assert_non_null(bytes);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(i * 7);
    mqh_transport_send(from, (struct mqc_slice){bytes, size}, MQH_FRAME_WHOLE);
    exchange(pair, piece);
    assert_int_equal(to->up.size, size);
    if (size > 0)
        assert_memory_equal(to->up.bytes, bytes, size);
    to->up.size = 0;
    free(bytes);
}

static void test_websocket_passes_bytes_of_any_size_on(void **state)
{
    static const size_t sizes[] = {0, 1, 125, 126, 127, 4096, 65535, 65536, 200000};
    static const size_t pieces[] = {1, 3, 1000000};

    (void)state;
    for (size_t p = 0; p < 3; p++) {
        struct pair pair;

        open_pair(&pair, pieces[p]);
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            pass(&pair, true, sizes[i], pieces[p]);
            pass(&pair, false, sizes[i], pieces[p]);
        }
        close_pair(&pair);
    }
}

static void test_websocket_puts_fragments_together(void **state)
{
    struct pair pair;
    const struct mqc_slice text = mqc_slice_text("abcdef");

    (void)state;
    open_pair(&pair, 1);
    mqh_transport_send(&pair.client, (struct mqc_slice){text.data, 2}, MQH_FRAME_FIRST);
    mqh_transport_send(&pair.client, (struct mqc_slice){text.data, 0}, MQH_FRAME_NEXT);
    mqh_transport_send(&pair.client, (struct mqc_slice){text.data + 2, 4}, MQH_FRAME_LAST);
    mqh_transport_send(&pair.client, text, MQH_FRAME_WHOLE);
    exchange(&pair, 1);
    assert_int_equal(pair.server.up.size, 12);
    assert_memory_equal(pair.server.up.bytes, "abcdefabcdef", 12);
    close_pair(&pair);
}

static void test_websocket_ends_at_a_text_frame(void **state)
{
    struct pair pair;
    const char *text = "";

    (void)state;
    open_pair(&pair, 1);
    mqh_transport_send(&pair.client, mqc_slice_text("abc"), MQH_FRAME_TEXT);
    exchange(&pair, 1);
    assert_int_equal(mqh_transport_state(&pair.server), MQH_FILTER_ENDED);
    assert_int_equal(mqh_transport_state(&pair.client), MQH_FILTER_ENDED);
    assert_string_equal(mqh_transport_breach(&pair.server, &text), "MQTT-6.0.0-1");
    assert_null(mqh_transport_breach(&pair.server, &text));
    assert_int_equal(pair.server.up.size, 0);
    close_pair(&pair);
}

static void test_websocket_says_goodbye(void **state)
{
    struct pair pair;

    (void)state;
    open_pair(&pair, 1);
    mqh_transport_send(&pair.client, mqc_slice_text("last"), MQH_FRAME_WHOLE);
    mqh_transport_leave(&pair.client);
    exchange(&pair, 1);
    assert_int_equal(pair.server.up.size, 4);
    assert_int_equal(mqh_transport_state(&pair.server), MQH_FILTER_ENDED);
    assert_string_equal(mqh_transport_why(&pair.server), "");
    close_pair(&pair);
}

/* What a server sends by hand. */
static const struct frame {
    const char *name;
    const char *hex;
    bool ends;
    const char *why; /* a piece of it */
    const char *up;
} frames[] = {
    {"binary", "82 02 6162", false, "", "ab"},
    {"two frames", "82 01 61 82 01 62", false, "", "ab"},
    {"fragments", "02 01 61 00 00 80 01 62", false, "", "ab"},
    {"ping inside a message", "02 01 61 89 00 80 01 62", false, "", "ab"},
    {"pong that nobody asked for", "8a 01 61", false, "", ""},
    {"length in more bytes than it takes", "82 7e 0001 61", true, "none", ""},
    {"close", "88 02 03e8", true, "", ""},
    {"close without a code", "88 00", true, "", ""},
    {"what is behind a close", "82 01 61 88 00 82 01 62", true, "", "a"},
    {"text", "81 01 61", true, "text frame", ""},
    {"text in fragments", "01 01 61 80 01 62", true, "text frame", ""},
    {"masked", "82 81 00000000 61", true, "with a mask", ""},
    {"reserved bit", "c2 01 61", true, "reserved bits", ""},
    {"reserved opcode", "83 01 61", true, "reserved opcode", ""},
    {"reserved control opcode", "8b 00", true, "reserved opcode", ""},
    {"no beginning", "80 01 61", true, "no beginning", ""},
    {"a message inside another", "02 01 61 82 01 62", true, "inside another", "a"},
    {"ping in fragments", "09 00", true, "none", ""},
    {"ping too long", "89 7e 007e", true, "none", ""},
    {"length beyond 63 bits", "82 7f ffffffffffffffff", true, "none", ""},
};

/* Reads "82 02 6162". */
static size_t read_hex(const char *hex, uint8_t *out)
{
    size_t size = 0;

    for (unsigned byte; *hex != '\0';) {
        if (*hex == ' ') {
            hex++;
            continue;
        }
        assert_int_equal(sscanf(hex, "%2x", &byte), 1);
        out[size++] = (uint8_t)byte;
        hex += 2;
    }
    return size;
}

static void test_websocket_judges_frames(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        const struct frame *f = &frames[i];
        uint8_t bytes[64];
        size_t size = read_hex(f->hex, bytes);
        struct pair pair;

        open_pair(&pair, 1000000);
        for (size_t at = 0; at < size; at++)
            mqh_transport_received(&pair.client, (struct mqc_slice){bytes + at, 1});
        if ((mqh_transport_state(&pair.client) == MQH_FILTER_ENDED) != f->ends)
            fail_msg("%s: state %d", f->name, mqh_transport_state(&pair.client));
        if (strstr(mqh_transport_why(&pair.client), f->why) == NULL)
            fail_msg("%s: %s", f->name, mqh_transport_why(&pair.client));
        if (!mqc_slice_equal(mqh_buffer_slice(&pair.client.up), mqc_slice_text(f->up)))
            fail_msg("%s: other bytes", f->name);
        close_pair(&pair);
    }
}

static void test_websocket_answers_a_ping(void **state)
{
    struct pair pair;
    const uint8_t ping[] = {0x89, 2, 'h', 'i'};

    (void)state;
    open_pair(&pair, 1);
    mqh_transport_received(&pair.client, (struct mqc_slice){ping, sizeof ping});
    assert_int_equal(pair.client.down.size, 8);
    assert_int_equal(pair.client.down.bytes[0], 0x8a);
    assert_int_equal(pair.client.down.bytes[1], 0x82);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pair.client.down.bytes[6 + i] ^ pair.client.down.bytes[2 + i],
                         ping[2 + i]);
    close_pair(&pair);
}

static void test_websocket_limits_the_header(void **state)
{
    static const uint8_t line[] = "HTTP/1.1 101 Switching Protocols: and on it goes, no line ends ";
    struct mqh_transport client;
    size_t sent = 0;

    (void)state;
    mqh_transport_open(&client, &target, NULL, MQC_CLIENT, MQC_V5);
    for (; sent + sizeof line < 16 * 1024; sent += sizeof line)
        mqh_transport_received(&client, (struct mqc_slice){line, sizeof line});
    assert_int_equal(mqh_transport_state(&client), MQH_FILTER_OPENING);
    mqh_transport_received(&client, (struct mqc_slice){line, sizeof line});
    assert_int_equal(mqh_transport_state(&client), MQH_FILTER_FAILED);
    assert_non_null(strstr(mqh_transport_why(&client), "does not end"));
    mqh_transport_close(&client);
}

static void test_websocket_notes_what_the_handshake_breaks(void **state)
{
    static const char request[] = "GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: "
                                  "Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    struct mqh_transport server;
    const char *text = "";

    (void)state;
    mqh_transport_open(&server, &target, NULL, MQC_SERVER, MQC_V5);
    mqh_transport_received(&server, mqc_slice_text(request));
    assert_int_equal(mqh_transport_state(&server), MQH_FILTER_OPEN);
    assert_string_equal(mqh_transport_breach(&server, &text), "MQTT-6.0.0-3");
    mqh_transport_close(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_websocket_passes_bytes_of_any_size_on),
        cmocka_unit_test(test_websocket_puts_fragments_together),
        cmocka_unit_test(test_websocket_ends_at_a_text_frame),
        cmocka_unit_test(test_websocket_says_goodbye),
        cmocka_unit_test(test_websocket_judges_frames),
        cmocka_unit_test(test_websocket_answers_a_ping),
        cmocka_unit_test(test_websocket_limits_the_header),
        cmocka_unit_test(test_websocket_notes_what_the_handshake_breaks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
