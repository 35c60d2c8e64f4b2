/*
 * A recording becomes a scenario: see mqh_recording_write_scenario(). Private to these two files.
 *
 *     recording_scenario.c         the lines: packets, ends, pauses, and the head
 *     recording_scenario_blame.c   what should come where the broker does wrong, in place of what
 *                                  came
 */
#ifndef MQH_RECORDING_SCENARIO_H
#define MQH_RECORDING_SCENARIO_H

#include "harness/replay/breaks.h"

/* An identifier of the broker's that is open: PUBLISH id=7 was expected as id=$m3. */
struct mqh_scenario_bound {
    uint16_t id;
    unsigned variable;
    struct mqh_scenario_bound *next;
};

struct mqh_scenario_client {
    bool closed;
    struct mqh_scenario_bound *bound;
};

struct mqh_scenario_writer {
    FILE *out;
    const struct mqh_recording *recording;
    const struct mqh_recording_blame *blame; /* NULL: none */
    const struct mqh_breaks_of *breaks;      /* by event */
    struct mqh_scenario_client *clients;     /* by connection */
    unsigned variables;
    char *text; /* of one packet */
    size_t text_size;
    uint64_t time_ns; /* of the last event */
};

/* ---- recording_scenario.c ---- */

/* In the notation, until the next one is. */
const char *mqh_scenario_print(struct mqh_scenario_writer *w, const struct mqc_packet *packet);

/* The number of the variable that stands for an identifier of the broker's; 0: none does. */
unsigned mqh_scenario_variable(const struct mqh_scenario_client *client, uint16_t id);

/* ---- recording_scenario_blame.c ---- */

/* Whether a packet of the broker only belongs to what it does wrong: something to a client that it
 * had to leave, or the DISCONNECT with which it ends of its own accord. */
bool mqh_scenario_is_part_of_it(const struct mqh_scenario_writer *w, size_t index);

/* The broker's packet that breaks a rule: an answer was to come, another way; of all else nobody
 * knows whether it was. */
void mqh_scenario_write_blamed(struct mqh_scenario_writer *w, size_t index,
                               const struct mqc_packet *packet);

/* The end of a connection that nobody asked for: what was to be answered is expected. */
void mqh_scenario_write_blamed_end(struct mqh_scenario_writer *w, size_t index);

/* What never came, and a client that the broker has to serve after all. */
void mqh_scenario_write_missing(struct mqh_scenario_writer *w);

#endif
