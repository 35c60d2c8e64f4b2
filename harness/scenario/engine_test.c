/*
 * The engine against a scripted peer, in one process and in virtual time: each row is a client's
 * scenario, the server's side of it as another scenario, and the verdict that must come of it. So
 * every kind of expectation is seen to hold, and seen to fail.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "harness/scenario/engine.h"

#define LINKS_MAX 16
#define ROUNDS_MAX 100000

enum { TESTER, SCRIPT };

/* Two engines and the connections between them. */
struct world {
    struct mqh_engine *engine[2];
    unsigned link[2][LINKS_MAX]; /* the numbers that a connection has on both sides */
    bool listening[LINKS_MAX];
    bool open[LINKS_MAX];
    bool left[2][LINKS_MAX];
    unsigned opened;
    unsigned listened;
    uint64_t now_ms;
    bool bytewise;
};

static unsigned link_of(const struct world *w, int side, unsigned connection)
{
    unsigned count = side == TESTER ? w->opened : w->listened;

    for (unsigned i = 0; i < count; i++)
        if (w->link[side][i] == connection)
            return i;
    fail_msg("no connection %u", connection);
    return 0;
}

static void join(struct world *w)
{
    for (unsigned i = 0; i < w->opened && i < w->listened; i++)
        if (!w->open[i]) {
            w->open[i] = true;
            mqh_engine_opened(w->engine[SCRIPT], w->link[SCRIPT][i], w->now_ms);
            mqh_engine_opened(w->engine[TESTER], w->link[TESTER][i], w->now_ms);
        }
}

static void deliver(struct world *w, int from, unsigned link, struct mqc_slice bytes)
{
    size_t step = w->bytewise ? 1 : bytes.size;

    for (size_t at = 0; at < bytes.size; at += step)
        mqh_engine_received(w->engine[!from], w->link[!from][link],
                            (struct mqc_slice){bytes.data + at, step}, w->now_ms);
}

static void leave(struct world *w, int from, unsigned link, bool by_reset)
{
    if (w->left[from][link] || !w->open[link])
        return;
    w->left[from][link] = true;
    mqh_engine_closed(w->engine[!from], w->link[!from][link], by_reset, w->now_ms);
    if (w->left[!from][link])
        mqh_engine_closed(w->engine[from], w->link[from][link], false, w->now_ms);
}

static bool act(struct world *w, int side)
{
    struct mqh_action a;

    if (!mqh_engine_next(w->engine[side], &a))
        return false;
    switch (a.kind) {
    case MQH_ACTION_OPEN:
        w->link[TESTER][w->opened++] = a.connection;
        join(w);
        break;
    case MQH_ACTION_LISTEN:
        w->link[SCRIPT][w->listened++] = a.connection;
        join(w);
        break;
    case MQH_ACTION_SEND:
        deliver(w, side, link_of(w, side, a.connection), a.bytes);
        break;
    case MQH_ACTION_CLOSE:
        leave(w, side, link_of(w, side, a.connection), false);
        break;
    case MQH_ACTION_RESET:
        leave(w, side, link_of(w, side, a.connection), true);
        break;
    }
    return true;
}

/* Plays until the tester is done. When nobody has anything to do, the next deadline has come. */
static void play(struct world *w)
{
    mqh_engine_start(w->engine[SCRIPT], w->now_ms);
    mqh_engine_start(w->engine[TESTER], w->now_ms);
    for (int round = 0; round < ROUNDS_MAX; round++) {
        uint64_t next;

        if (act(w, SCRIPT) || act(w, TESTER))
            continue;
        if (mqh_engine_done(w->engine[TESTER]))
            return;
        next = mqh_engine_deadline(w->engine[TESTER]);
        if (!mqh_engine_done(w->engine[SCRIPT]) && mqh_engine_deadline(w->engine[SCRIPT]) < next)
            next = mqh_engine_deadline(w->engine[SCRIPT]);
        assert_true(next != UINT64_MAX);
        if (next > w->now_ms)
            w->now_ms = next;
        mqh_engine_tick(w->engine[SCRIPT], w->now_ms);
        mqh_engine_tick(w->engine[TESTER], w->now_ms);
    }
    fail_msg("the case does not end");
}

