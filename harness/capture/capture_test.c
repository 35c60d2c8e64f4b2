/* Captures written by pcapng_write.c and bent by hand, read back. */
#include "codec/testing.h"

#include "harness/capture/capture.h"
#include "harness/capture/pcapng_write.h"
#include "harness/capture/tcp.h"

/* ---- what came out ---- */

struct seen {
    char text[4000];
    size_t size;
};

static void say(struct seen *seen, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    seen->size += (size_t)vsnprintf(seen->text + seen->size, sizeof seen->text - seen->size, format,
                                    arguments);
    va_end(arguments);
    assert_true(seen->size < sizeof seen->text);
}

/* "1c:CONNECT 1s:CONNACK 1c:closed …" */
static void on_talk(void *context, const struct mqh_talk_event *event)
{
    static const char *const words[] = {"begin",      "packet", "passed", "blind", "text",
                                        "unfinished", "closed", "reset",  "end"};
    struct seen *seen = context;

    if (event->kind == MQH_TALK_BEGIN || event->kind == MQH_TALK_END)
        return;
    say(seen, "%s%u%c:%s", seen->size == 0 ? "" : " ", event->talk->number,
        event->side == MQC_CLIENT ? 'c' : 's',
        event->kind == MQH_TALK_PACKET ? mqc_type_name((enum mqc_type)(event->bytes.data[0] >> 4))
                                       : words[event->kind]);
}

static bool read_file(const char *path, struct seen *seen, char *why, size_t why_size)
{
    static const struct mqh_capture_options options;
    struct mqh_capture_counts counts;

    seen->size = 0;
    seen->text[0] = '\0';
    return mqh_capture_read(path, &options, on_talk, seen, &counts, why, why_size);
}

/* ---- what went in ---- */

static const char connect_hex[] = "10 0d | 0004 4d515454 04 02 003c 0001 61";
static const char publish_hex[] = "30 05 | 0001 61 | 6869";

static struct mqc_slice bytes_of(const char *hex, struct mqc_test_bytes *out)
{
    mqc_test_hex(hex, out);
    return (struct mqc_slice){out->data, out->size};
}

static void write_hex(struct mqh_pcapng *pcapng, enum mqc_side from, const char *hex,
                      uint64_t time_ns)
{
    static struct mqc_test_bytes bytes;

    mqh_pcapng_data(pcapng, 7, from, bytes_of(hex, &bytes), time_ns, "a comment");
}

static void write_session(FILE *out)
{
    struct mqh_pcapng *pcapng = mqh_pcapng_begin(out, "a test");

    mqh_pcapng_open(pcapng, 7, 1883, 1000);
    write_hex(pcapng, MQC_CLIENT, connect_hex, 2000);
    write_hex(pcapng, MQC_SERVER, "20 02 0000", 3000);
    write_hex(pcapng, MQC_CLIENT, publish_hex, 4000);
    write_hex(pcapng, MQC_CLIENT, "c0", 5000);
    write_hex(pcapng, MQC_CLIENT, "00 e0 00", 6000);
    write_hex(pcapng, MQC_SERVER, "d0 00", 7000);
    write_hex(pcapng, MQC_SERVER, "30 05 00", 7500);
    mqh_pcapng_close(pcapng, 7, MQC_CLIENT, false, 8000);
    assert_true(mqh_pcapng_end(pcapng));
}

static void temporary(char *path)
{
    int fd;

    strcpy(path, "/tmp/mqspec-capture-XXXXXX");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
}

static void test_what_was_written_is_read(void **state)
{
    char path[40];
    char why[200];
    struct seen seen;
    FILE *out;

    (void)state;
    temporary(path);
    out = fopen(path, "wb");
    assert_non_null(out);
    write_session(out);
    fclose(out);
    assert_true(read_file(path, &seen, why, sizeof why));
    assert_string_equal(seen.text, "1c:CONNECT 1s:CONNACK 1c:PUBLISH 1c:PINGREQ 1c:DISCONNECT "
                                   "1s:PINGRESP 1c:closed 1s:unfinished 1s:closed");
    assert_string_equal(why, "");
    unlink(path);
}

/* ---- TCP: segments in any order ---- */

struct piece {
    char from;         /* c or s */
    uint32_t sequence; /* relative: the SYN is 0, the first byte 1 */
    const char *flags; /* of S A F R */
    const char *hex;
    uint32_t acknowledgement;
    size_t missing;
};

struct row {
    const char *name;
    struct piece pieces[12];
    const char *expected;
};

