/*
 * Captures with wrong bytes: whatever is changed in a file, it is judged, or refused with a reason;
 * it never crashes or hangs its reader. MQSPEC_MUTATIONS says how many are tried.
 */
#define _DEFAULT_SOURCE /* mkstemp, alarm */

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "codec/testing.h"
#include "harness/replay/judge.h"

enum { MUTATIONS = 2000, SECONDS = 20, IMAGES_MAX = 200, IMAGE_MAX = 64 * 1024 };

struct image {
    uint8_t *bytes;
    size_t size;
};

struct images {
    struct image items[IMAGES_MAX];
    size_t count;
};

/* ---- files as other tools write them ---- */

enum shape { PCAP, VLAN, COOKED, COOKED_2, FRAGMENTS, SHAPES };

static void put(struct image *image, const void *bytes, size_t size)
{
    if (size == 0 || image->size + size > IMAGE_MAX)
        return;
    memcpy(image->bytes + image->size, bytes, size);
    image->size += size;
}

/* A pcap record: four numbers of 32 bits in the writer's order, then the frame. */
static void put_record(struct image *image, struct mqc_slice head, struct mqc_slice rest)
{
    uint32_t record[4] = {0, 0, (uint32_t)(head.size + rest.size),
                          (uint32_t)(head.size + rest.size)};

    put(image, record, sizeof record);
    put(image, head.data, head.size);
    put(image, rest.data, rest.size);
}

/* The IPv4 packet in two parts: only the first has a TCP header. */
static void put_fragments(struct image *image, struct mqc_slice ethernet, struct mqc_slice ip)
{
    size_t first = 24; /* bytes behind the header: the offset counts in eights */
    uint8_t head[14 + 20];

    if (ip.size < 20 + first + 8) {
        put_record(image, ethernet, ip);
        return;
    }
    memcpy(head, ethernet.data, 14);
    memcpy(head + 14, ip.data, 20);
    head[14 + 2] = 0;
    head[14 + 3] = (uint8_t)(20 + first);
    head[14 + 6] = 0x20;
    put_record(image, (struct mqc_slice){head, sizeof head},
               (struct mqc_slice){ip.data + 20, first});
    head[14 + 2] = (uint8_t)((ip.size - first) >> 8);
    head[14 + 3] = (uint8_t)(ip.size - first);
    head[14 + 6] = 0;
    head[14 + 7] = (uint8_t)(first / 8);
    put_record(image, (struct mqc_slice){head, sizeof head},
               (struct mqc_slice){ip.data + 20 + first, ip.size - 20 - first});
}

static void put_frame(struct image *image, enum shape shape, struct mqc_slice frame)
{
    static const uint8_t vlan[18] = {[12] = 0x81, [15] = 7};
    static const uint8_t cooked[16] = {[4] = 1, [5] = 6};
    static const uint8_t cooked_2[20] = {0};
    uint8_t head[20];
    struct mqc_slice ip = {frame.data + 14, frame.size - 14};
    const uint8_t *type = frame.data + 12;

    switch (shape) {
    case VLAN:
        memcpy(head, vlan, sizeof vlan);
        memcpy(head + 16, type, 2);
        put_record(image, (struct mqc_slice){head, sizeof vlan}, ip);
        break;
    case COOKED:
        memcpy(head, cooked, sizeof cooked);
        memcpy(head + 14, type, 2);
        put_record(image, (struct mqc_slice){head, sizeof cooked}, ip);
        break;
    case COOKED_2:
        memcpy(head, cooked_2, sizeof cooked_2);
        memcpy(head, type, 2);
        put_record(image, (struct mqc_slice){head, sizeof cooked_2}, ip);
        break;
    case FRAGMENTS:
        put_fragments(image, (struct mqc_slice){frame.data, 14}, ip);
        break;
    default:
        put_record(image, (struct mqc_slice){NULL, 0}, frame);
        break;
    }
}

static struct image reshape(const char *path, enum shape shape)
{
    static const uint32_t links[SHAPES] = {MQH_LINK_ETHERNET, MQH_LINK_ETHERNET, MQH_LINK_LINUX_SLL,
                                           MQH_LINK_LINUX_SLL2, MQH_LINK_ETHERNET};
    const uint32_t head[6] = {0xa1b2c3d4, 4u << 16 | 2, 0, 0, 65535, links[shape]};
    struct image image = {.bytes = malloc(IMAGE_MAX)};
    struct mqh_capture_frame frame;
    char why[200];
    struct mqh_capture_file *file = mqh_capture_file_open(path, why, sizeof why);

