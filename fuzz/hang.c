/*
 * A target that never ends for inputs that begin with one byte: fuzz/run has to say so, for each
 * engine. See fuzz/check-canary.
 */
#include "fuzz/target.h"

const enum mqf_form mqf_form = MQF_TOPICS;

void mqf_target(struct mqc_slice input)
{
    volatile bool hangs = input.size > 0 && input.data[0] == '~';

    while (hangs) {
    }
}
