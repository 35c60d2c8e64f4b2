/*
 * Where the broker is, and how it is spoken to: the URL of the command line, taken apart, and what
 * options add to it.
 *
 *     mqtt://user:password@host:port        TCP, port 1883 if none is given; [::1] for IPv6
 *     mqtts://user:password@host:port       TLS, 8883
 *     ws://user:password@host:port/path     WebSocket, 80, /mqtt
 *     wss://user:password@host:port/path    WebSocket over TLS, 443, /mqtt
 *     unix://user:password@/path            a Unix socket
 *
 * User and password are for CONNECT; HTTP's own go with a header.
 */
#ifndef MQH_TARGET_H
#define MQH_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/driver/segment.h"
#include "harness/scenario/arena.h"

struct mqh_target {
    const char *url;  /* without user and password: what may be printed */
    const char *host; /* without brackets; "" for a Unix socket */
    uint16_t port;
    bool tls;
    bool websocket;
    bool local;            /* a Unix socket */
    const char *path;      /* of the WebSocket, with what is asked behind it; or of the socket */
    const char *user_name; /* percent-decoded; NULL: none */
    const char *password;  /* NULL: none */

    /* Of options, not of the URL. */
    const char *ca_file;   /* PEM; NULL: the system's CAs */
    const char *cert_file; /* PEM, with the key if `key_file` is NULL; NULL: none */
    const char *key_file;
    bool insecure;        /* any certificate will do */
    const char **headers; /* of the upgrade: "Name: value" */
    size_t header_count;
    enum mqh_segment segment;
};

/* False and one line in `*why` if the URL cannot be used: what is wrong and what was expected. */
bool mqh_target_parse(struct mqh_arena *arena, const char *url, struct mqh_target *out,
                      const char **why);

#endif
