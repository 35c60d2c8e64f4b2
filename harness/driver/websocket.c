#include "harness/driver/websocket.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

#include "harness/driver/upgrade.h"

enum { CONTROL_MAX = 125, CODE_NORMAL = 1000, CODE_PROTOCOL = 1002, CODE_UNSUPPORTED = 1003 };

struct websocket {
    struct mqh_filter filter;
    const struct mqh_target *target;
    enum mqc_side us;
    enum mqc_version version;
    char key[MQH_UPGRADE_KEY_SIZE];
    struct mqh_buffer header; /* of the upgrade, until it is complete */

    wslay_frame_context_ptr frames;
    struct mqc_slice input; /* what came and is not read yet */
    uint64_t read_size;     /* of the frame that is being read */
    bool in_message;        /* its last fragment has not come */
    uint8_t control[CONTROL_MAX];
    size_t control_size;
    bool said_close;
};

/* ---- what wslay asks for ---- */

static ssize_t on_send(const uint8_t *data, size_t size, int flags, void *context)
{
    struct websocket *ws = context;

    (void)flags;
    mqh_buffer_add(&ws->filter.down, (struct mqc_slice){data, size});
    return (ssize_t)size;
}

static ssize_t on_receive(uint8_t *out, size_t room, int flags, void *context)
{
    struct websocket *ws = context;
    size_t size = ws->input.size < room ? ws->input.size : room;

    (void)flags;
    if (size == 0)
        return -1; /* for now */
    memcpy(out, ws->input.data, size);
    ws->input.data += size;
    ws->input.size -= size;
    return (ssize_t)size;
}

static int on_mask(uint8_t *out, size_t size, void *context)
{
    (void)context;
    return RAND_bytes(out, (int)size) == 1 ? 0 : -1;
}

/* ---- sending ---- */

static void send_frame(struct websocket *ws, uint8_t opcode, bool last, struct mqc_slice bytes)
{
    struct wslay_frame_iocb frame = {.fin = last,
                                     .opcode = opcode,
                                     .payload_length = bytes.size,
                                     .mask = ws->us == MQC_CLIENT,
                                     .data = bytes.data,
                                     .data_length = bytes.size};

    for (;;) {
        ssize_t sent = wslay_frame_send(ws->frames, &frame);

        if (sent < 0 || (size_t)sent >= frame.data_length)
            return;
        frame.data += sent;
        frame.data_length -= (size_t)sent;
    }
}

static void send_close(struct websocket *ws, unsigned code)
{
    const uint8_t body[2] = {(uint8_t)(code >> 8), (uint8_t)code};

    if (ws->said_close)
        return;
    ws->said_close = true;
    send_frame(ws, WSLAY_CONNECTION_CLOSE, true, (struct mqc_slice){body, sizeof(body)});
}

static void send(struct mqh_filter *filter, struct mqc_slice bytes, enum mqh_frame frame)
{
    struct websocket *ws = (struct websocket *)filter;
    uint8_t opcode = frame == MQH_FRAME_TEXT                              ? WSLAY_TEXT_FRAME
                     : frame == MQH_FRAME_NEXT || frame == MQH_FRAME_LAST ? WSLAY_CONTINUATION_FRAME
                                                                          : WSLAY_BINARY_FRAME;

    if (filter->state == MQH_FILTER_OPEN && !ws->said_close)
        send_frame(ws, opcode, frame != MQH_FRAME_FIRST && frame != MQH_FRAME_NEXT, bytes);
}

static void leave(struct mqh_filter *filter)
{
    if (filter->state == MQH_FILTER_OPEN)
        send_close((struct websocket *)filter, CODE_NORMAL);
}

/* ---- frames that come ---- */

static void end(struct websocket *ws, unsigned code, const char *why)
{
    send_close(ws, code);
    ws->filter.state = MQH_FILTER_ENDED;
    snprintf(ws->filter.why, sizeof(ws->filter.why), "%s", why);
}

/* True if the peer may send a frame that begins so. */
static bool check_frame(struct websocket *ws, const struct wslay_frame_iocb *frame)
{
    bool continues = frame->opcode == WSLAY_CONTINUATION_FRAME;

    if (frame->rsv != 0) {
        end(ws, CODE_PROTOCOL, "a WebSocket frame came with reserved bits");
    } else if ((frame->mask != 0) != (ws->us == MQC_SERVER)) {
        end(ws, CODE_PROTOCOL,
            ws->us == MQC_SERVER ? "a client's WebSocket frame came without a mask"
                                 : "a server's WebSocket frame came with a mask");
    } else if (frame->opcode == WSLAY_TEXT_FRAME) {
        ws->filter.breach = "MQTT-6.0.0-1";
        snprintf(ws->filter.breach_text, sizeof(ws->filter.breach_text),
                 "MQTT came in a WebSocket text frame, not in a binary one");
        end(ws, CODE_UNSUPPORTED, ws->filter.breach_text);
    } else if (!wslay_is_ctrl_frame(frame->opcode) && continues != ws->in_message) {
        end(ws, CODE_PROTOCOL,
            continues ? "a WebSocket message came that has no beginning"
                      : "a WebSocket message came inside another");
    } else if (frame->opcode > WSLAY_PONG ||
               (frame->opcode > WSLAY_BINARY_FRAME && frame->opcode < WSLAY_CONNECTION_CLOSE)) {
        end(ws, CODE_PROTOCOL, "a WebSocket frame came with a reserved opcode");
    }
    return ws->filter.state == MQH_FILTER_OPEN;
}

