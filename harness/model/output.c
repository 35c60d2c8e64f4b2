#include <stdlib.h>

#include "harness/model/state.h"

enum { UNSPECIFIED = 0x80, SERVER_MOVED = 0x9d, REFERENCE_ROOM = 512 };

/* ---- actions ---- */

/* Adds the bytes to the last write, if that is of the same connection. */
static bool coalesce(struct mqh_model *model, unsigned connection, struct mqc_slice bytes)
{
    struct mqh_pending *last = model->pending;
    uint8_t *both;

    while (last != NULL && last->next != NULL)
        last = last->next;
    if (last == NULL || last->kind != MQH_MODEL_SEND || last->connection != connection)
        return false;
    both = mqh_model_alloc(last->bytes.size + bytes.size);
    memcpy(both, last->bytes.data, last->bytes.size);
    memcpy(both + last->bytes.size, bytes.data, bytes.size);
    free((void *)last->bytes.data);
    free((void *)bytes.data);
    last->bytes = (struct mqc_slice){both, last->bytes.size + bytes.size};
    return true;
}

static void act(struct mqh_model *model, enum mqh_model_action_kind kind, unsigned connection,
                struct mqc_slice bytes, unsigned late_ms)
{
    struct mqh_pending *p = mqh_model_alloc(sizeof(*p));

    if (kind == MQH_MODEL_SEND && mqh_chooses(model, MQH_V_COALESCES) &&
        coalesce(model, connection, bytes)) {
        free(p);
        return;
    }
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

/* What is not said by default: v5 sections 3.2.2.3.9 and 3.2.2.3.10; only if it fits
 * (v5 MQTT-3.2.2-19, MQTT-3.4.2-2 …) and is wanted (v5 MQTT-3.1.2-29). */
static void talk(struct mqh_client *client, struct mqc_packet *packet, struct mqh_output *output)
{
    enum mqc_type type = packet->frame.type;
    struct mqc_slice *section = mqh_output_section(packet);
    struct mqc_packet before = *packet;
    struct mqc_writer measure = mqc_writer_init(NULL, 0);

    if (section == NULL || type == MQC_PUBLISH ||
        (!client->problem_information && type != MQC_CONNACK && type != MQC_DISCONNECT))
        return;
    mqh_output_add(output, section, MQC_REASON_STRING, 20);
    mqh_output_add(output, section, MQC_USER_PROPERTY, 1);
    mqh_output_add(output, section, MQC_USER_PROPERTY, 1);
    mqc_packet_encode(packet, &measure);
    if (measure.size > client->maximum_packet_size)
        *packet = before;
}

static void choose_form(struct mqh_model *model, struct mqh_client *client,
                        struct mqc_packet *packet, struct mqh_output *output)
{
    if (packet->version < MQC_V5)
        return;
    if (mqh_chooses(model, MQH_V_LONG_FORMS))
        mqh_output_section(packet);
    if (mqh_chooses(model, MQH_V_TALKS))
        talk(client, packet, output);
}

static void act_by_bytes(struct mqh_model *model, struct mqh_client *client, struct mqc_slice bytes,
                         unsigned late_ms)
{
    for (size_t i = 0; i < bytes.size; i++)
        act(model, MQH_MODEL_SEND, client->number,
            mqh_model_copy((struct mqc_slice){bytes.data + i, 1}), late_ms);
}

void mqh_model_send(struct mqh_model *model, struct mqh_client *client, struct mqc_packet *packet)
{
    struct mqh_output output = {.copies = 1, .late_ms = mqh_chooses(model, MQH_V_SLOW) ? 40 : 0};
    struct mqc_slice bytes;

    if (client->closed)
        return;
    packet->version = client->version;
    if (mqh_breaks(model, MQH_D_WHAT_IS_SENT_COUNTS))
        client->heard_ms = model->now_ms;
    choose_form(model, client, packet, &output);
    mqh_alter(model, packet, &output);
    bytes = mqh_output_bytes(&output, encode(packet));
    for (unsigned i = 0; i < output.copies; i++)
        if (mqh_chooses(model, MQH_V_SEGMENTS))
            act_by_bytes(model, client, bytes, output.late_ms);
        else
            act(model, MQH_MODEL_SEND, client->number, mqh_model_copy(bytes), output.late_ms);
    free((void *)bytes.data);
    client->closes = client->closes || output.closes;
}

void mqh_model_send_bytes(struct mqh_model *model, struct mqh_client *client,
                          struct mqc_slice bytes)
{
    if (!client->closed)
        act(model, MQH_MODEL_SEND, client->number, mqh_model_copy(bytes), 0);
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
    act(model, MQH_MODEL_CLOSE, client->number, (struct mqc_slice){0},
        mqh_chooses(model, MQH_V_SLOW) ? 40 : 0);
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

/* Where the client is sent: v5 X5-4.11-1. */
static struct mqc_slice write_reference(const struct mqh_model *model, uint8_t *room, size_t size)
{
    struct mqc_writer w = mqc_writer_init(room, size);

