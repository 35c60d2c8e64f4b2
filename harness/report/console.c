#include "harness/report/console.h"

#include <inttypes.h>

#include "harness/report/evidence.h"
#include "harness/report/safe.h"

enum { TRANSCRIPT_MAX = 12, PROGRESS_COLUMNS = 79, BROKER_MAX = 100 };

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
    char line[PROGRESS_COLUMNS + 1];

    snprintf(line, sizeof line, "%zu/%zu  %zu red  %s", console->done, run->case_count,
             console->reds, id);
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
    fprintf(console->out, "%s: %s%s", run->tool, run->target->url,
            run->broker[0] == '\0' ? "" : ", ");
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

static void show_case(const struct mqh_console *console, const struct mqh_case *c,
                      const struct mqh_result *result)
{
    fprintf(console->out, "%s%-7s%s %6" PRIu64 " ms  %s@%s%s%s\n",
            mqh_console_colour(result->verdict, console->colour), mqh_verdict_name(result->verdict),
            mqh_console_plain(console->colour), result->duration_ms, c->id,
            mqc_version_name(c->version), result->reason[0] == '\0' ? "" : ": ", result->reason);
    if (console->trace)
        mqh_evidence_transcript(console->out, result, 0, "    ");
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

static void show_heading(const struct mqh_console *console, const struct mqh_run *run, size_t index)
{
    const struct mqh_case *c = &run->cases[index];
    const struct mqh_result *result = run->results[index];

    fprintf(console->out, "%s%-7s%s %s@%s", mqh_console_colour(result->verdict, console->colour),
            mqh_verdict_name(result->verdict), mqh_console_plain(console->colour), c->id,
            mqc_version_name(c->version));
    if (result->known)
        fprintf(console->out, "  (known: %s)", result->known_reason);
}

static void show_in_full(const struct mqh_console *console, const struct mqh_run *run, size_t index)
{
    struct mqh_evidence_style style = {
        .brief = !console->verbose && !mqh_evidence_is_red(run, run->results[index]),
        .transcript_max = console->verbose ? 0 : TRANSCRIPT_MAX,
        .indent = "        ",
        .alone = console->alone,
    };

    putc('\n', console->out);
    show_heading(console, run, index);
    putc('\n', console->out);
    mqh_evidence_write(console->out, run, index, &style);
}

/* The cases that are red, or those that are not but worth a look. */
static bool show_cases(const struct mqh_console *console, const struct mqh_run *run, bool red)
{
    size_t last = SIZE_MAX; /* the last one shown in full */

    for (size_t i = 0; i < run->case_count; i++) {
        if (!is_worth_showing(console, run->results[i]) ||
            mqh_evidence_is_red(run, run->results[i]) != red)
            continue;
        if (!console->verbose && last != SIZE_MAX && is_alike(run, last, i)) {
            show_heading(console, run, i);
            fputs(": the same\n", console->out);
            continue;
        }
        show_in_full(console, run, i);
        last = i;
    }
    return last != SIZE_MAX;
}

void mqh_console_end(struct mqh_console *console, const struct mqh_run *run)
{
    erase_progress(console);
    if (!console->quiet && run->failed == NULL) {
        bool any = show_cases(console, run, false);

        /* What matters most stands last, where the eye is when the run ends. */
        any = show_cases(console, run, true) || any;
        if (any)
            putc('\n', console->out);
        mqh_console_summary(console->out, run, console->colour);
    }
    if (run->failed == NULL) {
        mqh_console_last_line(console->out, run);
        putc('\n', console->out);
    }
    fflush(console->out);
}
