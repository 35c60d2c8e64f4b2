#include "codec/packet.h"

#include <assert.h>

#include "codec/reader.h"

/* Sides as bits, so that an unknown one is both. */
enum { C = 1, S = 2, BOTH = C | S };

/* What a fixed header may be. Nobody sends a reserved type. */
struct header {
    uint8_t senders;
    uint8_t flags; /* as the standard fixes them */
    uint8_t fixed; /* which of the four are fixed: none in PUBLISH */
};

/* v5 section 2.1, v311 section 2.2. Before 5.0 DISCONNECT is the client's and AUTH does not
 * exist. */
static const struct header headers_v5[16] = {
    [MQC_CONNECT] = {C, 0, 15},     [MQC_CONNACK] = {S, 0, 15},       [MQC_PUBLISH] = {BOTH, 0, 0},
    [MQC_PUBACK] = {BOTH, 0, 15},   [MQC_PUBREC] = {BOTH, 0, 15},     [MQC_PUBREL] = {BOTH, 2, 15},
    [MQC_PUBCOMP] = {BOTH, 0, 15},  [MQC_SUBSCRIBE] = {C, 2, 15},     [MQC_SUBACK] = {S, 0, 15},
    [MQC_UNSUBSCRIBE] = {C, 2, 15}, [MQC_UNSUBACK] = {S, 0, 15},      [MQC_PINGREQ] = {C, 0, 15},
    [MQC_PINGRESP] = {S, 0, 15},    [MQC_DISCONNECT] = {BOTH, 0, 15}, [MQC_AUTH] = {BOTH, 0, 15},
};

static const struct header disconnect_v3 = {C, 0, 15};
static const struct header reserved = {0, 0, 0};

/*@ requires type < 16;
    assigns \nothing;
    ensures \valid_read(\result);
    ensures version < MQC_V5 && type == MQC_AUTH ==> \result->senders == 0; */
static const struct header *header_of(enum mqc_version version, enum mqc_type type)
{
    if (version < MQC_V5 && type >= MQC_DISCONNECT)
        return type == MQC_DISCONNECT ? &disconnect_v3 : &reserved;
    return &headers_v5[type];
}

/*@ requires from <= MQC_SERVER;
    assigns \nothing; */
static uint8_t side_bits(enum mqc_side from)
{
    static const uint8_t sides[] = {[MQC_SIDE_UNKNOWN] = BOTH, [MQC_CLIENT] = C, [MQC_SERVER] = S};

    return sides[from];
}

uint8_t mqc_type_flags(enum mqc_type type)
{
    return headers_v5[type].flags;
}

/* --- fixed header ------------------------------------------------------------------------- */

/* The last byte of Remaining Length. */
/*@ requires mqc_frame_ok(frame);
    assigns \nothing; */
static uint8_t last_length_byte(const struct mqc_frame *frame)
{
    return frame->bytes[frame->header_size - 1];
}

/*@ requires mqc_frame_ok(frame);
    assigns \nothing; */
static bool is_broken(const struct mqc_frame *frame)
{
    return last_length_byte(frame) >= 0x80;
}

/* Remaining Length takes more bytes than its value needs if its last one holds none of it. */
/*@ requires mqc_frame_ok(frame);
    assigns \nothing; */
static bool is_minimal(const struct mqc_frame *frame)
{
    return frame->header_size == 2 || last_length_byte(frame) != 0;
}

/*@ assigns \nothing;
    ensures \result < MQC_RULE_COUNT; */
static enum mqc_rule flags_rule(enum mqc_type type)
{
    switch (type) {
    case MQC_PUBREL:
        return MQC_RULE_PUBREL_FLAGS;
    case MQC_SUBSCRIBE:
        return MQC_RULE_SUBSCRIBE_FLAGS;
    case MQC_UNSUBSCRIBE:
        return MQC_RULE_UNSUBSCRIBE_FLAGS;
    case MQC_DISCONNECT:
        return MQC_RULE_DISCONNECT_FLAGS;
    case MQC_AUTH:
        return MQC_RULE_AUTH_FLAGS;
    default:
        return MQC_RULE_HEADER_FLAGS;
    }
}

/*@ predicate judging(struct mqc_reader *r, struct mqc_frame *frame) =
        mqc_reader_ok(r) && mqc_upto(r->start + 1, r->end) && mqc_body_ok(frame, r->faults) &&
        \separated(frame, r) && frame->type < 16; */

/* In 3.1 these three have a QoS, which is 1, and DUP when they are sent again. */
/*@ requires judging(r, frame);
    assigns MQC_READER_STATE(r);
    ensures mqc_reader_ok(r); */
static void judge_flags_v31(struct mqc_reader *r, const struct mqc_frame *frame)
{
    mqc_reader_require(r, (frame->flags & 0x06) == 0x02, flags_rule(frame->type));
    mqc_reader_require(r, (frame->flags & 0x01) == 0, MQC_RULE_HEADER_FLAGS);
}

/*@ requires judging(r, frame);
    requires \valid_read(header);
    assigns MQC_READER_STATE(r);
    ensures mqc_reader_ok(r); */
