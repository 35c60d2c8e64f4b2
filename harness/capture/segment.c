#include "harness/capture/segment.h"

#include <arpa/inet.h>
#include <stdio.h>

enum { ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_IPV6 = 0x86dd, ETHERTYPE_VLAN = 0x8100 };
enum { ETHERTYPE_PROVIDER_VLAN = 0x88a8, ETHERTYPE_OLD_VLAN = 0x9100, PROTOCOL_TCP = 6 };

static unsigned u16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

static uint32_t u32(const uint8_t *at)
{
    return (uint32_t)u16(at) << 16 | u16(at + 2);
}

static bool skip(struct mqc_slice *bytes, size_t size)
{
    if (size > bytes->size)
        return false;
    bytes->data += size;
    bytes->size -= size;
    return true;
}

/* ---- link layer: leaves `bytes` at the IP header ---- */

static enum mqh_tcp_segment_state read_ethertype(struct mqc_slice *bytes)
{
    unsigned type;

    if (bytes->size < 2)
        return MQH_TCP_SEGMENT_CUT;
    type = u16(bytes->data);
    while (type == ETHERTYPE_VLAN || type == ETHERTYPE_PROVIDER_VLAN ||
           type == ETHERTYPE_OLD_VLAN) {
        if (!skip(bytes, 4) || bytes->size < 2)
            return MQH_TCP_SEGMENT_CUT;
        type = u16(bytes->data);
    }
    skip(bytes, 2);
    return type == ETHERTYPE_IPV4 || type == ETHERTYPE_IPV6 ? MQH_TCP_SEGMENT_TCP
                                                            : MQH_TCP_SEGMENT_OTHER;
}

static enum mqh_tcp_segment_state read_link(unsigned link_type, struct mqc_slice *bytes)
{
    enum { ETHERNET_TYPE_AT = 12, SLL_TYPE_AT = 14, SLL2_HEADER = 20 };

    switch (link_type) {
    case MQH_LINK_ETHERNET:
        return skip(bytes, ETHERNET_TYPE_AT) ? read_ethertype(bytes) : MQH_TCP_SEGMENT_CUT;
    case MQH_LINK_LINUX_SLL:
        return skip(bytes, SLL_TYPE_AT) ? read_ethertype(bytes) : MQH_TCP_SEGMENT_CUT;
    case MQH_LINK_LINUX_SLL2: {
        struct mqc_slice type = *bytes;

        if (!skip(bytes, SLL2_HEADER))
            return MQH_TCP_SEGMENT_CUT;
        if (u16(type.data) == ETHERTYPE_VLAN) {
            if (!skip(bytes, 2))
                return MQH_TCP_SEGMENT_CUT;
            return read_ethertype(bytes);
        }
        return read_ethertype(&type);
    }
    case MQH_LINK_NULL:
    case MQH_LINK_LOOP: /* the IP header says the family once more */
        return skip(bytes, 4) ? MQH_TCP_SEGMENT_TCP : MQH_TCP_SEGMENT_CUT;
    case MQH_LINK_RAW:
    case MQH_LINK_IPV4:
    case MQH_LINK_IPV6:
        return MQH_TCP_SEGMENT_TCP;
    default:
        return MQH_TCP_SEGMENT_LINK;
    }
}

/* ---- IP: leaves `bytes` at the TCP header; `missing` is what the capture cut off ---- */

static void limit(struct mqc_slice *bytes, size_t size, size_t *missing)
{
    if (size > bytes->size)
        *missing = size - bytes->size;
    else
        bytes->size = size; /* behind it is what Ethernet pads with */
}

static enum mqh_tcp_segment_state read_ipv4(struct mqc_slice *bytes, struct mqh_tcp_segment *out)
{
    enum { HEADER_MIN = 20, MORE_FRAGMENTS_OR_OFFSET = 0x3fff };
    const uint8_t *header = bytes->data;
    size_t header_size;
    size_t total;

    if (bytes->size < HEADER_MIN)
        return MQH_TCP_SEGMENT_CUT;
    header_size = 4 * (size_t)(header[0] & 0x0f);
    total = u16(header + 2);
    if (header[9] != PROTOCOL_TCP)
        return MQH_TCP_SEGMENT_OTHER;
    if ((u16(header + 6) & MORE_FRAGMENTS_OR_OFFSET) != 0)
        return MQH_TCP_SEGMENT_FRAGMENT;
    /* A total of 0 is what the kernel shows of a packet that the network card will split. */
    if (total != 0)
        limit(bytes, total, &out->missing);
    if (header_size < HEADER_MIN || (total != 0 && total < header_size) ||
        !skip(bytes, header_size))
        return MQH_TCP_SEGMENT_CUT;
    out->from.family = out->to.family = 4;
    memcpy(out->from.address, header + 12, 4);
    memcpy(out->to.address, header + 16, 4);
    return MQH_TCP_SEGMENT_TCP;
}

