/*
 * The suite proves itself: all its cases run against the reference broker, as it should be and with
 * each of its defects, in virtual time.
 *
 *     clean     no case may be red
 *     variant   the broker uses a freedom of the standards: no case may be red, and some case must
 *               have met it
 *     lenient   some of the decoder's rules are not checked: every red names one of them
 *     defect    some case must turn red on a line that proves the requirement that is broken; it
 *               has then killed the defect. Other reds are collateral
 *
 *     degenerate
 *               no broker at all: each case that passes is named, to be looked at
 *
 * Each case gets a broker of its own. Capabilities are probed on the very broker that is tested,
 * as the runner does, so that what a defect hides from the probes is not counted as found.
 */
#ifndef MQH_MUTANTS_H
#define MQH_MUTANTS_H

#include "harness/model/model.h"
#include "harness/scenario/result.h"

enum mqh_mutant_kind {
    MQH_MUTANT_CLEAN,
    MQH_MUTANT_VARIANT,
    MQH_MUTANT_LENIENT,
    MQH_MUTANT_DEFECT,
    MQH_MUTANT_DEGENERATE,
};

/* A case that is not green; of a degenerate broker, one that is. */
struct mqh_red {
    const struct mqh_case *c;
    enum mqh_verdict verdict;
    bool kills;       /* DEFECT, LENIENT: it names the requirement that is broken */
    const char *text; /* one line: the reason, what was expected, what came */
};

/* A broker, and what came of it. The first four are the caller's. */
struct mqh_mutant {
    enum mqh_mutant_kind kind;
    const char *name;
    const struct mqh_defect_entry *defect; /* DEFECT */
    enum mqh_variant variant;              /* VARIANT, LENIENT, DEGENERATE */
    unsigned counts[MQH_VERDICT_COUNT];
    struct mqh_red *reds;
    size_t red_count;
    size_t red_capacity;
    unsigned kills;
    uint64_t trace; /* of all that was said and when: the same for brokers that do the same */
    bool idle;      /* VARIANT: no case noticed a difference to the clean broker */
    struct mqh_arena arena; /* of the reds */
};

/* The cases, and what they need. */
struct mqh_mutants_suite {
    struct mqh_cases cases; /* those that play clients; no probes, nothing that needs sockets */
    struct mqh_need *needs;
    size_t need_count;
    size_t need_capacity;
    unsigned **needs_of; /* by case: the places of its needs, each + 1, and a 0 */
    bool *passed;        /* by case: after a run, whether it passed on a good broker */
};

/* False and a complaint about the first wrong scenario. */
bool mqh_mutants_load(struct mqh_arena *arena, const struct mqh_scenarios *scenarios,
                      struct mqh_mutants_suite *out, struct mqh_error *error);

/*
 * Runs what concerns each mutant: all cases, for a defect those of its version. `threads` at a
 * time. `all` false: a defect meets cases, first those that claim its requirement, until one kills
 * it. Cases that need huge packets meet the clean broker and the defects of what they claim only.
 */
void mqh_mutants_run(struct mqh_mutants_suite *suite, struct mqh_mutant *mutants, size_t count,
                     unsigned threads, bool all);

void mqh_mutants_free(struct mqh_mutant *mutants, size_t count);

/* True if a mutant is as it should be: no red on a good broker, a defect killed. */
bool mqh_mutant_is_good(const struct mqh_mutant *mutant);

#endif
