#include "harness/scenario/scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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

#define SCENARIO "scenario \"topic/name\"\nversions 3.1.1, 5.0\n"
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
    assert_slice(steps[0].text.text, "keep-alive=30                   session=keep");
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

/* ---- complaints ---- */

static const struct {
    const char *source;
    const char *place;   /* "line:column" */
    const char *message; /* a part of it */
} bad[] = {
    /* files and lines */
    {"client c\n", "1:1", "comes first"},
    {"\n  \"a\"\n", "2:3", "begins with a word"},
    {SCENARIO "client c\nc -> PUBLISH topic=\"a\n", "4:20", "does not end"},
    {SCENARIO "client c\nc -> RAW h'00\n", "4:10", "does not end"},
    {SCENARIO "client c\nc -> PUBLISH topic=$ qos=1\n", "4:20", "a variable is $ and a name"},
    {SCENARIO "client c\nc -> PUBLISH ?\n", "4:14", "no word begins"},
    {SCENARIO "client c\nc <- any { PINGRESP ;\n# more\n", "4:10", "never closed"},
    {SCENARIO "client c\nc -> SUBSCRIBE id=1 [\"a\" }\n", "4:26", "cannot close the ["},
    {SCENARIO "client c\nc -> PINGREQ )\n", "4:14", "nothing is open"},
    {SCENARIO "client c\nc -> ((((((((( \n", "4:14", "nested deeper than 8"},
    /* scenario */
    {"scenario topic/name\n", "1:10", "name in quotes"},
    {"scenario \"name\"\n", "1:10", "its folder"},
    {"scenario \"\"\n", "1:10", "its folder"},
    {"scenario \"a/\"\n", "1:10", "its folder"},
    {"scenario \"Topic/name\"\n", "1:11", "a-z, 0-9"},
    {"scenario \"to.pic/name\"\n", "1:13", "without dots"},
    {"scenario \"a/../b\"\n", "1:13", "begins with a letter"},
    {"scenario \"a//b\"\n", "1:13", "begins with a letter"},
    {"scenario \"a/b\" 1\n", "1:16", "the line's end"},
    {SCENARIO "client c\nscenario \"topic/name\"\n", "4:10", "already"},
    {SCENARIO, "1:1", "has no steps"},
    {"scenario \"a/b\"\nclient c\n", "1:1", "must name its `versions`"},
    /* headers */
    {SCENARIO "client c\nneeds qos2\n", "4:1", "above the scenario's first step"},
    {SCENARIO "versions 3.1\n", "3:10", "twice"},
    {"scenario \"a/b\"\nversions 3.1, 3.1\n", "2:15", "twice"},
    {"scenario \"a/b\"\nversions 3.2\n", "2:10", "a version: 3.1, 3.1.1 or 5.0"},
    {"scenario \"a/b\"\nversions v5\n", "2:10", "a version"},
    {SCENARIO "proves MQTT-3.8.3-2\n", "3:8", "a rule such as"},
    {SCENARIO "proves v5\n", "3:10", "the rule's id"},
    {SCENARIO "proves v5 MQTT-9.9.9-9\n", "3:11", "MQTT 5.0 has no rule"},
    {SCENARIO "proves v311 MQTT-3.15.1-1\n", "3:13", "MQTT 3.1.1 has no rule"},
    {SCENARIO "proves v5 MQTT-2.1.3-1, v5 MQTT-2.1.3-1\n", "3:25", "twice"},
    {SCENARIO "proves v5 MQTT-2.1.3-1 v311 MQTT-2.2.2-1\n", "3:24", "the line's end"},
    {SCENARIO "needs Qos2\n", "3:7", "a capability"},
    {SCENARIO "needs qos2, qos2\n", "3:13", "already"},
    {SCENARIO "since 1\n", "3:7", "a release such as 1.0"},
    {SCENARIO "since 1.0\nsince 1.0\n", "4:7", "twice"},
    {SCENARIO "exclusive now\n", "3:11", "the line's end"},
    /* vary */
    {SCENARIO "vary x in 1\n", "3:6", "a variable such as"},
    {SCENARIO "vary $T in 1\n", "3:6", "already"},
    {SCENARIO "vary $x in 1\nvary $x in 2\n", "4:6", "already"},
    {SCENARIO "vary $x 1\n", "3:9", "in and the values"},
    {SCENARIO "vary $x in\n", "3:11", "a number, a string"},
    {SCENARIO "vary $x in 1,\nclient c\n", "4:1", "cannot stand in one"},
    {SCENARIO "vary $x in 1, qos=1\n", "3:15", "cannot stand in one"},
    {SCENARIO "vary $x in 1, 1\n", "3:15", "twice"},
    {SCENARIO "vary $x in 1 2\n", "3:14", "the line's end"},
    {SCENARIO "vary $x in \"${T}/a\"\n", "3:12", "cannot hold ${"},
    {SCENARIO "vary $x in \"a\\q\"\n", "3:14", "\\q"},
    {SCENARIO "vary $x in 5..4\n", "3:12", "before it begins"},
    {SCENARIO "vary $x in 0..5000\n", "3:12", "more than 5000 values"},
    {SCENARIO "vary $x in 1..99\nvary $y in 1..99\nclient c\nc -> PINGREQ\n", "4:7",
     "more than 5000 cases"},
    /* peers */
    {SCENARIO "cleint c\n", "3:1", "a step such as"},
    {SCENARIO "client 9c\n", "3:8", "a name of letters"},
    {SCENARIO "client end\n", "3:8", "a name of letters"},
    {SCENARIO "client a.b\n", "3:8", "a name of letters"},
    {SCENARIO "client c\nclient c\n", "4:8", "should it come `again`?"},
    {SCENARIO "client c again\n", "3:8", "further up"},
    {SCENARIO "client c manual keep-alive=5\n", "3:17", "a manual client sends nothing"},
    {SCENARIO "client c @3.x\n", "3:11", "a version: 3.1, 3.1.1 or 5.0"},
    {SCENARIO "client c acks=none\n", "3:15", "auto after acks="},
    {SCENARIO "client c within 2s\n", "3:10", "behind an expectation"},
    {SCENARIO "server s\nserver s\n", "4:8", "already"},
    {SCENARIO "server s\nclient s again\n", "4:8", "this is a server"},
    {SCENARIO "client c\nc accept\n", "4:3", "only a server accepts"},
    {SCENARIO "client c\nc\n", "4:2", "->, <-, disconnect"},
    {SCENARIO "client c\nc+c <- nothing\n", "4:3", "twice"},
    {SCENARIO "client c\nc+d <- nothing\n", "4:3", "a client of this scenario"},
    {SCENARIO "client c\nclient d\nc+d -> PINGREQ\n", "5:5", "<- after several names"},
    {SCENARIO "client c\nclient d\nc+d <- PINGRESP\n", "5:8", "each-once"},
    /* sending */
    {SCENARIO "client c\nc ->\n", "4:5", "a packet such as"},
    {SCENARIO "client c\nc -> PINGREQ ;\n", "4:15", "a packet such as"},
    {SCENARIO "client c\nc -> pingreq\n", "4:6", "a packet type"},
    {SCENARIO "client c\nc -> PINGREQ proves v5 MQTT-2.1.3-1\n", "4:14", "behind an expectation"},
    {SCENARIO "client c\nc -> PINGREQ split=0\n", "4:20", "at least one byte"},
    {SCENARIO "client c\nc -> PINGREQ split=1 split=1\n", "4:22", "twice"},
    {SCENARIO "client c\nc -> PINGREQ breaks\n", "4:20", "a rule such as"},
    {SCENARIO "client c\nc -> PINGREQ breaks v5 MQTT-2.1.3-1, v5 MQTT-2.1.3-1\n", "4:38", "twice"},
    {SCENARIO "client c\nc -> PINGREQ breaks v31 X31-2.1-1\n", "4:21", "is not sent in MQTT 3.1"},
    {SCENARIO "client c\nc -> PINGREQ breaks v5 MQTT-2.1.3-1 | v5 MQTT-3.8.1-1, v5 MQTT-3.8.3-2\n",
     "4:54", "cannot be mixed"},
    {SCENARIO "client c\nc -> PINGREQ @3.1\n", "4:15", "does not run in this version"},
    {SCENARIO "client c\nc -> PINGREQ @3.2\n", "4:15", "3.1.1, 5.0 or 3.x"},
    {SCENARIO "client c\nwait\n", "4:5", "a time such as"},
    {SCENARIO "client c\nwait 2\n", "4:6", "a time such as"},
    {SCENARIO "client c\nwait 3601s\n", "4:6", "at most 3600 s"},
    /* expecting */
    {SCENARIO "client c\nc <-\n", "4:5", "a packet such as"},
    {SCENARIO "client c\nc <- closed reason\n", "4:19", "= after reason"},
    {SCENARIO "client c\nc <- closed reason=\"a\"\n", "4:20", "a Reason Code"},
    {SCENARIO "client c\nc <- closed reason=no-such-code\n", "4:20", "a Reason Code"},
    {SCENARIO "client c\nc <- closed reason=(1,2,3,4,5,6,7,8,9)\n", "4:37", "more than 8"},
    {SCENARIO "client c\nc <- refused=success\n", "4:14", "refuses"},
    {SCENARIO "client c\nc <- nothing for\n", "4:17", "a time"},
    {SCENARIO "client c\nc <- nothing within 2s\n", "4:14", "nothing for 2s"},
    {SCENARIO "client c\nc <- any PINGRESP\n", "4:10", "{ and the packets"},
    {SCENARIO "client c\nc <- any { }\n", "4:12", "a packet such as"},
    {SCENARIO "client c\nc <- any { PINGRESP closed }\n", "4:21", "closed"},
    {SCENARIO "client c\nc <- PINGRESP breaks any\n", "4:15", "behind what is sent"},
    {SCENARIO "client c\nc <- PINGRESP proves v5 MQTT-2.1.3-1\n", "4:22",
     "does not name this rule"},
    {SCENARIO "client c\nc <- PINGRESP profile a=b profile c=d\n", "4:27", "already"},
    {SCENARIO "client c\nc <- PINGRESP |\n", "4:16", "a packet such as"},
    /* repeat */
    {SCENARIO "client c\nend\n", "4:1", "no repeat"},
    {SCENARIO "client c\nrepeat $i in 1..2\nc -> PINGREQ\n", "4:1", "has no `end`"},
    {SCENARIO "client c\nrepeat $i in 1..2\nend\n", "4:1", "has no steps"},
    {SCENARIO "client c\nrepeat $i in 1..all\n", "4:17", "a number"},
    {SCENARIO "client c\nrepeat $i in 1..2\nrepeat $i in 1..2\n", "5:8", "already"},
    {SCENARIO "client c\nrepeat $i in 1..2\nclient d\n", "5:8", "can only come `again`"},
    {SCENARIO "repeat $i in 1..2\nserver s\n", "4:8", "cannot stand inside"},
    {SCENARIO "client c\nrepeat $i in 1..10001\nc -> PINGREQ\nend\n", "4:1",
     "more than 10000 steps"},
    {SCENARIO "client c\nrepeat $i in 1..10000\nc -> PINGREQ\nend\n", "4:1",
     "more than 10000 steps"},
    {SCENARIO "client c\nc <- any { repeat $i in 1..2 PINGRESP }\n", "4:39", "end of this repeat"},
    {SCENARIO "client c\nc <- any { repeat $i in 1..2 repeat $i in 1..2 PINGRESP end end }\n",
     "4:38", "already"},
    {SCENARIO "client c\nc <- any { repeat $i in 1..10000 PINGRESP end }\n", "4:34",
     "more than 10000 steps"},
    /* who proves what */
    {SCENARIO "proves v5 MQTT-2.1.3-1\nclient c\nc -> PINGREQ\n", "3:8", "without an expectation"},
    {SCENARIO "proves v31 X31-2.1-1\nclient c\nc <- nothing\n", "3:8", "does not run in MQTT 3.1"},
    {SCENARIO "proves v5 MQTT-2.1.3-1, v311 MQTT-2.2.2-1\nclient c\n"
              "c <- nothing proves v5 MQTT-2.1.3-1\n",
     "3:25", "none proves this"},
    {SCENARIO "proves v5 MQTT-2.1.3-1\nclient c\nc <- nothing proves v5 MQTT-2.1.3-1 @3.x\n", "3:8",
     "none proves this"},
    /* texts, by the codec */
    {SCENARIO "client c\nc <- SUBACK id=1 topic=\"a\"\n", "4:18", "topic"},
    {SCENARIO "client c\nc -> PUBLISH topic=\"a\"\n       content-type=\"b\"\n", "5:8",
     "a client of this scenario"},
    {SCENARIO "client c\nc -> PUBLISH topic=\"a\" content-type=\"b\"\n", "4:24", "content-type"},
    {SCENARIO "client c content-type=\"b\"\n", "3:10", "content-type"},
    {SCENARIO "client c receive-maximum=5\n", "3:10", "receive-maximum"},
    {SCENARIO "client c\nc disconnect reason=4\n", "4:14", "reason"},
    {SCENARIO "client c\nc -> PUBACK id=$m\n", "4:16", "m"},
    {SCENARIO "client c\nc <- PUBLISH topic=\"${m}\"\n", "4:21", "m"},
    {SCENARIO "client c\nrepeat $i in 1..2\nc -> PINGREQ\nend\nc -> PUBACK id=$i\n", "7:16", "i"},
    {SCENARIO "client c\nc <- any { PINGRESP ;\n  SUBACK topic=\"a\" }\n", "5:10", "topic"},
    {SCENARIO "client c\nc -> PUBLISH topic=\"a\" payload=fill(5000000)\n", "4:6", "too large"},
};