/* The rows leave out what a scenario begins with. */
static const struct mqh_case *load(struct mqh_arena *arena, const char *rest,
                                   enum mqc_version version)
{
    const char *source = mqh_arena_format(arena, "scenario \"test/row\"\nversions %s\n%s",
                                          mqc_version_name(version), rest);
    struct mqh_scenarios *scenarios = mqh_arena_alloc(arena, sizeof(*scenarios));
    struct mqh_cases *cases = mqh_arena_alloc(arena, sizeof(*cases));
    struct mqh_error error = {0};
    char message[1000];

    if (!mqh_parse(arena, "test.mqs", mqc_slice_text(source), scenarios, &error) ||
        !mqh_cases_add(arena, &scenarios->items[0], MQH_VERSION(version), cases, &error)) {
        mqh_error_print(&error, message, sizeof(message));
        fail_msg("%s", message);
    }
    assert_true(cases->count > 0);
    return &cases->items[0];
}

static struct mqh_result *run(struct mqh_arena *arena, const char *tester, const char *script,
                              enum mqc_version version, bool bytewise, unsigned sabotage)
{
    const struct mqh_engine_options options = {
        .patience = {.answer_ms = 5000, .delivery_ms = 20000, .settle_ms = 50},
        .topic = "t1",
        .client = "c1",
        .user_name = "me",
        .password = "secret",
        .sabotage = sabotage,
    };
    struct mqh_engine_options of_script = options;
    struct world w = {.bytewise = bytewise, .now_ms = 1000};

    of_script.sabotage = 0;
    of_script.lenient = true;
    of_script.patience = (struct mqh_patience){60000, 60000, 50};
    w.engine[TESTER] = mqh_engine_new(arena, load(arena, tester, version), &options);
    w.engine[SCRIPT] = mqh_engine_new(arena, load(arena, script, version), &of_script);
    play(&w);
    return mqh_engine_result(w.engine[TESTER]);
}

/* The beginning of most rows: a client connects, a server accepts it. */
#define HEAD(id) "proves " id "\n"
#define PEER "server s\ns <- CONNECT\n"
#define OK PEER "s -> CONNACK\n"
#define PONG "s <- PINGREQ\ns -> PINGRESP\n"
#define FRESH "s accept\ns <- CONNECT\ns -> CONNACK\n"
#define PUBACK_ID "v5 MQTT-4.3.2-4"
#define PUBACK_ID4 "v311 MQTT-4.3.2-2"
#define FLAGS_ID "v5 MQTT-3.8.1-1"
#define FLAGS_ID4 "v311 MQTT-3.8.1-1"
#define SUBSCRIBE_0 "c -> SUBSCRIBE id=1 [\"${T}/a\"]\nc <- SUBACK id=1 [0]\n"
#define SUBACK_0 "s <- SUBSCRIBE\ns -> SUBACK id=1 [0]\n"
#define QOS1 "client c\nc -> PUBLISH qos=1 id=7 topic=\"${T}/a\"\nc <- PUBACK id=7\n"
#define FAULTY "client c\nc -> SUBSCRIBE id=1 [\"a\"] !flags=0  breaks any\n"

