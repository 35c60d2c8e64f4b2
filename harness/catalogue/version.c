#include "harness/catalogue/version.h"

const char *mqh_version(void)
{
    return MQSPEC_VERSION;
}
