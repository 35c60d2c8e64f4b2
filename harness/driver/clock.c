#include "harness/driver/clock.h"

#include <time.h>
#include <unistd.h>
#include <uv.h>

uint64_t mqh_clock_seconds(void)
{
    return (uint64_t)time(NULL);
}

uint64_t mqh_clock_ns(void)
{
    static uint64_t zero; /* what the monotonic clock has to be added to */
    struct timespec now;

    if (zero == 0) {
        clock_gettime(CLOCK_REALTIME, &now);
        zero = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec - uv_hrtime();
    }
    return zero + uv_hrtime();
}

const char *mqh_clock_date(struct mqh_arena *arena, uint64_t seconds)
{
    enum { SIZE = sizeof "2026-11-25T06:31:00Z" };
    char *text = mqh_arena_alloc(arena, SIZE);
    time_t now = (time_t)seconds;
    struct tm utc;

    if (gmtime_r(&now, &utc) != NULL)
        strftime(text, SIZE, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return text;
}

uint64_t mqh_clock_seed(void)
{
    uint64_t seed = 0;

    if (uv_random(NULL, NULL, &seed, sizeof(seed), 0, NULL) != 0)
        seed = (uint64_t)time(NULL) << 32 ^ uv_hrtime() ^ (uint64_t)getpid() << 20;
    return seed;
}
