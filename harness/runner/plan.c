#include <stdlib.h>

#include "harness/runner/state.h"

/* ---- which cases are wanted ---- */

static bool any_selects(const char **patterns, size_t count, const struct mqh_case *c)
{
    for (size_t i = 0; i < count; i++)
        if (mqh_selects(patterns[i], c))
            return true;
    return false;
}

/* Probes run by themselves; as cases only when they are asked for. */
static bool is_candidate(const struct mqh_runner_options *options,
                         const struct mqh_scenario *scenario)
{
    if (scenario->by_server_role || (mqh_scenario_is_probe(scenario) && options->only_count == 0))
        return false;
    return options->suite == NULL || scenario->since[0] == '\0' ||
           mqh_version_compare(scenario->since, options->suite) <= 0;
}

static bool is_wanted(const struct mqh_runner_options *options, const struct mqh_case *c)
{
    return (options->only_count == 0 || any_selects(options->only, options->only_count, c)) &&
           !any_selects(options->skip, options->skip_count, c);
}

/* A pattern that selects nothing is a mistake of the user's. */
static bool check_patterns(struct mqh_runner *runner, const struct mqh_cases *all,
                           const char *option, const char **patterns, size_t count,
                           const char **why)
{
    for (size_t i = 0; i < count; i++) {
        bool found = false;

        for (size_t j = 0; j < all->count && !found; j++)
            found = mqh_selects(patterns[i], &all->items[j]);
        if (!found) {
            *why = mqh_selects_nothing(runner->arena, option, patterns[i]);
            return false;
        }
    }
    return true;
}

bool mqh_plan_cases(struct mqh_runner *runner, const char **why)
{
    const struct mqh_runner_options *options = runner->options;
    struct mqh_cases all = {0};
    struct mqh_error error = {0};
    struct mqh_case *wanted;

    if (options->probe_only)
        return true;
    for (size_t i = 0; i < runner->scenarios->count; i++) {
        const struct mqh_scenario *scenario = &runner->scenarios->items[i];

        if (is_candidate(options, scenario) &&
            !mqh_cases_add(runner->arena, scenario, options->versions, &all, &error)) {
            *why = mqh_arena_format(runner->arena, "%s:%u:%u: %s", error.file, error.line,
                                    error.column, error.message);
            return false;
        }
    }
    if (!check_patterns(runner, &all, "only", options->only, options->only_count, why) ||
        !check_patterns(runner, &all, "skip", options->skip, options->skip_count, why))
        return false;
    wanted = mqh_arena_alloc(runner->arena, all.count * sizeof(*wanted));
    for (size_t i = 0; i < all.count; i++)
        if (is_wanted(options, &all.items[i]))
            wanted[runner->run->case_count++] = all.items[i];
    runner->run->cases = wanted;
    runner->run->results =
        mqh_arena_alloc(runner->arena, runner->run->case_count * sizeof(struct mqh_result *));
    return true;
}

unsigned mqh_plan_versions(const struct mqh_runner *runner)
{
    unsigned versions = runner->options->versions;

    for (size_t i = 0; i < runner->run->case_count; i++) {
        const struct mqh_scenario *scenario = runner->run->cases[i].scenario;

        for (size_t j = 0; j < scenario->step_count; j++)
            if (scenario->steps[j].version != MQC_VERSION_UNKNOWN)
                versions |= MQH_VERSION(scenario->steps[j].version);
    }
    return versions;
}

void mqh_plan_versions_found(struct mqh_runner *runner)
{
    struct mqh_run *run = runner->run;
    struct mqh_case *kept = mqh_arena_alloc(runner->arena, run->case_count * sizeof(*kept));
    size_t count = 0;

    for (size_t i = 0; i < run->case_count; i++)
        if ((run->versions & MQH_VERSION(run->cases[i].version)) != 0)
            kept[count++] = run->cases[i];
    run->cases = kept;
    run->case_count = count;
    run->results = mqh_arena_alloc(runner->arena, count * sizeof(struct mqh_result *));
}

/* ---- which of them can run ---- */

