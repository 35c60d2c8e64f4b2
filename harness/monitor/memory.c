#include "harness/monitor/state.h"

#define CELL_MIN 32u

/* Cells have sizes of 32 << class bytes: what is freed fits the next of its class exactly. */
static unsigned class_of(size_t size)
{
    unsigned class = 0;

    while (class < MQH_MON_CLASSES && ((size_t)CELL_MIN << class) < size)
        class ++;
    return class;
}

static void go_blind(struct mqh_monitor *m)
{
    if (m->blind)
        return;
    m->blind = true;
    m->blind_connection = m->now != NULL ? m->now->number : 0;
    m->blind_packet = m->now != NULL ? m->now->packets : 0;
}

void *mqh_mon_alloc(struct mqh_monitor *m, size_t size)
{
    struct mqh_mon_memory *memory = &m->memory;
    unsigned class = class_of(size);
    size_t cell_size;
    void *cell;

    if (m->blind)
        return NULL;
    if (class >= MQH_MON_CLASSES) {
        go_blind(m);
        return NULL;
    }
    cell_size = (size_t)CELL_MIN << class;
    if (memory->free[class] != NULL) {
        cell = memory->free[class];
        memory->free[class] = memory->free[class]->next;
    } else if (memory->size - memory->used >= cell_size) {
        cell = memory->data + memory->used;
        memory->used += cell_size;
    } else {
        go_blind(m);
        return NULL;
    }
    memset(cell, 0, cell_size);
    return cell;
}

void mqh_mon_free(struct mqh_monitor *m, void *cell, size_t size)
{
    unsigned class = class_of(size);
    struct mqh_mon_cell *freed = cell;

    if (cell == NULL)
        return;
    freed->next = m->memory.free[class];
    m->memory.free[class] = freed;
}

struct mqh_mon_text *mqh_mon_copy(struct mqh_monitor *m, struct mqc_slice text)
{
    struct mqh_mon_text *copy = mqh_mon_alloc(m, sizeof(*copy) + text.size);

    if (copy == NULL)
        return NULL;
    copy->size = text.size;
    if (text.size > 0)
        memcpy(copy->data, text.data, text.size);
    return copy;
}

void mqh_mon_text_free(struct mqh_monitor *m, struct mqh_mon_text *text)
{
    if (text != NULL)
        mqh_mon_free(m, text, sizeof(*text) + text->size);
}
