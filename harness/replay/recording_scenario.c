/* A recording as a scenario: see mqh_recording_write_scenario(). */
#include <stdio.h>
#include <stdlib.h>

#include "codec/text.h"
#include "harness/replay/breaks.h"

enum { PAUSE_MS = 1000, PAUSE_MAX_MS = 3600 * 1000 };

/* An identifier of the broker's that is open: PUBLISH id=7 was expected as id=$m3. */
struct bound {
    uint16_t id;
    unsigned variable;
    struct bound *next;
};

struct state {
    bool closed;
    struct bound *bound;
};

struct writer {
    FILE *out;
    const struct mqh_recording *recording;
    const struct mqh_recording_blame *blame; /* NULL: none */
    const struct mqh_breaks_of *breaks;      /* by event */
    struct state *states;                    /* by connection */
    unsigned variables;
    char *text; /* of one packet */
    size_t text_size;
    uint64_t time_ns; /* of the last event */
};

/* ---- packets ---- */

static const char *print(struct writer *w, const struct mqc_packet *packet)
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
static void write_changed(struct writer *w, const char *text, unsigned variable)
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

static unsigned variable_of(const struct state *state, uint16_t id)
{
    const struct bound *bound = state->bound;

    while (bound != NULL && bound->id != id)
        bound = bound->next;
    return bound == NULL ? 0 : bound->variable;
}

static unsigned bind(struct writer *w, struct state *state, uint16_t id)
{
    struct bound *bound = mqh_arena_alloc(w->recording->arena, sizeof *bound);

    *bound = (struct bound){.id = id, .variable = ++w->variables, .next = state->bound};
    state->bound = bound;
    return bound->variable;
}

static void write_breaks(struct writer *w, const char *breaks)
{
    if (breaks != NULL)
        fprintf(w->out, "   breaks %s", breaks);
    putc('\n', w->out);
}

/* What a client sends; what is wrong with it is wanted so. */
static void write_sent(struct writer *w, struct state *state, const struct mqc_packet *packet,
                       const char *breaks)
{
    enum mqc_type type = packet->frame.type;
    bool answers = type == MQC_PUBACK || type == MQC_PUBREC || type == MQC_PUBCOMP;
    const char *text = print(w, packet);
    unsigned variable = answers ? variable_of(state, id_of(packet)) : 0;

    if (variable > 0)
        write_changed(w, text, variable);
    else
        fputs(text, w->out);
    write_breaks(w, breaks);
}

/* What the broker sent, as far as another broker would say the same. */
static void write_expected(struct writer *w, struct state *state, const struct mqc_packet *packet)
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
        text = print(w, packet);
        write_changed(w, text, id_of(packet) == 0 ? 0 : bind(w, state, id_of(packet)));
        break;
    case MQC_PUBREL:
        if (variable_of(state, id_of(packet)) > 0)
            fprintf(w->out, "PUBREL id=$m%u", variable_of(state, id_of(packet)));
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
        fputs(print(w, packet), w->out);
        break;
    }
    putc('\n', w->out);
}

/* ---- what is wrong ---- */

static bool is_blamed(const struct writer *w, size_t index)
{
    return w->blame != NULL && w->blame->event == index && w->blame->kind != MQH_BLAME_DEATH;
}

static bool is_connect(const struct mqh_recording_event *event)
{
    return event->side == MQC_CLIENT && event->kind == MQH_RECORDING_BYTES &&
           event->bytes.size > 0 && event->bytes.data[0] >> 4 == MQC_CONNECT;
}

/* What a broker has to answer by closing: a faulty packet, a second CONNECT. */
static bool is_error(const struct writer *w, size_t index)
{
    const struct mqh_recording_event *events = w->recording->events;

    if (w->breaks[index].faulty)
        return true;
    for (size_t i = 0; i < index && is_connect(&events[index]); i++)
        if (events[i].connection == events[index].connection && is_connect(&events[i]))
            return true;
    return false;
}

