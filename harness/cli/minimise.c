#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "harness/catalogue/version.h"
#include "harness/cli/output.h"
#include "harness/cli/recording_options.h"
#include "harness/cli/stage.h"
#include "harness/cli/target_options.h"
#include "harness/replay/cleaner.h"
#include "harness/replay/minimise.h"
#include "harness/replay/outcome.h"
#include "harness/replay/report.h"

static const char help[] =
    "mqspec minimise FILE URL [OPTION…]\n\n"
    "Cuts down what the clients in FILE did while the broker at URL still fails: connections,\n"
    "packets, properties, payloads, bytes. What is left is written as "
    "a\n"
    "scenario (.mqs), as a capture (.pcapng) and as hex for xxd and nc.\n\n"
    "Without --goal the failure is found by playing FILE once: the broker dies, or hangs, or "
    "breaks\n"
    "a MUST, or ends a connection of its own accord. What a scenario expects is not judged;\n"
    "`mqspec test URL --suite-dir FILE` does.\n\n";
static const char more_help[] =
    "Options\n"
    "  --exec COMMAND       starts the broker, and again whenever it died\n"
    "  --goal death|hang|close|RULE\n"
    "                       what has to happen; a rule as v5:MQTT-3.3.4-9\n"
    "  --times N            for failures that come now and then: FILE is played N times first, and "
    "a "
    "cut\n"
    "                       is given up when it did not fail in so many tries that it would have, "
    "with\n"
    "                       95 % confidence, or in N\n"
    "  --as USER:PASSWORD   instead of the credentials in FILE; those of the URL do the same\n"
    "  --out BASE           writes BASE.mqs, BASE.pcapng and BASE.hex; without it they stand "
    "beside\n"
    "                       FILE, under its name with -min\n"
    "  --patience SECONDS   for an answer that came in FILE; 0.5 without it\n"
    "  --json               one JSON object at the end\n\n"
    "Exit status: 0 the failure is there and was cut down, 1 it does not come, 2 wrong usage or\n"
    "unreadable file, 3 the broker cannot be reached.\n\n"
    "Examples\n"
    "  mqspec minimise night.pcapng mqtt://127.0.0.1:1884 --exec 'mosquitto -p 1884'\n"
    "  mqspec minimise field.pcap mqtt://127.0.0.1 --goal v5:MQTT-3.3.4-9 --times 20\n";

enum goal_kind { ANY_FAILURE, DEATH, HANG, CLOSE, RULE };

struct goal {
    enum goal_kind kind;
    const char *rule; /* RULE: "v5 MQTT-3.3.4-9" */
};

struct minimiser {
    struct mqh_arena arena;
    struct mqh_recording_choice from;
    struct mqh_player_options player_options;
    struct mqh_target_options target_options;
    struct goal goal;
    const char *exec;
    const char *out;
    unsigned times;
    bool json;

    unsigned tries;    /* of each cut, at most */
    double rate;       /* of plays of FILE that failed */
    double confidence; /* that a cut which still fails is seen to */

    struct mqh_stage stage;
    struct mqh_recording cleaner;
    bool fresh; /* the broker was just started */
    bool lost;  /* it is dead, and nobody starts it again */
    unsigned plays;
    unsigned failures; /* of these */
};

/* ---- the goal ---- */

static const char *goal_text(struct minimiser *m)
{
    switch (m->goal.kind) {
    case DEATH:
        return "the broker dies";
    case HANG:
        return "the broker accepts connections and answers nobody any more";
    case CLOSE:
        return "the broker ends a connection of its own accord";
    case RULE:
        return mqh_arena_format(&m->arena, "the broker breaks %s", m->goal.rule);
    case ANY_FAILURE:
        break;
    }
    return "";
}

/* What is wrong with the broker after a play; ANY_FAILURE: nothing. */
static struct goal failure_of(struct minimiser *m, const struct mqh_recording *live,
                              enum mqh_stage_health health)
{
    struct mqh_rule_set rules;

    if (health == MQH_STAGE_DEAD)
        return (struct goal){.kind = DEATH};
    if (health == MQH_STAGE_HANGS)
        return (struct goal){.kind = HANG};
    rules = mqh_outcome_rules(&m->arena, live);
    if (rules.count > 0)
        return (struct goal){RULE, rules.ids[0]};
    if (mqh_outcome_ended(&m->arena, live) > 0)
        return (struct goal){.kind = CLOSE};
    return (struct goal){.kind = ANY_FAILURE};
}

static bool is_reached(struct minimiser *m, const struct mqh_recording *live,
                       enum mqh_stage_health health)
{
    struct mqh_rule_set rules;

