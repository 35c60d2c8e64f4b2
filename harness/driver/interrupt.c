#include "harness/driver/interrupt.h"

#include <signal.h>
#include <stdbool.h>
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

static bool is_ignored(int number)
{
    struct sigaction action;

    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

void mqh_interrupt_start(struct mqh_interrupt *interrupt, uv_loop_t *loop,
                         void (*first)(void *context), void (*last)(void *context), void *context)
{
    static const int numbers[MQH_INTERRUPT_SIGNALS] = {SIGINT, SIGTERM, SIGHUP};

    *interrupt = (struct mqh_interrupt){.first = first, .last = last, .context = context};
    for (int i = 0; i < MQH_INTERRUPT_SIGNALS; i++) {
        uv_signal_init(loop, &interrupt->signals[i]);
        interrupt->signals[i].data = interrupt;
        if (numbers[i] != SIGHUP || !is_ignored(SIGHUP))
            uv_signal_start(&interrupt->signals[i], on_signal, numbers[i]);
        uv_unref((uv_handle_t *)&interrupt->signals[i]);
    }
}

void mqh_interrupt_stop(struct mqh_interrupt *interrupt)
{
    for (int i = 0; i < MQH_INTERRUPT_SIGNALS; i++)
        uv_close((uv_handle_t *)&interrupt->signals[i], NULL);
}
