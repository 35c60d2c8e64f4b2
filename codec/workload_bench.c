/*
 * How fast the codec is, on a byte-exact workload that other codecs can be given too, beside memcpy
 * of the same bytes in the same run.
 *
 * One cycle is five packets; cycle k uses Packet Identifier 1 + k mod 65535. Topic
 * site/07/temp/c12, payload 64 bytes 0x20 to 0x5F. S is what a server receives: PUBLISH QoS 0,
 * PUBLISH QoS 1, SUBSCRIBE with three filters, PUBACK, PINGREQ; C is what a client receives: SUBACK
 * and PINGRESP in their place. A cycle is 230 bytes in S of 3.1.1, 183 in C, 345 and 296 in 5.0.
 *
 * 200 cycles, a hundred times, in cache; the best of ten such rounds counts, for others may have
 * work on the machine. Absolute figures drift from machine to machine all the same: compare ratios.
 * Text, both ways, takes two passes a round.
 *
 *     workload_bench                      all of it
 *     workload_bench --rows FILE FOLDER   the same, for ci/bench
 *     workload_bench --count NAME PASSES  only decodes one workload, with all faults, so many
 * times: for a tool that counts instructions
 */
#define _POSIX_C_SOURCE 200809L

#include <assert.h>

#include "codec/bench_testing.h"
#include "codec/text.h"

#define CYCLES 200
#define ROUNDS 10
#define PASSES 100    /* of a round */
#define TEXT_PASSES 2 /* of a round that prints or parses */
#define TEXT_MAX 2000 /* bytes of a packet's text */
#define CYCLE_PACKETS 5
#define CYCLE_MAX 400

struct workload {
    const char *name;
    enum mqc_version version;
    enum mqc_side from;
    size_t cycle_size;
    uint8_t *bytes;
    size_t size;
    struct mqc_packet *packets; /* decoded, for encoding */
    char (*texts)[TEXT_MAX];    /* printed, for parsing */
};

static void add_property(struct mqc_writer *w, uint32_t id, uint32_t number, const char *name,
                         const char *value)
{
    const struct mqc_property p = {
        .id = id, .number = number, .name = mqc_slice_text(name), .value = mqc_slice_text(value)};

    mqc_writer_property(w, &p);
}

static void put(struct mqc_writer *w, struct mqc_packet *packet, const struct workload *load,
                enum mqc_type type)
{
    packet->version = load->version;
    packet->frame.type = type;
    packet->frame.flags =
        type == MQC_PUBLISH ? mqc_publish_flags(&packet->publish) : mqc_type_flags(type);
    mqc_packet_encode(packet, w);
}

static void put_publish(struct mqc_writer *w, const struct workload *load, uint8_t qos, uint16_t id)
{
    uint8_t payload[64];
    uint8_t properties[200];
    struct mqc_writer section = mqc_writer_init(properties, sizeof(properties));
    struct mqc_packet packet = {.publish = {.qos = qos,
                                            .packet_id = qos > 0 ? id : 0,
                                            .topic = mqc_slice_text("site/07/temp/c12"),
                                            .payload = {payload, sizeof(payload)}}};

    for (size_t i = 0; i < sizeof(payload); i++)
        payload[i] = (uint8_t)(0x20 + i);
    if (load->version == MQC_V5) {
        add_property(&section, MQC_PAYLOAD_FORMAT_INDICATOR, 1, "", "");
        add_property(&section, MQC_MESSAGE_EXPIRY_INTERVAL, 3600, "", "");
        if (qos == 0) {
            add_property(&section, MQC_CONTENT_TYPE, 0, "", "application/json");
        } else {
            add_property(&section, MQC_RESPONSE_TOPIC, 0, "", "reply/07/c12");
            add_property(&section, MQC_CORRELATION_DATA, 0, "", "\1\2\3\4\5\6\7\10");
            add_property(&section, MQC_USER_PROPERTY, 0, "region", "eu-west-1");
            add_property(&section, MQC_USER_PROPERTY, 0, "trace-id", "4bf92f3577b34da6");
        }
    }
    packet.publish.properties = (struct mqc_slice){properties, section.size};
    put(w, &packet, load, MQC_PUBLISH);
}

