/* What should come: see recording_scenario.h. */
#include "harness/replay/recording_scenario.h"

#include <stdio.h>

static bool is_of_type(const struct mqh_recording_event *event, enum mqc_side side,
                       enum mqc_type type)
{
    return event->side == side && event->kind == MQH_RECORDING_BYTES && event->bytes.size > 0 &&
           event->bytes.data[0] >> 4 == type;
}

static bool is_connect(const struct mqh_recording_event *event)
{
    return is_of_type(event, MQC_CLIENT, MQC_CONNECT);
}

/* What a broker has to answer by closing: a faulty packet, a second CONNECT. */
static bool is_error(const struct mqh_scenario_writer *w, size_t index)
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
static const char *answer_to(const struct mqh_scenario_writer *w, size_t index)
{
    static const char *const none = "";
    const struct mqh_recording_event *event = &w->recording->events[index];
    struct mqh_scenario_client *client = &w->clients[event->connection];
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
        if (mqh_scenario_variable(client, packet.ack.packet_id) > 0)
            return mqh_arena_format(w->recording->arena, "PUBREL id=$m%u",
                                    mqh_scenario_variable(client, packet.ack.packet_id));
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
static bool is_spoiled(const struct mqh_scenario_writer *w, size_t index)
{
    unsigned connection = w->recording->events[index].connection;

    while (index-- > 0)
        if (w->recording->events[index].connection == connection && is_error(w, index))
            return true;
    return false;
}

bool mqh_scenario_is_part_of_it(const struct mqh_scenario_writer *w, size_t index)
{
    const struct mqh_recording_event *event = &w->recording->events[index];

    if (w->blame == NULL)
        return false;
    if (w->blame->kind == MQH_BLAME_SILENCE)
        return is_spoiled(w, index);
    return w->blame->kind == MQH_BLAME_END && is_of_type(event, MQC_SERVER, MQC_DISCONNECT) &&
           event->connection == w->recording->events[w->blame->event].connection;
}

static bool has_come(const struct mqh_scenario_writer *w, size_t from, size_t to,
                     const char *answer)
{
    unsigned connection = w->recording->events[from].connection;

    for (size_t i = from + 1; i < to; i++) {
        const struct mqh_recording_event *event = &w->recording->events[i];
        const char *name;

        if (event->connection != connection || event->side != MQC_SERVER ||
            event->kind != MQH_RECORDING_BYTES)
            continue;
        name = mqc_type_name((enum mqc_type)(event->bytes.data[0] >> 4));
        if (strncmp(answer, name, strlen(name)) == 0)
            return true;
    }
    return false;
}

/* What has to answer the last packet of this client before the event, and has not come until then;
 * "" for nothing. */
static const char *answer_before(const struct mqh_scenario_writer *w, size_t index)
{
    unsigned connection = w->recording->events[index].connection;

    for (size_t i = index; i-- > 0;) {
        const struct mqh_recording_event *event = &w->recording->events[i];

        if (event->connection == connection && event->side == MQC_CLIENT &&
            event->kind == MQH_RECORDING_BYTES) {
            const char *answer = answer_to(w, i);

            return has_come(w, i, index, answer) ? "" : answer;
        }
    }
    return "";
}

void mqh_scenario_write_blamed(struct mqh_scenario_writer *w, size_t index,
                               const struct mqc_packet *packet)
{
    const struct mqh_recording_event *event = &w->recording->events[index];
    enum mqc_type type = packet->frame.type;
    bool is_answer = type != MQC_PUBLISH && type != MQC_DISCONNECT && type != MQC_AUTH;

    fprintf(w->out, "# here comes %s\n", mqh_scenario_print(w, packet));
    fprintf(w->out, "c%u <- ", event->connection + 1);
    if (is_spoiled(w, index))
        fputs("closed\n", w->out);
    else if (type == MQC_RESERVED)
        fputs("closed | nothing\n", w->out);
    else
        fprintf(w->out, "%s%s\n", mqc_type_name(type), is_answer ? "" : " | closed | nothing");
}

void mqh_scenario_write_blamed_end(struct mqh_scenario_writer *w, size_t index)
{
    const char *answer = answer_before(w, index);

    fprintf(w->out, "# here the broker ends the connection\nc%u <- %s\n",
            w->recording->events[index].connection + 1, answer[0] == '\0' ? "nothing" : answer);
}

void mqh_scenario_write_missing(struct mqh_scenario_writer *w)
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
