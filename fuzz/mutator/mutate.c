#include "fuzz/mutator/items.h"
#include "fuzz/mutator/mutator.h"
#include "fuzz/mutator/packet.h"

static uint8_t item_room[MQF_INPUT_MAX + 8];
static uint8_t input_room[MQF_INPUT_MAX];

static const char *const names[] = {
    [MQF_PACKETS] = "packets", [MQF_STREAMS] = "streams", [MQF_SESSIONS] = "sessions",
    [MQF_TOPICS] = "topics",   [MQF_TEXTS] = "texts",     [MQF_CAPTURES] = "captures",
    [MQF_TALKS] = "talks",
};

const char *mqf_form_name(enum mqf_form form)
{
    return names[form];
}

bool mqf_form_find(const char *name, enum mqf_form *out)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], name) == 0) {
            *out = (enum mqf_form)i;
            return true;
        }
    return false;
}

static bool has_packets(enum mqf_form form)
{
    return form == MQF_PACKETS || form == MQF_STREAMS || form == MQF_SESSIONS || form == MQF_TALKS;
}

/* --- one packet's bytes --------------------------------------------------------------------- */

/* The item in the room, where it can be changed; its size. */
static size_t take(const struct mqf_item *item)
{
    size_t size = item->record.bytes.size;

    if (size > MQF_INPUT_MAX)
        size = MQF_INPUT_MAX;
    if (size > 0)
        memcpy(item_room, item->record.bytes.data, size);
    return size;
}

static void put(struct mqf_item *item, size_t size)
{
    item->record.bytes = (struct mqc_slice){item_room, size};
}

/* The engine changes the body; Remaining Length is made to fit. */
static void change_body(struct mqf_random *random, struct mqf_item *item,
                        size_t (*bytes)(uint8_t *, size_t, size_t))
{
    struct mqc_frame frame = {.version = item->version};
    struct mqc_writer w = mqc_writer_init(item_room, sizeof(item_room));
    struct mqc_slice body;
    size_t size;
    size_t room;

    mqc_frame_read(item->record.bytes, &frame);
    body = mqc_frame_body(&frame);
    if (body.size > MQF_INPUT_MAX / 2)
        return;
    room = body.size + 1 + mqf_below(random, 64);
    if (body.size > 0)
        memcpy(item_room + 5, body.data, body.size);
    size = bytes(item_room + 5, body.size, room);
    mqc_writer_u8(&w, frame.bytes[0]);
    mqc_writer_varint(&w, (uint32_t)size);
    memmove(item_room + w.size, item_room + 5, size);
    put(item, w.size + size);
}

/* A length is wrong by a little, or by much: Remaining Length, or any two bytes of the body. */
static void break_length(struct mqf_random *random, struct mqf_item *item)
{
    static const uint8_t by[] = {1, 0xff, 2, 0xfe, 0x7f, 0x80};
    size_t size = take(item);
    size_t at = mqf_one_in(random, 2) || size < 3 ? 1 : 2 + mqf_below(random, size - 2);

    if (size < 2)
        return;
    item_room[at] = (uint8_t)(item_room[at] + by[mqf_below(random, sizeof(by))]);
    put(item, size);
}

/* The body ends early, or goes on, and Remaining Length agrees. */
static void change_size(struct mqf_random *random, struct mqf_item *item)
{
    size_t size = take(item);
    size_t more = mqf_below(random, 4);

    if (size < 2 || item_room[1] >= 0x7c)
        return;
    if (mqf_one_in(random, 2)) {
        memset(item_room + size, (int)mqf_below(random, 256), more);
        size += more;
    } else {
        size = 2 + mqf_below(random, size - 1);
    }
    if (size - 2 > 0x7f)
        return;
    item_room[1] = (uint8_t)(size - 2);
    put(item, size);
}

static void change_first_byte(struct mqf_random *random, struct mqf_item *item)
{
    size_t size = take(item);

    if (size == 0)
        return;
    item_room[0] ^= (uint8_t)(1u << mqf_below(random, 8));
    put(item, size);
}

static void change_packet(struct mqf_random *random, struct mqf_item *item,
                          size_t (*bytes)(uint8_t *, size_t, size_t))
{
    switch (mqf_below(random, 10)) {
    case 0:
        change_first_byte(random, item);
        break;
    case 1:
        break_length(random, item);
        break;
    case 2:
        change_size(random, item);
        break;
    case 3:
    case 4:
        change_body(random, item, bytes);
        break;
    default:
        if (!mqf_packet_change(random, item))
            change_body(random, item, bytes);
        break;
    }
}

/* --- the list of packets and records -------------------------------------------------------- */