    assert_non_null(file);
    put(&image, head, sizeof head);
    while (mqh_capture_file_next(file, &frame) == MQH_CAPTURE_FRAME)
        if (frame.link_type == MQH_LINK_ETHERNET && frame.bytes.size > 14)
            put_frame(&image, shape, frame.bytes);
    mqh_capture_file_close(file);
    return image;
}

static struct image load(const char *path)
{
    struct image image = {.bytes = malloc(IMAGE_MAX)};
    FILE *file = fopen(path, "rb");

    assert_non_null(file);
    image.size = fread(image.bytes, 1, IMAGE_MAX, file);
    fclose(file);
    return image;
}

static void load_all(struct images *images)
{
    glob_t found;

    assert_int_equal(glob("corpus/captures/*.pcap*", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        if (images->count < IMAGES_MAX)
            images->items[images->count++] = load(found.gl_pathv[i]);
        if (images->count < IMAGES_MAX)
            images->items[images->count++] = reshape(found.gl_pathv[i], (enum shape)(i % SHAPES));
    }
    globfree(&found);
    assert_true(images->count > (size_t)2 * SHAPES);
}

/* ---- changes ---- */

static uint32_t next(uint32_t *random)
{
    *random = *random * 1664525 + 1013904223;
    return *random >> 8;
}

static void mutate(struct image *image, uint32_t *random)
{
    size_t at = next(random) % image->size;
    size_t size = next(random) % 16 + 1;

    if (size > image->size - at)
        size = image->size - at;
    switch (next(random) % 6) {
    case 0: /* cut off */
        image->size = at + 1;
        break;
    case 1: /* left out */
        memmove(image->bytes + at, image->bytes + at + size, image->size - at - size);
        image->size -= size < image->size ? size : 0;
        break;
    case 2: /* twice */
        if (image->size + size <= IMAGE_MAX) {
            memmove(image->bytes + at + size, image->bytes + at, image->size - at);
            image->size += size;
        }
        break;
    case 3: /* a large or a small number */
        memset(image->bytes + at, next(random) % 2 == 0 ? 0 : 0xff, size < 4 ? size : 4);
        break;
    default:
        image->bytes[at] = (uint8_t)next(random);
        break;
    }
}

/* ---- the reader ---- */

static void on_finding(void *context, const struct mqh_finding *finding)
{
    *(size_t *)context += finding->notation[0] != '\0';
}

static void on_talk(void *context, const struct mqh_talk_event *event)
{
    mqh_judge_event(context, event);
}

static void read_image(const char *path, const struct image *image, struct mqh_judge *judge)
{
    static const uint16_t ports[] = {1883};
    const struct mqh_capture_options options = {.ports = ports, .port_count = 1};
    struct mqh_capture_counts counts;
    char why[200] = "";
    FILE *file;

    unlink(path); /* a new file is written faster than an old one anew */
    file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(image->bytes, 1, image->size, file), image->size);
    fclose(file);
    alarm(SECONDS); /* who hangs is killed */
    if (!mqh_capture_read(path, &options, on_talk, judge, &counts, why, sizeof why))
        assert_true(strlen(why) > 10);
}

static void test_a_capture_with_wrong_bytes_is_judged_or_refused(void **state)
{
    static const struct mqh_recording_options options;
    static struct images images;
    const char *wanted = getenv("MQSPEC_MUTATIONS");
    unsigned long count = wanted != NULL ? strtoul(wanted, NULL, 10) : MUTATIONS;
    char path[] = "/tmp/mqspec-mutation-XXXXXX";
    struct image bent = {.bytes = malloc(IMAGE_MAX)};
    struct mqh_judge_counts counts;
    size_t findings = 0;
    uint32_t random = 1;
    struct mqh_judge *judge = mqh_judge_new(&options, on_finding, &findings, &counts);

    (void)state;
    assert_non_null(judge);
    close(mkstemp(path));
    load_all(&images);
    for (size_t i = 0; i < images.count; i++)
        read_image(path, &images.items[i], judge);
    assert_true(counts.packets > 200 && findings > 0);
    for (unsigned long i = 0; i < count && images.count > 0; i++) {
        const struct image *image = &images.items[i % images.count];

        memcpy(bent.bytes, image->bytes, image->size);
        bent.size = image->size;
        for (uint32_t n = next(&random) % 4 + 1; n > 0; n--)
            mutate(&bent, &random);
        read_image(path, &bent, judge);
    }
    alarm(0);
    mqh_judge_free(judge);
    for (size_t i = 0; i < images.count; i++)
        free(images.items[i].bytes);
    free(bent.bytes);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_capture_with_wrong_bytes_is_judged_or_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
