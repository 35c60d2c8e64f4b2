#include "harness/replay/recording_scenario.h"

#include <stdio.h>

#include "codec/text.h"
#include "harness/replay/pause.h"

enum { PAUSE_MAX_MS = 3600 * 1000 };

/* ---- packets ---- */

const char *mqh_scenario_print(struct mqh_scenario_writer *w, const struct mqc_packet *packet)
{
    static const struct mqc_text_style plain;
    size_t size = mqc_text_print(packet, plain, w->text, w->text_size) + 1;

    if (size > w->text_size) {
        w->text = mqh_arena_alloc(w->recording->arena, 2 * size);
        w->text_size = 2 * size;
        mqc_text_print(packet, plain, w->text, w->text_size);
    }
    return w->text;
}

/* "PUBLISH dup qos=1 id=7 topic=…" without `dup`, and with a variable for the identifier: both
 * stand before any string. */
static void write_changed(struct mqh_scenario_writer *w, const char *text, unsigned variable)
{
    const char *id = strstr(text, " id=");
    const char *after = id == NULL ? NULL : id + 4 + strspn(id + 4, "0123456789xabcdefABCDEF");

    if (strncmp(text, "PUBLISH dup ", 12) == 0) {
        fputs("PUBLISH ", w->out);
        text += 12;
    }
    if (id == NULL || variable == 0) {
        fputs(text, w->out);
        return;
    }
    fwrite(text, 1, (size_t)(id - text), w->out);
    fprintf(w->out, " id=$m%u%s", variable, after);
}

/* The identifier of an acknowledgement, or of a PUBLISH that wants one; 0 if there is none. */
static uint16_t id_of(const struct mqc_packet *packet)
{
    switch (packet->frame.type) {
    case MQC_PUBLISH:
        return packet->publish.packet_id;
    case MQC_PUBACK:
    case MQC_PUBREC:
    case MQC_PUBREL:
    case MQC_PUBCOMP:
        return packet->ack.packet_id;
    default:
        return 0;
    }
}

unsigned mqh_scenario_variable(const struct mqh_scenario_client *client, uint16_t id)
{
    const struct mqh_scenario_bound *bound = client->bound;

    while (bound != NULL && bound->id != id)
        bound = bound->next;
    return bound == NULL ? 0 : bound->variable;
}

static unsigned bind(struct mqh_scenario_writer *w, struct mqh_scenario_client *client, uint16_t id)
{
    struct mqh_scenario_bound *bound = mqh_arena_alloc(w->recording->arena, sizeof *bound);

    *bound =
        (struct mqh_scenario_bound){.id = id, .variable = ++w->variables, .next = client->bound};
    client->bound = bound;
    return bound->variable;
}

static void write_breaks(struct mqh_scenario_writer *w, const char *breaks)
{
    if (breaks != NULL)
        fprintf(w->out, "   breaks %s", breaks);
    putc('\n', w->out);
}

/* What a client sends; what is wrong with it is wanted so. */
static void write_sent(struct mqh_scenario_writer *w, struct mqh_scenario_client *client,
                       const struct mqc_packet *packet, const char *breaks)
{
    enum mqc_type type = packet->frame.type;
    bool answers = type == MQC_PUBACK || type == MQC_PUBREC || type == MQC_PUBCOMP;
    const char *text = mqh_scenario_print(w, packet);
    unsigned variable = answers ? mqh_scenario_variable(client, id_of(packet)) : 0;

    if (variable > 0)
        write_changed(w, text, variable);
    else
        fputs(text, w->out);
    write_breaks(w, breaks);
}

