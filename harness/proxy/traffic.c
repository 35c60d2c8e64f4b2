#include "harness/proxy/traffic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct alias {
    uint32_t number;
    char *topic;
    size_t size;
};

struct aliases {
    struct alias items[MQH_TRAFFIC_ALIASES_MAX];
    size_t count;
};

struct mqh_traffic_talk {
    struct mqh_traffic_client *client; /* NULL before its CONNECT */
    char address[64];
    struct aliases *aliases[2]; /* that the client, the server has set; NULL: none */
};

static void *get(size_t size)
{
    void *memory = calloc(1, size);

    if (memory == NULL)
        abort();
    return memory;
}

/* ---- names ---- */

static struct mqh_traffic_name **bucket_of(struct mqh_traffic_table *table, struct mqc_slice text)
{
    uint32_t hash = 2166136261;

    for (size_t i = 0; i < text.size; i++)
        hash = (hash ^ text.data[i]) * 16777619;
    return &table->buckets[hash % MQH_TRAFFIC_NAMES_MAX];
}

/* Makes room for one more; false if all are in use. */
static bool drop_oldest(struct mqh_traffic_table *table)
{
    struct mqh_traffic_name **oldest = NULL;
    struct mqh_traffic_name *gone;

    for (size_t i = 0; i < MQH_TRAFFIC_NAMES_MAX; i++)
        for (struct mqh_traffic_name **at = &table->buckets[i]; *at != NULL; at = &(*at)->chain)
            if ((*at)->users == 0 && (oldest == NULL || (*at)->last_ms < (*oldest)->last_ms))
                oldest = at;
    if (oldest == NULL)
        return false;
    gone = *oldest;
    *oldest = gone->chain;
    free(gone);
    table->count--;
    table->dropped++;
    return true;
}

/* The entry of `size` bytes with this name, a new one if need be; NULL if there is no room. */
static struct mqh_traffic_name *name_of(struct mqh_traffic_table *table, struct mqc_slice text,
                                        size_t size)
{
    struct mqh_traffic_name **bucket = bucket_of(table, text);
    struct mqh_traffic_name *name = *bucket;

    while (name != NULL &&
           (name->size != text.size || memcmp(name->text, text.data, text.size) != 0))
        name = name->chain;
    if (name != NULL)
        return name;
    if (text.size > MQH_TRAFFIC_NAME_SIZE ||
        (table->count == MQH_TRAFFIC_NAMES_MAX && !drop_oldest(table))) {
        table->dropped++;
        return NULL;
    }
    name = get(size);
    name->size = text.size;
    if (text.size > 0)
        memcpy(name->text, text.data, text.size);
    name->chain = *bucket;
    *bucket = name;
    table->count++;
    return name;
}

static void remove_name(struct mqh_traffic_table *table, struct mqh_traffic_name *name)
{
    struct mqh_traffic_name **at =
        bucket_of(table, (struct mqc_slice){(const uint8_t *)name->text, name->size});

    while (*at != name)
        at = &(*at)->chain;
    *at = name->chain;
    free(name);
    table->count--;
}

static void free_table(struct mqh_traffic_table *table)
{
    for (size_t i = 0; i < MQH_TRAFFIC_NAMES_MAX; i++)
        while (table->buckets[i] != NULL) {
            struct mqh_traffic_name *name = table->buckets[i];

            table->buckets[i] = name->chain;
            free(name);
        }
}

/* ---- connections and clients ---- */

struct mqh_traffic *mqh_traffic_new(void)
{
    return get(sizeof(struct mqh_traffic));
}

void mqh_traffic_free(struct mqh_traffic *traffic)
{
    free_table(&traffic->clients);
    free_table(&traffic->topics);
    free(traffic);
}

struct mqh_traffic_talk *mqh_traffic_open(struct mqh_traffic *traffic, const char *address)
{
    struct mqh_traffic_talk *talk = get(sizeof *talk);

    snprintf(talk->address, sizeof talk->address, "%s", address);
    traffic->connections++;
    if (++traffic->open > traffic->peak)
        traffic->peak = traffic->open;
    return talk;
}

/* Who is gone and had no identifier never comes again: only breaches are worth keeping. */
static void leave_client(struct mqh_traffic *traffic, struct mqh_traffic_talk *talk)
{
    struct mqh_traffic_client *client = talk->client;

    talk->client = NULL;
    if (client != NULL && --client->name.users == 0 && client->unnamed &&
        client->last_rule[0] == '\0')
        remove_name(&traffic->clients, &client->name);
}

static void free_aliases(struct aliases *aliases)
{
    for (size_t i = 0; aliases != NULL && i < aliases->count; i++)
        free(aliases->items[i].topic);
    free(aliases);
}

void mqh_traffic_close(struct mqh_traffic *traffic, struct mqh_traffic_talk *talk)
{
    leave_client(traffic, talk);
    traffic->open--;
    free_aliases(talk->aliases[0]);
    free_aliases(talk->aliases[1]);
    free(talk);
}

