#include "fuzz/mutator/packet.h"

#include "codec/text_field.h"

#define SECTION_MAX 4096 /* larger sections and lists are left as they are */

/* Where what is made lies until the next packet is. */
static uint8_t packet_room[2 * MQF_INPUT_MAX];
static uint8_t section_room[SECTION_MAX + 512];
static uint8_t long_text[300];

/* --- values --------------------------------------------------------------------------------- */

static uint32_t some_number(struct mqf_random *random, uint32_t most)
{
    static const uint32_t interesting[] = {0,     1,     2,       3,       10,        127,
                                           128,   255,   256,     16383,   16384,     32767,
                                           65535, 65536, 2097151, 2097152, 268435455, UINT32_MAX};
    size_t count = sizeof(interesting) / sizeof(interesting[0]);

    switch (mqf_below(random, 4)) {
    case 0:
        return most;
    case 1:
        return mqf_random_next(random) & most;
    default:
        return interesting[mqf_below(random, count)] & most;
    }
}

/* A text that some rule speaks of. */
static struct mqc_slice some_text(struct mqf_random *random)
{
    static const struct mqc_slice texts[] = {
#define TEXT(literal) {(const uint8_t *)(literal), sizeof(literal) - 1}
        TEXT(""),
        TEXT("a"),
        TEXT("b"),
        TEXT("a/b"),
        TEXT("a/"),
        TEXT("/"),
        TEXT("#"),
        TEXT("+"),
        TEXT("a/#"),
        TEXT("+/b"),
        TEXT("a#"),
        TEXT("$SYS/a"),
        TEXT("$share/g/a"),
        TEXT("$share/g/#"),
        TEXT("$share//a"),
        TEXT("$share/g"),
        TEXT("MQTT"),
        TEXT("MQIsdp"),
        TEXT("\0"),
        TEXT("\xc0\x80"),
        TEXT("\xed\xa0\x80"),
        TEXT("\xf4\x90\x80\x80"),
        TEXT("\xef\xbb\xbf"
             "a"),
        TEXT("\xef\xbf\xbf"),
        TEXT("\x01"),
        TEXT("\xff"),
#undef TEXT
    };
    size_t count = sizeof(texts) / sizeof(texts[0]);
    size_t index = mqf_below(random, count + 1);

    if (index < count)
        return texts[index];
    memset(long_text, 'a' + (int)mqf_below(random, 26), sizeof(long_text));
    return (struct mqc_slice){long_text, 1 + mqf_below(random, sizeof(long_text))};
}

static struct mqc_property some_property(struct mqf_random *random)
{
    struct mqc_property property = {.id = (uint32_t)mqf_below(random, 0x2b)};
    const struct mqc_property_info *info = mqc_property_info(property.id);

    if (info == NULL) {
        property.value = some_text(random);
        return property;
    }
    property.number = some_number(random, mqc_text_property_most(info->type));
    property.name = some_text(random);
    property.value = some_text(random);
    return property;
}

/* --- sections and lists --------------------------------------------------------------------- */

enum edit { KEEP, REPEAT, REMOVE, CHANGE, EDITS };

static void write_edited(struct mqf_random *random, enum edit edit, struct mqc_writer *w,
                         struct mqc_slice piece, struct mqc_property property)
{
    switch (edit) {
    case REMOVE:
        break;
    case CHANGE:
        property.number = some_number(random, UINT32_MAX);
        property.value = some_text(random);
        mqc_writer_property(w, &property);
        break;
    case REPEAT:
        mqc_writer_bytes(w, piece);
        mqc_writer_bytes(w, piece);
        break;
    default:
        mqc_writer_bytes(w, piece);
        break;
    }
}

/* One property is repeated, removed or changed, or a new one comes before or behind the others. */
static struct mqc_slice edit_section(struct mqf_random *random, struct mqc_slice section)
{
    struct mqc_writer w = mqc_writer_init(section_room, sizeof(section_room));
    struct mqc_slice rest = section;
    struct mqc_property property;
    size_t count = 0;
    size_t chosen;

    while (mqc_property_next(&rest, &property))
        count++;
    chosen = mqf_below(random, count + 2); /* `count`: in front; one more: behind */
    rest = section;
    if (chosen == count) {
        property = some_property(random);
        mqc_writer_property(&w, &property);
    }
    for (size_t i = 0; i < count; i++) {
        struct mqc_slice piece = {rest.data, rest.size};

        mqc_property_next(&rest, &property);
        piece.size -= rest.size;
        write_edited(random,
                     i == chosen ? (enum edit)(REPEAT + mqf_below(random, EDITS - REPEAT)) : KEEP,
                     &w, piece, property);
    }
    mqc_writer_bytes(&w, rest);
    if (chosen > count) {
        property = some_property(random);
        mqc_writer_property(&w, &property);
    }
    return w.failed ? section : (struct mqc_slice){section_room, w.size};
}

static void write_entry(struct mqf_random *random, enum mqc_type type, struct mqc_writer *w)
{
    if (type == MQC_SUBSCRIBE || type == MQC_UNSUBSCRIBE)
        mqc_writer_string(w, some_text(random));
    if (type != MQC_UNSUBSCRIBE)
        mqc_writer_u8(w, mqf_one_in(random, 2) ? (uint8_t)mqf_below(random, 3)
                                               : (uint8_t)mqf_random_next(random));
}

