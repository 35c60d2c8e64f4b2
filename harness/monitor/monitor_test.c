#include "codec/testing.h"
#include "codec/text.h"
#include "harness/catalogue/catalogue.h"
#include "harness/monitor/state.h"

/* The test's own view of conversations; their language is described in monitor_test.def. */

struct row {
    enum mqh_monitor_rule rule;
    const char *name;
    const char *versions;
    const char *bad;
    const char *good;
};

static const struct row rows[] = {
#define MQH_BREAKS(rule, versions, bad, good) {MQH_RULE_##rule, #rule, versions, bad, good},
#include "harness/monitor/monitor_test.def"
#undef MQH_BREAKS
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))
#define CONNECTIONS_MAX 4
#define TOLD_MAX 64
#define PACKETS_MAX 64

struct told {
    unsigned connection;
    unsigned packet;
    char id[32];
    char says[160];
    bool is_fault;
};

struct talk {
    struct mqh_monitor *monitor;
    enum mqc_version version;
    uint64_t now_ms;
    struct {
        bool open;
        bool join;
        unsigned packets;
        bool set_up[PACKETS_MAX]; /* ~: breaches of these packets do not count */
    } connections[CONNECTIONS_MAX];
    bool marked;
    unsigned marked_connection;
    unsigned marked_packet;
    struct told told[TOLD_MAX];
    size_t told_count;
};

static uint8_t block[256 * 1024] __attribute__((aligned(16)));

static void on_breach(void *context, const struct mqh_breach *breach)
{
    struct talk *talk = context;
    struct told *told = &talk->told[talk->told_count];

    assert_non_null(mqh_catalogue_find(breach->version, breach->id));
    assert_true(breach->text[0] != '\0');
    assert_true(breach->side == MQC_CLIENT || breach->side == MQC_SERVER);
    if (talk->told_count == TOLD_MAX)
        return;
    talk->told_count++;
    told->connection = breach->connection;
    told->packet = breach->packet;
    told->is_fault = breach->fault != NULL;
    snprintf(told->id, sizeof(told->id), "%s", breach->id);
    snprintf(told->says, sizeof(told->says), "%s", breach->says);
}

static struct mqh_monitor *new_monitor(struct talk *talk, size_t size)
{
    const struct mqh_monitor_options options = {
        .breach = on_breach, .context = talk, .sees_all = true};

    memset(block, 0xa5, sizeof(block));
    return mqh_monitor_new(block, size, &options);
}

/* ---- playing a conversation ---- */

static void ensure_open(struct talk *talk, unsigned connection)
{
    if (talk->connections[connection].open)
        return;
    talk->connections[connection].open = true;
    mqh_monitor_open(talk->monitor, connection, talk->version, !talk->connections[connection].join,
                     talk->now_ms);
}

static void send_packet(struct talk *talk, unsigned connection, enum mqc_side from,
                        const char *text)
{
    static const char *const names[CONNECTIONS_MAX] = {"zero", "one", "two", "three"};
    const struct mqc_text_scope scope = {
        .version = talk->version, .from = from, .client_id = mqc_slice_text(names[connection])};
    uint8_t memory_block[4096];
    struct mqc_text_memory memory = {.data = memory_block, .size = sizeof(memory_block)};
    struct mqc_text_error error;
    struct mqc_slice bytes;

    if (!mqc_text_encode(mqc_slice_text(text), &scope, &memory, &bytes, &error)) {
        print_error("%s: %s\n", text, error.message);
        fail();
    }
    mqh_monitor_packet(talk->monitor, connection, from, bytes, talk->now_ms);
}

