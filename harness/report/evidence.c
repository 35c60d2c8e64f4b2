#include "harness/report/evidence.h"

#include <inttypes.h>
#include <stdlib.h>

#include "harness/report/safe.h"

void mqh_evidence_requirement(FILE *out, const struct mqh_requirement *requirement)
{
    char id[MQH_RULE_TEXT_SIZE];

    fprintf(out, "%s (%s, section %s): %s",
            mqh_rule_write(requirement->version, requirement->id, ' ', id), requirement->level,
            requirement->section, requirement->text);
}

static const char *event_word(enum mqh_event_kind kind)
{
    switch (kind) {
    case MQH_EVENT_OPENED:
        return "open";
    case MQH_EVENT_SENT:
        return "->";
    case MQH_EVENT_RECEIVED:
        return "<-";
    case MQH_EVENT_CLOSED:
        return "-> FIN";
    case MQH_EVENT_RESET:
        return "-> RST";
    case MQH_EVENT_PEER_FIN:
        return "<- FIN";
    case MQH_EVENT_PEER_RST:
        return "<- RST";
    case MQH_EVENT_BREACH:
    case MQH_EVENT_NOTE:
        return "--";
    }
    return "?";
}

void mqh_evidence_event(FILE *out, const struct mqh_event *event)
{
    const char *separator = "   !! ";

    fprintf(out, "%3" PRIu64 ".%03" PRIu64 "  %-6s %s", event->time_ms / 1000,
            event->time_ms % 1000, event->peer == NULL ? "" : event->peer, event_word(event->kind));
    if (event->text != NULL && event->text[0] != '\0') {
        putc(' ', out);
        mqh_plain_text(out, event->text, 0);
    }

    for (size_t i = 0; i < event->fault_count; i++) {
        const struct mqc_rule_text *rule = mqc_rule_in(event->faults[i].rule, event->version);

        if (rule->level < MQC_SHOULD)
            continue;
        fprintf(out, "%s%s %s", separator, mqc_version_space(event->version), rule->id);
        separator = ", ";
    }
}

void mqh_evidence_transcript(FILE *out, const struct mqh_result *result, size_t max,
                             const char *indent)
{
    size_t first = 0;

    if (max > 0 && result->event_count > max)
        first = result->event_count - max;
    if (first > 0)
        fprintf(out, "%s  … %zu lines before (--verbose shows them)\n", indent, first);
    for (size_t i = first; i < result->event_count; i++) {
        fputs(indent, out);
        mqh_evidence_event(out, &result->events[i]);
        putc('\n', out);
    }
}

/* 'text', with quotes inside as a shell wants them. */
static void write_quoted(FILE *out, const char *text)
{
    putc('\'', out);
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            fputs("'\\''", out);
        else
            putc(*text, out);
    }
    putc('\'', out);
}

void mqh_evidence_command(FILE *out, const struct mqh_run *run, const struct mqh_case *c,
                          const char *options)
{
    char *name = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&name, &size);

    fprintf(out, "mqspec test %s%s%s%s", run->target->url, options,
            c->scenario->intrusive ? " --intrusive" : "", c->scenario->slow ? " --slow" : "");
    if (memory == NULL)
        return;
    fprintf(memory, "%s@%s", c->id, mqc_version_name(c->version));
    if (fclose(memory) == 0) {
        fputs(" --only ", out);
        write_quoted(out, name);
    }
    free(name);
}

static void write_line(FILE *out, const char *indent, const char *label, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return;
    fprintf(out, "%s%-9s ", indent, label);
    mqh_plain_text(out, text, 0);
    putc('\n', out);
}

/* What was broken; where a line that proves nothing went wrong, what could not be judged. */
static void write_rules(FILE *out, const struct mqh_case *c, const struct mqh_result *result,
                        const char *indent)
{
    bool blocked = result->verdict == MQH_BLOCKED;
    struct mqh_id_list rules = blocked ? c->requirements : result->broken;

    for (size_t i = 0; i < rules.count; i++) {
        fprintf(out, "%s%-9s ", indent, blocked ? "about" : "breaks");
        mqh_evidence_requirement(out, rules.items[i]);
        putc('\n', out);
    }
}

static void write_warnings(FILE *out, const struct mqh_result *result, const char *indent)
{
    char id[MQH_RULE_TEXT_SIZE];

    for (size_t i = 0; i < result->warning_count; i++) {
        const struct mqh_requirement *rule = result->warnings[i].rule;

        if (rule == NULL && strcmp(result->warnings[i].text, result->reason) == 0)
            continue; /* it was said */
        fprintf(out, "%s%-9s ", indent, "warning");
        mqh_plain_text(out, result->warnings[i].text, 0);
        if (rule != NULL)
            fprintf(out, ": %s", mqh_rule_write(rule->version, rule->id, ' ', id));
        putc('\n', out);
    }
}

void mqh_evidence_write(FILE *out, const struct mqh_run *run, size_t index,
                        const struct mqh_evidence_style *style)
{
    const struct mqh_case *c = &run->cases[index];
    const struct mqh_result *result = run->results[index];
    const char *indent = style->indent;

    write_rules(out, c, result, indent);
    write_line(out, indent, "reason", result->reason);
    write_line(out, indent, "expected", result->expected);
    write_line(out, indent, "actual", result->actual);
    write_warnings(out, result, indent);
    if (result->unconfirmed)
        write_line(out, indent, "note", "unconfirmed: there was no time left to run it again");
    if (!style->brief)
        mqh_evidence_transcript(out, result, style->transcript_max, indent);
    fprintf(out, "%s%-9s %s:%u\n", indent, "where", c->scenario->file,
            result->line > 0 ? result->line : c->scenario->where.line);
    fprintf(out, "%s%-9s ", indent, "alone");
    mqh_evidence_command(out, run, c, style->alone);
    putc('\n', out);
}

bool mqh_evidence_is_red(const struct mqh_run *run, const struct mqh_result *result)
{
    if (result->known)
        return false;
    switch (result->verdict) {
    case MQH_FAIL:
    case MQH_BLOCKED:
    case MQH_ERROR:
        return true;
    case MQH_WARN:
        return run->strict;
    case MQH_PASS:
    case MQH_SKIP:
    case MQH_FLAKY:
    case MQH_VERDICT_COUNT:
        break;
    }
    return false;
}

struct mqc_slice mqh_evidence_section(const struct mqh_case *c)
{
    const char *name = c->scenario->name;
    const char *slash = strchr(name, '/');

    return (struct mqc_slice){(const uint8_t *)name,
                              slash == NULL ? strlen(name) : (size_t)(slash - name)};
}