static bool is_disliked(size_t i)
{
    struct mqh_arena arena = {0};
    struct mqh_scenarios scenarios = {0};
    struct mqh_error error = {.message = "nothing"};
    struct mqc_slice source = mqc_slice_text(bad[i].source);
    bool parsed = mqh_parse(&arena, "test.mqs", source, &scenarios, &error);
    const char *place = mqh_arena_format(&arena, "%u:%u", error.line, error.column);
    bool right = !parsed && strcmp(place, bad[i].place) == 0 && scenarios.count == 0 &&
                 strstr(error.message, bad[i].message) != NULL && error.width > 0;

    if (!right)
        print_error("expected %s: ... %s ...\nbut it says %s: %s\nabout\n%s\n", bad[i].place,
                    bad[i].message, place, error.message, bad[i].source);
    mqh_arena_free(&arena);
    return right;
}

static void test_parse_points_at_what_it_dislikes(void **state)
{
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        wrong += !is_disliked(i);
    assert_int_equal(wrong, 0);
}

static void test_names_differ_in_a_set(void **state)
{
    struct mqh_arena arena = {0};
    struct mqh_scenarios set = parse_good(&arena, SCENARIO "client c\n");
    struct mqh_error error = {0};

    (void)state;
    assert_false(
        mqh_parse(&arena, "b.mqs", mqc_slice_text("\n" SCENARIO "client c\n"), &set, &error));
    assert_string_equal(error.file, "b.mqs");
    assert_int_equal(error.line, 2);
    assert_int_equal(set.count, 1);
    assert_true(mqh_parse(&arena, "b.mqs",
                          mqc_slice_text("scenario \"a/c\"\nversions 5.0\nclient c\n"), &set,
                          &error));
    assert_int_equal(set.count, 2);
    mqh_arena_free(&arena);
}

