#include "harness/scenario/scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SCENARIO "scenario \"a/b\"\nversions 3.1.1, 5.0\n"
#define FIVE "scenario \"a/b\"\nversions 5.0\n"

/* The cases of a file's only scenario; false and `*text`, the complaint, if it has none. */
static bool expand(struct mqh_arena *arena, const char *source, unsigned versions,
                   struct mqh_cases *cases, struct mqh_error *error)
{
    struct mqh_scenarios scenarios = {0};
    struct mqh_scenario *scenario;

    if (!mqh_parse(arena, "test.mqs", mqc_slice_text(source), &scenarios, error))
        return false;
    assert_int_equal(scenarios.count, 1);
    scenario = mqh_arena_alloc(arena, sizeof(*scenario));
    *scenario = scenarios.items[0];
    return mqh_cases_add(arena, scenario, versions, cases, error);
}

static struct mqh_cases expand_good(struct mqh_arena *arena, const char *source)
{
    struct mqh_cases cases = {0};
    struct mqh_error error = {0};
    char text[800];

    if (!expand(arena, source, MQH_ALL_VERSIONS, &cases, &error)) {
        mqh_error_print(&error, text, sizeof text);
        fail_msg("%s", text);
    }
    return cases;
}

/* ---- ids ---- */

static const struct {
    const char *source;
    const char *ids; /* each with its version and a blank */
} ids[] = {
    {SCENARIO "client c\n", "a/b@3.1.1 a/b@5.0 "},
    {FIVE "vary $x in 1, 0x2\nclient c keep-alive=$x\n", "a/b[x=1]@5.0 a/b[x=0x2]@5.0 "},
    {FIVE "vary $x in 2..4\nclient c keep-alive=$x\n", "a/b[x=2]@5.0 a/b[x=3]@5.0 a/b[x=4]@5.0 "},
    {FIVE "vary $a in 1, 2\nvary $b in \"x\", \"y/+\"\nclient c keep-alive=$a client-id=$b\n",
     "a/b[a=1,b=x]@5.0 a/b[a=1,b=y/+]@5.0 a/b[a=2,b=x]@5.0 a/b[a=2,b=y/+]@5.0 "},
    {FIVE "vary $p in receive-maximum=5, user-property=( \"k k\" , \"v\" )\nclient c $p\n",
     "a/b[p=receive-maximum=5]@5.0 a/b[p=user-property=(\"k k\",\"v\")]@5.0 "},
    {FIVE
     "vary $s in \"\", \"a b\", \"#\", \"\\n\", h'00 ff'\nclient c username=\"u\" password=$s\n",
     "a/b[s=\"\"]@5.0 a/b[s=\"a b\"]@5.0 a/b[s=\"#\"]@5.0 a/b[s=\"\\n\"]@5.0 a/b[s=h'00 ff']@5.0 "},
    {FIVE "vary $s in \"ab\"*3, fill(3) * 2, h'00'*2\nclient c username=\"u\" password=$s\n",
     "a/b[s=\"ab\"*3]@5.0 a/b[s=fill(3)*2]@5.0 a/b[s=h'00'*2]@5.0 "},
    /* As many as the body has bytes: none from 3 on, and one more where the other value is longer.
     */
    {FIVE "vary $n in 1..all\nclient c\nc -> PUBACK id=1 !cut=$n breaks any\n",
     "a/b[n=1]@5.0 a/b[n=2]@5.0 "},
    {FIVE "vary $n in 1..all\nvary $s in \"\", \"1\"\nclient c\n"
          "c -> PUBLISH topic=\"t\" payload=$s !truncate=$n\n",
     "a/b[n=1,s=\"\"]@5.0 a/b[n=2,s=\"\"]@5.0 a/b[n=3,s=\"\"]@5.0 a/b[n=4,s=\"\"]@5.0 "
     "a/b[n=1,s=1]@5.0 a/b[n=2,s=1]@5.0 a/b[n=3,s=1]@5.0 a/b[n=4,s=1]@5.0 a/b[n=5,s=1]@5.0 "},
};

