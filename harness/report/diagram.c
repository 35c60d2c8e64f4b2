#include "harness/report/diagram.h"

#include <inttypes.h>

#include "harness/report/safe.h"

enum { TIME_WIDTH = 10, LANE_MIN = 7, LANE_MAX = 12, BROKER_WIDTH = 6, PEERS_MAX = 16 };

/* Where the lifelines stand, counted from the one of the first client; the broker's is the last. */
struct lanes {
    const char *names[PEERS_MAX];
    bool open[PEERS_MAX];
    size_t count; /* of clients */
    size_t width; /* from one to the next */
};

/* The index of a client; the count of all if there are more than can be drawn, or it has no name.
 */
static size_t lane_of(const struct lanes *lanes, const char *name)
{
    size_t i = 0;

    while (i < lanes->count && (name == NULL || strcmp(lanes->names[i], name) != 0))
        i++;
    return i;
}

static struct lanes lanes_of(const struct mqh_result *result)
{
    struct lanes lanes = {.width = LANE_MIN};

    for (size_t i = 0; i < result->event_count; i++) {
        const char *name = result->events[i].peer;

        if (name == NULL || name[0] == '\0' || lanes.count == PEERS_MAX ||
            lane_of(&lanes, name) < lanes.count)
            continue;
        lanes.names[lanes.count++] = name;
        if (strlen(name) + 2 > lanes.width)
            lanes.width = strlen(name) + 2;
    }
    /* One client stands far enough from the broker for an arrow that looks like one. */
    if (lanes.count == 1 && lanes.width < 10)
        lanes.width = 10;
    if (lanes.width > LANE_MAX)
        lanes.width = LANE_MAX;
    return lanes;
}

static size_t span_of(const struct lanes *lanes)
{
    return lanes->count * lanes->width + 1;
}

static void write_heads(FILE *out, const struct lanes *lanes, const char *indent)
{
    fprintf(out, "%s%*s", indent, TIME_WIDTH - 1, "s   ");
    for (size_t i = 0; i < lanes->count; i++)
        fprintf(out, "%-*.*s", (int)lanes->width, (int)lanes->width - 1, lanes->names[i]);
    fputs("broker\n", out);
}

/* A row of lifelines, with an arrow of `shaft` from the client of this lane to the broker, or back;
 * a lane that there is none of: no arrow. */
static void write_row(FILE *out, const struct lanes *lanes, size_t lane, char shaft, bool to_broker)
{
    size_t end = span_of(lanes) - 1;
    size_t from = lane * lanes->width;

    for (size_t at = 0; at <= end; at++) {
        bool is_line = at % lanes->width == 0;
        char c = ' ';

        if (at == end)
            c = '|';
        else if (is_line)
            c = lanes->open[at / lanes->width] ? '|' : ':';
        if (lane < lanes->count && at > from && at < end)
            c = is_line ? '+' : shaft;
        if (lane < lanes->count && at == (to_broker ? end - 1 : from + 1))
            c = to_broker ? '>' : '<';
        putc(c, out);
    }
}

static const char *word_of(const struct mqh_event *event)
{
    switch (event->kind) {
    case MQH_EVENT_OPENED:
        return "connects";
    case MQH_EVENT_CLOSED:
    case MQH_EVENT_PEER_FIN:
        return "FIN";
    case MQH_EVENT_RESET:
    case MQH_EVENT_PEER_RST:
        return "RST";
    case MQH_EVENT_BREACH:
        return "!!";
    case MQH_EVENT_NOTE:
        return "--";
    case MQH_EVENT_SENT:
    case MQH_EVENT_RECEIVED:
        break;
    }
    return "";
}

static bool is_connection(enum mqh_event_kind kind)
{
    return kind != MQH_EVENT_SENT && kind != MQH_EVENT_RECEIVED && kind != MQH_EVENT_BREACH &&
           kind != MQH_EVENT_NOTE;
}

static bool is_by_peer(enum mqh_event_kind kind)
{
    return kind == MQH_EVENT_RECEIVED || kind == MQH_EVENT_PEER_FIN || kind == MQH_EVENT_PEER_RST;
}

/* What stands behind the lifelines: a word, the packet; `room` bytes of it, 0: all. */
static void write_text(FILE *out, const char *word, const char *text, size_t room)
{
    bool has_text = text != NULL && text[0] != '\0';

    if (word[0] != '\0' || has_text)
        fprintf(out, "  %s%s", word, word[0] != '\0' && has_text ? " " : "");
    if (room > strlen(word) + 4)
        room -= strlen(word) + 1;
    mqh_plain_text(out, text, room);
    putc('\n', out);
}

static void write_event(FILE *out, struct lanes *lanes, const struct mqh_event *event,
                        const char *indent, size_t room)
{
    size_t lane = lane_of(lanes, event->peer);
    bool has_arrow = event->kind != MQH_EVENT_BREACH && event->kind != MQH_EVENT_NOTE;

    if (lane < lanes->count && event->kind == MQH_EVENT_OPENED)
        lanes->open[lane] = true;
    if (has_arrow)
        fprintf(out, "%s%3" PRIu64 ".%03" PRIu64 "   ", indent, event->time_ms / 1000,
                event->time_ms % 1000);
    else
        fprintf(out, "%s%*s", indent, TIME_WIDTH, "");
    write_row(out, lanes, has_arrow ? lane : lanes->count, is_connection(event->kind) ? '=' : '-',
              !is_by_peer(event->kind));
    write_text(out, word_of(event), event->text, room);
    if (lane < lanes->count && is_connection(event->kind) && event->kind != MQH_EVENT_OPENED)
        lanes->open[lane] = false;
}

/* What the packet breaks, on a line of its own for each rule. */
static void write_faults(FILE *out, const struct lanes *lanes, const struct mqh_event *event,
                         const char *indent)
{
    for (size_t i = 0; i < event->fault_count; i++) {
        const struct mqc_rule_text *rule = mqc_rule_in(event->faults[i].rule, event->version);

        if (rule->level < MQC_SHOULD)
            continue;
        fprintf(out, "%s%*s", indent, TIME_WIDTH, "");
        write_row(out, lanes, lanes->count, ' ', false);
        fprintf(out, "  !! %s %s\n", mqc_version_space(event->version), rule->id);
    }
}

void mqh_diagram_write(FILE *out, const struct mqh_result *result, const char *indent,
                       unsigned columns)
{
    struct lanes lanes = lanes_of(result);
    size_t used = strlen(indent) + TIME_WIDTH + span_of(&lanes) + 2;
    size_t room = columns == 0 ? 0 : columns > used + 20 ? columns - used - 1 : 20;

    if (result->event_count == 0)
        return;
    write_heads(out, &lanes, indent);
    for (size_t i = 0; i < result->event_count; i++) {
        write_event(out, &lanes, &result->events[i], indent, room);
        write_faults(out, &lanes, &result->events[i], indent);
    }
}
