#include "harness/scenario/scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Parses one file and fails the test with the complaint if that does not work. */
static struct mqh_scenarios parse_good(struct mqh_arena *arena, const char *source)
{
    struct mqh_scenarios scenarios = {0};
    struct mqh_error error = {0};
    char text[600];

    if (!mqh_parse(arena, "test.mqs", mqc_slice_text(source), &scenarios, &error)) {
        mqh_error_print(&error, text, sizeof text);
        fail_msg("%s", text);
    }
    return scenarios;
}

static void assert_slice(struct mqc_slice slice, const char *expected)
{
    assert_int_equal(slice.size, strlen(expected));
    assert_memory_equal(slice.data, expected, slice.size);
}

/* ---- good files ---- */

#define FIVE "scenario \"topic/name\"\nversions 5.0\n"

static const char resent[] =
    "# A publisher that lost our PUBREC sends again;\n"
    "# the subscriber must still get the message once.\n"
    "scenario \"qos/resent-publish-is-delivered-once\"\n"
    "proves   v5 MQTT-4.3.3-10, v311 MQTT-4.3.3-2\n"
    "versions 3.1.1, 5.0\n"
    "needs    qos2\n"
    "\n"
    "client pub\n"
    "client sub\n"
    "\n"
    "sub -> SUBSCRIBE id=1 [\"${T}/a\" qos=2]\n"
    "sub <- SUBACK id=1 [2]\n"
    "pub -> PUBLISH qos=2 id=9 topic=\"${T}/a\" payload=\"once\"\n"
    "pub <- PUBREC id=9\n"
    "pub -> PUBLISH dup qos=2 id=9 topic=\"${T}/a\" payload=\"once\"\n"
    "pub <- PUBREC id=9\n"
    "pub -> PUBREL id=9\n"
    "pub <- PUBCOMP id=9\n"
    "sub <- PUBLISH qos=2 topic=\"${T}/a\" payload=\"once\" id=$m\n"
    "sub -> PUBREC id=$m\n"
    "sub <- PUBREL id=$m\n"
    "sub -> PUBCOMP id=$m\n"
    "sub <- nothing                       proves v5 MQTT-4.3.3-10, v311 MQTT-4.3.3-2\n";

static const char auth[] =
    "scenario \"auth/unknown-method-is-refused\"\n"
    "proves   v5 MQTT-4.12.0-1\n"
    "versions 5.0\n"
    "\n"
    "client c manual\n"
    "c -> CONNECT authentication-method=\"mqspec-no-such-method\" authentication-data=h'00'\n"
    "c <- refused=bad-authentication-method | closed\n"
    "\n\n"
    "# Flow control.\n"
    "scenario \"flow/receive-maximum-of-the-client\"\n"
    "proves   v5 MQTT-3.3.4-9\n"
    "versions 5.0\n"
    "\n"
    "client sub receive-maximum=2\n"
    "client pub\n"
    "sub -> SUBSCRIBE id=1 [\"${T}/f\" qos=1]\n"
    "sub <- SUBACK id=1 [1]\n"
    "repeat $i in 1..3\n"
    "  pub -> PUBLISH qos=1 id=$i topic=\"${T}/f\" payload=\"m${i}\"\n"
    "  pub <- PUBACK id=$i\n"
    "end\n"
    "sub <- PUBLISH payload=\"m1\" id=$a\n"
    "sub <- PUBLISH payload=\"m2\" id=$b\n"
    "sub <- nothing                                 proves v5 MQTT-3.3.4-9\n"
    "sub -> PUBACK id=$a\n"
    "sub <- PUBLISH payload=\"m3\" id=$c\n";

static const char client[] =
    "scenario \"client/resends-qos1-with-dup-and-the-same-identifier\"\n"
    "proves   v311 MQTT-4.4.0-1, v5 MQTT-4.4.0-1\n"
    "versions 3.1.1, 5.0\n"
    "needs    client-publishes-qos1\n"
    "\n"
    "server s\n"
    "s <- CONNECT session=keep\n"
    "s -> CONNACK\n"
    "s <- PUBLISH qos=1 id=$m topic=$t payload=$p\n"
    "s reset\n"
    "s accept\n"
    "s <- CONNECT session=keep\n"
    "s -> CONNACK session-present\n"
    "s <- PUBLISH dup qos=1 id=$m topic=$t payload=$p      proves v311 MQTT-4.4.0-1, v5 "
    "MQTT-4.4.0-1\n"
    "s -> PUBACK id=$m\n";

