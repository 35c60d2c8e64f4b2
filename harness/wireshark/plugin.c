/*
 * mqspec in Wireshark and tshark: every breach of the standards, by client or server, as an expert
 * info and as fields to filter by, beside Wireshark's own dissection of MQTT.
 *
 *     mqspec            packets with a breach
 *     mqspec.rule       "v5 MQTT-3.8.3-2"
 *     mqspec.level      MUST or SHOULD
 *     mqspec.side       client or server
 *     mqspec.fault      the same rule, where the packet alone breaks it: what the decoder found
 *     mqspec.text       what happened
 *
 * It comes after all dissectors, takes the bytes of each MQTT packet from what theirs have found
 * (so that TCP, TLS and WebSocket are Wireshark's), and hands them to the monitor in the first pass
 * over the file. What the monitor says is kept by frame and shown whenever the frame is.
 *
 * This folder is under the GNU General Public License 2 or later as well as under Apache 2.0, for
 * it is linked with libwireshark. Nothing else of mqspec is linked with it.
 */
#define WS_BUILD_DLL

#include <epan/conversation.h>
#include <epan/expert.h>
#include <epan/packet.h>
#include <epan/proto.h>
#include <stdlib.h>
#include <ws_version.h>

#include "harness/monitor/monitor.h"
#include "harness/wireshark/websocket.h"

WS_DLL_PUBLIC_DEF const gchar plugin_version[] = MQSPEC_VERSION;
WS_DLL_PUBLIC_DEF const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
WS_DLL_PUBLIC_DEF const int plugin_want_minor = WIRESHARK_VERSION_MINOR;

WS_DLL_PUBLIC void plugin_register(void);

enum { BLOCK_SIZE = 64 * 1024 * 1024 }; /* of the monitor; only what is used costs */

static int proto = -1;
static int hf_rule = -1;
static int hf_level = -1;
static int hf_side = -1;
static int hf_fault = -1;
static int hf_text = -1;
static int ett = -1;
static expert_field ei_must = EI_INIT;
static expert_field ei_should = EI_INIT;

static int hf_mqtt = -1; /* of Wireshark's dissectors */
static int hf_fin = -1;
static int hf_reset = -1;

/* ---- what is kept ---- */

/* One breach, as long as the file is open. */
struct found {
    const char *rule;
    const char *text;
    enum mqc_side side;
    bool must;
    bool fault;
    struct found *next;
};

/* A TCP connection. */
struct talk {
    guint32 server_port;
    address server;
    bool closed;
};

static void *block;
static struct mqh_monitor *monitor;
static wmem_map_t *found_by_frame;
static guint32 present_frame;

static void on_breach(void *context, const struct mqh_breach *breach)
{
    struct found *found = wmem_new0(wmem_file_scope(), struct found);
    struct found *list = wmem_map_lookup(found_by_frame, GUINT_TO_POINTER(present_frame));

    (void)context;
    found->rule = wmem_strdup_printf(wmem_file_scope(), "%s %s", mqc_version_space(breach->version),
                                     breach->id);
    found->text = wmem_strdup_printf(wmem_file_scope(), "%s: %s", breach->says, breach->text);
    found->side = breach->side;
    found->must = breach->level == MQC_MUST;
    found->fault = breach->fault != NULL;
    if (list == NULL) {
        wmem_map_insert(found_by_frame, GUINT_TO_POINTER(present_frame), found);
        return;
    }
    while (list->next != NULL)
        list = list->next;
    list->next = found;
}

/* A file is opened. */
static void begin(void)
{
    const struct mqh_monitor_options options = {.breach = on_breach};

    block = malloc(BLOCK_SIZE);
    monitor = block == NULL ? NULL : mqh_monitor_new(block, BLOCK_SIZE, &options);
    found_by_frame = wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
}

static void end(void)
{
    free(block);
    block = NULL;
    monitor = NULL;
}

/* ---- the first pass ---- */

static uint64_t time_of(const packet_info *pinfo)
{
    return (uint64_t)pinfo->abs_ts.secs * 1000 + (uint64_t)pinfo->abs_ts.nsecs / 1000000;
}

/* Who serves: whoever a CONNECT goes to; without one, whoever has the lower port. */
static struct talk *begin_talk(const packet_info *pinfo, conversation_t *conversation,
                               bool is_connect)
{
    struct talk *talk = wmem_new0(wmem_file_scope(), struct talk);
    bool to_server = is_connect || pinfo->destport <= pinfo->srcport;

    talk->server_port = to_server ? pinfo->destport : pinfo->srcport;
    copy_address_wmem(wmem_file_scope(), &talk->server, to_server ? &pinfo->dst : &pinfo->src);
    conversation_add_proto_data(conversation, proto, talk);
    mqh_monitor_open(monitor, conversation->conv_index, MQC_VERSION_UNKNOWN, is_connect,
                     time_of(pinfo));
    return talk;
}

static enum mqc_side sender(const packet_info *pinfo, const struct talk *talk)
{
    return pinfo->srcport == talk->server_port && addresses_equal(&pinfo->src, &talk->server)
               ? MQC_SERVER
               : MQC_CLIENT;
}

static void judge_packet(const packet_info *pinfo, conversation_t *conversation,
                         const field_info *field)
{
    struct talk *talk = conversation_get_proto_data(conversation, proto);
    gint size = field->length;
    const guint8 *bytes;

    if (size <= 0 || !tvb_bytes_exist(field->ds_tvb, field->start, size))
        return; /* the capture cut it */
    bytes = tvb_get_ptr(field->ds_tvb, field->start, size);
    if (talk == NULL)
        talk = begin_talk(pinfo, conversation, bytes[0] >> 4 == MQC_CONNECT);
    mqh_monitor_packet(monitor, conversation->conv_index, sender(pinfo, talk),
                       (struct mqc_slice){bytes, (size_t)size}, time_of(pinfo));
}