/* An entry is added before or behind the others, or all make room for a few new ones. */
static struct mqc_slice edit_list(struct mqf_random *random, enum mqc_type type,
                                  struct mqc_slice list)
{
    struct mqc_writer w = mqc_writer_init(section_room, sizeof(section_room));
    size_t before = mqf_below(random, 2);
    size_t behind = mqf_below(random, 3);

    for (size_t i = 0; i < before; i++)
        write_entry(random, type, &w);
    if (!mqf_one_in(random, 3))
        mqc_writer_bytes(&w, list);
    for (size_t i = 0; i < behind; i++)
        write_entry(random, type, &w);
    return w.failed ? list : (struct mqc_slice){section_room, w.size};
}

/* --- fields --------------------------------------------------------------------------------- */

static void change_field(struct mqf_random *random, struct mqc_packet *packet,
                         const struct mqc_text_field *field)
{
    struct mqc_slice bytes;

    mqc_text_field_set_there(field, packet);
    switch (field->kind) {
    case MQC_FIELD_BYTES:
        mqc_text_field_set_bytes(field, packet, some_text(random));
        break;
    case MQC_FIELD_PROPERTIES:
    case MQC_FIELD_LIST:
        bytes = mqc_text_field_bytes(field, packet);
        if (bytes.size > SECTION_MAX)
            break;
        bytes = field->kind == MQC_FIELD_LIST ? edit_list(random, packet->frame.type, bytes)
                                              : edit_section(random, bytes);
        mqc_text_field_set_bytes(field, packet, bytes);
        break;
    case MQC_FIELD_BLOCK:
        break; /* that it is there now is the change */
    default:
        mqc_text_field_set_number(field, packet, some_number(random, mqc_text_field_most(field)));
        break;
    }
}

/* Any field that the packet could have, also one that it has not; NULL if it has none. */
static const struct mqc_text_field *choose_field(struct mqf_random *random,
                                                 const struct mqc_packet *packet)
{
    const struct mqc_text_field *fields[32];
    size_t count = 0;

    for (unsigned part = 0; part < 2; part++) {
        unsigned group = part == 0 ? packet->frame.type : MQC_GROUP_WILL;
        const struct mqc_text_field *field = NULL;

        if (part == 1 && packet->frame.type != MQC_CONNECT)
            break;
        while ((field = mqc_text_field_next(group, field)) != NULL && count < 32)
            if (mqc_text_field_in(field, packet->version))
                fields[count++] = field;
    }
    return count == 0 ? NULL : fields[mqf_below(random, count)];
}

static bool encode(struct mqc_packet *packet, struct mqf_item *item)
{
    struct mqc_writer w = mqc_writer_init(packet_room, sizeof(packet_room));

    if (packet->frame.type == MQC_PUBLISH)
        packet->publish.qos = packet->frame.flags >> 1 & 3;
    if (!mqc_packet_encode(packet, &w))
        return false;
    item->record.bytes = (struct mqc_slice){packet_room, w.size};
    item->is_packet = true;
    return true;
}

bool mqf_packet_change(struct mqf_random *random, struct mqf_item *item)
{
    struct mqc_frame frame = {.version = item->version, .from = item->from};
    struct mqc_faults faults = {.items = NULL};
    struct mqc_packet packet = {.complete = false};
    const struct mqc_text_field *field;

    mqc_frame_read(item->record.bytes, &frame);
    if (frame.type == MQC_CONNECT)
        frame.version = MQC_VERSION_UNKNOWN;
    if (!mqc_packet_decode(&frame, &packet, &faults))
        return false;
    field = choose_field(random, &packet);
    if (field == NULL)
        return false;
    change_field(random, &packet, field);
    return encode(&packet, item);
}

/* --- new packets ---------------------------------------------------------------------------- */

void mqf_packet_make(struct mqf_random *random, struct mqf_item *item)
{
    struct mqc_packet packet = {.version = item->version};
    enum mqc_type type = (enum mqc_type)(1 + mqf_below(random, 15));
    struct mqc_writer list = mqc_writer_init(section_room, sizeof(section_room));
    const struct mqc_text_field *field = mqc_text_field_of(type, MQC_FIELD_ID);

    packet.frame.type = type;
    packet.frame.flags = mqc_type_flags(type);
    if (type == MQC_PUBLISH)
        packet.frame.flags = (uint8_t)(mqf_below(random, 3) << 1 | mqf_below(random, 2));
    if (field != NULL)
        mqc_text_field_set_number(field, &packet, 1 + (uint32_t)mqf_below(random, 3));
    field = mqc_text_field_of(type, MQC_FIELD_LIST);
    if (field != NULL) {
        write_entry(random, type, &list);
        mqc_text_field_set_bytes(field, &packet, (struct mqc_slice){section_room, list.size});
    }
    if (type == MQC_PUBLISH)
        packet.publish.topic = mqc_slice_text(mqf_one_in(random, 2) ? "a" : "a/b");
    if (type == MQC_CONNECT) {
        packet.connect.protocol_name = mqc_slice_text(item->version == MQC_V31 ? "MQIsdp" : "MQTT");
        packet.connect.protocol_level = (uint8_t)item->version;
        packet.connect.flags = mqf_one_in(random, 2) ? MQC_CONNECT_CLEAN : 0;
        packet.connect.client_id = mqc_slice_text(mqf_one_in(random, 2) ? "a" : "b");
    }
    encode(&packet, item);
}
