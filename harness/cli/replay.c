#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "harness/catalogue/version.h"
#include "harness/cli/output.h"
#include "harness/cli/play_options.h"
#include "harness/cli/stage.h"
#include "harness/replay/cleaner.h"
#include "harness/replay/outcome.h"

static const char help[] =
    "mqspec replay FILE URL [OPTION…]\n\n"
    "Does again, against the broker at URL, what the clients in FILE did: all\n"
    "connections, in their order, as fast as the broker answers. Acknowledgements\n"
    "wait for what they answer, and get the identifiers that the broker uses now; a\n"
    "connection that began before the capture gets a CONNECT; all else is sent as it\n"
    "was. Then it says what came of it:\n\n"
    "  reproduced   the broker breaks the same rule, ends the same connections, or\n"
    "               dies, as in FILE; where nothing was wrong in FILE: it answers\n"
    "               the same\n"
    "  different    something else is wrong, or it answers otherwise\n"
    "  gone         what was wrong in FILE does not happen any more\n\n"
    "Of a scenario, or of a client's bytes, no answers are known: there the broker's\n"
    "death or a breach is the failure, and of a scenario the end of a connection\n"
    "that it does not expect. What else a scenario expects is not judged; `mqspec\n"
    "test URL --suite-dir FILE` does.\n\n"
    "What of a capture is not there is noted; one that breaks off is played as far\n"
    "as it goes.\n\n";
static const char more_help[] =
    "Options\n"
    "  --pace fast|real|xN  as fast as answers come (without it), with the original\n"
    "                       timing, or N times as fast\n"
    "  --times N            again and again, until it is reproduced, N times at most\n"
    "  --as USER:PASSWORD   instead of the credentials in FILE; those of the URL do\n"
    "                       the same\n"
    "  --rename TEXT        put behind every client identifier, to keep away from\n"
    "                       real sessions\n"
    "  --clean              afterwards ends the sessions of the client identifiers\n"
    "                       in FILE, and clears the topics where its clients\n"
    "                       retained messages; without it both stay\n"
    "  --raw                rewrites nothing\n"
    "  --patience SECONDS   for an answer that came in FILE; 2 without it\n"
    "  --save FILE.pcapng   what was said this time\n"
    "  --json               one JSON object at the end\n\n"
    "Exit status: 0 reproduced, 1 different or gone, 2 wrong usage or unreadable\n"
    "file, 3 the broker cannot be reached.\n\n"
    "Examples\n"
    "  mqspec replay night.pcapng mqtt://127.0.0.1\n"
    "  mqspec replay crash.hex mqtt://127.0.0.1:1884 --times 100\n"
    "  mqspec replay field.pcap mqtts://staging.example --as me:secret --rename -2\n";

struct replayer {
    struct mqh_play play;
    const char *save;
    bool clean;
};

/* ---- what is shown ---- */

static json_t *rules(const struct mqh_rule_set *set)
{
    json_t *array = json_array();

    for (size_t i = 0; i < set->count; i++)
        json_array_append_new(array, json_string(set->ids[i]));
    return array;
}

static json_t *differences_json(const struct mqh_difference *items, size_t count)
{
    json_t *array = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(
            array,
            json_pack("{s:i, s:o, s:s}", "connection", (int)items[i].connection + 1, "frame",
                      items[i].frame > 0 ? json_integer((json_int_t)items[i].frame) : json_null(),
                      "text", items[i].text));
    return array;
}

