/*
 * The mutator as a library for AFL++ (AFL_CUSTOM_MUTATOR_LIBRARY). The variable MQF_FORM says what
 * the target's inputs are; `NAME-afl --form` knows it. AFL++'s own mutations go on beside it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz/mutator/mutator.h"
#include "fuzz/mutator/random.h"

struct mutator {
    enum mqf_form form;
    struct mqf_random random;
    uint8_t room[MQF_INPUT_MAX];
};

void *afl_custom_init(void *afl, unsigned seed);
void afl_custom_deinit(void *data);
size_t afl_custom_fuzz(void *data, uint8_t *input, size_t size, uint8_t **out, uint8_t *other,
                       size_t other_size, size_t capacity);

/* AFL++ has no function for it that a library could call. */
static struct mqf_random byte_chance;

static size_t change_bytes(uint8_t *data, size_t size, size_t capacity)
{
    size_t at = mqf_below(&byte_chance, size + 1);
    size_t count = 1 + mqf_below(&byte_chance, 4);

    switch (mqf_below(&byte_chance, 4)) {
    case 0:
        if (at < size)
            data[at] ^= (uint8_t)(1u << mqf_below(&byte_chance, 8));
        return size;
    case 1:
        if (at < size)
            data[at] = (uint8_t)mqf_random_next(&byte_chance);
        return size;
    case 2:
        if (count > capacity - size)
            return size;
        memmove(data + at + count, data + at, size - at);
        memset(data + at, (int)mqf_below(&byte_chance, 256), count);
        return size + count;
    default:
        if (count > size - at)
            return size;
        memmove(data + at, data + at + count, size - at - count);
        return size - count;
    }
}

void *afl_custom_init(void *afl, unsigned seed)
{
    struct mutator *mutator = calloc(1, sizeof(*mutator));
    const char *name = getenv("MQF_FORM");

    (void)afl;
    if (mutator == NULL || name == NULL || !mqf_form_find(name, &mutator->form)) {
        fputs("mutator: MQF_FORM must be packets, streams, sessions, topics or texts\n", stderr);
        free(mutator);
        return NULL;
    }
    mutator->random = mqf_random_init(seed);
    byte_chance = mqf_random_init(seed + 1);
    return mutator;
}

void afl_custom_deinit(void *data)
{
    free(data);
}

size_t afl_custom_fuzz(void *data, uint8_t *input, size_t size, uint8_t **out, uint8_t *other,
                       size_t other_size, size_t capacity)
{
    struct mutator *mutator = data;
    size_t room = capacity < sizeof(mutator->room) ? capacity : sizeof(mutator->room);
    uint32_t seed = mqf_random_next(&mutator->random);

    *out = mutator->room;
    if (other != NULL && mqf_one_in(&mutator->random, 8))
        return mqf_cross(mutator->form, (struct mqc_slice){input, size},
                         (struct mqc_slice){other, other_size}, mutator->room, room, seed);
    if (size > room)
        size = room;
    memcpy(mutator->room, input, size);
    for (size_t i = mqf_below(&mutator->random, 3) + 1; i > 0; i--)
        size =
            mqf_mutate(mutator->form, mutator->room, size, room, seed + (uint32_t)i, change_bytes);
    return size;
}