static void put_subscribe(struct mqc_writer *w, const struct workload *load, uint16_t id)
{
    static const char *const filters[] = {"site/+/temp/#", "site/07/#", "cmd/device-0007/set"};
    uint8_t list[80];
    uint8_t properties[8];
    struct mqc_writer body = mqc_writer_init(list, sizeof(list));
    struct mqc_writer section = mqc_writer_init(properties, sizeof(properties));
    struct mqc_packet packet = {.subscribe = {.packet_id = id}};

    for (uint8_t i = 0; i < 3; i++) {
        const struct mqc_filter filter = {.filter = mqc_slice_text(filters[i]), .options = i};

        mqc_filter_write(&body, &filter);
    }
    if (load->version == MQC_V5)
        add_property(&section, MQC_SUBSCRIPTION_IDENTIFIER, 7, "", "");
    packet.subscribe.filters = (struct mqc_slice){list, body.size};
    packet.subscribe.properties = (struct mqc_slice){properties, section.size};
    put(w, &packet, load, MQC_SUBSCRIBE);
}

static void put_suback(struct mqc_writer *w, const struct workload *load, uint16_t id)
{
    static const uint8_t codes[] = {0, 1, 2};
    struct mqc_packet packet = {.suback = {.packet_id = id, .codes = {codes, sizeof(codes)}}};

    put(w, &packet, load, MQC_SUBACK);
}

static void put_puback(struct mqc_writer *w, const struct workload *load, uint16_t id)
{
    struct mqc_packet packet = {.ack = {.packet_id = id}};

    packet.ack.has_reason = load->version == MQC_V5;
    packet.ack.reason = load->version == MQC_V5 && load->from == MQC_SERVER ? 0x10 : 0;
    /* The workload has 0x10 in both directions; from a client it is a fault, so S has 0x00. */
    put(w, &packet, load, MQC_PUBACK);
}

static void make(struct workload *load)
{
    struct mqc_writer w;

    load->bytes = malloc(CYCLES * CYCLE_MAX);
    load->packets = calloc(CYCLES * CYCLE_PACKETS, sizeof(*load->packets));
    if (load->bytes == NULL || load->packets == NULL)
        abort();
    w = mqc_writer_init(load->bytes, CYCLES * CYCLE_MAX);
    for (unsigned k = 0; k < CYCLES; k++) {
        uint16_t id = (uint16_t)(1 + k % 65535);
        struct mqc_packet ping = {0};

        put_publish(&w, load, 0, id);
        put_publish(&w, load, 1, id);
        if (load->from == MQC_CLIENT)
            put_subscribe(&w, load, id);
        else
            put_suback(&w, load, id);
        put_puback(&w, load, id);
        put(&w, &ping, load, load->from == MQC_CLIENT ? MQC_PINGREQ : MQC_PINGRESP);
    }
    load->size = w.size;
    assert(!w.failed && load->size == CYCLES * load->cycle_size);
}

/* Decodes the whole workload once; the number of faults, which must be 0. */
static size_t decode(const struct workload *load, bool strict, struct mqc_packet *keep)
{
    size_t found = 0;
    size_t n = 0;

    for (size_t at = 0; at < load->size;) {
        struct mqc_fault items[8];
        struct mqc_faults faults = {
            .items = items, .capacity = strict ? 1 : 8, .stop_at_first = strict};
        struct mqc_frame frame = {.version = load->version, .from = load->from};
        struct mqc_packet packet;

        if (mqc_frame_read((struct mqc_slice){load->bytes + at, load->size - at}, &frame) !=
            MQC_FRAME_COMPLETE)
            abort();
        mqc_packet_decode(&frame, keep != NULL ? &keep[n++] : &packet, &faults);
        found += faults.count;
        at += frame.size;
    }
    return found;
}

static void encode(const struct workload *load, uint8_t *out)
{
    struct mqc_writer w = mqc_writer_init(out, load->size);

    for (size_t n = 0; n < CYCLES * CYCLE_PACKETS; n++)
        mqc_packet_encode(&load->packets[n], &w);
    if (w.failed || w.size != load->size)
        abort();
}

/* One pass of each kind over the whole workload. */
static void pass_copy(const struct workload *load, uint8_t *out)
{
    memcpy(out, load->bytes, load->size);
    __asm__ volatile("" : : "r"(out) : "memory");
}

static void pass_decode(const struct workload *load, uint8_t *out)
{
    (void)out;
    if (decode(load, false, NULL) != 0)
        abort();
}

static void pass_decode_strict(const struct workload *load, uint8_t *out)
{
    (void)out;
    if (decode(load, true, NULL) != 0)
        abort();
}

static void pass_encode(const struct workload *load, uint8_t *out)
{
    encode(load, out);
    __asm__ volatile("" : : "r"(out) : "memory");
}

