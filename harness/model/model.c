#include "harness/model/model.h"

#include <stdio.h>
#include <stdlib.h>

#include "harness/model/state.h"

enum {
    MALFORMED = 0x81,
    PROTOCOL_ERROR = 0x82,
    KEEP_ALIVE_TIMEOUT = 0x8d,
    PACKET_TOO_LARGE = 0x95,
    FAULTS_MAX = 8,
    CONNECT_PATIENCE_MS = 10000,
};

struct mqh_model_limits mqh_model_defaults(void)
{
    return (struct mqh_model_limits){
        .maximum_qos = 2,
        .retain_available = true,
        .wildcard_available = true,
        .shared_available = true,
        .identifiers_available = true,
        .empty_client_id = true,
        .receive_maximum = UINT16_MAX,
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

/* ---- actions ---- */

static void act(struct mqh_model *model, enum mqh_model_action_kind kind, unsigned connection,
                struct mqc_slice bytes)
{
    struct mqh_pending *p = mqh_model_alloc(sizeof(*p));

    p->kind = kind;
    p->connection = connection;
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
    struct mqh_pending *first = model->pending;

    free_pending(model->taken);
    model->taken = first;
    if (first == NULL)
        return false;
    model->pending = first->next;
    if (model->pending == NULL)
        model->pending_end = &model->pending;
    *out = (struct mqh_model_action){first->kind, first->connection, first->bytes};
    return true;
}

void mqh_model_send(struct mqh_model *model, struct mqh_client *client, struct mqc_packet *packet)
{
    struct mqc_writer measure = mqc_writer_init(NULL, 0);
    struct mqc_writer writer;
    uint8_t *bytes;

    if (client->closed)
        return;
    packet->version = client->version;
    mqc_packet_encode(packet, &measure);
    bytes = mqh_model_alloc(measure.size);
    writer = mqc_writer_init(bytes, measure.size);
    mqc_packet_encode(packet, &writer);
    act(model, MQH_MODEL_SEND, client->number, (struct mqc_slice){bytes, writer.size});
}

/* ---- the end of a connection ---- */

static void leave(struct mqh_model *model, struct mqh_client *client, bool keep_will)
{
    struct mqh_session *session = client->session;

    client->closed = true;
    client->session = NULL;
    if (session != NULL)
        mqh_session_leave(model, session, keep_will);
}

void mqh_model_close(struct mqh_model *model, struct mqh_client *client)
{
    if (client->closed)
        return;
    act(model, MQH_MODEL_CLOSE, client->number, (struct mqc_slice){0});
    leave(model, client, true);
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

static void disconnect(struct mqh_model *model, struct mqh_client *client,
                       const struct mqc_disconnect *packet)
{
    struct mqc_property expiry;

    if (mqc_property_get(packet->properties, MQC_SESSION_EXPIRY_INTERVAL, 0, &expiry)) {
        if (client->connect_expiry_s == 0 && expiry.number != 0) {
            mqh_model_refuse(model, client, PROTOCOL_ERROR); /* v5 X5-3.14.2.2.2-2 */
            return;
        }
        client->session->expiry_s = expiry.number;
    }
    act(model, MQH_MODEL_CLOSE, client->number, (struct mqc_slice){0});
    /* Only code 0x00 drops the Will (v5 MQTT-3.14.4-3, v311 MQTT-3.14.4-3). */
    leave(model, client, packet->reason != 0);
}

/* ---- what comes ---- */

/* The reason for which a faulty packet is refused; 0: it is in order. */
static uint8_t judge(const struct mqc_packet *packet, const struct mqc_fault *faults, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct mqc_rule_text *rule = mqc_rule_in(faults[i].rule, packet->version);

        if (rule->level != MQC_MUST)
            continue;
        if (faults[i].rule == MQC_RULE_PROTOCOL_LEVEL)
            return 0x84;
        if (faults[i].rule == MQC_RULE_CLIENT_ID_EMPTY)
            return 0x85;
        return rule->kind == MQC_PROTOCOL_ERROR ? PROTOCOL_ERROR : MALFORMED;
    }
    return 0;
}

static void dispatch(struct mqh_model *model, struct mqh_client *client,
                     const struct mqc_packet *packet)
{
    struct mqc_packet pong = {.frame.type = MQC_PINGRESP};

    switch (packet->frame.type) {
    case MQC_PUBLISH:
        mqh_model_publish(model, client, packet);
        break;
    case MQC_PUBACK:
    case MQC_PUBREC:
    case MQC_PUBREL:
    case MQC_PUBCOMP:
        mqh_model_puback(model, client, packet);
        break;
    case MQC_SUBSCRIBE:
        mqh_model_subscribe(model, client, packet);
        break;
    case MQC_UNSUBSCRIBE:
        mqh_model_unsubscribe(model, client, packet);
        break;
    case MQC_PINGREQ:
        mqh_model_send(model, client, &pong);
        break;
    case MQC_DISCONNECT:
        disconnect(model, client, &packet->disconnect);
        break;
    default: /* a second CONNECT, or AUTH without a method (v5 MQTT-3.1.0-2, X5-3.15-1) */
        mqh_model_refuse(model, client, PROTOCOL_ERROR);
        break;
    }
}

static void packet_came(struct mqh_model *model, struct mqh_client *client, struct mqc_frame *frame)
{
    struct mqc_fault items[FAULTS_MAX];
    struct mqc_faults faults = {.items = items, .capacity = FAULTS_MAX};
    struct mqc_packet packet;
    uint8_t reason;

    if (!client->accepted && frame->type != MQC_CONNECT) {
        mqh_model_close(model, client); /* v5 MQTT-3.1.0-1, v311 MQTT-3.1.0-1 */
        return;
    }
    frame->version = client->accepted ? client->version : MQC_VERSION_UNKNOWN;
    mqc_packet_decode(frame, &packet, &faults);
    if (!client->accepted)
        client->version = packet.version;
    reason = judge(&packet, items, mqc_faults_stored(&faults));
    if (model->limits.maximum_packet_size != 0 && frame->size > model->limits.maximum_packet_size)
        reason = PACKET_TOO_LARGE;
    if (reason != 0) {
        mqh_model_refuse(model, client, reason);
        return;
    }
    client->heard_ms = model->now_ms;
    if (!client->accepted)
        mqh_model_connect(model, client, &packet);
    else
        dispatch(model, client, &packet);
}

static struct mqh_client *client_of(struct mqh_model *model, unsigned number)
{
    struct mqh_client *c = model->clients;

    while (c != NULL && c->number != number)
        c = c->next;
    return c;
}

static void append(struct mqh_client *client, struct mqc_slice bytes)
{
    if (client->in_size + bytes.size > client->in_capacity) {
        client->in_capacity = 2 * (client->in_size + bytes.size);
        client->in = realloc(client->in, client->in_capacity);
        if (client->in == NULL)
            abort();
    }
    if (bytes.size > 0)
        memcpy(client->in + client->in_size, bytes.data, bytes.size);
    client->in_size += bytes.size;
}

void mqh_model_receive(struct mqh_model *model, unsigned connection, struct mqc_slice bytes,
                       uint64_t now_ms)
{
    struct mqh_client *client = client_of(model, connection);
    size_t done = 0;

    model->now_ms = now_ms;
    if (client == NULL || client->closed)
        return;
    append(client, bytes);
    while (!client->closed && done < client->in_size) {
        struct mqc_frame frame = {.from = MQC_CLIENT};
        enum mqc_frame_state state =
            mqc_frame_read((struct mqc_slice){client->in + done, client->in_size - done}, &frame);

        if (state == MQC_FRAME_INCOMPLETE)
            break;
        if (state == MQC_FRAME_BROKEN)
            mqh_model_refuse(model, client, MALFORMED);
        else
            packet_came(model, client, &frame);
        done += frame.size;
    }
    if (done > client->in_size)
        done = client->in_size;
    client->in_size -= done;
    memmove(client->in, client->in + done, client->in_size);
}

/* ---- connections and time ---- */

struct mqh_model *mqh_model_new(const struct mqh_model_limits *limits)
{
    struct mqh_model *model = mqh_model_alloc(sizeof(*model));

    model->limits = *limits;
    model->pending_end = &model->pending;
    return model;
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
    return client->number;
}

static void free_client(struct mqh_model *model, struct mqh_client *client)
{
    for (unsigned i = 0; i <= model->limits.topic_alias_maximum; i++)
        free((void *)client->aliases[i].data);
    free(client->aliases);
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
        leave(model, client, true);
    free_client(model, client);
}

/* One and a half times the keep alive (v5 MQTT-3.1.2-22, v311 MQTT-3.1.2-24). */
static uint64_t patience_ends(const struct mqh_client *client)
{
    if (client->closed || (client->accepted && client->keep_alive_s == 0))
        return MQH_NEVER_MS;
    return client->accepted ? client->heard_ms + client->keep_alive_s * UINT64_C(1500)
                            : client->opened_ms + CONNECT_PATIENCE_MS;
}

void mqh_model_tick(struct mqh_model *model, uint64_t now_ms)
{
    model->now_ms = now_ms;
    for (struct mqh_client *c = model->clients; c != NULL; c = c->next) {
        if (patience_ends(c) > now_ms)
            continue;
        if (c->accepted)
            mqh_model_refuse(model, c, KEEP_ALIVE_TIMEOUT);
        else
            mqh_model_close(model, c);
    }
    mqh_session_tick(model);
}

uint64_t mqh_model_deadline(const struct mqh_model *model)
{
    uint64_t first = mqh_session_deadline(model);

    for (const struct mqh_client *c = model->clients; c != NULL; c = c->next)
        first = patience_ends(c) < first ? patience_ends(c) : first;
    return first;
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
    while (model->pending != NULL) {
        struct mqh_pending *first = model->pending;

        model->pending = first->next;
        free_pending(first);
    }
    free_pending(model->taken);
    free(model);
}
