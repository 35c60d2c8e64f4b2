/*
 * Files that appear whole or not at all: written under another name beside their place, then
 * renamed. What is no regular file (a pipe, /dev/null) is written directly; "-" is standard output.
 */
#ifndef MQH_OUTPUT_H
#define MQH_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

struct mqh_run;

/* Whether a file could be put there; false after a complaint. Asked before a run, so that the
 * run is not in vain. */
bool mqh_output_check(const char *command, const char *path);

/* Writes to `path` what `writer` makes of `what`. False after a complaint; what was there before
 * then is there still. */
bool mqh_output_write(const char *command, const char *path,
                      void (*writer)(FILE *out, const void *what), const void *what);

#endif
