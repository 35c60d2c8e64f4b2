/*
 * The clock on the wall, and chance: what a run needs of them is its date and a name that no other
 * run has.
 */
#ifndef MQH_CLOCK_H
#define MQH_CLOCK_H

#include "harness/scenario/arena.h"

/* Now, in seconds since 1970. */
uint64_t mqh_clock_seconds(void);

/* The same in ns; it never goes back, whatever is done to the clock. */
uint64_t mqh_clock_ns(void);

/* "2026-11-25T06:31:00Z" */
const char *mqh_clock_date(struct mqh_arena *arena, uint64_t seconds);

/* Another number in each run, also of runs that start at once. */
uint64_t mqh_clock_seed(void);

#endif
