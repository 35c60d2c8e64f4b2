/* The status as JSON: see screen.h. */
#include <jansson.h>
#include <stdlib.h>

#include "harness/proxy/screen.h"
#include "harness/report/safe.h"

enum { LIST_MAX = 1000 };

static json_t *flow(const struct mqh_traffic_flow *flow, uint64_t now_ms)
{
    return json_pack("{s:I, s:f, s:I, s:f, s:I, s:f}", "packets", (json_int_t)flow->packets.total,
                     "packets_per_second", mqh_meter_rate(&flow->packets, now_ms), "messages",
                     (json_int_t)flow->messages.total, "messages_per_second",
                     mqh_meter_rate(&flow->messages, now_ms), "bytes",
                     (json_int_t)flow->bytes.total, "bytes_per_second",
                     mqh_meter_rate(&flow->bytes, now_ms));
}

static json_t *breaches(const struct mqh_traffic_breaches *breaches)
{
    return json_pack("{s:I, s:I}", "MUST", (json_int_t)breaches->must, "SHOULD",
                     (json_int_t)breaches->should);
}

static json_t *client_of(const struct mqh_traffic_client *c, uint64_t now_ms)
{
    return json_pack(
        "{s:o, s:s, s:o, s:i, s:i, s:f, s:o, s:o, s:{s:o, s:o}, s:o}", "id",
        c->unnamed ? json_null() : mqh_json_text(c->name.text), "address", c->address, "protocol",
        c->version == MQC_VERSION_UNKNOWN ? json_null() : json_string(mqc_version_name(c->version)),
        "open", (int)c->name.users, "connections", (int)c->connections, "since",
        (double)c->since_ms / 1000, "sent", flow(&c->sent, now_ms), "received",
        flow(&c->received, now_ms), "breaches", "client", breaches(&c->own), "server",
        breaches(&c->server), "last_rule",
        c->last_rule[0] == '\0' ? json_null() : json_string(c->last_rule));
}

static json_t *topic_of(const struct mqh_traffic_topic *t, uint64_t now_ms)
{
    return json_pack("{s:o, s:I, s:f, s:I, s:f, s:I, s:f, s:i, s:b}", "topic",
                     mqh_json_text(t->name.text), "published", (json_int_t)t->published.total,
                     "published_per_second", mqh_meter_rate(&t->published, now_ms), "delivered",
                     (json_int_t)t->delivered.total, "delivered_per_second",
                     mqh_meter_rate(&t->delivered, now_ms), "bytes", (json_int_t)t->bytes.total,
                     "bytes_per_second", mqh_meter_rate(&t->bytes, now_ms), "qos", (int)t->qos,
                     "retained", t->retained);
}

static json_t *clients(const struct mqh_screen *screen)
{
    const struct mqh_traffic_client **list = calloc(LIST_MAX, sizeof *list);
    json_t *array = json_array();
    size_t count = 0;

    if (list != NULL)
        count = mqh_traffic_clients(screen->traffic, screen->now_ms, list, LIST_MAX);
    for (size_t i = 0; i < count && i < LIST_MAX; i++)
        json_array_append_new(array, client_of(list[i], screen->now_ms));
    free(list);
    return array;
}

static json_t *topics(const struct mqh_screen *screen)
{
    const struct mqh_traffic_topic **list = calloc(LIST_MAX, sizeof *list);
    json_t *array = json_array();
    size_t count = 0;

    if (list != NULL)
        count = mqh_traffic_topics(screen->traffic, screen->now_ms, list, LIST_MAX);
    for (size_t i = 0; i < count && i < LIST_MAX; i++)
        json_array_append_new(array, topic_of(list[i], screen->now_ms));
    free(list);
    return array;
}

static json_t *notes(const struct mqh_screen_notes *notes)
{
    size_t count = notes->count < MQH_SCREEN_NOTES ? notes->count : MQH_SCREEN_NOTES;
    json_t *array = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(
            array, mqh_json_text(notes->texts[(notes->count - count + i) % MQH_SCREEN_NOTES]));
    return array;
}

void mqh_screen_json(FILE *out, const struct mqh_screen *screen)
{
    const struct mqh_traffic *t = screen->traffic;
    uint64_t now = screen->now_ms;
    json_t *status = json_pack(
        "{s:{s:f, s:s, s:s, s:{s:i, s:i, s:I, s:I, s:I}, s:o, s:o, s:{s:o, s:o}, s:I, s:o, s:I, "
        "s:o, s:o}}",
        "status", "time", (double)now / 1000, "listen", screen->at, "broker", screen->to,
        "connections", "open", (int)t->open, "peak", (int)t->peak, "all",
        (json_int_t)t->connections, "failed", (json_int_t)t->failures, "other",
        (json_int_t)t->others, "client", flow(&t->client, now), "server", flow(&t->server, now),
        "breaches", "client", breaches(&t->client_broke), "server", breaches(&t->server_broke),
        "client_count", (json_int_t)t->clients.count, "clients", clients(screen), "topic_count",
        (json_int_t)t->topics.count, "topics", topics(screen), "notes", notes(screen->notes));

    if (status == NULL)
        return;
    json_dumpf(status, out, JSON_COMPACT);
    putc('\n', out);
    json_decref(status);
}
