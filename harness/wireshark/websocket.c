/* Under the GNU General Public License 2 or later as well as under Apache 2.0: see plugin.c. */
#include "harness/wireshark/websocket.h"

#include <epan/conversation.h>
#include <epan/packet.h>
#include <epan/proto_data.h>

#include "codec/frame.h"

enum { PENDING_MAX = 32 * 1024 * 1024 }; /* a larger packet is not put together */

/* One direction of a connection: the begin of a packet that is not whole. */
struct pending {
    guint8 *data;
    gsize size;
    bool lost; /* a message was cut: where packets begin is not known any more */
};

struct connection {
    struct pending pending[2];
};

/* What a message completes: found in the first pass, shown in every one. */
struct whole {
    guint8 *data;
    guint size;
};

static int proto_key = -1; /* under which a conversation has its connection */
static dissector_handle_t mqtt;

static struct pending *pending_of(packet_info *pinfo)
{
    conversation_t *conversation = find_or_create_conversation(pinfo);
    struct connection *connection = conversation_get_proto_data(conversation, proto_key);
    int order = cmp_address(&pinfo->src, &pinfo->dst);

    if (connection == NULL) {
        connection = wmem_new0(wmem_file_scope(), struct connection);
        conversation_add_proto_data(conversation, proto_key, connection);
    }
    return &connection->pending[order > 0 || (order == 0 && pinfo->srcport > pinfo->destport)];
}

/* Bytes of the whole packets that these begin with; all of them where they cannot be MQTT. */
static gsize whole_size(const guint8 *data, gsize size)
{
    gsize whole = 0;

    while (whole < size) {
        struct mqc_frame frame = {0};
        enum mqc_frame_state state =
            mqc_frame_read((struct mqc_slice){data + whole, size - whole}, &frame);

        if (state == MQC_FRAME_BROKEN)
            return size;
        if (state == MQC_FRAME_INCOMPLETE)
            break;
        whole += frame.size;
    }
    return whole;
}

static struct whole *add(struct pending *pending, tvbuff_t *tvb)
{
    struct whole *whole = wmem_new0(wmem_file_scope(), struct whole);
    gsize size = tvb_captured_length(tvb);

    pending->lost =
        pending->lost || size < tvb_reported_length(tvb) || pending->size + size > PENDING_MAX;
    if (pending->lost)
        return whole;
    pending->data = wmem_realloc(wmem_file_scope(), pending->data, pending->size + size);
    tvb_memcpy(tvb, pending->data + pending->size, 0, size);
    pending->size += size;
    whole->size = (guint)whole_size(pending->data, pending->size);
    if (whole->size == 0)
        return whole;
    whole->data = wmem_memdup(wmem_file_scope(), pending->data, whole->size);
    pending->size -= whole->size;
    memmove(pending->data, pending->data + whole->size, pending->size);
    return whole;
}

/* One message. A frame may have several: the layer tells them apart, the same in every pass. */
static int dissect(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    guint32 key = pinfo->curr_layer_num;
    struct whole *whole;
    tvbuff_t *packets;

    (void)data;
    if (!PINFO_FD_VISITED(pinfo))
        p_add_proto_data(wmem_file_scope(), pinfo, proto_key, key, add(pending_of(pinfo), tvb));
    whole = p_get_proto_data(wmem_file_scope(), pinfo, proto_key, key);
    if (whole == NULL || whole->size == 0)
        return call_data_dissector(tvb, pinfo, tree);
    packets = tvb_new_child_real_data(tvb, whole->data, whole->size, (gint)whole->size);
    add_new_data_source(pinfo, packets, "MQTT over WebSocket");
    call_dissector(mqtt, packets, pinfo, tree);
    return (int)tvb_captured_length(tvb);
}

void mqspec_register_websocket(int proto)
{
    dissector_handle_t handle;

    mqtt = find_dissector("mqtt");
    if (mqtt == NULL)
        return;
    /* Its own key: the plugin keeps something else of a conversation. */
    proto_key = proto_register_protocol_in_name_only(
        "MQTT over WebSocket (mqspec)", "MQTT over WebSocket", "mqspec.ws", proto, FT_PROTOCOL);
    handle = create_dissector_handle(dissect, proto_key);
    dissector_add_string("ws.protocol", "mqtt", handle);
    dissector_add_string("ws.protocol", "mqttv3.1", handle);
}
