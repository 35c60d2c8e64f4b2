/*
 * The reference broker: MQTT 3.1, 3.1.1 and 5.0 as a specification that runs. It is written to be
 * read beside the standard, and it is what the suite is tested on; it is no broker for production.
 *
 * No sockets, no clock, no randomness: bytes and times are handed in, actions are handed out, and
 * the same calls always give the same actions. It shares nothing with its judges but the codec, so
 * that one misreading of the standard is not made twice.
 *
 *     driver                            model
 *       mqh_model_open(now)     ------>  gives the connection its number
 *       mqh_model_receive()     ------>
 *       mqh_model_next() loop   <------  SEND 3 CONNACK …, CLOSE 3
 *       mqh_model_deadline()    <------  when to call mqh_model_tick() at the latest
 */
#ifndef MQH_MODEL_H
#define MQH_MODEL_H

#include "codec/packet.h"
#include "harness/model/defect.h"
#include "harness/model/variant.h"

/* What this broker can do and wants: the freedoms that CONNACK announces. mqh_model_defaults() has
 * the broker without limits. */
struct mqh_model_limits {
    uint8_t maximum_qos; /* 0 to 2 */
    bool retain_available;
    bool wildcard_available;
    bool shared_available;
    bool identifiers_available;
    bool empty_client_id;     /* a zero-length Client Identifier is accepted */
    uint16_t receive_maximum; /* 1 to 65535 */
    uint16_t topic_alias_maximum;
    uint32_t maximum_packet_size; /* bytes; 0: no limit but the protocol's */
    uint16_t server_keep_alive;   /* seconds; 0: the client's */
    uint32_t session_expiry_max;  /* seconds; UINT32_MAX: no limit */
    const char *user_name;        /* NULL: anybody may connect */
    const char *password;
    const char *server_reference;   /* not NULL: every client is sent there */
    bool chosen[MQH_VARIANT_COUNT]; /* by mqh_variant_choose() */
};

struct mqh_model_limits mqh_model_defaults(void);

struct mqh_model;

/* NULL when there is no memory. `limits` is copied, its texts must live as long. */
struct mqh_model *mqh_model_new(const struct mqh_model_limits *limits);
void mqh_model_free(struct mqh_model *model);

/* Gives it a defect, for clients of that version; MQH_DEFECTS_MAX at most. */
enum { MQH_DEFECTS_MAX = 64 };
bool mqh_model_break(struct mqh_model *model, enum mqh_defect defect, enum mqc_version version);

/* A client has connected; the number that names the connection from now on. */
unsigned mqh_model_open(struct mqh_model *model, uint64_t now_ms);
void mqh_model_receive(struct mqh_model *model, unsigned connection, struct mqc_slice bytes,
                       uint64_t now_ms);
/* The client's end is gone, by FIN or RST. */
void mqh_model_closed(struct mqh_model *model, unsigned connection, uint64_t now_ms);
void mqh_model_tick(struct mqh_model *model, uint64_t now_ms);

enum mqh_model_action_kind {
    MQH_MODEL_SEND,
    MQH_MODEL_CLOSE, /* after what was sent; nothing more comes of this connection */
};

struct mqh_model_action {
    enum mqh_model_action_kind kind;
    unsigned connection;
    struct mqc_slice bytes; /* valid until the next call of mqh_model_next() */
};

bool mqh_model_next(struct mqh_model *model, struct mqh_model_action *out);

/* The time at which mqh_model_tick() is due; UINT64_MAX: none. */
uint64_t mqh_model_deadline(const struct mqh_model *model);

#endif
