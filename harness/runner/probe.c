/*
 * What the broker is: which versions it accepts, and what it is capable of in each. Each question
 * is a scenario conformance/probe/NAME.mqs: it passes, or its reason says what is missing.
 * Scenarios whose lines carry `profile` ask what the broker chooses; they are asked in whole runs.
 */
#include "codec/reason.h"
#include "harness/runner/state.h"

enum { VERSIONS = 3 };

/* Long enough for a slow broker, short enough for one that never answers. */
enum { ANSWER_MS = 5000, DELIVERY_MS = 5000, SETTLE_MS = 100 };

static const struct mqh_patience patience = {ANSWER_MS, DELIVERY_MS, SETTLE_MS};

/* ---- scenarios ---- */

static const struct mqh_scenario *find(const struct mqh_runner *runner, const char *name)
{
    for (size_t i = 0; i < runner->scenarios->count; i++) {
        const struct mqh_scenario *scenario = &runner->scenarios->items[i];

        if (strncmp(scenario->name, "probe/", 6) == 0 && strcmp(scenario->name + 6, name) == 0)
            return scenario;
    }
    return NULL;
}

const struct mqh_case *mqh_probe_case(struct mqh_runner *runner, const char *name,
                                      enum mqc_version version, const char **why)
{
    const struct mqh_scenario *scenario = find(runner, name);
    struct mqh_cases *cases = mqh_arena_alloc(runner->arena, sizeof(*cases));
    struct mqh_error error = {0};

    if (scenario == NULL) {
        *why = mqh_arena_format(runner->arena, "there is no scenario probe/%s", name);
        return NULL;
    }
    if (!mqh_cases_add(runner->arena, scenario, MQH_VERSION(version), cases, &error)) {
        *why = mqh_arena_format(runner->arena, "%s:%u:%u: %s", error.file, error.line, error.column,
                                error.message);
        return NULL;
    }
    return cases->count > 0 ? &cases->items[0] : NULL;
}

/* ---- versions ---- */

const struct mqh_event *mqh_probe_connack(const struct mqh_result *result)
{
    for (size_t i = 0; i < result->event_count; i++) {
        const struct mqh_event *event = &result->events[i];

        if (event->kind == MQH_EVENT_RECEIVED && event->bytes.size >= 4 &&
            event->bytes.data[0] >> 4 == MQC_CONNACK)
            return event;
    }
    return NULL;
}

static bool is_green(const struct mqh_job *job)
{
    return job->result != NULL && !job->aborted &&
           (job->result->verdict == MQH_PASS || job->result->verdict == MQH_WARN);
}

/* A CONNACK that accepts: the version is spoken, whatever else the broker gets wrong in it. */
static bool was_welcomed(const struct mqh_job *job)
{
    const struct mqh_event *connack = job->result == NULL ? NULL : mqh_probe_connack(job->result);

    return connack != NULL && connack->bytes.data[3] == 0;
}

/* The code is the fourth byte in every version, also in the answer of a broker that knows only
 * older ones. */
static const char *describe_refusal(struct mqh_runner *runner, const struct mqh_job *job,
                                    bool *credentials)
{
    const struct mqh_event *connack = job->result == NULL ? NULL : mqh_probe_connack(job->result);
    const char *name;
    uint8_t code;

    if (connack == NULL) /* an ERROR is the deadline's */
        return job->result == NULL || job->result->verdict == MQH_ERROR ? "no answer"
                                                                        : job->result->reason;
    code = connack->bytes.data[3];
    if (code == 4 || code == 5 || code == 0x86 || code == 0x87)
        *credentials = true;
    name = mqc_reason_name(code < 0x80 ? MQC_V311 : MQC_V5, MQC_CONNACK, code);
    if (code == 0)
        return job->result->reason;
    return mqh_arena_format(runner->arena, code < 0x80 ? "CONNACK %u%s%s" : "CONNACK 0x%02X%s%s",
                            (unsigned)code, name == NULL ? "" : ", ", name == NULL ? "" : name);
}

