/*
 * How a file with recorded traffic is read: the options that lint, replay, minimise and convert
 * share. A command puts MQH_RECORDING_WORDS into its list of options, and hands each option to
 * mqh_recording_option() first.
 */
#ifndef MQH_RECORDING_OPTIONS_H
#define MQH_RECORDING_OPTIONS_H

#include <jansson.h>

#include "harness/cli/cli.h"
#include "harness/replay/recording.h"
#include "harness/scenario/scenario.h"

/* `val`s of the options; those of a command begin at MQH_OPTION. */
enum {
    MQH_RECORDING_PROTOCOL = MQH_OPTION + 200,
    MQH_RECORDING_PORT,
    MQH_RECORDING_CONNECTION,
    MQH_RECORDING_FORMAT,
    MQH_RECORDING_KEYLOG
};

/* clang-format off */
#define MQH_RECORDING_WORDS                                                                        \
    {"protocol", required_argument, NULL, MQH_RECORDING_PROTOCOL},                                 \
    {"port", required_argument, NULL, MQH_RECORDING_PORT},                                         \
    {"connection", required_argument, NULL, MQH_RECORDING_CONNECTION},                             \
    {"format", required_argument, NULL, MQH_RECORDING_FORMAT},                                     \
    {"keylog", required_argument, NULL, MQH_RECORDING_KEYLOG}
/* clang-format on */

/* The part of a command's manual that explains them, and says what the file may be. */
extern const char mqh_recording_help[];

enum { MQH_PORTS_MAX = 64 };

struct mqh_recording_choice {
    struct mqh_recording_options
        options; /* points into this struct, which must stay in its place */
    uint16_t ports[MQH_PORTS_MAX];
    unsigned connections[MQH_PEERS_MAX]; /* as many as a scenario can have */
};

/* What a choice begins as: TLS is opened where the capture has the keys. */
#define MQH_RECORDING_CHOICE                                                                       \
    {                                                                                              \
        .options = {.capture = {.decrypt = true} }                                                 \
    }

/*
 * Takes one of these options. False if it is none of them, or after a complaint; `*good` tells
 * which.
 */
bool mqh_recording_option(const char *command, int option, const char *value,
                          struct mqh_recording_choice *choice, bool *good);

/*
 * Reads the file for a command that plays it. A capture that breaks off is played as far as it
 * goes; what of it is not there is noted on standard error. False after a complaint.
 */
bool mqh_recording_take(const char *command, struct mqh_arena *arena, const char *file,
                        const struct mqh_recording_choice *choice, struct mqh_recording *out);

/* The same notes for JSON: how much is missing, by the names that lint's summary has. */
json_t *mqh_recording_missing_json(const struct mqh_recording *recording);

#endif
