/*
 * Inputs that are there already, given to the target that this program is linked with.
 */
#ifndef MQF_REPLAY_H
#define MQF_REPLAY_H

#include "fuzz/target.h"

/* Runs the target on a copy that is exactly as large as the input. */
void mqf_run(const uint8_t *data, size_t size);

/* Runs it on files and on all files of directories, and says how many there were: the exit status,
 * 2 where one cannot be read or there was none. */
int mqf_replay(int count, char **paths);

#endif
