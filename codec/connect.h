/*
 * CONNECT: a client opens a session. v5 section 3.1, v311 section 3.1, v31 section 3.1.
 *
 *     protocol name   string: "MQTT", or "MQIsdp" in 3.1
 *     protocol level  u8: 3, 4 or 5
 *     connect flags   u8: user name, password, Will Retain, Will QoS (2 bits), Will, clean, 0
 *     keep alive      u16, seconds
 *     properties      5.0 only
 *     client id       string
 *     will properties 5.0 only, with the Will flag
 *     will topic      string, with the Will flag
 *     will payload    binary, with the Will flag
 *     user name       string, with its flag
 *     password        binary, with its flag
 *
 * In 3.1 a user name or password may be missing although its flag is set.
 */
#ifndef MQC_CONNECT_H
#define MQC_CONNECT_H

#include "codec/body.h"

enum mqc_connect_flag {
    MQC_CONNECT_RESERVED = 0x01,
    MQC_CONNECT_CLEAN = 0x02, /* Clean Session, in 5.0 Clean Start */
    MQC_CONNECT_WILL = 0x04,
    MQC_CONNECT_WILL_QOS = 0x18, /* two bits */
    MQC_CONNECT_WILL_RETAIN = 0x20,
    MQC_CONNECT_PASSWORD = 0x40,
    MQC_CONNECT_USER_NAME = 0x80,
};

struct mqc_connect {
    struct mqc_slice protocol_name;
    uint8_t protocol_level;
    uint8_t flags;       /* enum mqc_connect_flag; they decide which fields below are there */
    uint16_t keep_alive; /* seconds; 0 turns it off */
    struct mqc_slice properties;
    struct mqc_slice client_id;
    struct mqc_slice will_properties;
    struct mqc_slice will_topic;
    struct mqc_slice will_payload;
    struct mqc_slice user_name;
    struct mqc_slice password;
    bool has_user_name; /* the field is there, when encoding whatever its flag says: in 3.1 it may
                           be missing in spite of it */
    bool has_password;
};

/* The version that a protocol name and level stand for; MQC_VERSION_UNKNOWN if none. */
/*@ requires mqc_readable(name);
    assigns \nothing;
    ensures \result == MQC_VERSION_UNKNOWN || mqc_version_known(\result); */
enum mqc_version mqc_connect_version(struct mqc_slice name, uint8_t level);

/* The version that the CONNECT in `frame` names; 3.1.1 if it names none, or is cut before. */
/*@ requires mqc_frame_ok(frame);
    assigns \nothing;
    ensures mqc_version_known(\result); */
enum mqc_version mqc_connect_peek(const struct mqc_frame *frame);

/*
 * Decodes the body of `frame`. Layout and rules follow frame->version; if that is unknown, what
 * the CONNECT names itself, and 3.1.1 if that is no version. The version used goes to `*version`.
 * Faults, lifetime and return value as for all bodies: see body.h.
 */
/*@ requires mqc_body_ok(frame, faults) && frame->type == MQC_CONNECT;
    requires frame->version == MQC_VERSION_UNKNOWN || mqc_version_known(frame->version);
    requires \valid(out) && MQC_BODY_APART(out, frame, faults);
    requires \valid(version) && MQC_BODY_APART(version, frame, faults);
    requires \separated(out, version);
    assigns MQC_BODY_STATE(out, faults), *version;
    ensures mqc_version_known(*version);
    ensures mqc_in_packet(out->protocol_name, frame) && mqc_in_packet(out->properties, frame);
    ensures mqc_in_packet(out->client_id, frame);
    ensures mqc_in_packet(out->will_properties, frame);
    ensures mqc_in_packet(out->will_topic, frame) && mqc_in_packet(out->will_payload, frame);
    ensures mqc_in_packet(out->user_name, frame) && mqc_in_packet(out->password, frame); */
bool mqc_connect_decode(const struct mqc_frame *frame, struct mqc_connect *out,
                        enum mqc_version *version, struct mqc_faults *faults);

/* Writes the body as `version` lays it out. */
/*@ requires mqc_writer_ok(writer) && \valid_read(connect) &&
             \separated(connect, writer, writer->data + (0 .. writer->capacity - 1));
    requires mqc_writer_takes(writer, connect->protocol_name) &&
             mqc_writer_takes(writer, connect->properties) &&
             mqc_writer_takes(writer, connect->client_id) &&
             mqc_writer_takes(writer, connect->will_properties) &&
             mqc_writer_takes(writer, connect->will_topic) &&
             mqc_writer_takes(writer, connect->will_payload) &&
             mqc_writer_takes(writer, connect->user_name) &&
             mqc_writer_takes(writer, connect->password);
    assigns MQC_WRITER_STATE(writer);
    ensures mqc_writer_ok(writer); */
void mqc_connect_encode(const struct mqc_connect *connect, enum mqc_version version,
                        struct mqc_writer *writer);

#endif
