#include <stdio.h>
#include <string.h>

#include "codec/topic.h"
#include "harness/cli/cli.h"
#include "harness/cli/test.h"

/* In two: a compiler need not take a longer string. */
static const char help[] =
    "mqspec test URL [OPTION…]\n\n"
    "Runs the conformance suite against the broker at URL, in every version of MQTT\n"
    "that it accepts. Use a broker that may be tested: the suite connects hundreds\n"
    "of clients, sends malformed packets, and tidies up after itself.\n\n"
    "What runs\n"
    "  --protocol VERSION   3.1, 3.1.1 or 5.0 only; may be repeated, or hold commas\n"
    "  --only PATTERN       only what matches: a name, a glob, a case, a\n"
    "                       requirement; may be repeated\n"
    "  --skip PATTERN       all but what matches; may be repeated\n"
    "  --suite RELEASE      what that release of the suite ran, such as 0.1\n"
    "  --suite-dir PATH     the scenarios of this folder, or file, instead of those\n"
    "                       in the program\n"
    "  --intrusive          also what could harm others on a shared broker\n"
    "  --slow               also what takes up to a minute\n"
    "  --topic-prefix TOPIC all topics of the suite begin so: where the user may\n"
    "                       publish and subscribe\n"
    "  --denied-topic TOPIC where that user may not: for the cases that need\n"
    "                       `denied-topic`\n"
    "  --list               only names the cases; URL is not needed\n\n"
    "How\n"
    "  --jobs N             cases at a time; 128 without it\n"
    "  --timeout SECONDS    for one case, besides what it waits by itself; 60\n"
    "                       without it\n"
    "  --exec COMMAND       starts the broker, and again when it died; names the\n"
    "                       case that killed it\n"
    "  --sabotage           tests the suite, not the broker: each line that proves\n"
    "                       something gets a wrong answer, and PASS means that each\n"
    "                       of them was noticed\n\n";
static const char more_help[] =
    "What counts\n"
    "  --strict             a SHOULD counts like a MUST: WARN fails the run\n"
    "  --known FILE         known failures, one a line: CASE@VERSION RULE # reason;\n"
    "                       - in place of the rule for a BLOCKED. A star in CASE is\n"
    "                       any text, and all that it names must fail. Behind the\n"
    "                       rule may stand a range of broker versions, as\n"
    "                       [2.0.0..2.0.18], and `sometimes`. An entry that does not\n"
    "                       fail any more fails the run\n"
    "  --write-known FILE   writes such a list of all that is red now\n\n"
    "What is shown\n"
    "  --verbose            a line for each case, and all of what is red, warns or\n"
    "                       is known\n"
    "  --trace              each case as a sequence diagram of its packets\n"
    "  --quiet              the last line only\n"
    "  --no-color           no colour (nor with NO_COLOR in the environment, nor in\n"
    "                       a pipe)\n"
    "  --html FILE          the run as a page: one file that needs no network\n"
    "  --junit FILE, --json FILE, --tap FILE, --markdown FILE\n"
    "                       reports, also of a run that was interrupted; - for\n"
    "                       standard output. Markdown is short, for a CI step\n"
    "                       summary or a comment on a pull request\n"
    "  --evidence FOLDER    of each red case a capture (pcapng), its scenario alone\n"
    "                       (.mqs) and the story (.txt); --evidence-all: of all\n"
    "                       cases\n\n"
    "Exit status: 0 good; 1 a FAIL or BLOCKED that is not known, a stale entry, WARN\n"
    "with --strict, or no case at all; 2 wrong usage or an error of mqspec; 3 no\n"
    "broker, or it died (with --exec: and no case alone kills it); 130 Ctrl-C.\n\n"
    "Examples\n"
    "  mqspec test mqtt://127.0.0.1:1883\n"
    "  mqspec test mqtt://alice:secret@broker.example --junit report.xml\n"
    "  mqspec test wss://broker.example:8084/mqtt --ca ca.pem --protocol 5.0\n"
    "  mqspec test mqtt://localhost --only 'subscribe/*' --only v5:MQTT-3.8.3-2\n"
    "  mqspec test mqtt://localhost --only ping --trace\n"
    "  mqspec test mqtt://localhost --write-known known.txt\n"
    "  mqspec test mqtt://localhost --known known.txt --strict\n"
    "  mqspec test mqtt://localhost:1883 --exec 'mosquitto -p 1883'\n";

void mqh_test_help(void)
{
    fputs(help, stdout);
    fputs(mqh_target_help, stdout);
    fputs(more_help, stdout);
}

enum {
    PROTOCOL = MQH_OPTION,
    ONLY,
    SKIP,
    SUITE,
    SUITE_DIR,
    INTRUSIVE,
    TOPIC_PREFIX,
    DENIED_TOPIC,
    SLOW,
    LIST,
    JOBS,
    TIMEOUT,
    EXEC,
    SABOTAGE,
    STRICT,
    KNOWN,
    WRITE_KNOWN,
    VERBOSE,
    TRACE,
    QUIET,
    NO_COLOR,
    JUNIT,
    JSON,
    TAP,
    HTML,
    MARKDOWN,
    EVIDENCE,
    EVIDENCE_ALL,
};