static void control_came(struct websocket *ws, uint8_t opcode)
{
    struct mqc_slice body = {ws->control, ws->control_size};

    if (opcode == WSLAY_PING)
        send_frame(ws, WSLAY_PONG, true, body);
    if (opcode == WSLAY_CONNECTION_CLOSE)
        end(ws, body.size >= 2 ? (unsigned)body.data[0] << 8 | body.data[1] : CODE_NORMAL, "");
}

static void take_frame(struct websocket *ws, const struct wslay_frame_iocb *frame)
{
    bool control = wslay_is_ctrl_frame(frame->opcode) != 0;

    if (ws->read_size == 0 && !check_frame(ws, frame))
        return;
    if (!control) {
        mqh_buffer_add(&ws->filter.up, (struct mqc_slice){frame->data, frame->data_length});
    } else if (frame->data_length > 0) { /* wslay lets 125 bytes pass at most */
        memcpy(ws->control + ws->control_size, frame->data, frame->data_length);
        ws->control_size += frame->data_length;
    }
    ws->read_size += frame->data_length;
    if (ws->read_size < frame->payload_length)
        return;
    ws->read_size = 0;
    if (!control) {
        ws->in_message = frame->fin == 0;
        return;
    }
    control_came(ws, frame->opcode);
    ws->control_size = 0;
}

static void take_frames(struct websocket *ws)
{
    while (ws->filter.state == MQH_FILTER_OPEN) {
        struct wslay_frame_iocb frame = {0};
        ssize_t size = wslay_frame_recv(ws->frames, &frame);

        if (size == WSLAY_ERR_WANT_READ)
            return;
        if (size < 0) {
            end(ws, CODE_PROTOCOL, "a WebSocket frame came that is none");
            return;
        }
        take_frame(ws, &frame);
    }
}

/* ---- the upgrade ---- */

static void note_breach(struct websocket *ws, const char *id, const char *text)
{
    ws->filter.breach = id;
    snprintf(ws->filter.breach_text, sizeof(ws->filter.breach_text), "%s", text);
}

static bool take_upgrade(struct websocket *ws, struct mqc_slice header)
{
    struct mqh_filter *filter = &ws->filter;
    struct mqc_slice protocol = {0};
    bool offers_mqtt = false;

    if (ws->us == MQC_SERVER) {
        if (!mqh_upgrade_answer(header, &filter->down, &offers_mqtt, filter->why,
                                sizeof(filter->why)))
            return false;
        if (!offers_mqtt)
            note_breach(ws, "MQTT-6.0.0-3", "the client does not offer the sub-protocol mqtt");
        return true;
    }
    if (!mqh_upgrade_read_answer(header, ws->key, mqh_upgrade_offer(ws->version), &protocol,
                                 filter->why, sizeof(filter->why)))
        return false;
    if (protocol.size == 0)
        note_breach(ws, "MQTT-6.0.0-4", "the server's answer names no sub-protocol, not mqtt");
    return true;
}

static void opening(struct websocket *ws, struct mqc_slice bytes)
{
    struct mqh_filter *filter = &ws->filter;
    size_t size;

    mqh_buffer_add(&ws->header, bytes);
    size = mqh_upgrade_size(mqh_buffer_slice(&ws->header));
    if (size == 0 && ws->header.size < MQH_UPGRADE_MAX)
        return;
    if (size == 0 || size > MQH_UPGRADE_MAX) {
        filter->state = MQH_FILTER_FAILED;
        snprintf(filter->why, sizeof(filter->why),
                 "the header of the WebSocket upgrade does not end within %d bytes",
                 MQH_UPGRADE_MAX);
        return;
    }
    if (!take_upgrade(ws, (struct mqc_slice){ws->header.bytes, size})) {
        filter->state = MQH_FILTER_FAILED;
        return;
    }
    filter->state = MQH_FILTER_OPEN;
    ws->input = (struct mqc_slice){ws->header.bytes + size, ws->header.size - size};
    take_frames(ws);
    mqh_buffer_free(&ws->header);
}

static void receive(struct mqh_filter *filter, struct mqc_slice bytes)
{
    struct websocket *ws = (struct websocket *)filter;

    if (filter->state == MQH_FILTER_OPENING) {
        opening(ws, bytes);
    } else if (filter->state == MQH_FILTER_OPEN) {
        ws->input = bytes;
        take_frames(ws);
    }
}

static void start(struct mqh_filter *filter)
{
    struct websocket *ws = (struct websocket *)filter;
    uint8_t random[16];

    if (ws->us == MQC_SERVER)
        return;
    RAND_bytes(random, sizeof(random));
    mqh_upgrade_key(random, ws->key);
    mqh_upgrade_request(&filter->down, ws->target, ws->key, mqh_upgrade_offer(ws->version));
}

static void free_websocket(struct mqh_filter *filter)
{
    struct websocket *ws = (struct websocket *)filter;

    wslay_frame_context_free(ws->frames);
    mqh_buffer_free(&ws->header);
    free(ws);
}

struct mqh_filter *mqh_websocket_new(const struct mqh_target *target, enum mqc_side us,
                                     enum mqc_version version)
{
    static const struct mqh_filter_kind kind = {"WebSocket upgrade", start, receive, send, leave,
                                                free_websocket};
    const struct wslay_frame_callbacks callbacks = {on_send, on_receive, on_mask};
    struct websocket *ws = calloc(1, sizeof(*ws));

    if (ws == NULL)
        abort();
    ws->filter.kind = &kind;
    ws->target = target;
    ws->us = us;
    ws->version = version;
    if (wslay_frame_context_init(&ws->frames, &callbacks, ws) != 0)
        abort();
    return &ws->filter;
}
