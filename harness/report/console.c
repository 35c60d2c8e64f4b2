#include "harness/report/console.h"

#include <inttypes.h>
#include <stdlib.h>

#include "harness/report/diagram.h"
#include "harness/report/evidence.h"
#include "harness/report/safe.h"

enum {
    TRANSCRIPT_MAX = 12, /* lines of a red case in a pipe; on a terminal as many as fit, … */
    TRANSCRIPT_MIN = 4,  /* … but these at least, … */
    TRANSCRIPT_MOST = 20,
    TEXT_LINES = 3, /* … with texts of about so many lines */
    TEXT_MAX = 2000,
    BROKER_MAX = 100,
    PROGRESS_MAX = 200,
};

const char *mqh_console_colour(enum mqh_verdict verdict, bool colour)
{
    static const char *const colours[MQH_VERDICT_COUNT] = {
        [MQH_PASS] = "\033[32m",    [MQH_FAIL] = "\033[1;31m", [MQH_WARN] = "\033[33m",
        [MQH_BLOCKED] = "\033[35m", [MQH_SKIP] = "\033[2m",    [MQH_FLAKY] = "\033[36m",
        [MQH_ERROR] = "\033[1;31m",
    };

    return colour ? colours[verdict] : "";
}

const char *mqh_console_plain(bool colour)
{
    return colour ? "\033[0m" : "";
}

/* --- while it runs ------------------------------------------------------------------------- */

static void erase_progress(const struct mqh_console *console)
{
    if (console->progress)
        fputs("\r\033[K", console->out);
}

static void draw_progress(struct mqh_console *console, const struct mqh_run *run, const char *id)
{
    char line[PROGRESS_MAX];
    size_t columns =
        console->columns == 0 || console->columns > PROGRESS_MAX ? PROGRESS_MAX : console->columns;

    /* One column stays free: some terminals begin a line when the last is full. */
    snprintf(line, columns, "%zu/%zu  %zu red  %s", console->done, run->case_count, console->reds,
             id);
    fprintf(console->out, "\r\033[K%s", line);
    fflush(console->out);
    console->shown = console->done;
}

void mqh_console_on_start(void *context, const struct mqh_run *run)
{
    struct mqh_console *console = context;

    if (console->quiet)
        return;
    erase_progress(console);
    mqh_plain_text(console->out, run->tool, 0);
    fputs(": ", console->out);
    mqh_plain_text(console->out, run->target->url, 0);
    fputs(run->broker[0] == '\0' ? "" : ", ", console->out);
    mqh_plain_text(console->out, run->broker, BROKER_MAX);
    fputs(", MQTT", console->out);
    for (enum mqc_version version = MQC_V31; version <= MQC_V5; version++)
        if ((run->versions & MQH_VERSION(version)) != 0)
            fprintf(console->out, " %s", mqc_version_name(version));
    fprintf(console->out, ", %zu case%s\n", run->case_count, run->case_count == 1 ? "" : "s");
    if (console->progress)
        draw_progress(console, run, "");
    fflush(console->out);
}

static void show_verdict(const struct mqh_console *console, const struct mqh_result *result)
{
    fprintf(console->out, "%s%-7s%s ", mqh_console_colour(result->verdict, console->colour),
            mqh_verdict_name(result->verdict), mqh_console_plain(console->colour));
}

/* "subscribe/no-filter@5.0: the packet was answered first", as much as fits behind `used`. */
static void show_name_and_reason(const struct mqh_console *console, const struct mqh_case *c,
                                 const struct mqh_result *result, unsigned used)
{
    char *line = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&line, &size);
    bool cut = console->columns > used + 20 && !console->verbose;

    if (memory == NULL)
        return;
    fprintf(memory, "%s@%s", c->id, mqc_version_name(c->version));
    if (result->known)
        fprintf(memory, "  (known: %s)", result->known_reason);
    else if (result->reason[0] != '\0')
        fprintf(memory, ": %s", result->reason);
    fclose(memory);
    mqh_plain_text(console->out, line, cut ? console->columns - used - 1 : 0);
    putc('\n', console->out);
    free(line);
}

static void show_case(const struct mqh_console *console, const struct mqh_case *c,
                      const struct mqh_result *result)
{
    show_verdict(console, result);
    fprintf(console->out, "%6" PRIu64 " ms  ", result->duration_ms);
    show_name_and_reason(console, c, result, 19);
    if (console->trace)
        mqh_diagram_write(console->out, result, "  ", console->verbose ? 0 : console->columns);
}

void mqh_console_on_case(void *context, const struct mqh_run *run, size_t index)
{
    struct mqh_console *console = context;
    const struct mqh_case *c = &run->cases[index];
    const struct mqh_result *result = run->results[index];

    if (result->runs <= 1)
        console->done++;
    if (result->runs <= 1 && mqh_evidence_is_red(run, result))
        console->reds++;
    if (console->quiet)
        return;
    if (console->verbose || console->trace) {
        erase_progress(console);
        show_case(console, c, result);
        fflush(console->out); /* whoever reads the pipe follows the run */
    }
    /* A terminal is slow; half a percent at a time is smooth enough. */
    if (console->progress && console->done - console->shown >= run->case_count / 200)
        draw_progress(console, run, c->id);
}

void mqh_console_on_note(void *context, const char *text)
{
    struct mqh_console *console = context;

    if (console->quiet)
        return;
    erase_progress(console);
    fprintf(console->out, "%s\n", text);
    fflush(console->out);
}

/* --- at the end ---------------------------------------------------------------------------- */

