#include "codec/testing.h"

#include "harness/proxy/traffic.h"

static void say(struct mqh_traffic *traffic, struct mqh_traffic_talk *talk, enum mqc_side from,
                enum mqc_version version, const char *hex, uint64_t now_ms)
{
    static struct mqc_test_bytes bytes;
    struct mqc_test_packet test;

    mqc_test_hex(hex, &bytes);
    mqc_test_decode(mqc_test_slice(&bytes), version, from, &test);
    mqh_traffic_packet(traffic, talk, &test.packet, now_ms);
}

static const struct mqh_traffic_client *client_at(const struct mqh_traffic *traffic, size_t place)
{
    const struct mqh_traffic_client *list[8] = {0};

    mqh_traffic_clients(traffic, 1000, list, 8);
    return list[place];
}

static const struct mqh_traffic_topic *topic_at(const struct mqh_traffic *traffic, size_t place)
{
    const struct mqh_traffic_topic *list[8] = {0};

    mqh_traffic_topics(traffic, 1000, list, 8);
    return list[place];
}

static const char connect_a[] = "10 0d 0004 4d515454 04 02 003c 0001 61";

static void test_traffic_counts_by_client_and_topic(void **state)
{
    struct mqh_traffic *traffic = mqh_traffic_new();
    struct mqh_traffic_talk *talk = mqh_traffic_open(traffic, "1.2.3.4:5");
    const struct mqh_traffic_client *client;
    const struct mqh_traffic_topic *topic;

    (void)state;
    say(traffic, talk, MQC_CLIENT, MQC_V311, connect_a, 500);
    say(traffic, talk, MQC_SERVER, MQC_V311, "20 02 0000", 500);
    say(traffic, talk, MQC_CLIENT, MQC_V311, "31 05 0001 74 6869", 600);
    say(traffic, talk, MQC_SERVER, MQC_V311, "32 07 0001 74 0001 6869", 700);
    mqh_traffic_breach(traffic, talk, MQC_SERVER, true, "v311 MQTT-1");
    mqh_traffic_breach(traffic, talk, MQC_CLIENT, false, "v311 MQTT-2");

    client = client_at(traffic, 0);
    assert_string_equal(client->name.text, "a");
    assert_string_equal(client->address, "1.2.3.4:5");
    assert_int_equal(client->version, MQC_V311);
    assert_int_equal(client->sent.packets.total, 2);
    assert_int_equal(client->sent.messages.total, 1);
    assert_int_equal(client->sent.bytes.total, 15 + 7);
    assert_int_equal(client->received.messages.total, 1);
    assert_int_equal(client->own.should, 1);
    assert_int_equal(client->server.must, 1);
    assert_string_equal(client->last_rule, "v311 MQTT-2");
    topic = topic_at(traffic, 0);
    assert_string_equal(topic->name.text, "t");
    assert_int_equal(topic->published.total, 1);
    assert_int_equal(topic->delivered.total, 1);
    assert_int_equal(topic->bytes.total, 4);
    assert_int_equal(topic->qos, 1);
    assert_true(topic->retained);
    say(traffic, talk, MQC_CLIENT, MQC_V311, "31 03 0001 74", 800);
    assert_false(topic->retained);

    mqh_traffic_close(traffic, talk);
    assert_int_equal(client_at(traffic, 0)->name.users, 0);
    assert_int_equal(traffic->open, 0);
    assert_int_equal(traffic->peak, 1);
    mqh_traffic_free(traffic);
}

static void test_a_client_without_identifier_is_its_address_until_it_gets_one(void **state)
{
    struct mqh_traffic *traffic = mqh_traffic_new();
    struct mqh_traffic_talk *talk = mqh_traffic_open(traffic, "1.2.3.4:5");

    (void)state;
    say(traffic, talk, MQC_CLIENT, MQC_V5, "10 0d 0004 4d515454 05 02 003c 00 0000", 1);
    assert_true(client_at(traffic, 0)->unnamed);
    say(traffic, talk, MQC_SERVER, MQC_V5, "20 07 00 00 04 12 0001 62", 2);
    assert_int_equal(traffic->clients.count, 1);
    assert_string_equal(client_at(traffic, 0)->name.text, "b");
    assert_false(client_at(traffic, 0)->unnamed);
    assert_int_equal(client_at(traffic, 0)->sent.packets.total, 1);
    mqh_traffic_close(traffic, talk);
    assert_int_equal(traffic->clients.count, 1);

    talk = mqh_traffic_open(traffic, "1.2.3.4:6");
    say(traffic, talk, MQC_CLIENT, MQC_V311, "10 0c 0004 4d515454 04 02 003c 0000", 3);
    assert_int_equal(traffic->clients.count, 2);
    mqh_traffic_close(traffic, talk);
    assert_int_equal(traffic->clients.count, 1); /* it never comes again */
    mqh_traffic_free(traffic);
}

