/*
 * Faults: what is wrong with a packet, each named by one rule of ours, with the bytes it is about.
 *
 * The decoder goes on after a fault where it can, so that one packet may have many. They go to an
 * array of the caller; past its end they are only counted. A capacity of one with `stop_at_first`
 * is strict mode: the reader then fails at the first fault, and nothing after it is looked at;
 * notes, which do not make a packet wrong, are then left out.
 *
 * What a rule is called in the standards differs by version: codec/rules.def has the mapping, and
 * mqc_rule_in() reads it. A version in which a rule does not exist never gets that fault.
 */
#ifndef MQC_FAULT_H
#define MQC_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/version.h"

enum mqc_rule {
#define MQC_RULE(name, text, v31, v311, v5) MQC_RULE_##name,
#include "codec/rules.def"
#undef MQC_RULE
    MQC_RULE_COUNT
};

/* How strongly a version words a rule. A note is odd but allowed; it is no fault. */
enum mqc_level { MQC_NO_RULE = 0, MQC_NOTE, MQC_SHOULD, MQC_MUST };

/* What the standard calls a breach: Malformed Packet or Protocol Error (v5 sections 1.2, 4.13). */
enum mqc_kind { MQC_KIND_NONE = 0, MQC_MALFORMED, MQC_PROTOCOL_ERROR };

/* One rule as one version has it. */
struct mqc_rule_text {
    enum mqc_level level;
    enum mqc_kind kind;
    const char *id;    /* "MQTT-3.8.3-2"; "" when level is MQC_NO_RULE */
    const char *twins; /* other ids that say the same, separated by spaces; may be "" */
};

/* `version` must be known. The result lives for ever. */
/*@ requires rule < MQC_RULE_COUNT && mqc_version_known(version);
    assigns \nothing;
    ensures \valid_read(\result); */
const struct mqc_rule_text *mqc_rule_in(enum mqc_rule rule, enum mqc_version version);

/* What the rule asks, in our words, one sentence without a full stop; the same for all versions. */
const char *mqc_rule_says(enum mqc_rule rule);

/* "SUBSCRIBE_FLAGS": the name after MQC_RULE_. */
const char *mqc_rule_name(enum mqc_rule rule);

/* True if `id` (without version) is the id or a twin of `rule` in `version`. */
bool mqc_rule_is(enum mqc_rule rule, enum mqc_version version, const char *id);

/* "MUST", "SHOULD", "note"; "malformed", "protocol-error", "note". */
const char *mqc_level_name(enum mqc_level level);
const char *mqc_kind_name(enum mqc_kind kind);

struct mqc_fault {
    enum mqc_rule rule;
    uint32_t offset; /* of the first byte concerned, from the packet's first byte */
    uint32_t size;   /* bytes concerned; 0 where something is missing at `offset` */
};

struct mqc_faults {
    struct mqc_fault *items; /* the caller's */
    size_t capacity;         /* items that fit; 0 is allowed: faults are then only counted */
    size_t count;            /* faults found, also those that did not fit; set to 0 before use */
    bool stop_at_first;
};

/*@ predicate mqc_faults_ok(struct mqc_faults *faults) =
        \valid(faults) && \valid(faults->items + (0 .. faults->capacity - 1)) &&
        \separated(faults, faults->items + (0 .. faults->capacity - 1)); */

/*
 * Notes a breach of `rule` unless `version` has no such rule. Returns true if the reader must
 * stop (stop_at_first and something of level SHOULD or MUST was noted).
 */
/*@ requires mqc_faults_ok(faults);
    requires rule < MQC_RULE_COUNT && mqc_version_known(version);
    assigns faults->count, faults->items[0 .. faults->capacity - 1];
    ensures \result ==> faults->stop_at_first; */
bool mqc_faults_add(struct mqc_faults *faults, enum mqc_rule rule, enum mqc_version version,
                    size_t offset, size_t size);

/* The number of items that can be read: the smaller of count and capacity. */
/*@ requires \valid_read(faults);
    assigns \nothing;
    ensures \result <= faults->count && \result <= faults->capacity; */
static inline size_t mqc_faults_stored(const struct mqc_faults *faults)
{
    return faults->count < faults->capacity ? faults->count : faults->capacity;
}

#endif
