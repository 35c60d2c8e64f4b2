/*
 * Chance, all of it from one seed: a mutation comes again when the seed does.
 */
#ifndef MQF_RANDOM_H
#define MQF_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mqf_random {
    uint64_t state;
};

/* Marsaglia's xorshift, multiplied; its state must not be 0. */
static inline uint32_t mqf_random_next(struct mqf_random *random)
{
    random->state ^= random->state >> 12;
    random->state ^= random->state << 25;
    random->state ^= random->state >> 27;
    return (uint32_t)(random->state * UINT64_C(2685821657736338717) >> 32);
}

static inline struct mqf_random mqf_random_init(uint32_t seed)
{
    struct mqf_random random = {((uint64_t)seed << 17) ^ UINT64_C(0x9e3779b97f4a7c15)};

    mqf_random_next(&random);
    return random;
}

/* Below `limit`, which is at least 1. */
static inline size_t mqf_below(struct mqf_random *random, size_t limit)
{
    return (size_t)((uint64_t)mqf_random_next(random) * limit >> 32);
}

static inline bool mqf_one_in(struct mqf_random *random, size_t n)
{
    return mqf_below(random, n) == 0;
}

#endif
