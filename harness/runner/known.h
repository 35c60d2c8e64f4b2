/*
 * The list of known failures: one a line.
 *
 *     publish/dup-with-qos-0@3.1.1  v311 MQTT-3.3.1-2  [2.0.0..2.0.18]  # forwards it unchanged
 *
 * Case id with version (a glob `*` stands for any text, so `connect/cut-short[*]@*` for a whole
 * family, each member of which must fail; but what is a case's whole name is that case, stars and
 * all), rule id, a range of broker versions if it is not for all (`[2.0..]`, `[..2.0.18]`; both
 * ends belong to it), `sometimes` for what a broker does in some runs only, and behind `#` the
 * reason, which is mandatory. Blank lines and lines that begin with `#` say nothing.
 *
 * A red is known when every rule that it breaks is listed for its case; one that breaks none, a
 * BLOCKED, when its case is listed with `-`. An entry is stale and fails the run when a case that
 * it names did not fail by its rule, unless that case was not run or was SKIPped, or the broker's
 * version is not in its range. (A broker that does not tell its version is taken to be in every
 * range.)
 */
#ifndef MQH_KNOWN_H
#define MQH_KNOWN_H

#include "harness/scenario/result.h"

struct mqh_run;

struct mqh_known_entry {
    const char *case_id;                /* "publish/dup-with-qos-0@3.1.1" */
    const struct mqh_requirement *rule; /* NULL for a BLOCKED, written `-` */
    const char *from;                   /* broker versions; "" if open */
    const char *to;
    const char *reason;
    unsigned line;
    bool sometimes; /* `sometimes`: it need not fail */
    bool exact;     /* the case id is the name of a case of this run, and no glob */
    bool applies;   /* the broker's version is in the range, or there is none */
    const struct mqh_case
        *mended; /* the first of its cases that ran and did not fail so, or NULL */
};

struct mqh_known {
    const char *file;
    struct mqh_known_entry *entries;
    size_t count;
};

/* Entries live in the arena. False and the first complaint if the text is wrong. */
bool mqh_known_parse(struct mqh_arena *arena, const char *file, struct mqc_slice source,
                     struct mqh_known *out, struct mqh_error *error);

/*
 * Marks the results of a run that run->known names, and the entries that were of use. It may be
 * done again when results have changed. Without a list it does nothing.
 */
void mqh_known_apply(struct mqh_run *run);

/* True if the entry fails the run. */
bool mqh_known_is_stale(const struct mqh_known_entry *entry);

#endif