/* What the broker sent, as far as another broker would say the same. */
static void write_expected(struct mqh_scenario_writer *w, struct mqh_scenario_client *client,
                           const struct mqc_packet *packet)
{
    const char *text;

    switch (packet->frame.type) {
    case MQC_CONNACK:
        fputs("CONNACK", w->out);
        if (packet->version != MQC_V31)
            fprintf(w->out, " session-present=%d", packet->connack.flags & 1);
        fprintf(w->out, " reason=%u", packet->connack.reason);
        break;
    case MQC_PUBLISH:
        text = mqh_scenario_print(w, packet);
        write_changed(w, text, id_of(packet) == 0 ? 0 : bind(w, client, id_of(packet)));
        break;
    case MQC_PUBREL:
        if (mqh_scenario_variable(client, id_of(packet)) > 0)
            fprintf(w->out, "PUBREL id=$m%u", mqh_scenario_variable(client, id_of(packet)));
        else
            fprintf(w->out, "PUBREL id=%u", id_of(packet));
        break;
    case MQC_PUBACK:
    case MQC_PUBREC:
    case MQC_PUBCOMP:
        fprintf(w->out, "%s id=%u", mqc_type_name(packet->frame.type), id_of(packet));
        if (packet->ack.reason >= 0x80)
            fprintf(w->out, " reason=0x%02X", packet->ack.reason);
        break;
    case MQC_DISCONNECT:
        fprintf(w->out, "DISCONNECT reason=0x%02X", packet->disconnect.reason);
        break;
    default:
        fputs(mqh_scenario_print(w, packet), w->out);
        break;
    }
    putc('\n', w->out);
}

/* ---- events ---- */

/* Whether it is the event with which the broker does wrong. */
static bool is_blamed(const struct mqh_scenario_writer *w, size_t index)
{
    return w->blame != NULL && w->blame->event == index && w->blame->kind != MQH_BLAME_DEATH;
}

static void write_raw(struct mqh_scenario_writer *w, size_t index, bool is_broken)
{
    const struct mqh_recording_event *event = &w->recording->events[index];

    fprintf(w->out, "%sc%u %s RAW h'", event->side == MQC_SERVER ? "# " : "", event->connection + 1,
            event->side == MQC_SERVER ? "<-" : "->");
    for (size_t i = 0; i < event->bytes.size; i++)
        fprintf(w->out, "%02x", event->bytes.data[i]);
    putc('\'', w->out);
    write_breaks(w, is_broken && event->side == MQC_CLIENT ? "any" : NULL);
}

static void write_bytes(struct mqh_scenario_writer *w, size_t index)
{
    const struct mqh_recording_event *event = &w->recording->events[index];
    struct mqh_scenario_client *client = &w->clients[event->connection];
    struct mqc_frame frame = {.version = w->recording->connections[event->connection].version,
                              .from = event->side};
    struct mqc_faults faults = {0};
    enum mqc_frame_state read = mqc_frame_read(event->bytes, &frame);
    struct mqc_packet packet;

    if (read != MQC_FRAME_COMPLETE) {
        write_raw(w, index, read == MQC_FRAME_BROKEN);
        return;
    }
    mqc_packet_decode(&frame, &packet, &faults);
    if (is_blamed(w, index) && w->blame->kind == MQH_BLAME_PACKET) {
        mqh_scenario_write_blamed(w, index, &packet);
        return;
    }
    if (event->side == MQC_SERVER && (faults.count > 0 || mqh_scenario_is_part_of_it(w, index))) {
        fprintf(w->out, "# c%u <- %s\n", event->connection + 1, mqh_scenario_print(w, &packet));
        return; /* nobody expects that */
    }
    fprintf(w->out, "c%u %s ", event->connection + 1, event->side == MQC_SERVER ? "<-" : "->");
    if (event->side == MQC_SERVER)
        write_expected(w, client, &packet);
    else
        write_sent(w, client, &packet, w->breaks[index].text);
}

/* ---- the rest ---- */

/* Lets as much time pass as before the event. What a good broker does comes by itself; what it does
 * not do has all the time to come in which it came, and some more. */