/* What a broker has to answer; "" for nothing. */
static const char *answer_to(const struct writer *w, size_t index)
{
    static const char *const none = "";
    const struct mqh_recording_event *event = &w->recording->events[index];
    struct state *state = &w->states[event->connection];
    struct mqc_frame frame = {.version = w->recording->connections[event->connection].version,
                              .from = event->side};
    struct mqc_faults faults = {0};
    struct mqc_packet packet;

    if (event->side == MQC_SERVER || is_error(w, index))
        return "closed";
    if (mqc_frame_read(event->bytes, &frame) != MQC_FRAME_COMPLETE)
        return none;
    mqc_packet_decode(&frame, &packet, &faults);
    switch (frame.type) {
    case MQC_CONNECT:
        return "CONNACK";
    case MQC_PUBLISH:
        if (packet.publish.packet_id == 0)
            return none;
        return mqh_arena_format(w->recording->arena, "%s id=%u",
                                (frame.flags & 0x06) == 0x02 ? "PUBACK" : "PUBREC",
                                packet.publish.packet_id);
    case MQC_PUBREC:
        if (variable_of(state, packet.ack.packet_id) > 0)
            return mqh_arena_format(w->recording->arena, "PUBREL id=$m%u",
                                    variable_of(state, packet.ack.packet_id));
        return mqh_arena_format(w->recording->arena, "PUBREL id=%u", packet.ack.packet_id);
    case MQC_PUBREL:
        return mqh_arena_format(w->recording->arena, "PUBCOMP id=%u", packet.ack.packet_id);
    case MQC_SUBSCRIBE:
        return mqh_arena_format(w->recording->arena, "SUBACK id=%u", packet.subscribe.packet_id);
    case MQC_UNSUBSCRIBE:
        return mqh_arena_format(w->recording->arena, "UNSUBACK id=%u",
                                packet.unsubscribe.packet_id);
    case MQC_PINGREQ:
        return "PINGRESP";
    case MQC_DISCONNECT:
        return "closed";
    default:
        return none;
    }
}

/* Whether its client had sent what is faulty: then the broker has to close, and all else is wrong.
 */
static bool is_spoiled(const struct writer *w, size_t index)
{
    unsigned connection = w->recording->events[index].connection;

    while (index-- > 0)
        if (w->recording->events[index].connection == connection && is_error(w, index))
            return true;
    return false;
}

/* The last packet of this client before the event. */
static const char *answer_before(const struct writer *w, size_t index)
{
    unsigned connection = w->recording->events[index].connection;

    while (index-- > 0) {
        const struct mqh_recording_event *event = &w->recording->events[index];

        if (event->connection == connection && event->side == MQC_CLIENT &&
            event->kind == MQH_RECORDING_BYTES)
            return answer_to(w, index);
    }
    return "";
}

/* The broker's packet that breaks a rule: an answer was to come, another way; of all else nobody
 * knows whether it was. */
static void write_blamed(struct writer *w, size_t index, const struct mqc_packet *packet)
{
    const struct mqh_recording_event *event = &w->recording->events[index];
    enum mqc_type type = packet->frame.type;
    bool is_answer = type != MQC_PUBLISH && type != MQC_DISCONNECT && type != MQC_AUTH;

    fprintf(w->out, "# here comes %s\n", print(w, packet));
    fprintf(w->out, "c%u <- ", event->connection + 1);
    if (is_spoiled(w, index))
        fputs("closed\n", w->out);
    else if (type == MQC_RESERVED)
        fputs("closed | nothing\n", w->out);
    else
        fprintf(w->out, "%s%s\n", mqc_type_name(type), is_answer ? "" : " | closed | nothing");
}

/* ---- events ---- */