static void test_cases_have_readable_ids(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        struct mqh_arena arena = {0};
        const char *text = "";
        struct mqh_cases cases = expand_good(&arena, ids[i].source);

        for (size_t k = 0; k < cases.count; k++) {
            text = mqh_arena_format(&arena, "%s%s@%s ", text, cases.items[k].id,
                                    mqc_version_name(cases.items[k].version));
            assert_int_equal(cases.items[k].order, k);
        }
        assert_string_equal(text, ids[i].ids);
        mqh_arena_free(&arena);
    }
}

static void test_cases_are_those_of_the_versions_asked_for(void **state)
{
    struct mqh_arena arena = {0};
    struct mqh_cases cases = {0};
    struct mqh_error error;

    (void)state;
    assert_true(expand(&arena, SCENARIO "client c\n", MQH_VERSION(MQC_V31), &cases, &error));
    assert_int_equal(cases.count, 0);
    assert_true(expand(&arena, SCENARIO "client c\n", MQH_VERSION(MQC_V5), &cases, &error));
    assert_true(expand(&arena, SCENARIO "client c\n", MQH_VERSION(MQC_V311), &cases, &error));
    assert_int_equal(cases.count, 2);
    assert_int_equal(cases.items[0].version, MQC_V5);
    assert_int_equal(cases.items[1].order, 1);
    mqh_arena_free(&arena);
}

static void test_a_member_knows_its_values(void **state)
{
    struct mqh_arena arena = {0};
    struct mqh_cases cases =
        expand_good(&arena, FIVE "vary $n in 1..all\nvary $f in qos=1, qos=2\n"
                                 "client c\n"
                                 "c -> PUBLISH $f id=1 topic=\"t\" !truncate=$n\n");
    const struct mqh_binding *f = NULL;
    const struct mqh_binding *n = NULL;

    (void)state;
    assert_int_equal(cases.count, 12);
    for (const struct mqh_binding *b = cases.items[7].members; b != NULL; b = b->next)
        *(b->name.data[0] == 'f' ? &f : &n) = b;
    assert_string_equal(cases.items[7].id, "a/b[n=2,f=qos=2]");
    assert_int_equal(f->value.kind, MQC_VALUE_FIELD);
    assert_memory_equal(f->value.bytes.data, "qos=2", 5);
    assert_int_equal(n->value.kind, MQC_VALUE_NUMBER);
    assert_int_equal(n->value.number, 2);
    mqh_arena_free(&arena);
}

/* ---- what is sent, and what `breaks` says ---- */

