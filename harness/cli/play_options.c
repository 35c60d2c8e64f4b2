#include "harness/cli/play_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool take_pace(const char *name, const char *text, double *speed)
{
    const char *number = text + 1;
    char *end;

    *speed = strcmp(text, "real") == 0;
    if (strcmp(text, "fast") == 0 || strcmp(text, "real") == 0)
        return true;
    /* strtod() would also take "inf", "nan" and signs. */
    if (text[0] == 'x' && number[strspn(number, "0123456789.")] == '\0') {
        *speed = strtod(number, &end);
        if (end > number && *end == '\0' && *speed >= 0.001 && *speed <= 1000000)
            return true;
    }
    mqh_cli_complain(name, "--pace %s: expected fast, real, or x and a number, 0.001 to 1000000",
                     text);
    return false;
}

static bool take_option(struct mqh_play *play, const struct mqh_play_command *command,
                        const char *name, int option)
{
    bool good = true;

    if (mqh_recording_option(name, option, optarg, &play->choice, &good) || !good)
        return good;
    if (mqh_target_option(&play->arena, name, option, optarg, &play->target_options, &good) ||
        !good)
        return good;
    switch (option) {
    case MQH_PLAY_PACE:
        return take_pace(name, optarg, &play->player_options.speed);
    case MQH_PLAY_TIMES:
        return mqh_option_number(name, "times", optarg, 1, 1000000, &play->times);
    case MQH_PLAY_AS:
        return mqh_target_option_as(&play->arena, name, optarg, &play->target_options);
    case MQH_PLAY_PATIENCE:
        return mqh_option_seconds(name, "patience", optarg, &play->player_options.patience_ms);
    case MQH_PLAY_JSON:
        play->json = true;
        return true;
    default:
        return command->take_option(command->context, option);
    }
}

static void show_help(const struct mqh_play_command *command)
{
    fputs(command->help, stdout);
    fputs(mqh_recording_help, stdout);
    putchar('\n');
    fputs(mqh_target_help, stdout);
    fputs(command->more_help, stdout);
}

bool mqh_play_begin(struct mqh_play *play, const struct mqh_play_command *command, int argc,
                    char **argv, int *status)
{
    const char *name = argv[0];
    int option;

    play->times = 1;
    play->choice = (struct mqh_recording_choice)MQH_RECORDING_CHOICE;
    *status = MQH_EXIT_USAGE;
    while ((option = mqh_option_next(argc, argv, ":h", command->words)) != -1) {
        if (option == 'h') {
            show_help(command);
            *status = MQH_EXIT_OK;
            return false;
        }
        if (!take_option(play, command, name, option))
            return false;
    }
    if (argc - optind != 2) {
        mqh_cli_complain(name, "expected FILE and URL, such as night.pcapng mqtt://127.0.0.1");
        return false;
    }
    play->file = argv[optind];
    if (!mqh_target_make(&play->arena, name, argv[optind + 1], &play->target_options,
                         &play->target) ||
        !mqh_recording_take(name, &play->arena, play->file, &play->choice, &play->recording))
        return false;
    play->player_options.user_name = play->target.user_name;
    play->player_options.password = play->target.password;
    return true;
}