/* The connection turns out to be of this client; without an identifier it is of its address. */
static void be_client(struct mqh_traffic *traffic, struct mqh_traffic_talk *talk,
                      struct mqc_slice id, enum mqc_version version, uint64_t now_ms)
{
    bool unnamed = id.size == 0;
    struct mqh_traffic_client *client;

    leave_client(traffic, talk);
    client = (struct mqh_traffic_client *)name_of(
        &traffic->clients, unnamed ? mqc_slice_text(talk->address) : id, sizeof *client);
    if (client == NULL)
        return;
    client->unnamed = unnamed;
    client->name.users++;
    client->name.last_ms = now_ms;
    client->connections++;
    client->since_ms = now_ms;
    client->version = version;
    memcpy(client->address, talk->address, sizeof client->address);
    talk->client = client;
}

/* The broker gives the client an identifier, if it has none: what it had under its address goes
 * with it. */
static void rename_client(struct mqh_traffic *traffic, struct mqh_traffic_talk *talk,
                          const struct mqc_connack *connack, uint64_t now_ms)
{
    struct mqh_traffic_client before;
    struct mqc_property assigned;

    if (talk->client == NULL || !talk->client->unnamed ||
        !mqc_property_get(connack->properties, MQC_ASSIGNED_CLIENT_IDENTIFIER, 0, &assigned) ||
        assigned.value.size == 0)
        return;
    before = *talk->client;
    talk->client->last_rule[0] = '\0';
    be_client(traffic, talk, assigned.value, before.version, now_ms);
    if (talk->client == NULL || talk->client->connections > 1)
        return;
    talk->client->sent = before.sent;
    talk->client->received = before.received;
    talk->client->own = before.own;
    talk->client->server = before.server;
    memcpy(talk->client->last_rule, before.last_rule, sizeof before.last_rule);
}

/* ---- topics ---- */

static struct alias *find_alias(struct aliases *aliases, uint32_t number)
{
    for (size_t i = 0; aliases != NULL && i < aliases->count; i++)
        if (aliases->items[i].number == number)
            return &aliases->items[i];
    return NULL;
}

static void set_alias(struct aliases **aliases, uint32_t number, struct mqc_slice topic)
{
    struct alias *alias = find_alias(*aliases, number);

    if (*aliases == NULL)
        *aliases = get(sizeof **aliases);
    if (alias == NULL && (*aliases)->count < MQH_TRAFFIC_ALIASES_MAX) {
        alias = &(*aliases)->items[(*aliases)->count++];
        alias->number = number;
    }
    if (alias == NULL)
        return;
    free(alias->topic);
    alias->size = topic.size <= MQH_TRAFFIC_NAME_SIZE ? topic.size : 0;
    alias->topic = get(alias->size + 1);
    memcpy(alias->topic, topic.data, alias->size);
}

/* The topic that is meant; empty if it is not known. */
static struct mqc_slice topic_of(struct mqh_traffic_talk *talk, const struct mqc_packet *packet)
{
    struct aliases **aliases = &talk->aliases[packet->frame.from == MQC_SERVER];
    const struct mqc_publish *publish = &packet->publish;
    struct mqc_property property;
    const struct alias *alias;

    if (packet->version != MQC_V5 ||
        !mqc_property_get(publish->properties, MQC_TOPIC_ALIAS, 0, &property))
        return publish->topic;
    if (publish->topic.size > 0) {
        set_alias(aliases, property.number, publish->topic);
        return publish->topic;
    }
    alias = find_alias(*aliases, property.number);
    return alias == NULL ? publish->topic
                         : (struct mqc_slice){(const uint8_t *)alias->topic, alias->size};
}

static void count_message(struct mqh_traffic *traffic, struct mqh_traffic_talk *talk,
                          const struct mqc_packet *packet, uint64_t now_ms)
{
    const struct mqc_publish *publish = &packet->publish;
    bool by_client = packet->frame.from == MQC_CLIENT;
    struct mqc_slice name = topic_of(talk, packet);
    struct mqh_traffic_topic *topic;

    if (name.size == 0)
        return;
    topic = (struct mqh_traffic_topic *)name_of(&traffic->topics, name, sizeof *topic);
    if (topic == NULL)
        return;
    mqh_meter_add(by_client ? &topic->published : &topic->delivered, 1, now_ms);
    mqh_meter_add(&topic->bytes, publish->payload.size, now_ms);
    topic->name.last_ms = now_ms;
    topic->qos = publish->qos;
    if (publish->retain)
        topic->retained = publish->payload.size > 0;
}

/* ---- packets and breaches ---- */

static void add_flow(struct mqh_traffic_flow *flow, const struct mqc_packet *packet,
                     uint64_t now_ms)
{
    mqh_meter_add(&flow->packets, 1, now_ms);
    mqh_meter_add(&flow->bytes, packet->frame.size, now_ms);
    if (packet->frame.type == MQC_PUBLISH)
        mqh_meter_add(&flow->messages, 1, now_ms);
}