static const struct {
    const char *source;
    const char *place;   /* "line:column"; NULL: nothing is wrong */
    const char *message; /* a part of it */
} judged[] = {
    {SCENARIO "client c\nc -> PINGREQ\n", NULL, ""},
    {SCENARIO "client c\nc -> PINGREQ !flags=1\n", "4:6",
     "`breaks` does not name: v311 MQTT-2.2.2-1, the reserved flags"},
    {FIVE "client c\nc -> PINGREQ ;  PINGREQ !flags=1\n", "4:17",
     "v5 MQTT-2.1.3-1, the reserved flags of the fixed header are 0000 (in a/b@5.0)"},
    {SCENARIO "client c\nc -> PINGREQ !flags=1 breaks v5 MQTT-2.1.3-1\n", "4:6", "v311"},
    {SCENARIO "client c\nc -> PINGREQ !flags=1 breaks v5 MQTT-2.1.3-1, v311 MQTT-2.2.2-1\n", NULL,
     ""},
    /* a twin will do */
    {SCENARIO "client c\nc -> PINGREQ !flags=1 breaks v5 X5-2.1.3-1, v311 MQTT-2.2.2-2\n", NULL,
     ""},
    {SCENARIO "client c\nc -> PINGREQ !flags=1 breaks v5 MQTT-2.1.3-1,\n"
              "                             v5 MQTT-3.8.1-1, v311 MQTT-2.2.2-1\n",
     "5:33", "does not break this rule (in a/b@5.0)"},
    {SCENARIO "client c\nc -> PINGREQ !flags=1 breaks any\n", NULL, ""},
    {SCENARIO "client c\nc -> PINGREQ breaks any\n", "4:6", "breaks nothing"},
    {SCENARIO "client c\nc -> PINGREQ breaks v5 MQTT-2.1.3-1\n", "4:24",
     "does not break this rule (in a/b@5.0)"},
    {FIVE "client c\nc -> PINGREQ !flags=1 breaks v5 MQTT-2.1.3-1 | v5 MQTT-3.8.1-1\n", NULL, ""},
    {FIVE "client c\nc -> PINGREQ breaks v5 MQTT-2.1.3-1 | v5 MQTT-3.8.1-1\n", "4:6",
     "none of the rules"},
    {SCENARIO "client c\nc -> PINGREQ !flags=1 @5.0 breaks v5 MQTT-2.1.3-1 | v5 MQTT-3.8.1-1\n",
     NULL, ""},
    {FIVE "client c\nc -> PINGREQ !flags=1 ; SUBSCRIBE id=1 [] breaks v5 MQTT-2.1.3-1 | v5 "
          "MQTT-3.8.1-1\n",
     "4:25", "v5 MQTT-3.8.3-2"},
    /* a peer with a version of its own */
    {FIVE "client c @3.1.1\nc -> PINGREQ !flags=1 breaks v311 MQTT-2.2.2-1\n", NULL, ""},
    {FIVE "client c @3.1.1\nc -> PINGREQ !flags=1 breaks v5 MQTT-2.1.3-1\n", "4:30",
     "is not sent in MQTT 5.0"},
    /* direction */
    {FIVE "server s\ns -> PINGREQ\n", "4:6", "v5 X5-2.1.2-2"},
    {FIVE "client c\nc -> PINGRESP\n", "4:6", "v5 X5-2.1.2-2"},
    {FIVE "server s\ns -> CONNACK\n", NULL, ""},
    /* what client and disconnect lines send */
    {FIVE "client c receive-maximum=0\n", "3:10", "Receive Maximum in CONNECT is not 0"},
    {FIVE "client c session=keep receive-maximum=5\nclient c again receive-maximum=0\n", "4:16",
     "Receive Maximum"},
    {FIVE "client c\nc disconnect reason=0x8E\n", "4:14", "DISCONNECT"},
    /* a packet in pieces */
    {FIVE "client c\nc -> RAW h'c0'\nc -> RAW h'00'\n", NULL, ""},
    {FIVE "client c\nc -> RAW h'c1'\nc -> RAW h'00' breaks v5 MQTT-2.1.3-1\n", NULL, ""},
    {FIVE "client c\nc -> RAW h'c1'\nclient c again\nc -> RAW h'c000'\n", NULL, ""},
    {FIVE "client c\nc -> PUBLISH topic=\"a\" !truncate=2\n", NULL, ""},
    {FIVE "client c\nc -> RAW h'c0ffffffff7f' breaks v5 X5-1.5.5-1\n", NULL, ""},
    {FIVE "client c\nc -> RAW h'c0ffffffff7f'\n", "4:6", "v5 X5-1.5.5-1"},
    /* what only looks odd is no fault */
    {"scenario \"a/b\"\nversions 3.1.1\nclient c\nc -> RAW h'c08000'\n", NULL, ""},
    {FIVE "client c\nc -> RAW h'c08000'\n", "4:6", "v5 MQTT-1.5.5-1"},
    /* variables that only a run binds */
    {FIVE "client c\nc <- PUBLISH qos=1 id=$m topic=$t payload=$p\n"
          "c -> PUBACK id=$m\nc -> PUBLISH topic=$t payload=$p\n",
     NULL, ""},
    {FIVE "server s\ns <- SUBSCRIBE id=$i [$f qos=$q]\ns -> SUBACK id=$i [$q]\n"
          "s -> PUBLISH topic=$f\n",
     NULL, ""},
    /* members */
    {FIVE "vary $x in 0, 1\nclient c\nc -> PINGREQ !flags=$x\n", "5:6", "in a/b[x=1]@5.0"},
    {FIVE "vary $x in 1..all\nclient c\nc -> PINGREQ\n", "3:7", "`all` means nothing"},
    {FIVE "vary $n in 3..all\nclient c\nc -> PUBACK id=1 !cut=$n breaks any\n", "3:7",
     "`all` is 2 bytes"},
    {FIVE "vary $x in 0..all\nclient c\nc -> PUBACK id=1 !truncate=$x\nc -> PUBACK id=1 "
          "!truncate=$x\n",
     "6:6", "second packet"},
    {FIVE "vary $n in 0..all\nclient c\nc -> PUBLISH topic=\"a\" payload=fill(6000) !truncate=$n\n",
     "1:1", "more than 5000 cases"},
};

