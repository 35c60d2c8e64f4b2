/*
 * A target without an engine, for every compiler.
 *
 *     NAME-replay --form               says the target's form
 *     NAME-replay FILE|DIRECTORY...    gives it files, and all files of directories
 */
#include <stdio.h>

#include "fuzz/engine/replay.h"
#include "fuzz/mutator/mutator.h"

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--form") == 0) {
        puts(mqf_form_name(mqf_form));
        return 0;
    }
    if (argc > 1)
        return mqf_replay(argc - 1, argv + 1);
    fputs("usage: NAME-replay FILE|FOLDER… or --form\n", stderr);
    return 2;
}
