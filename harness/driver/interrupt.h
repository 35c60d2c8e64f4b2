/*
 * Ctrl-C, SIGTERM and a terminal that is closed (SIGHUP, unless it is ignored, as under nohup): the
 * first one asks the run to end well, the second one ends the program.
 */
#ifndef MQH_INTERRUPT_H
#define MQH_INTERRUPT_H

#include <uv.h>

enum { MQH_INTERRUPT_SIGNALS = 3 };

struct mqh_interrupt {
    uv_signal_t signals[MQH_INTERRUPT_SIGNALS];
    unsigned count; /* signals that came */
    void (*first)(void *context);
    void (*last)(void *context);
    void *context;
};

/* `first` and `last` are called from the loop; after `last` the program ends with status 130. The
 * handles do not keep the loop alive. */
void mqh_interrupt_start(struct mqh_interrupt *interrupt, uv_loop_t *loop,
                         void (*first)(void *context), void (*last)(void *context), void *context);

/* Ctrl-C ends the program again as it did before. The loop must then run once more. */
void mqh_interrupt_stop(struct mqh_interrupt *interrupt);

#endif
