#include "harness/replay/report.h"

#include <stdio.h>

#include "harness/catalogue/catalogue.h"
#include "harness/replay/pause.h"

enum { LABEL = 11, WIDTH = 100 };

/* "# What:     text", on as many lines as it takes. */
static void say(FILE *out, const char *label, const char *text)
{
    size_t column = (size_t)fprintf(out, "# %-*s", LABEL - 2, label);
    const char *word = text;

    while (*word != '\0') {
        size_t size = strcspn(word, " ");

        if (column > LABEL && column + 1 + size > WIDTH)
            column = (size_t)fprintf(out, "\n#%*s", LABEL - 1, "") - 1;
        else if (column > LABEL)
            column += (size_t)fprintf(out, " ");
        column += fwrite(word, 1, size, out);
        word += size + strspn(word + size, " ");
    }
    putc('\n', out);
}

static void say_what_is_asked(FILE *out, struct mqh_arena *arena, const char *rule_text)
{
    struct mqh_rule rule;
    const struct mqh_requirement *row = NULL;

    if (mqh_rule_parse(rule_text, strlen(rule_text), &rule))
        row = mqh_catalogue_find(rule.version, rule.id);
    if (row != NULL)
        say(out, "Expected",
            mqh_arena_format(arena, "%s (%s, MQTT %s, section %s): %s", rule_text, row->level,
                             mqc_version_name(rule.version), row->section, row->text));
}

/* Some seconds; a pause of the recording, if it has to be kept. */
static unsigned seconds(const struct mqh_replay_report *report, uint64_t from_ns, uint64_t to_ns)
{
    uint64_t ms = report->paced ? mqh_pause_between(from_ns, to_ns) : 0;

    return ms < MQH_PAUSE_MS ? 0 : (unsigned)((ms + 999) / 1000);
}

/* "echo 10… | xxd -r -p; sleep 2; echo c000 | xxd -r -p; sleep 2" */
static void say_deeds(FILE *out, const struct mqh_recording *recording, unsigned connection,
                      const struct mqh_replay_report *report)
{
    enum { ANSWERS_S = 2 };
    uint64_t said_ns = recording->event_count > 0 ? recording->events[0].time_ns : 0;
    const char *echo = "echo ";

    for (size_t i = 0; i < recording->event_count; i++) {
        const struct mqh_recording_event *event = &recording->events[i];
        unsigned pause_s = seconds(report, said_ns, event->time_ns);

        if (event->connection != connection || event->side != MQC_CLIENT ||
            event->kind != MQH_RECORDING_BYTES)
            continue;
        if (pause_s > 0) {
            fprintf(out, "%ssleep %u; ", *echo == '\0' ? " | xxd -r -p; " : "", pause_s);
            echo = "echo ";
        }
        fputs(echo, out);
        echo = "";
        for (size_t n = 0; n < event->bytes.size; n++)
            fprintf(out, "%02x", event->bytes.data[n]);
        said_ns = event->time_ns;
    }
    fprintf(out, "%s; sleep %u", *echo == '\0' ? " | xxd -r -p" : ":",
            seconds(report, said_ns, recording->end_ns) + ANSWERS_S);
}

/* The lines stand in the order of the connections: each next one begins while the ones before it
 * stay. */
static void say_by_hand(FILE *out, const struct mqh_recording *recording,
                        const struct mqh_replay_report *report)
{
    for (unsigned c = 0; c < recording->connection_count; c++) {
        fprintf(out, "# %-*s(", LABEL - 2, c == 0 ? "By hand" : "");
        say_deeds(out, recording, c, report);
        fprintf(out, ") | nc %s %u | xxd%s\n", report->host, report->port,
                c + 1 < recording->connection_count ? " &" : "");
    }
}

void mqh_replay_report_write(FILE *out, const struct mqh_recording *recording,
                             const struct mqh_replay_report *report)
{
    const struct mqh_recording_blame *blame = &report->blame;
    struct mqh_arena *arena = recording->arena;

    say(out, "Happens",
        blame->text == NULL ? report->failure
                            : mqh_arena_format(arena, "%s: %s", report->failure, blame->text));
    if (blame->rule != NULL)
        say_what_is_asked(out, arena, blame->rule);
    else
        say(out, "Expected", "the broker goes on serving its clients");
    say(out, "Again",
        mqh_arena_format(arena, "mqspec replay THIS-FILE %s%s", report->url,
                         report->paced ? " --pace real" : ""));
    if (report->host != NULL && report->host[0] != '\0')
        say_by_hand(out, recording, report);
    mqh_recording_write_scenario(out, recording, report->name, blame);
}
