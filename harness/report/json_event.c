#include "harness/report/json_event.h"

#include <string.h>

#include "harness/report/safe.h"

/* Bytes of a packet that are shown in hex at most. */
enum { HEX_MAX = 4096 };

static void set(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

static json_t *hex(struct mqc_slice bytes)
{
    static const char digits[] = "0123456789abcdef";
    char text[2 * HEX_MAX];
    size_t size = bytes.size < HEX_MAX ? bytes.size : HEX_MAX;

    for (size_t i = 0; i < size; i++) {
        text[2 * i] = digits[bytes.data[i] >> 4];
        text[2 * i + 1] = digits[bytes.data[i] & 0xf];
    }
    return json_stringn(text, 2 * size);
}

/* The rule of a fault, where breaking it says something; else NULL. */
static json_t *fault_rule(const struct mqh_event *event, const struct mqc_fault *fault)
{
    const struct mqc_rule_text *rule = mqc_rule_in(fault->rule, event->version);

    if (rule->level < MQC_SHOULD)
        return NULL;
    return json_sprintf("%s %s", mqc_version_space(event->version), rule->id);
}

static json_t *faults(const struct mqh_event *event)
{
    json_t *array = json_array();

    for (size_t i = 0; i < event->fault_count; i++) {
        json_t *rule = fault_rule(event, &event->faults[i]);

        if (rule != NULL)
            json_array_append_new(array, rule);
    }
    return array;
}

static void add_spans(json_t *array, const struct mqh_event *event, const struct mqc_fault *items,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        json_t *rule = fault_rule(event, &items[i]);
        json_t *object = json_object();

        set(object, "requirement", rule);
        set(object, "offset", json_integer((json_int_t)items[i].offset));
        set(object, "size", json_integer((json_int_t)items[i].size));
        set(object, "says", json_string(mqc_rule_says(items[i].rule)));
        if (rule != NULL)
            json_array_append(array, object);
        json_decref(object);
    }
}

/* Where the packet is faulty; where we sent it, on purpose, and then the event does not say so. */
static json_t *spans(const struct mqh_event *event)
{
    struct mqc_fault items[8];
    struct mqc_faults found = {.items = items, .capacity = sizeof items / sizeof items[0]};
    struct mqc_frame frame = {.version = event->version, .from = MQC_CLIENT};
    struct mqc_packet packet;
    json_t *array = json_array();

    add_spans(array, event, event->faults, event->fault_count);
    if (event->kind != MQH_EVENT_SENT || mqc_frame_read(event->bytes, &frame) != MQC_FRAME_COMPLETE)
        return array;
    mqc_packet_decode(&frame, &packet, &found);
    add_spans(array, event, items, mqc_faults_stored(&found));
    return array;
}

/* Bytes hold what the text conceals: a packet with something concealed is shown as text only. */
static bool may_show_bytes(const struct mqh_event *event)
{
    return event->text != NULL && strstr(event->text, "<concealed>") == NULL;
}

static void add_bytes(json_t *object, const struct mqh_event *event)
{
    json_t *where = spans(event);

    set(object, "hex", hex(event->bytes));
    if (event->bytes.size > HEX_MAX)
        set(object, "size", json_integer((json_int_t)event->bytes.size));
    if (json_array_size(where) > 0)
        json_object_set(object, "spans", where);
    json_decref(where);
}

json_t *mqh_json_event(const struct mqh_event *event, bool with_bytes)
{
    static const char *const kinds[] = {
        [MQH_EVENT_OPENED] = "opened",       [MQH_EVENT_SENT] = "sent",
        [MQH_EVENT_RECEIVED] = "received",   [MQH_EVENT_CLOSED] = "closed",
        [MQH_EVENT_RESET] = "reset",         [MQH_EVENT_PEER_FIN] = "peer-closed",
        [MQH_EVENT_PEER_RST] = "peer-reset", [MQH_EVENT_BREACH] = "breach",
        [MQH_EVENT_NOTE] = "note",
    };
    json_t *object = json_object();

    set(object, "time_ms", json_integer((json_int_t)event->time_ms));
    set(object, "event", json_string(kinds[event->kind]));
    set(object, "peer", mqh_json_text(event->peer));
    set(object, "text", mqh_json_text(event->text));
    if (event->line > 0)
        set(object, "line", json_integer(event->line));
    if (event->fault_count > 0)
        set(object, "faults", faults(event));
    if (with_bytes && event->bytes.size > 0 && may_show_bytes(event))
        add_bytes(object, event);
    return object;
}
