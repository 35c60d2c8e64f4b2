#include "harness/runner/run.h"

static bool has_stale_entry(const struct mqh_run *run)
{
    if (run->known == NULL)
        return false;
    for (size_t i = 0; i < run->known->count; i++)
        if (mqh_known_is_stale(&run->known->entries[i]))
            return true;
    return false;
}

int mqh_run_status(const struct mqh_run *run)
{
    unsigned ran = run->known_count;

    for (int i = 0; i < MQH_VERDICT_COUNT; i++)
        if (i != MQH_SKIP)
            ran += run->counts[i];
    if (run->died != NULL)
        return 3;
    if (run->counts[MQH_ERROR] > 0)
        return 2;
    if (run->counts[MQH_FAIL] > 0 || run->counts[MQH_BLOCKED] > 0 || has_stale_entry(run) ||
        (run->strict && run->counts[MQH_WARN] > 0) || ran == 0)
        return 1;
    return 0;
}