static void play_item(struct talk *talk, const char *item)
{
    bool marked = false;
    bool set_up = false;
    unsigned connection = 1;
    enum mqc_side from;

    for (; *item == '!' || *item == '~'; item++) {
        marked = marked || *item == '!';
        set_up = set_up || *item == '~';
    }
    if (*item == '+') {
        talk->now_ms += 1000 * strtoull(item + 1, NULL, 10);
        return;
    }
    if (strcmp(item, "join") == 0) {
        talk->connections[1].join = true;
        return;
    }
    from = *item == 'c' ? MQC_CLIENT : *item == 's' ? MQC_SERVER : MQC_SIDE_UNKNOWN;
    if (*item != '\0')
        item++;
    if (isdigit((unsigned char)*item))
        connection = (unsigned)(*item++ - '0');
    ensure_open(talk, connection);
    if (*item == ' ')
        talk->connections[connection].packets++;
    if (marked) {
        talk->marked = true;
        talk->marked_connection = connection;
        talk->marked_packet = talk->connections[connection].packets;
    }
    if (set_up)
        talk->connections[connection].set_up[talk->connections[connection].packets] = true;
    if (*item == '.') {
        mqh_monitor_close(talk->monitor, connection, from, talk->now_ms);
        talk->connections[connection].open = false;
    } else if (*item == ' ') {
        send_packet(talk, connection, from, item + 1);
    }
}

static void play(struct talk *talk, const char *conversation, enum mqc_version version)
{
    const char *at = conversation;

    *talk = (struct talk){.version = version, .now_ms = 1000};
    talk->monitor = new_monitor(talk, sizeof(block));
    if (conversation[0] == '+')
        ensure_open(talk, 1);
    while (at != NULL) {
        const char *end = strstr(at, "; ");
        size_t size = end != NULL ? (size_t)(end - at) : strlen(at);
        char item[1024];

        assert_true(size < sizeof(item));
        memcpy(item, at, size);
        item[size] = '\0';
        if (size > 0)
            play_item(talk, item);
        at = end != NULL ? end + 2 : NULL;
    }
}

/* ---- judging what was told ---- */

static bool counts(const struct talk *talk, const struct told *told, const struct row *row)
{
    bool set_up = talk->connections[told->connection].set_up[told->packet];

    return !set_up || (!told->is_fault && strcmp(told->says, mqh_mon_rule_says(row->rule)) == 0);
}

static size_t counted(const struct talk *talk, const struct row *row)
{
    size_t count = 0;

    for (size_t i = 0; i < talk->told_count; i++)
        if (counts(talk, &talk->told[i], row))
            count++;
    return count;
}

static void show(const struct talk *talk, const char *conversation, const struct row *row)
{
    print_error("%s in %s: %s\n", row->name, mqc_version_name(talk->version), conversation);
    for (size_t i = 0; i < talk->told_count; i++)
        print_error("    told: %s of packet %u of connection %u: %s\n", talk->told[i].id,
                    talk->told[i].packet, talk->told[i].connection, talk->told[i].says);
}

static bool is_right(const struct talk *talk, const struct row *row)
{
    const char *id = mqh_mon_rule_in(row->rule, talk->version)->id;

    if (counted(talk, row) != 1 || !talk->marked)
        return false;
    for (size_t i = 0; i < talk->told_count; i++) {
        const struct told *told = &talk->told[i];

        if (counts(talk, told, row))
            return strcmp(told->id, id) == 0 &&
                   strcmp(told->says, mqh_mon_rule_says(row->rule)) == 0 &&
                   told->connection == talk->marked_connection &&
                   told->packet == talk->marked_packet;
    }
    return false;
}

static struct talk talk; /* too large for the stack to like */

static void test_each_conversation_breaks_its_rule_once_and_no_other(void **state)
{
    unsigned wrong = 0;

    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++)
        for (const char *digit = rows[i].versions; *digit != '\0'; digit++) {
            play(&talk, rows[i].bad, (enum mqc_version)(*digit - '0'));
            if (is_right(&talk, &rows[i]))
                continue;
            show(&talk, rows[i].bad, &rows[i]);
            wrong++;
        }
    assert_int_equal(wrong, 0);
}

static void test_each_neighbour_breaks_no_rule(void **state)
{
    unsigned wrong = 0;

    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++)
        for (const char *digit = rows[i].versions; *digit != '\0'; digit++) {
            play(&talk, rows[i].good, (enum mqc_version)(*digit - '0'));
            if (counted(&talk, &rows[i]) == 0)
                continue;
            show(&talk, rows[i].good, &rows[i]);
            wrong++;
        }
    assert_int_equal(wrong, 0);
}

