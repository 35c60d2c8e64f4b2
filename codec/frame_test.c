#include "codec/testing.h"

#include "codec/varint.h"

static const struct {
    const char *name;
    const char *hex;
    enum mqc_frame_state state;
    size_t size;
    size_t header_size;
} rows[] = {
    {"nothing yet", "", MQC_FRAME_INCOMPLETE, 2, 0},
    {"first byte only", "30", MQC_FRAME_INCOMPLETE, 2, 0},
    {"smallest packet", "c0 00", MQC_FRAME_COMPLETE, 2, 2},
    {"pipelined", "c0 00 c0 00", MQC_FRAME_COMPLETE, 2, 2},
    {"body to come", "30 05 0001", MQC_FRAME_INCOMPLETE, 7, 2},
    {"length to come", "30 80", MQC_FRAME_INCOMPLETE, 3, 0},
    {"127", "30 7f", MQC_FRAME_INCOMPLETE, 129, 2},
    {"128", "30 8001", MQC_FRAME_INCOMPLETE, 131, 3},
    {"16,383", "30 ff7f", MQC_FRAME_INCOMPLETE, 16386, 3},
    {"16,384", "30 808001", MQC_FRAME_INCOMPLETE, 16388, 4},
    {"2,097,151", "30 ffff7f", MQC_FRAME_INCOMPLETE, 2097155, 4},
    {"2,097,152", "30 80808001", MQC_FRAME_INCOMPLETE, 2097157, 5},
    {"268,435,455", "30 ffffff7f", MQC_FRAME_INCOMPLETE, 268435460, 5},
    {"three bytes to come", "30 808080", MQC_FRAME_INCOMPLETE, 5, 0},
    {"a fifth byte announced", "30 80808080", MQC_FRAME_BROKEN, 5, 5},
    {"and given", "30 ffffffff 7f", MQC_FRAME_BROKEN, 5, 5},
    {"padded", "c0 80808000", MQC_FRAME_COMPLETE, 5, 5},
};

static struct mqc_test_bytes bytes;

static void test_frame_read_knows_where_a_packet_ends(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mqc_frame frame = {.version = MQC_V311, .from = MQC_SERVER};

        mqc_test_hex(rows[i].hex, &bytes);
        if (mqc_frame_read(mqc_test_slice(&bytes), &frame) != rows[i].state ||
            frame.size != rows[i].size || frame.header_size != rows[i].header_size)
            fail_msg("%s: size %zu, header %zu", rows[i].name, frame.size, frame.header_size);
        assert_int_equal(frame.version, MQC_V311);
        assert_int_equal(frame.from, MQC_SERVER);
    }
}

static void test_frame_read_delivers_type_flags_and_body(void **state)
{
    struct mqc_frame frame = {.version = MQC_V5};

    (void)state;
    mqc_test_hex("3d 03 aabbcc", &bytes);
    assert_int_equal(mqc_frame_read(mqc_test_slice(&bytes), &frame), MQC_FRAME_COMPLETE);
    assert_int_equal(frame.type, MQC_PUBLISH);
    assert_int_equal(frame.flags, 0x0d);
    assert_ptr_equal(frame.bytes, bytes.data);
    assert_ptr_equal(mqc_frame_body(&frame).data, bytes.data + 2);
    assert_int_equal(mqc_frame_body(&frame).size, 3);
}

/* Bytes come one at a time, in memory that ends after the last one: however a stream is cut up, the
 * same packets come out, and `size` never asks for more than the packet has. */
static void test_frame_read_takes_a_stream_in_any_pieces(void **state)
{
    static const size_t sizes[] = {2, 9, 2, 131, 4};
    struct mqc_test_guard guard = mqc_test_guard_init();
    size_t begin = 0;
    size_t found = 0;

    (void)state;
    mqc_test_hex("c0 00 | 82 07 0001 00 0001 61 00 | d0 00 | 30 8001 0001 61*126 | 40 02 0007",
                 &bytes);
    for (size_t have = 0; have <= bytes.size; have++) {
        struct mqc_slice part = {bytes.data + begin, have - begin};
        struct mqc_frame frame = {.version = MQC_V5};

        part.data = mqc_test_guard_copy(&guard, part);
        if (mqc_frame_read(part, &frame) == MQC_FRAME_INCOMPLETE) {
            assert_true(frame.size > part.size && frame.size <= sizes[found]);
            continue;
        }
        assert_int_equal(frame.size, part.size);
        assert_int_equal(frame.size, sizes[found++]);
        begin = have;
    }
    assert_int_equal(found, 5);
    mqc_test_guard_free(&guard);
}

static void test_varint_read_knows_the_limits(void **state)
{
    static const struct {
        const char *hex;
        enum mqc_varint_state state;
        uint32_t value;
        size_t size;
        bool minimal;
    } varints[] = {
        {"", MQC_VARINT_CUT, 0, 0, false},        {"00", MQC_VARINT_OK, 0, 1, true},
        {"7f", MQC_VARINT_OK, 127, 1, true},      {"8001", MQC_VARINT_OK, 128, 2, true},
        {"8000", MQC_VARINT_OK, 0, 2, false},     {"ff00", MQC_VARINT_OK, 127, 2, false},
        {"80", MQC_VARINT_CUT, 0, 1, false},      {"ffffff7f", MQC_VARINT_OK, 268435455, 4, true},
        {"80808000", MQC_VARINT_OK, 0, 4, false}, {"80808080", MQC_VARINT_LONG, 0, 4, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(varints) / sizeof(varints[0]); i++) {
        struct mqc_varint found;

        mqc_test_hex(varints[i].hex, &bytes);
        found = mqc_varint_read(mqc_test_slice(&bytes));
        assert_int_equal(found.state, varints[i].state);
        assert_int_equal(found.value, varints[i].value);
        assert_int_equal(found.size, varints[i].size);
        assert_int_equal(found.minimal, varints[i].minimal);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frame_read_knows_where_a_packet_ends),
        cmocka_unit_test(test_frame_read_delivers_type_flags_and_body),
        cmocka_unit_test(test_frame_read_takes_a_stream_in_any_pieces),
        cmocka_unit_test(test_varint_read_knows_the_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
