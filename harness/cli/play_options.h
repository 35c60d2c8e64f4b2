/*
 * FILE and URL: what the commands share that play a recording on a broker, replay and minimise.
 * Options that say how the file is read, how the broker is spoken to, and how it is played.
 *
 * A command puts MQH_PLAY_WORDS among its options and lets mqh_play_begin() read the command line;
 * its own options come back to it one by one.
 */
#ifndef MQH_PLAY_OPTIONS_H
#define MQH_PLAY_OPTIONS_H

#include "harness/cli/recording_options.h"
#include "harness/cli/target_options.h"
#include "harness/replay/player.h"

/* `val`s of the options; those of a command begin at MQH_OPTION. */
enum {
    MQH_PLAY_PACE = MQH_OPTION + 100,
    MQH_PLAY_TIMES,
    MQH_PLAY_AS,
    MQH_PLAY_PATIENCE,
    MQH_PLAY_JSON,
};

/* With these a list of options ends. */
/* clang-format off */
#define MQH_PLAY_WORDS                                                                             \
    {"pace", required_argument, NULL, MQH_PLAY_PACE},                                              \
    {"times", required_argument, NULL, MQH_PLAY_TIMES},                                            \
    {"as", required_argument, NULL, MQH_PLAY_AS},                                                  \
    {"patience", required_argument, NULL, MQH_PLAY_PATIENCE},                                      \
    MQH_RECORDING_WORDS,                                                                           \
    {"json", no_argument, NULL, MQH_PLAY_JSON},                                                    \
    MQH_TARGET_WORDS,                                                                              \
    {"help", no_argument, NULL, 'h'},                                                              \
    {NULL, 0, NULL, 0}
/* clang-format on */

/* A command, and what it does of its own. */
struct mqh_play_command {
    const char *help;      /* its manual, before what the file and the broker may be, */
    const char *more_help; /* and after that */
    const struct option *words;
    bool (*take_option)(void *context, int option); /* by its `val`. False after a complaint */
    void *context;
};

/* What the command line says. A command sets what it likes of `player_options` before; all else
 * begins as zero. */
struct mqh_play {
    struct mqh_arena arena; /* the command's, too: it frees it */
    struct mqh_player_options player_options;
    unsigned times; /* 1 where nothing is said */
    bool json;
    const char *file;
    struct mqh_recording recording; /* that is in it */
    struct mqh_target target;
    struct mqh_recording_choice choice;
    struct mqh_target_options target_options;
};

/*
 * Reads the command line and the file, and makes the target. False where that is all: `*status` is
 * what the command ends with, after --help or a complaint.
 */
bool mqh_play_begin(struct mqh_play *play, const struct mqh_play_command *command, int argc,
                    char **argv, int *status);

#endif