static const struct row {
    const char *name;
    enum mqc_version version;
    const char *tester;
    const char *script;
    enum mqh_verdict verdict;
    const char *reason; /* a piece of it; "" on PASS */
} rows[] = {
    {"the right answer", MQC_V5, HEAD(PUBACK_ID) QOS1, OK "s <- PUBLISH\ns -> PUBACK id=7\n" PONG,
     MQH_PASS, ""},
    {"the right answer in 3.1.1", MQC_V311, HEAD(PUBACK_ID4) QOS1,
     OK "s <- PUBLISH\ns -> PUBACK id=7\n" PONG, MQH_PASS, ""},
    {"the target's user name and password", MQC_V5, HEAD(PUBACK_ID) QOS1,
     "server s\ns <- CONNECT username=\"me\" password=\"secret\"\ns -> CONNACK\n"
     "s <- PUBLISH\ns -> PUBACK id=7\n" PONG,
     MQH_PASS, ""},
    {"a user name of its own, in a family", MQC_V5,
     HEAD(PUBACK_ID) "vary $p in username=\"you\"\nclient c $p\n"
                     "c -> PUBLISH qos=1 id=7 topic=\"${T}/a\"\nc <- PUBACK id=7\n",
     "server s\ns <- CONNECT username=\"you\" password=absent\ns -> CONNACK\n"
     "s <- PUBLISH\ns -> PUBACK id=7\n" PONG,
     MQH_PASS, ""},
    {"a wrong identifier", MQC_V5, HEAD(PUBACK_ID) QOS1, OK "s <- PUBLISH\ns -> PUBACK id=8\n",
     MQH_FAIL, "id is 8, expected 7"},
    {"a wrong packet", MQC_V5, HEAD(PUBACK_ID) QOS1, OK "s <- PUBLISH\ns -> PUBREC id=7\n",
     MQH_FAIL, "packet is"},
    {"no answer", MQC_V5, HEAD(PUBACK_ID) QOS1, OK "s <- PUBLISH\nwait 10s\n", MQH_FAIL,
     "did not come"},
    {"closed instead of an answer", MQC_V5, HEAD(PUBACK_ID) QOS1, OK "s <- PUBLISH\ns close\n",
     MQH_FAIL, "ended the connection"},
    {"reset instead of an answer", MQC_V5, HEAD(PUBACK_ID) QOS1, OK "s <- PUBLISH\ns reset\n",
     MQH_FAIL, "ended the connection"},
    {"a surplus answer", MQC_V5, HEAD(PUBACK_ID) QOS1,
     OK "s <- PUBLISH\ns -> PUBACK id=7 ; PUBACK id=7\n" PONG, MQH_FAIL, "left over"},
    {"a PINGREQ at the end without an answer", MQC_V5, HEAD(PUBACK_ID) QOS1,
     OK "s <- PUBLISH\ns -> PUBACK id=7\nwait 10s\n", MQH_BLOCKED, "PINGREQ"},
    {"set-up refused", MQC_V5, HEAD(PUBACK_ID) QOS1, PEER "s -> CONNACK reason=0x87\ns close\n",
     MQH_BLOCKED, "did not accept"},
    {"set-up that fails on a line without proof", MQC_V5,
     HEAD(PUBACK_ID) "client c\n" SUBSCRIBE_0 "c -> PUBLISH qos=1 id=7 topic=\"${T}/a\"\n"
                     "c <- PUBACK id=7\n",
     OK "s <- SUBSCRIBE\ns -> SUBACK id=1 [0x87]\n", MQH_BLOCKED, "codes"},
    {"a malformed packet from the broker", MQC_V5, HEAD(PUBACK_ID) QOS1,
     OK "s <- PUBLISH\ns -> PUBACK id=7 !flags=2  breaks any\n", MQH_FAIL, "MQTT-2.1.3-1"},

    {"closed by FIN", MQC_V5, HEAD(FLAGS_ID) FAULTY "c <- closed\n",
     OK "s <- SUBSCRIBE\ns close\n" FRESH, MQH_PASS, ""},
    {"closed before anyone looks", MQC_V5, HEAD(FLAGS_ID) FAULTY "wait 1s\nc <- closed\n",
     OK "s <- SUBSCRIBE\ns close\n" FRESH, MQH_PASS, ""},
    {"closed by RST", MQC_V311, HEAD(FLAGS_ID4) FAULTY "c <- closed\n",
     OK "s <- SUBSCRIBE\ns reset\n" FRESH, MQH_PASS, ""},
    {"closed with the code asked", MQC_V5, HEAD(FLAGS_ID) FAULTY "c <- closed reason=0x81\n",
     OK "s <- SUBSCRIBE\ns -> DISCONNECT reason=0x81\ns close\n" FRESH, MQH_PASS, ""},
    {"closed with another code", MQC_V5, HEAD(FLAGS_ID) FAULTY "c <- closed reason=0x81\n",
     OK "s <- SUBSCRIBE\ns -> DISCONNECT reason=0x82\ns close\n" FRESH, MQH_WARN, "0x82"},
    {"closed with the packet asked", MQC_V5,
     HEAD(FLAGS_ID) FAULTY "c <- closed with DISCONNECT reason-string=absent\n",
     OK "s <- SUBSCRIBE\ns -> DISCONNECT reason=0x81\ns close\n" FRESH, MQH_PASS, ""},
    {"closed with another packet", MQC_V5,
     HEAD(FLAGS_ID) FAULTY "c <- closed with DISCONNECT reason-string=absent\n",
     OK "s <- SUBSCRIBE\ns -> DISCONNECT reason=0x81 reason-string=\"no\"\ns close\n" FRESH,
     MQH_FAIL, "reason-string"},
    {"closed without a code", MQC_V5, HEAD(FLAGS_ID) FAULTY "c <- closed reason=0x81\n",
     OK "s <- SUBSCRIBE\ns close\n" FRESH, MQH_WARN, "without a Reason Code"},
    {"closed without a code in 3.1.1", MQC_V311, HEAD(FLAGS_ID4) FAULTY "c <- closed reason=0x81\n",
     OK "s <- SUBSCRIBE\ns close\n" FRESH, MQH_PASS, ""},
    {"a DISCONNECT that says success", MQC_V5, HEAD(FLAGS_ID) FAULTY "c <- closed\n",
     OK "s <- SUBSCRIBE\ns -> DISCONNECT reason=0\ns close\n", MQH_FAIL, "success"},
    {"a socket that stays open after DISCONNECT", MQC_V5, HEAD(FLAGS_ID) FAULTY "c <- closed\n",
     OK "s <- SUBSCRIBE\ns -> DISCONNECT reason=0x81\nwait 10s\n", MQH_FAIL, "stays open"},
    {"not closed", MQC_V5, HEAD(FLAGS_ID) FAULTY "c <- closed\n", OK "s <- SUBSCRIBE\nwait 10s\n",
     MQH_FAIL, "stays open"},
    {"answered, then closed", MQC_V5, HEAD(FLAGS_ID) FAULTY "c <- closed\n",
     OK "s <- SUBSCRIBE\ns -> SUBACK id=1 [0]\ns close\n", MQH_FAIL, "answered first"},
    {"answered and not closed", MQC_V5, HEAD(FLAGS_ID) FAULTY "c <- closed\n",
     OK "s <- SUBSCRIBE\ns -> SUBACK id=1 [0]\nwait 10s\n", MQH_FAIL, "answered first"},
    {"closed, and nobody served after that", MQC_V5, HEAD(FLAGS_ID) FAULTY "c <- closed\n",
     OK "s <- SUBSCRIBE\ns close\ns accept\ns <- CONNECT\ns close\n", MQH_FAIL, "fresh client"},
    {"a DISCONNECT before CONNACK", MQC_V5,
     HEAD("v5 MQTT-3.1.2-3") "client c manual\n"
                             "c -> CONNECT !connect-flags=3  breaks v5 MQTT-3.1.2-3\nc <- closed\n",
     PEER "s -> DISCONNECT reason=0x81\ns close\n", MQH_FAIL, "before CONNACK"},

    {"refused", MQC_V5,
     HEAD("v5 MQTT-4.12.0-1") "client c manual\n"
                              "c -> CONNECT authentication-method=\"no\"\n"
                              "c <- refused=bad-authentication-method | closed\n",
     PEER "s -> CONNACK reason=0x8C\ns close\n" FRESH, MQH_PASS, ""},
    {"refused with another code", MQC_V5,
     HEAD("v5 MQTT-4.12.0-1") "client c manual\n"
                              "c -> CONNECT authentication-method=\"no\"\n"
                              "c <- refused=bad-authentication-method | closed\n",
     PEER "s -> CONNACK reason=0x80\ns close\n" FRESH, MQH_WARN, "refused by"},
    {"refused, but not closed", MQC_V5,
     HEAD("v5 MQTT-4.12.0-1") "client c manual\n"
                              "c -> CONNECT authentication-method=\"no\"\n"
                              "c <- refused=bad-authentication-method | closed\n",
     PEER "s -> CONNACK reason=0x8C\nwait 10s\n", MQH_FAIL, "stays open"},
    {"accepted instead of refused", MQC_V5,
     HEAD("v5 MQTT-4.12.0-1") ""
                              "client c manual\n"
                              "c -> CONNECT authentication-method=\"no\"\n"
                              "c <- refused=bad-authentication-method | closed\n",
     PEER "s -> CONNACK\nwait 10s\n", MQH_FAIL, ""},

    {"silence", MQC_V5, HEAD(PUBACK_ID) "client c\n" SUBSCRIBE_0 "c <- nothing\n",
     OK SUBACK_0 PONG PONG, MQH_PASS, ""},
    {"a packet instead of silence", MQC_V5,
     HEAD(PUBACK_ID) "client c\n" SUBSCRIBE_0 "c <- nothing\n",
     OK SUBACK_0 "s <- PINGREQ\ns -> PUBLISH topic=\"${T}/a\"\ns -> PINGRESP\n", MQH_FAIL,
     "where none was due"},
    {"a packet from outside the namespace", MQC_V5,
     HEAD(PUBACK_ID) "client c\n" SUBSCRIBE_0 "c <- nothing\n",
     OK SUBACK_0 "s <- PINGREQ\ns -> PUBLISH topic=\"other\"\ns -> PINGRESP\n" PONG, MQH_PASS, ""},
    {"a close instead of silence", MQC_V5,
     HEAD(PUBACK_ID) "client c\n" SUBSCRIBE_0 "c <- nothing\n",
     OK SUBACK_0 "s <- PINGREQ\ns close\n", MQH_FAIL, "ended the connection"},
    {"a hang instead of silence", MQC_V5, HEAD(PUBACK_ID) "client c\n" SUBSCRIBE_0 "c <- nothing\n",
     OK SUBACK_0 "s <- PINGREQ\nwait 20s\n", MQH_FAIL, "PINGREQ was not answered"},

    {"a packet where it may come or not", MQC_V5,
     HEAD(PUBACK_ID) "client c\n" SUBSCRIBE_0 "c <- PUBLISH payload=\"x\" | nothing\n",
     OK SUBACK_0 "s <- PINGREQ\ns -> PUBLISH topic=\"${T}/a\" payload=\"x\"\ns -> PINGRESP\n" PONG,
     MQH_PASS, ""},
    {"silence where a packet may come or not", MQC_V5,
     HEAD(PUBACK_ID) "client c\n" SUBSCRIBE_0 "c <- PUBLISH payload=\"x\" | nothing\n",
     OK SUBACK_0 PONG PONG, MQH_PASS, ""},
    {"another packet where one may come or not", MQC_V5,
     HEAD(PUBACK_ID) "client c\n" SUBSCRIBE_0 "c <- PUBLISH payload=\"x\" | nothing\n",
     OK SUBACK_0 "s <- PINGREQ\ns -> PUBLISH topic=\"${T}/a\" payload=\"y\"\ns -> PINGRESP\n",
     MQH_FAIL, "payload"},

    {"the first alternative", MQC_V5,
     HEAD(PUBACK_ID) "client c\nc -> PUBLISH qos=1 id=7 topic=\"${T}/a\"\n"
                     "c <- PUBACK id=7 reason=0x10 | PUBACK id=7 reason=0\n",
     OK "s <- PUBLISH\ns -> PUBACK id=7 reason=0x10\n" PONG, MQH_PASS, ""},
    {"the second alternative", MQC_V5,
     HEAD(PUBACK_ID) "client c\nc -> PUBLISH qos=1 id=7 topic=\"${T}/a\"\n"
                     "c <- PUBACK id=7 reason=0x10 | PUBACK id=7 reason=0\n",
     OK "s <- PUBLISH\ns -> PUBACK id=7\n" PONG, MQH_PASS, ""},
    {"neither alternative", MQC_V5,
     HEAD(PUBACK_ID) "client c\nc -> PUBLISH qos=1 id=7 topic=\"${T}/a\"\n"
                     "c <- PUBACK id=7 reason=0x10 | PUBACK id=7 reason=0\n",
     OK "s <- PUBLISH\ns -> PUBACK id=7 reason=0x80\n", MQH_FAIL, "reason"},
    {"any order", MQC_V5,
     HEAD(PUBACK_ID) "client c\n" SUBSCRIBE_0
                     "c <- any { PUBLISH payload=\"x\" ; PUBLISH payload=\"y\" }\n",
     OK SUBACK_0 "s -> PUBLISH topic=\"${T}/a\" payload=\"y\"\n"
                 "s -> PUBLISH topic=\"${T}/a\" payload=\"x\"\n" PONG,
     MQH_PASS, ""},
    {"any order, one missing", MQC_V5,
     HEAD(PUBACK_ID) "client c\n" SUBSCRIBE_0
                     "c <- any { PUBLISH payload=\"x\" ; PUBLISH payload=\"y\" }\n",
     OK SUBACK_0 "s -> PUBLISH topic=\"${T}/a\" payload=\"y\"\nwait 30s\n", MQH_FAIL,
     "did not come"},
    {"any order, one twice", MQC_V5,
     HEAD(PUBACK_ID) "client c\n" SUBSCRIBE_0
                     "c <- any { PUBLISH payload=\"x\" ; PUBLISH payload=\"y\" }\n",
     OK SUBACK_0 "s -> PUBLISH topic=\"${T}/a\" payload=\"y\"\n"
                 "s -> PUBLISH topic=\"${T}/a\" payload=\"y\"\n",
     MQH_FAIL, "payload"},
    {"in order across lanes", MQC_V5,
     HEAD(PUBACK_ID) "client c\nc -> SUBSCRIBE id=1 [\"${T}/a\"]\n"
                     "c <- ordered { SUBACK id=1 ; PUBLISH payload=\"x\" }\n",
     OK SUBACK_0 "s -> PUBLISH topic=\"${T}/a\" payload=\"x\"\n" PONG, MQH_PASS, ""},
    {"not in order across lanes", MQC_V5,
     HEAD(PUBACK_ID) "client c\nc -> SUBSCRIBE id=1 [\"${T}/a\"]\n"
                     "c <- ordered { SUBACK id=1 ; PUBLISH payload=\"x\" }\n",
     OK "s <- SUBSCRIBE\ns -> PUBLISH topic=\"${T}/a\" payload=\"x\"\ns -> SUBACK id=1 [0]\n" PONG,
     MQH_FAIL, "came first"},
    {"a delivery before SUBACK is of another lane", MQC_V5,
     HEAD(PUBACK_ID) "client c\n" SUBSCRIBE_0 "c <- PUBLISH payload=\"x\"\n",
     OK "s <- SUBSCRIBE\ns -> PUBLISH topic=\"${T}/a\" payload=\"x\"\ns -> SUBACK id=1 [0]\n" PONG,
     MQH_PASS, ""},

    {"not before", MQC_V5,
     HEAD(PUBACK_ID) "client c\n" SUBSCRIBE_0 "c <- PUBLISH payload=\"x\" after 2s\n",
     OK SUBACK_0 "wait 2s\ns -> PUBLISH topic=\"${T}/a\" payload=\"x\"\n" PONG, MQH_PASS, ""},
    {"too early", MQC_V5,
     HEAD(PUBACK_ID) "client c\n" SUBSCRIBE_0 "c <- PUBLISH payload=\"x\" after 2s\n",
     OK SUBACK_0 "wait 1s\ns -> PUBLISH topic=\"${T}/a\" payload=\"x\"\n" PONG, MQH_FAIL,
     "came after"},
    {"in time", MQC_V5,
     HEAD(PUBACK_ID) "client c\n" SUBSCRIBE_0 "c <- PUBLISH payload=\"x\" within 2s\n",
     OK SUBACK_0 "wait 1s\ns -> PUBLISH topic=\"${T}/a\" payload=\"x\"\n" PONG, MQH_PASS, ""},
    {"too late", MQC_V5,
     HEAD(PUBACK_ID) "client c\n" SUBSCRIBE_0 "c <- PUBLISH payload=\"x\" within 2s\n",
     OK SUBACK_0 "wait 3s\ns -> PUBLISH topic=\"${T}/a\" payload=\"x\"\n" PONG, MQH_FAIL,
     "did not come"},
    {"a variable is bound and compared", MQC_V5,
     HEAD(PUBACK_ID) "client c\n" SUBSCRIBE_0 "c <- PUBLISH qos=1 id=$m\nc -> PUBACK id=$m\n"
                     "c <- PUBLISH qos=1 id=$m\nc -> PUBACK id=$m\n",
     OK SUBACK_0 "s -> PUBLISH qos=1 id=9 topic=\"${T}/a\"\ns <- PUBACK id=9\n"
                 "s -> PUBLISH qos=1 id=10 topic=\"${T}/a\"\n",
     MQH_FAIL, "id is 10, expected 9"},
    {"resumed", MQC_V5,
     HEAD(PUBACK_ID) "client c session=keep\nc disconnect\nclient c again session=resume\n"
                     "c -> PUBLISH qos=1 id=7 topic=\"${T}/a\"\nc <- PUBACK id=7\n",
     OK
     "s <- DISCONNECT\ns close\ns accept\ns <- CONNECT session=keep\ns -> CONNACK session-present\n"
     "s <- PUBLISH\ns -> PUBACK id=7\n" PONG,
     MQH_PASS, ""},
    {"not resumed", MQC_V5,
     HEAD(PUBACK_ID) "client c session=keep\nc disconnect\nclient c again session=resume\n"
                     "c -> PUBLISH qos=1 id=7 topic=\"${T}/a\"\nc <- PUBACK id=7\n",
     OK "s <- DISCONNECT\ns close\ns accept\ns <- CONNECT\ns -> CONNACK\n", MQH_BLOCKED,
     "Session Present"},

    {"a breach that no line is about", MQC_V5,
     HEAD(PUBACK_ID) "client c\nc -> PUBLISH qos=1 id=1 topic=\"${T}/a\"\nc <- PUBACK\n",
     OK "s <- PUBLISH\ns -> PUBACK id=2\n" PONG, MQH_FAIL, "MQTT-2.2.1-5"},
    {"a breach behind a line that proves nothing", MQC_V5,
     HEAD(PUBACK_ID) "client c\n" SUBSCRIBE_0 "c <- nothing\n",
     OK "s <- SUBSCRIBE\ns -> SUBACK id=2 [0]\n", MQH_FAIL, "MQTT-2.2.1-6"},
    {"a breach of our own", MQC_V5, HEAD(PUBACK_ID) "client c\nc -> CONNECT\nc <- closed\n",
     OK "s <- CONNECT\ns close\n", MQH_ERROR, "the scenario itself breaks v5 X5-3.1-1"},
    {"a breach of our own that the line names", MQC_V5,
     HEAD(PUBACK_ID) "client c\nc -> CONNECT  breaks v5 X5-3.1-1\nc <- closed\n",
     OK "s <- CONNECT\ns close\ns accept\ns <- CONNECT\ns -> CONNACK\n", MQH_PASS, ""},
    {"acknowledged by itself", MQC_V5,
     HEAD(PUBACK_ID) "client c acks=auto\nc -> SUBSCRIBE id=1 [\"${T}/a\" qos=2]\n"
                     "c <- SUBACK id=1 [2]\nc <- PUBLISH payload=\"x\"\n",
     OK "s <- SUBSCRIBE\ns -> SUBACK id=1 [2]\ns -> PUBLISH qos=2 id=5 topic=\"${T}/a\" "
        "payload=\"x\"\ns <- PUBREC id=5\n"
        "s -> PUBREL id=5\ns <- any { PUBCOMP id=5 ; PINGREQ }\n"
        "s -> PINGRESP\n",
     MQH_PASS, ""},
};

