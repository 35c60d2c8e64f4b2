/*
 * Scenarios as a recording: what clients send, and what they wait for on the way. All cases follow
 * each other, each with connections of its own. What is expected is only waited for: it may leave
 * open more than it says. `acks=auto` acknowledges nothing here, and what tests clients is left
 * out.
 */
#include <stdio.h>

#include "harness/replay/recording_read.h"
#include "harness/scenario/scenario.h"

struct reader {
    struct mqh_recording *recording;
    struct mqh_recording_stream clients[MQH_PEERS_MAX];
    uint64_t time_ns;
};

static void expect(struct reader *reader, struct mqh_recording_stream *client,
                   struct mqc_slice bytes)
{
    mqh_recording_stream_flush(reader->recording, client, MQC_CLIENT, reader->time_ns);
    mqh_recording_add(reader->recording,
                      (struct mqh_recording_event){.kind = bytes.size > 0 ? MQH_RECORDING_BYTES
                                                                          : MQH_RECORDING_CLOSE,
                                                   .connection = client->connection,
                                                   .side = MQC_SERVER,
                                                   .bytes = bytes,
                                                   .time_ns = reader->time_ns});
}

static void connect_client(struct reader *reader, struct mqh_recording_stream *client,
                           enum mqc_version version, struct mqc_slice bytes)
{
    static const uint8_t connack[] = {0x20, 2, 0, 0};
    static const uint8_t connack_v5[] = {0x20, 3, 0, 0, 0};

    mqh_recording_stream_begin(reader->recording, client, version, reader->time_ns);
    if (bytes.size == 0)
        return;
    mqh_recording_stream_add(reader->recording, client, MQC_CLIENT, bytes, reader->time_ns);
    expect(reader, client,
           version == MQC_V5 ? (struct mqc_slice){connack_v5, sizeof connack_v5}
                             : (struct mqc_slice){connack, sizeof connack});
}

static void take_step(void *context, const struct mqh_step *step, enum mqc_version version,
                      struct mqc_slice bytes)
{
    struct reader *reader = context;
    struct mqh_recording *recording = reader->recording;
    struct mqh_recording_stream *client = &reader->clients[step->peers[0]];

    switch (step->kind) {
    case MQH_STEP_CLIENT:
        connect_client(reader, client, version, bytes);
        break;
    case MQH_STEP_SEND:
        mqh_recording_stream_add(recording, client, MQC_CLIENT, bytes, reader->time_ns);
        break;
    case MQH_STEP_EXPECT:
        expect(reader, client, bytes);
        break;
    case MQH_STEP_DISCONNECT:
        mqh_recording_stream_add(recording, client, MQC_CLIENT, bytes, reader->time_ns);
        mqh_recording_stream_end(recording, client, MQH_RECORDING_CLOSE, reader->time_ns);
        break;
    case MQH_STEP_CLOSE:
        mqh_recording_stream_end(recording, client, MQH_RECORDING_CLOSE, reader->time_ns);
        break;
    case MQH_STEP_RESET:
        mqh_recording_stream_end(recording, client, MQH_RECORDING_RESET, reader->time_ns);
        break;
    case MQH_STEP_WAIT:
        reader->time_ns += (uint64_t)step->wait_ms * 1000000;
        break;
    case MQH_STEP_SERVER:
    case MQH_STEP_ACCEPT:
        break;
    }
}

/* The next case begins without this one's connections; the last one's stay, for what may come. */
static void add_case(struct reader *reader, const struct mqh_case *c, bool is_last)
{
    memset(reader->clients, 0, sizeof reader->clients);
    mqh_case_watch(c, take_step, reader);
    for (size_t i = 0; i < c->scenario->peer_count; i++) {
        mqh_recording_stream_flush(reader->recording, &reader->clients[i], MQC_CLIENT,
                                   reader->time_ns);
        if (!is_last)
            mqh_recording_stream_end(reader->recording, &reader->clients[i], MQH_RECORDING_CLOSE,
                                     reader->time_ns);
    }
}

bool mqh_recording_read_scenario(struct mqh_recording *recording, const char *file,
                                 struct mqc_slice text, char *why, size_t why_size)
{
    struct mqh_scenarios scenarios = {0};
    struct mqh_cases cases = {0};
    struct mqh_error error = {0};
    struct reader reader = {.recording = recording};
    bool good = mqh_parse(recording->arena, file, text, &scenarios, &error);

    for (size_t i = 0; good && i < scenarios.count; i++)
        if (!scenarios.items[i].by_server_role)
            good = mqh_cases_add(recording->arena, &scenarios.items[i], MQH_ALL_VERSIONS, &cases,
                                 &error);
    if (!good) {
        snprintf(why, why_size, "%u:%u: %s", error.line, error.column, error.message);
        return false;
    }
    for (size_t i = 0; i < cases.count; i++)
        add_case(&reader, &cases.items[i], i + 1 == cases.count);
    recording->end_ns = reader.time_ns;
    recording->expected = true;
    if (recording->connection_count == 0)
        snprintf(why, why_size, "no scenario in it has a client");
    return recording->connection_count > 0;
}
