/*
 * What is known of the terminal that a stream may be. What is none gets no colour, and lines as
 * long as they are.
 */
#ifndef MQH_TERMINAL_H
#define MQH_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

/* A terminal that can renew a line; TERM=dumb cannot. */
bool mqh_terminal_is(FILE *out);

/* Colour: on such a terminal, unless the user, by option or by NO_COLOR, wants none. */
bool mqh_terminal_colour(FILE *out, bool unwanted);

/* Characters of a line, and lines; 0 for what is no terminal, 80 and 24 for one that does not say.
 */
unsigned mqh_terminal_columns(FILE *out);
unsigned mqh_terminal_lines(FILE *out);

#endif
