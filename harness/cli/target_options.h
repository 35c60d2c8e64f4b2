/*
 * The options that every command with a broker's URL has: how the broker is spoken to.
 *
 * A command puts MQH_TARGET_WORDS among its options, gives what mqh_option_next() returns to
 * mqh_target_option() first, and has the target made of URL and options by mqh_target_make().
 */
#ifndef MQH_TARGET_OPTIONS_H
#define MQH_TARGET_OPTIONS_H

#include "harness/cli/cli.h"
#include "harness/driver/target.h"

enum {
    MQH_TARGET_CA = 2 * MQH_OPTION,
    MQH_TARGET_CERT,
    MQH_TARGET_KEY,
    MQH_TARGET_INSECURE,
    MQH_TARGET_HEADER,
    MQH_TARGET_USER,
    MQH_TARGET_PASSWORD,
    MQH_TARGET_SEGMENT,
};

/* clang-format off */
#define MQH_TARGET_WORDS                                                                           \
    {"ca", required_argument, NULL, MQH_TARGET_CA},                                                \
    {"cert", required_argument, NULL, MQH_TARGET_CERT},                                            \
    {"key", required_argument, NULL, MQH_TARGET_KEY},                                              \
    {"insecure", no_argument, NULL, MQH_TARGET_INSECURE},                                          \
    {"header", required_argument, NULL, MQH_TARGET_HEADER},                                        \
    {"user", required_argument, NULL, MQH_TARGET_USER},                                            \
    {"password", required_argument, NULL, MQH_TARGET_PASSWORD},                                    \
    {"segment", required_argument, NULL, MQH_TARGET_SEGMENT}
/* clang-format on */

/* The part of a command's manual that explains URL and options. */
extern const char mqh_target_help[];

/* What the options said; all zero: nothing. `given` becomes the target. */
struct mqh_target_options {
    struct mqh_target given;
    size_t header_capacity;
};

/*
 * Takes one of these options. False if it is none of them, or after a complaint; `*good` tells
 * which.
 */
bool mqh_target_option(struct mqh_arena *arena, const char *command, int option, const char *value,
                       struct mqh_target_options *options, bool *good);

/* USER:PASSWORD, both at once: --as of the commands that have other credentials from a file. False
 * after a complaint. */
bool mqh_target_option_as(struct mqh_arena *arena, const char *command, const char *value,
                          struct mqh_target_options *options);

/*
 * Makes the target. False after a complaint: about the URL, an option that does not go with it, a
 * transport that this build lacks, a file that cannot be used.
 */
bool mqh_target_make(struct mqh_arena *arena, const char *command, const char *url,
                     const struct mqh_target_options *options, struct mqh_target *out);

/*
 * The same for the URL at which we listen: port 0 may be given, localhost is 127.0.0.1, a path of a
 * WebSocket makes no sense. TLS needs a certificate.
 */
bool mqh_target_listen(struct mqh_arena *arena, const char *command, const char *url,
                       const struct mqh_target_options *options, struct mqh_target *out);

/* The options again, to run one case as all were run: " --ca 'ca.pem'"; without what is secret. */
const char *mqh_target_options_again(struct mqh_arena *arena, const struct mqh_target *target);

/* A word of the command line as it may be shown: the values of --password and --header are secrets.
 * `before`: the word before it, or "". */
const char *mqh_target_word_shown(struct mqh_arena *arena, const char *word, const char *before);

#endif
