#include "harness/report/markdown_findings.h"

#include <stdlib.h>

#include "harness/report/evidence.h"
#include "harness/report/markdown.h"

enum {
    ROOM_FINDINGS = 18000,
    ROOM_EVIDENCE = 20000,
    ROOM_KNOWN = 6000,
    ROOM_WARNED = 4000,
    TRANSCRIPT_LINES = 12,
};

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

enum which { FAILED, KNOWN, WARNED };

static unsigned cases_of(const struct mqh_finding *finding, enum which which)
{
    return which == FAILED ? finding->failed : which == KNOWN ? finding->known : finding->warned;
}

static size_t rules_of(const struct mqh_findings *findings, enum which which)
{
    size_t count = 0;

    for (size_t i = 0; i < findings->count; i++)
        count += cases_of(&findings->items[i], which) > 0;
    return count;
}

static void write_findings(FILE *out, const struct mqh_findings *findings, enum which which,
                           size_t room)
{
    struct mqh_md_part part = {.out = out, .room = room};

    fputs("| requirement | what the standard asks | cases |\n|---|---|--:|\n", out);
    for (size_t i = 0; i < findings->count; i++) {
        const struct mqh_requirement *rule = findings->items[i].rule;
        unsigned cases = cases_of(&findings->items[i], which);
        char id[MQH_RULE_TEXT_SIZE];

        if (cases == 0)
            continue;

        FILE *item = mqh_md_item(&part);

        fprintf(item, "| `%s`<br>%s, section %s | ",
                mqh_rule_write(rule->version, rule->id, ' ', id), rule->level, rule->section);
        mqh_md_text(item, rule->text);
        fprintf(item, " | %u |\n", cases);
        mqh_md_item_end(&part);
    }
    mqh_md_part_end(&part);
}

static void write_evidence(FILE *out, const struct mqh_run *run, size_t index)
{
    struct mqh_evidence_style style = {.transcript_max = TRANSCRIPT_LINES, .indent = ""};
    char *story = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&story, &size);

    if (memory == NULL)
        return;
    fprintf(memory, "%s %s@%s\n", mqh_verdict_name(run->results[index]->verdict),
            run->cases[index].id, mqc_version_name(run->cases[index].version));
    mqh_evidence_write(memory, run, index, &style);
    if (fclose(memory) == 0)
        mqh_md_block(out, story);
    putc('\n', out);
    free(story);
}

/* A case may be the first of several requirements; it is told once. */
static bool is_told(const struct mqh_findings *findings, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (findings->items[i].failed > 0 &&
            findings->items[i].first == findings->items[index].first)
            return true;
    return false;
}

void mqh_md_failures(FILE *out, const struct mqh_run *run, const struct mqh_findings *findings)
{
    struct mqh_md_part part = {.out = out, .room = ROOM_EVIDENCE};
    size_t rules = rules_of(findings, FAILED);

    if (rules == 0)
        return;
    fprintf(out, "\n### %s %zu requirement%s\n\n", run->known == NULL ? "Breaks" : "Newly breaks",
            rules, plural(rules));
    write_findings(out, findings, FAILED, ROOM_FINDINGS);
    mqh_md_fold(out, "How: one case of each");
    for (size_t i = 0; i < findings->count; i++) {
        if (findings->items[i].failed == 0 || is_told(findings, i))
            continue;
        write_evidence(mqh_md_item(&part), run, findings->items[i].first);
        mqh_md_item_end(&part);
    }
    mqh_md_part_end(&part);
    mqh_md_fold_end(out);
}

void mqh_md_known(FILE *out, const struct mqh_findings *findings)
{
    size_t rules = rules_of(findings, KNOWN);
    char summary[100];

    if (rules == 0)
        return;
    snprintf(summary, sizeof summary, "Known failures: %zu requirement%s", rules, plural(rules));
    mqh_md_fold(out, summary);
    write_findings(out, findings, KNOWN, ROOM_KNOWN);
    mqh_md_fold_end(out);
}

/* Of many warnings the whole is a Reason Code that is not the one the standard names. */
void mqh_md_warned(FILE *out, const struct mqh_run *run, const struct mqh_findings *findings)
{
    unsigned cases = run->counts[MQH_WARN];
    unsigned others = 0;
    char summary[100];

    if (cases == 0)
        return;
    for (size_t i = 0; i < run->case_count; i++)
        others += run->results[i] != NULL && run->results[i]->verdict == MQH_WARN &&
                  !run->results[i]->known && run->results[i]->broken.count == 0;
    snprintf(summary, sizeof summary, "Warnings: %u case%s", cases, plural(cases));
    mqh_md_fold(out, summary);
    if (rules_of(findings, WARNED) > 0)
        write_findings(out, findings, WARNED, ROOM_WARNED);
    if (others > 0)
        fprintf(out, "\nAnother Reason Code than the standard names, or none: %u case%s\n", others,
                plural(others));
    mqh_md_fold_end(out);
}
