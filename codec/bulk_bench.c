/*
 * How fast the codec is on what is long: text, very many properties, very many filters. Beside
 * memcpy of the same bytes in the same run.
 */
#define _POSIX_C_SOURCE 200809L

#include "codec/bench_testing.h"
#include "codec/packet.h"
#include "codec/topic.h"
#include "codec/utf8.h"

enum { ITEMS = 20000, SIZE_MAX_BYTES = 1 << 21, LONG = 1 << 16, REPEATS = 10, ROUNDS = 20 };

static uint8_t bytes[SIZE_MAX_BYTES];
static uint8_t copy[SIZE_MAX_BYTES];

/* `times` is how many times memcpy's time it took; where more is better, the rows have the inverse.
 */
static void report(const char *name, double value, const char *unit, double times)
{
    mqc_bench_row(name, value, unit, "memcpy", strcmp(unit, "GB/s") == 0 ? 1 / times : times);
    printf("%-26s %9.2f %-10s %8.1f x memcpy's time\n", name, value, unit, times);
}

/* Seconds that one pass takes, in the best round: others may have work on the machine. */
static double measure(void (*pass)(size_t size), size_t size, unsigned repeats)
{
    double best = 0;

    for (int round = 0; round < ROUNDS; round++) {
        double start = mqc_bench_now_s();
        double seconds;

        for (unsigned i = 0; i < repeats; i++)
            pass(size);
        seconds = (mqc_bench_now_s() - start) / repeats;
        if (round == 0 || seconds < best)
            best = seconds;
    }
    return best;
}

static void pass_copy(size_t size)
{
    memcpy(copy, bytes, size);
    mqc_bench_use(copy);
}

/* --- text ------------------------------------------------------------------------------------ */

/* Fills with a text over and over, never a part of it. */
static size_t fill(const char *text, size_t size)
{
    size_t length = strlen(text);
    size_t used = 0;

    for (; used + length <= size; used += length)
        memcpy(bytes + used, text, length);
    return used;
}

static void pass_text(size_t size)
{
    struct mqc_slice whole = {bytes, size};

    mqc_bench_use(bytes);
    if (!mqc_utf8_is_plain(whole) && !mqc_utf8_check(whole).well_formed)
        abort();
}

static const struct text {
    const char *name;
    const char *text; /* over and over */
    size_t size;
    unsigned repeats;
} texts[] = {
    {"UTF-8, 16 bytes of ASCII", "site/07/temp/c12", 16, 100000},
    {"UTF-8, 32 bytes of ASCII", "site/07/temp/c12", 32, 100000},
    {"UTF-8, 18 bytes of Chinese", "\xe6\xb8\xa9\xe5\xba\xa6", 18, 100000},
    {"UTF-8, 32 bytes of Russian", "\xd0\xbc\xd0\xbe\xd1\x80\xd0\xb5", 32, 100000},
    {"UTF-8, ASCII", "site/07/temp/c12", LONG, 100},
    {"UTF-8, German", "K\xc3\xb6ln liegt am Rhein, \xc3\xa4\xc3\xb6\xc3\xbc. ", LONG, 100},
    {"UTF-8, Russian", "\xd0\xbc\xd0\xbe\xd1\x80\xd0\xb5", LONG, 100},
    {"UTF-8, Chinese", "\xe6\xb8\xa9\xe5\xba\xa6\xe4\xbc\xa0\xe6\x84\x9f", LONG, 100},
    {"UTF-8, emoji", "\xf0\x9f\x98\x80\xf0\x9f\x8f\xbf", LONG, 100},
    {"UTF-8, one to four bytes", "a\xc3\xa9\xe6\xb8\xa9\xf0\x9f\x98\x80", LONG, 100},
    {"UTF-8, like non-characters", "\xef\xbf\xbd\xef\xb7\xba", LONG, 100},
    {"UTF-8, with controls", "tab\there \xef\xbf\xbe\xc2\x85", LONG, 100},
};

