/*
 * An arena: memory for things that live and end together, such as a parsed file or the result of
 * one case. Nothing is freed alone. Out of memory ends the program with a message: a tester that
 * cannot allocate a few bytes has nothing sensible left to do.
 */
#ifndef MQH_ARENA_H
#define MQH_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "codec/slice.h"

struct mqh_arena {
    struct mqh_arena_block *blocks; /* newest first; NULL when empty */
};

/* Zeroed memory, aligned for any type. */
void *mqh_arena_alloc(struct mqh_arena *arena, size_t size);

/* Moves an array to twice its capacity (at least 8 items) when `count` has reached `*capacity`. */
void *mqh_arena_grow(struct mqh_arena *arena, void *items, size_t count, size_t *capacity,
                     size_t item_size);

/* Copies, with a NUL behind them. */
char *mqh_arena_text(struct mqh_arena *arena, struct mqc_slice text);
struct mqc_slice mqh_arena_bytes(struct mqh_arena *arena, struct mqc_slice bytes);

__attribute__((format(printf, 2, 3))) char *mqh_arena_format(struct mqh_arena *arena,
                                                             const char *format, ...);

/* Frees all; the arena can be used again. */
void mqh_arena_free(struct mqh_arena *arena);

#endif
