/*
 * Several finished runs side by side: who breaks what, and for two runs of one broker what is new,
 * mended, and as before.
 *
 *     requirement           A      B      C         a cell: what came of its cases there
 *     v5 MQTT-3.8.3-4       3      .      -
 */
#ifndef MQH_COMPARE_H
#define MQH_COMPARE_H

#include <jansson.h>
#include <stdio.h>

#include "harness/runner/run.h"

enum { MQH_COMPARE_MAX = 16 }; /* runs */

/* What came of the cases about one requirement, the worst first that is the case. */
enum mqh_cell_state {
    MQH_CELL_NONE, /* no case about it was run: the version is not spoken, or was not asked for */
    MQH_CELL_SKIPPED, /* a capability is missing */
    MQH_CELL_KEPT,    /* a case about it passed, and nothing broke it */
    MQH_CELL_BLOCKED, /* its cases were blocked, in error or flaky; nothing was shown */
    MQH_CELL_WARNED,
    MQH_CELL_FAILED,
};

struct mqh_cell {
    enum mqh_cell_state state;
    unsigned cases;  /* WARNED, FAILED: that broke it */
    unsigned passed; /* of those about it */
    size_t first;    /* the first of those that broke it */
};

/* A requirement that some run broke. */
struct mqh_compared_rule {
    const struct mqh_requirement *rule;
    struct mqh_cell *cells; /* by run */
};

enum mqh_change_kind { MQH_NEW, MQH_MENDED, MQH_STILL, MQH_GONE, MQH_CHANGE_COUNT };

/* A case that was red before or is now: FAIL or BLOCKED, known or not. GONE: red before, and now
 * not run, skipped, flaky or in error. */
struct mqh_change {
    enum mqh_change_kind kind;
    size_t before; /* index of the case; SIZE_MAX: it was not run then */
    size_t after;
};

/* Two runs of one broker, the later beside the one before it. */
struct mqh_step_between {
    size_t before; /* index of the run */
    size_t after;
    struct mqh_change *changes; /* by kind, then in the order of the suite */
    size_t change_count;
    unsigned counts[MQH_CHANGE_COUNT];
};

/* One word of the behaviour profile, or a limit, in all runs. */
struct mqh_compared_word {
    const char *name;
    enum mqc_version version;
    bool announced;
    bool differs;       /* among the runs that speak the version */
    const char **words; /* by run; NULL: it has none, or does not speak the version */
};

struct mqh_compared_capability {
    const char *name;
    enum mqc_version version;
    bool differs;
    const struct mqh_capability **items; /* by run; NULL: it does not speak the version */
};

struct mqh_comparison {
    const struct mqh_run *runs;
    const char **labels; /* short names of the runs, all different */
    size_t count;
    struct mqh_compared_rule *rules; /* 5.0 first; in the order of the catalogue */
    size_t rule_count;
    struct mqh_step_between *steps;
    size_t step_count;
    struct mqh_compared_word *words;
    size_t word_count;
    struct mqh_compared_capability *capabilities;
    size_t capability_count;
};

/*
 * Compares `count` runs, 1 to MQH_COMPARE_MAX. Runs are of one broker if it calls itself the same
 * up to its version, or if it says nothing and the URL is the same, or with `one_broker` in any
 * case; a run is compared with the one that was started last before it. Everything lives in the
 * arena; the runs and labels must live as long.
 */
struct mqh_comparison mqh_compare(struct mqh_arena *arena, const struct mqh_run *runs,
                                  const char **labels, size_t count, bool one_broker);

/* The part of it that fills out->steps. */
void mqh_compare_steps(struct mqh_arena *arena, struct mqh_comparison *out, bool one_broker);

/* How many requirements the run broke: by FAIL, or by WARN only. */
unsigned mqh_compare_broken(const struct mqh_comparison *comparison, size_t run,
                            enum mqh_cell_state state);

/* The case that a change is about, and its result: that of after if there is one. */
const struct mqh_case *mqh_change_case(const struct mqh_comparison *comparison,
                                       const struct mqh_step_between *step,
                                       const struct mqh_change *change,
                                       const struct mqh_result **result);

/* For people at a console, lines of `columns` at most; 0: as long as they are. `all`: also what is
 * alike everywhere. */
void mqh_compare_text(FILE *out, const struct mqh_comparison *comparison, unsigned columns,
                      bool all);

/* The same, for a comment or a step summary; at most MQH_MD_MAX bytes. */
void mqh_compare_markdown(FILE *out, const struct mqh_comparison *comparison);

/* The same as a page of its own, harness/report/compare.html; reports[i] is what runs[i] was read
 * from. */
void mqh_compare_page(FILE *out, const struct mqh_comparison *comparison, json_t *const *reports);

#endif
