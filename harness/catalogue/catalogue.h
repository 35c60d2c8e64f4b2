#ifndef MQH_CATALOGUE_H
#define MQH_CATALOGUE_H

/*
 * The requirement catalogues, conformance/requirements, as data: one row for every rule of MQTT
 * 3.1, 3.1.1 and 5.0. The table is generated at build; its columns are explained in the README
 * beside the catalogues. Everything here is constant and lives as long as the program.
 *
 * A rule is named by its version and its id together, for the standards give one id to different
 * rules: "v5 MQTT-3.8.3-2" in text, "v5:MQTT-3.8.3-2" on a command line.
 */
#include "codec/version.h"

#include <stdbool.h>
#include <stddef.h>

struct mqh_requirement {
    const char *id; /* "MQTT-3.8.3-2", "X5-1.5.5-1", "X311-7.1-1", "X31-2.4-1" */
    enum mqc_version version;
    const char *section; /* of the standard: "3.8.3" */
    const char *level;   /* as catalogued, "MUST+MUST NOT"; judge by mqh_requirement_level() */
    const char *subject; /* who is bound: client, server, both, sender, receiver */
    const char *text;    /* the rule in our words */
    const char *server_observable; /* yes, partly, no: seen by a tester that plays clients */
    const char *client_observable; /* yes, partly, no: seen by a tester that plays the server */
    const char *monitor;           /* yes, no: seen on one connection by a bystander */
    const char *hint;              /* how to test it, and what must be tolerated */
};

/* What breaking a rule amounts to: FAIL, WARN, or nothing. */
enum mqh_level { MQH_MUST, MQH_SHOULD, MQH_MAY };

/* A row whose level names any MUST is a MUST; else any SHOULD makes it a SHOULD. */
enum mqh_level mqh_requirement_level(const struct mqh_requirement *requirement);

/* "MUST", "SHOULD", "MAY". */
const char *mqh_level_name(enum mqh_level level);

/*
 * All rows, in the order of the files: 3.1, 3.1.1, 3.1.1 unnumbered, 5.0, 5.0 unnumbered.
 * `index` is below mqh_catalogue_count().
 */
size_t mqh_catalogue_count(void);
const struct mqh_requirement *mqh_catalogue_at(size_t index);

/* The row of this version with exactly this id, or NULL. */
const struct mqh_requirement *mqh_catalogue_find(enum mqc_version version, const char *id);

/* The longest id that parsing accepts, in bytes; a longer one cannot be in a catalogue. */
enum { MQH_RULE_ID_MAX = 31 };

/* The longest printed rule with its final zero: "v311", a separator, an id. */
enum { MQH_RULE_TEXT_SIZE = 4 + 1 + MQH_RULE_ID_MAX + 1 };

/* A rule as somebody wrote it; it need not be in a catalogue. */
struct mqh_rule {
    enum mqc_version version;
    char id[MQH_RULE_ID_MAX + 1];
};

/*
 * Reads "v5 MQTT-3.8.3-2" or "v5:MQTT-3.8.3-2": a space of mqc_version_space(), one blank or
 * colon, and an id of letters, digits, '.' and '-'. The `size` bytes at `text` must be that and
 * nothing else. False where they are not, and `*out` is then untouched.
 */
bool mqh_rule_parse(const char *text, size_t size, struct mqh_rule *out);

/*
 * Writes the rule with ' ' or ':' for `separator` into `text` and returns `text`. An id longer
 * than MQH_RULE_ID_MAX is cut.
 */
const char *mqh_rule_write(enum mqc_version version, const char *id, char separator,
                           char text[MQH_RULE_TEXT_SIZE]);

#endif
