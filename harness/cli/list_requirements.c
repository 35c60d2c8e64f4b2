#include "harness/cli/list_requirements.h"

#include <stdlib.h>
#include <string.h>

#include "harness/cli/cli.h"
#include "harness/cli/list.h"
#include "harness/cli/terminal.h"
#include "harness/report/safe.h"
#include "harness/runner/match.h"

enum { CATALOGUE_COUNT = 5 };

static const char *const catalogues[CATALOGUE_COUNT] = {"3.1", "3.1.1", "3.1.1 unnumbered", "5.0",
                                                        "5.0 unnumbered"};

static size_t catalogue_of(const struct mqh_requirement *requirement)
{
    bool numbered = strncmp(requirement->id, "MQTT-", 5) == 0;

    if (requirement->version == MQC_V31)
        return 0;
    return (requirement->version == MQC_V311 ? 1u : 3u) + (numbered ? 0 : 1);
}

/* A pattern means a requirement, or a scenario that proves it. */
static bool matches_row(const char *pattern, const void *item)
{
    const struct mqh_coverage *coverage = item;
    const struct mqh_requirement *requirement = coverage->requirement;
    char id[MQH_RULE_TEXT_SIZE];

    if (mqh_glob(pattern, mqh_rule_write(requirement->version, requirement->id, ':', id)) ||
        mqh_glob(pattern, mqh_rule_write(requirement->version, requirement->id, ' ', id)))
        return true;
    for (size_t i = 0; i < coverage->scenario_count; i++)
        if (mqh_glob(pattern, coverage->scenarios[i]->name))
            return true;
    return false;
}

enum { INDENT = 4 };

/* Who proves it, or why nobody does; and what breaks it. */
static void write_proof(FILE *out, const struct mqh_coverage *coverage)
{
    for (size_t i = 0; i < coverage->scenario_count; i++)
        fprintf(out, "%s%s", i > 0 ? ", " : "", coverage->scenarios[i]->name);
    fputs(coverage->why, out);
    if (coverage->defect_count > 0)
        fprintf(out, " [%zu defect%s]", coverage->defect_count,
                coverage->defect_count > 1 ? "s" : "");
    else if (coverage->no_defect != NULL)
        fprintf(out, " [no defect: %s]", coverage->no_defect);
}

/* A line for programs that look for something in it; on a terminal as many as it takes. */
static void write_row(const struct mqh_coverage *coverage, unsigned columns)
{
    const struct mqh_requirement *requirement = coverage->requirement;
    char id[MQH_RULE_TEXT_SIZE];
    char *proof = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&proof, &size);

    if (memory == NULL)
        abort();
    write_proof(memory, coverage);
    fclose(memory);
    printf("%-22s %-13s %-8s %-11s", mqh_rule_write(requirement->version, requirement->id, ' ', id),
           requirement->level, requirement->subject, mqh_status_name(coverage->status));
    if (columns > 0)
        printf("\n%*s", INDENT, "");
    else
        putchar(' ');
    mqh_plain_wrapped(stdout, proof, 0, columns, INDENT);
    printf("\n%*s", INDENT, "");
    mqh_plain_wrapped(stdout, requirement->text, 0, columns, INDENT);
    putchar('\n');
    free(proof);
}

static void write_counts(unsigned counts[CATALOGUE_COUNT][MQH_STATUS_COUNT])
{
    printf("\n%-17s %6s", "catalogue", "rows");
    for (int status = 0; status < MQH_STATUS_COUNT; status++)
        printf(" %11s", mqh_status_name((enum mqh_status)status));
    putchar('\n');
    for (size_t i = 0; i < CATALOGUE_COUNT; i++) {
        unsigned rows = 0;

        for (int status = 0; status < MQH_STATUS_COUNT; status++)
            rows += counts[i][status];
        if (rows == 0)
            continue;
        printf("%-17s %6u", catalogues[i], rows);
        for (int status = 0; status < MQH_STATUS_COUNT; status++)
            printf(" %11u", counts[i][status]);
        putchar('\n');
    }
}

int mqh_list_end(size_t shown)
{
    if (shown == 0)
        return mqh_cli_complain("list", "there is none that --only, --skip and --protocol leave");
    return MQH_EXIT_OK;
}

int mqh_list_requirements(struct mqh_arena *arena, const struct mqh_scenarios *scenarios,
                          unsigned versions, const struct mqh_selection *selection, bool json)
{
    unsigned counts[CATALOGUE_COUNT][MQH_STATUS_COUNT] = {0};
    size_t row_count = 0;
    size_t defect_count;
    struct mqh_defect_entry *defects = mqh_defect_list(&defect_count);
    unsigned columns = mqh_terminal_columns(stdout);

    for (size_t i = 0; i < mqh_catalogue_count(); i++) {
        struct mqh_coverage coverage;

        mqh_coverage_find(arena, scenarios, defects, defect_count, mqh_catalogue_at(i), &coverage);
        if ((versions & MQH_VERSION(coverage.requirement->version)) == 0 ||
            !mqh_selection_means(selection, &coverage, matches_row))
            continue;
        counts[catalogue_of(coverage.requirement)][coverage.status]++;
        row_count++;
        if (json)
            mqh_coverage_write_json(stdout, &coverage);
        else
            write_row(&coverage, columns);
    }
    free(defects);
    if (!json && row_count > 0)
        write_counts(counts);
    return mqh_list_end(row_count);
}