static void test_engine_gives_the_verdict_of_the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (int bytewise = 0; bytewise < 2; bytewise++) {
            struct mqh_arena arena = {0};
            struct mqh_result *r =
                run(&arena, rows[i].tester, rows[i].script, rows[i].version, bytewise != 0, 0);

            if (r->verdict != rows[i].verdict || strstr(r->reason, rows[i].reason) == NULL ||
                (r->verdict == MQH_FAIL && r->broken.count == 0))
                fail_msg("%s: %s, \"%s\" (expected %s; got %s)", rows[i].name,
                         mqh_verdict_name(r->verdict), r->reason, r->expected, r->actual);
            mqh_arena_free(&arena);
        }
}

/* Whatever passes turns red when its proving line gets a wrong answer. */
static void test_engine_sabotaged_turns_every_pass_red(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mqh_arena arena = {0};
        struct mqh_result *r;

        if (rows[i].verdict != MQH_PASS)
            continue;
        r = run(&arena, rows[i].tester, rows[i].script, rows[i].version, false, 1);
        if (r->verdict != MQH_FAIL || r->broken.count == 0)
            fail_msg("%s stays %s", rows[i].name, mqh_verdict_name(r->verdict));
        mqh_arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_engine_gives_the_verdict_of_the_table),
        cmocka_unit_test(test_engine_sabotaged_turns_every_pass_red),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