static const struct {
    struct mqh_error error;
    const char *expected;
} prints[] = {
    {{"a/x.mqs", 12, 9, 5, "SUBACK has no field \"topic\"", "c <- SUBACK topic=\"a\""},
     "a/x.mqs:12:9: SUBACK has no field \"topic\"\nc <- SUBACK topic=\"a\"\n        ^~~~~\n"},
    {{"x", 1, 5, 1, "m", "\tab"}, "x:1:5: m\n ab\n    ^\n"},
    {{"x", 1, 6, 4, "m", "\u00e4\u00f6 \u00fc\u00df b"},
     "x:1:6: m\n\u00e4\u00f6 \u00fc\u00df b\n   ^~\n"},
    {{"x", 1, 1, 9, "m", ""}, "x:1:1: m\n\n^\n"},
};

static void test_error_prints_a_caret_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof prints / sizeof prints[0]; i++) {
        size_t size = strlen(prints[i].expected);
        char text[200];
        char small[11];

        assert_int_equal(mqh_error_print(&prints[i].error, text, sizeof text), size);
        assert_string_equal(text, prints[i].expected);
        assert_int_equal(mqh_error_print(&prints[i].error, small, sizeof small), size);
        assert_memory_equal(small, prints[i].expected, strlen(small));
        assert_int_equal(mqh_error_print(&prints[i].error, NULL, 0), size);
    }
}

/* The part that is shown of a long line holds the caret. */
static void test_error_shows_a_window_of_a_long_line(void **state)
{
    char line[5001];
    char text[600];
    const char *shown;
    const char *caret;
    struct mqh_error error = {"x", 1, 4001, 3, "m", line};

    (void)state;
    memset(line, 'a', 5000);
    memcpy(line + 4000, "bcd", 3);
    line[5000] = '\0';
    assert_true(mqh_error_print(&error, text, sizeof text) < 400);
    assert_non_null(strstr(text, "aabcdaa"));
    shown = strchr(text, '\n') + 1;
    caret = strchr(shown, '\n') + 1;
    assert_int_equal(strchr(caret, '^') - caret, strchr(shown, 'b') - shown);
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
        cmocka_unit_test(test_parse_points_at_what_it_dislikes),
        cmocka_unit_test(test_names_differ_in_a_set),
        cmocka_unit_test(test_error_prints_a_caret_line),
        cmocka_unit_test(test_error_shows_a_window_of_a_long_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
