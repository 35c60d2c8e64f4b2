#include <stdlib.h>

#include "harness/model/state.h"

enum {
    MALFORMED = 0x81,
    PROTOCOL_ERROR = 0x82,
    UNSUPPORTED_VERSION = 0x84,
    CLIENT_ID_NOT_VALID = 0x85,
    PACKET_TOO_LARGE = 0x95,
    PAYLOAD_FORMAT_INVALID = 0x99,
    FAULTS_MAX = 8,
};

static void disconnect(struct mqh_model *model, struct mqh_client *client,
                       const struct mqc_disconnect *packet)
{
    struct mqc_property expiry;
    bool keep_will;

    if (mqc_property_get(packet->properties, MQC_SESSION_EXPIRY_INTERVAL, 0, &expiry)) {
        if (client->connect_expiry_s == 0 && expiry.number != 0 &&
            !mqh_breaks(model, MQH_D_EXPIRY_RAISED_FROM_0)) {
            mqh_model_refuse(model, client, PROTOCOL_ERROR); /* v5 X5-3.14.2.2.2-2 */
            return;
        }
        if (!mqh_breaks(model, MQH_D_EXPIRY_OF_DISCONNECT_IGNORED))
            client->session->expiry_s = expiry.number; /* v5 X5-3.14.2.2.2-3 */
    }
    /* Only code 0x00 drops the Will (v5 MQTT-3.14.4-3, v311 MQTT-3.14.4-3). */
    keep_will = mqh_breaks(model, MQH_D_WILL_AFTER_DISCONNECT) ||
                (packet->reason != 0 && !mqh_breaks(model, MQH_D_NO_WILL_AFTER_ANY_CODE));
    if (mqh_breaks(model, MQH_D_LEAVES_CLOSING_TO_CLIENTS))
        mqh_model_forget(model, client, keep_will);
    else
        mqh_model_leave(model, client, keep_will);
}

static bool is_blind(const struct mqh_model *model, enum mqc_rule rule)
{
    return mqh_breaks(model, (enum mqh_defect)((int)MQH_D_BLIND + (int)rule)) ||
           (mqh_chooses(model, MQH_V_LENIENT) && mqh_lenient_about(rule));
}

/* What is only advised against is refused as well; 3.1 leaves more of it open. */
static bool is_refused(const struct mqh_model *model, enum mqc_version version,
                       const struct mqc_rule_text *rule)
{
    if (version == MQC_V31 && mqh_chooses(model, MQH_V_TAKES_BITS_31) &&
        strcmp(rule->id, "X31-2.1-4") == 0)
        return false;
    if (version == MQC_V31 && mqh_chooses(model, MQH_V_STRICT_31) &&
        (strcmp(rule->id, "X31-2.5-3") == 0 || strcmp(rule->id, "X31-3.3-3") == 0))
        return true;
    return rule->level >= MQC_SHOULD;
}

/* The reason for which a faulty packet is refused; 0: it is in order. */
static uint8_t judge(const struct mqh_model *model, const struct mqc_packet *packet,
                     const struct mqc_fault *faults, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct mqc_rule_text *rule = mqc_rule_in(faults[i].rule, packet->version);

        if (!is_refused(model, packet->version, rule) || is_blind(model, faults[i].rule))
            continue;
        if (faults[i].rule == MQC_RULE_CLIENT_ID_LENGTH && mqh_breaks(model, MQH_D_ANY_NAME_IN_31))
            continue;
        if (faults[i].rule == MQC_RULE_OPTIONS_QOS && mqh_breaks(model, MQH_D_TAKES_QOS_3))
            continue; /* v31 X31-3.8-3 */
        switch (faults[i].rule) {
        case MQC_RULE_STRING_CONTROL: /* to be refused or not: v311 X311-1.5.3-1 */
            if (mqh_chooses(model, MQH_V_REFUSES_CONTROLS))
                return MALFORMED;
            continue;
        case MQC_RULE_FILTER_HASH: /* SUBACK says it: 3.1 has no code for that */
        case MQC_RULE_FILTER_PLUS:
        case MQC_RULE_SHARE_NAME:
        case MQC_RULE_SHARE_NAME_EMPTY:
        case MQC_RULE_SHARE_FILTER:
            if (mqh_chooses(model, MQH_V_BAD_FILTERS_BY_SUBACK) && packet->version != MQC_V31 &&
                packet->frame.type == MQC_SUBSCRIBE)
                continue;
            return rule->kind == MQC_PROTOCOL_ERROR ? PROTOCOL_ERROR : MALFORMED;
        case MQC_RULE_PROTOCOL_NAME:
            if (mqh_chooses(model, MQH_V_ANSWERS_WRONG_NAMES))
                return UNSUPPORTED_VERSION;
            return PROTOCOL_ERROR;
        case MQC_RULE_PROTOCOL_LEVEL:
            return UNSUPPORTED_VERSION;
        case MQC_RULE_CLIENT_ID_EMPTY:
        case MQC_RULE_CLIENT_ID_LENGTH:
            return CLIENT_ID_NOT_VALID;
        case MQC_RULE_PUBLISH_FORMAT:
            return PAYLOAD_FORMAT_INVALID;
        default:
            return rule->kind == MQC_PROTOCOL_ERROR ? PROTOCOL_ERROR : MALFORMED;
        }
    }
    return 0;
}