static const char properties[] =
    "scenario \"properties/connect-property-given-twice\"\n"
    "proves   v5 X5-3.1.2.11.2-1, v5 X5-3.1.2.11.3-1, v5 X5-3.1.2.11.4-1, v5 X5-3.1.2.11.5-1\n"
    "versions 5.0\n"
    "vary $p in session-expiry-interval=5, receive-maximum=5, maximum-packet-size=1000, "
    "topic-alias-maximum=5\n"
    "\n"
    "client c manual                                # opens the connection, sends nothing\n"
    "c -> CONNECT $p !property=$p                   breaks v5 X5-3.1.2.11.2-1 | v5 "
    "X5-3.1.2.11.3-1 | v5 X5-3.1.2.11.4-1 | v5 X5-3.1.2.11.5-1\n"
    "c <- closed reason=0x82                        # the id proved is the one broken\n"
    "\n\n"
    "scenario \"connect/cut-short\"\n"
    "proves   v5 MQTT-3.1.4-1, v311 MQTT-3.1.4-1\n"
    "versions 3.1.1, 5.0\n"
    "vary $n in 1..all\n"
    "\n"
    "client c manual\n"
    "c -> CONNECT username=\"user\" password=\"secret\" will={topic=\"${T}/w\" payload=\"w\"} "
    "!cut=$n    breaks any\n"
    "c <- closed\n";

static const char session[] =
    "scenario \"session/takeover-closes-the-older-connection\"\n"
    "proves   v5 MQTT-3.1.4-3, v311 MQTT-3.1.4-2\n"
    "versions 3.1.1, 5.0\n"
    "\n"
    "client old client-id=\"${C}x\"\n"
    "client new client-id=\"${C}x\"\n"
    "old <- closed reason=0x8E                      proves v5 MQTT-3.1.4-3, v311 MQTT-3.1.4-2\n"
    "new -> PINGREQ\n"
    "new <- PINGRESP\n"
    "\n\n"
    "scenario \"session/queued-messages-arrive-in-order\"\n"
    "proves   v5 MQTT-4.6.0-5, v311 MQTT-4.6.0-6\n"
    "versions 3.1.1, 5.0\n"
    "\n"
    "client sub session=keep\n"
    "sub -> SUBSCRIBE id=1 [\"${T}/q\" qos=1]\n"
    "sub <- SUBACK id=1 [1]\n"
    "sub disconnect\n"
    "\n"
    "client pub\n"
    "repeat $i in 1..10\n"
    "  pub -> PUBLISH qos=1 id=$i topic=\"${T}/q\" payload=\"m${i}\"\n"
    "  pub <- PUBACK id=$i\n"
    "end\n"
    "\n"
    "client sub again session=resume acks=auto\n"
    "repeat $i in 1..10\n"
    "  sub <- PUBLISH qos=1 topic=\"${T}/q\" payload=\"m${i}\"      proves v5 MQTT-4.6.0-5, v311 "
    "MQTT-4.6.0-6\n"
    "end\n";

