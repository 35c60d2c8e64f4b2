#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "harness/cli/cli.h"
#include "harness/cli/output.h"
#include "harness/cli/suite.h"
#include "harness/mutants/report.h"

static const char help[] =
    "mqspec mutants [OPTION…]\n\n"
    "Tests the suite itself: runs its cases against the reference broker, which must\n"
    "turn none of them red, whatever freedom of the standards it uses, and against\n"
    "the same broker with each of its defects, which some case must find on a line\n"
    "that proves the requirement. A broker that leaves rules unchecked must turn red\n"
    "what is about them and nothing else, and what is no broker at all must pass\n"
    "nothing. No sockets, no waiting: time is virtual.\n\n"
    "  --defect ID          only this defect, as `mqspec list --defects` names it,\n"
    "                       or all of a requirement (v5:MQTT-3.3.1-9), and every red\n"
    "                       that it causes; may be repeated\n"
    "  --variant NAME       only this variant of the good broker, as `mqspec list\n"
    "                       --variants` names it, and every red; may be repeated\n"
    "  --all                all that turns red by a defect, not only the first case\n"
    "                       that kills it: the whole matrix\n"
    "  --verbose            every red of every broker\n"
    "  --suite-dir PATH     the scenarios of this folder, or file, instead of those\n"
    "                       in the program, and of the defects those that break what\n"
    "                       they prove\n"
    "  --jobs N             threads; as many as there are cores without it\n"
    "  --json FILE          a report: clean, defects, who killed them\n\n"
    "Exit status: 0; 1 if a case is red on the good broker, or a defect survives\n"
    "that is not listed with a reason; 2 for wrong usage.\n\n"
    "Examples\n"
    "  mqspec mutants\n"
    "  mqspec mutants --defect v5:MQTT-3.8.3-2\n"
    "  mqspec mutants --suite-dir my-scenarios --json build/mutants.json\n";

struct run {
    struct mqh_arena arena;
    const char *folder;
    const char *json;
    const char **defects;
    size_t defect_count;
    const char **variants;
    size_t variant_count;
    unsigned threads;
    bool all;
    bool verbose;
};

static bool is_proved(const struct mqh_scenarios *scenarios, const struct mqh_defect_entry *entry)
{
    for (size_t i = 0; i < scenarios->count; i++) {
        const struct mqh_id_list *proves = &scenarios->items[i].proves;

        for (size_t j = 0; j < proves->count; j++)
            if (proves->items[j]->version == entry->version &&
                strcmp(proves->items[j]->id, entry->id) == 0)
                return true;
    }
    return false;
}

/* Of scenarios of a user's nobody expects that they find what they do not claim. */
static bool is_wanted(const struct run *run, const struct mqh_scenarios *scenarios,
                      const struct mqh_defect_entry *entry)
{
    for (size_t i = 0; i < run->defect_count; i++)
        if (mqh_defect_is(entry, run->defects[i]))
            return true;
    return run->defect_count + run->variant_count == 0 &&
           (run->folder == NULL || is_proved(scenarios, entry));
}

static bool is_wanted_variant(const struct run *run, const char *name)
{
    for (size_t i = 0; i < run->variant_count; i++)
        if (strcmp(run->variants[i], name) == 0)
            return true;
    return run->defect_count + run->variant_count == 0;
}

static enum mqh_mutant_kind kind_of(enum mqh_variant variant)
{
    if (variant == MQH_V_LENIENT)
        return MQH_MUTANT_LENIENT;
    return mqh_variant_text(variant)->allows != NULL ? MQH_MUTANT_VARIANT : MQH_MUTANT_DEGENERATE;
}

static bool check_names(const struct run *run, const struct mqh_defect_entry *entries, size_t count)
{
    for (size_t i = 0; i < run->defect_count; i++) {
        size_t j = 0;

        while (j < count && !mqh_defect_is(&entries[j], run->defects[i]))
            j++;
        if (j == count) {
            mqh_cli_complain("mutants",
                             "--defect %s: there is no such defect; "
                             "mqspec list --defects names them",
                             run->defects[i]);
            return false;
        }
    }
    for (size_t i = 0; i < run->variant_count; i++) {
        enum mqh_variant variant;

        if (!mqh_variant_find(run->variants[i], &variant)) {
            mqh_cli_complain("mutants",
                             "--variant %s: there is no such variant; "
                             "mqspec list --variants names them",
                             run->variants[i]);
            return false;
        }
    }
    return true;
}

