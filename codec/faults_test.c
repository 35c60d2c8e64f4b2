/*
 * Every rule, each broken alone: codec/faults_test.def against the decoder. All its packets are
 * also cut at every length in front of an unreadable page, given to strict mode and, the good ones,
 * encoded back.
 */
#include "codec/testing.h"

#define CUT_MAX 300 /* longer packets are not cut at every length: they are long strings only */

struct row {
    enum mqc_rule rule;
    const char *name;
    enum mqc_version version;
    enum mqc_side from;
    const char *bad;
    const char *good;
};

#define C3 MQC_V31, MQC_CLIENT
#define S3 MQC_V31, MQC_SERVER
#define U3 MQC_V31, MQC_SIDE_UNKNOWN
#define C4 MQC_V311, MQC_CLIENT
#define S4 MQC_V311, MQC_SERVER
#define U4 MQC_V311, MQC_SIDE_UNKNOWN
#define C5 MQC_V5, MQC_CLIENT
#define S5 MQC_V5, MQC_SERVER
#define U5 MQC_V5, MQC_SIDE_UNKNOWN
#define MQC_BREAKS(rule, from, bad, good) {MQC_RULE_##rule, #rule, from, bad, good},

static const struct row rows[] = {
#include "codec/faults_test.def"
};

enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]) };

static struct mqc_test_bytes bytes; /* too large for the stack to like */

static void decode(const struct row *row, const char *hex, struct mqc_test_packet *out)
{
    mqc_test_hex(hex, &bytes);
    mqc_test_decode(mqc_test_slice(&bytes), row->version, row->from, out);
    assert_true(out->state != MQC_FRAME_INCOMPLETE);
    assert_int_equal(out->packet.frame.size, bytes.size);
}

static void print_faults(const struct row *row, const struct mqc_test_packet *test)
{
    for (size_t i = 0; i < mqc_faults_stored(&test->faults); i++)
        print_error("    %s %s at %u, %u bytes\n", mqc_rule_name(test->items[i].rule),
                    mqc_rule_in(test->items[i].rule, row->version)->id, test->items[i].offset,
                    test->items[i].size);
}

static bool is_exactly(const struct row *row, const struct mqc_test_packet *test)
{
    return test->faults.count == 1 && test->items[0].rule == row->rule &&
           test->items[0].offset == bytes.mark_at && test->items[0].size == bytes.mark_size;
}

static void test_each_packet_breaks_its_rule_and_no_other(void **state)
{
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        struct mqc_test_packet test;

        decode(&rows[i], rows[i].bad, &test);
        if (!is_exactly(&rows[i], &test)) {
            print_error("%s in %s: %s\n", rows[i].name, mqc_version_name(rows[i].version),
                        rows[i].bad);
            print_faults(&rows[i], &test);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

static void test_each_neighbour_breaks_no_rule_and_encodes_to_the_same_bytes(void **state)
{
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        struct mqc_test_packet test;

        decode(&rows[i], rows[i].good, &test);
        if (test.faults.count != 0 || !test.packet.complete) {
            print_error("beside %s in %s: %s\n", rows[i].name, mqc_version_name(rows[i].version),
                        rows[i].good);
            print_faults(&rows[i], &test);
            wrong++;
        }
        mqc_test_encodes_to(&test.packet, mqc_test_slice(&bytes));
    }
    assert_int_equal(wrong, 0);
}

static void test_every_rule_is_broken_in_every_version_that_has_it(void **state)
{
    static const enum mqc_version versions[] = {MQC_V31, MQC_V311, MQC_V5};
    static bool seen[MQC_RULE_COUNT][MQC_V5 + 1];
    size_t missing = 0;

    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++)
        seen[rows[i].rule][rows[i].version] = true;
    for (size_t rule = 0; rule < MQC_RULE_COUNT; rule++) {
        for (size_t v = 0; v < 3; v++) {
            bool has = mqc_rule_in((enum mqc_rule)rule, versions[v])->level != MQC_NO_RULE;

            if (has != seen[rule][versions[v]]) {
                print_error("%s in %s has %s row\n", mqc_rule_name((enum mqc_rule)rule),
                            mqc_version_name(versions[v]), has ? "no" : "a");
                missing++;
            }
        }
    }
    assert_int_equal(missing, 0);
}

/* With room for one fault and stop_at_first the first fault is all there is; a note is none. */
static void test_strict_mode_stops_at_the_first_fault(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        enum mqc_level level = mqc_rule_in(rows[i].rule, rows[i].version)->level;
        struct mqc_frame frame = {.version = rows[i].version, .from = rows[i].from};
        struct mqc_fault item;
        struct mqc_faults faults = {.items = &item, .capacity = 1, .stop_at_first = true};
        struct mqc_packet packet;

        mqc_test_hex(rows[i].bad, &bytes);
        mqc_frame_read(mqc_test_slice(&bytes), &frame);
        mqc_packet_decode(&frame, &packet, &faults);
        assert_int_equal(faults.count, level > MQC_NOTE);
        if (faults.count == 0)
            continue;
        assert_int_equal(item.rule, rows[i].rule);
        assert_int_equal(item.offset, bytes.mark_at);
        assert_false(packet.complete);
    }
}

/* What was noted lies within the packet, and what is not complete has a fault. */
static void check_spans(const struct mqc_test_packet *test)
{
    assert_true(test->packet.complete || test->faults.count > 0);
    for (size_t i = 0; i < mqc_faults_stored(&test->faults); i++)
        assert_true((size_t)test->items[i].offset + test->items[i].size <= test->packet.frame.size);
}

/* The first `size` bytes of `whole` as they come off a stream, then as a packet of that length. */
static void cut(const struct mqc_test_guard *guard, const struct row *row, struct mqc_slice whole,
                size_t size)
{
    uint8_t *at = mqc_test_guard_copy(guard, (struct mqc_slice){whole.data, size});
    struct mqc_test_packet test;

    mqc_test_decode((struct mqc_slice){at, size}, row->version, row->from, &test);
    assert_true(size == whole.size || test.state == MQC_FRAME_INCOMPLETE ||
                test.state == MQC_FRAME_BROKEN);
    if (size < 2 || whole.data[1] >= 0x80)
        return;
    at[1] = (uint8_t)(size - 2);
    mqc_test_decode((struct mqc_slice){at, size}, row->version, row->from, &test);
    assert_int_equal(test.state, MQC_FRAME_COMPLETE);
    check_spans(&test);
}

static void test_no_packet_is_read_past_its_end(void **state)
{
    struct mqc_test_guard guard = mqc_test_guard_init();

    (void)state;
    for (size_t i = 0; i < 2 * ROW_COUNT; i++) {
        const struct row *row = &rows[i / 2];

        mqc_test_hex(i % 2 == 0 ? row->bad : row->good, &bytes);
        for (size_t size = bytes.size < CUT_MAX ? 0 : bytes.size; size <= bytes.size; size++)
            cut(&guard, row, mqc_test_slice(&bytes), size);
    }
    mqc_test_guard_free(&guard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_packet_breaks_its_rule_and_no_other),
        cmocka_unit_test(test_each_neighbour_breaks_no_rule_and_encodes_to_the_same_bytes),
        cmocka_unit_test(test_every_rule_is_broken_in_every_version_that_has_it),
        cmocka_unit_test(test_strict_mode_stops_at_the_first_fault),
        cmocka_unit_test(test_no_packet_is_read_past_its_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