static const char share[] =
    "scenario \"subscribe/shared-subscription-delivers-once\"\n"
    "proves   v5 X5-4.8.2-1\n"
    "versions 5.0\n"
    "needs    shared-subscriptions\n"
    "\n"
    "client one acks=auto\n"
    "client two acks=auto\n"
    "one -> SUBSCRIBE id=1 [\"$share/g${C}/${T}/job\" qos=1]\n"
    "one <- SUBACK id=1 [1]\n"
    "two -> SUBSCRIBE id=1 [\"$share/g${C}/${T}/job\" qos=1]\n"
    "two <- SUBACK id=1 [1]\n"
    "\n"
    "client pub\n"
    "repeat $i in 1..20\n"
    "  pub -> PUBLISH qos=1 id=$i topic=\"${T}/job\" payload=\"j${i}\"\n"
    "  pub <- PUBACK id=$i\n"
    "end\n"
    "one+two <- each-once { repeat $i in 1..20 PUBLISH topic=\"${T}/job\" payload=\"j${i}\" end }  "
    "   proves v5 X5-4.8.2-1\n"
    "\n\n"
    "scenario \"publish/properties-do-not-reach-3.1.1\"\n"
    "proves   v311 X311-7.1-1                       # what is sent to a 3.1.1 client\n"
    "versions 5.0\n"
    "\n"
    "client pub\n"
    "client sub @3.1.1\n"
    "sub -> SUBSCRIBE id=1 [\"${T}/a\" qos=0]\n"
    "sub <- SUBACK id=1 [0]\n"
    "pub -> PUBLISH topic=\"${T}/a\" payload=\"x\" content-type=\"text/plain\" "
    "user-property=(\"k\",\"v\") message-expiry-interval=60\n"
    "sub <- PUBLISH topic=\"${T}/a\" payload=\"x\"      proves v311 X311-7.1-1    # as 3.1.1\n";

static const char will[] =
    "scenario \"will/delay-is-kept\"\n"
    "proves   v5 MQTT-3.1.2-8\n"
    "versions 5.0\n"
    "\n"
    "client watcher\n"
    "watcher -> SUBSCRIBE id=1 [\"${T}/gone\" qos=1]\n"
    "watcher <- SUBACK id=1 [1]\n"
    "\n"
    "client device session=keep will={topic=\"${T}/gone\" payload=\"lost\" qos=1 delay=2}\n"
    "device reset                                   # TCP RST, no DISCONNECT\n"
    "watcher <- PUBLISH topic=\"${T}/gone\" payload=\"lost\" qos=1 id=$w  after 2s   proves v5 "
    "MQTT-3.1.2-8\n"
    "watcher -> PUBACK id=$w\n"
    "\n\n"
    "scenario \"will/not-sent-when-the-session-is-resumed-in-time\"\n"
    "proves   v5 MQTT-3.1.3-9\n"
    "versions 5.0\n"
    "\n"
    "client watcher\n"
    "watcher -> SUBSCRIBE id=1 [\"${T}/gone\" qos=1]\n"
    "watcher <- SUBACK id=1 [1]\n"
    "\n"
    "client device session=keep will={topic=\"${T}/gone\" payload=\"lost\" qos=1 delay=2}\n"
    "device reset\n"
    "client device again session=resume             # same Client Identifier\n"
    "watcher <- nothing for 3s                      proves v5 MQTT-3.1.3-9\n";

/* Every word of the language that the others leave out. */
static const char words[] =
    "\xEF\xBB\xBF# A file may begin with a byte order mark, and end its lines with CR LF.\r\n"
    "scenario \"all/words.2\"\r\n"
    "proves v5 MQTT-2.1.3-1,\r\n"
    "       v311 MQTT-2.2.2-1\r\n"
    "proves v31 X31-2.1-1\r\n"
    "versions 3.1, 3.1.1, 5.0\r\n"
    "needs qos2, retain\r\n"
    "needs wildcards\r\n"
    "exclusive\r\n"
    "intrusive\r\n"
    "foreign\r\n"
    "since 1.0\r\n"
    "vary $x in 1, 0x2, 3\r\n"
    "vary $s in \"a\", \"b\\n\", h'0063'\r\n"
    "vary $f in qos=1, qos=2\r\n"
    "\r\n"
    "client c keep-alive=30 @3.1.1 acks=auto session=keep proves v311 MQTT-2.2.2-1\r\n"
    "client d\r\n"
    "c -> PINGREQ ; PINGREQ split=1\r\n"
    "c <- any { PINGRESP ;\r\n"
    "  # in between\r\n"
    "\r\n"
    "  PINGRESP\r\n"
    "} within 500ms\r\n"
    "d -> SUBSCRIBE id=$x [\r\n"
    "  \"${T}/a\" qos=1,\r\n"
    "  \"${T}/b\"\r\n"
    "]\r\n"
    "d -> DISCONNECT reason=4 session-expiry-interval=0 @5.0\r\n"
    "d <- SUBACK id=$x [_, 0..2] profile order=list\r\n"
    "   | SUBACK id=$x [0x80, 0x80] profile order=none   # MQTT\r\n"
    "   | closed reason=(0x82,protocol-error,0x97)   "
    "   proves v31 X31-2.1-1, v5 MQTT-2.1.3-1\r\n"
    "d -> PUBLISH $f id=1 topic=\"${T}/a\" payload=$s @3.x\r\n"
    "c <- ordered { PUBLISH topic=$topic payload=$s ; PINGRESP }\r\n"
    "c -> PUBLISH topic=$topic\r\n"
    "c+d <- nothing for 1s\r\n"
    "c <- closed silent\r\n"
    "c <- refused\r\n"
    "wait 20ms @5.0\r\n"
    "c disconnect\r\n"
    "d disconnect reason=4 session-expiry-interval=1 @5.0\r\n"
    "client c again keep-alive=5\r\n"
    "client c again manual\r\n"
    "c close";

