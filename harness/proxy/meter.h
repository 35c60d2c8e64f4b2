/*
 * A meter: how much in all, and how much a second of late. Time is in ms since the program began.
 */
#ifndef MQH_METER_H
#define MQH_METER_H

#include <stdint.h>

enum { MQH_METER_SECONDS = 5 };

struct mqh_meter {
    uint64_t total;
    uint64_t second;                         /* the one of the newest bucket */
    uint64_t buckets[MQH_METER_SECONDS + 1]; /* by second, modulo their number */
};

/* Time never goes back. */
void mqh_meter_add(struct mqh_meter *meter, uint64_t amount, uint64_t now_ms);

/* A second, over the last five whole seconds and what has passed of the present one; over less
 * while the program is younger. */
double mqh_meter_rate(const struct mqh_meter *meter, uint64_t now_ms);

#endif
