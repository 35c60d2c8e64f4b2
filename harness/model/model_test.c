/*
 * The reference broker, byte for byte: each row is a conversation. `0+` opens connection 0, `0>` is
 * what its client sends, `0<` what must come back, `0x` that the broker closes it, `0-` that the
 * client goes, `t+N` lets N ms pass. After each line nothing more may come than what is written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/model/model.h"

#define CONNECT4(id) ">100d00044d51545404 02 003c 0001" id
#define KEEP4(id) ">100d00044d51545404 00 003c 0001" id
#define CONNECT5(id) ">100e00044d51545405 02 003c 00 0001" id
#define RESUME5 "<2009 0100 06 210014 22000a"
#define KEEP5(id) ">1013 00044d515454 05 00 003c 05 110000003c 0001" id
#define SHARE5 ">8210 0001 00 000a 2473686172652f672f78 00"
#define ACCEPT4 "<2002 0000"
#define RESUME4 "<2002 0100"
#define ACCEPT5 "<2009 0000 06 210014 22000a"

static const struct row {
    const char *name;
    const char *lines[24];
} rows[] = {
    {"connect and ping", {"0+", "0" CONNECT4("61"), "0" ACCEPT4, "0>c000", "0<d000"}},
    {"a packet before CONNECT", {"0+", "0>c000", "0x"}},
    {"a second CONNECT",
     {"0+", "0" CONNECT5("61"), "0" ACCEPT5, "0" CONNECT5("61"), "0<e00182", "0x"}},
    {"a second CONNECT, of another level",
     {"0+", "0" CONNECT5("61"), "0" ACCEPT5, "0" CONNECT4("61"), "0<e00182", "0x"}},
    {"a reserved flag, silently", {"0+", "0>100d00044d51545404 03 003c 000161", "0x"}},
    {"an unknown level", {"0+", "0>100d00044d51545406 02 003c 000161", "0<20020001", "0x"}},
    {"empty id with a session to keep",
     {"0+", "0>100c00044d51545404 00 003c 0000", "0<20020002", "0x"}},
    {"take-over",
     {"0+", "0" CONNECT5("61"), "0" ACCEPT5, "1+", "1" CONNECT5("61"), "0<e0018e", "0x",
      "1" ACCEPT5}},
    {"subscribe and publish QoS 0",
     {"0+", "0" CONNECT4("61"), "0" ACCEPT4, "0>8206 0001 000178 00", "0<9003 0001 00",
      "0>3004 000178 79", "0<3004 000178 79"}},
    {"QoS is the lower of both",
     {"0+", "0" CONNECT4("61"), "0" ACCEPT4, "0>8206 0001 000178 01", "0<9003 0001 01",
      "0>3406 000178 0009 79", "0<3206 000178 0001 79", "0<50020009", "0>40020001"}},
    {"QoS 2 is handed on once",
     {"0+", "0" CONNECT4("61"), "0" ACCEPT4, "0>8206 0001 000178 00", "0<9003 0001 00",
      "0>3406 000178 0009 79", "0<3004 000178 79", "0<50020009", "0>3c06 000178 0009 79",
      "0<50020009", "0>62020009", "0<70020009"}},
    {"nobody subscribed",
     {"0+", "0" CONNECT5("61"), "0" ACCEPT5, "0>3206 000178 0009 00", "0<4003000910"}},
    {"retained, live and replayed",
     {"0+", "0" CONNECT4("61"), "0" ACCEPT4, "0>3104 000178 79", "0>8206 0001 000178 00",
      "0<3104 000178 79", "0<9003 0001 00", "0>3104 000178 7a", "0<3004 000178 7a", "0>3103 000178",
      "0<3003 000178"}},
    {"a session is resumed, its queue delivered",
     {"0+", "0" KEEP4("61"), "0" ACCEPT4, "0>8206 0001 000178 01", "0<9003 0001 01", "0-", "1+",
      "1" CONNECT4("62"), "1" ACCEPT4, "1>3206 000178 0009 79", "1<40020009", "2+", "2" KEEP4("61"),
      "2" RESUME4, "2<3206 000178 0001 79"}},
    {"what was not acknowledged comes again with DUP",
     {"0+", "0" KEEP4("61"), "0" ACCEPT4, "0>8206 0001 000178 01", "0<9003 0001 01",
      "0>3206 000178 0009 79", "0<3206 000178 0001 79", "0<40020009", "0-", "1+", "1" KEEP4("61"),
      "1" RESUME4, "1<3a06 000178 0001 79"}},
    {"a Will",
     {"0+", "0" CONNECT4("61"), "0" ACCEPT4, "0>8206 0001 000177 00", "0<9003 0001 00", "1+",
      "1>101300044d51545404 06 003c 000162 000177 000178", "1" ACCEPT4, "1-", "0<3004 000177 78"}},
    {"no Will after DISCONNECT",
     {"0+", "0" CONNECT4("61"), "0" ACCEPT4, "0>8206 0001 000177 00", "0<9003 0001 00", "1+",
      "1>101300044d51545404 06 003c 000162 000177 000178", "1" ACCEPT4, "1>e000", "1x"}},
    {"keep alive",
     {"0+", "0>100e00044d51545405 02 0002 00 000161", "0" ACCEPT5, "t+2999", "t+1", "0<e0018d",
      "0x"}},
    {"an alias",
     {"0+", "0" CONNECT5("61"), "0" ACCEPT5, "0>8207 0001 00 000178 00", "0<9004 0001 00 00",
      "0>3008 000178 03230001 79", "0<3005 000178 00 79", "0>3007 0000 03230001 7a",
      "0<3005 000178 00 7a"}},
    {"Receive Maximum",
     {"0+", "0>101100044d51545405 02 003c 03 210001 000161", "0" ACCEPT5,
      "0>8207 0001 00 000178 01", "0<9004 0001 00 01", "0>3207 000178 0001 00 79",
      "0<3207 000178 0001 00 79", "0<40020001", "0>3207 000178 0002 00 7a", "0<40020002",
      "0>40020001", "0<3207 000178 0002 00 7a"}},
    {"No Local", /* SUBSCRIBE "x" no-local */
     {"0+", "0" CONNECT5("61"), "0" ACCEPT5, "0>8207 0001 00 000178 04", "0<9004 0001 00 00", "1+",
      "1" CONNECT5("62"), "1" ACCEPT5, "0>3005 000178 00 79", "1>3005 000178 00 7a",
      "0<3005 000178 00 7a"}},
    {"one member of a share, by turns", /* SUBSCRIBE "$share/g/x" */
     {"0+", "0" CONNECT5("61"), "0" ACCEPT5, "0" SHARE5, "0<9004 0001 00 00", "1+",
      "1" CONNECT5("62"), "1" ACCEPT5, "1" SHARE5, "1<9004 0001 00 00", "0>3005 000178 00 79",
      "1<3005 000178 00 79", "0>3005 000178 00 7a", "0<3005 000178 00 7a"}},
    {"what is left of the Message Expiry Interval", /* 10 s, of which 3 pass */
     {"0+", "0" KEEP5("61"), "0" ACCEPT5, "0>8207 0001 00 000178 01", "0<9004 0001 00 01", "0-",
      "1+", "1" CONNECT5("62"), "1" ACCEPT5, "1>320c 000178 0009 05 020000000a 79", "1<40020009",
      "t+3000", "2+", "2" KEEP5("61"), "2" RESUME5, "2<320c 000178 0001 05 0200000007 79"}},
    {"an expired message is not delivered",
     {"0+", "0" KEEP5("61"), "0" ACCEPT5, "0>8207 0001 00 000178 01", "0<9004 0001 00 01", "0-",
      "1+", "1" CONNECT5("62"), "1" ACCEPT5, "1>320c 000178 0009 05 020000000a 79", "1<40020009",
      "t+10000", "2+", "2" KEEP5("61"), "2" RESUME5}},
    {"Will Delay Interval", /* Session Expiry Interval 10, Will Delay Interval 2 */
     {"0+", "0" CONNECT5("61"), "0" ACCEPT5, "0>8207 0001 00 000177 00", "0<9004 0001 00 00", "1+",
      "1>101f 00044d515454 05 06 003c 05 110000000a 000162 05 1800000002 000177 000178",
      "1" ACCEPT5, "1-", "t+1999", "t+1", "0<3005 000177 00 78"}},
};