static bool is_set(const proto_tree *tree, int field)
{
    GPtrArray *found = field < 0 ? NULL : proto_get_finfo_ptr_array(tree, field);

    for (guint i = 0; found != NULL && i < found->len; i++) {
        field_info *info = g_ptr_array_index(found, i);

        if (fvalue_get_uinteger64(&info->value) != 0)
            return true;
    }
    return false;
}

static void judge(packet_info *pinfo, const proto_tree *tree)
{
    GPtrArray *packets = proto_get_finfo_ptr_array(tree, hf_mqtt);
    conversation_t *conversation;
    struct talk *talk;

    present_frame = pinfo->num;
    conversation =
        packets != NULL ? find_or_create_conversation(pinfo) : find_conversation_pinfo(pinfo, 0);
    for (guint i = 0; packets != NULL && i < packets->len; i++)
        judge_packet(pinfo, conversation, g_ptr_array_index(packets, i));
    talk = conversation == NULL ? NULL : conversation_get_proto_data(conversation, proto);
    if (talk == NULL || talk->closed || !(is_set(tree, hf_fin) || is_set(tree, hf_reset)))
        return;
    talk->closed = true;
    mqh_monitor_close(monitor, conversation->conv_index, sender(pinfo, talk), time_of(pinfo));
}

/* ---- every pass ---- */

static void show(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, const struct found *found)
{
    const char *side = found->side == MQC_CLIENT ? "client" : "server";
    proto_item *item =
        proto_tree_add_protocol_format(tree, proto, tvb, 0, 0, "mqspec: %s (%s, %s)", found->rule,
                                       found->must ? "MUST" : "SHOULD", side);
    proto_tree *sub = proto_item_add_subtree(item, ett);

    proto_tree_add_string(sub, hf_rule, tvb, 0, 0, found->rule);
    proto_tree_add_string(sub, hf_level, tvb, 0, 0, found->must ? "MUST" : "SHOULD");
    proto_tree_add_string(sub, hf_side, tvb, 0, 0, side);
    if (found->fault)
        proto_tree_add_string(sub, hf_fault, tvb, 0, 0, found->rule);
    proto_tree_add_string(sub, hf_text, tvb, 0, 0, found->text);
    expert_add_info_format(pinfo, item, found->must ? &ei_must : &ei_should, "%s, %s: %s",
                           found->rule, side, found->text);
}

static int dissect(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    const struct found *found;

    (void)data;
    if (monitor == NULL || tree == NULL)
        return 0;
    if (!PINFO_FD_VISITED(pinfo))
        judge(pinfo, tree);
    for (found = wmem_map_lookup(found_by_frame, GUINT_TO_POINTER(pinfo->num)); found != NULL;
         found = found->next)
        show(tvb, pinfo, tree, found);
    return (int)tvb_captured_length(tvb);
}

/* ---- registration ---- */

static void register_fields(void)
{
    static hf_register_info fields[] = {
        {&hf_rule,
         {"Requirement", "mqspec.rule", FT_STRING, BASE_NONE, NULL, 0, "broken by this packet",
          HFILL}},
        {&hf_level,
         {"Level", "mqspec.level", FT_STRING, BASE_NONE, NULL, 0, "MUST or SHOULD", HFILL}},
        {&hf_side,
         {"Side", "mqspec.side", FT_STRING, BASE_NONE, NULL, 0, "client or server", HFILL}},
        {&hf_fault,
         {"Fault", "mqspec.fault", FT_STRING, BASE_NONE, NULL, 0,
          "a requirement that the packet alone breaks", HFILL}},
        {&hf_text, {"Text", "mqspec.text", FT_STRING, BASE_NONE, NULL, 0, "what happened", HFILL}},
    };
    static int *subtrees[] = {&ett};
    static ei_register_info infos[] = {
        {&ei_must,
         {"mqspec.must", PI_PROTOCOL, PI_ERROR, "a MUST of the MQTT standard is broken", EXPFILL}},
        {&ei_should,
         {"mqspec.should", PI_PROTOCOL, PI_WARN, "a SHOULD of the MQTT standard is broken",
          EXPFILL}},
    };

    proto = proto_register_protocol("MQTT requirements (mqspec)", "mqspec", "mqspec");
    proto_register_field_array(proto, fields, array_length(fields));
    proto_register_subtree_array(subtrees, array_length(subtrees));
    expert_register_field_array(expert_register_protocol(proto), infos, array_length(infos));
    register_init_routine(begin);
    register_cleanup_routine(end);
}

static void register_handoff(void)
{
    dissector_handle_t handle = create_dissector_handle(dissect, proto);
    GArray *wanted = g_array_new(FALSE, FALSE, sizeof(int));

    hf_mqtt = proto_registrar_get_id_byname("mqtt");
    hf_fin = proto_registrar_get_id_byname("tcp.flags.fin");
    hf_reset = proto_registrar_get_id_byname("tcp.flags.reset");
    g_array_append_val(wanted, hf_mqtt);
    g_array_append_val(wanted, hf_fin);
    g_array_append_val(wanted, hf_reset);
    mqspec_register_websocket(proto);
    register_postdissector(handle);
    set_postdissector_wanted_hfids(handle, wanted);
}

void plugin_register(void)
{
    static proto_plugin plugin;

    plugin.register_protoinfo = register_fields;
    plugin.register_handoff = register_handoff;
    proto_register_plugin(&plugin);
}