static enum mqh_tcp_segment_state skip_extensions(struct mqc_slice *bytes, unsigned next)
{
    enum { HOP_BY_HOP = 0, ROUTING = 43, FRAGMENT = 44, AUTHENTICATION = 51, DESTINATION = 60 };

    while (next != PROTOCOL_TCP) {
        size_t size;

        if (next == FRAGMENT)
            return MQH_TCP_SEGMENT_FRAGMENT;
        if (next != HOP_BY_HOP && next != ROUTING && next != DESTINATION && next != AUTHENTICATION)
            return MQH_TCP_SEGMENT_OTHER;
        if (bytes->size < 2)
            return MQH_TCP_SEGMENT_CUT;
        size = next == AUTHENTICATION ? 4 * ((size_t)bytes->data[1] + 2)
                                      : 8 * ((size_t)bytes->data[1] + 1);
        next = bytes->data[0];
        if (!skip(bytes, size))
            return MQH_TCP_SEGMENT_CUT;
    }
    return MQH_TCP_SEGMENT_TCP;
}

static enum mqh_tcp_segment_state read_ipv6(struct mqc_slice *bytes, struct mqh_tcp_segment *out)
{
    enum { HEADER = 40 };
    const uint8_t *header = bytes->data;
    size_t payload;

    if (!skip(bytes, HEADER))
        return MQH_TCP_SEGMENT_CUT;
    payload = u16(header + 4);
    if (payload != 0)
        limit(bytes, payload, &out->missing);
    out->from.family = out->to.family = 6;
    memcpy(out->from.address, header + 8, 16);
    memcpy(out->to.address, header + 24, 16);
    return skip_extensions(bytes, header[6]);
}

/* ---- TCP ---- */

static enum mqh_tcp_segment_state read_tcp(struct mqc_slice *bytes, struct mqh_tcp_segment *out)
{
    enum { HEADER_MIN = 20 };
    const uint8_t *header = bytes->data;
    size_t header_size;

    if (bytes->size < HEADER_MIN)
        return MQH_TCP_SEGMENT_CUT;
    header_size = 4 * (size_t)(header[12] >> 4);
    if (header_size < HEADER_MIN || !skip(bytes, header_size))
        return MQH_TCP_SEGMENT_CUT;
    out->from.port = (uint16_t)u16(header);
    out->to.port = (uint16_t)u16(header + 2);
    out->sequence = u32(header + 4);
    out->acknowledgement = u32(header + 8);
    out->flags = header[13];
    out->payload = *bytes;
    return MQH_TCP_SEGMENT_TCP;
}

enum mqh_tcp_segment_state mqh_tcp_segment_read(const struct mqh_capture_frame *frame,
                                                struct mqh_tcp_segment *out)
{
    struct mqc_slice bytes = frame->bytes;
    enum mqh_tcp_segment_state state = read_link(frame->link_type, &bytes);
    unsigned family;

    *out = (struct mqh_tcp_segment){0};
    if (state != MQH_TCP_SEGMENT_TCP)
        return state;
    if (bytes.size == 0)
        return MQH_TCP_SEGMENT_CUT;
    family = bytes.data[0] >> 4;
    if (family != 4 && family != 6)
        return MQH_TCP_SEGMENT_OTHER;
    state = family == 4 ? read_ipv4(&bytes, out) : read_ipv6(&bytes, out);
    return state == MQH_TCP_SEGMENT_TCP ? read_tcp(&bytes, out) : state;
}

char *mqh_endpoint_text(const struct mqh_endpoint *endpoint, char *out)
{
    char address[INET6_ADDRSTRLEN] = "?";

    inet_ntop(endpoint->family == 6 ? AF_INET6 : AF_INET, endpoint->address, address,
              sizeof address);
    snprintf(out, MQH_ENDPOINT_TEXT_SIZE, endpoint->family == 6 ? "[%s]:%u" : "%s:%u", address,
             endpoint->port);
    return out;
}