static bool is_worth_showing(const struct mqh_console *console, const struct mqh_result *result)
{
    if (result == NULL || result->verdict == MQH_PASS || result->verdict == MQH_SKIP)
        return false;
    return !result->known || console->verbose;
}

/* Members of one family in one version that went wrong alike. */
static bool is_alike(const struct mqh_run *run, size_t a, size_t b)
{
    const struct mqh_result *first = run->results[a];
    const struct mqh_result *second = run->results[b];

    return run->cases[a].scenario == run->cases[b].scenario &&
           run->cases[a].version == run->cases[b].version && first->verdict == second->verdict &&
           strcmp(first->reason, second->reason) == 0;
}

static size_t line_count(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count;
}

/* How many lines of a transcript fit the screen with what else is told of the case: besides the
 * evidence a blank line, the heading, "lines before", "alike", and the prompt. */
static size_t transcript_max(const struct mqh_console *console, const struct mqh_run *run,
                             size_t index, struct mqh_evidence_style style)
{
    enum { OTHERS = 6 };
    char *text = NULL;
    size_t size = 0;
    FILE *memory = console->lines == 0 ? NULL : open_memstream(&text, &size);
    size_t room = TRANSCRIPT_MAX;

    if (memory == NULL)
        return room;
    style.brief = true;
    mqh_evidence_write(memory, run, index, &style);
    fclose(memory);
    room = line_count(text) + OTHERS + TRANSCRIPT_MIN > console->lines
               ? TRANSCRIPT_MIN
               : console->lines - OTHERS - line_count(text);
    free(text);
    return room < TRANSCRIPT_MOST ? room : TRANSCRIPT_MOST;
}

/* What makes each of the next `count` members of the family another one: "[q=1] [q=2]". */
static void show_alike(const struct mqh_console *console, const struct mqh_run *run, size_t index,
                       size_t count)
{
    unsigned columns = console->columns;
    char *names = NULL;
    size_t size = 0;
    FILE *memory = count == 0 ? NULL : open_memstream(&names, &size);

    if (memory == NULL)
        return;
    fprintf(memory, "%zu more:", count);
    for (size_t i = index + 1; count > 0; i++) {
        if (!is_worth_showing(console, run->results[i]) || !is_alike(run, index, i))
            continue;
        fprintf(memory, " %s", run->cases[i].id + strcspn(run->cases[i].id, "["));
        count--;
    }
    fclose(memory);
    fprintf(console->out, "        %-9s ", "alike");
    mqh_plain_wrapped(console->out, names, columns == 0 ? TEXT_MAX : TEXT_LINES * (size_t)columns,
                      columns, 18);
    putc('\n', console->out);
    free(names);
}

static void show_in_full(const struct mqh_console *console, const struct mqh_run *run, size_t index,
                         size_t alike)
{
    const struct mqh_case *c = &run->cases[index];
    struct mqh_evidence_style style = {
        .brief = console->trace, /* each case was shown as it ended */
        .text_max = console->verbose        ? 0
                    : console->columns == 0 ? TEXT_MAX
                                            : TEXT_LINES * (size_t)console->columns,
        .columns = console->verbose ? 0 : console->columns,
        .indent = "        ",
    };

    if (!console->verbose && !console->trace)
        style.transcript_max = transcript_max(console, run, index, style);
    putc('\n', console->out);
    show_verdict(console, run->results[index]);
    mqh_plain_text(console->out, c->id, 0);
    fprintf(console->out, "@%s", mqc_version_name(c->version));
    if (run->results[index]->known) {
        fputs("  (known: ", console->out);
        mqh_plain_text(console->out, run->results[index]->known_reason, 0);
        putc(')', console->out);
    }
    putc('\n', console->out);
    mqh_evidence_write(console->out, run, index, &style);
    show_alike(console, run, index, alike);
}

/* What is not red and worth a look has a line; --verbose tells all of it. */
static bool show_others(const struct mqh_console *console, const struct mqh_run *run)
{
    bool any = false;

    for (size_t i = 0; i < run->case_count; i++) {
        const struct mqh_result *result = run->results[i];

        if (!is_worth_showing(console, result) || mqh_evidence_is_red(run, result))
            continue;
        if (console->verbose) {
            show_in_full(console, run, i, 0);
        } else {
            show_verdict(console, result);
            show_name_and_reason(console, &run->cases[i], result, 8);
        }
        any = true;
    }
    return any;
}

static bool show_reds(const struct mqh_console *console, const struct mqh_run *run)
{
    bool any = false;

    for (size_t i = 0; i < run->case_count; i++) {
        size_t alike = 0;
        size_t last = i;

        if (!is_worth_showing(console, run->results[i]) ||
            !mqh_evidence_is_red(run, run->results[i]))
            continue;
        for (size_t j = i + 1; j < run->case_count && !console->verbose; j++) {
            if (!is_worth_showing(console, run->results[j]) ||
                !mqh_evidence_is_red(run, run->results[j]))
                continue;
            if (!is_alike(run, i, j))
                break;
            alike++;
            last = j;
        }
        show_in_full(console, run, i, alike);
        i = last;
        any = true;
    }
    return any;
}

void mqh_console_end(struct mqh_console *console, const struct mqh_run *run)
{
    erase_progress(console);
    if (!console->quiet && run->failed == NULL) {
        bool any = show_others(console, run);

        /* What matters most stands last, where the eye is when the run ends. */
        any = show_reds(console, run) || any;
        if (any)
            putc('\n', console->out);
        mqh_console_summary(console->out, run, console->columns, console->colour);
    }
    if (run->failed == NULL) {
        mqh_console_last_line(console->out, run, console->colour);
        putc('\n', console->out);
    }
    fflush(console->out);
}
