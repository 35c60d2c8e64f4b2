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

/* "0.003  sub <- SUBACK id=1 [2]", with `room` bytes of the packet, or all of it for 0. */
static void write_event(FILE *out, const struct mqh_event *event, int peer_width, size_t room)
{
    const char *separator = "   !! ";

    fprintf(out, "%3" PRIu64 ".%03" PRIu64 "  %-*s %s", event->time_ms / 1000,
            event->time_ms % 1000, peer_width, event->peer == NULL ? "" : event->peer,
            event_word(event->kind));
    if (event->text != NULL && event->text[0] != '\0') {
        putc(' ', out);
        mqh_plain_text(out, event->text,
                       room == 0 ? 0 : room + 2 - strlen(event_word(event->kind)));
    }

    for (size_t i = 0; i < event->fault_count; i++) {
        const struct mqc_rule_text *rule = mqc_rule_in(event->faults[i].rule, event->version);

        if (rule->level < MQC_SHOULD)
            continue;
        fprintf(out, "%s%s %s", separator, mqc_version_space(event->version), rule->id);
        separator = ", ";
    }
}

enum { TIME_WIDTH = 9, ARROW_WIDTH = 4, PEER_MIN = 6 };

/* Of the column with the names of clients. */
static size_t peer_width(const struct mqh_result *result)
{
    size_t width = PEER_MIN;

    for (size_t i = 0; i < result->event_count; i++) {
        size_t size = result->events[i].peer == NULL ? 0 : strlen(result->events[i].peer);

        width = size > width ? size : width;
    }
    return width;
}

static void write_transcript(FILE *out, const struct mqh_result *result,
                             const struct mqh_evidence_style *style)
{
    size_t max = style->transcript_max;
    size_t width = peer_width(result);
    size_t used = strlen(style->indent) + TIME_WIDTH + width + ARROW_WIDTH;
    size_t room = style->columns == 0          ? 0
                  : style->columns > used + 20 ? style->columns - used - 1
                                               : 20;
    size_t end = max > 0 && result->decided > 0 ? result->decided : result->event_count;
    size_t first = max > 0 && end > max ? end - max : 0;

    if (first > 0)
        fprintf(out, "%s  … %zu lines before (--verbose shows them)\n", style->indent, first);
    for (size_t i = first; i < end; i++) {
        fputs(style->indent, out);
        write_event(out, &result->events[i], (int)width, room);
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

static void write_command(FILE *out, const struct mqh_run *run, const struct mqh_case *c,
                          const char *options)
{
    char *name = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&name, &size);

    fprintf(out, "mqspec test %s%s%s%s", run->target->url, options,
            c->scenario->intrusive ? " --intrusive" : "", c->scenario->slow ? " --slow" : "");
    if (memory == NULL)
        return;
    mqh_plain_glob(memory, c->id);
    fprintf(memory, "@%s", mqc_version_name(c->version));
    if (fclose(memory) == 0) {
        fputs(" --only ", out);
        write_quoted(out, name);
    }
    free(name);
}

void mqh_evidence_command(FILE *out, const struct mqh_run *run, const struct mqh_case *c,
                          const char *options)
{
    char *command = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&command, &size);

    if (memory == NULL)
        return;
    write_command(memory, run, c, options);
    if (fclose(memory) == 0)
        mqh_plain_text(out, command, 0);
    free(command);
}

/* "reason    the packet was answered first", with as many lines as it needs. */
static void write_line(FILE *out, const struct mqh_evidence_style *style, const char *label,
                       const char *text)
{
    if (text == NULL || text[0] == '\0')
        return;
    fprintf(out, "%s%-9s ", style->indent, label);
    mqh_plain_wrapped(out, text, style->text_max, style->columns,
                      (unsigned)strlen(style->indent) + 10);
    putc('\n', out);
}

static void write_requirement(FILE *out, const struct mqh_evidence_style *style, const char *label,
                              const struct mqh_requirement *requirement)
{
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);

    if (memory == NULL)
        return;
    mqh_evidence_requirement(memory, requirement);
    if (fclose(memory) == 0)
        write_line(out, style, label, text);
    free(text);
}

/* What was broken; where a line that proves nothing went wrong, what could not be judged. */
static void write_rules(FILE *out, const struct mqh_case *c, const struct mqh_result *result,
                        const struct mqh_evidence_style *style)
{
    bool blocked = result->verdict == MQH_BLOCKED;
    struct mqh_id_list rules = blocked ? c->requirements : result->broken;

    for (size_t i = 0; i < rules.count; i++)
        write_requirement(out, style, blocked ? "about" : "breaks", rules.items[i]);
}

static void write_warnings(FILE *out, const struct mqh_result *result,
                           const struct mqh_evidence_style *style)
{
    char id[MQH_RULE_TEXT_SIZE];

    for (size_t i = 0; i < result->warning_count; i++) {
        const struct mqh_requirement *rule = result->warnings[i].rule;

        if (rule == NULL && strcmp(result->warnings[i].text, result->reason) == 0)
            continue; /* it was said */
        fprintf(out, "%s%-9s ", style->indent, "warning");
        mqh_plain_text(out, result->warnings[i].text, style->text_max);
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

    write_rules(out, c, result, style);
    write_line(out, style, "reason", result->reason);
    write_line(out, style, "expected", result->expected);
    write_line(out, style, "actual", result->actual);
    write_warnings(out, result, style);
    if (result->unconfirmed)
        write_line(out, style, "note", "unconfirmed: there was no time left to run it again");
    if (!style->brief)
        write_transcript(out, result, style);
    fprintf(out, "%s%-9s ", style->indent, "where");
    mqh_plain_text(out, c->scenario->file, 0);
    fprintf(out, ":%u\n", result->line > 0 ? result->line : c->scenario->where.line);
    fprintf(out, "%s%-9s ", style->indent, "alone");
    mqh_evidence_command(out, run, c, run->alone == NULL ? "" : run->alone);
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
