/*
 * pcapng out: MQTT connections as Wireshark likes to see them, on synthetic IPv4 and TCP (a
 * handshake, data, FIN or RST), with comments at packets. For evidence, conversions and tests.
 *
 * The bytes are MQTT itself: what came over TLS or WebSocket is written as if it had come over TCP.
 */
#ifndef MQH_PCAPNG_WRITE_H
#define MQH_PCAPNG_WRITE_H

#include <stdio.h>

#include "codec/frame.h"

struct mqh_pcapng;

/* Writes the head of a file to `out`, which stays the caller's. `program` is named as its maker. */
struct mqh_pcapng *mqh_pcapng_begin(FILE *out, const char *program);

/*
 * A connection opens: client 127.0.0.1 at a port that is made from the number, server 127.0.0.1 at
 * `server_port`. Numbers are the caller's; an open one is not opened again.
 */
void mqh_pcapng_open(struct mqh_pcapng *pcapng, unsigned connection, uint16_t server_port,
                     uint64_t time_ns);

/* Bytes of an open connection. `comment` stands at the last frame they need; may be NULL. */
void mqh_pcapng_data(struct mqh_pcapng *pcapng, unsigned connection, enum mqc_side from,
                     struct mqc_slice bytes, uint64_t time_ns, const char *comment);

/* `from` ends it, with FIN or RST; its number is free again. */
void mqh_pcapng_close(struct mqh_pcapng *pcapng, unsigned connection, enum mqc_side from,
                      bool reset, uint64_t time_ns);

/*
 * The same, step by step: `from` sends no more, while the other side may go on. With `reset`, or
 * when both have ended, its number is free again. `comment` may be NULL.
 */
void mqh_pcapng_end_side(struct mqh_pcapng *pcapng, unsigned connection, enum mqc_side from,
                         bool reset, uint64_t time_ns, const char *comment);

/* `size` bytes of an open connection that are not written: Wireshark will miss them. */
void mqh_pcapng_skip(struct mqh_pcapng *pcapng, unsigned connection, enum mqc_side from,
                     size_t size);

/* The number of the last frame that `size` bytes would need if they were written now; of 0 bytes,
 * of the next frame. */
uint64_t mqh_pcapng_frame(const struct mqh_pcapng *pcapng, size_t size);

/* Frees; false if something could not be written. */
bool mqh_pcapng_end(struct mqh_pcapng *pcapng);

#endif
