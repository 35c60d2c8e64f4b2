#include "harness/proxy/meter.h"

enum { BUCKETS = MQH_METER_SECONDS + 1 };

static const uint64_t MS = 1000;

void mqh_meter_add(struct mqh_meter *meter, uint64_t amount, uint64_t now_ms)
{
    uint64_t second = now_ms / MS;

    for (uint64_t gone = meter->second + 1; gone <= second && gone <= meter->second + BUCKETS;
         gone++)
        meter->buckets[gone % BUCKETS] = 0;
    meter->second = second;
    meter->buckets[second % BUCKETS] += amount;
    meter->total += amount;
}

double mqh_meter_rate(const struct mqh_meter *meter, uint64_t now_ms)
{
    uint64_t second = now_ms / MS;
    uint64_t length_ms = second < MQH_METER_SECONDS ? now_ms : MQH_METER_SECONDS * MS + now_ms % MS;
    uint64_t sum = 0;

    for (uint64_t i = 0; i < BUCKETS; i++) /* the newest bucket, and those before it */
        if (i <= meter->second && meter->second - i + MQH_METER_SECONDS >= second)
            sum += meter->buckets[(meter->second - i) % BUCKETS];
    return length_ms == 0 ? 0 : (double)(sum * MS) / (double)length_ms;
}
