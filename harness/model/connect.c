#include <stdio.h>

#include "codec/reason.h"
#include "harness/model/state.h"

/* The Reason Codes of 5.0 that this file refuses by; before 5.0 return_code() says it. */
enum {
    MALFORMED = 0x81,
    BAD_CREDENTIALS = 0x86,
    CLIENT_ID_NOT_VALID = 0x85,
    BAD_METHOD = 0x8c,
    RETAIN_NOT_SUPPORTED = 0x9a,
    QOS_NOT_SUPPORTED = 0x9b,
    SERVER_MOVED = 0x9d,
    TAKEN_OVER = 0x8e,
};

enum { ASSIGNED_MAX = 24, CONNACK_ROOM = 512 };

static uint32_t number_of(struct mqc_slice properties, uint32_t id, uint32_t otherwise)
{
    struct mqc_property property;

    return mqc_property_get(properties, id, 0, &property) ? property.number : otherwise;
}

static bool text_equals(struct mqc_slice text, const char *wanted)
{
    return wanted == NULL || mqc_slice_equal(text, mqc_slice_text(wanted));
}

/* What every server has to take (v5 MQTT-3.1.3-5, v311 MQTT-3.1.3-5), or nothing. */
static bool is_plain_id(struct mqc_slice id)
{
    for (size_t i = 0; i < id.size; i++) {
        uint8_t c = id.data[i];

        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
            return false;
    }
    return id.size <= 23;
}

/* For defects: what is legal, and not everybody knows. */
static bool is_refused_by_mistake(const struct mqh_model *model, const struct mqh_client *client,
                                  const struct mqc_connect *connect)
{
    bool has_name = (connect->flags & MQC_CONNECT_USER_NAME) != 0;
    bool has_password = (connect->flags & MQC_CONNECT_PASSWORD) != 0;
    unsigned stray = MQC_CONNECT_WILL_QOS | MQC_CONNECT_WILL_RETAIN;
    struct mqc_property second;

    if (mqh_breaks(model, MQH_D_PASSWORD_NEEDS_NAME) && has_password && !has_name)
        return true;
    if (mqh_breaks(model, MQH_D_MISSING_NAME_REFUSED) &&
        ((has_name && !connect->has_user_name) || (has_password && !connect->has_password)))
        return true;
    if (mqh_breaks(model, MQH_D_STRAY_WILL_BITS_REFUSED) &&
        (connect->flags & MQC_CONNECT_WILL) == 0 && (connect->flags & stray) != 0)
        return true;
    return mqh_breaks(model, MQH_D_USER_PROPERTY_ONCE) && client->version >= MQC_V5 &&
           mqc_property_get(connect->properties, MQC_USER_PROPERTY, 1, &second);
}

/* What speaks against a CONNECT that is well formed; 0: nothing. */
static uint8_t objection(const struct mqh_model *model, const struct mqh_client *client,
                         const struct mqc_connect *connect)
{
    const struct mqh_model_limits *l = &model->limits;
    struct mqc_property method;
    uint8_t will_qos = (uint8_t)((connect->flags & MQC_CONNECT_WILL_QOS) >> 3);

    if (l->server_reference != NULL)
        return SERVER_MOVED;
    if (!text_equals(connect->user_name, l->user_name) ||
        !text_equals(connect->password, l->password))
        return BAD_CREDENTIALS;
    if (connect->client_id.size == 0 && (client->version == MQC_V31 || !l->empty_client_id) &&
        !mqh_breaks(model, MQH_D_ANY_NAME_IN_31))
        return CLIENT_ID_NOT_VALID;
    if (mqh_chooses(model, MQH_V_SHORT_CLIENT_IDS) && !is_plain_id(connect->client_id))
        return CLIENT_ID_NOT_VALID;
    if (connect->client_id.size >= 23 && mqh_breaks(model, MQH_D_23_IS_TOO_LONG))
        return CLIENT_ID_NOT_VALID;
    if (is_refused_by_mistake(model, client, connect))
        return MALFORMED;
    if (mqc_property_get(connect->properties, MQC_AUTHENTICATION_METHOD, 0, &method) &&
        !mqh_auth_knows(connect->properties))
        return mqh_breaks(model, MQH_D_ANY_METHOD) ? 0 : BAD_METHOD; /* v5 MQTT-4.12.0-1 */
    if (will_qos > l->maximum_qos && l->maximum_qos < 2 &&
        !mqh_breaks(model, MQH_D_LIMITED_QOS_TAKES_WILL))
        return QOS_NOT_SUPPORTED; /* v5 MQTT-3.2.2-12 */
    if ((connect->flags & MQC_CONNECT_WILL_RETAIN) != 0 && !l->retain_available &&
        !mqh_breaks(model, MQH_D_NO_RETAIN_TAKES_WILL))
        return RETAIN_NOT_SUPPORTED; /* v5 MQTT-3.2.2-13 */
    return 0;
}