    switch (m->goal.kind) {
    case DEATH:
        return health == MQH_STAGE_DEAD;
    case HANG:
        return health == MQH_STAGE_HANGS;
    case CLOSE:
        return mqh_outcome_ended(&m->arena, live) > 0;
    case RULE:
        rules = mqh_outcome_rules(&m->arena, live);
        return mqh_rule_set_has(&rules, m->goal.rule);
    case ANY_FAILURE:
        break;
    }
    m->goal = failure_of(m, live, health);
    return m->goal.kind != ANY_FAILURE;
}

/* ---- trying ---- */

/* How long the broker took for an answer when it failed first says how long each try has to wait
 * for one that does not come: many times that. */
static void calibrate(struct minimiser *m, const struct mqh_recording *live)
{
    enum { TIMES = 20, LEAST_MS = 50 };
    uint64_t slowest_ms = 0;
    uint64_t asked_ns = 0;
    unsigned wait_ms;

    for (size_t i = 0; i < live->event_count; i++) {
        const struct mqh_recording_event *event = &live->events[i];

        if (event->side == MQC_CLIENT)
            asked_ns = event->time_ns;
        else if ((event->time_ns - asked_ns) / 1000000 > slowest_ms)
            slowest_ms = (event->time_ns - asked_ns) / 1000000;
    }
    if (slowest_ms * TIMES + LEAST_MS >= m->player_options.patience_ms)
        return;
    wait_ms = (unsigned)slowest_ms * TIMES + LEAST_MS;
    m->player_options.patience_ms = wait_ms;
    if (wait_ms < m->player_options.linger_ms)
        m->player_options.linger_ms = wait_ms;
}

static bool be_ready(struct minimiser *m)
{
    if (m->lost || m->stage.stopped)
        return false;
    m->fresh = m->stage.broker != NULL && !mqh_broker_runs(m->stage.broker);
    m->lost = !mqh_stage_ready(&m->stage);
    return !m->lost;
}

/* Every play begins alike: with a broker just started, or without what the plays before have left.
 */
static bool clean(struct minimiser *m)
{
    struct mqh_arena arena = {0};
    const struct mqh_player_options options = {.patience_ms = 1000,
                                               .user_name = m->player_options.user_name,
                                               .password = m->player_options.password};

    if (!be_ready(m))
        return false;
    if (m->cleaner.connection_count > 0)
        mqh_stage_play(&m->stage, mqh_player_new(&arena, &m->cleaner, &options));
    mqh_arena_free(&arena);
    return true;
}

/* True if the broker fails as wanted. */
static bool play(struct minimiser *m, const struct mqh_recording *candidate,
                 struct mqh_recording *live)
{
    struct mqh_player *player = mqh_player_new(&m->arena, candidate, &m->player_options);
    enum mqh_stage_health health;

    mqh_stage_play(&m->stage, player);
    health = mqh_stage_health(&m->stage);
    m->plays++;
    if (health == MQH_STAGE_HANGS)
        mqh_stage_end_broker(&m->stage);
    *live = *mqh_player_live(player);
    if (m->stage.stopped || !is_reached(m, live, health))
        return false;
    m->failures++;
    return true;
}

/* A broker of ours that has lived through other tries must fail once more, just started: what they
 * have left in it may be to blame. */
static bool try(void *context, const struct mqh_recording *candidate, struct mqh_recording *live)
{
    struct minimiser *m = context;

    for (unsigned i = 0; i < m->tries && clean(m); i++) {
        bool fresh = m->fresh;

        if (!play(m, candidate, live))
            continue;
        if (m->stage.broker == NULL || fresh)
            return true;
        mqh_stage_end_broker(&m->stage);
        if (clean(m) && play(m, candidate, live))
            return true;
    }
    return false;
}

/* How often it fails says how often each cut has to be tried. */
static bool find_failure(struct minimiser *m, const struct mqh_recording *recording,
                         struct mqh_recording *live)
{
    const double enough = 0.95;
    unsigned failures = 0;
    double missed;

    for (unsigned i = 0; i < m->times && clean(m); i++) {
        struct mqh_recording now;

        if (play(m, recording, &now) && failures++ == 0)
            *live = now;
    }
    if (failures == 0)
        return false;
    m->rate = (double)failures / m->plays;
    missed = 1 - m->rate;
    for (m->tries = 1; missed > 1 - enough && m->tries < m->times; m->tries++)
        missed *= 1 - m->rate;
    m->confidence = 1 - missed;
    return true;
}

static bool go_on(void *context)
{
    struct minimiser *m = context;

    return !m->stage.stopped && !m->lost;
}