static bool none_accepted(struct mqh_runner *runner, const char *refusal, bool answered,
                          bool credentials, const char **why)
{
    const struct mqh_target *target = runner->options->target;
    const char *trouble = mqh_live_trouble(runner->live);

    if (!answered)
        *why = mqh_arena_format(runner->arena,
                                "what listens at %s does not answer as an MQTT broker does: %s%s%s",
                                target->url, refusal, trouble[0] == '\0' ? "" : "; ", trouble);
    else if (!credentials)
        *why = mqh_arena_format(runner->arena, "the broker at %s refuses every CONNECT: %s",
                                target->url, refusal);
    else if (target->user_name == NULL)
        *why = mqh_arena_format(runner->arena,
                                "the broker at %s wants a user name and a password (%s): "
                                "mqtt://user:password@host:port",
                                target->url, refusal);
    else
        *why = mqh_arena_format(runner->arena,
                                "the broker at %s refuses the user name and the password: %s",
                                target->url, refusal);
    return false;
}

static const char *try_versions(struct mqh_runner *runner, const struct mqh_job *jobs,
                                unsigned count, bool *answered, bool *credentials)
{
    const char *refusal = "no answer";

    for (unsigned i = 0; i < count; i++) {
        enum mqc_version version = jobs[i].c->version;

        if (is_green(&jobs[i]) || was_welcomed(&jobs[i])) {
            runner->accepted |= MQH_VERSION(version);
            mqh_profile_announced(runner, mqh_probe_connack(jobs[i].result));
            continue;
        }
        refusal = describe_refusal(runner, &jobs[i], credentials);
        runner->refusals[version] = refusal;
        if (jobs[i].result != NULL && mqh_probe_connack(jobs[i].result) != NULL)
            *answered = true;
    }
    return refusal;
}

/* What is said of the versions that the broker does not speak. */
static void note_left_out(struct mqh_runner *runner)
{
    for (enum mqc_version version = MQC_V31; version <= MQC_V5; version++)
        if ((runner->options->versions & MQH_VERSION(version)) != 0 &&
            runner->refusals[version] != NULL)
            mqh_runner_note(runner, "MQTT %s is left out: the broker refuses it (%s)",
                            mqc_version_name(version), runner->refusals[version]);
}

bool mqh_probe_versions(struct mqh_runner *runner, unsigned versions, const char **why)
{
    struct mqh_job jobs[VERSIONS];
    unsigned count = 0;
    bool answered = false;
    bool credentials = false;
    const char *refusal;

    for (enum mqc_version version = MQC_V31; version <= MQC_V5; version++) {
        const struct mqh_case *c;

        if ((versions & MQH_VERSION(version)) == 0)
            continue;
        c = mqh_probe_case(runner, "accepts", version, why);
        if (c == NULL)
            return false;
        jobs[count++] = mqh_job_of(runner, c, patience);
    }
    mqh_jobs_run(runner, jobs, count, 0, 0);
    if (runner->stop)
        return true;
    refusal = try_versions(runner, jobs, count, &answered, &credentials);
    runner->run->versions = runner->accepted & runner->options->versions;
    if (runner->accepted == 0)
        return none_accepted(runner, refusal, answered, credentials, why);
    for (enum mqc_version version = MQC_V31; version <= MQC_V5; version++)
        if ((runner->options->versions & ~runner->accepted & MQH_VERSION(version)) != 0 &&
            (runner->options->versions_given || runner->run->versions == 0)) {
            *why = mqh_arena_format(runner->arena, "the broker refuses MQTT %s: %s",
                                    mqc_version_name(version), runner->refusals[version]);
            return false;
        }
    note_left_out(runner);
    return true;
}

/* ---- capabilities ---- */

static bool asks_profile(const struct mqh_expect *expect)
{
    if (expect->profile_name.size > 0)
        return true;
    for (size_t i = 0; i < expect->child_count; i++)
        if (asks_profile(&expect->children[i]))
            return true;
    return false;
}

static bool is_question(const struct mqh_scenario *scenario)
{
    for (size_t i = 0; i < scenario->step_count; i++)
        if (scenario->steps[i].expect != NULL && asks_profile(scenario->steps[i].expect))
            return true;
    return false;
}

static bool is_own(const char *name)
{
    return strcmp(name, "accepts") == 0 || strcmp(name, "delivery") == 0 ||
           strcmp(name, "broker-version") == 0;
}

