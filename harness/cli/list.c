#include "harness/cli/list_requirements.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cli/cli.h"
#include "harness/cli/suite.h"
#include "harness/model/defect.h"
#include "harness/model/variant.h"
#include "harness/runner/match.h"

static const char help[] =
    "mqspec list [--cases|--requirements|--defects|--variants] [OPTION…]\n\n"
    "Shows the scenarios of the suite: name, versions, what each shows, and what it\n"
    "proves.\n\n"
    "  --cases              each case instead: each member of each family in each\n"
    "                       version\n"
    "  --requirements       each row of the catalogues instead, what it asks, and\n"
    "                       who proves it: proved; judged (no scenario, but every\n"
    "                       conversation is judged by it); uncovered; freedom (a\n"
    "                       MAY); client-only; untestable; and how many defects of\n"
    "                       the reference broker break it\n"
    "  --defects            the defects of the reference broker instead: what\n"
    "                       `mqspec serve` can break\n"
    "  --variants           the freedoms that it can use instead, and what grants\n"
    "                       them\n"
    "  --json               with --requirements: one JSON object a line\n"
    "  --only PATTERN       those that match: a name, a glob, a case, a requirement\n"
    "                       (v5:MQTT-3.8.3-2), a defect, a variant; may be repeated\n"
    "  --skip PATTERN       all but those that match; may be repeated\n"
    "  --protocol VERSION   3.1, 3.1.1 or 5.0 only; may be repeated, or hold commas\n"
    "  --suite-dir PATH     the scenarios of this folder, or file, instead of those\n"
    "                       in the program\n\n"
    "Exit status: 0, or 2 for wrong usage, a scenario that cannot be read, or\n"
    "nothing to show.\n\n"
    "Examples\n"
    "  mqspec list --only 'subscribe/*'\n"
    "  mqspec list --cases --protocol 5.0 | wc -l\n"
    "  mqspec list --requirements --only 'v5:MQTT-3.8*'\n"
    "  mqspec list --defects --only v5:MQTT-3.3.1-9\n"
    "  mqspec list --only probe            what a scenario can say that it `needs`\n"
    "  mqspec list --requirements --json | jq -r 'select(.why != \"\") | .id'\n";

struct list {
    bool cases;
    bool requirements;
    bool defects;
    bool variants;
    bool json;
    unsigned versions;
    const char *folder;
    struct mqh_selection selection;
    struct mqh_arena arena;
    struct mqh_scenarios scenarios;
};

static void write_ids(const struct mqh_id_list *list, unsigned versions)
{
    char id[MQH_RULE_TEXT_SIZE];
    const char *separator = "    proves ";

    for (size_t i = 0; i < list->count; i++) {
        const struct mqh_requirement *rule = list->items[i];

        if ((versions & MQH_VERSION(rule->version)) == 0)
            continue;
        printf("%s%s", separator, mqh_rule_write(rule->version, rule->id, ' ', id));
        separator = ", ";
    }
    if (list->count > 0)
        putchar('\n');
}

static void write_scenario(const struct mqh_scenario *scenario, unsigned versions)
{
    printf("%s ", scenario->name);
    for (enum mqc_version version = MQC_V31; version <= MQC_V5; version++)
        if ((scenario->versions & versions & MQH_VERSION(version)) != 0)
            printf(" %s", mqc_version_name(version));
    putchar('\n');
    if (scenario->comment[0] != '\0')
        printf("    %s\n", scenario->comment);
    write_ids(&scenario->proves, versions);
}

/* --- scenarios and cases --------------------------------------------------------------------- */

static int list_cases(struct list *list)
{
    const struct mqh_scenario *last = NULL;
    struct mqh_cases cases;
    size_t scenario_count = 0;
    size_t case_count = 0;

    if (!mqh_suite_cases(&list->arena, &list->scenarios, list->versions, &cases) ||
        !mqh_selection_check(&list->selection, "list", &cases))
        return MQH_EXIT_USAGE;
    for (size_t i = 0; i < cases.count; i++) {
        const struct mqh_case *c = &cases.items[i];

        if (!mqh_selection_has(&list->selection, c))
            continue;
        case_count++;
        if (list->cases)
            printf("%s@%s\n", c->id, mqc_version_name(c->version));
        if (c->scenario == last)
            continue;
        last = c->scenario;
        scenario_count++;
        if (!list->cases)
            write_scenario(c->scenario, list->versions);
    }
    if (!list->cases)
        printf("%zu scenario%s, %zu case%s\n", scenario_count, scenario_count == 1 ? "" : "s",
               case_count, case_count == 1 ? "" : "s");
    return MQH_EXIT_OK;
}

/* --- defects --------------------------------------------------------------------------------- */

/* Its name, or the requirement that it breaks. */
static bool matches_defect(const char *pattern, const void *item)
{
    const struct mqh_defect_entry *entry = item;
    char id[MQH_RULE_TEXT_SIZE];

    return mqh_glob(pattern, entry->name) || mqh_defect_is(entry, pattern) ||
           mqh_glob(pattern, mqh_rule_write(entry->version, entry->id, ':', id));
}

