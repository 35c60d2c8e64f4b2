#include "harness/cli/lint_junit.h"

#include <inttypes.h>
#include <string.h>

#include "harness/report/safe.h"

enum { STORY_MAX = 10 }; /* breaches of a rule that are told */

/* A rule that one side broke. */
struct broken {
    enum mqc_side side;
    enum mqc_version version;
    enum mqc_level level;
    const char *id;
    const char *says;
    uint64_t count;
    const char *story[STORY_MAX];
    struct broken *next;
};

struct mqh_lint_junit_file {
    const char *path;
    const char *why;   /* it could not be read to its end; NULL otherwise */
    const char *notes; /* lines; NULL: none */
    struct broken *first;
    struct broken **end;
    struct mqh_lint_junit_file *next;
};

struct counts {
    unsigned tests;
    unsigned failures;
    unsigned errors;
};

/* ---- as it comes ---- */

void mqh_lint_junit_begin(struct mqh_lint_junit *junit, const char *path)
{
    struct mqh_lint_junit_file *file = mqh_arena_alloc(&junit->arena, sizeof *file);

    file->path = path;
    file->end = &file->first;
    file->next = junit->files;
    junit->files = file;
}

static struct broken *find(struct mqh_lint_junit *junit, const struct mqh_breach *b)
{
    struct mqh_lint_junit_file *file = junit->files;
    struct broken *broken = file->first;

    while (broken != NULL && (broken->side != b->side || broken->version != b->version ||
                              strcmp(broken->id, b->id) != 0))
        broken = broken->next;
    if (broken != NULL)
        return broken;
    broken = mqh_arena_alloc(&junit->arena, sizeof *broken);
    *broken = (struct broken){
        .side = b->side, .version = b->version, .level = b->level, .id = b->id, .says = b->says};
    *file->end = broken;
    file->end = &broken->next;
    return broken;
}

void mqh_lint_junit_add(struct mqh_lint_junit *junit, const struct mqh_finding *finding)
{
    const struct mqh_breach *b = finding->breach;
    struct broken *broken = find(junit, b);

    if (broken->count < STORY_MAX)
        broken->story[broken->count] =
            mqh_arena_format(&junit->arena, "frame %" PRIu64 "  %.6f s  #%u: %s%s%s",
                             finding->frame, finding->time_s, b->connection, b->text,
                             finding->notation[0] == '\0' ? "" : "\n    ", finding->notation);
    broken->count++;
}

void mqh_lint_junit_fail(struct mqh_lint_junit *junit, const char *why)
{
    junit->files->why = mqh_arena_format(&junit->arena, "%s", why);
}

void mqh_lint_junit_note(struct mqh_lint_junit *junit, const char *text)
{
    if (text[0] != '\0')
        junit->files->notes = mqh_arena_format(&junit->arena, "%s", text);
}

/* ---- what becomes of it ---- */

static const char *side_name(enum mqc_side side)
{
    return side == MQC_CLIENT ? "client" : "server";
}

static bool fails(const struct mqh_lint_junit *junit, const struct broken *broken)
{
    return (broken->level == MQC_MUST || junit->strict) &&
           (junit->side == MQC_SIDE_UNKNOWN || junit->side == broken->side);
}

static bool broke_something(const struct mqh_lint_junit_file *file, enum mqc_side side)
{
    for (const struct broken *broken = file->first; broken != NULL; broken = broken->next)
        if (broken->side == side)
            return true;
    return false;
}

static void count(struct counts *counts, const struct mqh_lint_junit *junit,
                  const struct mqh_lint_junit_file *file)
{
    counts->errors += file->why != NULL;
    counts->tests += file->why != NULL;
    for (enum mqc_side side = MQC_CLIENT; side <= MQC_SERVER; side++)
        counts->tests += !broke_something(file, side);
    for (const struct broken *broken = file->first; broken != NULL; broken = broken->next) {
        counts->tests++;
        counts->failures += fails(junit, broken);
    }
}

static void write_counts(FILE *out, const struct counts *counts)
{
    fprintf(out, " tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"0\"", counts->tests,
            counts->failures, counts->errors);
}

static void write_case(FILE *out, const struct mqh_lint_junit_file *file, const char *name)
{
    fputs("    <testcase classname=\"", out);
    mqh_xml_text(out, file->path, false);
    fprintf(out, "\" name=\"%s\"", name);
}

static void write_broken(FILE *out, const struct mqh_lint_junit *junit,
                         const struct mqh_lint_junit_file *file, const struct broken *broken)
{
    bool failed = fails(junit, broken);
    char name[96];

    snprintf(name, sizeof name, "%s %s %s", side_name(broken->side),
             mqc_version_space(broken->version), broken->id);
    write_case(out, file, name);
    if (failed) {
        fputs(">\n      <failure message=\"", out);
        mqh_xml_text(out, broken->says, false);
        fprintf(out, "\" type=\"%s\">", broken->level == MQC_MUST ? "FAIL" : "WARN");
    } else {
        fputs(">\n      <system-out>", out);
        mqh_xml_text(out, broken->says, true);
        putc('\n', out);
    }
    for (uint64_t i = 0; i < broken->count && i < STORY_MAX; i++) {
        mqh_xml_text(out, broken->story[i], true);
        putc('\n', out);
    }
    if (broken->count > STORY_MAX)
        fprintf(out, "and %" PRIu64 " more\n", broken->count - STORY_MAX);
    fprintf(out, "</%s>\n    </testcase>\n", failed ? "failure" : "system-out");
}

static void write_file(FILE *out, const struct mqh_lint_junit *junit,
                       const struct mqh_lint_junit_file *file)
{
    struct counts counts = {0};

    count(&counts, junit, file);
    fputs("  <testsuite name=\"", out);
    mqh_xml_text(out, file->path, false);
    putc('"', out);
    write_counts(out, &counts);
    fputs(">\n", out);
    if (file->why != NULL) {
        write_case(out, file, "whole");
        fputs(">\n      <error message=\"", out);
        mqh_xml_text(out, file->why, false);
        fputs("\" type=\"ERROR\"/>\n    </testcase>\n", out);
    }
    for (enum mqc_side side = MQC_CLIENT; side <= MQC_SERVER; side++) {
        if (broke_something(file, side))
            continue;
        write_case(out, file, side_name(side));
        fputs("/>\n", out);
    }
    for (const struct broken *broken = file->first; broken != NULL; broken = broken->next)
        write_broken(out, junit, file, broken);
    if (file->notes != NULL) {
        fputs("    <system-out>", out);
        mqh_xml_text(out, file->notes, true);
        fputs("</system-out>\n", out);
    }
    fputs("  </testsuite>\n", out);
}

/* In the order in which they were given. */
static void write_files(FILE *out, const struct mqh_lint_junit *junit,
                        const struct mqh_lint_junit_file *file)
{
    if (file == NULL)
        return;
    write_files(out, junit, file->next);
    write_file(out, junit, file);
}

void mqh_lint_junit_write(FILE *out, const void *junit)
{
    const struct mqh_lint_junit *all = junit;
    struct counts counts = {0};

    for (const struct mqh_lint_junit_file *file = all->files; file != NULL; file = file->next)
        count(&counts, all, file);
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"mqspec lint\"", out);
    write_counts(out, &counts);
    fputs(">\n", out);
    write_files(out, all, all->files);
    fputs("</testsuites>\n", out);
}
