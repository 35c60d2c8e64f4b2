/*
 * One direction of a WebSocket as captured: the HTTP head of the upgrade, then frames (RFC 6455,
 * section 5.2). What frames carry is unmasked and handed on as it comes; frames need not be whole.
 * Control frames are passed over, but for Close.
 */
#ifndef MQH_CAPTURE_WEBSOCKET_H
#define MQH_CAPTURE_WEBSOCKET_H

#include "codec/slice.h"

enum { MQH_HTTP_HEAD_MAX = 16 * 1024 };

struct mqh_websocket {
    char *head; /* of HTTP, until it is whole */
    size_t head_size;
    bool upgraded;      /* the head is over: frames follow */
    uint8_t header[14]; /* of the present frame */
    size_t header_size; /* bytes of it that have come */
    uint64_t to_come;   /* bytes of its payload */
    uint64_t position;  /* in its payload, for the mask */
    unsigned opcode;
    bool broken;
};

enum mqh_websocket_event {
    MQH_WEBSOCKET_HEAD,    /* `bytes` is the HTTP head with its empty line */
    MQH_WEBSOCKET_PAYLOAD, /* `bytes` are unmasked, of a binary or text frame */
    MQH_WEBSOCKET_TEXT,    /* a text frame begins: none may carry MQTT */
    MQH_WEBSOCKET_CLOSE,
    MQH_WEBSOCKET_BROKEN, /* what follows cannot be read: `bytes` says why */
};

typedef void mqh_websocket_handler(void *context, enum mqh_websocket_event event,
                                   struct mqc_slice bytes);

void mqh_websocket_add(struct mqh_websocket *ws, struct mqc_slice bytes,
                       mqh_websocket_handler *handler, void *context);

/* The value of a header field in a head, without blanks around it; empty if there is none. Names
 * are compared without regard to case. */
struct mqc_slice mqh_http_field(struct mqc_slice head, const char *name);

void mqh_websocket_free(struct mqh_websocket *ws);

#endif
