#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "harness/catalogue/version.h"
#include "harness/cli/minimise_try.h"
#include "harness/cli/output.h"
#include "harness/cli/play_options.h"
#include "harness/replay/cleaner.h"
#include "harness/replay/minimise.h"
#include "harness/replay/outcome.h"
#include "harness/replay/pause.h"
#include "harness/replay/report.h"

static const char help[] =
    "mqspec minimise FILE URL [OPTION…]\n\n"
    "Cuts down what the clients in FILE did while the broker at URL still fails:\n"
    "connections, packets, properties, payloads, bytes. What is left is written as a\n"
    "scenario (.mqs), as a capture (.pcapng) and as hex for xxd and nc.\n\n"
    "Without --goal the failure is found by playing FILE once: the broker dies, or\n"
    "hangs, or breaks a MUST, or ends a connection of its own accord. What a\n"
    "scenario expects is not judged; `mqspec test URL --suite-dir FILE` does.\n\n";
static const char more_help[] =
    "Options\n"
    "  --exec COMMAND       starts the broker, and again whenever it died\n"
    "  --goal death|hang|close|RULE\n"
    "                       what has to happen; a rule as v5:MQTT-3.3.4-9\n"
    "  --pace fast|real|xN  as fast as answers come (without it), with the original\n"
    "                       timing, or N times as fast: for failures that need\n"
    "                       pauses, as those of a Keep Alive or a Will Delay do.\n"
    "                       Every try then takes as long as what it plays; pauses of\n"
    "                       a second or more are therefore cut first, and halved.\n"
    "                       Hex has none\n"
    "  --times N            for failures that come now and then: FILE is played N\n"
    "                       times first, and a cut is given up when it did not fail\n"
    "                       in so many tries that it would have, with 95 %\n"
    "                       confidence, or in N\n"
    "  --as USER:PASSWORD   instead of the credentials in FILE; those of the URL do\n"
    "                       the same\n"
    "  --out BASE           writes BASE.mqs, BASE.pcapng and BASE.hex; without it\n"
    "                       they stand beside FILE, under its name with -min\n"
    "  --patience SECONDS   for an answer that came in FILE; 0.5 without it\n"
    "  --json               one JSON object at the end\n\n"
    "Exit status: 0 the failure is there and was cut down, 1 it does not come, 2\n"
    "wrong usage or unreadable file, 3 the broker cannot be reached.\n\n"
    "Examples\n"
    "  mqspec minimise night.pcapng mqtt://127.0.0.1:1884 --exec 'mosquitto -p 1884'\n"
    "  mqspec minimise field.pcap mqtt://127.0.0.1 --goal v5:MQTT-3.3.4-9 --times 20\n"
    "  mqspec minimise crash.mqs mqtt://127.0.0.1:1884 --out smaller\n";

struct minimiser {
    struct mqh_play play;
    struct mqh_stage stage;
    struct mqh_trial trial;
    const char *exec;
    const char *out;
};

/* ---- writing ---- */

static const char *base_of(struct minimiser *m)
{
    const char *file = m->play.file;
    const char *slash = strrchr(file, '/');
    const char *dot = strrchr(slash == NULL ? file : slash, '.');
    int size = dot == NULL ? (int)strlen(file) : (int)(dot - file);

    return m->out != NULL ? m->out : mqh_arena_format(&m->play.arena, "%.*s-min", size, file);
}

static bool is_paced(const struct minimiser *m)
{
    return m->play.player_options.speed > 0;
}

static void report(struct minimiser *m, const struct mqh_recording *recording, FILE *out)
{
    const struct mqh_target *target = &m->play.target;
    bool is_plain = !target->tls && !target->websocket && !target->local;
    const struct mqh_replay_report report = {
        .name = "captured/minimised",
        .failure = mqh_goal_text(&m->play.arena, &m->trial.goal),
        .blame = mqh_goal_blame(&m->play.arena, &m->trial.goal, recording),
        .url = target->url,
        .host = is_plain ? target->host : NULL,
        .port = target->port,
        .paced = is_paced(m) && mqh_pause_count(recording) > 0};

    mqh_replay_report_write(out, recording, &report);
}

static bool write_one(struct minimiser *m, const struct mqh_recording *recording, const char *base,
                      const char *ending)
{
    const char *path = mqh_arena_format(&m->play.arena, "%s.%s", base, ending);
    FILE *file = fopen(path, "wb");
    char program[40];
    bool good = file != NULL;

    snprintf(program, sizeof program, "mqspec %s", mqh_version());
    if (good && strcmp(ending, "pcapng") == 0) {
        good = mqh_recording_write_capture(file, recording, program, 1);
    } else if (good && strcmp(ending, "hex") == 0) {
        mqh_recording_write_hex(file, recording);
    } else if (good) {
        report(m, recording, file);
    }
    if (file != NULL)
        good = fclose(file) == 0 && good;
    if (!good)
        mqh_cli_complain("minimise", "cannot write %s: %s", path, strerror(errno));
    return good;
}