/* Brokers with a defect or a variant: the same form. */
static const struct odd_row {
    struct row row;
    const char *variant;    /* or NULL */
    enum mqh_defect defect; /* MQH_DEFECT_COUNT: none */
    enum mqc_version defect_of;
} odd_rows[] = {
    {{"a copy for each subscription",
      {"0+", "0" CONNECT4("61"), "0" ACCEPT4, "0>820a 0001 000178 01 000123 00", "0<9004 0001 0100",
       "0>3206 000178 0009 79", "0<3206 000178 0001 79", "0<3004 000178 79", "0<40020009"}},
     "copy-each",
     MQH_DEFECT_COUNT,
     MQC_VERSION_UNKNOWN},
    {{"a QoS 2 message is handed on at PUBREL",
      {"0+", "0" CONNECT4("61"), "0" ACCEPT4, "0>8206 0001 000178 00", "0<9003 0001 00",
       "0>3406 000178 0009 79", "0<50020009", "0>62020009", "0<3004 000178 79", "0<70020009"}},
     "delivers-at-pubrel",
     MQH_DEFECT_COUNT,
     MQC_VERSION_UNKNOWN},
    {{"an alias of the broker's own", /* Topic Alias Maximum 1 */
      {"0+", "0>1011 00044d515454 05 02 003c 03 220001 000161", "0" ACCEPT5,
       "0>8207 0001 00 000178 00", "0<9004 0001 00 00", "0>3005 000178 00 79",
       "0<3008 000178 03 230001 79", "0>3005 000178 00 7a", "0<3007 0000 03 230001 7a"}},
     "uses-aliases",
     MQH_DEFECT_COUNT,
     MQC_VERSION_UNKNOWN},
    {{"no more than Receive Maximum", /* 1 */
      {"0+", "0" CONNECT5("61"), "0<2009 0000 06 210001 22000a", "0>3406 000178 0001 00",
       "0<5003 0001 10", "0>3406 000178 0002 00", "0<e00193", "0x"}},
     "receive-maximum-1",
     MQH_DEFECT_COUNT,
     MQC_VERSION_UNKNOWN},
    {{"each byte by itself",
      {"0+", "0" CONNECT4("61"), "0<20", "0<02", "0<00", "0<00", "0>c000", "0<d0", "0<00"}},
     "segments",
     MQH_DEFECT_COUNT,
     MQC_VERSION_UNKNOWN},
    {{"it acknowledges and does nothing",
      {"0+", "0" CONNECT4("61"), "0" ACCEPT4, "0>8206 0001 000178 02", "0<9003 0001 00",
       "0>3206 000178 0009 79", "0<40020009", "0>e000", "0x"}},
     "only-acknowledges",
     MQH_DEFECT_COUNT,
     MQC_VERSION_UNKNOWN},
    {{"PINGREQ is not answered", {"0+", "0" CONNECT4("61"), "0" ACCEPT4, "0>c000"}},
     NULL,
     MQH_D_PING_UNANSWERED,
     MQC_V311},
    {{"a defect of 3.1.1 is none of 5.0",
      {"0+", "0" CONNECT5("61"), "0" ACCEPT5, "0>c000", "0<d000"}},
     NULL,
     MQH_D_PING_UNANSWERED,
     MQC_V311},
    {{"blind to a SUBSCRIBE without filters",
      {"0+", "0" CONNECT4("61"), "0" ACCEPT4, "0>8202 0001", "0<9002 0001"}},
     NULL,
     (enum mqh_defect)((int)MQH_D_BLIND + (int)MQC_RULE_SUBSCRIBE_EMPTY),
     MQC_V311},
    {{"taken over and not closed, it is not heard, and the session is gone",
      {"0+", "0" CONNECT5("61"), "0" ACCEPT5, "1+", "1" CONNECT5("61"), "0<e0018e", "1" ACCEPT5,
       "0>e000", "1>c000", "1<d000", "0-", "1-"}},
     NULL,
     MQH_D_STAYS_AFTER_DISCONNECT,
     MQC_V5},
    {{"a Will that stays is replaced by another",
      {"0+", "0>1013 00044d51545404 04 003c 000161 000178 000131", "0" ACCEPT4, "0-", "1+",
       "1>1013 00044d51545404 04 003c 000161 000178 000132", "1" RESUME4}},
     NULL,
     MQH_D_WILL_STAYS,
     MQC_V311},
};