static void judge_flags(struct mqc_reader *r, const struct mqc_frame *frame,
                        const struct header *header)
{
    if (r->version == MQC_V31 && mqc_type_flags(frame->type) != 0)
        judge_flags_v31(r, frame);
    else
        mqc_reader_require(r, ((frame->flags ^ header->flags) & header->fixed) == 0,
                           flags_rule(frame->type));
}

/* Type, flags and sender: false if nobody sends the type. */
/*@ requires judging(r, frame);
    requires \valid_read(header);
    assigns MQC_READER_STATE(r);
    ensures mqc_reader_ok(r);
    ensures \result ==> header->senders != 0; */
static bool judge_type(struct mqc_reader *r, const struct mqc_frame *frame,
                       const struct header *header)
{
    if (header->senders == 0) {
        mqc_reader_require(r, false, MQC_RULE_TYPE_RESERVED);
        return false;
    }
    judge_flags(r, frame, header);
    mqc_reader_require(r, (header->senders & side_bits(r->from)) != 0, MQC_RULE_DIRECTION);
    return true;
}

/* Notes what is wrong with the fixed header. True if the body can be looked at. */
/*@ requires judging(r, frame) && \valid_read(header);
    requires r->start == frame->bytes && r->end == frame->bytes + frame->size;
    assigns MQC_READER_STATE(r);
    ensures \result ==> header->senders != 0; */
static bool judge_fields(struct mqc_reader *r, const struct mqc_frame *frame,
                         const struct header *header)
{
    size_t length_size = frame->header_size - 1;
    bool broken = is_broken(frame);
    bool minimal = is_minimal(frame);
    bool known = judge_type(r, frame, header);

    if (broken)
        mqc_reader_fault(r, MQC_RULE_REMAINING_LENGTH_LONG, r->start + 1, length_size);
    else if (!minimal)
        mqc_reader_fault(r, MQC_RULE_REMAINING_LENGTH_MINIMAL, r->start + 1, length_size);
    return !r->failed && known && !broken;
}

/*@ requires mqc_body_ok(frame, faults) && mqc_version_known(frame->version);
    requires frame->type < 16 && \valid_read(header);
    assigns faults->count, faults->items[0 .. faults->capacity - 1];
    ensures \result ==> header->senders != 0; */
MQC_COLD static bool judge_header(const struct mqc_frame *frame, const struct header *header,
                                  struct mqc_faults *faults)
{
    struct mqc_reader r = mqc_reader_init(frame, faults);

    /*@ assert r.faults == faults; */
    /*@ assert mqc_reader_ok(&r); */
    /*@ assert mqc_upto(r.start + 1, r.end) && mqc_body_ok(frame, r.faults); */
    /*@ assert \separated(frame, &r) && frame->type < 16; */
    /*@ assert r.start == frame->bytes && r.end == frame->bytes + frame->size; */
    return judge_fields(&r, frame, header);
}

/* --- body --------------------------------------------------------------------------------- */

/*@ requires mqc_body_ok(frame, faults) && mqc_version_known(frame->version);
    requires surplus < MQC_RULE_COUNT;
    assigns faults->count, faults->items[0 .. faults->capacity - 1]; */
static bool decode_nothing(const struct mqc_frame *frame, enum mqc_rule surplus,
                           struct mqc_faults *faults)
{
    struct mqc_reader r = mqc_reader_init(frame, faults);

    return mqc_reader_finish_as(&r, surplus);
}

/*@ requires mqc_body_ok(&out->frame, faults) && mqc_version_known(out->frame.version);
    requires out->frame.type < 16 && (out->frame.type == MQC_AUTH ==> out->frame.version == MQC_V5);
    requires \valid(out) &&
             \separated(out, faults, faults->items + (0 .. faults->capacity - 1),
                        out->frame.bytes + (0 .. out->frame.size - 1));
    assigns MQC_BODY_STATE(out, faults); */
static bool decode_body(struct mqc_packet *out, struct mqc_faults *faults)
{
    const struct mqc_frame *frame = &out->frame;

    switch (frame->type) {
    case MQC_CONNECT:
        return mqc_connect_decode(frame, &out->connect, &out->version, faults);
    case MQC_CONNACK:
        return mqc_connack_decode(frame, &out->connack, faults);
    case MQC_PUBLISH:
        return mqc_publish_decode(frame, &out->publish, faults);
    case MQC_PUBACK:
    case MQC_PUBREC:
    case MQC_PUBREL:
    case MQC_PUBCOMP:
        return mqc_ack_decode(frame, &out->ack, faults);
    case MQC_SUBSCRIBE:
        return mqc_subscribe_decode(frame, &out->subscribe, faults);
    case MQC_SUBACK:
        return mqc_suback_decode(frame, &out->suback, faults);
    case MQC_UNSUBSCRIBE:
        return mqc_unsubscribe_decode(frame, &out->unsubscribe, faults);
    case MQC_UNSUBACK:
        return mqc_unsuback_decode(frame, &out->unsuback, faults);
    case MQC_PINGREQ:
        return decode_nothing(frame, MQC_RULE_PINGREQ_SURPLUS, faults);
    case MQC_PINGRESP:
        return decode_nothing(frame, MQC_RULE_PINGRESP_SURPLUS, faults);
    case MQC_DISCONNECT:
        return mqc_disconnect_decode(frame, &out->disconnect, faults);
    case MQC_AUTH:
        return mqc_auth_decode(frame, &out->auth, faults);
    case MQC_RESERVED:
        break;
    }
    return false;
}

