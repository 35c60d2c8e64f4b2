#include <stdlib.h>

#include "harness/model/state.h"

/* ---- actions ---- */

static void act(struct mqh_model *model, enum mqh_model_action_kind kind, unsigned connection,
                struct mqc_slice bytes, unsigned late_ms)
{
    struct mqh_pending *p = mqh_model_alloc(sizeof(*p));

    p->kind = kind;
    p->connection = connection;
    p->due_ms = model->now_ms + late_ms;
    p->bytes = bytes;
    *model->pending_end = p;
    model->pending_end = &p->next;
}

static void free_pending(struct mqh_pending *pending)
{
    if (pending != NULL)
        free((void *)pending->bytes.data);
    free(pending);
}

bool mqh_model_next(struct mqh_model *model, struct mqh_model_action *out)
{
    struct mqh_pending **link = &model->pending;
    struct mqh_pending *first;

    while (*link != NULL && (*link)->due_ms > model->now_ms)
        link = &(*link)->next;
    first = *link;
    free_pending(model->taken);
    model->taken = first;
    if (first == NULL)
        return false;
    *link = first->next;
    if (*link == NULL)
        model->pending_end = link;
    *out = (struct mqh_model_action){first->kind, first->connection, first->bytes};
    return true;
}

void mqh_output_close(struct mqh_model *model)
{
    for (struct mqh_client *c = model->clients; c != NULL; c = c->next)
        if (c->closes)
            mqh_model_close(model, c);
}

uint64_t mqh_output_deadline(const struct mqh_model *model)
{
    uint64_t first = MQH_NEVER_MS;

    for (const struct mqh_pending *p = model->pending; p != NULL; p = p->next)
        first = p->due_ms < first ? p->due_ms : first;
    return first;
}

void mqh_output_free(struct mqh_model *model)
{
    while (model->pending != NULL) {
        struct mqh_pending *first = model->pending;

        model->pending = first->next;
        free_pending(first);
    }
    free_pending(model->taken);
}

static struct mqc_slice encode(const struct mqc_packet *packet)
{
    struct mqc_writer measure = mqc_writer_init(NULL, 0);
    struct mqc_writer writer;

    mqc_packet_encode(packet, &measure);
    writer = mqc_writer_init(mqh_model_alloc(measure.size), measure.size);
    mqc_packet_encode(packet, &writer);
    return (struct mqc_slice){writer.data, writer.size};
}

void mqh_model_send(struct mqh_model *model, struct mqh_client *client, struct mqc_packet *packet)
{
    struct mqh_output output = {.copies = 1};
    struct mqc_slice bytes;

    if (client->closed)
        return;
    packet->version = client->version;
    mqh_alter(model, packet, &output);
    bytes = mqh_output_bytes(&output, encode(packet));
    for (unsigned i = 0; i < output.copies; i++)
        act(model, MQH_MODEL_SEND, client->number, mqh_model_copy(bytes), output.late_ms);
    free((void *)bytes.data);
    client->closes = client->closes || output.closes;
}

/* ---- the end of a connection ---- */

void mqh_model_forget(struct mqh_model *model, struct mqh_client *client, bool keep_will)
{
    struct mqh_session *session = client->session;

    client->closed = true;
    client->session = NULL;
    if (session != NULL)
        mqh_session_leave(model, session, keep_will);
}

void mqh_model_leave(struct mqh_model *model, struct mqh_client *client, bool keep_will)
{
    if (client->closed)
        return;
    act(model, MQH_MODEL_CLOSE, client->number, (struct mqc_slice){0}, 0);
    mqh_model_forget(model, client, keep_will);
}

void mqh_model_close(struct mqh_model *model, struct mqh_client *client)
{
    mqh_model_leave(model, client, true);
}

/* The return code of 3.1 and 3.1.1 for a refusal; 0: it has none, so the close is silent
 * (v311 MQTT-3.2.2-6, MQTT-3.1.4-1). */
static uint8_t return_code(uint8_t reason)
{
    switch (reason) {
    case 0x84:
        return 1;
    case 0x85:
        return 2;
    case 0x88:
    case 0x9d:
        return 3;
    case 0x86:
        return 4;
    case 0x87:
        return 5;
    default:
        return 0;
    }
}

void mqh_model_refuse(struct mqh_model *model, struct mqh_client *client, uint8_t reason)
{
    struct mqc_packet packet = {0};

    if (client->closed)
        return;
    if (!client->accepted) {
        packet.frame.type = MQC_CONNACK;
        packet.connack.reason = client->version >= MQC_V5 ? reason : return_code(reason);
        if (client->version != MQC_VERSION_UNKNOWN && packet.connack.reason != 0)
            mqh_model_send(model, client, &packet);
    } else if (client->version >= MQC_V5) {
        packet.frame.type = MQC_DISCONNECT;
        packet.disconnect = (struct mqc_disconnect){.reason = reason, .has_reason = true};
        mqh_model_send(model, client, &packet);
    }
    mqh_model_close(model, client);
}