static int report(const struct run *run, const struct mqh_mutant *mutants, size_t count,
                  uint64_t duration_ms)
{
    bool good = true;

    mqh_mutants_show(stdout, mutants, count, duration_ms,
                     run->verbose || run->defect_count + run->variant_count > 0);
    for (size_t i = 0; i < count; i++)
        good = good && mqh_mutant_is_good(&mutants[i]);
    if (run->json != NULL && !mqh_mutants_write(run->json, mutants, count, duration_ms))
        return mqh_cli_complain("mutants", "cannot write %s", run->json);
    return good ? MQH_EXIT_OK : MQH_EXIT_RED;
}

static int run_all(struct run *run)
{
    struct mqh_scenarios scenarios;
    struct mqh_mutants_suite suite;
    struct mqh_error error = {0};
    size_t entry_count;
    struct mqh_defect_entry *entries = mqh_defect_list(&entry_count);
    struct mqh_mutant *mutants =
        mqh_arena_alloc(&run->arena, (entry_count + MQH_VARIANT_COUNT + 1) * sizeof(*mutants));
    size_t count = 0;
    uint64_t start_ns = uv_hrtime();
    int status = MQH_EXIT_USAGE;

    if (!check_names(run, entries, entry_count) ||
        !mqh_suite_load(&run->arena, "mutants", run->folder, &scenarios)) {
        free(entries);
        return status;
    }
    mutants[count++] = (struct mqh_mutant){.kind = MQH_MUTANT_CLEAN, .name = "clean"};
    for (unsigned i = 0; i < MQH_VARIANT_COUNT; i++) {
        const char *name = mqh_variant_text((enum mqh_variant)i)->name;

        if (is_wanted_variant(run, name))
            mutants[count++] = (struct mqh_mutant){
                .kind = kind_of((enum mqh_variant)i), .name = name, .variant = (enum mqh_variant)i};
    }
    for (size_t i = 0; i < entry_count; i++)
        if (is_wanted(run, &scenarios, &entries[i]))
            mutants[count++] = (struct mqh_mutant){
                .kind = MQH_MUTANT_DEFECT, .name = entries[i].name, .defect = &entries[i]};
    if (!mqh_mutants_load(&run->arena, &scenarios, &suite, &error)) {
        mqh_suite_complain(&error);
    } else {
        mqh_mutants_run(&suite, mutants, count, run->threads, run->all || run->defect_count > 0);
        if (run->defect_count + run->variant_count == 0)
            mqh_mutants_show_untried(stdout, &suite);
        if (run->defect_count + run->variant_count == 0)
            mqh_mutants_show_matrix(stdout, mutants, count);
        status = report(run, mutants, count, (uv_hrtime() - start_ns) / 1000000);
        mqh_mutants_free(mutants, count);
    }
    free(entries);
    return status;
}

enum { DEFECT = MQH_OPTION, VARIANT, ALL, VERBOSE, SUITE_DIR, JOBS, JSON };

int mqh_cli_mutants(int argc, char **argv)
{
    static const struct option options[] = {
        {"defect", required_argument, NULL, DEFECT},
        {"variant", required_argument, NULL, VARIANT},
        {"all", no_argument, NULL, ALL},
        {"verbose", no_argument, NULL, VERBOSE},
        {"suite-dir", required_argument, NULL, SUITE_DIR},
        {"jobs", required_argument, NULL, JOBS},
        {"json", required_argument, NULL, JSON},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct run run = {.threads = uv_available_parallelism()};
    bool good = true;
    int status = MQH_EXIT_USAGE;
    int option;

    run.defects = mqh_arena_alloc(&run.arena, (size_t)argc * sizeof(char *));
    run.variants = mqh_arena_alloc(&run.arena, (size_t)argc * sizeof(char *));
    while (good && (option = mqh_option_next(argc, argv, ":h", options)) != -1) {
        good = option != '?';
        if (option == 'h') {
            fputs(help, stdout);
            mqh_arena_free(&run.arena);
            return MQH_EXIT_OK;
        }
        if (option == DEFECT)
            run.defects[run.defect_count++] = optarg;
        else if (option == VARIANT)
            run.variants[run.variant_count++] = optarg;
        else if (option == SUITE_DIR)
            run.folder = optarg;
        else if (option == JSON)
            good = mqh_output_check("mutants", run.json = optarg);
        else if (option == JOBS)
            good = mqh_option_number("mutants", "jobs", optarg, 1, 64, &run.threads);
        run.all = run.all || option == ALL;
        run.verbose = run.verbose || option == VERBOSE;
    }
    if (good && optind < argc)
        mqh_cli_complain("mutants", "\"%s\": no argument was expected", argv[optind]);
    else if (good)
        status = run_all(&run);
    mqh_arena_free(&run.arena);
    return status;
}
