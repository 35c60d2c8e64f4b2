/*
 * The HTTP exchange that turns a connection into a WebSocket (RFC 6455 section 4), as text: what a
 * client asks, what a server answers, and what each has to look at in the other's.
 */
#ifndef MQH_UPGRADE_H
#define MQH_UPGRADE_H

#include "codec/version.h"
#include "harness/driver/buffer.h"
#include "harness/driver/target.h"

/* Limits: of a whole header, and of a key and the answer to it, with a zero at the end. */
enum { MQH_UPGRADE_MAX = 16 * 1024, MQH_UPGRADE_KEY_SIZE = 25, MQH_UPGRADE_ACCEPT_SIZE = 29 };

/* Sub-protocols, most wanted first: MQTT 3.1 has a name of its own, the others share one. */
const char *mqh_upgrade_offer(enum mqc_version version);

/* Of 16 random bytes. */
void mqh_upgrade_key(const uint8_t random[16], char key[MQH_UPGRADE_KEY_SIZE]);

void mqh_upgrade_request(struct mqh_buffer *out, const struct mqh_target *target, const char *key,
                         const char *offer);

/*
 * The size of the header at the start of `bytes` with the empty line that ends it; 0: it is not
 * complete.
 */
size_t mqh_upgrade_size(struct mqc_slice bytes);

/*
 * Reads the answer to a request. False, and one line in `why`, if it is no WebSocket now.
 * `protocol` gets the sub-protocol that the server chose, empty if it named none; one that was not
 * offered is a failure.
 */
bool mqh_upgrade_read_answer(struct mqc_slice header, const char *key, const char *offer,
                             struct mqc_slice *protocol, char *why, size_t why_size);

/*
 * Reads a request and writes the answer to `out`: 101, or 400 and false with one line in `why`.
 * `*offers_mqtt` says whether the client's list holds `mqtt`.
 */
bool mqh_upgrade_answer(struct mqc_slice header, struct mqh_buffer *out, bool *offers_mqtt,
                        char *why, size_t why_size);

#endif
