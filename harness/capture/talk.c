#include "harness/capture/talk.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "harness/capture/packets.h"
#include "harness/capture/websocket.h"

enum kind { UNDECIDED, MQTT, WEBSOCKET, OTHER };

struct mqh_talk_reader {
    struct mqh_talk talk;
    struct mqh_talks *all;
    enum kind kind;
    bool is_mqtt;
    bool begun;        /* BEGIN was told */
    bool is_tls;       /* it began so */
    uint8_t first[16]; /* of the client, until it is decided what it speaks */
    size_t first_size;
    struct mqh_packets packets[2]; /* the client's, the server's */
    struct mqh_websocket websockets[2];
    struct mqh_talk_place now;
};

const char mqh_talk_is_tls[] = "TLS";
const char mqh_talk_is_http[] = "HTTP";
const char mqh_talk_is_unknown[] = "no MQTT";

static int index_of(enum mqc_side side)
{
    return side == MQC_SERVER;
}

static void tell(struct mqh_talk_reader *reader, enum mqh_talk_event_kind kind,
                 struct mqc_slice bytes)
{
    struct mqh_talk_event event = {.kind = kind,
                                   .talk = &reader->talk,
                                   .side = reader->now.side,
                                   .bytes = bytes,
                                   .frame = reader->now.frame,
                                   .time_ns = reader->now.time_ns};

    if (!reader->begun && kind != MQH_TALK_BEGIN && kind != MQH_TALK_OTHER)
        return;
    reader->all->handler(reader->all->context, &event);
}

static void begin(struct mqh_talk_reader *reader, enum mqh_carrier carrier)
{
    reader->begun = true;
    reader->talk.number = ++reader->all->count;
    reader->talk.carrier = carrier;
    tell(reader, MQH_TALK_BEGIN, (struct mqc_slice){0});
}

static void be_other(struct mqh_talk_reader *reader, const char *what)
{
    reader->kind = OTHER;
    tell(reader, MQH_TALK_OTHER, mqc_slice_text(what));
}

/* ---- MQTT ---- */

static void on_packets(void *context, enum mqh_packets_event event, struct mqc_slice bytes)
{
    struct mqh_talk_reader *reader = context;

    if (event == MQH_PACKETS_PACKET)
        tell(reader, MQH_TALK_PACKET, bytes);
    else if (event == MQH_PACKETS_PASSED)
        tell(reader, MQH_TALK_PASSED, bytes);
    else
        tell(reader, MQH_TALK_BLIND, mqc_slice_text("bytes are missing, or cannot be MQTT"));
}

/* An upgrade's request or answer. */
static void on_head(struct mqh_talk_reader *reader, struct mqc_slice head)
{
    struct mqc_slice protocol = mqh_http_field(head, "sec-websocket-protocol");

    if (reader->now.side == MQC_CLIENT && !reader->begun) {
        if (protocol.size >= 4 && strncasecmp((const char *)protocol.data, "mqtt", 4) == 0)
            begin(reader, MQH_OVER_WEBSOCKET);
        else
            be_other(reader, mqh_talk_is_http);
    } else if (reader->now.side == MQC_SERVER &&
               !(head.size > 12 && memcmp(head.data + 9, "101", 3) == 0)) {
        reader->websockets[1].broken = true;
        tell(reader, MQH_TALK_BLIND, mqc_slice_text("the server refused the WebSocket"));
    }
}

static void on_websocket(void *context, enum mqh_websocket_event event, struct mqc_slice bytes)
{
    struct mqh_talk_reader *reader = context;

    switch (event) {
    case MQH_WEBSOCKET_HEAD:
        on_head(reader, bytes);
        break;
    case MQH_WEBSOCKET_PAYLOAD:
        mqh_packets_add(&reader->packets[index_of(reader->now.side)], bytes, on_packets, reader);
        break;
    case MQH_WEBSOCKET_TEXT:
        tell(reader, MQH_TALK_TEXT_FRAME, bytes);
        break;
    case MQH_WEBSOCKET_CLOSE:
        break;
    case MQH_WEBSOCKET_BROKEN:
        if (reader->begun)
            tell(reader, MQH_TALK_BLIND, bytes);
        else
            be_other(reader, mqh_talk_is_http);
        break;
    }
}

/* ---- what is it? ---- */

/* A CONNECT as far as `first` reaches: 10, Remaining Length, then the protocol's name. */
static bool is_connect(struct mqc_slice first, bool *undecided)
{
    struct mqc_frame frame;
    size_t at;

    *undecided = false;
    if (first.data[0] != 0x10)
        return false;
    if (mqc_frame_read(first, &frame) == MQC_FRAME_BROKEN)
        return false;
    at = frame.header_size;
    if (at == 0 || first.size < at + 5) {
        *undecided = first.size < 10;
        return false;
    }
    return memcmp(first.data + at, "\0\4MQT", 5) == 0 || memcmp(first.data + at, "\0\6MQI", 5) == 0;
}

/* A record of any kind, for it may have been joined midway. Were it MQTT, it would be a CONNECT
 * with flags that it may not have. */
static bool is_tls(struct mqc_slice first)
{
    return first.size >= 2 && first.data[0] >= 0x14 && first.data[0] <= 0x17 &&
           first.data[1] == 0x03;
}

/* True if what is in it comes instead. */
static bool begin_tls(struct mqh_talk_reader *reader)
{
    if (reader->is_tls)
        return false;
    reader->is_tls = true;
    if (reader->all->on_tls == NULL || !reader->all->on_tls(reader->all->context))
        return false;
    reader->first_size = 0;
    return true;
}