static const struct option words[] = {
    {"protocol", required_argument, NULL, PROTOCOL},
    {"only", required_argument, NULL, ONLY},
    {"skip", required_argument, NULL, SKIP},
    {"suite", required_argument, NULL, SUITE},
    {"suite-dir", required_argument, NULL, SUITE_DIR},
    {"intrusive", no_argument, NULL, INTRUSIVE},
    {"topic-prefix", required_argument, NULL, TOPIC_PREFIX},
    {"denied-topic", required_argument, NULL, DENIED_TOPIC},
    {"slow", no_argument, NULL, SLOW},
    {"list", no_argument, NULL, LIST},
    {"jobs", required_argument, NULL, JOBS},
    {"timeout", required_argument, NULL, TIMEOUT},
    {"exec", required_argument, NULL, EXEC},
    {"sabotage", no_argument, NULL, SABOTAGE},
    {"strict", no_argument, NULL, STRICT},
    {"known", required_argument, NULL, KNOWN},
    {"write-known", required_argument, NULL, WRITE_KNOWN},
    {"verbose", no_argument, NULL, VERBOSE},
    {"trace", no_argument, NULL, TRACE},
    {"quiet", no_argument, NULL, QUIET},
    {"no-color", no_argument, NULL, NO_COLOR},
    {"junit", required_argument, NULL, JUNIT},
    {"json", required_argument, NULL, JSON},
    {"tap", required_argument, NULL, TAP},
    {"html", required_argument, NULL, HTML},
    {"markdown", required_argument, NULL, MARKDOWN},
    {"evidence", required_argument, NULL, EVIDENCE},
    {"evidence-all", no_argument, NULL, EVIDENCE_ALL},
    MQH_TARGET_WORDS,
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* Options that are a switch or a text; each has its place. */
static bool take_plain(struct mqh_test *test, int option)
{
    const struct {
        int option;
        bool *flag;
        const char **text;
    } places[] = {
        {SUITE_DIR, NULL, &test->folder},
        {INTRUSIVE, &test->options.intrusive, NULL},
        {SLOW, &test->options.slow, NULL},
        {LIST, &test->list, NULL},
        {'h', &test->help, NULL},
        {EXEC, NULL, &test->options.exec},
        {SABOTAGE, &test->options.sabotage, NULL},
        {STRICT, &test->options.strict, NULL},
        {KNOWN, NULL, &test->known_file},
        {WRITE_KNOWN, NULL, &test->known_output},
        {VERBOSE, &test->console.verbose, NULL},
        {TRACE, &test->console.trace, NULL},
        {QUIET, &test->console.quiet, NULL},
        {NO_COLOR, &test->no_color, NULL},
        {JUNIT, NULL, &test->junit},
        {JSON, NULL, &test->json},
        {TAP, NULL, &test->tap},
        {HTML, NULL, &test->html},
        {MARKDOWN, NULL, &test->markdown},
        {EVIDENCE, NULL, &test->evidence},
        {EVIDENCE_ALL, &test->evidence_all, NULL},
    };

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (places[i].option != option)
            continue;
        if (places[i].flag != NULL)
            *places[i].flag = true;
        else
            *places[i].text = optarg;
        return true;
    }
    return false;
}

/* A topic that can be published to, and that the broker does not keep to itself. */
static bool take_topic(const char *option, const char *value, const char **out)
{
    *out = value;
    if (value[0] != '$' && mqc_topic_name_check(mqc_slice_text(value)) == MQC_TOPIC_OK)
        return true;
    mqh_cli_complain("test", "--%s %s: expected a topic without wildcards", option, value);
    return false;
}

static bool take_prefix(struct mqh_test *test, const char *value)
{
    size_t size = strlen(value);

    if (!take_topic("topic-prefix", value, &test->options.topic_prefix))
        return false;
    if (value[size - 1] != '/')
        test->options.topic_prefix = mqh_arena_format(&test->arena, "%s/", value);
    return true;
}

static bool take_option(struct mqh_test *test, int option)
{
    struct mqh_runner_options *options = &test->options;
    bool good;

    if (mqh_target_option(&test->arena, "test", option, optarg, &test->target_options, &good) ||
        !good)
        return good;
    switch (option) {
    case '?':
        return false;
    case PROTOCOL:
        return mqh_option_versions("test", optarg, &options->versions);
    case ONLY:
        options->only[options->only_count++] = optarg;
        return true;
    case SKIP:
        options->skip[options->skip_count++] = optarg;
        return true;
    case SUITE:
        options->suite = optarg;
        return mqh_option_release("test", "suite", optarg);
    case TOPIC_PREFIX:
        return take_prefix(test, optarg);
    case DENIED_TOPIC:
        return take_topic("denied-topic", optarg, &options->denied_topic);
    case JOBS:
        return mqh_option_number("test", "jobs", optarg, 1, 1000, &options->jobs);
    case TIMEOUT:
        return mqh_option_seconds("test", "timeout", optarg, &options->timeout_ms);
    default:
        return take_plain(test, option);
    }
}

bool mqh_test_options(struct mqh_test *test, int argc, char **argv)
{
    int option;

    test->options.only = mqh_arena_alloc(&test->arena, (size_t)argc * sizeof(char *));
    test->options.skip = mqh_arena_alloc(&test->arena, (size_t)argc * sizeof(char *));
    while ((option = mqh_option_next(argc, argv, ":h", words)) != -1)
        if (!take_option(test, option))
            return false;
    return true;
}
