#include "harness/scenario/session.h"

#include <stdarg.h>
#include <stdio.h>

/* --- from a case ---------------------------------------------------------------------------- */

/* Bytes that grow in an arena. */
struct growing {
    struct mqh_arena *arena;
    uint8_t *bytes;
    size_t size;
    size_t capacity;
};

static uint8_t *extend(struct growing *to, size_t size)
{
    if (size > to->capacity - to->size) {
        uint8_t *old = to->bytes;

        to->capacity = 2 * to->capacity + size + 64;
        to->bytes = mqh_arena_alloc(to->arena, to->capacity);
        if (to->size > 0)
            memcpy(to->bytes, old, to->size);
    }
    to->size += size;
    return to->bytes + to->size - size;
}

struct maker {
    struct growing records;
    unsigned clients[MQH_PEERS_MAX]; /* the client's number, by the peer's */
};

static void add(struct maker *maker, const struct mqh_session_record *record)
{
    struct mqc_writer measured = mqc_writer_init(NULL, 0);
    struct mqc_writer w;

    mqh_session_write(&measured, record);
    w = mqc_writer_init(extend(&maker->records, measured.size), measured.size);
    mqh_session_write(&w, record);
}

static void add_step(void *context, const struct mqh_step *step, enum mqc_version version,
                     struct mqc_slice bytes)
{
    struct maker *maker = context;
    struct mqh_session_record record = {
        .client = maker->clients[step->peers[0]],
        .version = version,
        .bytes = bytes,
    };

    switch (step->kind) {
    case MQH_STEP_CLIENT:
        record.op = MQH_SESSION_CONNECT;
        add(maker, &record);
        record.op = MQH_SESSION_SEND;
        if (!step->manual)
            add(maker, &record);
        break;
    case MQH_STEP_SEND:
        record.op = step->split > 0 ? MQH_SESSION_SEGMENT : MQH_SESSION_SEND;
        record.piece_size = step->split < UINT16_MAX ? step->split : UINT16_MAX;
        add(maker, &record);
        break;
    case MQH_STEP_DISCONNECT:
        record.op = MQH_SESSION_SEND;
        add(maker, &record);
        record.op = MQH_SESSION_CLOSE;
        add(maker, &record);
        break;
    case MQH_STEP_CLOSE:
    case MQH_STEP_RESET:
        record.op = step->kind == MQH_STEP_CLOSE ? MQH_SESSION_CLOSE : MQH_SESSION_RESET;
        add(maker, &record);
        break;
    case MQH_STEP_WAIT:
        record = (struct mqh_session_record){.op = MQH_SESSION_WAIT, .wait_ms = step->wait_ms};
        add(maker, &record);
        break;
    case MQH_STEP_EXPECT:
    case MQH_STEP_SERVER:
    case MQH_STEP_ACCEPT:
        break;
    }
}

/* The number in a name such as c7; MQH_SESSION_CLIENTS if it is none. */
static unsigned number_in(const char *name)
{
    unsigned number = MQH_SESSION_CLIENTS;
    char back[8];

    if (sscanf(name, "c%2u", &number) != 1 || number >= MQH_SESSION_CLIENTS)
        return MQH_SESSION_CLIENTS;
    snprintf(back, sizeof back, "c%u", number);
    return strcmp(name, back) == 0 ? number : MQH_SESSION_CLIENTS;
}

/* Clients named as mqh_session_text() names them keep their numbers, others count from 0. */
static bool number_clients(const struct mqh_scenario *scenario, unsigned *clients)
{
    bool named = true;

    if (scenario->peer_count > MQH_SESSION_CLIENTS)
        return false;
    for (size_t i = 0; i < scenario->peer_count; i++) {
        if (scenario->peer_is_server[i])
            return false;
        clients[i] = number_in(scenario->peers[i]);
        named = named && clients[i] < MQH_SESSION_CLIENTS;
    }
    for (size_t i = 0; i < scenario->peer_count && !named; i++)
        clients[i] = (unsigned)i;
    return true;
}

bool mqh_session_of_case(struct mqh_arena *arena, const struct mqh_case *c, struct mqc_slice *out)
{
    struct maker maker = {.records = {.arena = arena}};

    if (!number_clients(c->scenario, maker.clients) || !mqh_case_watch(c, add_step, &maker))
        return false;
    *out = (struct mqc_slice){maker.records.bytes, maker.records.size};
    return true;
}

/* --- to a text ------------------------------------------------------------------------------ */

struct client {
    bool known; /* has been there before */
    bool connected;
    bool lost; /* Remaining Length was broken: what follows is not judged */
    enum mqc_version version;
    struct growing sent; /* what makes no whole packet yet */
};

struct printer {
    struct growing text;
    struct client clients[MQH_SESSION_CLIENTS];
};

__attribute__((format(printf, 2, 3))) static void print(struct printer *p, const char *format, ...)
{
    char line[64];
    va_list arguments;
    int size;

    va_start(arguments, format);
    size = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    memcpy(extend(&p->text, (size_t)size), line, (size_t)size);
}

