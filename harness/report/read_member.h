/*
 * Members of JSON objects, each of the type that it must have. The first that is missing or of
 * another type is remembered, and what is read from then on is empty: reading goes on without a
 * test after each line, and one question at the end is enough.
 */
#ifndef MQH_READ_MEMBER_H
#define MQH_READ_MEMBER_H

#include <jansson.h>

#include "harness/runner/run.h"

struct mqh_reader {
    struct mqh_arena *arena; /* of what is read */
    const char *tool;        /* who wrote it */
    const char *place;       /* what is being read: "case 12" */
    const char *why;         /* the first complaint; NULL: all is well */
};

/* Remembers that the member is not what was wanted: "a text". */
void mqh_read_dislike(struct mqh_reader *reader, const char *key, const char *wanted);

/* The member if it has this type, which `wanted` says in words; NULL after a complaint. */
json_t *mqh_read_member(struct mqh_reader *reader, const json_t *object, const char *key,
                        json_type type, const char *wanted);

const char *mqh_read_text(struct mqh_reader *reader, const json_t *object, const char *key);

/* A text that is printed as it is: letters, digits and a few marks; it may be empty. */
const char *mqh_read_name(struct mqh_reader *reader, const json_t *object, const char *key);
bool mqh_read_is_name(const char *text);

/* NULL where it is null. */
const char *mqh_read_text_or_null(struct mqh_reader *reader, const json_t *object, const char *key);

uint64_t mqh_read_count(struct mqh_reader *reader, const json_t *object, const char *key);

/* For what no run has thousands of millions of. */
unsigned mqh_read_small(struct mqh_reader *reader, const json_t *object, const char *key);

bool mqh_read_yes(struct mqh_reader *reader, const json_t *object, const char *key);
json_t *mqh_read_list(struct mqh_reader *reader, const json_t *object, const char *key);

/* A version of MQTT: `value` itself, or the member "version". */
enum mqc_version mqh_read_version_of(struct mqh_reader *reader, const char *key,
                                     const json_t *value);
enum mqc_version mqh_read_version(struct mqh_reader *reader, const json_t *object);

/* A row of our catalogues, "v5 MQTT-3.8.3-4"; NULL after a complaint. */
const struct mqh_requirement *mqh_read_rule(struct mqh_reader *reader, const char *key,
                                            const json_t *value);

/* The member, or NULL where it is null: the requirement that something broke. */
const struct mqh_requirement *mqh_read_rule_or_null(struct mqh_reader *reader, const json_t *object,
                                                    const char *key);
struct mqh_id_list mqh_read_rules(struct mqh_reader *reader, const json_t *object, const char *key);

/* ---- read_case.c ---- */

/* The member "cases", into run->cases and results; run->target is there already. */
void mqh_read_cases(struct mqh_reader *reader, const json_t *root, struct mqh_run *run);

#endif
