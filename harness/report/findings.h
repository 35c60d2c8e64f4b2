/*
 * A run by requirement instead of by case: what it broke, and in how many cases.
 */
#ifndef MQH_FINDINGS_H
#define MQH_FINDINGS_H

#include "harness/runner/run.h"

struct mqh_finding {
    const struct mqh_requirement *rule;
    unsigned failed; /* cases that FAIL by it and are not known */
    unsigned known;  /* cases that are red by it, and known */
    unsigned warned; /* cases that WARN by it and are not known */
    size_t first;    /* the worst of the cases, of those alike the first */
};

struct mqh_findings {
    struct mqh_finding *items;
    size_t count;
};

/* The newest version first, then in the order of the catalogue. */
struct mqh_findings mqh_findings_of(struct mqh_arena *arena, const struct mqh_run *run);

#endif
