/*
 * PUBACK, PUBREC, PUBREL and PUBCOMP of clients: v5 section 4.3, v311 section 4.3.
 */
#include <stdlib.h>

#include "harness/model/state.h"

enum { PROTOCOL_ERROR = 0x82, NOT_FOUND = 0x92 };

void mqh_model_ack(struct mqh_model *model, struct mqh_client *client, enum mqc_type type,
                   uint16_t packet_id, uint8_t reason)
{
    struct mqc_packet packet = {.frame = {.type = type, .flags = mqc_type_flags(type)}};

    packet.ack = (struct mqc_ack){.packet_id = packet_id,
                                  .reason = reason,
                                  .has_reason = client->version >= MQC_V5 && reason != 0};
    mqh_model_send(model, client, &packet);
}

struct mqh_delivery **mqh_delivery_find(struct mqh_session *session, uint16_t packet_id)
{
    struct mqh_delivery **link = &session->deliveries;

    while (*link != NULL && (*link)->packet_id != packet_id)
        link = &(*link)->next;
    return link;
}

static void finish(struct mqh_model *model, struct mqh_session *session, struct mqh_delivery **link)
{
    struct mqh_delivery *done = *link;

    *link = done->next;
    mqh_deliver_free(done);
    mqh_deliver_pump(model, session);
}

/* The Reason Code for an identifier that is not in use. */
static uint8_t unknown(const struct mqh_model *model, const struct mqh_client *client)
{
    return client->version < MQC_V5 || mqh_chooses(model, MQH_V_UNKNOWN_IS_SUCCESS) ? 0 : NOT_FOUND;
}

static void release(struct mqh_model *model, struct mqh_client *client, uint16_t packet_id)
{
    struct mqh_received **link = mqh_received_find(client->session, packet_id);
    struct mqh_received *done = *link;
    uint8_t reason = done == NULL ? unknown(model, client) : 0;

    if (done == NULL && mqh_breaks(model, MQH_D_UNKNOWN_PUBREL_IS_AN_ERROR)) {
        mqh_model_refuse(model, client, PROTOCOL_ERROR);
        return;
    }
    if (done != NULL && !mqh_breaks(model, MQH_D_KEEPS_RELEASED_IDENTIFIERS)) {
        *link = done->next;
        if (done->body != NULL)
            mqh_model_distribute(model, done->body);
        free(done);
    }
    mqh_model_ack(model, client, MQC_PUBCOMP, packet_id, reason);
}

/* True if the answer leaves out what it may leave out, and the broker does not know that. */
static bool puzzles(const struct mqh_model *model, const struct mqc_packet *packet)
{
    static const enum mqh_defect defects[] = {
        [MQC_PUBACK] = MQH_D_SHORT_PUBACK_IGNORED,
        [MQC_PUBREC] = MQH_D_SHORT_PUBREC_IGNORED,
        [MQC_PUBREL] = MQH_D_SHORT_PUBREL_IGNORED,
        [MQC_PUBCOMP] = MQH_D_SHORT_PUBCOMP_IGNORED,
    };

    return packet->version >= MQC_V5 && !packet->ack.has_properties &&
           mqh_breaks(model, defects[packet->frame.type]);
}

/* PUBREC is answered with PUBREL, and in the order in which it came (v311 MQTT-4.6.0-4). */
static void answer_pubrec(struct mqh_model *model, struct mqh_client *client,
                          struct mqh_delivery *d, uint16_t packet_id)
{
    struct mqh_session *session = client->session;
    const struct mqh_delivery *other = session->deliveries;

    while (other != NULL && other->state != MQH_SENT)
        other = other->next;
    if (mqh_breaks(model, MQH_D_TURNS_PUBRELS) && session->held_pubrel == 0 && other != NULL) {
        session->held_pubrel = packet_id;
        return;
    }
    mqh_model_ack(model, client, MQC_PUBREL, packet_id, d == NULL ? unknown(model, client) : 0);
    if (session->held_pubrel != 0)
        mqh_model_ack(model, client, MQC_PUBREL, session->held_pubrel, 0);
    session->held_pubrel = 0;
}

/* PUBACK, PUBREC, PUBREL and PUBCOMP. Those for identifiers that nobody knows change nothing, but
 * PUBREC and PUBREL are answered, so that the other side can forget them too. */
void mqh_model_answer(struct mqh_model *model, struct mqh_client *client,
                      const struct mqc_packet *packet)
{
    struct mqh_session *session = client->session;
    struct mqh_delivery **link = mqh_delivery_find(session, packet->ack.packet_id);
    struct mqh_delivery *d = *link;
    enum mqc_type type = packet->frame.type;

    if (packet->ack.reason >= 0x80 && mqh_breaks(model, MQH_D_NEGATIVE_ANSWER_CLOSES)) {
        mqh_model_refuse(model, client, PROTOCOL_ERROR);
        return;
    }
    if (puzzles(model, packet) ||
        (packet->ack.reason >= 0x80 && mqh_breaks(model, MQH_D_NEGATIVE_ANSWER_IGNORED)))
        return;
    if (type == MQC_PUBCOMP && mqh_breaks(model, MQH_D_QUOTA_GROWS))
        client->receive_maximum++;
    if (type == MQC_PUBREL) {
        release(model, client, packet->ack.packet_id);
    } else if (type == MQC_PUBREC &&
               (packet->ack.reason < 0x80 || mqh_breaks(model, MQH_D_RELEASES_REFUSED))) {
        if (d != NULL && d->qos == 2) {
            d->state = MQH_RELEASED;
            if (!mqh_breaks(model, MQH_D_MESSAGE_AGAIN_AFTER_PUBREL)) {
                mqh_message_release(d->body);
                d->body = NULL;
            }
        }
        answer_pubrec(model, client, d, packet->ack.packet_id);
    } else if (d != NULL && (type == MQC_PUBREC || (type == MQC_PUBACK && d->qos == 1) ||
                             (type == MQC_PUBCOMP && d->state == MQH_RELEASED))) {
        if (d->share.size > 0 && packet->ack.reason >= 0x80 &&
            mqh_breaks(model, MQH_D_REOFFERS_REFUSED)) /* v5 MQTT-4.8.2-6 */
            mqh_share_pass_on(model, session, d);
        finish(model, session, link);
    }
}
