/* A trace as pcapng and as hex: see trace.h. */
#include <stdio.h>

#include "harness/capture/pcapng_write.h"
#include "harness/replay/trace.h"

enum { PORT = 1883 };

/* Times of later rounds follow those of the first. */
static void write_round(struct mqh_pcapng *pcapng, const struct mqh_trace *trace, unsigned round,
                        uint64_t later_ns)
{
    unsigned first = round * (unsigned)trace->connection_count;

    for (size_t i = 0; i < trace->event_count; i++) {
        const struct mqh_trace_event *event = &trace->events[i];
        uint16_t port = trace->connections[event->connection].server.port;
        unsigned connection = first + event->connection;
        uint64_t time_ns = event->time_ns + later_ns;

        switch (event->kind) {
        case MQH_TRACE_OPEN:
            mqh_pcapng_open(pcapng, connection, port == 0 ? PORT : port, time_ns);
            break;
        case MQH_TRACE_BYTES:
            mqh_pcapng_data(pcapng, connection, event->side, event->bytes, time_ns, NULL);
            break;
        case MQH_TRACE_HOLE:
            break;
        case MQH_TRACE_CLOSE:
        case MQH_TRACE_RESET:
            mqh_pcapng_close(pcapng, connection, event->side, event->kind == MQH_TRACE_RESET,
                             time_ns);
            break;
        }
    }
    for (unsigned i = 0; i < trace->connection_count; i++) /* those that were never closed */
        mqh_pcapng_close(pcapng, first + i, MQC_CLIENT, true,
                         later_ns + trace->events[trace->event_count - 1].time_ns);
}

bool mqh_trace_write_capture(FILE *out, const struct mqh_trace *trace, const char *program,
                             unsigned times)
{
    struct mqh_pcapng *pcapng = mqh_pcapng_begin(out, program);
    uint64_t length_ns = 0;

    if (pcapng == NULL)
        return false;
    if (trace->event_count > 0)
        length_ns = trace->events[trace->event_count - 1].time_ns - trace->events[0].time_ns + 1;
    for (unsigned round = 0; round < times && trace->event_count > 0 && !ferror(out); round++)
        write_round(pcapng, trace, round, round * length_ns);
    return mqh_pcapng_end(pcapng);
}

void mqh_trace_write_hex(FILE *out, const struct mqh_trace *trace)
{
    for (size_t c = 0; c < trace->connection_count; c++) {
        for (size_t i = 0; i < trace->event_count; i++) {
            const struct mqh_trace_event *event = &trace->events[i];

            if (event->connection != c || event->kind != MQH_TRACE_BYTES ||
                event->side != MQC_CLIENT)
                continue;
            for (size_t n = 0; n < event->bytes.size; n++)
                fprintf(out, "%02x", event->bytes.data[n]);
        }
        putc('\n', out);
    }
}
