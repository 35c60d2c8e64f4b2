/*
 * A target that does nothing: how fast it runs is what an engine takes for itself. See fuzz/speed.
 */
#include "fuzz/target.h"

const enum mqf_form mqf_form = MQF_PACKETS;

void mqf_target(struct mqc_slice input)
{
    (void)input;
}