static const char *const good[] = {resent, auth, client, properties, session, share, will, words};

enum { GOOD_COUNT = sizeof good / sizeof good[0] };

static void test_parse_accepts_the_whole_language(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOOD_COUNT; i++) {
        struct mqh_arena arena = {0};

        assert_true(parse_good(&arena, good[i]).count > 0);
        mqh_arena_free(&arena);
    }
}

static void test_parse_keeps_what_the_header_says(void **state)
{
    struct mqh_arena arena = {0};
    struct mqh_scenarios all = parse_good(&arena, words);
    const struct mqh_scenario *s = &all.items[0];

    (void)state;
    assert_int_equal(all.count, 1);
    assert_string_equal(s->file, "test.mqs");
    assert_string_equal(s->name, "all/words.2");
    assert_int_equal(s->where.line, 2);
    assert_int_equal(s->proves.count, 3);
    assert_string_equal(s->proves.items[1]->id, "MQTT-2.2.2-1");
    assert_int_equal(s->versions, MQH_ALL_VERSIONS);
    assert_int_equal(s->need_count, 3);
    assert_string_equal(s->needs[2], "wildcards");
    assert_string_equal(s->since, "1.0");
    assert_true(s->exclusive && s->intrusive && s->foreign && !s->by_server_role);
    assert_int_equal(s->vary_count, 3);
    assert_slice(s->varies[0].name, "x");
    assert_slice(s->varies[0].values[1].text, "0x2");
    assert_int_equal(s->varies[0].parsed[1].number, 2);
    assert_slice(s->varies[1].parsed[1].bytes, "b\n");
    assert_int_equal(s->varies[1].parsed[2].bytes.size, 2);
    assert_true(s->varies[2].values_are_fields);
    assert_slice(s->varies[2].parsed[1].bytes, "qos=2");
    assert_int_equal(s->peer_count, 2);
    assert_string_equal(s->peers[1], "d");
    assert_true(s->line_proves);
    mqh_arena_free(&arena);
}

static void test_parse_takes_versions_from_the_ids(void **state)
{
    struct mqh_arena arena = {0};
    struct mqh_scenarios all =
        parse_good(&arena, "# Far away.\n\n#  One, #\n  # two.\nscenario \"a/b\"\n"
                           "proves v311 MQTT-2.2.2-1, v31 X31-2.1-1\n"
                           "client c\nc <- nothing\n");

    (void)state;
    assert_int_equal(all.items[0].versions, MQH_VERSION(MQC_V31) | MQH_VERSION(MQC_V311));
    assert_string_equal(all.items[0].comment, "One, # two.");
    mqh_arena_free(&arena);
}