static void dispatch(struct mqh_model *model, struct mqh_client *client,
                     const struct mqc_packet *packet)
{
    struct mqc_packet pong = {.frame.type = MQC_PINGRESP};

    if (mqh_breaks(model, MQH_D_QUOTA_STOPS_ALL) && mqh_deliver_is_full(client) &&
        (packet->frame.type < MQC_PUBACK || packet->frame.type > MQC_PUBCOMP))
        return;
    switch (packet->frame.type) {
    case MQC_PUBLISH:
        mqh_model_publish(model, client, packet);
        break;
    case MQC_PUBACK:
    case MQC_PUBREC:
    case MQC_PUBREL:
    case MQC_PUBCOMP:
        mqh_model_answer(model, client, packet);
        break;
    case MQC_SUBSCRIBE:
        mqh_model_subscribe(model, client, packet);
        if (mqh_breaks(model, MQH_D_ASKS_UNASKED))
            mqh_auth_ask(model, client);
        break;
    case MQC_UNSUBSCRIBE:
        mqh_model_unsubscribe(model, client, packet);
        break;
    case MQC_PINGREQ:
        mqh_model_send(model, client, &pong);
        if (mqh_breaks(model, MQH_D_SENDS_AGAIN_ALL_THE_TIME)) /* v5 MQTT-4.4.0-1 */
            mqh_resend(model, client->session);
        break;
    case MQC_DISCONNECT:
        disconnect(model, client, &packet->disconnect);
        break;
    case MQC_AUTH:
        mqh_auth_came(model, client, packet);
        break;
    case MQC_CONNECT: /* a second one: v5 MQTT-3.1.0-2, v311 MQTT-3.1.0-2 */
        if (mqh_breaks(model, MQH_D_CONNECT_ANSWERED_AGAIN) ||
            (client->version == MQC_V31 && mqh_chooses(model, MQH_V_SECOND_CONNECT_31)))
            mqh_model_send(model, client, &(struct mqc_packet){.frame.type = MQC_CONNACK});
        else if (!mqh_breaks(model, MQH_D_SECOND_CONNECT_IGNORED))
            mqh_model_refuse(model, client, PROTOCOL_ERROR);
        break;
    default: /* what only servers send, or nobody: the decoder has refused it */
        break;
    }
}

/* What names no version is read as 3.1.1, unless a defect takes any name for 5.0. */
static enum mqc_version reads_connect_as(const struct mqh_model *model)
{
    bool any_name = is_blind(model, MQC_RULE_PROTOCOL_NAME);
    bool any_level = is_blind(model, MQC_RULE_PROTOCOL_LEVEL);
    unsigned versions =
        model->broken[MQH_D_BLIND + (any_name ? MQC_RULE_PROTOCOL_NAME : MQC_RULE_PROTOCOL_LEVEL)];

    return (any_name || any_level) && (versions >> MQC_V5 & 1) != 0 ? MQC_V5 : MQC_VERSION_UNKNOWN;
}

/* For defects: hands on the message of a client that has not been let in. */
static void hear(struct mqh_model *model, const struct mqc_frame *found, enum mqc_version version)
{
    struct mqc_frame frame = *found;
    struct mqc_faults faults = {.capacity = 0};
    struct mqc_packet packet;
    struct mqh_message_body *body;

    if (frame.type != MQC_PUBLISH)
        return;
    frame.version = version;
    mqc_packet_decode(&frame, &packet, &faults);
    body = mqh_message_new(model, packet.publish.topic, packet.publish.payload,
                           packet.publish.properties, packet.publish.qos, packet.publish.retain,
                           mqc_slice_text(""));
    if (body->retain)
        mqh_model_retain(model, body);
    mqh_route(model, body);
    mqh_message_release(body);
}

/* Their order means nothing (v5 X5-2.2.2.2-4), but to one who thinks it does. */
static bool is_disordered(const struct mqc_packet *packet)
{
    struct mqc_slice rest = packet->frame.type == MQC_CONNECT   ? packet->connect.properties
                            : packet->frame.type == MQC_PUBLISH ? packet->publish.properties
                                                                : (struct mqc_slice){NULL, 0};
    struct mqc_property property;
    uint32_t last = 0;

    while (mqc_property_next(&rest, &property)) {
        if (property.id < last)
            return true;
        last = property.id;
    }
    return false;
}