static void pass_print(const struct workload *load, uint8_t *out)
{
    const struct mqc_text_style plain = {.limit = 0};

    (void)out;
    for (size_t n = 0; n < CYCLES * CYCLE_PACKETS; n++)
        if (mqc_text_print(&load->packets[n], plain, load->texts[n], TEXT_MAX) >= TEXT_MAX)
            abort();
}

static void pass_parse(const struct workload *load, uint8_t *out)
{
    static uint8_t block[1 << 16];
    const struct mqc_text_scope scope = {.version = load->version, .from = load->from};
    struct mqc_text_error error;
    struct mqc_slice bytes;

    (void)out;
    for (size_t n = 0; n < CYCLES * CYCLE_PACKETS; n++) {
        struct mqc_text_memory memory = {.data = block, .size = sizeof(block)};

        if (!mqc_text_encode(mqc_slice_text(load->texts[n]), &scope, &memory, &bytes, &error))
            abort();
    }
}

/* Seconds that one pass takes, in the best round. */
static double measure(void (*pass)(const struct workload *load, uint8_t *out),
                      const struct workload *load, uint8_t *out, int passes)
{
    double best = 0;

    for (int round = 0; round < ROUNDS; round++) {
        double start = mqc_bench_now_s();
        double seconds;

        for (int i = 0; i < passes; i++)
            pass(load, out);
        seconds = (mqc_bench_now_s() - start) / passes;
        if (round == 0 || seconds < best)
            best = seconds;
    }
    return best;
}

static void report(const struct workload *load, const char *what, double seconds, double copy)
{
    double packets = (double)CYCLES * CYCLE_PACKETS;
    char name[64];

    snprintf(name, sizeof(name), "%s %s", load->name, what);
    mqc_bench_row(name, 1e9 * seconds / packets, "ns/packet", "memcpy", seconds / copy);
    printf("%-4s %-20s %9.1f %12.2f %9.2f %10.1f\n", load->name, what, 1e9 * seconds / packets,
           1e-6 * packets / seconds, 1e-9 * (double)load->size / seconds, seconds / copy);
}

static void bench(struct workload *load)
{
    uint8_t *out;
    double copy;

    make(load);
    mqc_bench_input(load->name, load->bytes, load->size);
    out = malloc(load->size);
    load->texts = malloc(CYCLES * CYCLE_PACKETS * sizeof(*load->texts));
    if (out == NULL || load->texts == NULL || decode(load, false, load->packets) != 0)
        abort();
    encode(load, out);
    if (memcmp(out, load->bytes, load->size) != 0)
        abort();
    copy = measure(pass_copy, load, out, PASSES);
    report(load, "decode, all faults", measure(pass_decode, load, out, PASSES), copy);
    report(load, "decode, first fault", measure(pass_decode_strict, load, out, PASSES), copy);
    report(load, "encode", measure(pass_encode, load, out, PASSES), copy);
    report(load, "print", measure(pass_print, load, out, TEXT_PASSES), copy);
    report(load, "parse", measure(pass_parse, load, out, TEXT_PASSES), copy);
    report(load, "memcpy", copy, copy);
    free(out);
    free(load->texts);
    free(load->packets);
    free(load->bytes);
}

static void count(struct workload *load, long passes)
{
    make(load);
    for (; passes > 0; passes--)
        pass_decode(load, NULL);
    free(load->packets);
    free(load->bytes);
}

int main(int argc, char **argv)
{
    static struct workload loads[] = {
        {.name = "C4", .version = MQC_V311, .from = MQC_SERVER, .cycle_size = 183},
        {.name = "S4", .version = MQC_V311, .from = MQC_CLIENT, .cycle_size = 230},
        {.name = "C5", .version = MQC_V5, .from = MQC_SERVER, .cycle_size = 296},
        {.name = "S5", .version = MQC_V5, .from = MQC_CLIENT, .cycle_size = 345},
    };

    if (argc == 4 && strcmp(argv[1], "--count") == 0) {
        for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++)
            if (strcmp(loads[i].name, argv[2]) == 0)
                count(&loads[i], strtol(argv[3], NULL, 10));
        return 0;
    }
    mqc_bench_begin(argc, argv);
    puts(
        "What a client (C) and a server (S) receive in 3.1.1 (4) and 5.0 (5), hot; best of ten.\n");
    puts("     what is done         ns/packet  M packets/s      GB/s   x memcpy");
    for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++)
        bench(&loads[i]);
    mqc_bench_end();
    return 0;
}
