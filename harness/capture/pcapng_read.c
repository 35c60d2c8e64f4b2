/*
 * pcapng, as draft-ietf-opsawg-pcapng describes it: blocks of type, total size, body, total size.
 * All numbers are in the byte order of the section. Blocks that we do not know are skipped.
 */
#include <stdlib.h>

#include "harness/capture/format.h"

enum {
    SECTION = 0x0a0d0d0a,
    INTERFACE = 1,
    OLD_PACKET = 2,
    SIMPLE_PACKET = 3,
    SECRETS = 10,
    ENHANCED_PACKET = 6,
};

enum {
    BLOCK_MIN = 12,
    BLOCK_MAX = 64 * 1024 * 1024, /* no frame is as large; more is a broken file */
    INTERFACES_MAX = 65536,
    SECRETS_MAX = 64 * 1024 * 1024,
    TLS_KEY_LOG = 0x544c534b,
};

static uint32_t u32_at(const struct mqh_capture_file *file, const uint8_t *at)
{
    uint32_t little = at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;

    return file->swapped ? __builtin_bswap32(little) : little;
}

static uint16_t u16_at(const struct mqh_capture_file *file, const uint8_t *at)
{
    return (uint16_t)(file->swapped ? at[0] << 8 | at[1] : at[1] << 8 | at[0]);
}

/* ---- blocks ---- */

static bool read_section(struct mqh_capture_file *file, struct mqc_slice body)
{
    if (body.size < 16) {
        mqh_capture_fail(file, "a section header is too short");
        return false;
    }
    if (u16_at(file, body.data + 4) != 1) {
        mqh_capture_fail(file, "pcapng version %u, expected 1", u16_at(file, body.data + 4));
        return false;
    }
    file->interface_count = 0;
    return true;
}

/* if_tsresol: a power of ten, or of two with the high bit set. */
static uint64_t resolution(uint8_t byte)
{
    uint64_t units = 1;
    unsigned power = byte & 0x7f;

    if ((byte & 0x80) != 0)
        return power < 63 ? (uint64_t)1 << power : 0;
    if (power > 18)
        return 0;
    while (power-- > 0)
        units *= 10;
    return units;
}

static bool read_interface_options(struct mqh_capture_file *file,
                                   struct mqh_capture_interface *interface, struct mqc_slice rest)
{
    enum { END = 0, TSRESOL = 9, TSOFFSET = 14 };

    while (rest.size >= 4) {
        unsigned code = u16_at(file, rest.data);
        size_t size = u16_at(file, rest.data + 2);
        size_t padded = (size + 3) / 4 * 4;
        const uint8_t *value = rest.data + 4;

        if (code == END || padded > rest.size - 4)
            break;
        if (code == TSRESOL && size == 1) {
            interface->units_per_second = resolution(*value);
            if (interface->units_per_second == 0) {
                mqh_capture_fail(file, "an interface's clock resolution is 0x%02x", *value);
                return false;
            }
        }
        if (code == TSOFFSET && size == 8) {
            uint32_t first = u32_at(file, value);
            uint32_t second = u32_at(file, value + 4);

            interface->offset_s = (int64_t)(file->swapped ? (uint64_t)first << 32 | second
                                                          : (uint64_t)second << 32 | first);
        }
        rest = (struct mqc_slice){value + padded, rest.size - 4 - padded};
    }
    return true;
}

static bool read_interface(struct mqh_capture_file *file, struct mqc_slice body)
{
    struct mqh_capture_interface interface = {.units_per_second = 1000000};

    if (body.size < 8 || file->interface_count == INTERFACES_MAX) {
        mqh_capture_fail(file, "an interface block is too short, or one too many");
        return false;
    }
    interface.link_type = u16_at(file, body.data);
    interface.snap_size = u32_at(file, body.data + 4);
    if (!read_interface_options(file, &interface, (struct mqc_slice){body.data + 8, body.size - 8}))
        return false;
    if (file->interface_count == file->interface_capacity) {
        size_t capacity = 2 * file->interface_capacity + 4;
        void *items = realloc(file->interfaces, capacity * sizeof *file->interfaces);

        if (items == NULL) {
            mqh_capture_fail(file, "no memory for interfaces");
            return false;
        }
        file->interfaces = items;
        file->interface_capacity = capacity;
    }
    file->interfaces[file->interface_count++] = interface;
    return true;
}

static bool read_secrets(struct mqh_capture_file *file, struct mqc_slice body)
{
    size_t size = body.size >= 8 ? u32_at(file, body.data + 4) : 0;
    uint8_t *all;

    if (body.size < 8 || size > body.size - 8) {
        mqh_capture_fail(file, "a block of secrets is too short");
        return false;
    }
    if (u32_at(file, body.data) != TLS_KEY_LOG || size > SECRETS_MAX - file->secrets_size)
        return true;
    all = realloc(file->secrets, file->secrets_size + size);
    if (all == NULL)
        return true;
    memcpy(all + file->secrets_size, body.data + 8, size);
    file->secrets = all;
    file->secrets_size += size;
    return true;
}

/* ---- packets ---- */

static uint64_t to_ns(const struct mqh_capture_interface *interface, uint64_t time)
{
    uint64_t units = interface->units_per_second;
    uint64_t seconds = time / units + (uint64_t)interface->offset_s;
    uint64_t rest = time % units;

    return seconds * 1000000000 + (units <= 1000000000
                                       ? rest * 1000000000 / units
                                       : (uint64_t)((double)rest * 1e9 / (double)units));
}