static void packet_came(struct mqh_model *model, struct mqh_client *client, struct mqc_frame *frame)
{
    struct mqc_fault items[FAULTS_MAX];
    struct mqc_faults faults = {.items = items, .capacity = FAULTS_MAX};
    struct mqc_packet packet;
    uint8_t reason;

    if (model->degenerate) {
        frame->version = client->version;
        if (frame->type != MQC_CONNECT && client->version == MQC_VERSION_UNKNOWN)
            frame->version = MQC_V311;
        mqc_packet_decode(frame, &packet, &faults);
        client->version = packet.version != MQC_VERSION_UNKNOWN ? packet.version : MQC_V311;
        mqh_degenerate_packet(model, client, &packet);
        return;
    }
    if (!client->accepted && !client->asked && frame->type != MQC_CONNECT) {
        if (mqh_breaks(model, MQH_D_HEARS_ANYBODY))
            hear(model, frame, MQC_V31);
        else if (!mqh_breaks(model, MQH_D_WAITS_FOR_CONNECT))
            mqh_model_close(model, client); /* v5 MQTT-3.1.0-1, v311 MQTT-3.1.0-1 */
        return;
    }
    frame->version = client->accepted || client->asked ? client->version : reads_connect_as(model);
    mqc_packet_decode(frame, &packet, &faults);
    client->version = packet.version;
    model->speaking = client->version;
    reason = judge(model, &packet, items, mqc_faults_stored(&faults));
    if (reason != 0 && client->accepted && frame->type == MQC_CONNECT)
        reason = PROTOCOL_ERROR; /* DISCONNECT has no code for what is wrong inside a second one */
    if (model->limits.maximum_packet_size != 0 && frame->size > model->limits.maximum_packet_size &&
        !mqh_breaks(model, MQH_D_LARGE_PACKETS_TAKEN))
        reason = PACKET_TOO_LARGE;
    if (mqh_breaks(model, MQH_D_WANTS_PROPERTIES_IN_ORDER) && is_disordered(&packet))
        reason = MALFORMED;
    if (mqh_breaks(model, MQH_D_REFUSES_REPEATED_REQUESTS) && (frame->flags & 0x8) != 0 &&
        (frame->type == MQC_SUBSCRIBE || frame->type == MQC_UNSUBSCRIBE))
        reason = MALFORMED;
    if (reason != 0 && !client->accepted && model->broken[MQH_D_UNKNOWN_DIALECT_WAITS] != 0)
        return; /* in none of the versions, so that mqh_breaks() would not see it */
    if (reason != 0 &&
        mqh_breaks(model, client->accepted ? MQH_D_ERRORS_IGNORED : MQH_D_BROKEN_CONNECT_IGNORED))
        return;
    if (reason != 0) {
        mqh_model_refuse(model, client, reason);
        return;
    }
    if (frame->type == MQC_PINGREQ || !mqh_breaks(model, MQH_D_ONLY_PINGREQ_COUNTS))
        client->heard_ms = model->now_ms;
    if (client->accepted)
        dispatch(model, client, &packet);
    else if (!client->asked)
        mqh_model_connect(model, client, &packet);
    else if (frame->type == MQC_AUTH)
        mqh_auth_came(model, client, &packet);
    else if (frame->type == MQC_DISCONNECT)
        mqh_model_leave(model, client, false);
    else if (!mqh_breaks(model, MQH_D_TOO_EARLY_IGNORED)) /* v5 MQTT-3.1.2-30 */
        mqh_model_refuse(model, client, PROTOCOL_ERROR);
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

/* For defects: what a refused client had sent behind its CONNECT. */
static void hear_rest(struct mqh_model *model, const struct mqh_client *client, size_t from)
{
    struct mqc_frame frame = {.from = MQC_CLIENT};

    while (from < client->in_size &&
           mqc_frame_read((struct mqc_slice){client->in + from, client->in_size - from}, &frame) ==
               MQC_FRAME_COMPLETE) {
        hear(model, &frame, client->version);
        from += frame.size;
    }
}

void mqh_model_receive(struct mqh_model *model, unsigned connection, struct mqc_slice bytes,
                       uint64_t now_ms)
{
    struct mqh_client *client = client_of(model, connection);
    size_t done = 0;

    model->now_ms = now_ms;
    if (client == NULL || client->closed)
        return;
    model->speaking = client->version;
    append(client, bytes);
    while (!client->closed && done < client->in_size) {
        struct mqc_frame frame = {.from = MQC_CLIENT};
        enum mqc_frame_state state =
            mqc_frame_read((struct mqc_slice){client->in + done, client->in_size - done}, &frame);

        if (state == MQC_FRAME_INCOMPLETE)
            break;
        if (state == MQC_FRAME_BROKEN) {
            if (!model->degenerate && !is_blind(model, MQC_RULE_REMAINING_LENGTH_LONG))
                mqh_model_refuse(model, client, MALFORMED);
        } else {
            packet_came(model, client, &frame);
        }
        done += frame.size;
        if (frame.type == MQC_CONNECT && mqh_breaks(model, MQH_D_LOSES_WHAT_FOLLOWS_CONNECT))
            done = client->in_size;
        if (client->closed && !client->accepted && mqh_breaks(model, MQH_D_REFUSED_IS_HEARD))
            hear_rest(model, client, done);
    }
    if (done > client->in_size)
        done = client->in_size;
    client->in_size = mqh_breaks(model, MQH_D_FORGETS_HALF_PACKETS) ? 0 : client->in_size - done;
    memmove(client->in, client->in + done, client->in_size);
    mqh_output_close(model);
}
