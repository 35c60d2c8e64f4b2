/*
 * What `mqspec test` shows while it runs and at its end.
 *
 * On a terminal one progress line, renewed in place, lines that fit, and a red case that fits the
 * screen; in a pipe plain lines, none that changes, and none that is cut. Reds are shown at the
 * end, when re-runs have decided: of a family's members that went wrong alike the first in full,
 * the others by what makes them differ. What is worth a look and not red has a line each. The last
 * line says it all. Colour is kept for verdicts.
 *
 * The callbacks are those of mqh_runner_options, with the console as their context.
 */
#ifndef MQH_CONSOLE_H
#define MQH_CONSOLE_H

#include <stdio.h>

#include "harness/runner/run.h"

struct mqh_console {
    FILE *out;
    bool progress; /* `out` is a terminal: a line that is renewed */
    bool colour;
    bool verbose;     /* a line for each case; whole transcripts; every red in full */
    bool trace;       /* a diagram of each case, as it ends */
    bool quiet;       /* only the last line */
    unsigned columns; /* of the terminal; 0: none, lines as long as they are */
    unsigned lines;   /* likewise */

    /* Its own. */
    size_t done;
    size_t reds;
    size_t shown; /* `done` when the progress line was last renewed */
};

void mqh_console_on_start(void *context, const struct mqh_run *run);
void mqh_console_on_case(void *context, const struct mqh_run *run, size_t index);
void mqh_console_on_note(void *context, const char *text);

/* Removes the progress line; shows the reds, the summary, and the last line. */
void mqh_console_end(struct mqh_console *console, const struct mqh_run *run);

/*
 * "812 cases: 790 passed, 3 failed on 2 requirements, 5 warned, 14 skipped (2 known) in 6.2 s",
 * without a newline: all that decides the exit status is in it.
 */
void mqh_console_last_line(FILE *out, const struct mqh_run *run, bool colour);

/* The counts by section, what was skipped and why, known entries that are stale, what could not be
 * cleaned up. */
void mqh_console_summary(FILE *out, const struct mqh_run *run, unsigned columns, bool colour);

/* The ANSI sequence that begins a verdict's colour, "" without colour; mqh_console_plain ends it.
 */
const char *mqh_console_colour(enum mqh_verdict verdict, bool colour);
const char *mqh_console_plain(bool colour);

#endif