static bool is_asked(const struct mqh_runner *runner, const char *name, enum mqc_version version)
{
    for (size_t i = 0; i < runner->run->capability_count; i++)
        if (runner->capabilities[i].version == version &&
            strcmp(runner->capabilities[i].name, name) == 0)
            return true;
    return false;
}

static void add_capability(struct mqh_runner *runner, const char *name, enum mqc_version version)
{
    struct mqh_run *run = runner->run;

    if (is_asked(runner, name, version))
        return;
    runner->capabilities =
        mqh_arena_grow(runner->arena, runner->capabilities, run->capability_count,
                       &runner->capability_capacity, sizeof(*runner->capabilities));
    runner->capabilities[run->capability_count++] =
        (struct mqh_capability){.name = name, .version = version, .why_not = ""};
    run->capabilities = runner->capabilities;
}

/* What the cases need; for `mqspec probe` all there is. */
static void add_capabilities(struct mqh_runner *runner)
{
    const struct mqh_run *run = runner->run;

    for (size_t i = 0; i < run->case_count; i++)
        for (size_t j = 0; j < run->cases[i].scenario->need_count; j++)
            add_capability(runner, run->cases[i].scenario->needs[j], run->cases[i].version);
    for (size_t i = 0; runner->options->probe_only && i < runner->scenarios->count; i++) {
        const struct mqh_scenario *scenario = &runner->scenarios->items[i];

        if (strncmp(scenario->name, "probe/", 6) != 0 || is_own(scenario->name + 6) ||
            is_question(scenario))
            continue;
        for (enum mqc_version version = MQC_V31; version <= MQC_V5; version++)
            if ((scenario->versions & run->versions & MQH_VERSION(version)) != 0)
                add_capability(runner, scenario->name + 6, version);
    }
}

/* Jobs, of which the first `run->capability_count` at most are for capabilities. */
struct questions {
    struct mqh_job *jobs;
    size_t count;
    size_t capacity;
};

static struct mqh_job *ask(struct mqh_runner *runner, struct questions *questions,
                           const struct mqh_case *c)
{
    questions->jobs = mqh_arena_grow(runner->arena, questions->jobs, questions->count,
                                     &questions->capacity, sizeof(*questions->jobs));
    questions->jobs[questions->count] = mqh_job_of(runner, c, patience);
    return &questions->jobs[questions->count++];
}

bool mqh_capability_is_of_user(const char *name)
{
    return strcmp(name, "websocket") == 0 || strcmp(name, "denied-topic") == 0;
}

/* What the command line says, not the broker. */
static bool is_of_user(const struct mqh_runner *runner, struct mqh_capability *capability)
{
    const struct mqh_runner_options *options = runner->options;
    const struct {
        const char *name;
        bool present;
        const char *why_not;
    } words[] = {
        {"websocket", options->target->websocket, "the URL is not ws:// or wss://"},
        {"denied-topic", options->denied_topic != NULL, "--denied-topic names none"},
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(capability->name, words[i].name) == 0) {
            capability->present = words[i].present;
            capability->why_not = words[i].present ? "" : words[i].why_not;
            return true;
        }
    return false;
}

static bool ask_capabilities(struct mqh_runner *runner, struct questions *questions,
                             const char **why)
{
    for (size_t i = 0; i < runner->run->capability_count; i++) {
        struct mqh_capability *capability = &runner->capabilities[i];
        const struct mqh_case *c;

        if (is_of_user(runner, capability))
            continue;
        *why = NULL;
        c = mqh_probe_case(runner, capability->name, capability->version, why);
        if (*why != NULL)
            return false;
        if (c != NULL)
            ask(runner, questions, c)->index = i;
        else
            capability->why_not = mqh_arena_format(runner->arena, "MQTT %s does not have it",
                                                   mqc_version_name(capability->version));
    }
    return true;
}