/* What the client allows us, for this connection only. */
static void note_limits(struct mqh_model *model, struct mqh_client *client,
                        const struct mqc_connect *connect)
{
    struct mqc_slice p = connect->properties;

    client->keep_alive_s = model->limits.server_keep_alive != 0 && client->version >= MQC_V5 &&
                                   !mqh_breaks(model, MQH_D_OWN_KEEP_ALIVE_IGNORED)
                               ? model->limits.server_keep_alive
                               : connect->keep_alive;
    client->receive_maximum = (uint16_t)number_of(p, MQC_RECEIVE_MAXIMUM, UINT16_MAX);
    client->topic_alias_maximum = (uint16_t)number_of(p, MQC_TOPIC_ALIAS_MAXIMUM, 0);
    client->maximum_packet_size = number_of(p, MQC_MAXIMUM_PACKET_SIZE, UINT32_MAX);
    client->problem_information = number_of(p, MQC_REQUEST_PROBLEM_INFORMATION, 1) != 0;
    client->response_information = number_of(p, MQC_REQUEST_RESPONSE_INFORMATION, 0) != 0;
    client->connect_expiry_s = number_of(p, MQC_SESSION_EXPIRY_INTERVAL, 0);
    if (client->version < MQC_V5)
        client->connect_expiry_s = (connect->flags & MQC_CONNECT_CLEAN) != 0 ? 0 : UINT32_MAX;
}

/* The older connection of the same Client Identifier goes (v5 MQTT-3.1.4-3, v311 MQTT-3.1.4-2); its
 * Will is treated as on any other close (v5 X5-3.1.4-3). */
static void take_over(struct mqh_model *model, struct mqc_slice client_id)
{
    struct mqh_session *session = mqh_session_find(model, client_id);
    struct mqh_client *old = session == NULL ? NULL : session->client;

    if (old == NULL)
        return;
    if (mqh_breaks(model, MQH_D_TAKEOVER_KEEPS_ANY_SESSION))
        session->expiry_s = UINT32_MAX;
    if (mqh_breaks(model, MQH_D_NO_WILL_AFTER_TAKEOVER))
        mqh_model_leave(model, old, false);
    else if (!mqh_breaks(model, MQH_D_OLDER_CONNECTION_STAYS))
        mqh_model_refuse(model, old, TAKEN_OVER);
    /* A defect may have left it open, but a session has one connection: this one is not heard. */
    if (old->closes)
        mqh_model_close(model, old);
    else if (!old->closed)
        mqh_model_forget(model, old, true);
}

static void set_will(struct mqh_model *model, struct mqh_session *session,
                     const struct mqc_connect *connect)
{
    struct mqc_slice payload = connect->will_payload;
    struct mqc_slice properties = connect->will_properties;
    uint8_t qos = (uint8_t)((connect->flags & MQC_CONNECT_WILL_QOS) >> 3);

    bool waits = session->will.body != NULL;

    if (mqh_breaks(model, MQH_D_WILL_OF_ONE_WHO_CAME_BACK))
        mqh_session_publish_will(model, session);
    if (!mqh_breaks(model, MQH_D_WILL_STAYS))
        mqh_session_drop_will(session); /* back in time: it is not sent (v5 MQTT-3.1.3-9) */
    if ((connect->flags & MQC_CONNECT_WILL) == 0 || mqh_breaks(model, MQH_D_WILL_NOT_STORED) ||
        (waits && mqh_breaks(model, MQH_D_NO_WILL_IN_PLACE_OF_ANOTHER)))
        return;
    if (mqh_breaks(model, MQH_D_WILL_WITH_ITS_LENGTH))
        payload = (struct mqc_slice){payload.data - 2, payload.size + 2};
    if (mqh_breaks(model, MQH_D_WILL_WITHOUT_PROPERTIES))
        properties.size = 0;
    if (mqh_breaks(model, MQH_D_WILL_AT_QOS_0))
        qos = 0;
    mqh_session_drop_will(session);
    session->will.delay_s = number_of(connect->will_properties, MQC_WILL_DELAY_INTERVAL, 0);
    session->will.body = mqh_message_new(
        model,
        mqh_breaks(model, MQH_D_WILL_FIELDS_MIXED_UP) ? connect->client_id : connect->will_topic,
        payload, properties, qos, (connect->flags & MQC_CONNECT_WILL_RETAIN) != 0,
        session->client_id);
}

static void add_number(struct mqc_writer *w, uint32_t id, uint32_t number, bool wanted)
{
    if (wanted)
        mqc_writer_property(w, &(struct mqc_property){.id = id, .number = number});
}

/* Says what differs from what a client may assume by default (v5 section 3.2.2.3). */
static void announce(const struct mqh_model *model, const struct mqh_client *client,
                     struct mqc_slice assigned, struct mqc_writer *w)
{
    const struct mqh_model_limits *l = &model->limits;