static void bench_text(const struct text *text)
{
    size_t size = fill(text->text, text->size);
    double seconds = measure(pass_text, size, text->repeats);
    double ratio = seconds / measure(pass_copy, size, text->repeats);

    mqc_bench_input(text->name, bytes, size);
    if (size < LONG / 2)
        report(text->name, 1e9 * seconds, "ns", ratio);
    else
        report(text->name, 1e-9 * (double)size / seconds, "GB/s", ratio);
}

/* --- properties and filters --- */

static size_t make_publish(void)
{
    const struct mqc_property property = {.id = MQC_USER_PROPERTY,
                                          .name = mqc_slice_text("region"),
                                          .value = mqc_slice_text("eu-west-1")};
    struct mqc_writer section = mqc_writer_init(copy, sizeof(copy));
    struct mqc_writer w = mqc_writer_init(bytes, sizeof(bytes));
    struct mqc_packet packet = {.version = MQC_V5, .frame.type = MQC_PUBLISH};

    for (int i = 0; i < ITEMS; i++)
        mqc_writer_property(&section, &property);
    packet.publish.topic = mqc_slice_text("a");
    packet.publish.properties = (struct mqc_slice){copy, section.size};
    mqc_packet_encode(&packet, &w);
    return w.size;
}

static size_t make_subscribe(void)
{
    const struct mqc_filter filter = {.filter = mqc_slice_text("site/07/temp/c12"), .options = 1};
    struct mqc_writer list = mqc_writer_init(copy, sizeof(copy));
    struct mqc_writer w = mqc_writer_init(bytes, sizeof(bytes));
    struct mqc_packet packet = {.version = MQC_V5, .frame.type = MQC_SUBSCRIBE};

    for (int i = 0; i < ITEMS; i++)
        mqc_filter_write(&list, &filter);
    packet.frame.flags = mqc_type_flags(MQC_SUBSCRIBE);
    packet.subscribe.packet_id = 1;
    packet.subscribe.filters = (struct mqc_slice){copy, list.size};
    mqc_packet_encode(&packet, &w);
    return w.size;
}

static void pass_packet(size_t size)
{
    struct mqc_frame frame = {.version = MQC_V5, .from = MQC_CLIENT};
    struct mqc_faults faults = {.items = NULL};
    struct mqc_packet packet;

    mqc_bench_use(bytes);
    if (mqc_frame_read((struct mqc_slice){bytes, size}, &frame) != MQC_FRAME_COMPLETE ||
        !mqc_packet_decode(&frame, &packet, &faults) || faults.count > 0)
        abort();
}

static void bench_items(const char *name, size_t size)
{
    double seconds = measure(pass_packet, size, REPEATS);

    mqc_bench_input(name, bytes, size);
    report(name, 1e9 * seconds / ITEMS, "ns/item", seconds / measure(pass_copy, size, REPEATS));
}

/* --- Topic Filters --- */

static const char *const filters[] = {"site/+/temp/#", "site/07/#", "cmd/device-0007/set"};

enum { FILTERS = sizeof(filters) / sizeof(filters[0]) };

static void pass_check(size_t size)
{
    (void)size;
    for (int i = 0; i < FILTERS; i++)
        if (mqc_topic_filter_check(mqc_slice_text(filters[i]), MQC_V5) != MQC_TOPIC_OK)
            abort();
}

static void pass_match(size_t size)
{
    (void)size;
    for (int i = 0; i < FILTERS; i++)
        if (mqc_topic_matches(mqc_slice_text(filters[i]), mqc_slice_text("site/07/temp/c12")) !=
            (i < 2))
            abort();
}

static void bench_filters(const char *name, void (*pass)(size_t size))
{
    size_t size = strlen(filters[0]);

    memcpy(bytes, filters[0], size);
    report(name, 1e9 * measure(pass, 0, 100000) / FILTERS, "ns",
           measure(pass, 0, 100000) / FILTERS / measure(pass_copy, size, 100000));
}

int main(int argc, char **argv)
{
    mqc_bench_begin(argc, argv);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        bench_text(&texts[i]);
    bench_items("20,000 user properties", make_publish());
    bench_items("20,000 filters", make_subscribe());
    bench_filters("Topic Filter, check", pass_check);
    bench_filters("Topic Filter, match", pass_match);
    mqc_bench_end();
    return 0;
}