struct test {
    struct mqh_model *model;
    uint64_t now_ms;
    const char *name;
};

static size_t from_hex(const char *hex, uint8_t *out)
{
    size_t n = 0;

    for (; *hex != '\0'; hex++) {
        unsigned byte;

        if (*hex == ' ')
            continue;
        assert_int_equal(sscanf(hex, "%2x", &byte), 1);
        out[n++] = (uint8_t)byte;
        hex++;
    }
    return n;
}

/* What the model does next, as a line. */
static bool next_line(struct test *t, char *out, size_t size)
{
    struct mqh_model_action a;
    int used;

    if (!mqh_model_next(t->model, &a))
        return false;
    used = snprintf(out, size, "%u%c", a.connection, a.kind == MQH_MODEL_CLOSE ? 'x' : '<');
    for (size_t i = 0; i < a.bytes.size; i++)
        used += snprintf(out + used, size - (size_t)used, "%02x", a.bytes.data[i]);
    return true;
}

static void expect_line(struct test *t, const char *line)
{
    char found[600];
    char wanted[600];
    size_t n = 0;

    for (const char *c = line; *c != '\0'; c++)
        if (*c != ' ')
            wanted[n++] = *c;
    wanted[n] = '\0';
    if (!next_line(t, found, sizeof(found)))
        fail_msg("%s: nothing instead of %s", t->name, wanted);
    if (strcmp(found, wanted) != 0)
        fail_msg("%s: %s instead of %s", t->name, found, wanted);
}