static void test_parse_reads_steps(void **state)
{
    struct mqh_arena arena = {0};
    struct mqh_scenarios all = parse_good(&arena, words);
    const struct mqh_step *steps = all.items[0].steps;
    const struct mqh_expect *e;

    (void)state;
    assert_int_equal(all.items[0].step_count, 19);
    assert_int_equal(steps[0].kind, MQH_STEP_CLIENT);
    assert_int_equal(steps[0].version, MQC_V311);
    assert_int_equal(steps[0].pinned, MQH_VERSION(MQC_V311));
    assert_true(steps[0].acks_auto && !steps[0].resume && !steps[0].manual);
    assert_slice(steps[0].text.text, "keep-alive=30                  session=keep");
    assert_int_equal(steps[0].where.line, 17);
    assert_int_equal(steps[2].kind, MQH_STEP_SEND);
    assert_int_equal(steps[2].packet_count, 2);
    assert_slice(steps[2].packets[1].text, "PINGREQ");
    assert_int_equal(steps[2].packets[1].column, 16);
    assert_int_equal(steps[2].split, 1);

    e = steps[3].expect;
    assert_int_equal(e->kind, MQH_EXPECT_ANY);
    assert_int_equal(e->child_count, 2);
    assert_int_equal(e->children[1].text.line, 23);
    assert_int_equal(e->children[1].text.column, 3);
    assert_int_equal(steps[3].within_ms, 500);

    assert_int_equal(steps[5].versions, MQH_VERSION(MQC_V5));
    e = steps[6].expect;
    assert_int_equal(e->kind, MQH_EXPECT_EITHER);
    assert_int_equal(e->child_count, 3);
    assert_slice(e->children[0].text.text, "SUBACK id=$x [_, 0..2]");
    assert_slice(e->children[0].profile_name, "order");
    assert_slice(e->children[1].profile_word, "none");
    assert_int_equal(e->children[2].kind, MQH_EXPECT_CLOSED);
    assert_int_equal(e->children[2].reason_count, 3);
    assert_int_equal(e->children[2].reasons[1], 0x82);
    assert_int_equal(steps[6].where.line, 30);
    assert_int_equal(e->children[2].text.line, 32);
    assert_int_equal(steps[6].proves.count, 2);
    assert_int_equal(steps[8].expect->kind, MQH_EXPECT_ORDERED);
    assert_int_equal(steps[10].expect->for_ms, 1000);
    assert_int_equal(steps[10].peer_count, 2);
    assert_true(steps[11].expect->silent);
    assert_int_equal(steps[12].expect->kind, MQH_EXPECT_REFUSED);
    assert_int_equal(steps[13].kind, MQH_STEP_WAIT);
    assert_int_equal(steps[13].wait_ms, 20);
    assert_int_equal(steps[15].kind, MQH_STEP_DISCONNECT);
    assert_slice(steps[15].text.text, "reason=4 session-expiry-interval=1");
    assert_true(steps[17].manual && steps[17].again);
    mqh_arena_free(&arena);
}

static void test_parse_unrolls_repeats(void **state)
{
    static const unsigned expected[][2] = {{1, 5}, {1, 6}, {1, 0}, {2, 5}, {2, 6}, {2, 0}};
    struct mqh_arena arena = {0};
    struct mqh_scenarios all = parse_good(
        &arena, FIVE "client c\nrepeat $i in 1..2\nrepeat $k in 5..6\n"
                     "c -> PUBLISH topic=\"${T}/${i}\" payload=\"${k}\"\nend\nc -> PINGREQ\nend\n"
                     "c <- each-once { repeat $a in 1..2 repeat $b in 3..4 PUBLISH topic=\"${a}\" "
                     "payload=\"${b}\" ; PINGRESP end end ; PINGRESP }\n");
    const struct mqh_scenario *s = &all.items[0];
    const struct mqh_expect *e;

    (void)state;
    assert_int_equal(s->step_count, 8);
    for (size_t i = 0; i < 6; i++) {
        const struct mqh_binding *b = s->steps[i + 1].bindings;

        if (expected[i][1] > 0) {
            assert_slice(b->name, "k");
            assert_int_equal(b->value.number, expected[i][1]);
            b = b->next;
        }
        assert_slice(b->name, "i");
        assert_int_equal(b->value.number, expected[i][0]);
        assert_null(b->next);
    }
    e = s->steps[7].expect;
    assert_int_equal(e->child_count, 9);
    assert_int_equal(e->children[2].bindings->value.number, 4);
    assert_int_equal(e->children[2].bindings->next->value.number, 1);
    assert_null(e->children[8].bindings);
    mqh_arena_free(&arena);
}

