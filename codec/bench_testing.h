/*
 * What the benches share: a clock, and results for ci/bench. Where the program is given `--rows
 * FILE FOLDER`, each result is appended to that file as a row:
 *
 *     name <tab> value <tab> unit <tab> peer <tab> value divided by the peer's
 *
 * and what was worked on goes into that folder, for ci/bench-peers to give it to other codecs.
 */
#ifndef MQC_BENCH_TESTING_H
#define MQC_BENCH_TESTING_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static FILE *mqc_bench_rows;
static const char *mqc_bench_folder;

static inline void mqc_bench_begin(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "--rows") == 0) {
        mqc_bench_folder = argv[3];
        mqc_bench_rows = fopen(argv[2], "a");
        if (mqc_bench_rows == NULL) {
            perror(argv[2]);
            exit(2);
        }
    }
}

static inline void mqc_bench_end(void)
{
    if (mqc_bench_rows != NULL && fclose(mqc_bench_rows) != 0)
        exit(2);
}

static inline double mqc_bench_now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static inline void mqc_bench_row(const char *name, double value, const char *unit, const char *peer,
                                 double ratio)
{
    if (mqc_bench_rows != NULL)
        fprintf(mqc_bench_rows, "%s\t%.4f\t%s\t%s\t%.4f\n", name, value, unit, peer, ratio);
}

static inline void mqc_bench_input(const char *name, const void *data, size_t size)
{
    char path[300];
    FILE *file;

    if (mqc_bench_folder == NULL)
        return;
    snprintf(path, sizeof(path), "%s/%s", mqc_bench_folder, name);
    file = fopen(path, "wb");
    if (file == NULL || fwrite(data, 1, size, file) != size || fclose(file) != 0) {
        perror(path);
        exit(2);
    }
}

/* Keeps the compiler from leaving out what makes `*data`. */
static inline void mqc_bench_use(const void *data)
{
    __asm__ volatile("" : : "r"(data) : "memory");
}

#endif
