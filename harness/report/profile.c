#include "harness/report/report.h"

#include <string.h>

static void write_versions(FILE *out, const struct mqh_run *run)
{
    const char *separator = "";

    fprintf(out, "%-26s ", "accepts MQTT");
    for (enum mqc_version version = MQC_V31; version <= MQC_V5; version++) {
        if ((run->versions & MQH_VERSION(version)) == 0)
            continue;
        fprintf(out, "%s%s", separator, mqc_version_name(version));
        separator = ", ";
    }
    fprintf(out, "%s\n", separator[0] == '\0' ? "in none of the versions asked for" : "");
}

/* --- capabilities: a row for each, a column for each version ---------------------------------- */

static const struct mqh_capability *capability_in(const struct mqh_run *run, const char *name,
                                                  enum mqc_version version)
{
    for (size_t i = 0; i < run->capability_count; i++)
        if (run->capabilities[i].version == version && strcmp(run->capabilities[i].name, name) == 0)
            return &run->capabilities[i];
    return NULL;
}

static bool named_before(const struct mqh_run *run, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(run->capabilities[i].name, run->capabilities[index].name) == 0)
            return true;
    return false;
}

static void write_capabilities(FILE *out, const struct mqh_run *run)
{
    if (run->capability_count == 0)
        return;
    fprintf(out, "\n%-30s", "capability");
    for (enum mqc_version version = MQC_V31; version <= MQC_V5; version++)
        if ((run->versions & MQH_VERSION(version)) != 0)
            fprintf(out, " %6s", mqc_version_name(version));
    putc('\n', out);
    for (size_t i = 0; i < run->capability_count; i++) {
        if (named_before(run, i))
            continue;
        fprintf(out, "%-30s", run->capabilities[i].name);
        for (enum mqc_version version = MQC_V31; version <= MQC_V5; version++) {
            const struct mqh_capability *capability =
                capability_in(run, run->capabilities[i].name, version);

            if ((run->versions & MQH_VERSION(version)) != 0)
                fprintf(out, " %6s", capability == NULL ? "" : capability->present ? "yes" : "no");
        }
        putc('\n', out);
    }
}

/* --- profile: a line for each name, the versions that have the same word together ------------- */

static bool is_same(const struct mqh_profile_entry *a, const struct mqh_profile_entry *b)
{
    return a->announced == b->announced && strcmp(a->name, b->name) == 0 &&
           strcmp(a->word, b->word) == 0;
}

static bool written_before(const struct mqh_run *run, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (is_same(&run->profile[i], &run->profile[index]))
            return true;
    return false;
}

static void write_profile(FILE *out, const struct mqh_run *run, bool announced, const char *heading)
{
    for (size_t i = 0; i < run->profile_count; i++) {
        const struct mqh_profile_entry *entry = &run->profile[i];
        const char *separator = " (";

        if (entry->announced != announced || written_before(run, i))
            continue;
        fputs(heading, out);
        heading = "";
        fprintf(out, "%-30s %s", entry->name, entry->word);
        for (size_t j = i; j < run->profile_count; j++) {
            if (!is_same(&run->profile[j], entry))
                continue;
            fprintf(out, "%s%s", separator, mqc_version_name(run->profile[j].version));
            separator = ", ";
        }
        fputs(")\n", out);
    }
}

void mqh_report_probe(FILE *out, const struct mqh_run *run)
{
    fprintf(out, "%s\n", run->target->url);
    fprintf(out, "%-26s %s\n", "says it is", run->broker[0] == '\0' ? "nothing" : run->broker);
    write_versions(out, run);
    fprintf(out, "%-26s %u ms\n", "silence is settled after", run->settle_ms);
    write_profile(out, run, true, "\nannounced in CONNACK\n");
    write_capabilities(out, run);
    write_profile(out, run, false, "\nobserved, where the standards leave a choice\n");
}
