#include "harness/capture/pcapng_write.h"

#include <stdlib.h>

#include "harness/capture/segment.h"

enum { IP_HEADER = 20, TCP_HEADER = 20, SEGMENT_MAX = 65535 - IP_HEADER - TCP_HEADER };
enum { PORT_FIRST = 49152, PORT_COUNT = 65536 - PORT_FIRST, PUSH = 0x08 };

struct connection {
    unsigned number;
    uint16_t client_port;
    uint16_t server_port;
    uint32_t next[2]; /* sequence number, by sender: 0 client, 1 server */
    bool ended[2];    /* FIN was sent */
    struct connection *older;
};

struct mqh_pcapng {
    FILE *out;
    struct connection *connections;
    unsigned opened;
    uint64_t frame_count;
    uint8_t packet[IP_HEADER + TCP_HEADER + SEGMENT_MAX];
};

/* ---- blocks, little-endian ---- */

static void put16(FILE *out, unsigned value)
{
    putc((int)(value & 0xff), out);
    putc((int)(value >> 8 & 0xff), out);
}

static void put32(FILE *out, uint32_t value)
{
    put16(out, value & 0xffff);
    put16(out, value >> 16);
}

static size_t padded(size_t size)
{
    return (size + 3) / 4 * 4;
}

static void put_padded(FILE *out, const void *bytes, size_t size)
{
    if (size > 0)
        fwrite(bytes, 1, size, out);
    for (size_t i = size; i < padded(size); i++)
        putc(0, out);
}

static void put_option(FILE *out, unsigned code, const void *bytes, size_t size)
{
    put16(out, code);
    put16(out, (unsigned)size);
    put_padded(out, bytes, size);
}

static void write_head(FILE *out, const char *program)
{
    enum { SECTION_FIXED = 28, INTERFACE_FIXED = 20, USER_APPLICATION = 4, TSRESOL = 9 };
    size_t name = strlen(program);
    uint32_t size = (uint32_t)(SECTION_FIXED + 4 + padded(name) + 4);

    put32(out, 0x0a0d0d0a);
    put32(out, size);
    put32(out, 0x1a2b3c4d);
    put16(out, 1);
    put16(out, 0);
    put32(out, UINT32_MAX); /* the section's size is not said */
    put32(out, UINT32_MAX);
    put_option(out, USER_APPLICATION, program, name);
    put32(out, 0);
    put32(out, size);

    size = INTERFACE_FIXED + 8 + 4;
    put32(out, 1);
    put32(out, size);
    put16(out, MQH_LINK_RAW);
    put16(out, 0);
    put32(out, 0); /* frames are never cut */
    put_option(out, TSRESOL, "\x09", 1);
    put32(out, 0);
    put32(out, size);
}

static void write_packet(struct mqh_pcapng *pcapng, size_t packet_size, uint64_t time_ns,
                         const char *comment)
{
    enum { FIXED = 32, COMMENT = 1, COMMENT_MAX = 65535 };
    FILE *out = pcapng->out;
    size_t text = comment != NULL ? strlen(comment) : 0;
    uint32_t size = (uint32_t)(FIXED + padded(packet_size));

    if (text > COMMENT_MAX)
        text = COMMENT_MAX;
    if (text > 0)
        size += (uint32_t)(4 + padded(text) + 4);
    put32(out, 6);
    put32(out, size);
    put32(out, 0);
    put32(out, (uint32_t)(time_ns >> 32));
    put32(out, (uint32_t)time_ns);
    put32(out, (uint32_t)packet_size);
    put32(out, (uint32_t)packet_size);
    put_padded(out, pcapng->packet, packet_size);
    if (text > 0) {
        put_option(out, COMMENT, comment, text);
        put32(out, 0);
    }
    put32(out, size);
    pcapng->frame_count++;
}

/* ---- IP and TCP, big-endian ---- */

static void set16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void set32(uint8_t *at, uint32_t value)
{
    set16(at, value >> 16);
    set16(at + 2, value & 0xffff);
}

/* The Internet checksum (RFC 1071) of bytes, on top of a sum. */
static unsigned checksum(uint32_t sum, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i + 1 < size; i += 2)
        sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
    if (size % 2 != 0)
        sum += (uint32_t)bytes[size - 1] << 8;
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return ~sum & 0xffff;
}

static void write_segment(struct mqh_pcapng *pcapng, struct connection *c, int from, uint8_t flags,
                          struct mqc_slice payload, uint64_t time_ns, const char *comment)
{
    static const uint8_t loopback[] = {127, 0, 0, 1};
    uint8_t *ip = pcapng->packet;
    uint8_t *tcp = ip + IP_HEADER;
    size_t tcp_size = TCP_HEADER + payload.size;

    memset(ip, 0, IP_HEADER + TCP_HEADER);
    ip[0] = 0x45;
    set16(ip + 2, (unsigned)(IP_HEADER + tcp_size));
    ip[8] = 64; /* time to live */
    ip[9] = 6;
    memcpy(ip + 12, loopback, 4);
    memcpy(ip + 16, loopback, 4);
    set16(ip + 10, checksum(0, ip, IP_HEADER));

