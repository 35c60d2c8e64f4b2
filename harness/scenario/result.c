#include "harness/scenario/result.h"

const char *mqh_verdict_name(enum mqh_verdict verdict)
{
    static const char *const names[MQH_VERDICT_COUNT] = {
        [MQH_PASS] = "PASS",       [MQH_FAIL] = "FAIL", [MQH_WARN] = "WARN",
        [MQH_BLOCKED] = "BLOCKED", [MQH_SKIP] = "SKIP", [MQH_FLAKY] = "FLAKY",
        [MQH_ERROR] = "ERROR",
    };

    return names[verdict];
}
