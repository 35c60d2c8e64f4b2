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

/* --- capabilities: each with a column for each version --------------------------------------- */

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

enum { NAME_WIDTH = 30 };

static void write_heads(FILE *out, const struct mqh_run *run)
{
    fprintf(out, "%-*s", NAME_WIDTH, "capability");
    for (enum mqc_version version = MQC_V31; version <= MQC_V5; version++)
        if ((run->versions & MQH_VERSION(version)) != 0)
            fprintf(out, " %5s", mqc_version_name(version));
}

static void write_capability(FILE *out, const struct mqh_run *run, const char *name)
{
    fprintf(out, "%-*s", NAME_WIDTH, name);
    for (enum mqc_version version = MQC_V31; version <= MQC_V5; version++) {
        const struct mqh_capability *capability = capability_in(run, name, version);

        if ((run->versions & MQH_VERSION(version)) != 0)
            fprintf(out, " %5s", capability == NULL ? "" : capability->present ? "yes" : "no");
    }
}

/* The index of the `wanted`th name, counted from 0; capability_count if there are not as many. */
static size_t find_name(const struct mqh_run *run, size_t wanted)
{
    size_t i = 0;

    for (; i < run->capability_count; i++)
        if (!named_before(run, i) && wanted-- == 0)
            break;
    return i;
}

/* Side by side where they are many and a line has the room, so that all is one screen. */
static void write_capabilities(FILE *out, const struct mqh_run *run, unsigned width)
{
    enum { VERSION_WIDTH = 6, GAP = 3 };
    const size_t pair = 2 * (NAME_WIDTH + (MQC_V5 - MQC_V31 + 1) * VERSION_WIDTH) + GAP;
    size_t count = 0;
    size_t columns;
    size_t rows;

    for (size_t i = 0; i < run->capability_count; i++)
        count += !named_before(run, i);
    if (count == 0)
        return;
    columns = count > 10 && (width == 0 || width >= pair) ? 2 : 1;
    rows = (count + columns - 1) / columns;
    putc('\n', out);
    for (size_t column = 0; column < columns; column++) {
        fputs(column > 0 ? "   " : "", out);
        write_heads(out, run);
    }
    putc('\n', out);
    for (size_t row = 0; row < rows; row++) {
        for (size_t column = 0; column < columns; column++) {
            size_t index = find_name(run, column * rows + row);

            if (index == run->capability_count)
                continue;
            fputs(column > 0 ? "   " : "", out);
            write_capability(out, run, run->capabilities[index].name);
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

void mqh_report_probe(FILE *out, const struct mqh_run *run, unsigned columns)
{
    fprintf(out, "%s\n", run->target->url);
    fprintf(out, "%-26s %s\n", "says it is", run->broker[0] == '\0' ? "nothing" : run->broker);
    write_versions(out, run);
    fprintf(out, "%-26s %u ms\n", "silence is settled after", run->settle_ms);
    write_profile(out, run, true, "\nannounced in CONNACK\n");
    write_capabilities(out, run, columns);
    write_profile(out, run, false, "\nobserved, where the standards leave a choice\n");
}