static bool is_judged(size_t i)
{
    struct mqh_arena arena = {0};
    struct mqh_cases cases = {0};
    struct mqh_error error = {.message = "nothing"};
    bool good = expand(&arena, judged[i].source, MQH_ALL_VERSIONS, &cases, &error);
    const char *place = mqh_arena_format(&arena, "%u:%u", error.line, error.column);
    bool right = judged[i].place == NULL
                     ? good
                     : !good && strcmp(place, judged[i].place) == 0 && cases.count == 0 &&
                           strstr(error.message, judged[i].message) != NULL;

    if (!right)
        print_error("expected %s: ... %s ...\nbut it says %s: %s\nabout\n%s\n",
                    judged[i].place == NULL ? "nothing" : judged[i].place, judged[i].message, place,
                    error.message, judged[i].source);
    mqh_arena_free(&arena);
    return right;
}

static void test_breaks_names_exactly_the_faults(void **state)
{
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < sizeof judged / sizeof judged[0]; i++)
        wrong += !is_judged(i);
    assert_int_equal(wrong, 0);
}

/* ---- who proves what ---- */

#define TWO "proves v5 MQTT-2.1.3-1, v311 MQTT-2.2.2-1\n"

static const struct {
    const char *source;
    const char *proves; /* case: requirements; step: what it proves, for each that does; */
} proofs[] = {
    {SCENARIO TWO "client c\nc <- nothing\nc <- nothing\nc close\n",
     "a/b@3.1.1: MQTT-2.2.2-1; 2: MQTT-2.2.2-1; a/b@5.0: MQTT-2.1.3-1; 2: MQTT-2.1.3-1; "},
    {SCENARIO TWO "client c\nc <- nothing\nc <- nothing @5.0\nc close\n",
     "a/b@3.1.1: MQTT-2.2.2-1; 1: MQTT-2.2.2-1; a/b@5.0: MQTT-2.1.3-1; 2: MQTT-2.1.3-1; "},
    {SCENARIO TWO "client c proves v5 MQTT-2.1.3-1\nc <- nothing proves v311 MQTT-2.2.2-1, v5 "
                  "MQTT-2.1.3-1\nc <- nothing\n",
     "a/b@3.1.1: MQTT-2.2.2-1; 1: MQTT-2.2.2-1; "
     "a/b@5.0: MQTT-2.1.3-1; 0: MQTT-2.1.3-1; 1: MQTT-2.1.3-1; "},
    /* a version without an id proves nothing */
    {SCENARIO "proves v5 MQTT-2.1.3-1\nclient c\nc <- nothing\n",
     "a/b@3.1.1:; a/b@5.0: MQTT-2.1.3-1; 1: MQTT-2.1.3-1; "},
    /* the id of the version that the peer speaks */
    {FIVE "proves v311 X311-7.1-1, v5 MQTT-2.1.3-1\nclient c @3.1.1\nclient d\n"
          "c <- nothing proves v311 X311-7.1-1\nd <- nothing proves v5 MQTT-2.1.3-1\n",
     "a/b@5.0: X311-7.1-1 MQTT-2.1.3-1; 2: X311-7.1-1; 3: MQTT-2.1.3-1; "},
    /* … or that some peer speaks, if no case has that version */
    {FIVE "proves v311 MQTT-4.5.0-1\nclient c @3.1.1\nclient d\nd <- nothing\n",
     "a/b@5.0: MQTT-4.5.0-1; 2: MQTT-4.5.0-1; "},
    {SCENARIO "proves v311 MQTT-4.5.0-1\nclient c @3.1.1\nclient d\nd <- nothing\n",
     "a/b@3.1.1: MQTT-4.5.0-1; 2: MQTT-4.5.0-1; a/b@5.0:; "},
    /* of alternatives, those that the member breaks; ids that are none of them stay */
    {FIVE "proves v5 X5-3.1.2.11.3-1, v5 X5-3.1.2.11.5-1, v5 MQTT-4.13.1-1\n"
          "vary $p in receive-maximum=5, topic-alias-maximum=5\nclient c manual\n"
          "c -> CONNECT $p !property=$p breaks v5 X5-3.1.2.11.3-1 | v5 X5-3.1.2.11.5-1\n"
          "c <- closed\n",
     "a/b[p=receive-maximum=5]@5.0: X5-3.1.2.11.3-1 MQTT-4.13.1-1; "
     "2: X5-3.1.2.11.3-1 MQTT-4.13.1-1; "
     "a/b[p=topic-alias-maximum=5]@5.0: X5-3.1.2.11.5-1 MQTT-4.13.1-1; "
     "2: X5-3.1.2.11.5-1 MQTT-4.13.1-1; "},
    /* a twin of an alternative is one too */
    {FIVE "proves v5 X5-2.1.3-1, v5 X5-3.1.2.11.3-1\nvary $x in 0, 1\nclient c manual\n"
          "c -> CONNECT receive-maximum=$x !flags=$x breaks v5 MQTT-2.1.3-1 | v5 X5-3.1.2.11.3-1\n"
          "c <- closed\n",
     "a/b[x=0]@5.0: X5-3.1.2.11.3-1; 2: X5-3.1.2.11.3-1; "
     "a/b[x=1]@5.0: X5-2.1.3-1; 2: X5-2.1.3-1; "},
};