static void write_raw(struct writer *w, size_t index, bool is_broken)
{
    const struct mqh_recording_event *event = &w->recording->events[index];

    fprintf(w->out, "%sc%u %s RAW h'", event->side == MQC_SERVER ? "# " : "", event->connection + 1,
            event->side == MQC_SERVER ? "<-" : "->");
    for (size_t i = 0; i < event->bytes.size; i++)
        fprintf(w->out, "%02x", event->bytes.data[i]);
    putc('\'', w->out);
    write_breaks(w, is_broken && event->side == MQC_CLIENT ? "any" : NULL);
}

static void write_bytes(struct writer *w, size_t index)
{
    const struct mqh_recording_event *event = &w->recording->events[index];
    struct state *state = &w->states[event->connection];
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
        write_blamed(w, index, &packet);
        return;
    }
    if (event->side == MQC_SERVER &&
        (faults.count > 0 ||
         (w->blame != NULL && w->blame->kind == MQH_BLAME_SILENCE && is_spoiled(w, index)))) {
        fprintf(w->out, "# c%u <- %s\n", event->connection + 1, print(w, &packet));
        return; /* nobody expects that */
    }
    fprintf(w->out, "c%u %s ", event->connection + 1, event->side == MQC_SERVER ? "<-" : "->");
    if (event->side == MQC_SERVER)
        write_expected(w, state, &packet);
    else
        write_sent(w, state, &packet, w->breaks[index].text);
}

/* ---- the rest ---- */

static void write_pause(struct writer *w, const struct mqh_recording_event *event)
{
    uint64_t ms = event->time_ns > w->time_ns ? (event->time_ns - w->time_ns) / 1000000 : 0;

    if (event->time_ns > w->time_ns)
        w->time_ns = event->time_ns;
    if (event->side == MQC_SERVER || ms < PAUSE_MS)
        return;
    fprintf(w->out, "wait %ums\n", ms < PAUSE_MAX_MS ? (unsigned)ms : PAUSE_MAX_MS);
}

static void write_end(struct writer *w, size_t index)
{
    const struct mqh_recording_event *event = &w->recording->events[index];
    struct state *state = &w->states[event->connection];
    const char *answer = answer_before(w, index);

    if (event->side == MQC_SERVER && w->blame != NULL && w->blame->kind == MQH_BLAME_DEATH)
        return;
    if (!state->closed) {
        if (is_blamed(w, index))
            fprintf(w->out, "# here the broker ends the connection\nc%u <- %s\n",
                    event->connection + 1, answer[0] == '\0' ? "nothing" : answer);
        else if (event->side == MQC_SERVER)
            fprintf(w->out, "c%u <- closed\n", event->connection + 1);
        else
            fprintf(w->out, "c%u %s\n", event->connection + 1,
                    event->kind == MQH_RECORDING_RESET ? "reset" : "close");
    }
    state->closed = true;
}

static void write_event(struct writer *w, size_t index)
{
    const struct mqh_recording_event *event = &w->recording->events[index];
    const struct mqh_recording_connection *c = &w->recording->connections[event->connection];

    if (w->states[event->connection].closed)
        return;
    write_pause(w, event);
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

/* What never came, and a client that the broker has to serve after all. */
static void write_missing(struct writer *w)
{
    const char *answer = "";

    if (w->blame->kind == MQH_BLAME_SILENCE)
        answer = answer_to(w, w->blame->event);
    if (answer[0] != '\0')
        fprintf(w->out, "# here nothing comes\nc%u <- %s\n",
                w->recording->events[w->blame->event].connection + 1, answer);
    if (w->blame->kind == MQH_BLAME_DEATH)
        fputs("# here nobody is there any more\nclient another\n", w->out);
}

void mqh_recording_write_scenario(FILE *out, const struct mqh_recording *recording,
                                  const char *name, const struct mqh_recording_blame *blame)
{
    struct writer w = {.out = out, .recording = recording, .blame = blame};

    w.breaks = mqh_breaks_find(recording->arena, recording);
    w.states =
        mqh_arena_alloc(recording->arena, (recording->connection_count + 1) * sizeof *w.states);
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
    if (blame != NULL)
        write_missing(&w);
}
