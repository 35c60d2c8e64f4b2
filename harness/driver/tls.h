/*
 * TLS 1.2 and 1.3, by OpenSSL over memory BIOs: a filter without a socket (filter.h).
 *
 * A client checks the server's certificate against the CA file, or the system's CAs without one,
 * and its name against the host; `insecure` checks neither. It offers SNI, and by ALPN `mqtt`, for
 * WebSocket `http/1.1`. A server needs a certificate and a key, and asks for none.
 */
#ifndef MQH_TLS_H
#define MQH_TLS_H

#include "harness/driver/filter.h"
#include "harness/driver/target.h"

/* What connections to a target share: files read once. */
struct mqh_tls_context;

/* NULL, and one line in `why`, if a file of the target cannot be used. `us`: client or server. */
struct mqh_tls_context *mqh_tls_context_new(const struct mqh_target *target, enum mqc_side us,
                                            char *why, size_t why_size);
void mqh_tls_context_free(struct mqh_tls_context *context);

/* The context must live as long. */
struct mqh_filter *mqh_tls_new(struct mqh_tls_context *context);

#endif
