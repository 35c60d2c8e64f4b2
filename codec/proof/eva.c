/*
 * What Frama-C's EVA runs: main() of one of its parts with every input that the part allows. Here
 * are the places that WP cannot see into: bytes read as words, unions, tables.
 *
 *     MQC_PROOF_WORDS    bytes loaded as words: utf8.h
 *     MQC_PROOF_VARINT   every varint has a value that MQTT can carry
 *     MQC_PROOF_TABLES   every rule, reason code and property identifier, each version and side
 *     MQC_PROOF_SECTION  what section.c looks up in its tables, by any key
 *     MQC_PROOF_ENCODE   a packet of each type and version, its slices of 2 bytes, with room enough
 */
#include "__fc_builtin.h"

#include "codec/packet.h"
#include "codec/reader.h"
#include "codec/reason.h"
#include "codec/varint.h"

static uint8_t bytes[8];

#ifdef MQC_PROOF_WORDS
int main(void)
{
    Frama_C_make_unknown((char *)bytes, sizeof bytes);
    (void)mqc_utf8_load(bytes);
    (void)mqc_utf8_load_half(bytes + 4);
    return 0;
}
#endif

#ifdef MQC_PROOF_VARINT
int main(void)
{
    Frama_C_make_unknown((char *)bytes, sizeof bytes);
    for (size_t size = 0; size <= MQC_VARINT_BYTES_MAX; size++) {
        struct mqc_varint varint = mqc_varint_read((struct mqc_slice){bytes, size});

        /*@ assert varint.value <= MQC_REMAINING_LENGTH_MAX; */
    }
    return 0;
}
#endif

#ifdef MQC_PROOF_TABLES
int main(void)
{
    enum mqc_rule rule = (enum mqc_rule)Frama_C_interval(0, MQC_RULE_COUNT - 1);
    enum mqc_version version = (enum mqc_version)Frama_C_interval(MQC_V31, MQC_V5);
    uint8_t code = (uint8_t)Frama_C_interval(0, 255);
    uint32_t id = (uint32_t)Frama_C_unsigned_int_interval(0, UINT32_MAX);
    struct mqc_publish publish = {.dup = code > 127, .retain = code > 63, .qos = code};

    (void)mqc_rule_in(rule, version);
    (void)mqc_rule_says(rule);
    (void)mqc_rule_name(rule);
    (void)mqc_property_info(id);
    (void)mqc_reason_allowed(version, (enum mqc_type)Frama_C_interval(0, 15),
                             (enum mqc_side)Frama_C_interval(0, 2), code);
    (void)mqc_type_name((enum mqc_type)Frama_C_interval(0, 15));
    (void)mqc_type_flags((enum mqc_type)Frama_C_interval(0, 15));
    (void)mqc_place_of((enum mqc_type)Frama_C_interval(MQC_CONNECT, MQC_UNSUBACK));
    (void)mqc_reason_name(version, (enum mqc_type)Frama_C_interval(0, 15), code);
    (void)mqc_level_name((enum mqc_level)Frama_C_interval(MQC_NO_RULE, MQC_MUST));
    (void)mqc_kind_name((enum mqc_kind)Frama_C_interval(MQC_KIND_NONE, MQC_PROTOCOL_ERROR));
    (void)mqc_publish_flags(&publish);
    version = (enum mqc_version)Frama_C_interval(MQC_VERSION_UNKNOWN, MQC_V5);
    (void)mqc_version_name(version);
    (void)mqc_version_space(version);
    return 0;
}
#endif

#ifdef MQC_PROOF_SECTION
#include "codec/section.c" /* whose tables nothing else can see */

/* The contracts of the look-ups, on which the proof of the walk rests. */
int main(void)
{
    enum mqc_place place = (enum mqc_place)Frama_C_interval(0, MQC_PLACE_COUNT - 1);
    uint32_t id = (uint32_t)Frama_C_interval(0, ID_COUNT - 1);
    enum mqc_rule twice = twice_rule(place, id);
    enum mqc_rule range = range_rule(place, id);
    enum mqc_rule side = side_rule(place, id);
    const struct kind *kind;

    /*@ assert twice < MQC_RULE_COUNT && range < MQC_RULE_COUNT && side < MQC_RULE_COUNT; */
    /*@ loop unroll 256; */
    for (id = 0; id < 256; id++) {
        kind = kind_of(id);
        /*@ assert \valid_read(kind) && !\valid(kind); */
        /*@ assert kind->places != 0 ==> id < ID_COUNT; */
    }
    kind = kind_of((uint32_t)Frama_C_unsigned_int_interval(256, UINT32_MAX));
    /*@ assert \valid_read(kind) && !\valid(kind) && kind->places == 0; */
    return 0;
}
#endif

#ifdef MQC_PROOF_ENCODE
int main(void)
{
    static uint8_t room[64];
    static struct mqc_packet packet;
    struct mqc_slice any = {bytes, 2};

    Frama_C_make_unknown((char *)bytes, sizeof bytes);
    /*@ loop unroll 16; */
    for (unsigned type = 0; type < 16; type++) {
        struct mqc_writer writer = mqc_writer_init(room, sizeof room);

        writer.failed = bytes[3] > 127;
        packet = (struct mqc_packet){
            .frame = {.type = (enum mqc_type)type, .flags = (uint8_t)Frama_C_interval(0, 15)},
            .version = (enum mqc_version)Frama_C_interval(MQC_V31, MQC_V5)};
        if (type == MQC_CONNECT)
            packet.connect = (struct mqc_connect){any, 4,   bytes[0], 60,  any,  any, any,
                                                  any, any, any,      any, true, true};
        if (type == MQC_CONNACK)
            packet.connack = (struct mqc_connack){1, bytes[0], any};
        if (type == MQC_PUBLISH)
            packet.publish = (struct mqc_publish){
                .qos = bytes[0] & 3, .topic = any, .properties = any, .payload = any};
        if (type >= MQC_PUBACK && type <= MQC_PUBCOMP)
            packet.ack = (struct mqc_ack){1, bytes[0], bytes[1] > 1, bytes[2] > 1, any};
        if (type == MQC_SUBSCRIBE)
            packet.subscribe = (struct mqc_subscribe){1, any, any, 0};
        if (type == MQC_SUBACK)
            packet.suback = (struct mqc_suback){1, any, any};
        if (type == MQC_UNSUBSCRIBE)
            packet.unsubscribe = (struct mqc_unsubscribe){1, any, any, 0};
        if (type == MQC_UNSUBACK)
            packet.unsuback = (struct mqc_unsuback){1, any, any};
        if (type == MQC_DISCONNECT)
            packet.disconnect = (struct mqc_disconnect){bytes[0], bytes[1] > 1, bytes[2] > 1, any};
        if (type == MQC_AUTH)
            packet.auth = (struct mqc_auth){bytes[0], bytes[1] > 1, bytes[2] > 1, any};
        (void)mqc_packet_encode(&packet, &writer);
        (void)mqc_packet_properties(&packet);
    }
    return 0;
}
#endif
