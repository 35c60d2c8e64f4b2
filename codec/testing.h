/*
 * What the codec's tests share: packets written as hex, and memory that ends where reading must.
 *
 * This header is for test programs only. It has to be included first, because it asks the C library
 * for mmap().
 */
#ifndef MQC_TESTING_H
#define MQC_TESTING_H

#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE
#endif

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "codec/packet.h"

#define MQC_TEST_BYTES_MAX 70000

/* Bytes written as hex. */
struct mqc_test_bytes {
    uint8_t data[MQC_TEST_BYTES_MAX];
    size_t size;
    size_t mark_at; /* what stood between brackets; SIZE_MAX if there were none */
    size_t mark_size;
};

static inline size_t mqc_test_times(const char **at)
{
    char *end;
    unsigned long times = 1;

    if (**at == '*') {
        times = strtoul(*at + 1, &end, 10);
        *at = end;
    }
    return times;
}

/* Reads "82 09 | 0001 | [00] | 61*300": spaces and | are for the eye, [ ] mark bytes. */
static inline void mqc_test_hex(const char *hex, struct mqc_test_bytes *out)
{
    out->size = 0;
    out->mark_at = SIZE_MAX;
    out->mark_size = 0;
    while (*hex != '\0') {
        unsigned byte;

        if (*hex == ' ' || *hex == '|') {
            hex++;
        } else if (*hex == '[') {
            out->mark_at = out->size;
            hex++;
        } else if (*hex == ']') {
            out->mark_size = out->size - out->mark_at;
            hex++;
        } else {
            assert_int_equal(sscanf(hex, "%2x", &byte), 1);
            assert_true(isxdigit((unsigned char)hex[1]));
            hex += 2;
            for (size_t n = mqc_test_times(&hex); n > 0; n--) {
                assert_true(out->size < sizeof(out->data));
                out->data[out->size++] = (uint8_t)byte;
            }
        }
    }
}

static inline struct mqc_slice mqc_test_slice(const struct mqc_test_bytes *bytes)
{
    return (struct mqc_slice){bytes->data, bytes->size};
}

/* Pages of which the last cannot be read. */
struct mqc_test_guard {
    uint8_t *pages;
    size_t size; /* readable bytes */
    size_t page;
};

static inline struct mqc_test_guard mqc_test_guard_init(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t size = (MQC_TEST_BYTES_MAX / page + 1) * page;
    void *pages =
        mmap(NULL, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    assert_true(pages != MAP_FAILED);
    assert_int_equal(mprotect((uint8_t *)pages + size, page, PROT_NONE), 0);
    return (struct mqc_test_guard){.pages = pages, .size = size, .page = page};
}

/* A copy of `bytes` that ends right before the unreadable page. */
static inline uint8_t *mqc_test_guard_copy(const struct mqc_test_guard *guard,
                                           struct mqc_slice bytes)
{
    uint8_t *at = guard->pages + guard->size - bytes.size;

    assert_true(bytes.size <= guard->size);
    if (bytes.size > 0)
        memcpy(at, bytes.data, bytes.size);
    return at;
}

static inline void mqc_test_guard_free(const struct mqc_test_guard *guard)
{
    munmap(guard->pages, guard->size + guard->page);
}

/* One packet decoded, with all its faults. */
struct mqc_test_packet {
    struct mqc_packet packet;
    struct mqc_fault items[32];
    struct mqc_faults faults;
    enum mqc_frame_state state;
};

/* Frames and decodes the packet at the start of `bytes`; nothing if it is incomplete. */
static inline void mqc_test_decode(struct mqc_slice bytes, enum mqc_version version,
                                   enum mqc_side from, struct mqc_test_packet *out)
{
    struct mqc_frame frame = {.version = version, .from = from};

    out->faults = (struct mqc_faults){.items = out->items, .capacity = 32};
    out->state = mqc_frame_read(bytes, &frame);
    if (out->state != MQC_FRAME_INCOMPLETE)
        mqc_packet_decode(&frame, &out->packet, &out->faults);
}

/* Decodes hex that is one packet and wants no fault, nor a note. `bytes` has to outlive the packet,
 * whose slices point into it. */
static inline struct mqc_packet mqc_test_good(const char *hex, enum mqc_version version,
                                              enum mqc_side from, struct mqc_test_bytes *bytes)
{
    struct mqc_test_packet test;

    mqc_test_hex(hex, bytes);
    mqc_test_decode(mqc_test_slice(bytes), version, from, &test);
    assert_int_equal(test.state, MQC_FRAME_COMPLETE);
    assert_int_equal(test.packet.frame.size, bytes->size);
    assert_int_equal(test.faults.count, 0);
    assert_true(test.packet.complete);
    return test.packet;
}

/* The packet encodes to exactly these bytes, and to nothing in one byte less. */
static inline void mqc_test_encodes_to(const struct mqc_packet *packet, struct mqc_slice bytes)
{
    static uint8_t room[MQC_TEST_BYTES_MAX];
    struct mqc_writer writer = mqc_writer_init(room, bytes.size);
    struct mqc_writer tight = mqc_writer_init(room, bytes.size - 1);

    assert_false(mqc_packet_encode(packet, &tight));
    assert_true(mqc_packet_encode(packet, &writer));
    assert_int_equal(writer.size, bytes.size);
    assert_memory_equal(room, bytes.data, bytes.size);
}

static inline void mqc_test_text_equal(struct mqc_slice slice, const char *text)
{
    struct mqc_slice wanted = mqc_slice_text(text);

    if (!mqc_slice_equal(slice, wanted))
        fail_msg("'%.*s' is not '%s'", (int)slice.size, (const char *)slice.data, text);
}

#endif
