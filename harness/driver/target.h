/*
 * Where the broker is: the URL of the command line, taken apart.
 *
 *     mqtt://user:password@host:port     port 1883 if none is given; [::1] for IPv6
 */
#ifndef MQH_TARGET_H
#define MQH_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/scenario/arena.h"

struct mqh_target {
    const char *url;  /* without user and password: what may be printed */
    const char *host; /* without brackets */
    uint16_t port;
    const char *user_name; /* percent-decoded; NULL: none */
    const char *password;  /* NULL: none */
};

/* False and one line in `*why` if the URL cannot be used: what is wrong and what was expected. */
bool mqh_target_parse(struct mqh_arena *arena, const char *url, struct mqh_target *out,
                      const char **why);

#endif