static void test_every_rule_is_broken_in_every_version_that_has_it(void **state)
{
    static bool seen[MQH_RULE_COUNT][MQC_V5 + 1];
    unsigned missing = 0;

    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++)
        for (const char *digit = rows[i].versions; *digit != '\0'; digit++)
            seen[rows[i].rule][*digit - '0'] = true;
    for (int rule = 0; rule < MQH_RULE_COUNT; rule++)
        for (enum mqc_version version = MQC_V31; version <= MQC_V5; version++)
            if (seen[rule][version] !=
                (mqh_mon_rule_in((enum mqh_monitor_rule)rule, version)->level != MQC_NO_RULE)) {
                print_error("%s in %s\n", mqh_mon_rule_name((enum mqh_monitor_rule)rule),
                            mqc_version_name(version));
                missing++;
            }
    assert_int_equal(missing, 0);
}

/* ---- memory, and bytes that mean nothing ---- */

/* Every cut of the block either sees all or says from where on it is blind, and tells no more. */
static void test_a_full_block_makes_blind_and_tells_no_breach(void **state)
{
    unsigned blind_runs = 0;

    (void)state;
    for (size_t size = MQH_MONITOR_SIZE_MIN; size <= 128 * 1024; size += 4096) {
        unsigned connection = 0;
        unsigned packet = 0;

        talk = (struct talk){.version = MQC_V5};
        talk.monitor = new_monitor(&talk, size);
        play_item(&talk, "c CONNECT");
        play_item(&talk, "s CONNACK");
        for (unsigned id = 1; id <= 500; id++) {
            char text[64];

            snprintf(text, sizeof(text), "PUBLISH qos=1 id=%u topic=\"t\" payload=\"%u\"", id, id);
            send_packet(&talk, 1, MQC_CLIENT, text);
        }
        assert_int_equal(talk.told_count, 0);
        send_packet(&talk, 1, MQC_SERVER, "PUBACK id=501");
        if (mqh_monitor_is_blind(talk.monitor, &connection, &packet)) {
            blind_runs++;
            assert_int_equal(talk.told_count, 0);
            assert_int_equal(connection, 1);
            assert_in_range(packet, 1, 502);
        } else {
            assert_int_equal(talk.told_count, 1);
        }
        play_item(&talk, "c.");
    }
    assert_in_range(blind_runs, 1, 31);
}

