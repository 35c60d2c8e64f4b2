#include "harness/model/model.h"

#include <stdio.h>
#include <stdlib.h>

#include "harness/model/state.h"

enum { KEEP_ALIVE_TIMEOUT = 0x8d, CONNECT_PATIENCE_MS = 10000 };

struct mqh_model_limits mqh_model_defaults(void)
{
    return (struct mqh_model_limits){
        .maximum_qos = 2,
        .retain_available = true,
        .wildcard_available = true,
        .shared_available = true,
        .identifiers_available = true,
        .empty_client_id = true,
        .receive_maximum = 20,
        .topic_alias_maximum = 10,
        .session_expiry_max = UINT32_MAX,
    };
}

void *mqh_model_alloc(size_t size)
{
    void *memory = calloc(1, size > 0 ? size : 1);

    if (memory == NULL) {
        fputs("mqspec: out of memory\n", stderr);
        abort();
    }
    return memory;
}

struct mqc_slice mqh_model_copy(struct mqc_slice bytes)
{
    uint8_t *copy = mqh_model_alloc(bytes.size);

    if (bytes.size > 0)
        memcpy(copy, bytes.data, bytes.size);
    return (struct mqc_slice){copy, bytes.size};
}

void mqh_model_discard(struct mqc_slice bytes)
{
    free((void *)bytes.data);
}

/* ---- connections and time ---- */

uint64_t mqh_model_delay_ms(const struct mqh_model *model)
{
    return mqh_chooses(model, MQH_V_SLOW_TIMERS) ? 2000 : 0;
}

/* Brokers tell about themselves under $SYS/, by convention. */
static void publish_version(struct mqh_model *model)
{
    const struct mqc_slice none = {NULL, 0};
    struct mqh_message_body *body =
        mqh_message_new(model, mqc_slice_text("$SYS/broker/version"),
                        mqc_slice_text("mqspec reference broker"), none, 0, true, none);

    mqh_model_retain(model, body);
    mqh_message_release(body);
}

struct mqh_model *mqh_model_new(const struct mqh_model_limits *limits)
{
    struct mqh_model *model = mqh_model_alloc(sizeof(*model));

    model->limits = *limits;
    model->pending_end = &model->pending;
    for (unsigned i = MQH_V_LENIENT + 1; i < MQH_VARIANT_COUNT; i++)
        model->degenerate = model->degenerate || limits->chosen[i];
    publish_version(model);
    return model;
}

bool mqh_model_break(struct mqh_model *model, enum mqh_defect defect, enum mqc_version version)
{
    if (model->broken[defect] == 0) {
        if (model->active_count == MQH_DEFECTS_MAX)
            return false;
        model->active[model->active_count++] = defect;
    }
    /* Before CONNECT it is not known what a client speaks. */
    model->broken[defect] |= (uint8_t)(1u << version | 1u << MQC_VERSION_UNKNOWN);
    return true;
}

unsigned mqh_model_open(struct mqh_model *model, uint64_t now_ms)
{
    struct mqh_client *client = mqh_model_alloc(sizeof(*client));

    model->now_ms = now_ms;
    client->number = model->next_number++;
    client->opened_ms = client->heard_ms = now_ms;
    client->aliases =
        mqh_model_alloc((model->limits.topic_alias_maximum + 1u) * sizeof(*client->aliases));
    client->next = model->clients;
    model->clients = client;
    mqh_degenerate_opened(model, client);
    return client->number;
}

static void free_client(struct mqh_model *model, struct mqh_client *client)
{
    while (client->given != NULL) {
        struct mqh_alias *first = client->given;

        client->given = first->next;
        free((void *)first->topic.data);
        free(first);
    }
    for (unsigned i = 0; i <= model->limits.topic_alias_maximum; i++)
        free((void *)client->aliases[i].data);
    free(client->aliases);
    free((void *)client->held.data);
    free(client->in);
    free(client);
}

void mqh_model_closed(struct mqh_model *model, unsigned connection, uint64_t now_ms)
{
    struct mqh_client **link = &model->clients;
    struct mqh_client *client;

    model->now_ms = now_ms;
    while (*link != NULL && (*link)->number != connection)
        link = &(*link)->next;
    client = *link;
    if (client == NULL)
        return;
    *link = client->next;
    if (!client->closed)
        mqh_model_forget(model, client, true);
    free_client(model, client);
}

static bool broken_in(const struct mqh_model *model, const struct mqh_client *client,
                      enum mqh_defect defect)
{
    return (model->broken[defect] >> client->version & 1) != 0;
}

/* One and a half times the keep alive (v5 MQTT-3.1.2-22, v311 MQTT-3.1.2-24); 0 turns it off. */
static uint64_t patience_ends(const struct mqh_model *model, const struct mqh_client *client)
{
    uint16_t keep_alive_s = client->keep_alive_s;

    if (client->closed || model->degenerate)
        return MQH_NEVER_MS;
    if (!client->accepted)
        return broken_in(model, client, MQH_D_WAITS_FOR_EVER)
                   ? MQH_NEVER_MS
                   : client->opened_ms + CONNECT_PATIENCE_MS + mqh_model_delay_ms(model);
    if (broken_in(model, client,
                  keep_alive_s == 0 ? MQH_D_KEEP_ALIVE_0_IS_SHORT : MQH_D_KEEP_ALIVE_IS_SHORT))
        keep_alive_s = 1;
    if (keep_alive_s == 0 || broken_in(model, client, MQH_D_KEEP_ALIVE_UNCHECKED))
        return MQH_NEVER_MS;
    return client->heard_ms + keep_alive_s * UINT64_C(1500) + mqh_model_delay_ms(model);
}

void mqh_model_tick(struct mqh_model *model, uint64_t now_ms)
{
    model->now_ms = now_ms;
    for (struct mqh_client *c = model->clients; c != NULL; c = c->next) {
        model->speaking = c->version;
        if (patience_ends(model, c) > now_ms)
            continue;
        if (c->accepted)
            mqh_model_refuse(model, c, KEEP_ALIVE_TIMEOUT);
        else
            mqh_model_close(model, c);
    }
    mqh_session_tick(model);
    mqh_resend_tick(model);
    mqh_output_close(model);
}

uint64_t mqh_model_deadline(const struct mqh_model *model)
{
    uint64_t first = mqh_session_deadline(model);
    uint64_t of_output = mqh_output_deadline(model);
    uint64_t of_delivery = mqh_resend_deadline(model);

    for (const struct mqh_client *c = model->clients; c != NULL; c = c->next)
        first = patience_ends(model, c) < first ? patience_ends(model, c) : first;
    first = of_delivery < first ? of_delivery : first;
    return of_output < first ? of_output : first;
}

void mqh_model_free(struct mqh_model *model)
{
    while (model->clients != NULL) {
        struct mqh_client *first = model->clients;

        model->clients = first->next;
        free_client(model, first);
    }
    while (model->sessions != NULL)
        mqh_session_free(model, model->sessions);
    while (model->retained != NULL) {
        struct mqh_retained *first = model->retained;

        model->retained = first->next;
        mqh_message_release(first->body);
        free(first);
    }
    mqh_output_free(model);
    free(model);
}