/* Choices are looked at in whole runs; a run of a few chosen cases is to be quick. */
static void ask_choices(struct mqh_runner *runner, struct questions *questions)
{
    const char *why;

    if (runner->options->only_count > 0 || runner->options->sabotage)
        return;
    for (size_t i = 0; i < runner->scenarios->count; i++) {
        const struct mqh_scenario *scenario = &runner->scenarios->items[i];

        if (strncmp(scenario->name, "probe/", 6) != 0 || !is_question(scenario))
            continue;
        for (enum mqc_version version = MQC_V31; version <= MQC_V5; version++)
            if ((scenario->versions & runner->run->versions & MQH_VERSION(version)) != 0) {
                const struct mqh_case *c =
                    mqh_probe_case(runner, scenario->name + 6, version, &why);

                if (c != NULL)
                    ask(runner, questions, c);
            }
    }
}

static void take_capabilities(struct mqh_runner *runner, const struct questions *questions,
                              size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct mqh_job *job = &questions->jobs[i];
        struct mqh_capability *capability = &runner->capabilities[job->index];

        capability->present = is_green(job);
        if (job->result == NULL || job->aborted)
            capability->why_not = "it could not be found out";
        else if (!capability->present)
            capability->why_not = job->result->reason;
    }
}

/* What is missing because nothing came in time is asked once more. */
static void ask_again(struct mqh_runner *runner, struct questions *questions, size_t count)
{
    struct questions again = {0};
    size_t *indices = mqh_arena_alloc(runner->arena, count * sizeof(*indices));

    for (size_t i = 0; i < count; i++) {
        const struct mqh_job *job = &questions->jobs[i];

        if (job->result == NULL || job->aborted || is_green(job) || !job->result->rests_on_absence)
            continue;
        indices[again.count] = i;
        ask(runner, &again, job->c);
    }
    mqh_jobs_run(runner, again.jobs, again.count, 0, 0);
    for (size_t i = 0; i < again.count; i++)
        if (is_green(&again.jobs[i]))
            questions->jobs[indices[i]].result = again.jobs[i].result;
}

/* ---- what it says of itself ---- */

static void take_broker(struct mqh_runner *runner, const struct mqh_result *result)
{
    for (size_t i = 0; i < result->event_count; i++) {
        const struct mqh_event *event = &result->events[i];
        struct mqc_frame frame = {.version = event->version, .from = MQC_SERVER};
        struct mqc_faults faults = {0};
        struct mqc_packet packet;

        if (event->kind != MQH_EVENT_RECEIVED ||
            mqc_frame_read(event->bytes, &frame) != MQC_FRAME_COMPLETE || frame.type != MQC_PUBLISH)
            continue;
        mqc_packet_decode(&frame, &packet, &faults);
        runner->run->broker = mqh_arena_text(runner->arena, packet.publish.payload);
        return;
    }
}

static enum mqc_version highest(unsigned versions)
{
    enum mqc_version version = MQC_V5;

    while (version > MQC_V31 && (versions & MQH_VERSION(version)) == 0)
        version--;
    return version;
}

bool mqh_probe_capabilities(struct mqh_runner *runner, const char **why)
{
    struct questions questions = {0};
    enum mqc_version version = highest(runner->run->versions);
    size_t asked;
    size_t delivery;

    add_capabilities(runner);
    if (!ask_capabilities(runner, &questions, why))
        return false;
    asked = questions.count;
    ask_choices(runner, &questions);
    runner->delivery = mqh_probe_case(runner, "delivery", version, why);
    delivery = questions.count;
    if (runner->delivery == NULL)
        return false;
    ask(runner, &questions, runner->delivery);
    if (mqh_probe_case(runner, "broker-version", version, why) == NULL)
        return false;
    ask(runner, &questions, mqh_probe_case(runner, "broker-version", version, why));
    mqh_jobs_run(runner, questions.jobs, questions.count, 0, 0);
    ask_again(runner, &questions, asked);
    if (runner->stop)
        return true;
    take_capabilities(runner, &questions, asked);
    for (size_t i = 0; i < questions.count; i++)
        if (questions.jobs[i].result != NULL && !questions.jobs[i].aborted)
            mqh_profile_observed(runner, questions.jobs[i].result, questions.jobs[i].c->version);
    if (questions.jobs[delivery].result != NULL)
        runner->patience.settle_ms = mqh_settle_ms(questions.jobs[delivery].result);
    runner->run->settle_ms = runner->patience.settle_ms;
    if (questions.jobs[delivery + 1].result != NULL)
        take_broker(runner, questions.jobs[delivery + 1].result);
    return true;
}