    add_number(w, MQC_SESSION_EXPIRY_INTERVAL, client->session->expiry_s,
               client->session->expiry_s != client->connect_expiry_s);
    add_number(w, MQC_RECEIVE_MAXIMUM, l->receive_maximum, l->receive_maximum != UINT16_MAX);
    add_number(w, MQC_MAXIMUM_QOS, l->maximum_qos, l->maximum_qos < 2);
    add_number(w, MQC_RETAIN_AVAILABLE, 0, !l->retain_available);
    add_number(w, MQC_MAXIMUM_PACKET_SIZE, l->maximum_packet_size, l->maximum_packet_size != 0);
    if (assigned.size > 0)
        mqc_writer_property(
            w, &(struct mqc_property){.id = MQC_ASSIGNED_CLIENT_IDENTIFIER, .value = assigned});
    if (client->response_information && mqh_chooses(model, MQH_V_ANSWERS_INFORMATION))
        mqc_writer_property(w, &(struct mqc_property){.id = MQC_RESPONSE_INFORMATION,
                                                      .value = mqc_slice_text("answers/")});
    add_number(w, MQC_TOPIC_ALIAS_MAXIMUM, l->topic_alias_maximum, l->topic_alias_maximum != 0);
    add_number(w, MQC_WILDCARD_SUBSCRIPTION_AVAILABLE, 0, !l->wildcard_available);
    add_number(w, MQC_SUBSCRIPTION_IDENTIFIER_AVAILABLE, 0, !l->identifiers_available);
    add_number(w, MQC_SHARED_SUBSCRIPTION_AVAILABLE, 0, !l->shared_available);
    add_number(w, MQC_SERVER_KEEP_ALIVE, l->server_keep_alive, l->server_keep_alive != 0);
    if (client->authenticated || mqh_breaks(model, MQH_D_METHOD_UNASKED))
        mqh_auth_write_method(model, w);
}

static void accept(struct mqh_model *model, struct mqh_client *client, bool present,
                   struct mqc_slice assigned)
{
    uint8_t room[CONNACK_ROOM];
    struct mqc_writer w = mqc_writer_init(room, sizeof(room));
    struct mqc_packet packet = {.frame.type = MQC_CONNACK};

    if (client->version >= MQC_V5)
        announce(model, client, assigned, &w);
    /* 3.1 does not know Session Present: v31 X31-3.2-3. */
    packet.connack.flags =
        present && (client->version != MQC_V31 || mqh_chooses(model, MQH_V_BYTE_IN_CONNACK_31)) ? 1
                                                                                                : 0;
    packet.connack.properties = (struct mqc_slice){room, w.size};
    mqh_model_send(model, client, &packet);
    client->accepted = true;
}

void mqh_model_connect(struct mqh_model *model, struct mqh_client *client,
                       const struct mqc_packet *packet)
{
    const struct mqc_connect *connect = &packet->connect;
    struct mqc_slice client_id = connect->client_id;
    struct mqc_slice assigned = {0};
    char text[ASSIGNED_MAX];
    struct mqh_session *session;
    uint8_t reason = objection(model, client, connect);
    bool present;

    if (reason != 0) {
        mqh_model_refuse(model, client, reason);
        return;
    }
    if (mqh_auth_knows(connect->properties) && !client->authenticated) {
        mqh_auth_begin(model, client, packet);
        return;
    }
    if (client_id.size == 0) {
        do {
            if (model->assigned == 0 || !mqh_breaks(model, MQH_D_ASSIGNS_THE_SAME_ID))
                model->assigned++;
            snprintf(text, sizeof(text), "assigned%u", model->assigned);
            client_id = assigned = mqc_slice_text(text);
        } while (mqh_session_find(model, client_id) != NULL && /* v5 MQTT-3.2.2-16 */
                 !mqh_breaks(model, MQH_D_ASSIGNS_THE_SAME_ID));
    }
    take_over(model, client_id);
    session = mqh_session_find(model, client_id);
    if (session != NULL && (connect->flags & MQC_CONNECT_CLEAN) != 0 &&
        !mqh_breaks(model, MQH_D_CLEAN_IS_IGNORED)) {
        mqh_session_end(model, session); /* v5 MQTT-3.1.2-4, v311 MQTT-3.1.2-6 */
        session = NULL;
    }
    present = session != NULL || (mqh_breaks(model, MQH_D_ALWAYS_PRESENT) &&
                                  (connect->flags & MQC_CONNECT_CLEAN) == 0);
    present = present && !mqh_breaks(model, MQH_D_NEVER_PRESENT);
    if (session == NULL)
        session = mqh_session_new(model, client_id);
    session->client = client;
    session->version = client->version;
    client->session = session;
    note_limits(model, client, connect);
    if (!present || !mqh_breaks(model, MQH_D_EXPIRY_OF_FIRST_CONNECT))
        session->expiry_s = client->connect_expiry_s < model->limits.session_expiry_max
                                ? client->connect_expiry_s
                                : model->limits.session_expiry_max;
    set_will(model, session, connect);
    if (mqh_breaks(model, MQH_D_DELIVERS_BEFORE_CONNACK)) {
        client->accepted = true;
        mqh_resend(model, session);
    }
    accept(model, client, present, assigned);
    mqh_resend(model, session);
}