bool mqc_packet_decode(const struct mqc_frame *frame, struct mqc_packet *out,
                       struct mqc_faults *faults)
{
    const struct header *header;

    assert(frame->header_size >= 2); /* the framer found a packet, or a broken length */
    out->frame = *frame;
    if (frame->version == MQC_VERSION_UNKNOWN && frame->type == MQC_CONNECT)
        out->frame.version = mqc_connect_peek(frame);
    assert(out->frame.version != MQC_VERSION_UNKNOWN); /* the caller knows what was agreed on */
    out->version = out->frame.version;

    header = header_of(out->version, frame->type);
    out->complete = false;
    if ((header->senders & side_bits(frame->from)) == 0 ||
        ((frame->flags ^ header->flags) & header->fixed) != 0 || is_broken(frame) ||
        !is_minimal(frame)) {
        if (!judge_header(&out->frame, header, faults)) {
            *out = (struct mqc_packet){.frame = out->frame, .version = out->version};
            return false;
        }
    }
    out->complete = decode_body(out, faults);
    return out->complete;
}

/* --- encoding ----------------------------------------------------------------------------- */

/*@ requires mqc_writer_ok(writer) && \valid_read(packet) &&
             \separated(packet, writer, writer->data + (0 .. writer->capacity - 1));
    requires mqc_packet_takes(writer, packet);
    assigns writer->size, writer->failed, writer->data[0 .. writer->capacity - 1];
    ensures mqc_writer_ok(writer); */
static void encode_body(const struct mqc_packet *packet, struct mqc_writer *writer)
{
    switch (packet->frame.type) {
    case MQC_CONNECT:
        mqc_connect_encode(&packet->connect, packet->version, writer);
        break;
    case MQC_CONNACK:
        mqc_connack_encode(&packet->connack, packet->version, writer);
        break;
    case MQC_PUBLISH:
        mqc_publish_encode(&packet->publish, packet->version, writer);
        break;
    case MQC_PUBACK:
    case MQC_PUBREC:
    case MQC_PUBREL:
    case MQC_PUBCOMP:
        mqc_ack_encode(&packet->ack, packet->version, writer);
        break;
    case MQC_SUBSCRIBE:
        mqc_subscribe_encode(&packet->subscribe, packet->version, writer);
        break;
    case MQC_SUBACK:
        mqc_suback_encode(&packet->suback, packet->version, writer);
        break;
    case MQC_UNSUBSCRIBE:
        mqc_unsubscribe_encode(&packet->unsubscribe, packet->version, writer);
        break;
    case MQC_UNSUBACK:
        mqc_unsuback_encode(&packet->unsuback, packet->version, writer);
        break;
    case MQC_DISCONNECT:
        mqc_disconnect_encode(&packet->disconnect, packet->version, writer);
        break;
    case MQC_AUTH:
        mqc_auth_encode(&packet->auth, writer);
        break;
    case MQC_PINGREQ:
    case MQC_PINGRESP:
    case MQC_RESERVED:
        break;
    }
}

bool mqc_packet_encode(const struct mqc_packet *packet, struct mqc_writer *writer)
{
    struct mqc_writer body = mqc_writer_init(NULL, 0); /* only measures */

    encode_body(packet, &body);
    if (body.size > MQC_REMAINING_LENGTH_MAX)
        writer->failed = true;
    if (writer->failed)
        return false;
    mqc_writer_u8(writer, (uint8_t)(packet->frame.type << 4 | (packet->frame.flags & 0x0f)));
    mqc_writer_varint(writer, (uint32_t)body.size);
    encode_body(packet, writer);
    return !writer->failed;
}

struct mqc_slice mqc_packet_properties(const struct mqc_packet *packet)
{
    switch (packet->version >= MQC_V5 ? packet->frame.type : MQC_RESERVED) {
    case MQC_CONNECT:
        return packet->connect.properties;
    case MQC_CONNACK:
        return packet->connack.properties;
    case MQC_PUBLISH:
        return packet->publish.properties;
    case MQC_PUBACK:
    case MQC_PUBREC:
    case MQC_PUBREL:
    case MQC_PUBCOMP:
        return packet->ack.properties;
    case MQC_SUBSCRIBE:
        return packet->subscribe.properties;
    case MQC_SUBACK:
        return packet->suback.properties;
    case MQC_UNSUBSCRIBE:
        return packet->unsubscribe.properties;
    case MQC_UNSUBACK:
        return packet->unsuback.properties;
    case MQC_DISCONNECT:
        return packet->disconnect.properties;
    case MQC_AUTH:
        return packet->auth.properties;
    default:
        return (struct mqc_slice){NULL, 0};
    }
}
