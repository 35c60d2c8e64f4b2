/*
 * What the programs beside this share: each gives another codec what our benches were given, from
 * the folder build/bench/inputs, and prints `name <tab> value` with the names and units of our
 * rows.
 */
#ifndef PEER_H
#define PEER_H

#define _POSIX_C_SOURCE 200809L

#include <glob.h>
#include <stdbool.h>
#include <stdint.h>

#include "codec/bench_testing.h"

enum { PEER_ROUNDS = 20, PEER_LONG = 1 << 15 /* bytes from which a text's speed is in GB/s */ };

struct peer_input {
    const char *name;
    uint8_t *bytes;
    size_t size;
};

/* Seconds that one pass takes, in the best round. */
static inline double peer_best_s(void (*pass)(const struct peer_input *input),
                                 const struct peer_input *input, unsigned repeats)
{
    double best = 0;

    for (int round = 0; round < PEER_ROUNDS; round++) {
        double start = mqc_bench_now_s();
        double seconds;

        for (unsigned i = 0; i < repeats; i++)
            pass(input);
        seconds = (mqc_bench_now_s() - start) / repeats;
        if (round == 0 || seconds < best)
            best = seconds;
    }
    return best;
}

/* The inputs whose names fit `pattern`, one after the other. A byte of value 0 follows each. */
static inline void peer_each(const char *folder, const char *pattern,
                             void (*bench)(const struct peer_input *input))
{
    glob_t found;
    char path[300];

    snprintf(path, sizeof(path), "%s/%s", folder, pattern);
    if (glob(path, 0, NULL, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct peer_input input = {.name = strrchr(found.gl_pathv[i], '/') + 1};
        FILE *file = fopen(found.gl_pathv[i], "rb");

        input.bytes = calloc(1, 1 << 22);
        if (file == NULL || input.bytes == NULL)
            abort();
        input.size = fread(input.bytes, 1, (1 << 22) - 1, file);
        fclose(file);
        bench(&input);
        free(input.bytes);
    }
    globfree(&found);
}

/* A text that `is_good` can judge, in the unit of its length. */
static inline void peer_text(const struct peer_input *input,
                             bool (*is_good)(const uint8_t *, size_t),
                             void (*pass)(const struct peer_input *))
{
    double seconds;

    if (!is_good(input->bytes, input->size)) /* it has other rules */
        return;
    seconds = peer_best_s(pass, input, input->size < PEER_LONG ? 10000 : 20);
    printf("%s\t%.4f\n", input->name,
           input->size < PEER_LONG ? 1e9 * seconds : 1e-9 * (double)input->size / seconds);
}

/* Gives `read` each packet's first byte and body; the number of packets. */
static inline unsigned peer_packets(const struct peer_input *input,
                                    void (*read)(uint8_t first, uint8_t *body, size_t size))
{
    unsigned count = 0;

    for (size_t at = 0; at < input->size; count++) {
        uint8_t first = input->bytes[at++];
        size_t size = 0;

        for (unsigned shift = 0;; shift += 7) {
            size |= (size_t)(input->bytes[at] & 0x7f) << shift;
            if (input->bytes[at++] < 0x80)
                break;
        }
        read(first, input->bytes + at, size);
        at += size;
    }
    return count;
}

#endif
