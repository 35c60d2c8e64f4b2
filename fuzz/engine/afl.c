/*
 * A target under AFL++: one process for many inputs, which come through shared memory.
 *
 *     NAME-afl            what afl-fuzz runs
 *     NAME-afl --form     says the target's form, which the mutator wants to know
 *     NAME-afl FILE...    replays files
 *
 * Each input is copied to a block of its very size, so that ASan sees a byte read past its end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fuzz/engine/replay.h"
#include "fuzz/mutator/mutator.h"

/* AFL++'s macros are GNU C, and their length is an int. */
#pragma clang diagnostic ignored "-Wgnu-statement-expression"
#pragma clang diagnostic ignored "-Wsign-conversion"
#pragma clang diagnostic ignored "-Wextra-semi"
#pragma clang diagnostic ignored "-Wshorten-64-to-32"

__AFL_FUZZ_INIT();

#define ROUNDS 100000 /* inputs of one process; a new one gives back what leaks and drifts */

int main(int argc, char **argv)
{
    const uint8_t *input;

    if (argc == 2 && strcmp(argv[1], "--form") == 0) {
        puts(mqf_form_name(mqf_form));
        return 0;
    }
    if (argc > 1)
        return mqf_replay(argc - 1, argv + 1);

    __AFL_INIT();
    input = __AFL_FUZZ_TESTCASE_BUF;
    while (__AFL_LOOP(ROUNDS))
        mqf_run(input, (size_t)__AFL_FUZZ_TESTCASE_LEN);
    return 0;
}