void mqh_traffic_packet(struct mqh_traffic *traffic, struct mqh_traffic_talk *talk,
                        const struct mqc_packet *packet, uint64_t now_ms)
{
    bool by_client = packet->frame.from == MQC_CLIENT;

    if (by_client && packet->frame.type == MQC_CONNECT && talk->client == NULL)
        be_client(traffic, talk, packet->connect.client_id, packet->version, now_ms);
    add_flow(by_client ? &traffic->client : &traffic->server, packet, now_ms);
    if (talk->client != NULL) {
        talk->client->name.last_ms = now_ms;
        add_flow(by_client ? &talk->client->sent : &talk->client->received, packet, now_ms);
    }
    if (!by_client && packet->frame.type == MQC_CONNACK && packet->version == MQC_V5)
        rename_client(traffic, talk, &packet->connack, now_ms);
    if (packet->frame.type == MQC_PUBLISH)
        count_message(traffic, talk, packet, now_ms);
}

static void add_breach(struct mqh_traffic_breaches *breaches, bool must)
{
    breaches->must += must;
    breaches->should += !must;
}

void mqh_traffic_breach(struct mqh_traffic *traffic, struct mqh_traffic_talk *talk,
                        enum mqc_side side, bool must, const char *rule)
{
    struct mqh_traffic_client *client = talk == NULL ? NULL : talk->client;

    add_breach(side == MQC_CLIENT ? &traffic->client_broke : &traffic->server_broke, must);
    if (client == NULL)
        return;
    add_breach(side == MQC_CLIENT ? &client->own : &client->server, must);
    snprintf(client->last_rule, sizeof client->last_rule, "%s", rule);
}

/* ---- lists ---- */

/* What an entry is sorted by, the larger first. */
struct rank {
    const struct mqh_traffic_name *name;
    double first;
    double second;
    double third;
};

static int by_rank(const void *a, const void *b)
{
    const struct rank *left = a;
    const struct rank *right = b;

    if (left->first != right->first)
        return left->first < right->first ? 1 : -1;
    if (left->second != right->second)
        return left->second < right->second ? 1 : -1;
    if (left->third != right->third)
        return left->third < right->third ? 1 : -1;
    return strcmp(left->name->text, right->name->text);
}

static struct rank rank_client(const struct mqh_traffic_name *name, uint64_t now_ms)
{
    const struct mqh_traffic_client *c = (const struct mqh_traffic_client *)name;

    return (struct rank){
        .name = name,
        .first = (double)(c->own.must + c->own.should + c->server.must + c->server.should),
        .second =
            mqh_meter_rate(&c->sent.packets, now_ms) + mqh_meter_rate(&c->received.packets, now_ms),
        .third = name->users};
}

static struct rank rank_topic(const struct mqh_traffic_name *name, uint64_t now_ms)
{
    const struct mqh_traffic_topic *t = (const struct mqh_traffic_topic *)name;

    return (struct rank){.name = name,
                         .first = mqh_meter_rate(&t->published, now_ms) +
                                  mqh_meter_rate(&t->delivered, now_ms),
                         .second = (double)(t->published.total + t->delivered.total)};
}

/* All of a table, sorted; the caller frees them. */
static struct rank *sort(const struct mqh_traffic_table *table, uint64_t now_ms,
                         struct rank (*rank)(const struct mqh_traffic_name *, uint64_t))
{
    struct rank *ranks = get((table->count + 1) * sizeof *ranks);
    size_t count = 0;

    for (size_t i = 0; i < MQH_TRAFFIC_NAMES_MAX; i++)
        for (const struct mqh_traffic_name *n = table->buckets[i]; n != NULL; n = n->chain)
            ranks[count++] = rank(n, now_ms);
    qsort(ranks, count, sizeof *ranks, by_rank);
    return ranks;
}

size_t mqh_traffic_clients(const struct mqh_traffic *traffic, uint64_t now_ms,
                           const struct mqh_traffic_client **out, size_t room)
{
    struct rank *ranks = sort(&traffic->clients, now_ms, rank_client);

    for (size_t i = 0; i < room && i < traffic->clients.count; i++)
        out[i] = (const struct mqh_traffic_client *)ranks[i].name;
    free(ranks);
    return traffic->clients.count;
}

size_t mqh_traffic_topics(const struct mqh_traffic *traffic, uint64_t now_ms,
                          const struct mqh_traffic_topic **out, size_t room)
{
    struct rank *ranks = sort(&traffic->topics, now_ms, rank_topic);

    for (size_t i = 0; i < room && i < traffic->topics.count; i++)
        out[i] = (const struct mqh_traffic_topic *)ranks[i].name;
    free(ranks);
    return traffic->topics.count;
}