static const char *list_text(struct mqh_arena *arena, struct mqh_id_list list)
{
    const char *text = "";

    for (size_t i = 0; i < list.count; i++)
        text = mqh_arena_format(arena, "%s %s", text, list.items[i]->id);
    return text;
}

static void test_lines_prove_what_they_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof proofs / sizeof proofs[0]; i++) {
        struct mqh_arena arena = {0};
        struct mqh_cases cases = expand_good(&arena, proofs[i].source);
        const char *text = "";

        for (size_t k = 0; k < cases.count; k++) {
            const struct mqh_case *c = &cases.items[k];

            text =
                mqh_arena_format(&arena, "%s%s@%s:%s; ", text, c->id, mqc_version_name(c->version),
                                 list_text(&arena, c->requirements));
            for (size_t s = 0; s < c->scenario->step_count; s++) {
                struct mqh_id_list list = mqh_step_proves(&arena, c, &c->scenario->steps[s]);

                if (list.count > 0)
                    text = mqh_arena_format(&arena, "%s%zu:%s; ", text, s, list_text(&arena, list));
            }
        }
        assert_string_equal(text, proofs[i].proves);
        mqh_arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases_have_readable_ids),
        cmocka_unit_test(test_cases_are_those_of_the_versions_asked_for),
        cmocka_unit_test(test_a_member_knows_its_values),
        cmocka_unit_test(test_breaks_names_exactly_the_faults),
        cmocka_unit_test(test_lines_prove_what_they_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
