/*
 * The simulated world: one engine and the reference broker in one process, in virtual time. When
 * nobody has anything to do, the clock jumps to the next deadline, so that a case that waits for
 * seconds takes microseconds, and the same case always gives the same result.
 */
#ifndef MQH_SIM_H
#define MQH_SIM_H

#include "harness/model/model.h"
#include "harness/scenario/engine.h"

/*
 * Runs the engine's case to its end, against a broker that may have been used before. `*now_ms` is
 * the virtual time; it goes on. A case that does not come to its end within `hard_ms` of virtual
 * time, or in a million turns, is aborted with ERROR.
 */
void mqh_sim_run(struct mqh_model *model, struct mqh_engine *engine, uint64_t *now_ms,
                 uint64_t hard_ms);

#endif