static void write_pause(struct mqh_scenario_writer *w, uint64_t time_ns, bool is_wrong)
{
    uint64_t ms = mqh_pause_between(w->time_ns, time_ns);

    if (ms < MQH_PAUSE_MS)
        return;
    if (is_wrong)
        ms += ms / 10 + 200;
    fprintf(w->out, "wait %ums\n", ms < PAUSE_MAX_MS ? (unsigned)ms : PAUSE_MAX_MS);
}

static void write_pause_before(struct mqh_scenario_writer *w, size_t index)
{
    const struct mqh_recording_event *event = &w->recording->events[index];

    if (event->side == MQC_SERVER && mqh_scenario_is_part_of_it(w, index))
        return;
    if (event->side == MQC_CLIENT)
        write_pause(w, event->time_ns, false);
    else if (is_blamed(w, index) && w->blame->kind != MQH_BLAME_SILENCE)
        write_pause(w, event->time_ns, true);
    if (event->time_ns > w->time_ns)
        w->time_ns = event->time_ns;
}

static void write_end(struct mqh_scenario_writer *w, size_t index)
{
    const struct mqh_recording_event *event = &w->recording->events[index];
    struct mqh_scenario_client *client = &w->clients[event->connection];

    if (event->side == MQC_SERVER && w->blame != NULL && w->blame->kind == MQH_BLAME_DEATH)
        return;
    if (!client->closed) {
        if (is_blamed(w, index))
            mqh_scenario_write_blamed_end(w, index);
        else if (event->side == MQC_SERVER)
            fprintf(w->out, "c%u <- closed\n", event->connection + 1);
        else
            fprintf(w->out, "c%u %s\n", event->connection + 1,
                    event->kind == MQH_RECORDING_RESET ? "reset" : "close");
    }
    client->closed = true;
}

static void write_event(struct mqh_scenario_writer *w, size_t index)
{
    const struct mqh_recording_event *event = &w->recording->events[index];
    const struct mqh_recording_connection *c = &w->recording->connections[event->connection];

    if (w->clients[event->connection].closed)
        return;
    write_pause_before(w, index);
    switch (event->kind) {
    case MQH_RECORDING_OPEN:
        fprintf(w->out, "client c%u manual @%s\n", event->connection + 1,
                mqc_version_name(c->version));
        break;
    case MQH_RECORDING_BYTES:
        write_bytes(w, index);
        break;
    case MQH_RECORDING_HOLE:
        fprintf(w->out, "# c%u: here the capture misses what the %s sent\n", event->connection + 1,
                event->side == MQC_SERVER ? "broker" : "client");
        break;
    case MQH_RECORDING_CLOSE:
    case MQH_RECORDING_RESET:
        write_end(w, index);
        break;
    }
}

void mqh_recording_write_scenario(FILE *out, const struct mqh_recording *recording,
                                  const char *name, const struct mqh_recording_blame *blame)
{
    struct mqh_scenario_writer w = {.out = out, .recording = recording, .blame = blame};

    w.breaks = mqh_breaks_find(recording->arena, recording);
    w.clients =
        mqh_arena_alloc(recording->arena, (recording->connection_count + 1) * sizeof *w.clients);
    w.text_size = 4096;
    w.text = mqh_arena_alloc(recording->arena, w.text_size);
    if (recording->event_count > 0)
        w.time_ns = recording->events[0].time_ns;
    fprintf(out, "scenario \"%s\"\n", name);
    if (blame != NULL && blame->rule != NULL)
        fprintf(out, "proves   %s\n", blame->rule);
    fprintf(out, "versions %s\nforeign\n\n",
            mqc_version_name(recording->connection_count > 0 ? recording->connections[0].version
                                                             : MQC_V5));
    for (size_t i = 0; i < recording->event_count; i++)
        write_event(&w, i);
    if (blame == NULL)
        return;
    if (blame->kind == MQH_BLAME_SILENCE)
        write_pause(&w, recording->end_ns, true);
    mqh_scenario_write_missing(&w);
}