static void play(struct test *t, const char *line)
{
    unsigned number = (unsigned)strtoul(line, NULL, 10);
    uint8_t bytes[300];
    char extra[600];

    if (line[1] == '<' || line[1] == 'x') {
        expect_line(t, line);
        return;
    }
    if (next_line(t, extra, sizeof(extra)))
        fail_msg("%s: %s before %s", t->name, extra, line);
    if (line[0] == 't') {
        t->now_ms += strtoul(line + 2, NULL, 10);
        mqh_model_tick(t->model, t->now_ms);
    } else if (line[1] == '+') {
        assert_int_equal(mqh_model_open(t->model, t->now_ms), number);
    } else if (line[1] == '-') {
        mqh_model_closed(t->model, number, t->now_ms);
    } else {
        size_t size = from_hex(line + 2, bytes);

        mqh_model_receive(t->model, number, (struct mqc_slice){bytes, size}, t->now_ms);
    }
}

static void play_row(const struct row *row, const struct mqh_model_limits *limits,
                     enum mqh_defect defect, enum mqc_version version)
{
    struct test t = {.model = mqh_model_new(limits), .name = row->name};
    char extra[600];

    if (defect != MQH_DEFECT_COUNT)
        assert_true(mqh_model_break(t.model, defect, version));
    for (size_t k = 0; k < 24 && row->lines[k] != NULL; k++)
        play(&t, row->lines[k]);
    if (next_line(&t, extra, sizeof(extra)))
        fail_msg("%s: %s at the end", t.name, extra);
    mqh_model_free(t.model);
}

static void test_model_holds_the_conversations_of_the_table(void **state)
{
    const struct mqh_model_limits limits = mqh_model_defaults();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        play_row(&rows[i], &limits, MQH_DEFECT_COUNT, MQC_VERSION_UNKNOWN);
}

static void test_model_is_odd_as_it_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(odd_rows) / sizeof(odd_rows[0]); i++) {
        struct mqh_model_limits limits = mqh_model_defaults();
        enum mqh_variant variant;

        if (odd_rows[i].variant != NULL) {
            assert_true(mqh_variant_find(odd_rows[i].variant, &variant));
            mqh_variant_choose(variant, &limits);
        }
        play_row(&odd_rows[i].row, &limits, odd_rows[i].defect, odd_rows[i].defect_of);
    }
}

static void test_model_has_no_more_defects_than_it_holds(void **state)
{
    const struct mqh_model_limits limits = mqh_model_defaults();
    struct mqh_model *model = mqh_model_new(&limits);

    (void)state;
    for (unsigned i = 0; i < MQH_DEFECTS_MAX; i++)
        assert_true(mqh_model_break(model, (enum mqh_defect)((unsigned)MQH_D_BLIND + i), MQC_V5));
    assert_true(mqh_model_break(model, MQH_D_BLIND, MQC_V311)); /* one that it has already */
    assert_false(mqh_model_break(model, (enum mqh_defect)0, MQC_V5));
    mqh_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_model_holds_the_conversations_of_the_table),
        cmocka_unit_test(test_model_is_odd_as_it_is_told),
        cmocka_unit_test(test_model_has_no_more_defects_than_it_holds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
