/*
 * A queue of bytes that grows: added at the end, dropped from the front. All zero is an empty one.
 */
#ifndef MQH_BUFFER_H
#define MQH_BUFFER_H

#include "codec/slice.h"

struct mqh_buffer {
    uint8_t *bytes;
    size_t size;
    size_t capacity;
};

/* `bytes` may not be the buffer's own. */
void mqh_buffer_add(struct mqh_buffer *buffer, struct mqc_slice bytes);

/* Room for `size` bytes behind the last one; *size grows by what is then written there. */
uint8_t *mqh_buffer_room(struct mqh_buffer *buffer, size_t size);

/* What is in it, until the next call. */
struct mqc_slice mqh_buffer_slice(const struct mqh_buffer *buffer);

void mqh_buffer_drop(struct mqh_buffer *buffer, size_t count);
void mqh_buffer_free(struct mqh_buffer *buffer);

#endif
