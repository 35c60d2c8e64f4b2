#include "harness/driver/buffer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

uint8_t *mqh_buffer_room(struct mqh_buffer *buffer, size_t size)
{
    if (size > buffer->capacity - buffer->size) {
        size_t capacity = 2 * buffer->size + size;
        uint8_t *larger = realloc(buffer->bytes, capacity);

        if (larger == NULL)
            abort(); /* as the arena: a tester without memory has nothing sensible left to do */
        buffer->bytes = larger;
        buffer->capacity = capacity;
    }
    return buffer->bytes + buffer->size;
}

void mqh_buffer_add(struct mqh_buffer *buffer, struct mqc_slice bytes)
{
    if (bytes.size == 0)
        return;
    memcpy(mqh_buffer_room(buffer, bytes.size), bytes.data, bytes.size);
    buffer->size += bytes.size;
}

struct mqc_slice mqh_buffer_slice(const struct mqh_buffer *buffer)
{
    return (struct mqc_slice){buffer->bytes, buffer->size};
}

void mqh_buffer_drop(struct mqh_buffer *buffer, size_t count)
{
    assert(count <= buffer->size);
    buffer->size -= count;
    if (buffer->size > 0 && count > 0)
        memmove(buffer->bytes, buffer->bytes + count, buffer->size);
}

void mqh_buffer_free(struct mqh_buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (struct mqh_buffer){0};
}
