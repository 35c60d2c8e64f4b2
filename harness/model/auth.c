/*
 * Enhanced authentication, v5 section 4.12, by the one method of the tests, "mqspec": to "hello" we
 * answer with a question, and "friend" is the right answer to that. CONNECT is held back meanwhile.
 */
#include <stdlib.h>

#include "harness/model/state.h"

enum { PROTOCOL_ERROR = 0x82, NOT_AUTHORIZED = 0x87, CONTINUE = 0x18, AGAIN = 0x19 };

static const char our_method[] = "mqspec";

static bool property_is(struct mqc_slice properties, uint32_t id, const char *text)
{
    struct mqc_property property;

    return mqc_property_get(properties, id, 0, &property) &&
           mqc_slice_equal(property.value, mqc_slice_text(text));
}

bool mqh_auth_knows(struct mqc_slice properties)
{
    return property_is(properties, MQC_AUTHENTICATION_METHOD, our_method);
}

void mqh_auth_write_method(const struct mqh_model *model, struct mqc_writer *w)
{
    const char *method = mqh_breaks(model, MQH_D_ANOTHER_METHOD) ? "another" : our_method;

    /* v5 MQTT-4.12.0-5 */
    mqc_writer_property(w, &(struct mqc_property){.id = MQC_AUTHENTICATION_METHOD,
                                                  .value = mqc_slice_text(method)});
}

static void answer(struct mqh_model *model, struct mqh_client *client, uint8_t reason,
                   const char *data)
{
    uint8_t room[64];
    struct mqc_writer w = mqc_writer_init(room, sizeof(room));
    struct mqc_packet packet = {.frame.type = MQC_AUTH};

    mqh_auth_write_method(model, &w);
    if (data != NULL)
        mqc_writer_property(&w, &(struct mqc_property){.id = MQC_AUTHENTICATION_DATA,
                                                       .value = mqc_slice_text(data)});
    packet.auth = (struct mqc_auth){
        .reason = reason, .has_reason = true, .has_properties = true, .properties = {room, w.size}};
    mqh_model_send(model, client, &packet);
}

void mqh_auth_ask(struct mqh_model *model, struct mqh_client *client)
{
    client->asked = true;
    answer(model, client, CONTINUE, "who"); /* v5 MQTT-4.12.0-2 */
}

/* The first step, of CONNECT or of AUTH 0x19. */
static void ask(struct mqh_model *model, struct mqh_client *client, struct mqc_slice properties)
{
    if (!property_is(properties, MQC_AUTHENTICATION_DATA, "hello") &&
        !mqh_breaks(model, MQH_D_WRONG_DATA_ACCEPTED)) {
        mqh_model_refuse(model, client, NOT_AUTHORIZED); /* v5 MQTT-4.12.0-4 */
        return;
    }
    mqh_auth_ask(model, client);
}

void mqh_auth_begin(struct mqh_model *model, struct mqh_client *client,
                    const struct mqc_packet *connect)
{
    client->held = mqh_model_copy((struct mqc_slice){connect->frame.bytes, connect->frame.size});
    ask(model, client, connect->connect.properties);
}

/* The CONNECT that was held back is served at last. */
static void let_in(struct mqh_model *model, struct mqh_client *client)
{
    struct mqc_frame frame = {.from = MQC_CLIENT};
    struct mqc_faults faults = {.capacity = 0};
    struct mqc_packet connect;

    mqc_frame_read(client->held, &frame);
    mqc_packet_decode(&frame, &connect, &faults);
    client->authenticated = true;
    mqh_model_connect(model, client, &connect);
}

void mqh_auth_came(struct mqh_model *model, struct mqh_client *client,
                   const struct mqc_packet *packet)
{
    struct mqc_slice properties = packet->auth.properties;
    uint8_t reason = packet->auth.reason;
    bool again = reason == AGAIN && client->accepted && !client->asked;

    if (client->held.size == 0 && mqh_breaks(model, MQH_D_AUTH_UNASKED_IGNORED))
        return;
    /* Only with the method of CONNECT (v5 X5-3.15-1, MQTT-4.12.1-1), and in turn. */
    if (client->held.size == 0 || !(again || (reason == CONTINUE && client->asked)) ||
        (!mqh_auth_knows(properties) && !mqh_breaks(model, MQH_D_METHOD_NOT_COMPARED))) {
        mqh_model_refuse(model, client, PROTOCOL_ERROR);
        return;
    }
    if (again) {
        ask(model, client, properties);
        return;
    }
    client->asked = false; /* to AUTH 0x19 the last answer is AUTH 0x00 (v5 X5-4.12.1-1) */
    if (!property_is(properties, MQC_AUTHENTICATION_DATA, "friend") &&
        !mqh_breaks(model, MQH_D_WRONG_DATA_ACCEPTED))
        mqh_model_refuse(model, client, NOT_AUTHORIZED); /* v5 MQTT-4.12.0-4, MQTT-4.12.1-2 */
    else if (client->accepted && !mqh_breaks(model, MQH_D_AGAIN_UNANSWERED))
        answer(model, client, mqh_breaks(model, MQH_D_AGAIN_OTHER_CODE) ? 1 : 0, NULL);
    else if (!client->accepted)
        let_in(model, client);
}