#define CONNECT_HEX "10 0d 0004 4d515454 04 02 003c 0001 61"
#define HALF_ONE "10 0d 0004 4d5154"
#define HALF_TWO "54 04 02 003c 0001 61"
#define SYN                                                                                        \
    {'c', 0, "S", "", 0, 0},                                                                       \
    {                                                                                              \
        's', 0, "SA", "", 1, 0                                                                     \
    }

static const struct row rows[] = {
    {"in order", {SYN, {'c', 1, "A", CONNECT_HEX, 1, 0}}, "1:c15"},
    {"the halves swapped",
     {SYN, {'c', 8, "A", HALF_TWO, 1, 0}, {'c', 1, "A", HALF_ONE, 1, 0}},
     "1:c7 1:c8"},
    {"sent twice", {SYN, {'c', 1, "A", HALF_ONE, 1, 0}, {'c', 1, "A", HALF_ONE, 1, 0}}, "1:c7"},
    {"overlapping: the first copy of a byte counts",
     {SYN, {'c', 1, "A", HALF_ONE, 1, 0}, {'c', 5, "A", "ff ff ff ff ff", 1, 0}},
     "1:c7 1:c2"},
    {"a keep-alive probe is nothing new",
     {SYN, {'c', 1, "A", "c000", 1, 0}, {'c', 2, "A", "00", 1, 0}},
     "1:c2"},
    {"a hole that stays",
     {SYN, {'c', 1, "A", "c000", 1, 0}, {'c', 8, "A", "c000", 1, 0}, {'c', 10, "FA", "", 1, 0}},
     "1:c2 1:c?5 1:c2 1:cF"},
    {"a hole that the other side has answered",
     {SYN, {'c', 1, "A", "c000", 1, 0}, {'c', 8, "A", "c000", 1, 0}, {'s', 1, "A", "d000", 10, 0}},
     "1:c2 1:c?5 1:c2 1:s2"},
    {"an answer to what is not there",
     {SYN, {'s', 1, "A", "d000", 3, 0}, {'c', 3, "A", "e000", 3, 0}},
     "1:c?2 1:s2 1:c2"},
    {"what is merely acknowledged may come yet",
     {SYN, {'c', 3, "A", "e000", 1, 0}, {'s', 1, "A", "", 5, 0}, {'c', 1, "A", "c000", 1, 0}},
     "1:c2 1:c2"},
    {"a frame that the capture cut",
     {SYN, {'c', 1, "A", "c0", 1, 3}, {'c', 5, "A", "c000", 1, 0}},
     "1:c1 1:c?3 1:c2"},
    {"begun before the capture",
     {{'c', 500, "A", "c000", 1, 0}, {'s', 900, "A", "d000", 1, 0}},
     "1:c2 1:s2"},
    {"the endpoints used again",
     {SYN,
      {'c', 1, "A", "c000", 1, 0},
      {'c', 3, "FA", "", 1, 0},
      {'s', 1, "FA", "", 4, 0},
      {'c', 7000, "S", "", 0, 0},
      {'c', 7001, "A", "e000", 0, 0}},
     "1:c2 1:cF 1:sF 2:c2"},
    {"a SYN sent again opens nothing",
     {{'c', 0, "S", "", 0, 0}, {'c', 0, "S", "", 0, 0}, {'c', 1, "A", "c000", 1, 0}},
     "1:c2"},
    {"a reset ends it", {SYN, {'s', 1, "R", "", 0, 0}, {'c', 1, "A", "c000", 1, 0}}, "1:sR"},
    {"FIN before what it follows",
     {SYN, {'c', 3, "FA", "", 1, 0}, {'c', 1, "A", "c000", 1, 0}},
     "1:c2 1:cF"},
    {"sequence numbers that wrap",
     {{'c', 0xfffffffe, "S", "", 0, 0},
      {'c', 0xffffffff, "A", "c000", 1, 0},
      {'c', 1, "A", "e000", 1, 0}},
     "1:c2 1:c2"},
};

static void on_tcp(void *context, const struct mqh_tcp_event *event)
{
    struct seen *seen = context;
    char side = event->side == MQH_TCP_OPENER ? 'c' : 's';

    if (event->kind == MQH_TCP_OPENED || event->kind == MQH_TCP_FORGOTTEN)
        return;
    say(seen, "%s%u:%c", seen->size == 0 ? "" : " ", event->stream->number, side);
    if (event->kind == MQH_TCP_DATA)
        say(seen, "%zu", event->bytes.size);
    else if (event->kind == MQH_TCP_LOST)
        say(seen, "?%llu", (unsigned long long)event->lost);
    else
        say(seen, "%c", event->kind == MQH_TCP_FINISHED ? 'F' : 'R');
}

