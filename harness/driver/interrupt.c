#include "harness/driver/interrupt.h"

#include <signal.h>
#include <stdlib.h>

enum { STATUS = 130 }; /* what shells give for Ctrl-C */

static void on_signal(uv_signal_t *handle, int number)
{
    struct mqh_interrupt *interrupt = handle->data;

    (void)number;
    if (++interrupt->count == 1) {
        interrupt->first(interrupt->context);
        return;
    }
    interrupt->last(interrupt->context);
    _Exit(STATUS);
}

void mqh_interrupt_start(struct mqh_interrupt *interrupt, uv_loop_t *loop,
                         void (*first)(void *context), void (*last)(void *context), void *context)
{
    static const int numbers[] = {SIGINT, SIGTERM};

    *interrupt = (struct mqh_interrupt){.first = first, .last = last, .context = context};
    for (int i = 0; i < 2; i++) {
        uv_signal_init(loop, &interrupt->signals[i]);
        interrupt->signals[i].data = interrupt;
        uv_signal_start(&interrupt->signals[i], on_signal, numbers[i]);
        uv_unref((uv_handle_t *)&interrupt->signals[i]);
    }
}

void mqh_interrupt_stop(struct mqh_interrupt *interrupt)
{
    for (int i = 0; i < 2; i++)
        uv_close((uv_handle_t *)&interrupt->signals[i], NULL);
}