static void show_json(struct minimiser *m, const struct mqh_minimised *result, const char *base)
{
    const struct mqh_trial *trial = &m->trial;
    json_t *object = json_pack(
        "{s:s, s:s, s:i, s:I, s:i, s:i, s:i, s:f, s:f, s:{s:s+, s:s+, s:s+}, s:o}", "outcome",
        "reproduced", "failure", mqh_goal_text(&m->play.arena, &trial->goal), "packets",
        (int)result->packets, "bytes", (json_int_t)result->bytes, "connections",
        (int)result->recording.connection_count, "plays", (int)trial->plays, "failures",
        (int)trial->failures, "rate", trial->rate, "confidence", trial->confidence, "files", "mqs",
        base, ".mqs", "pcapng", base, ".pcapng", "hex", base, ".hex", "missing",
        mqh_recording_missing_json(&m->play.recording));

    json_dumpf(object, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(object);
}

static void show_text(struct minimiser *m, const struct mqh_minimised *result, const char *base)
{
    const struct mqh_recording *recording = &m->play.recording;
    const struct mqh_trial *trial = &m->trial;
    unsigned packets;
    size_t bytes;

    mqh_recording_count(recording, &packets, &bytes);
    report(m, &result->recording, stdout);
    printf("\n%u of %u packet%s, %zu of %zu bytes, %zu of %zu connection%s; %u plays, %u of them "
           "failed\n",
           result->packets, packets, packets == 1 ? "" : "s", result->bytes, bytes,
           result->recording.connection_count, recording->connection_count,
           recording->connection_count == 1 ? "" : "s", trial->plays, trial->failures);
    if (trial->rate < 1)
        printf("it failed in %.0f %% of the plays of the whole; each cut was tried up to %u times, "
               "which shows one that still fails with %.1f %% confidence\n",
               100 * trial->rate, trial->tries, 100 * trial->confidence);
    if (is_paced(m))
        printf("%.1f of %.1f seconds\n", (double)mqh_pause_length(&result->recording) / 1000,
               (double)mqh_pause_length(recording) / 1000 / m->play.player_options.speed);
    printf("written: %s.mqs, %s.pcapng, %s.hex\n", base, base, base);
}

/* ---- the whole ---- */

static int not_failing(const struct minimiser *m)
{
    if (m->stage.stopped)
        return MQH_EXIT_INTERRUPTED;
    if (m->trial.lost) {
        mqh_cli_complain("minimise", "%s", m->stage.why_not);
        return MQH_EXIT_UNREACHABLE;
    }
    if (m->play.json)
        puts("{\"outcome\":\"gone\"}");
    mqh_cli_complain("minimise", m->trial.goal.kind == MQH_GOAL_ANY
                                     ? mqh_outcome_nothing(&m->play.recording)
                                     : "what is asked for does not happen");
    return MQH_EXIT_RED;
}

static int minimise(struct minimiser *m, const char *base)
{
    struct mqh_trial *trial = &m->trial;
    struct mqh_recording live;
    struct mqh_minimised result;

    if (!mqh_trial_find_failure(trial, &m->play.recording, &live))
        return not_failing(m);
    result =
        mqh_minimise(&m->play.arena, &live, is_paced(m), mqh_trial_try, mqh_trial_goes_on, trial);
    mqh_trial_clean(trial); /* so that whoever tries what is left begins alike, too */
    if (trial->lost)
        mqh_cli_complain("minimise",
                         "the broker is gone, and nobody starts it again (--exec would): "
                         "this is how far it came");
    if (!write_one(m, &result.recording, base, "mqs") ||
        !write_one(m, &result.recording, base, "pcapng") ||
        !write_one(m, &result.recording, base, "hex"))
        return MQH_EXIT_USAGE;
    if (m->play.json)
        show_json(m, &result, base);
    else
        show_text(m, &result, base);
    return m->stage.stopped ? MQH_EXIT_INTERRUPTED : MQH_EXIT_OK;
}

static int run(struct minimiser *m)
{
    const char *base = base_of(m);
    int status;

    if (!mqh_output_check("minimise", mqh_arena_format(&m->play.arena, "%s.mqs", base)))
        return MQH_EXIT_USAGE;
    m->trial.arena = &m->play.arena;
    m->trial.stage = &m->stage;
    m->trial.player_options = m->play.player_options;
    m->trial.times = m->play.times;
    m->trial.cleaner = mqh_cleaner_of(&m->play.arena, &m->play.recording);
    mqh_stage_open(&m->stage, &m->play.target, m->exec);
    status = minimise(m, base);
    mqh_stage_close(&m->stage);
    return status;
}

/* ---- options ---- */

enum { EXEC = MQH_OPTION, GOAL, OUT };

static bool take_option(void *context, int option)
{
    struct minimiser *m = context;

    switch (option) {
    case EXEC:
        m->exec = optarg;
        return true;
    case GOAL:
        return mqh_goal_parse(&m->play.arena, optarg, &m->trial.goal);
    case OUT:
        m->out = optarg;
        return true;
    default:
        return false;
    }
}

int mqh_cli_minimise(int argc, char **argv)
{
    static const struct option words[] = {
        {"exec", required_argument, NULL, EXEC},
        {"goal", required_argument, NULL, GOAL},
        {"out", required_argument, NULL, OUT},
        MQH_PLAY_WORDS,
    };
    struct minimiser m = {
        .play.player_options = {.patience_ms = 500, .linger_ms = MQH_STAGE_LINGER_MS}};
    const struct mqh_play_command command = {help, more_help, words, take_option, &m};
    int status;

    if (mqh_play_begin(&m.play, &command, argc, argv, &status))
        status = run(&m);
    mqh_arena_free(&m.play.arena);
    return status;
}