static void write_defect(const struct mqh_defect_entry *entry)
{
    printf("%s  %s", entry->name, entry->says);
    if (entry->survives != NULL)
        printf("; not to be noticed: %s", entry->survives);
    if (entry->variant != MQH_VARIANT_COUNT)
        printf("; with --variant %s", mqh_variant_text(entry->variant)->name);
    putchar('\n');
}

static int list_defects(const struct list *list)
{
    size_t shown = 0;
    size_t count;
    struct mqh_defect_entry *entries = mqh_defect_list(&count);

    for (size_t i = 0; i < count; i++) {
        if ((list->versions & MQH_VERSION(entries[i].version)) == 0 ||
            !mqh_selection_means(&list->selection, &entries[i], matches_defect))
            continue;
        write_defect(&entries[i]);
        shown++;
    }
    free(entries);
    return mqh_list_end(shown);
}

static bool matches_variant(const char *pattern, const void *item)
{
    const struct mqh_variant_text *text = item;

    return mqh_glob(pattern, text->name);
}

static int list_variants(const struct list *list)
{
    size_t shown = 0;

    for (unsigned i = 0; i < MQH_VARIANT_COUNT; i++) {
        const struct mqh_variant_text *text = mqh_variant_text((enum mqh_variant)i);

        if (!mqh_selection_means(&list->selection, text, matches_variant))
            continue;
        shown++;
        printf("%s  %s%s%s%s\n", text->name, text->says, text->allows != NULL ? " (" : "",
               text->allows != NULL ? text->allows : "", text->allows != NULL ? ")" : "");
    }
    return mqh_list_end(shown);
}

/* --- options --------------------------------------------------------------------------------- */

enum { CASES = MQH_OPTION, REQUIREMENTS, DEFECTS, VARIANTS, JSON, ONLY, SKIP, PROTOCOL, SUITE_DIR };

static bool take_option(struct list *list, int option)
{
    struct mqh_selection *selection = &list->selection;

    switch (option) {
    case CASES:
        list->cases = true;
        return true;
    case REQUIREMENTS:
        list->requirements = true;
        return true;
    case DEFECTS:
        list->defects = true;
        return true;
    case VARIANTS:
        list->variants = true;
        return true;
    case JSON:
        list->json = true;
        return true;
    case ONLY:
        selection->only[selection->only_count++] = optarg;
        return true;
    case SKIP:
        selection->skip[selection->skip_count++] = optarg;
        return true;
    case PROTOCOL:
        return mqh_option_versions("list", optarg, &list->versions);
    case SUITE_DIR:
        list->folder = optarg;
        return true;
    default:
        return false;
    }
}

static int run(struct list *list, int argc, char **argv)
{
    if (optind < argc)
        return mqh_cli_complain("list", "\"%s\": no argument was expected; --only selects",
                                argv[optind]);
    if (list->cases + list->requirements + list->defects + list->variants > 1)
        return mqh_cli_complain(
            "list", "--cases, --requirements, --defects and --variants exclude each other");
    if (list->json && !list->requirements)
        return mqh_cli_complain("list", "--json goes with --requirements");
    if (list->versions == 0)
        list->versions = MQH_ALL_VERSIONS;
    if (list->defects)
        return list_defects(list);
    if (list->variants)
        return list_variants(list);
    if (!mqh_suite_load(&list->arena, "list", list->folder, &list->scenarios))
        return MQH_EXIT_USAGE;
    return list->requirements ? mqh_list_requirements(&list->arena, &list->scenarios,
                                                      list->versions, &list->selection, list->json)
                              : list_cases(list);
}

int mqh_cli_list(int argc, char **argv)
{
    static const struct option options[] = {
        {"cases", no_argument, NULL, CASES},
        {"requirements", no_argument, NULL, REQUIREMENTS},
        {"defects", no_argument, NULL, DEFECTS},
        {"variants", no_argument, NULL, VARIANTS},
        {"json", no_argument, NULL, JSON},
        {"only", required_argument, NULL, ONLY},
        {"skip", required_argument, NULL, SKIP},
        {"protocol", required_argument, NULL, PROTOCOL},
        {"suite-dir", required_argument, NULL, SUITE_DIR},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct list list = {0};
    int status = MQH_EXIT_OK;
    int option;

    list.selection.only = mqh_arena_alloc(&list.arena, (size_t)argc * sizeof(char *));
    list.selection.skip = mqh_arena_alloc(&list.arena, (size_t)argc * sizeof(char *));
    while ((option = mqh_option_next(argc, argv, ":h", options)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            break;
        }
        if (!take_option(&list, option)) {
            status = MQH_EXIT_USAGE;
            break;
        }
    }
    if (option == -1)
        status = run(&list, argc, argv);
    mqh_arena_free(&list.arena);
    return status;
}