static void print_raw(struct printer *p, struct mqc_slice bytes)
{
    print(p, "RAW h'");
    for (size_t i = 0; i < bytes.size; i++)
        print(p, "%02x", bytes.data[i]);
    print(p, "'");
}

/* Decodes the packet in `frame` and says whether anything in it is more than a note. */
static bool decode(const struct mqc_frame *frame, struct mqc_packet *packet)
{
    struct mqc_fault first;
    struct mqc_faults faults = {.items = &first, .capacity = 1, .stop_at_first = true};
    struct mqc_faults all = {.items = NULL};

    mqc_packet_decode(frame, packet, &faults);
    mqc_packet_decode(frame, packet, &all);
    return faults.count > 0;
}

static void print_packet(struct printer *p, const struct mqc_packet *packet)
{
    const struct mqc_text_style plain = {.limit = 0};
    size_t size = mqc_text_print(packet, plain, NULL, 0);

    mqc_text_print(packet, plain, (char *)extend(&p->text, size + 1), size + 1);
    p->text.size--; /* the NUL */
}

/* One write, packet by packet; what is no whole packet becomes RAW. */
static void print_write(struct printer *p, const struct client *client, struct mqc_slice bytes)
{
    bool first = true;

    while (bytes.size > 0 || first) {
        struct mqc_frame frame = {.version = client->version, .from = MQC_CLIENT};
        struct mqc_packet packet;

        if (!first)
            print(p, " ; ");
        first = false;
        if (mqc_frame_read(bytes, &frame) != MQC_FRAME_COMPLETE) {
            print_raw(p, bytes);
            return;
        }
        decode(&frame, &packet);
        print_packet(p, &packet);
        bytes.data += frame.size;
        bytes.size -= frame.size;
    }
}

/* Whether the other end, reading on from what came before, finds a fault in this write: then the
 * line has to say `breaks any`. */
static bool is_broken(struct client *client, struct mqc_slice bytes)
{
    bool broken = false;
    size_t taken = 0;

    if (client->lost)
        return false;
    if (bytes.size > 0)
        memcpy(extend(&client->sent, bytes.size), bytes.data, bytes.size);
    while (taken < client->sent.size) {
        struct mqc_frame frame = {.version = client->version, .from = MQC_CLIENT};
        struct mqc_slice rest = {client->sent.bytes + taken, client->sent.size - taken};
        struct mqc_packet packet;
        enum mqc_frame_state state = mqc_frame_read(rest, &frame);

        if (state == MQC_FRAME_INCOMPLETE)
            break;
        client->lost = state == MQC_FRAME_BROKEN;
        if (client->lost) {
            client->sent.size = 0;
            return true;
        }
        broken = decode(&frame, &packet) || broken;
        taken += frame.size;
    }
    client->sent.size -= taken;
    if (taken > 0 && client->sent.size > 0)
        memmove(client->sent.bytes, client->sent.bytes + taken, client->sent.size);
    return broken;
}

static void print_send(struct printer *p, const struct mqh_session_record *record)
{
    struct client *client = &p->clients[record->client];

    print(p, "c%u -> ", record->client);
    print_write(p, client, record->bytes);
    if (record->op == MQH_SESSION_SEGMENT)
        print(p, "  split=%u", record->piece_size);
    print(p, "%s", is_broken(client, record->bytes) ? "  breaks any\n" : "\n");
}

static void print_record(struct printer *p, const struct mqh_session_record *record)
{
    struct client *client = &p->clients[record->client];

    if (record->op == MQH_SESSION_WAIT) {
        if (record->wait_ms > 0)
            print(p, "wait %ums\n", record->wait_ms);
        return;
    }
    if (record->op == MQH_SESSION_CONNECT) {
        print(p, "client c%u %smanual @%s\n", record->client, client->known ? "again " : "",
              mqc_version_name(record->version));
        client->known = client->connected = true;
        client->lost = false;
        client->version = record->version;
        client->sent.size = 0;
        return;
    }
    if (!client->connected)
        return;
    if (record->op == MQH_SESSION_SEND || record->op == MQH_SESSION_SEGMENT) {
        print_send(p, record);
        return;
    }
    print(p, "c%u %s\n", record->client, record->op == MQH_SESSION_CLOSE ? "close" : "reset");
    client->connected = false;
}

struct mqc_slice mqh_session_text(struct mqh_arena *arena, const char *name,
                                  struct mqc_slice session)
{
    struct printer p = {.text = {.arena = arena}};
    struct mqh_session_record record;

    for (size_t i = 0; i < MQH_SESSION_CLIENTS; i++)
        p.clients[i].sent.arena = arena;
    memcpy(extend(&p.text, 10), "scenario \"", 10);
    memcpy(extend(&p.text, strlen(name)), name, strlen(name));
    print(&p, "\"\nversions 5.0\n\n");
    while (mqh_session_next(&session, &record))
        print_record(&p, &record);
    return (struct mqc_slice){p.text.bytes, p.text.size};
}