    set16(tcp, from == 0 ? c->client_port : c->server_port);
    set16(tcp + 2, from == 0 ? c->server_port : c->client_port);
    set32(tcp + 4, c->next[from]);
    if ((flags & MQH_TCP_ACK) != 0)
        set32(tcp + 8, c->next[!from]);
    tcp[12] = (TCP_HEADER / 4) << 4;
    tcp[13] = flags;
    set16(tcp + 14, 65535); /* window */
    if (payload.size > 0)
        memcpy(tcp + TCP_HEADER, payload.data, payload.size);
    set16(tcp + 16, checksum((uint32_t)(2 * (127u * 256 + 1) + 6 + tcp_size), tcp, tcp_size));

    c->next[from] += (uint32_t)payload.size;
    if ((flags & (MQH_TCP_SYN | MQH_TCP_FIN)) != 0)
        c->next[from]++;
    write_packet(pcapng, IP_HEADER + tcp_size, time_ns, comment);
}

/* ---- connections ---- */

static struct connection **find(struct mqh_pcapng *pcapng, unsigned number)
{
    struct connection **place = &pcapng->connections;

    while (*place != NULL && (*place)->number != number)
        place = &(*place)->older;
    return place;
}

void mqh_pcapng_open(struct mqh_pcapng *pcapng, unsigned connection, uint16_t server_port,
                     uint64_t time_ns)
{
    static const struct mqc_slice nothing;
    struct connection *c = calloc(1, sizeof *c);

    if (c == NULL)
        return;
    *c = (struct connection){.number = connection,
                             .client_port = (uint16_t)(PORT_FIRST + pcapng->opened++ % PORT_COUNT),
                             .server_port = server_port,
                             .next = {1000, 2000},
                             .older = pcapng->connections};
    pcapng->connections = c;
    write_segment(pcapng, c, 0, MQH_TCP_SYN, nothing, time_ns, NULL);
    write_segment(pcapng, c, 1, MQH_TCP_SYN | MQH_TCP_ACK, nothing, time_ns, NULL);
    write_segment(pcapng, c, 0, MQH_TCP_ACK, nothing, time_ns, NULL);
}

void mqh_pcapng_data(struct mqh_pcapng *pcapng, unsigned connection, enum mqc_side from,
                     struct mqc_slice bytes, uint64_t time_ns, const char *comment)
{
    struct connection *c = *find(pcapng, connection);

    if (c == NULL)
        return;
    while (bytes.size > 0) {
        size_t size = bytes.size < SEGMENT_MAX ? bytes.size : SEGMENT_MAX;

        write_segment(pcapng, c, from == MQC_SERVER, MQH_TCP_ACK | PUSH,
                      (struct mqc_slice){bytes.data, size}, time_ns,
                      size == bytes.size ? comment : NULL);
        bytes = (struct mqc_slice){bytes.data + size, bytes.size - size};
    }
}

void mqh_pcapng_close(struct mqh_pcapng *pcapng, unsigned connection, enum mqc_side from,
                      bool reset, uint64_t time_ns)
{
    static const struct mqc_slice nothing;
    struct connection **place = find(pcapng, connection);
    struct connection *c = *place;
    int side = from == MQC_SERVER;

    if (c == NULL)
        return;
    if (reset) {
        write_segment(pcapng, c, side, MQH_TCP_RST | MQH_TCP_ACK, nothing, time_ns, NULL);
    } else {
        write_segment(pcapng, c, side, MQH_TCP_FIN | MQH_TCP_ACK, nothing, time_ns, NULL);
        write_segment(pcapng, c, !side, MQH_TCP_FIN | MQH_TCP_ACK, nothing, time_ns, NULL);
        write_segment(pcapng, c, side, MQH_TCP_ACK, nothing, time_ns, NULL);
    }
    *place = c->older;
    free(c);
}

void mqh_pcapng_end_side(struct mqh_pcapng *pcapng, unsigned connection, enum mqc_side from,
                         bool reset, uint64_t time_ns, const char *comment)
{
    static const struct mqc_slice nothing;
    struct connection **place = find(pcapng, connection);
    struct connection *c = *place;
    int side = from == MQC_SERVER;

    if (c == NULL)
        return;
    write_segment(pcapng, c, side, (reset ? MQH_TCP_RST : MQH_TCP_FIN) | MQH_TCP_ACK, nothing,
                  time_ns, comment);
    if (!reset)
        write_segment(pcapng, c, !side, MQH_TCP_ACK, nothing, time_ns, NULL);
    c->ended[side] = true;
    if (!reset && !c->ended[!side])
        return;
    *place = c->older;
    free(c);
}

void mqh_pcapng_skip(struct mqh_pcapng *pcapng, unsigned connection, enum mqc_side from,
                     size_t size)
{
    struct connection *c = *find(pcapng, connection);

    if (c != NULL)
        c->next[from == MQC_SERVER] += (uint32_t)size;
}

uint64_t mqh_pcapng_frame(const struct mqh_pcapng *pcapng, size_t size)
{
    return pcapng->frame_count + (size == 0 ? 1 : (size + SEGMENT_MAX - 1) / SEGMENT_MAX);
}

struct mqh_pcapng *mqh_pcapng_begin(FILE *out, const char *program)
{
    struct mqh_pcapng *pcapng = calloc(1, sizeof *pcapng);

    if (pcapng == NULL)
        return NULL;
    pcapng->out = out;
    write_head(out, program);
    return pcapng;
}

bool mqh_pcapng_end(struct mqh_pcapng *pcapng)
{
    bool written = fflush(pcapng->out) == 0 && !ferror(pcapng->out);

    while (pcapng->connections != NULL) {
        struct connection *c = pcapng->connections;

        pcapng->connections = c->older;
        free(c);
    }
    free(pcapng);
    return written;
}