static void show_json(const struct mqh_recording *recording, const struct mqh_outcome *outcome,
                      const struct mqh_difference *items, size_t count, unsigned rounds)
{
    json_t *object = json_pack(
        "{s:s, s:s, s:i, s:o, s:o, s:i, s:i, s:o, s:o}", "outcome", mqh_outcome_name(outcome->kind),
        "why", outcome->why, "rounds", (int)rounds, "broken_then", rules(&outcome->then),
        "broken_now", rules(&outcome->now), "ended_then", (int)outcome->ended_then, "ended_now",
        (int)outcome->ended_now, "differences", differences_json(items, count), "missing",
        mqh_recording_missing_json(recording));

    json_dumpf(object, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(object);
}

static void show_text(const struct mqh_outcome *outcome, const struct mqh_difference *items,
                      size_t count, unsigned rounds)
{
    enum { SHOWN = 20 };

    for (size_t i = 0; i < count && i < SHOWN; i++) {
        if (items[i].frame > 0)
            printf("frame %" PRIu64 "  ", items[i].frame);
        printf("#%u  %s\n", items[i].connection + 1, items[i].text);
    }
    if (count > SHOWN)
        printf("… and %zu more\n", count - SHOWN);
    for (size_t i = 0; i < outcome->then.count; i++)
        printf("broken then  %s\n", outcome->then.ids[i]);
    for (size_t i = 0; i < outcome->now.count; i++)
        printf("broken now   %s\n", outcome->now.ids[i]);
    printf("%s: %s", mqh_outcome_name(outcome->kind), outcome->why);
    if (rounds > 1)
        printf(" (round %u)", rounds);
    putchar('\n');
}

static bool save(const struct replayer *replayer, const struct mqh_recording *live)
{
    FILE *file;
    char program[40];
    bool good;

    if (replayer->save == NULL)
        return true;
    file = fopen(replayer->save, "wb");
    snprintf(program, sizeof program, "mqspec %s", mqh_version());
    good = file != NULL && mqh_recording_write_capture(file, live, program, 1);
    if (file != NULL)
        good = fclose(file) == 0 && good;
    if (!good)
        mqh_cli_complain("replay", "cannot write %s: %s", replayer->save, strerror(errno));
    return good;
}

/* ---- all rounds ---- */

/* Sessions and retained messages would be there when it is played next. */
static void clean(struct replayer *replayer, struct mqh_stage *stage)
{
    struct mqh_play *play = &replayer->play;
    struct mqh_recording cleaner = mqh_cleaner_of(&play->arena, &play->recording);
    struct mqh_player_options options = play->player_options;

    options.speed = 0;
    options.linger_ms = 0;
    if (replayer->clean && cleaner.connection_count > 0)
        mqh_stage_play(stage, mqh_player_new(&play->arena, &cleaner, &options));
}

static int replay(struct replayer *replayer, struct mqh_stage *stage)
{
    struct mqh_play *play = &replayer->play;
    struct mqh_outcome outcome = {.kind = MQH_GONE};
    const struct mqh_difference *differences = NULL;
    const struct mqh_recording *live = NULL;
    size_t count = 0;
    unsigned round = 0;
    bool resumed = false;
    bool died = false;

    if (!mqh_stage_ready(stage)) {
        mqh_cli_complain("replay", "%s", stage->why_not);
        return MQH_EXIT_UNREACHABLE;
    }
    do {
        struct mqh_player *player =
            mqh_player_new(&play->arena, &play->recording, &play->player_options);

        mqh_stage_play(stage, player);
        round++;
        live = mqh_player_live(player);
        differences = mqh_player_differences(player, &count);
        resumed = mqh_player_resumed(player);
        died = mqh_stage_health(stage) != MQH_STAGE_WELL;
        outcome = mqh_outcome_of(&play->arena, &play->recording, live, count, died);
        if (!died && !stage->stopped)
            clean(replayer, stage);
    } while (round < play->times && outcome.kind != MQH_REPRODUCED && !died && !stage->stopped);
    if (stage->stopped)
        return MQH_EXIT_INTERRUPTED;
    if (play->json)
        show_json(&play->recording, &outcome, differences, count, round);
    else
        show_text(&outcome, differences, count, round);
    if (resumed && outcome.kind != MQH_REPRODUCED)
        fputs(
            "note: the broker has kept sessions of these clients from before: --rename TEXT plays "
            "under other names, --clean ends them afterwards\n",
            stderr);
    if (!save(replayer, live))
        return MQH_EXIT_USAGE;
    return outcome.kind == MQH_REPRODUCED ? MQH_EXIT_OK : MQH_EXIT_RED;
}

static int run(struct replayer *replayer)
{
    struct mqh_stage stage;
    int status;

    mqh_stage_open(&stage, &replayer->play.target, NULL);
    status = replay(replayer, &stage);
    mqh_stage_close(&stage);
    return status;
}

/* ---- options ---- */

enum { RENAME = MQH_OPTION, CLEAN, RAW, SAVE };

static bool take_option(void *context, int option)
{
    struct replayer *replayer = context;

    switch (option) {
    case RENAME:
        replayer->play.player_options.rename = optarg;
        return true;
    case CLEAN:
        replayer->clean = true;
        return true;
    case RAW:
        replayer->play.player_options.raw = true;
        return true;
    case SAVE:
        replayer->save = optarg;
        return mqh_output_check("replay", optarg);
    default:
        return false;
    }
}

int mqh_cli_replay(int argc, char **argv)
{
    static const struct option words[] = {
        {"rename", required_argument, NULL, RENAME},
        {"clean", no_argument, NULL, CLEAN},
        {"raw", no_argument, NULL, RAW},
        {"save", required_argument, NULL, SAVE},
        MQH_PLAY_WORDS,
    };
    struct replayer replayer = {
        .play.player_options = {.patience_ms = 2000, .linger_ms = MQH_STAGE_LINGER_MS}};
    const struct mqh_play_command command = {help, more_help, words, take_option, &replayer};
    int status;

    if (mqh_play_begin(&replayer.play, &command, argc, argv, &status))
        status = run(&replayer);
    mqh_arena_free(&replayer.play.arena);
    return status;
}
