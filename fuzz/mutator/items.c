#include "fuzz/mutator/items.h"

static bool is_session(enum mqf_form form)
{
    return form == MQF_SESSIONS || form == MQF_TALKS;
}

static bool is_traffic(const struct mqh_session_record *record)
{
    return record->op == MQH_SESSION_SEND || record->op == MQH_SESSION_SEGMENT;
}

/* --- reading -------------------------------------------------------------------------------- */

/* Adds the packets in item.record.bytes, one item each, and then what is no packet. */
static void add_packets(struct mqf_items *out, struct mqf_item item)
{
    struct mqc_slice rest = item.record.bytes;

    size_t most = out->form == MQF_PACKETS ? 2 : MQF_ITEMS_MAX;

    while (rest.size > 0 && out->count < most) {
        struct mqc_frame frame = {.version = item.version};
        bool last = out->count == most - 1;

        item.is_packet = !last && mqc_frame_read(rest, &frame) == MQC_FRAME_COMPLETE;
        item.record.bytes = (struct mqc_slice){rest.data, item.is_packet ? frame.size : rest.size};
        out->items[out->count++] = item;
        rest.data += item.record.bytes.size;
        rest.size -= item.record.bytes.size;
    }
}

static void read_stream(struct mqc_slice input, struct mqf_items *out)
{
    struct mqf_stream stream = mqf_stream_read(input);
    struct mqf_item item = {.version = stream.version, .from = stream.from};

    out->how = input.size > 0 ? input.data[0] : 0;
    item.record.bytes = stream.bytes;
    add_packets(out, item);
}

static void read_session(struct mqc_slice input, struct mqf_items *out)
{
    enum mqc_version versions[MQH_SESSION_CLIENTS];
    struct mqf_item item = {.from = MQC_CLIENT};

    for (size_t i = 0; i < MQH_SESSION_CLIENTS; i++)
        versions[i] = MQC_V5;
    while (out->count < MQF_ITEMS_MAX && mqh_session_next(&input, &item.record)) {
        if (item.record.op == MQH_SESSION_CONNECT)
            versions[item.record.client] = item.record.version;
        item.version = versions[item.record.client];
        if (out->form == MQF_TALKS && item.record.client % 2 == 1) {
            item.version = versions[item.record.client - 1];
            item.from = MQC_SERVER;
        } else {
            item.from = MQC_CLIENT;
        }
        item.is_packet = false;
        if (is_traffic(&item.record) && item.record.bytes.size > 0)
            add_packets(out, item);
        else
            out->items[out->count++] = item;
    }
}

void mqf_items_read(enum mqf_form form, struct mqc_slice input, struct mqf_items *out)
{
    out->form = form;
    out->how = 0;
    out->count = 0;
    if (is_session(form))
        read_session(input, out);
    else
        read_stream(input, out);
}

/* --- writing -------------------------------------------------------------------------------- */

size_t mqf_items_write(const struct mqf_items *items, uint8_t *out, size_t capacity)
{
    struct mqc_writer writer = mqc_writer_init(out, capacity);

    if (!is_session(items->form))
        mqc_writer_u8(&writer, items->how);
    for (size_t i = 0; i < items->count; i++) {
        struct mqc_writer before = writer;

        if (!is_session(items->form))
            mqc_writer_bytes(&writer, items->items[i].record.bytes);
        else
            mqh_session_write(&writer, &items->items[i].record);
        if (writer.failed)
            return before.size;
    }
    return writer.failed ? 0 : writer.size;
}

/* --- the list ------------------------------------------------------------------------------- */

bool mqf_items_insert(struct mqf_items *items, size_t index)
{
    if (items->count == MQF_ITEMS_MAX)
        return false;
    if (index == items->count)
        items->items[index] = items->items[index - 1];
    else
        memmove(&items->items[index + 1], &items->items[index],
                (items->count - index) * sizeof(items->items[0]));
    items->count++;
    return true;
}

void mqf_items_remove(struct mqf_items *items, size_t index)
{
    items->count--;
    memmove(&items->items[index], &items->items[index + 1],
            (items->count - index) * sizeof(items->items[0]));
}

void mqf_items_swap(struct mqf_items *items, size_t a, size_t b)
{
    struct mqf_item kept = items->items[a];

    items->items[a] = items->items[b];
    items->items[b] = kept;
}
