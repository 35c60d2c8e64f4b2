#include "harness/scenario/arena.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mqh_arena_block {
    struct mqh_arena_block *next;
    size_t size; /* bytes behind this head */
    size_t used;
};

enum { ALIGNMENT = _Alignof(max_align_t), BLOCK_SIZE = 32 * 1024 };

/* The head is padded, so that what follows it is aligned as well. */
enum { HEAD_SIZE = (sizeof(struct mqh_arena_block) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT };

static void *take(struct mqh_arena_block *block, size_t size)
{
    void *memory = (unsigned char *)block + HEAD_SIZE + block->used;
    block->used += size;
    return memory;
}

static _Noreturn void out_of_memory(size_t size)
{
    fprintf(stderr, "mqspec: out of memory: no %zu bytes to be had\n", size);
    exit(2);
}

/* calloc() zeroes, and nothing is ever taken twice, so that all that is handed out is zero. */
static struct mqh_arena_block *block_new(size_t size)
{
    if (size > SIZE_MAX - HEAD_SIZE)
        out_of_memory(size);

    struct mqh_arena_block *block = calloc(1, HEAD_SIZE + size);
    if (block == NULL)
        out_of_memory(size);
    block->size = size;
    return block;
}

void *mqh_arena_alloc(struct mqh_arena *arena, size_t size)
{
    if (size > SIZE_MAX - ALIGNMENT)
        out_of_memory(size);
    size = size == 0 ? ALIGNMENT : (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;

    struct mqh_arena_block *newest = arena->blocks;
    if (newest != NULL && newest->size - newest->used >= size)
        return take(newest, size);

    /* A large thing gets a block to itself, behind the newest one, whose rest stays in use. */
    if (size > BLOCK_SIZE / 4 && newest != NULL) {
        struct mqh_arena_block *own = block_new(size);
        own->next = newest->next;
        newest->next = own;
        return take(own, size);
    }

    struct mqh_arena_block *block = block_new(size > BLOCK_SIZE ? size : BLOCK_SIZE);
    block->next = newest;
    arena->blocks = block;
    return take(block, size);
}

void *mqh_arena_grow(struct mqh_arena *arena, void *items, size_t count, size_t *capacity,
                     size_t item_size)
{
    assert(count <= *capacity);
    assert(item_size > 0);
    if (count < *capacity)
        return items;

    size_t wanted = count < 4 ? 8 : count * 2;
    if (wanted > SIZE_MAX / item_size)
        out_of_memory(SIZE_MAX);

    void *larger = mqh_arena_alloc(arena, wanted * item_size);
    if (count > 0)
        memcpy(larger, items, count * item_size);
    *capacity = wanted;
    return larger;
}

char *mqh_arena_text(struct mqh_arena *arena, struct mqc_slice text)
{
    char *copy = mqh_arena_alloc(arena, text.size + 1);
    if (text.size > 0)
        memcpy(copy, text.data, text.size);
    return copy;
}

struct mqc_slice mqh_arena_bytes(struct mqh_arena *arena, struct mqc_slice bytes)
{
    return (struct mqc_slice){(const uint8_t *)mqh_arena_text(arena, bytes), bytes.size};
}

char *mqh_arena_format(struct mqh_arena *arena, const char *format, ...)
{
    va_list arguments;
    va_list again;
    va_start(arguments, format);
    va_copy(again, arguments);

    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    assert(size >= 0);

    char *text = mqh_arena_alloc(arena, (size_t)size + 1);
    vsnprintf(text, (size_t)size + 1, format, again);
    va_end(again);
    return text;
}

void mqh_arena_free(struct mqh_arena *arena)
{
    struct mqh_arena_block *block = arena->blocks;
    while (block != NULL) {
        struct mqh_arena_block *next = block->next;
        free(block);
        block = next;
    }
    arena->blocks = NULL;
}
