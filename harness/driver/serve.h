/*
 * The reference broker on a socket: a loop that hands bytes and time to the model, and its actions
 * to connections. For tests of clients, of the suite by hand, and where no broker can be installed.
 */
#ifndef MQH_SERVE_H
#define MQH_SERVE_H

#include "harness/model/model.h"

/*
 * Listens at `host`, an address such as "127.0.0.1" or "::1", and serves until SIGTERM or SIGINT.
 * Port 0 takes a free one. `ready` is told the port once connections are accepted. False and one
 * line in `*why` (which lives for ever) if it cannot listen.
 */
bool mqh_serve(struct mqh_model *model, const char *host, uint16_t port,
               void (*ready)(void *context, uint16_t port), void *context, const char **why);

#endif
