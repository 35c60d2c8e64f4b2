/*
 * What the slow judge reads with: types of section 1.5 of 5.0, and the properties of section 2.2.2.
 */
#ifndef MQF_READING_H
#define MQF_READING_H

#include "fuzz/slow/slow.h"

struct mqf_reading {
    const uint8_t *at;
    size_t left;
    enum mqc_version version;
    enum mqc_side from;
    bool bad;            /* against a MUST */
    bool against_advice; /* against a SHOULD */
};

void mqf_must(struct mqf_reading *r, bool holds);
void mqf_should(struct mqf_reading *r, bool holds);
/* A MUST of this version and later ones. */
void mqf_must_from(struct mqf_reading *r, enum mqc_version version, bool holds);

/* What is not all there is bad, and 0 or empty. */
uint32_t mqf_number(struct mqf_reading *r, size_t bytes);
uint32_t mqf_varint(struct mqf_reading *r, bool *minimal);
struct mqc_slice mqf_binary(struct mqf_reading *r);
struct mqc_slice mqf_string(struct mqf_reading *r); /* not judged as text yet */

/* v5 section 1.5.4, v311 section 1.5.3. 3.1 only advises against U+0000, and in topics alone. */
void mqf_text(struct mqf_reading *r, struct mqc_slice text, bool topic_of_31);

bool mqf_has_wildcard(struct mqc_slice text);
bool mqf_code_in(uint8_t code, const char *codes, size_t count);

/* Places of properties; the four acknowledgements, SUBACK and UNSUBACK have the same ones. */
enum mqf_place {
    MQF_CONNECT = 1,
    MQF_WILL = 2,
    MQF_CONNACK = 4,
    MQF_PUBLISH = 8,
    MQF_ACKNOWLEDGEMENT = 16,
    MQF_SUBSCRIBE = 32,
    MQF_UNSUBSCRIBE = 64,
    MQF_DISCONNECT = 128,
    MQF_AUTH = 256,
};

struct mqf_found {
    uint64_t seen; /* a bit for each identifier */
    bool payload_is_text;
};

bool mqf_saw(const struct mqf_found *found, unsigned id);

/* Reads and judges Property Length and what it counts; `found` may be NULL. */
void mqf_properties(struct mqf_reading *r, enum mqf_place place, struct mqf_found *found);

#endif