/* A client that comes and goes for ever fits into a small block: nothing is kept of it. */
static void test_what_has_ended_is_forgotten(void **state)
{
    unsigned connection;
    unsigned packet;

    (void)state;
    talk = (struct talk){.version = MQC_V5};
    talk.monitor = new_monitor(&talk, 16 * 1024);
    for (unsigned i = 0; i < 1000; i++) {
        play_item(&talk, "c CONNECT topic-alias-maximum=5");
        play_item(&talk, "s CONNACK");
        play_item(&talk, "c SUBSCRIBE id=1 [\"t\" qos=1]");
        play_item(&talk, "s SUBACK id=1 [1]");
        play_item(&talk, "s PUBLISH qos=1 id=9 topic=\"t\" topic-alias=3");
        talk.connections[1].packets = 0;
        play_item(&talk, "c.");
    }
    assert_false(mqh_monitor_is_blind(talk.monitor, &connection, &packet));
    assert_int_equal(talk.told_count, 0);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Any bytes, in any order, from anybody: nothing worse than breaches may come of it. */
static void test_garbage_is_judged_and_nothing_else_happens(void **state)
{
    static const char *const packets[] = {
        "CONNECT",
        "CONNECT session=keep will={topic=\"t\" payload=\"x\"}",
        "CONNACK",
        "CONNACK !connack-flags=1",
        "PUBLISH qos=1 id=1 topic=\"t\"",
        "PUBLISH dup qos=2 id=1 topic=\"t\"",
        "PUBACK id=1",
        "PUBREC id=1",
        "PUBREL id=1",
        "PUBCOMP id=1",
        "SUBSCRIBE id=1 [\"t\", \"#\"]",
        "SUBACK id=1 [0]",
        "UNSUBSCRIBE id=1 [\"t\"]",
        "PINGREQ",
        "PINGRESP",
        "DISCONNECT",
    };
    uint32_t seed = 1;

    (void)state;
    for (unsigned run = 0; run < 3000; run++) {
        talk = (struct talk){.version = (enum mqc_version)(MQC_V31 + run % 3)};
        talk.monitor = new_monitor(&talk, 8192 + run % 7 * 4096);
        for (unsigned i = 0; i < 40; i++) {
            unsigned connection = 1 + next_random(&seed) % 3;
            enum mqc_side from = next_random(&seed) % 2 == 0 ? MQC_CLIENT : MQC_SERVER;
            uint8_t bytes[24];

            ensure_open(&talk, connection);
            talk.now_ms += next_random(&seed) % 30000;
            if (next_random(&seed) % 12 == 0) {
                mqh_monitor_close(talk.monitor, connection, from, talk.now_ms);
                talk.connections[connection].open = false;
                continue;
            }
            if (next_random(&seed) % 3 != 0) {
                send_packet(&talk, connection, from, packets[next_random(&seed) % 16]);
                continue;
            }
            for (size_t k = 0; k < sizeof(bytes); k++)
                bytes[k] = (uint8_t)next_random(&seed);
            bytes[1] %= 20;
            mqh_monitor_packet(talk.monitor, connection, from,
                               (struct mqc_slice){bytes, sizeof(bytes)}, talk.now_ms);
        }
    }
}

/* ---- the tables ---- */

static void check_word(enum mqc_version version, const char *word, enum mqc_level level)
{
    const struct mqh_requirement *row = mqh_catalogue_find(version, word);

    if (row == NULL) {
        print_error("%s %s is no row of the catalogues\n", mqc_version_space(version), word);
        fail();
    }
    /* A MUST may be told as a SHOULD where it cannot be seen for certain; never the reverse. */
    if (level == MQC_MUST)
        assert_int_equal(mqh_requirement_level(row), MQH_MUST);
}

static void test_every_rule_is_a_row_of_the_catalogues(void **state)
{
    (void)state;
    for (int rule = 0; rule < MQH_RULE_COUNT; rule++)
        for (enum mqc_version version = MQC_V31; version <= MQC_V5; version++) {
            const struct mqh_mon_rule_text *in =
                mqh_mon_rule_in((enum mqh_monitor_rule)rule, version);
            char twins[200];

            if (in->level == MQC_NO_RULE)
                continue;
            check_word(version, in->id, in->level);
            snprintf(twins, sizeof(twins), "%s", in->twins);
            assert_int_equal(strlen(twins), strlen(in->twins));
            for (char *word = strtok(twins, " "); word != NULL; word = strtok(NULL, " "))
                check_word(version, word, in->level);
        }
}

static void test_every_row_for_the_monitor_is_judged_or_left_out_with_a_reason(void **state)
{
    unsigned wrong = 0;

    (void)state;
    for (size_t i = 0; i < mqh_catalogue_count(); i++) {
        const struct mqh_requirement *row = mqh_catalogue_at(i);
        bool judged = mqh_monitor_judges(row->version, row->id);
        bool left_out = mqh_monitor_leaves_out(row->version, row->id) != NULL;

        if (judged && left_out)
            print_error("%s is judged and left out\n", row->id);
        if (strcmp(row->monitor, "yes") == 0 && !judged && !left_out)
            print_error("%s %s is neither judged nor left out\n", mqc_version_space(row->version),
                        row->id);
        wrong += judged == left_out && (judged || strcmp(row->monitor, "yes") == 0);
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_conversation_breaks_its_rule_once_and_no_other),
        cmocka_unit_test(test_each_neighbour_breaks_no_rule),
        cmocka_unit_test(test_every_rule_is_broken_in_every_version_that_has_it),
        cmocka_unit_test(test_a_full_block_makes_blind_and_tells_no_breach),
        cmocka_unit_test(test_what_has_ended_is_forgotten),
        cmocka_unit_test(test_garbage_is_judged_and_nothing_else_happens),
        cmocka_unit_test(test_every_rule_is_a_row_of_the_catalogues),
        cmocka_unit_test(test_every_row_for_the_monitor_is_judged_or_left_out_with_a_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