static bool is_http(struct mqc_slice first)
{
    static const char *const words[] = {"HEAD ",    "POST ",   "PUT ",
                                        "OPTIONS ", "DELETE ", "CONNECT "};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t size = strlen(words[i]);

        if (first.size >= size && memcmp(first.data, words[i], size) == 0)
            return true;
    }
    return false;
}

static bool is_any_connect(const struct mqh_talk_reader *reader, struct mqc_slice first)
{
    return reader->all->any_connect && first.data[0] >> 4 == MQC_CONNECT && first.size >= 2 &&
           !is_tls(first);
}

static void decide(struct mqh_talk_reader *reader)
{
    struct mqc_slice first = {reader->first, reader->first_size};
    bool undecided;

    if (is_tls(first) && begin_tls(reader))
        return;
    if (first.size >= 4 && memcmp(first.data, "GET ", 4) == 0) {
        reader->kind = WEBSOCKET;
    } else if (is_connect(first, &undecided) || is_any_connect(reader, first) || reader->is_mqtt) {
        reader->kind = MQTT;
        begin(reader, MQH_OVER_TCP);
    } else if (!undecided && !(first.size < 4 && memcmp(first.data, "GET ", first.size) == 0)) {
        be_other(reader, is_tls(first)    ? mqh_talk_is_tls
                         : is_http(first) ? mqh_talk_is_http
                                          : mqh_talk_is_unknown);
    }
}

static void give(struct mqh_talk_reader *reader, struct mqc_slice bytes)
{
    int side = index_of(reader->now.side);

    if (reader->kind == MQTT)
        mqh_packets_add(&reader->packets[side], bytes, on_packets, reader);
    else if (reader->kind == WEBSOCKET)
        mqh_websocket_add(&reader->websockets[side], bytes, on_websocket, reader);
}

/* The first bytes decide. A server that speaks first speaks no MQTT, unless it is said to. */
void mqh_talk_add(struct mqh_talk_reader *reader, struct mqh_talk_place place,
                  struct mqc_slice bytes)
{
    size_t room = sizeof reader->first - reader->first_size;
    size_t kept = bytes.size < room ? bytes.size : room;

    reader->now = place;
    if (bytes.size == 0)
        return;
    if (reader->kind == UNDECIDED && place.side == MQC_SERVER) {
        if (reader->is_mqtt) {
            reader->kind = MQTT;
            begin(reader, MQH_OVER_TCP);
        } else {
            be_other(reader, mqh_talk_is_unknown);
        }
    }
    if (reader->kind != UNDECIDED) {
        give(reader, bytes);
        return;
    }
    memcpy(reader->first + reader->first_size, bytes.data, kept);
    reader->first_size += kept;
    decide(reader);
    if (reader->kind == UNDECIDED)
        return;
    give(reader, (struct mqc_slice){reader->first, reader->first_size});
    give(reader, (struct mqc_slice){bytes.data + kept, bytes.size - kept});
}

void mqh_talk_lost(struct mqh_talk_reader *reader, struct mqh_talk_place place, uint64_t size)
{
    int side = index_of(place.side);

    reader->now = place;
    if (reader->kind == MQTT) {
        mqh_packets_lost(&reader->packets[side], size, on_packets, reader);
    } else if (reader->kind == WEBSOCKET) {
        struct mqh_websocket *ws = &reader->websockets[side];

        if (!ws->broken)
            tell(reader, MQH_TALK_BLIND, mqc_slice_text("bytes are missing"));
        ws->broken = true;
    } else {
        reader->kind = OTHER;
    }
}

/* ---- begin and end ---- */

struct mqh_talk_reader *mqh_talk_new(struct mqh_talks *talks, const struct mqh_endpoint *client,
                                     const struct mqh_endpoint *server, bool is_mqtt)
{
    struct mqh_talk_reader *reader = calloc(1, sizeof *reader);

    if (reader == NULL) {
        fputs("mqspec: no memory\n", stderr);
        exit(2);
    }
    reader->all = talks;
    reader->is_mqtt = is_mqtt;
    reader->talk.client = *client;
    reader->talk.server = *server;
    reader->talk.from_start = true;
    for (int side = 0; side < 2; side++)
        reader->packets[side].spare = talks->spare;
    return reader;
}

void mqh_talk_midway(struct mqh_talk_reader *reader)
{
    enum { REGISTERED_PORT = 1883 };

    reader->talk.from_start = false;
    if (reader->talk.server.port == REGISTERED_PORT)
        reader->is_mqtt = true;
}

static void end_side(struct mqh_talk_reader *reader, enum mqc_side side)
{
    struct mqh_packets *packets = &reader->packets[index_of(side)];
    enum mqc_side before = reader->now.side;

    if (packets->size == 0)
        return;
    reader->now.side = side;
    tell(reader, MQH_TALK_UNFINISHED, mqh_packets_rest(packets));
    packets->size = 0;
    reader->now.side = before;
}

void mqh_talk_end(struct mqh_talk_reader *reader, struct mqh_talk_place place, bool by_reset)
{
    reader->now = place;
    end_side(reader, place.side);
    tell(reader, by_reset ? MQH_TALK_RESET : MQH_TALK_CLOSED, (struct mqc_slice){0});
}

void mqh_talk_free(struct mqh_talk_reader *reader, struct mqh_talk_place place)
{
    reader->now = place;
    end_side(reader, MQC_CLIENT);
    end_side(reader, MQC_SERVER);
    tell(reader, MQH_TALK_END, (struct mqc_slice){0});
    for (int side = 0; side < 2; side++) {
        mqh_packets_free(&reader->packets[side]);
        mqh_websocket_free(&reader->websockets[side]);
    }
    free(reader);
}
