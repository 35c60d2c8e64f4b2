/*
 * What lint found as JUnit (conformance/schema/junit.xsd), for the page that a CI server makes of
 * it: a suite for each file, and in it a case for each rule that one side broke, or for the side
 * where it broke none. A case fails if the rule sets the exit status red.
 *
 * Memory is bounded by the rules: of each the first breaches are kept, and the rest are counted.
 */
#ifndef MQH_LINT_JUNIT_H
#define MQH_LINT_JUNIT_H

#include <stdio.h>

#include "harness/replay/judge.h"
#include "harness/scenario/arena.h"

struct mqh_lint_junit {
    struct mqh_arena arena;
    struct mqh_lint_junit_file *files; /* newest first */
    enum mqc_side side;                /* as --side says: unknown is both */
    bool strict;
};

/* What is added from now on stands in this file. */
void mqh_lint_junit_begin(struct mqh_lint_junit *junit, const char *path);

void mqh_lint_junit_add(struct mqh_lint_junit *junit, const struct mqh_finding *finding);

/* The file could not be read to its end, and why. */
void mqh_lint_junit_fail(struct mqh_lint_junit *junit, const char *why);

/* What of the file is not judged: lines, or "". */
void mqh_lint_junit_note(struct mqh_lint_junit *junit, const char *text);

/* For mqh_output_write(): of a struct mqh_lint_junit. */
void mqh_lint_junit_write(FILE *out, const void *junit);

#endif
