#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/driver/upgrade.h"

/* The key of RFC 6455 section 1.3, and what a server answers to it. */
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

#define LINE "\r\n"
#define SWITCH "HTTP/1.1 101 Switching Protocols" LINE
#define UPGRADE "Upgrade: websocket" LINE "Connection: Upgrade" LINE
#define ACCEPTS "Sec-WebSocket-Accept: " ACCEPT LINE
#define MQTT "Sec-WebSocket-Protocol: mqtt" LINE

static const struct answer {
    const char *name;
    const char *offer;
    const char *text;
    const char *why;      /* a piece of it; NULL: it is a good answer */
    const char *protocol; /* of a good one */
} answers[] = {
    {"good", "mqtt", SWITCH UPGRADE ACCEPTS MQTT LINE, NULL, "mqtt"},
    {"case and blanks", "mqtt",
     "HTTP/1.1 101 ok" LINE "UPGRADE:WebSocket" LINE "connection:  keep-alive , upgrade " LINE
     "sec-websocket-ACCEPT:" ACCEPT LINE "sec-websocket-protocol:mqtt" LINE LINE,
     NULL, "mqtt"},
    {"no CR", "mqtt",
     "HTTP/1.1 101 ok\nUpgrade: websocket\nConnection: upgrade\nSec-WebSocket-Accept: " ACCEPT
     "\n\n",
     NULL, ""},
    {"no sub-protocol", "mqtt", SWITCH UPGRADE ACCEPTS LINE, NULL, ""},
    {"the second offer", "mqttv3.1, mqtt", SWITCH UPGRADE ACCEPTS MQTT LINE, NULL, "mqtt"},
    {"another sub-protocol", "mqtt",
     SWITCH UPGRADE ACCEPTS "Sec-WebSocket-Protocol: soap" LINE LINE, "\"soap\"; offered: mqtt",
     NULL},
    {"sub-protocol in another case", "mqtt",
     SWITCH UPGRADE ACCEPTS "Sec-WebSocket-Protocol: MQTT" LINE LINE, "\"MQTT\"", NULL},
    {"not found", "mqtt", "HTTP/1.1 404 Not Found" LINE "Content-Length: 0" LINE LINE,
     "answered with 404 Not Found", NULL},
    {"redirect", "mqtt", "HTTP/1.1 301 Moved" LINE "Location: /" LINE LINE, "301 Moved", NULL},
    {"hostile reason", "mqtt", "HTTP/1.1 500 \x1b[2J\xff" LINE LINE, "500 ?[2J?", NULL},
    {"no HTTP", "mqtt", "SSH-2.0-OpenSSH" LINE LINE, "does not speak HTTP", NULL},
    {"MQTT", "mqtt", " \x02" LINE LINE, "does not speak HTTP", NULL},
    {"no upgrade", "mqtt", SWITCH "Connection: Upgrade" LINE ACCEPTS LINE, "without an upgrade",
     NULL},
    {"no connection", "mqtt", SWITCH "Upgrade: websocket" LINE ACCEPTS LINE, "without an upgrade",
     NULL},
    {"no accept", "mqtt", SWITCH UPGRADE MQTT LINE, "wrong Sec-WebSocket-Accept", NULL},
    {"another accept", "mqtt",
     SWITCH UPGRADE "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=" LINE LINE,
     "wrong Sec-WebSocket-Accept", NULL},
    {"extension", "mqtt",
     SWITCH UPGRADE ACCEPTS "Sec-WebSocket-Extensions: permessage-deflate" LINE LINE,
     "extension that was not offered", NULL},
};

static void test_upgrade_read_answer_tells_good_from_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        const struct answer *a = &answers[i];
        struct mqc_slice text = mqc_slice_text(a->text);
        struct mqc_slice protocol = {0};
        char why[200] = "";
        bool good = mqh_upgrade_read_answer(text, KEY, a->offer, &protocol, why, sizeof why);

        assert_int_equal(mqh_upgrade_size(text), text.size);
        if (good != (a->why == NULL) || (!good && strstr(why, a->why) == NULL))
            fail_msg("%s: %s", a->name, why);
        if (good && !mqc_slice_equal(protocol, mqc_slice_text(a->protocol)))
            fail_msg("%s: another sub-protocol", a->name);
        assert_null(strchr(why, '\n'));
    }
}