static const char *missing_capability(struct mqh_runner *runner, const struct mqh_case *c)
{
    const struct mqh_run *run = runner->run;

    for (size_t i = 0; i < c->scenario->need_count; i++)
        for (size_t j = 0; j < run->capability_count; j++) {
            const struct mqh_capability *capability = &run->capabilities[j];

            if (capability->version == c->version && !capability->present &&
                strcmp(capability->name, c->scenario->needs[i]) == 0)
                return mqh_arena_format(runner->arena, "needs %s: %s", capability->name,
                                        capability->why_not);
        }
    return NULL;
}

/* Why the case cannot run; NULL if it can. */
static const char *why_skip(struct mqh_runner *runner, const struct mqh_case *c)
{
    const struct mqh_scenario *scenario = c->scenario;

    if (scenario->intrusive && !runner->options->intrusive)
        return "it may harm others on the broker: runs with --intrusive only";
    if (scenario->slow && !runner->options->slow)
        return "it takes up to a minute: runs with --slow only";
    for (size_t i = 0; i < scenario->step_count; i++) {
        enum mqc_version version = scenario->steps[i].version;

        if (version != MQC_VERSION_UNKNOWN && mqh_step_applies(&scenario->steps[i], c->version) &&
            (runner->accepted & MQH_VERSION(version)) == 0)
            return mqh_arena_format(runner->arena, "needs MQTT %s, which the broker refuses",
                                    mqc_version_name(version));
    }
    return missing_capability(runner, c);
}

static void skip(struct mqh_runner *runner, size_t index, const char *why)
{
    struct mqh_result *result = mqh_arena_alloc(runner->arena, sizeof(*result));

    *result = (struct mqh_result){.verdict = MQH_SKIP,
                                  .reason = why,
                                  .expected = "",
                                  .actual = "",
                                  .known_reason = "",
                                  .runs = 1};
    runner->run->results[index] = result;
    if (runner->options->on_case != NULL)
        runner->options->on_case(runner->options->context, runner->run, index);
}

/* ---- in which order ---- */

static uint64_t estimate_expect(const struct mqh_expect *expect)
{
    uint64_t ms = expect->for_ms;

    for (size_t i = 0; i < expect->child_count; i++)
        ms += estimate_expect(&expect->children[i]);
    return ms;
}

uint64_t mqh_plan_estimate(const struct mqh_case *c)
{
    uint64_t ms = 0;

    for (size_t i = 0; i < c->scenario->step_count; i++) {
        const struct mqh_step *step = &c->scenario->steps[i];

        if (!mqh_step_applies(step, c->version))
            continue;
        ms += step->wait_ms + step->after_ms + step->within_ms;
        if (step->expect != NULL)
            ms += estimate_expect(step->expect);
    }
    return ms;
}

/* Exclusive ones last; else the longest first, so that none is left over when all others are done.
 */
static int compare_jobs(const void *a, const void *b)
{
    const struct mqh_job *left = a;
    const struct mqh_job *right = b;

    if (left->c->scenario->exclusive != right->c->scenario->exclusive)
        return left->c->scenario->exclusive ? 1 : -1;
    if (left->hard_ms != right->hard_ms)
        return left->hard_ms > right->hard_ms ? -1 : 1;
    return left->index < right->index ? -1 : 1;
}

void mqh_plan_jobs(struct mqh_runner *runner)
{
    struct mqh_run *run = runner->run;

    runner->jobs = mqh_arena_alloc(runner->arena, run->case_count * sizeof(*runner->jobs));
    for (size_t i = 0; i < run->case_count; i++) {
        const struct mqh_case *c = &run->cases[i];
        const char *why = why_skip(runner, c);
        struct mqh_job *job = &runner->jobs[runner->job_count];

        if (why != NULL) {
            skip(runner, i, why);
            continue;
        }
        *job = mqh_job_of(runner, c, runner->patience);
        job->record = &run->results[i];
        job->index = i;
        runner->job_count++;
        runner->exclusive_count += c->scenario->exclusive;
    }
    if (runner->job_count > 0)
        qsort(runner->jobs, runner->job_count, sizeof(*runner->jobs), compare_jobs);
}
