#include "harness/capture/websocket.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum { CONTINUATION = 0, TEXT = 1, BINARY = 2, CLOSE = 8, CONTROL = 8 };

static struct mqc_slice rest_of(struct mqc_slice bytes, size_t used)
{
    return (struct mqc_slice){bytes.data + used, bytes.size - used};
}

static void break_off(struct mqh_websocket *ws, const char *why, mqh_websocket_handler *handler,
                      void *context)
{
    ws->broken = true;
    handler(context, MQH_WEBSOCKET_BROKEN, mqc_slice_text(why));
}

/* ---- HTTP ---- */

/* Takes bytes until the empty line; returns how many were taken. */
static size_t add_head(struct mqh_websocket *ws, struct mqc_slice bytes,
                       mqh_websocket_handler *handler, void *context)
{
    size_t used = 0;

    if (ws->head == NULL && (ws->head = malloc(MQH_HTTP_HEAD_MAX)) == NULL) {
        fputs("mqspec: no memory\n", stderr);
        exit(2);
    }
    while (used < bytes.size) {
        if (ws->head_size == MQH_HTTP_HEAD_MAX) {
            break_off(ws, "an HTTP head of more than 16 kB", handler, context);
            return bytes.size;
        }
        ws->head[ws->head_size++] = (char)bytes.data[used++];
        if (ws->head_size >= 4 && memcmp(ws->head + ws->head_size - 4, "\r\n\r\n", 4) == 0) {
            ws->upgraded = true;
            handler(context, MQH_WEBSOCKET_HEAD,
                    (struct mqc_slice){(const uint8_t *)ws->head, ws->head_size});
            free(ws->head);
            ws->head = NULL;
            break;
        }
    }
    return used;
}

struct mqc_slice mqh_http_field(struct mqc_slice head, const char *name)
{
    const char *line = (const char *)head.data;
    const char *end = line + head.size;
    size_t name_size = strlen(name);

    while (line < end) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));

        if (stop == NULL)
            break;
        if ((size_t)(stop - line) > name_size && line[name_size] == ':' &&
            strncasecmp(line, name, name_size) == 0) {
            const char *value = line + name_size + 1;

            while (value < stop && (*value == ' ' || *value == '\t'))
                value++;
            while (stop > value && (stop[-1] == ' ' || stop[-1] == '\t' || stop[-1] == '\r'))
                stop--;
            return (struct mqc_slice){(const uint8_t *)value, (size_t)(stop - value)};
        }
        line = stop + 1;
    }
    return (struct mqc_slice){0};
}

/* ---- frames ---- */

/* Bytes of a frame's header, as far as its first ones tell. */
static size_t header_size(const struct mqh_websocket *ws)
{
    size_t size = 2;

    if (ws->header_size < 2)
        return 2;
    if ((ws->header[1] & 0x7f) == 126)
        size += 2;
    if ((ws->header[1] & 0x7f) == 127)
        size += 8;
    if ((ws->header[1] & 0x80) != 0)
        size += 4;
    return size;
}

static void begin_frame(struct mqh_websocket *ws, mqh_websocket_handler *handler, void *context)
{
    unsigned length = ws->header[1] & 0x7f;
    unsigned opcode = ws->header[0] & 0x0f;
    size_t bytes = length == 126 ? 2 : length == 127 ? 8 : 0;

    ws->to_come = bytes == 0 ? length : 0;
    for (size_t i = 0; i < bytes; i++)
        ws->to_come = ws->to_come << 8 | ws->header[2 + i];
    ws->position = 0;
    ws->opcode = opcode;
    if ((ws->header[0] & 0x70) != 0 && opcode < CONTROL)
        break_off(ws, "WebSocket frames are compressed", handler, context);
    else if (opcode == TEXT)
        handler(context, MQH_WEBSOCKET_TEXT, (struct mqc_slice){0});
    else if (opcode == CLOSE)
        handler(context, MQH_WEBSOCKET_CLOSE, (struct mqc_slice){0});
    else if (opcode > BINARY && opcode < CONTROL)
        break_off(ws, "a WebSocket frame of unknown type", handler, context);
}

static void give_payload(struct mqh_websocket *ws, struct mqc_slice bytes,
                         mqh_websocket_handler *handler, void *context)
{
    enum { CHUNK = 16384 };
    uint8_t plain[CHUNK];
    const uint8_t *mask = ws->header + header_size(ws) - 4;

    if ((ws->header[1] & 0x80) == 0) {
        handler(context, MQH_WEBSOCKET_PAYLOAD, bytes);
        return;
    }
    while (bytes.size > 0) {
        size_t size = bytes.size < CHUNK ? bytes.size : CHUNK;

        for (size_t i = 0; i < size; i++)
            plain[i] = bytes.data[i] ^ mask[(ws->position + i) % 4];
        ws->position += size;
        handler(context, MQH_WEBSOCKET_PAYLOAD, (struct mqc_slice){plain, size});
        bytes = rest_of(bytes, size);
    }
}

void mqh_websocket_add(struct mqh_websocket *ws, struct mqc_slice bytes,
                       mqh_websocket_handler *handler, void *context)
{
    if (!ws->upgraded && !ws->broken)
        bytes = rest_of(bytes, add_head(ws, bytes, handler, context));
    while (bytes.size > 0 && !ws->broken) {
        if (ws->to_come > 0) {
            size_t size = ws->to_come < bytes.size ? (size_t)ws->to_come : bytes.size;

            if (ws->opcode <= BINARY)
                give_payload(ws, (struct mqc_slice){bytes.data, size}, handler, context);
            ws->to_come -= size;
            bytes = rest_of(bytes, size);
            continue;
        }
        if (ws->header_size == header_size(ws)) /* the last frame is over */
            ws->header_size = 0;
        ws->header[ws->header_size++] = bytes.data[0];
        bytes = rest_of(bytes, 1);
        if (ws->header_size == header_size(ws))
            begin_frame(ws, handler, context);
    }
}

void mqh_websocket_free(struct mqh_websocket *ws)
{
    free(ws->head);
    *ws = (struct mqh_websocket){0};
}
