#include "harness/report/diagram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *draw(struct mqh_event *events, size_t count, unsigned columns)
{
    struct mqh_result result = {.events = events, .event_count = count};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    mqh_diagram_write(out, &result, "", columns);
    fclose(out);
    return text;
}

static void test_each_client_has_a_lifeline_and_the_broker_the_last(void **state)
{
    struct mqh_event events[] = {
        {0, MQH_EVENT_OPENED, "sub", 0, NULL, {NULL, 0}, 0, NULL, 0, MQC_V5},
        {1,
         MQH_EVENT_SENT,
         "sub",
         0,
         "SUBSCRIBE id=1 [\"a\" qos=1]",
         {NULL, 0},
         0,
         NULL,
         0,
         MQC_V5},
        {12, MQH_EVENT_OPENED, "publisher", 1, NULL, {NULL, 0}, 0, NULL, 0, MQC_V5},
        {1234, MQH_EVENT_RECEIVED, "sub", 0, "SUBACK id=1 [1]", {NULL, 0}, 0, NULL, 0, MQC_V5},
        {1234, MQH_EVENT_BREACH, "sub", 0, "v5 MQTT-3.8.4-1", {NULL, 0}, 0, NULL, 0, MQC_V5},
        {1240, MQH_EVENT_PEER_FIN, "sub", 0, NULL, {NULL, 0}, 0, NULL, 0, MQC_V5},
        {1241, MQH_EVENT_NOTE, NULL, 0, "a word", {NULL, 0}, 0, NULL, 0, MQC_V5},
    };
    static const char expected[] =
        "     s   sub        publisher  broker\n"
        "  0.000   |==========+=========>|  connects\n"
        "  0.001   |----------+--------->|  SUBSCRIBE id=1 [\"a\" qos=1]\n"
        "  0.012   |          |=========>|  connects\n"
        "  1.234   |<---------+----------|  SUBACK id=1 [1]\n"
        "          |          |          |  !! v5 MQTT-3.8.4-1\n"
        "  1.240   |<=========+==========|  FIN\n"
        "          :          |          |  -- a word\n";
    char *text = draw(events, sizeof events / sizeof events[0], 0);

    (void)state;
    assert_string_equal(text, expected);
    free(text);
}

static void test_lines_are_cut_where_the_terminal_ends(void **state)
{
    struct mqh_event events[] = {
        {0,
         MQH_EVENT_SENT,
         "c",
         0,
         "PUBLISH topic=\"a\" payload=\"a long one, longer than that\"",
         {NULL, 0},
         0,
         NULL,
         0,
         MQC_V5},
    };
    char *text = draw(events, 1, 50);

    (void)state;
    assert_string_equal(strchr(text, '\n'),
                        "\n  0.000   :-------->|  PUBLISH topic=\"a\" payload…\n");
    free(text);
}

/* More clients than there are lifelines: their packets stand without an arrow. */
static void test_there_may_be_more_clients_than_lifelines(void **state)
{
    enum { CLIENTS = 40 };
    struct mqh_event events[CLIENTS];
    char names[CLIENTS][4];

    (void)state;
    for (unsigned i = 0; i < CLIENTS; i++) {
        snprintf(names[i], sizeof names[i], "c%u", i);
        events[i] = (struct mqh_event){.kind = MQH_EVENT_SENT, .peer = names[i], .text = "PINGREQ"};
    }

    char *text = draw(events, CLIENTS, 80);

    assert_non_null(strstr(text, "|  PINGREQ\n"));
    free(text);
    text = draw(events, 0, 80);
    assert_string_equal(text, "");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_client_has_a_lifeline_and_the_broker_the_last),
        cmocka_unit_test(test_lines_are_cut_where_the_terminal_ends),
        cmocka_unit_test(test_there_may_be_more_clients_than_lifelines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
