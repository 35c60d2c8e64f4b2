/*
 * A walk through the steps of one case without a world: each text is encoded or checked in its
 * turn, with the variables that exist by then, and, where asked for, what is sent is judged by the
 * decoder. Private to harness/scenario.
 *
 * A variable that an expectation binds has no value before a run. A stand-in takes its place: 1, 2
 * … for identifiers, 1 for other numbers, or "x" where the field that bound it holds bytes.
 */
#ifndef MQH_WALK_H
#define MQH_WALK_H

#include "codec/packet.h"
#include "harness/scenario/scenario.h"

struct mqh_walk_variable {
    struct mqc_slice name;
    struct mqc_value value;
    const struct mqh_walk_variable *next;
};

struct mqh_walk_peer {
    enum mqc_version version; /* what it speaks in this case */
    const char *client_id;    /* default */
    uint8_t *sent;            /* what it has sent and the decoder has not taken yet */
    size_t sent_size;
    size_t sent_capacity;
    bool lost; /* Remaining Length was broken: nothing behind it can be judged */
};

/* What was found wrong in one write, by rule. */
struct mqh_findings {
    bool found[MQC_RULE_COUNT];
    size_t packet[MQC_RULE_COUNT]; /* the first one of the step that has it */
    size_t count;
};

struct mqh_walk {
    /* To be set before. */
    struct mqh_arena *arena; /* for the complaint */
    const struct mqh_scenario *scenario;
    enum mqc_version version;          /* the case's */
    const struct mqh_binding *members; /* the case's */
    const char *id;                    /* of the case; NULL: not judged, only checked */
    const struct mqh_vary *measured;   /* NULL, or: find the body size of the line that uses it */
    struct mqh_error *error;
    void (*watch)(void *context, const struct mqh_step *step, enum mqc_version version,
                  struct mqc_slice bytes); /* NULL, or see mqh_case_watch() */
    void *watch_context;

    /* Set by the walk. */
    size_t body_size;                /* of that line */
    const struct mqc_slice *body;    /* the text of that line; NULL: there is none */
    struct mqh_id_list alternatives; /* named by lines with `breaks A | B` … */
    size_t alternative_capacity;
    bool broken[MQC_RULE_COUNT]; /* … and what those lines break */

    /* The walk's own. */
    struct mqh_arena scratch;
    struct mqc_text_memory memory;
    const struct mqh_step *step;
    const struct mqh_expect *expect; /* NULL while sending */
    const struct mqh_walk_variable *variables;
    unsigned identifiers; /* how many of them have a stand-in */
    struct mqh_walk_peer peers[MQH_PEERS_MAX];
    size_t *starts; /* where in peer->sent the packets of one write begin */
    size_t start_capacity;
    size_t sent_bytes; /* by all peers */
    struct mqh_findings findings;
};

/* False and a complaint if a line does not stand the test. Frees what it has allocated but for the
 * complaint and `alternatives`, which are in the arena. */
bool mqh_walk_run(struct mqh_walk *walk);

/* ---- walk_scope.c ---- */

/* The variables as the current step (and walk->expect) sees them. */
struct mqc_text_scope mqh_walk_scope(struct mqh_walk *walk, unsigned peer, enum mqc_side from);

/* Gives each variable that walk->expect binds a stand-in. */
void mqh_walk_bind(struct mqh_walk *walk);

/* ---- judge.c ---- */

/* Takes what the current step's peer has sent, and compares what the decoder finds in it with what
 * `breaks` says. */
bool mqh_judge(struct mqh_walk *walk);

/* Complains about `at`, and says in which case it is so. Always false. */
__attribute__((format(printf, 3, 4))) bool
mqh_walk_complain(struct mqh_walk *walk, struct mqc_slice at, const char *format, ...);

/* ---- proves.c ---- */

/* True if a mismatch on `step` shows `id` in a case of this version. */
bool mqh_step_shows(const struct mqh_scenario *scenario, enum mqc_version version,
                    const struct mqh_step *step, const struct mqh_requirement *id);

/* True if some step does. */
bool mqh_scenario_shows(const struct mqh_scenario *scenario, enum mqc_version version,
                        const struct mqh_requirement *id);

/* ---- expand.c ---- */

/* The binding of `vary` for its value at `index`; where it is up_to_all, for that number. */
struct mqh_binding mqh_vary_bind(const struct mqh_vary *vary, size_t index);

/* ---- step_packet.c ---- */

/* The Client Identifier of a peer that names none: from ${C}, the peer's index and its name, 1 to
 * 23 of [0-9a-zA-Z], which every server accepts. */
#define MQH_CLIENT_ID_SIZE 24
void mqh_client_id(const char *client, size_t index, const char *name,
                   char out[MQH_CLIENT_ID_SIZE]);

#endif