static void test_topic_aliases_stand_for_topics(void **state)
{
    struct mqh_traffic *traffic = mqh_traffic_new();
    struct mqh_traffic_talk *talk = mqh_traffic_open(traffic, "1.2.3.4:5");

    (void)state;
    say(traffic, talk, MQC_CLIENT, MQC_V5, "30 07 0001 74 03 230001", 1);
    say(traffic, talk, MQC_CLIENT, MQC_V5, "30 06 0000 03 230001", 2);
    say(traffic, talk, MQC_CLIENT, MQC_V5, "30 06 0000 03 230002", 3); /* never set */
    say(traffic, talk, MQC_SERVER, MQC_V5, "30 06 0000 03 230001", 4); /* of the other side */
    assert_int_equal(traffic->topics.count, 1);
    assert_int_equal(topic_at(traffic, 0)->published.total, 2);
    say(traffic, talk, MQC_CLIENT, MQC_V5, "30 07 0001 75 03 230001", 5);
    say(traffic, talk, MQC_CLIENT, MQC_V5, "30 06 0000 03 230001", 6);
    assert_int_equal(traffic->topics.count, 2);
    mqh_traffic_close(traffic, talk);
    mqh_traffic_free(traffic);
}

static void test_a_new_topic_takes_the_place_of_the_most_silent_one(void **state)
{
    struct mqh_traffic *traffic = mqh_traffic_new();
    struct mqh_traffic_talk *talk = mqh_traffic_open(traffic, "1.2.3.4:5");
    char hex[64];

    (void)state;
    for (unsigned i = 0; i < MQH_TRAFFIC_NAMES_MAX; i++) {
        snprintf(hex, sizeof hex, "30 06 0004 %02x%02x%02x%02x", 'a' + i / 512, 'a' + i / 64 % 8,
                 'a' + i / 8 % 8, 'a' + i % 8);
        say(traffic, talk, MQC_CLIENT, MQC_V311, hex, 100 + i);
    }
    assert_int_equal(traffic->topics.count, MQH_TRAFFIC_NAMES_MAX);
    assert_int_equal(traffic->topics.dropped, 0);
    say(traffic, talk, MQC_CLIENT, MQC_V311, "30 06 0004 61616161", 9000); /* the first again */
    say(traffic, talk, MQC_CLIENT, MQC_V311, "30 03 0001 7a", 9001);       /* the second goes */
    assert_int_equal(traffic->topics.count, MQH_TRAFFIC_NAMES_MAX);
    assert_int_equal(traffic->topics.dropped, 1);
    say(traffic, talk, MQC_CLIENT, MQC_V311, "30 06 0004 61616161", 9002);
    assert_int_equal(traffic->topics.dropped, 1);
    say(traffic, talk, MQC_CLIENT, MQC_V311, "30 06 0004 61616162", 9003);
    assert_int_equal(traffic->topics.dropped, 2);
    mqh_traffic_close(traffic, talk);
    mqh_traffic_free(traffic);
}

static void test_names_that_are_too_long_are_not_kept(void **state)
{
    struct mqh_traffic *traffic = mqh_traffic_new();
    struct mqh_traffic_talk *talk = mqh_traffic_open(traffic, "1.2.3.4:5");

    (void)state;
    say(traffic, talk, MQC_CLIENT, MQC_V311, "30 82 02 0100 61*256", 1);
    assert_int_equal(traffic->topics.count, 1);
    say(traffic, talk, MQC_CLIENT, MQC_V311, "30 83 02 0101 61*257", 2);
    assert_int_equal(traffic->topics.count, 1);
    assert_int_equal(traffic->topics.dropped, 1);
    mqh_traffic_close(traffic, talk);
    mqh_traffic_free(traffic);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_traffic_counts_by_client_and_topic),
        cmocka_unit_test(test_a_client_without_identifier_is_its_address_until_it_gets_one),
        cmocka_unit_test(test_topic_aliases_stand_for_topics),
        cmocka_unit_test(test_a_new_topic_takes_the_place_of_the_most_silent_one),
        cmocka_unit_test(test_names_that_are_too_long_are_not_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