/* ---- writing ---- */

static const char *base_of(struct minimiser *m, const char *file)
{
    const char *slash = strrchr(file, '/');
    const char *dot = strrchr(slash == NULL ? file : slash, '.');
    int size = dot == NULL ? (int)strlen(file) : (int)(dot - file);

    return m->out != NULL ? m->out : mqh_arena_format(&m->arena, "%.*s-min", size, file);
}

static void report(struct minimiser *m, const struct mqh_recording *recording, FILE *out)
{
    const struct mqh_target *target = m->stage.target;
    bool is_plain = !target->tls && !target->websocket && !target->local;
    struct mqh_replay_report report = {.name = "captured/minimised",
                                       .failure = goal_text(m),
                                       .blame = {.kind = MQH_BLAME_DEATH},
                                       .url = target->url,
                                       .host = is_plain ? target->host : NULL,
                                       .port = target->port};

    if (m->goal.kind == RULE)
        mqh_outcome_blame(&m->arena, recording, m->goal.rule, &report.blame);
    else if (m->goal.kind == CLOSE)
        mqh_outcome_blame_end(&m->arena, recording, &report.blame);
    mqh_replay_report_write(out, recording, &report);
}

static bool write_one(struct minimiser *m, const struct mqh_recording *recording, const char *base,
                      const char *ending)
{
    const char *path = mqh_arena_format(&m->arena, "%s.%s", base, ending);
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

static void show_json(struct minimiser *m, const struct mqh_recording *recording,
                      const struct mqh_minimised *result, const char *base)
{
    json_t *object = json_pack(
        "{s:s, s:s, s:i, s:I, s:i, s:i, s:i, s:f, s:f, s:{s:s+, s:s+, s:s+}, s:o}", "outcome",
        "reproduced", "failure", goal_text(m), "packets", (int)result->packets, "bytes",
        (json_int_t)result->bytes, "connections", (int)result->recording.connection_count, "plays",
        (int)m->plays, "failures", (int)m->failures, "rate", m->rate, "confidence", m->confidence,
        "files", "mqs", base, ".mqs", "pcapng", base, ".pcapng", "hex", base, ".hex", "missing",
        mqh_recording_missing_json(recording));

    json_dumpf(object, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(object);
}

static void show_text(struct minimiser *m, const struct mqh_recording *recording,
                      const struct mqh_minimised *result, const char *base)
{
    unsigned packets;
    size_t bytes;

    mqh_recording_count(recording, &packets, &bytes);
    report(m, &result->recording, stdout);
    printf("\n%u of %u packet%s, %zu of %zu bytes, %zu of %zu connection%s; %u plays, %u of them "
           "failed\n",
           result->packets, packets, packets == 1 ? "" : "s", result->bytes, bytes,
           result->recording.connection_count, recording->connection_count,
           recording->connection_count == 1 ? "" : "s", m->plays, m->failures);
    if (m->rate < 1)
        printf("it failed in %.0f %% of the plays of the whole; each cut was tried up to %u times, "
               "which shows one that still fails with %.1f %% confidence\n",
               100 * m->rate, m->tries, 100 * m->confidence);
    printf("written: %s.mqs, %s.pcapng, %s.hex\n", base, base, base);
}

/* ---- the whole ---- */

static int not_failing(struct minimiser *m, const struct mqh_recording *recording)
{
    if (m->stage.stopped)
        return MQH_EXIT_INTERRUPTED;
    if (m->lost) {
        mqh_cli_complain("minimise", "%s", m->stage.why_not);
        return MQH_EXIT_UNREACHABLE;
    }
    if (m->json)
        puts("{\"outcome\":\"gone\"}");
    mqh_cli_complain("minimise", m->goal.kind == ANY_FAILURE ? mqh_outcome_nothing(recording)
                                                             : "what is asked for does not happen");
    return MQH_EXIT_RED;
}

static int minimise(struct minimiser *m, const struct mqh_recording *recording, const char *file)
{
    const char *base = base_of(m, file);
    struct mqh_recording live;
    struct mqh_minimised result;

    if (!find_failure(m, recording, &live))
        return not_failing(m, recording);
    calibrate(m, &live);
    result = mqh_minimise(&m->arena, &live, try, go_on, m);
    clean(m); /* so that whoever tries what is left begins alike, too */
    if (m->lost)
        mqh_cli_complain("minimise",
                         "the broker is gone, and nobody starts it again (--exec would): "
                         "this is how far it came");
    if (!write_one(m, &result.recording, base, "mqs") ||
        !write_one(m, &result.recording, base, "pcapng") ||
        !write_one(m, &result.recording, base, "hex"))
        return MQH_EXIT_USAGE;
    if (m->json)
        show_json(m, recording, &result, base);
    else
        show_text(m, recording, &result, base);
    return m->stage.stopped ? MQH_EXIT_INTERRUPTED : MQH_EXIT_OK;
}

static int run(struct minimiser *m, const char *file, const char *url)
{
    struct mqh_target target;
    struct mqh_recording recording;
    int status;

    if (!mqh_target_make(&m->arena, "minimise", url, &m->target_options, &target))
        return MQH_EXIT_USAGE;
    if (!mqh_recording_take("minimise", &m->arena, file, &m->from, &recording))
        return MQH_EXIT_USAGE;
    if (!mqh_output_check("minimise", mqh_arena_format(&m->arena, "%s.mqs", base_of(m, file))))
        return MQH_EXIT_USAGE;
    m->player_options.user_name = target.user_name;
    m->player_options.password = target.password;
    m->cleaner = mqh_cleaner_of(&m->arena, &recording);
    mqh_stage_open(&m->stage, &target, m->exec);
    status = minimise(m, &recording, file);
    mqh_stage_close(&m->stage);
    return status;
}

/* ---- options ---- */

enum { EXEC = MQH_OPTION, GOAL, TIMES, AS, OUT, PATIENCE, JSON };

static bool take_goal(struct minimiser *m, const char *text)
{
    const char *colon = strchr(text, ':');

    if (strcmp(text, "death") == 0)
        m->goal.kind = DEATH;
    else if (strcmp(text, "hang") == 0)
        m->goal.kind = HANG;
    else if (strcmp(text, "close") == 0)
        m->goal.kind = CLOSE;
    else if (colon == NULL)
        return mqh_cli_complain("minimise",
                                "--goal %s: expected death, hang, close or a rule, such "
                                "as v5:MQTT-3.3.4-9",
                                text) == 0;
    else
        m->goal = (struct goal){
            RULE, mqh_arena_format(&m->arena, "%.*s %s", (int)(colon - text), text, colon + 1)};
    return true;
}

static bool take_option(struct minimiser *m, int option)
{
    switch (option) {
    case EXEC:
        m->exec = optarg;
        return true;
    case GOAL:
        return take_goal(m, optarg);
    case TIMES:
        return mqh_option_number("minimise", "times", optarg, 1, 100000, &m->times);
    case AS:
        return mqh_target_option_as(&m->arena, "minimise", optarg, &m->target_options);
    case OUT:
        m->out = optarg;
        return true;
    case PATIENCE:
        return mqh_option_seconds("minimise", "patience", optarg, &m->player_options.patience_ms);
    case JSON:
        m->json = true;
        return true;
    default:
        return false;
    }
}

static int parse_and_run(struct minimiser *m, int argc, char **argv)
{
    static const struct option words[] = {
        {"exec", required_argument, NULL, EXEC},
        {"goal", required_argument, NULL, GOAL},
        {"times", required_argument, NULL, TIMES},
        {"as", required_argument, NULL, AS},
        {"out", required_argument, NULL, OUT},
        {"patience", required_argument, NULL, PATIENCE},
        MQH_RECORDING_WORDS,
        {"json", no_argument, NULL, JSON},
        MQH_TARGET_WORDS,
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int option;

    while ((option = mqh_option_next(argc, argv, ":h", words)) != -1) {
        bool good = true;

        if (option == 'h') {
            fputs(help, stdout);
            fputs(mqh_recording_help, stdout);
            putchar('\n');
            fputs(mqh_target_help, stdout);
            fputs(more_help, stdout);
            return MQH_EXIT_OK;
        }
        if (mqh_recording_option("minimise", option, optarg, &m->from, &good))
            continue;
        if (!good)
            return MQH_EXIT_USAGE;
        if (mqh_target_option(&m->arena, "minimise", option, optarg, &m->target_options, &good))
            continue;
        if (!good || !take_option(m, option))
            return MQH_EXIT_USAGE;
    }
    if (argc - optind != 2)
        return mqh_cli_complain("minimise",
                                "expected FILE and URL, such as night.pcapng mqtt://127.0.0.1");
    return run(m, argv[optind], argv[optind + 1]);
}

int mqh_cli_minimise(int argc, char **argv)
{
    struct minimiser m = {.from = MQH_RECORDING_CHOICE,
                          .times = 1,
                          .player_options = {.patience_ms = 500, .linger_ms = MQH_STAGE_LINGER_MS}};
    int status = parse_and_run(&m, argc, argv);

    mqh_arena_free(&m.arena);
    return status;
}