    mqc_writer_property(
        &w, &(struct mqc_property){.id = MQC_SERVER_REFERENCE,
                                   .value = mqc_slice_text(model->limits.server_reference)});
    return w.failed ? (struct mqc_slice){NULL, 0} : (struct mqc_slice){room, w.size};
}

void mqh_model_refuse(struct mqh_model *model, struct mqh_client *client, uint8_t reason)
{
    struct mqc_packet packet = {0};
    uint8_t room[REFERENCE_ROOM];

    if (client->closed)
        return;
    if (client->version >= MQC_V5 && mqh_chooses(model, MQH_V_CLOSES_SILENTLY)) {
        mqh_model_close(model, client);
        return;
    }
    if (client->version >= MQC_V5 && mqh_chooses(model, MQH_V_UNSPECIFIED_REASONS))
        reason = UNSPECIFIED;
    if (!client->accepted) {
        packet.frame.type = MQC_CONNACK;
        packet.connack.reason = client->version >= MQC_V5 ? reason : return_code(reason);
        if (reason == SERVER_MOVED)
            packet.connack.properties = write_reference(model, room, sizeof(room));
        packet.connack.flags = mqh_breaks(model, MQH_D_REFUSAL_WITH_SESSION) ? 1 : 0;
        if (mqh_breaks(model, MQH_D_DISCONNECT_REFUSES))
            mqh_model_send(model, client, &(struct mqc_packet){.frame.type = MQC_DISCONNECT});
        else if (client->version != MQC_VERSION_UNKNOWN && packet.connack.reason != 0 &&
                 !mqh_breaks(model, MQH_D_REFUSES_WITHOUT_CODE))
            mqh_model_send(model, client, &packet);
        if (mqh_breaks(model, MQH_D_REFUSED_STAYS) ||
            (client->version == MQC_V31 && packet.connack.reason != 0 &&
             mqh_chooses(model, MQH_V_STAYS_31)))
            return;
    } else if (client->version >= MQC_V5) {
        packet.frame.type = MQC_DISCONNECT;
        packet.disconnect = (struct mqc_disconnect){.reason = reason, .has_reason = true};
        mqh_model_send(model, client, &packet);
        if (mqh_breaks(model, MQH_D_STAYS_AFTER_DISCONNECT))
            return;
        client->closes = mqh_breaks(model, MQH_D_TALKS_AFTER_DISCONNECT);
        if (client->closes)
            return;
    }
    if (mqh_breaks(model, MQH_D_ERROR_CLOSES_ALL))
        for (struct mqh_client *c = model->clients; c != NULL; c = c->next)
            c->closes = true;
    mqh_model_leave(model, client, !mqh_breaks(model, MQH_D_NO_WILL_AFTER_ERROR));
}