static void test_upgrade_size_waits_for_the_empty_line(void **state)
{
    const char *text = SWITCH UPGRADE LINE;
    struct mqc_slice all = mqc_slice_text(text);

    (void)state;
    for (size_t size = 0; size < all.size; size++)
        assert_int_equal(mqh_upgrade_size((struct mqc_slice){all.data, size}), 0);
    assert_int_equal(mqh_upgrade_size(all), all.size);
    assert_int_equal(mqh_upgrade_size(mqc_slice_text(SWITCH LINE "more")), strlen(SWITCH LINE));
}

static void test_upgrade_answer_takes_our_request(void **state)
{
    const char *headers[] = {"Authorization: Bearer x", "X-Test: 1"};
    const struct mqh_target target = {.host = "::1",
                                      .port = 8080,
                                      .websocket = true,
                                      .path = "/mqtt?a=b",
                                      .headers = headers,
                                      .header_count = 2};
    struct mqh_buffer request = {0};
    struct mqh_buffer answer = {0};
    struct mqc_slice protocol;
    bool offers_mqtt = false;
    char why[200] = "";

    (void)state;
    mqh_upgrade_request(&request, &target, KEY, mqh_upgrade_offer(MQC_V31));
    mqh_buffer_add(&request, (struct mqc_slice){(const uint8_t *)"", 1});
    assert_non_null(strstr((char *)request.bytes, "GET /mqtt?a=b HTTP/1.1\r\n"));
    assert_non_null(strstr((char *)request.bytes, "Host: [::1]:8080\r\n"));
    assert_non_null(strstr((char *)request.bytes, "X-Test: 1\r\n\r\n"));
    assert_true(
        mqh_upgrade_answer(mqh_buffer_slice(&request), &answer, &offers_mqtt, why, sizeof why));
    assert_true(offers_mqtt);
    assert_true(mqh_upgrade_read_answer(mqh_buffer_slice(&answer), KEY, "mqtt", &protocol, why,
                                        sizeof why));
    mqh_buffer_free(&request);
    mqh_buffer_free(&answer);
}

static const struct request {
    const char *text;
    const char *why; /* NULL: it is answered with 101 */
    bool offers_mqtt;
} requests[] = {
#define ASK "Host: h" LINE UPGRADE "Sec-WebSocket-Version: 13" LINE "Sec-WebSocket-Key: " KEY LINE
    {"GET / HTTP/1.1" LINE ASK MQTT LINE, NULL, true},
    {"GET / HTTP/1.1" LINE ASK "Sec-WebSocket-Protocol: a,mqtt" LINE LINE, NULL, true},
    {"GET / HTTP/1.1" LINE ASK "Sec-WebSocket-Protocol: a" LINE MQTT LINE, NULL, true},
    {"GET / HTTP/1.1" LINE ASK "Sec-WebSocket-Protocol: mqttv3.1" LINE LINE, NULL, false},
    {"GET / HTTP/1.1" LINE ASK LINE, NULL, false},
    {"POST / HTTP/1.1" LINE ASK MQTT LINE, "GET", true},
    {"GET / HTTP/1.1" LINE "Host: h" LINE LINE, "ask for a WebSocket", false},
    {"GET / HTTP/1.1" LINE UPGRADE LINE, "another version", false},
    {"GET / HTTP/1.1" LINE UPGRADE "Sec-WebSocket-Version: 13" LINE LINE, "16 bytes", false},
};

static void test_upgrade_answer_tells_good_from_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        const struct request *r = &requests[i];
        struct mqh_buffer answer = {0};
        bool offers_mqtt = false;
        char why[200] = "";
        bool good =
            mqh_upgrade_answer(mqc_slice_text(r->text), &answer, &offers_mqtt, why, sizeof why);

        if (good != (r->why == NULL) || (!good && strstr(why, r->why) == NULL))
            fail_msg("%s: %s", r->text, why);
        assert_int_equal(offers_mqtt, r->offers_mqtt);
        assert_memory_equal(answer.bytes, good ? "HTTP/1.1 101" : "HTTP/1.1 400", 12);
        mqh_buffer_free(&answer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_upgrade_read_answer_tells_good_from_bad),
        cmocka_unit_test(test_upgrade_size_waits_for_the_empty_line),
        cmocka_unit_test(test_upgrade_answer_takes_our_request),
        cmocka_unit_test(test_upgrade_answer_tells_good_from_bad),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
