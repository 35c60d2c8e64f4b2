/* A recording as pcapng and as hex: see recording.h. */
#include <stdio.h>

#include "harness/capture/pcapng_write.h"
#include "harness/replay/recording.h"

enum { PORT = 1883 };

/* Times of later rounds follow those of the first. */
static void write_round(struct mqh_pcapng *pcapng, const struct mqh_recording *recording,
                        unsigned round, uint64_t later_ns)
{
    unsigned first = round * (unsigned)recording->connection_count;

    for (size_t i = 0; i < recording->event_count; i++) {
        const struct mqh_recording_event *event = &recording->events[i];
        uint16_t port = recording->connections[event->connection].server.port;
        unsigned connection = first + event->connection;
        uint64_t time_ns = event->time_ns + later_ns;

        switch (event->kind) {
        case MQH_RECORDING_OPEN:
            mqh_pcapng_open(pcapng, connection, port == 0 ? PORT : port, time_ns);
            break;
        case MQH_RECORDING_BYTES:
            mqh_pcapng_data(pcapng, connection, event->side, event->bytes, time_ns, NULL);
            break;
        case MQH_RECORDING_HOLE:
            break;
        case MQH_RECORDING_CLOSE:
        case MQH_RECORDING_RESET:
            mqh_pcapng_close(pcapng, connection, event->side, event->kind == MQH_RECORDING_RESET,
                             time_ns);
            break;
        }
    }
    for (unsigned i = 0; i < recording->connection_count; i++) /* those that were never closed */
        mqh_pcapng_close(pcapng, first + i, MQC_CLIENT, true,
                         later_ns + recording->events[recording->event_count - 1].time_ns);
}

bool mqh_recording_write_capture(FILE *out, const struct mqh_recording *recording,
                                 const char *program, unsigned times)
{
    struct mqh_pcapng *pcapng = mqh_pcapng_begin(out, program);
    uint64_t length_ns = 0;

    if (pcapng == NULL)
        return false;
    if (recording->event_count > 0)
        length_ns = recording->events[recording->event_count - 1].time_ns -
                    recording->events[0].time_ns + 1;
    for (unsigned round = 0; round < times && recording->event_count > 0 && !ferror(out); round++)
        write_round(pcapng, recording, round, round * length_ns);
    return mqh_pcapng_end(pcapng);
}

void mqh_recording_write_hex(FILE *out, const struct mqh_recording *recording)
{
    for (size_t c = 0; c < recording->connection_count; c++) {
        for (size_t i = 0; i < recording->event_count; i++) {
            const struct mqh_recording_event *event = &recording->events[i];

            if (event->connection != c || event->kind != MQH_RECORDING_BYTES ||
                event->side != MQC_CLIENT)
                continue;
            for (size_t n = 0; n < event->bytes.size; n++)
                fprintf(out, "%02x", event->bytes.data[n]);
        }
        putc('\n', out);
    }
}
