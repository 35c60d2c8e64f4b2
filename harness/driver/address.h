/*
 * Where a target is: the addresses of its host, or the path of its Unix socket.
 */
#ifndef MQH_ADDRESS_H
#define MQH_ADDRESS_H

#include <netinet/in.h>
#include <sys/socket.h>
#include <uv.h>

#include "harness/driver/target.h"

enum { MQH_ADDRESSES_MAX = 16 };

struct mqh_addresses {
    struct sockaddr_storage items[MQH_ADDRESSES_MAX];
    unsigned count; /* 0: not looked for yet; of a Unix socket 1, which is its path */
};

/* Looks for the host, once. False and one line in `why` if there is none. */
bool mqh_addresses_find(struct mqh_addresses *addresses, uv_loop_t *loop,
                        const struct mqh_target *target, char *why, size_t why_size);

/* A socket connected to a path, or an error of libuv's: UV_EAGAIN where its queue is full, which
 * TCP would wait for. */
int mqh_address_connect_path(const char *path);

#endif
