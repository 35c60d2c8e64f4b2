/*
 * Text in the columns of a terminal: names that anybody may have chosen, cut and padded to a width,
 * with nothing in them that moves the cursor.
 */
#ifndef MQH_CELLS_H
#define MQH_CELLS_H

#include "codec/slice.h"

/* The largest size of what fills `width` columns, with a NUL. */
#define MQH_CELLS_SIZE(width) (4 * (size_t)(width) + 64)

/*
 * Writes `text` to `out`, exactly `width` columns wide: shorter text is padded with blanks, longer
 * text ends in "…". What is no character, or none that may be shown, is "?". `out` has
 * MQH_CELLS_SIZE(width) bytes. Returns the size without the NUL.
 */
size_t mqh_cells_fit(char *out, struct mqc_slice text, unsigned width, bool right);

/* A number in 7 columns at most: "0", "0.4", "12", "3.4k", "12M". `out` has 16 bytes; returns it.
 */
char *mqh_cells_number(char *out, double number);

#endif
