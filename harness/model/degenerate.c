/*
 * Brokers that are none: each does one stupid thing, whatever comes. A case that passes on one of
 * them is worth a look, for it may not need a broker at all.
 */
#include "harness/model/state.h"

enum { RETURN_CODE_UNAVAILABLE = 3, SERVER_UNAVAILABLE = 0x88, GARBAGE_SIZE = 23 };

static void answer(struct mqh_model *model, struct mqh_client *client, struct mqc_packet *packet)
{
    packet->frame.flags = mqc_type_flags(packet->frame.type);
    mqh_model_send(model, client, packet);
}

static void welcome(struct mqh_model *model, struct mqh_client *client, uint8_t reason)
{
    struct mqc_packet packet = {.frame.type = MQC_CONNACK, .connack.reason = reason};

    answer(model, client, &packet);
}

/* Codes for a list of `count`, all of them success. */
static void answer_list(struct mqh_model *model, struct mqh_client *client, enum mqc_type type,
                        uint16_t packet_id, size_t count)
{
    struct mqc_slice codes = {mqh_model_alloc(count), count};
    struct mqc_packet packet = {.frame.type = type};

    if (type == MQC_SUBACK)
        packet.suback = (struct mqc_suback){.packet_id = packet_id, .codes = codes};
    else
        packet.unsuback = (struct mqc_unsuback){.packet_id = packet_id, .codes = codes};
    answer(model, client, &packet);
    mqh_model_discard(codes);
}

/* The acknowledgement that a packet asks for, and nothing else. */
static void acknowledge(struct mqh_model *model, struct mqh_client *client,
                        const struct mqc_packet *packet)
{
    struct mqc_packet pong = {.frame.type = MQC_PINGRESP};

    switch (packet->frame.type) {
    case MQC_CONNECT:
        welcome(model, client, 0);
        break;
    case MQC_PUBLISH:
        if (packet->publish.qos > 0)
            mqh_model_ack(model, client, packet->publish.qos == 1 ? MQC_PUBACK : MQC_PUBREC,
                          packet->publish.packet_id, 0);
        break;
    case MQC_PUBREC:
        mqh_model_ack(model, client, MQC_PUBREL, packet->ack.packet_id, 0);
        break;
    case MQC_PUBREL:
        mqh_model_ack(model, client, MQC_PUBCOMP, packet->ack.packet_id, 0);
        break;
    case MQC_SUBSCRIBE:
        answer_list(model, client, MQC_SUBACK, packet->subscribe.packet_id,
                    packet->subscribe.filter_count);
        break;
    case MQC_UNSUBSCRIBE:
        answer_list(model, client, MQC_UNSUBACK, packet->unsubscribe.packet_id,
                    client->version >= MQC_V5 ? packet->unsubscribe.filter_count : 0);
        break;
    case MQC_PINGREQ:
        answer(model, client, &pong);
        break;
    case MQC_DISCONNECT:
        mqh_model_close(model, client);
        break;
    default:
        break;
    }
}

static void send_garbage(struct mqh_model *model, struct mqh_client *client)
{
    uint8_t bytes[GARBAGE_SIZE];

    for (size_t i = 0; i < sizeof(bytes); i++) {
        model->garbage = model->garbage * 1103515245u + 12345u;
        bytes[i] = (uint8_t)(model->garbage >> 16);
    }
    mqh_model_send_bytes(model, client, (struct mqc_slice){bytes, sizeof(bytes)});
}

void mqh_degenerate_opened(struct mqh_model *model, struct mqh_client *client)
{
    if (mqh_chooses(model, MQH_V_CLOSES_AT_ONCE))
        mqh_model_close(model, client);
}

void mqh_degenerate_packet(struct mqh_model *model, struct mqh_client *client,
                           const struct mqc_packet *packet)
{
    bool is_connect = packet->frame.type == MQC_CONNECT;

    if (mqh_chooses(model, MQH_V_ECHOES))
        mqh_model_send_bytes(model, client,
                             (struct mqc_slice){packet->frame.bytes, packet->frame.size});
    if (mqh_chooses(model, MQH_V_SENDS_GARBAGE))
        send_garbage(model, client);
    if (mqh_chooses(model, MQH_V_ONLY_ACKNOWLEDGES))
        acknowledge(model, client, packet);
    if (mqh_chooses(model, MQH_V_ACCEPTS_AND_SLEEPS) && is_connect)
        welcome(model, client, 0);
    if (mqh_chooses(model, MQH_V_ACCEPTS_NOTHING) && is_connect) {
        welcome(model, client,
                client->version >= MQC_V5 ? SERVER_UNAVAILABLE : RETURN_CODE_UNAVAILABLE);
        mqh_model_close(model, client);
    }
}