static const struct {
    const char *client; /* the fields of the first time */
    const char *again;
    const char *packet; /* what the second one sends */
    bool resume;
} agains[] = {
    {"session=keep", "session=resume", "CONNECT session=resume", true},
    {"session=keep", "", "CONNECT session=keep ", false},
    {"session=resume", "keep-alive=5", "CONNECT session=resume keep-alive=5", true},
    {"session=resume", "session=fresh", "CONNECT session=fresh", false},
    {"session=keep acks=auto", "clean-start=0", "CONNECT clean-start=0", false},
    {"client-id=\"a b\" will={topic=\"t\" qos=1} keep-alive=9", "will={topic=\"u\"}",
     "CONNECT client-id=\"a b\" keep-alive=9 will={topic=\"u\"}", false},
    {"user-property=(\"a\", \"b\") user-property=(\"c\",\"d\") username=\"u\"",
     "user-property=(\"e\",\"f\")", "CONNECT username=\"u\" user-property=(\"e\",\"f\")", false},
};

static void test_again_keeps_the_fields_it_does_not_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof agains / sizeof agains[0]; i++) {
        struct mqh_arena arena = {0};
        const char *source =
            mqh_arena_format(&arena, FIVE "client c %s\nc close\nclient c again %s\n",
                             agains[i].client, agains[i].again);
        struct mqh_scenarios all = parse_good(&arena, source);
        const struct mqh_step *step = &all.items[0].steps[2];
        size_t own;
        struct mqc_slice packet = mqh_step_packet(&arena, step, &own);

        assert_slice(packet, agains[i].packet);
        assert_slice(step->text.text, agains[i].again);
        assert_int_equal(own, packet.size - strlen(agains[i].again));
        assert_int_equal(step->resume, agains[i].resume);
        assert_int_equal(step->acks_auto, all.items[0].steps[0].acks_auto);
        mqh_arena_free(&arena);
    }
}

/* ---- anything at all ---- */

/* Parses exactly these bytes, which are gone afterwards, and expands what was understood. */
static void parse_any(const char *bytes, size_t size)
{
    struct mqh_arena arena = {0};
    struct mqh_scenarios scenarios = {0};
    struct mqh_cases cases = {0};
    struct mqh_error error = {0};
    uint8_t *copy = malloc(size + 1);
    bool parsed;
    char text[200];

    memcpy(copy, bytes, size);
    copy = realloc(copy, size > 0 ? size : 1);
    parsed = mqh_parse(&arena, "test.mqs", (struct mqc_slice){copy, size}, &scenarios, &error);
    free(copy);
    if (!parsed)
        assert_true(mqh_error_print(&error, text, sizeof text) > 0);
    for (size_t i = 0; i < scenarios.count; i++)
        mqh_cases_add(&arena, &scenarios.items[i], MQH_VERSION(MQC_V5), &cases, &error);
    mqh_arena_free(&arena);
}

static void test_parse_survives_files_that_are_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOOD_COUNT; i++)
        for (size_t size = 0; size < strlen(good[i]); size++)
            parse_any(good[i], size);
}

static void test_parse_survives_any_byte(void **state)
{
    static const char bytes[] = {'\0', '\n', '"', '\'', '$', '{', '}', '[', '(', '|',       ';',
                                 ',',  '=',  '!', '@',  '#', '9', 'h', '-', ' ', (char)0xff};
    char text[4000];

    (void)state;
    for (size_t i = 0; i < GOOD_COUNT; i++) {
        size_t size = strlen(good[i]);

        assert_true(size < sizeof text);
        for (size_t at = 0; at < size; at++) {
            memcpy(text, good[i], size);
            text[at] = bytes[(at + i) % sizeof bytes];
            parse_any(text, size);
            memmove(text + at, good[i] + at + 1, size - at - 1);
            parse_any(text, size - 1);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_accepts_the_whole_language),
        cmocka_unit_test(test_parse_keeps_what_the_header_says),
        cmocka_unit_test(test_parse_takes_versions_from_the_ids),
        cmocka_unit_test(test_parse_reads_steps),
        cmocka_unit_test(test_parse_unrolls_repeats),
        cmocka_unit_test(test_again_keeps_the_fields_it_does_not_name),
        cmocka_unit_test(test_parse_survives_files_that_are_cut),
        cmocka_unit_test(test_parse_survives_any_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