/* What a session has and a stream has not: clients, ends, waits, segments. */
static void change_record(struct mqf_random *random, struct mqf_item *item)
{
    static const enum mqc_version versions[] = {MQC_V31, MQC_V311, MQC_V5};
    struct mqh_session_record *record = &item->record;

    if (mqf_one_in(random, 2)) {
        record->client = (unsigned)mqf_below(random, 4);
        return;
    }
    record->op = (enum mqh_session_op)mqf_below(random, MQH_SESSION_WAIT + 1);
    record->version = versions[mqf_below(random, 3)];
    record->piece_size = 1 + (unsigned)mqf_below(random, 16);
    record->wait_ms = 1u << mqf_below(random, 22);
}

static void rearrange(struct mqf_random *random, struct mqf_items *items)
{
    size_t a = mqf_below(random, items->count);
    size_t b = mqf_below(random, items->count);
    struct mqf_item moved = items->items[a];

    switch (mqf_below(random, 4)) {
    case 0:
        mqf_items_swap(items, a, b);
        break;
    case 1:
        mqf_items_remove(items, a);
        break;
    case 2:
        if (mqf_items_insert(items, b))
            items->items[b] = moved;
        break;
    default:
        mqf_items_remove(items, a);
        b = mqf_below(random, items->count + 1);
        mqf_items_insert(items, b);
        items->items[b] = moved;
        break;
    }
}

static void add_packet(struct mqf_random *random, struct mqf_items *items)
{
    size_t at = mqf_below(random, items->count + 1);

    if (!mqf_items_insert(items, at))
        return;
    items->items[at].record.op = MQH_SESSION_SEND;
    mqf_packet_make(random, &items->items[at]);
}

/* Where all is one packet. */
static void change_one(struct mqf_random *random, struct mqf_items *items,
                       size_t (*bytes)(uint8_t *, size_t, size_t))
{
    size_t what = mqf_below(random, 24);

    if (what < 2)
        items->how = (uint8_t)mqf_random_next(random);
    else if (what < 5 || !items->items[0].is_packet)
        mqf_packet_make(random, &items->items[0]);
    else
        change_packet(random, &items->items[0], bytes);
}

static void change_items(struct mqf_random *random, struct mqf_items *items,
                         size_t (*bytes)(uint8_t *, size_t, size_t))
{
    struct mqf_item *item = &items->items[mqf_below(random, items->count)];
    size_t what = mqf_below(random, 16);

    if (items->form == MQF_STREAMS && what == 0)
        items->how = (uint8_t)mqf_random_next(random);
    else if ((items->form == MQF_SESSIONS || items->form == MQF_TALKS) && what < 3)
        change_record(random, item);
    else if (what < 4)
        add_packet(random, items);
    else if (what < 8 && items->count > 1)
        rearrange(random, items);
    else if (item->is_packet)
        change_packet(random, item, bytes);
    else
        add_packet(random, items);
}

/* --- what engines call ---------------------------------------------------------------------- */

size_t mqf_mutate(enum mqf_form form, uint8_t *data, size_t size, size_t capacity, uint32_t seed,
                  size_t (*bytes)(uint8_t *, size_t, size_t))
{
    static struct mqf_items items;
    struct mqf_random random = mqf_random_init(seed);
    size_t room = capacity < sizeof(input_room) ? capacity : sizeof(input_room);
    size_t new_size;

    if (!has_packets(form) || size > room || mqf_one_in(&random, 4))
        return bytes(data, size, capacity);
    mqf_items_read(form, (struct mqc_slice){data, size}, &items);
    if (items.count == 0)
        return bytes(data, size, capacity);
    if (form == MQF_PACKETS)
        change_one(&random, &items, bytes);
    else
        change_items(&random, &items, bytes);
    new_size = mqf_items_write(&items, input_room, room);
    if (new_size == 0)
        return bytes(data, size, capacity);
    memcpy(data, input_room, new_size);
    return new_size;
}

/* Up to some item those of `a`, from some item on those of `b`; bytes where there are no items. */
size_t mqf_cross(enum mqf_form form, struct mqc_slice a, struct mqc_slice b, uint8_t *out,
                 size_t capacity, uint32_t seed)
{
    static struct mqf_items first;
    static struct mqf_items second;
    struct mqf_random random = mqf_random_init(seed);

    if (!has_packets(form)) {
        size_t of_a = mqf_below(&random, (a.size < capacity ? a.size : capacity) + 1);
        size_t from = mqf_below(&random, b.size + 1);
        size_t of_b = b.size - from < capacity - of_a ? b.size - from : capacity - of_a;

        if (of_a > 0)
            memcpy(out, a.data, of_a);
        if (of_b > 0)
            memcpy(out + of_a, b.data + from, of_b);
        return of_a + of_b;
    }
    mqf_items_read(form, a, &first);
    mqf_items_read(form, b, &second);
    first.count = mqf_below(&random, first.count + 1);
    for (size_t i = mqf_below(&random, second.count + 1);
         i < second.count && first.count < MQF_ITEMS_MAX; i++)
        first.items[first.count++] = second.items[i];
    return mqf_items_write(&first, out, capacity);
}