static uint8_t flags_of(const char *text)
{
    uint8_t flags = 0;

    for (; *text != '\0'; text++)
        flags |= *text == 'S'   ? MQH_TCP_SYN
                 : *text == 'A' ? MQH_TCP_ACK
                 : *text == 'F' ? MQH_TCP_FIN
                                : MQH_TCP_RST;
    return flags;
}

static void test_segments_become_streams(void **state)
{
    static const struct mqh_endpoint client = {{127, 0, 0, 1}, 50000, 4};
    static const struct mqh_endpoint server = {{127, 0, 0, 1}, 1883, 4};
    static struct mqc_test_bytes bytes;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct seen seen = {.size = 0};
        struct mqh_tcp *tcp = mqh_tcp_new(on_tcp, &seen);

        for (const struct piece *p = rows[i].pieces; p->from != '\0'; p++) {
            struct mqh_tcp_segment segment = {.from = p->from == 'c' ? client : server,
                                              .to = p->from == 'c' ? server : client,
                                              .sequence = p->sequence,
                                              .acknowledgement = p->acknowledgement,
                                              .flags = flags_of(p->flags),
                                              .payload = bytes_of(p->hex, &bytes),
                                              .missing = p->missing};

            mqh_tcp_add(tcp, &segment, 1, 0);
        }
        mqh_tcp_free(tcp);
        if (strcmp(seen.text, rows[i].expected) != 0)
            fail_msg("%s: %s, expected %s", rows[i].name, seen.text, rows[i].expected);
    }
}

/* ---- files that are not what they say ---- */

struct image {
    uint8_t bytes[4096];
    size_t size;
};

static void make_image(struct image *image)
{
    FILE *out = tmpfile();

    assert_non_null(out);
    write_session(out);
    rewind(out);
    image->size = fread(image->bytes, 1, sizeof image->bytes, out);
    assert_true(image->size > 500 && image->size < sizeof image->bytes);
    fclose(out);
}

static void write_image(const char *path, const struct image *image, size_t size)
{
    FILE *out = fopen(path, "wb");

    assert_non_null(out);
    assert_int_equal(fwrite(image->bytes, 1, size, out), size);
    fclose(out);
}

static void test_a_file_cut_anywhere_gives_a_reason(void **state)
{
    static struct image image;
    char path[40];
    char why[200];
    struct seen seen;
    size_t good = 0;

    (void)state;
    make_image(&image);
    temporary(path);
    for (size_t size = 0; size < image.size; size++) {
        write_image(path, &image, size);
        if (read_file(path, &seen, why, sizeof why))
            good++; /* between two blocks */
        else
            assert_true(strlen(why) > 10);
    }
    assert_in_range(good, 10, 40);
    unlink(path);
}

static void test_a_file_with_wrong_bytes_does_no_harm(void **state)
{
    static struct image image;
    static struct image bent;
    char path[40];
    char why[200];
    struct seen seen;
    uint32_t random = 1;

    (void)state;
    make_image(&image);
    temporary(path);
    for (int i = 0; i < 2000; i++) {
        bent = image;
        for (int n = 0; n < 3; n++) {
            random = random * 1664525 + 1013904223;
            bent.bytes[random / 256 % image.size] = (uint8_t)(random >> 3);
        }
        write_image(path, &bent, image.size);
        read_file(path, &seen, why, sizeof why);
    }
    unlink(path);
}

static void test_what_is_no_capture_is_named(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *why;
    } files[] = {
        {"", 0, "offset 0: expected a pcap or pcapng file, found nothing"},
        {"hello, world", 12, "offset 0: expected a pcap or pcapng file, found 0x68"},
        {"\x0a\x0d\x0d\x0a\x1c\0\0\0????????????????????", 28,
         "offset 0: a section header without byte order: 3f3f3f3f"},
    };
    char path[40];
    char why[200];
    struct seen seen;

    (void)state;
    temporary(path);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        FILE *out = fopen(path, "wb");

        assert_non_null(out);
        fwrite(files[i].bytes, 1, files[i].size, out);
        fclose(out);
        assert_false(read_file(path, &seen, why, sizeof why));
        assert_string_equal(why, files[i].why);
    }
    unlink(path);
    assert_false(read_file(path, &seen, why, sizeof why));
    assert_string_equal(why, "No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_written_is_read),
        cmocka_unit_test(test_segments_become_streams),
        cmocka_unit_test(test_a_file_cut_anywhere_gives_a_reason),
        cmocka_unit_test(test_a_file_with_wrong_bytes_does_no_harm),
        cmocka_unit_test(test_what_is_no_capture_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
