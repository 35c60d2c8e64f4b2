/*
 * What is sent again: after a reconnect, and by some brokers before 5.0 when no answer comes.
 */
#include "codec/topic.h"
#include "harness/model/state.h"

static void swap_identifier(const struct mqh_session *session, struct mqh_delivery *d)
{
    uint32_t sent = d->identifiers[0];

    d->identifiers[0] = d->identifiers[1];
    d->identifiers[1] = sent;
    for (const struct mqh_subscription *sub = session->subscriptions; sub != NULL; sub = sub->next)
        if (d->identifiers[0] == 0 && mqc_topic_matches(sub->match, d->body->topic))
            d->identifiers[0] = sub->identifier;
}

/* What brokers make of open deliveries when the client is back, that are to be sent again as they
 * were: only defects change anything here. */
static void mistake_the_open(struct mqh_model *model, struct mqh_session *session)
{
    struct mqh_delivery *turned = NULL;

    for (struct mqh_delivery *d = session->deliveries, *next; d != NULL; d = next) {
        next = d->next;
        if (d->state == MQH_WAITS)
            continue;
        if ((d->state == MQH_SENT && mqh_breaks(model, MQH_D_RESENDS_NOTHING)) ||
            (d->state == MQH_SENT && mqh_breaks(model, MQH_D_EXPIRES_WHAT_WAS_SENT) &&
             mqh_message_expired(model, d->body))) { /* v5 MQTT-4.3.3-7 */
            mqh_deliver_remove(session, d);
            continue;
        }
        if (mqh_breaks(model, MQH_D_RESENDS_WITH_NEW_IDENTIFIERS))
            d->packet_id = (uint16_t)(d->packet_id + 100);
        if (d->identifier_count == 1 && mqh_breaks(model, MQH_D_IDENTIFIERS_GO_BACK))
            swap_identifier(session, d); /* v5 X5-3.8.4-5 */
    }
    while (mqh_breaks(model, MQH_D_RESENDS_IN_REVERSE) && session->deliveries != NULL) {
        struct mqh_delivery *first = session->deliveries;

        session->deliveries = first->next;
        first->next = turned;
        turned = first;
    }
    if (turned != NULL)
        session->deliveries = turned;
}

/* In 3.1 with DUP (v31 X31-2.1-8). */
static void send_pubrel_again(struct mqh_model *model, struct mqh_client *client,
                              uint16_t packet_id)
{
    struct mqc_packet packet = {.frame = {.type = MQC_PUBREL, .flags = 0x2},
                                .ack = {.packet_id = packet_id}};

    if (client->version == MQC_V31 && !mqh_breaks(model, MQH_D_PUBREL_AGAIN_WITHOUT_DUP))
        packet.frame.flags |= 0x8;
    mqh_model_send(model, client, &packet);
}

/* After a reconnect: unanswered PUBLISH and PUBREL go again with their identifiers, in order
 * (v5 MQTT-4.4.0-1, v311 MQTT-4.4.0-1); no more than this connection's Receive Maximum allows. The
 * rest waits, with the identifier that it has. */
void mqh_resend(struct mqh_model *model, struct mqh_session *session)
{
    bool dup = !mqh_breaks(model, MQH_D_RESENDS_WITHOUT_DUP);
    unsigned open = 0;

    mistake_the_open(model, session);
    for (struct mqh_delivery *d = session->deliveries, *next; d != NULL; d = next) {
        next = d->next;
        if (d->state == MQH_RELEASED) {
            if (!mqh_breaks(model, MQH_D_FORGETS_PUBREL))
                send_pubrel_again(model, session->client, d->packet_id);
            if (d->body != NULL) /* by a defect: v5 MQTT-4.3.3-6 */
                mqh_deliver_send(model, session->client, d, dup);
        } else if (d->state == MQH_SENT && open >= session->client->receive_maximum &&
                   !mqh_breaks(model, MQH_D_RESENDS_ALL)) {
            d->state = MQH_WAITS;
            continue;
        } else if (d->state == MQH_SENT && !mqh_deliver_send(model, session->client, d, dup)) {
            mqh_deliver_remove(session, d);
            continue;
        }
        open += d->state != MQH_WAITS ? 1 : 0;
    }
    mqh_deliver_pump(model, session);
}

/* How long an acknowledgement may take before a PUBLISH is sent again. */
enum { RESEND_MS = 1000 };

static uint64_t resend_ms(const struct mqh_model *model, const struct mqh_session *session,
                          const struct mqh_delivery *d)
{
    bool may = mqh_chooses(model, MQH_V_RESENDS) && session->client != NULL &&
               session->client->version < MQC_V5 && d->state == MQH_SENT;

    return may ? d->sent_ms + RESEND_MS : MQH_NEVER_MS;
}

void mqh_resend_tick(struct mqh_model *model)
{
    for (struct mqh_session *s = model->sessions; s != NULL; s = s->next)
        for (struct mqh_delivery *d = s->deliveries; d != NULL; d = d->next)
            if (resend_ms(model, s, d) <= model->now_ms)
                mqh_deliver_send(model, s->client, d, true);
}

uint64_t mqh_resend_deadline(const struct mqh_model *model)
{
    uint64_t first = MQH_NEVER_MS;

    for (const struct mqh_session *s = model->sessions; s != NULL; s = s->next)
        for (const struct mqh_delivery *d = s->deliveries; d != NULL; d = d->next)
            first = resend_ms(model, s, d) < first ? resend_ms(model, s, d) : first;
    return first;
}