/* `time_at` is NULL where the block has no time. */
static bool deliver(struct mqh_capture_file *file, struct mqh_capture_frame *frame,
                    size_t interface, const uint8_t *time_at, struct mqc_slice bytes,
                    size_t wire_size)
{
    if (interface >= file->interface_count) {
        mqh_capture_fail(file, "a packet of interface %zu, of which nothing was said", interface);
        return false;
    }
    *frame = (struct mqh_capture_frame){
        .link_type = file->interfaces[interface].link_type, .bytes = bytes, .wire_size = wire_size};
    if (time_at != NULL)
        frame->time_ns = to_ns(&file->interfaces[interface],
                               (uint64_t)u32_at(file, time_at) << 32 | u32_at(file, time_at + 4));
    return true;
}

static bool read_packet(struct mqh_capture_file *file, struct mqc_slice body, bool old,
                        struct mqh_capture_frame *frame)
{
    size_t size = body.size >= 20 ? u32_at(file, body.data + 12) : 0;

    if (body.size < 20 || size > body.size - 20) {
        mqh_capture_fail(file, "a packet is larger than its block");
        return false;
    }
    return deliver(file, frame, old ? u16_at(file, body.data) : u32_at(file, body.data),
                   body.data + 4, (struct mqc_slice){body.data + 20, size},
                   u32_at(file, body.data + 16));
}

static bool read_simple_packet(struct mqh_capture_file *file, struct mqc_slice body,
                               struct mqh_capture_frame *frame)
{
    size_t wire_size = body.size >= 4 ? u32_at(file, body.data) : 0;
    size_t size = wire_size;

    if (body.size < 4) {
        mqh_capture_fail(file, "a packet is larger than its block");
        return false;
    }
    if (file->interface_count > 0 && file->interfaces[0].snap_size != 0 &&
        size > file->interfaces[0].snap_size)
        size = file->interfaces[0].snap_size;
    if (size > body.size - 4)
        size = body.size - 4;
    return deliver(file, frame, 0, NULL, (struct mqc_slice){body.data + 4, size}, wire_size);
}

/* ---- one block after the other ---- */

/* The section says its byte order itself, behind type and size. */
static bool read_byte_order(struct mqh_capture_file *file, const uint8_t *magic)
{
    static const uint8_t little[] = {0x4d, 0x3c, 0x2b, 0x1a};
    static const uint8_t big[] = {0x1a, 0x2b, 0x3c, 0x4d};

    file->swapped = memcmp(magic, big, 4) == 0;
    if (file->swapped || memcmp(magic, little, 4) == 0)
        return true;
    mqh_capture_fail(file, "a section header without byte order: %02x%02x%02x%02x", magic[0],
                     magic[1], magic[2], magic[3]);
    return false;
}

/* The whole block at data[start]; false at the end, whether clean or not. */
static bool find_block(struct mqh_capture_file *file, uint32_t *type, size_t *size)
{
    if (!mqh_capture_fill(file, BLOCK_MIN)) {
        if (!file->failed && file->size > 0)
            mqh_capture_fail(file, "the file ends inside a block");
        return false;
    }
    const uint8_t *at = file->data + file->start;

    bool is_section = memcmp(at, "\x0a\x0d\x0d\x0a", 4) == 0;

    if (file->offset == 0 && !is_section) {
        mqh_capture_fail(file, "expected a pcap or pcapng file, found 0x%02x%02x%02x%02x", at[0],
                         at[1], at[2], at[3]);
        return false;
    }
    if (is_section && !read_byte_order(file, at + 8))
        return false;
    *type = u32_at(file, at);
    *size = u32_at(file, at + 4);
    if (*size < BLOCK_MIN || *size > BLOCK_MAX || *size % 4 != 0) {
        mqh_capture_fail(file, "a block of %zu bytes, expected 12 to %d and a multiple of 4", *size,
                         BLOCK_MAX);
        return false;
    }
    if (mqh_capture_fill(file, *size))
        return true;
    if (!file->failed)
        mqh_capture_fail(file, "the file ends inside a block of %zu bytes", *size);
    return false;
}

enum mqh_capture_state mqh_pcapng_next(struct mqh_capture_file *file,
                                       struct mqh_capture_frame *frame)
{
    uint32_t type;
    size_t size;

    while (find_block(file, &type, &size)) {
        struct mqc_slice body = {file->data + file->start + 8, size - BLOCK_MIN};
        bool is_packet = type == ENHANCED_PACKET || type == OLD_PACKET || type == SIMPLE_PACKET;
        bool good = true;

        if (type == SECTION)
            good = read_section(file, body);
        else if (type == INTERFACE)
            good = read_interface(file, body);
        else if (type == SECRETS)
            good = read_secrets(file, body);
        else if (type == SIMPLE_PACKET)
            good = read_simple_packet(file, body, frame);
        else if (is_packet)
            good = read_packet(file, body, type == OLD_PACKET, frame);
        if (!good)
            return MQH_CAPTURE_ERROR;
        mqh_capture_skip(file, size);
        if (is_packet)
            return MQH_CAPTURE_FRAME;
    }
    return file->failed ? MQH_CAPTURE_ERROR : MQH_CAPTURE_END;
}
