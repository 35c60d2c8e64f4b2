#include "harness/scenario/walk.h"

#include <stdarg.h>
#include <stdio.h>

#include "codec/lex.h"
#include "harness/scenario/parse.h"

enum { MEMORY_FIRST = 16 * 1024 };

bool mqh_walk_complain(struct mqh_walk *walk, struct mqc_slice at, const char *format, ...)
{
    char message[MQC_TEXT_MESSAGE_MAX + 160];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (walk->id != NULL)
        return mqh_complain(walk->arena, walk->scenario->source, at, walk->error, "%s (in %s@%s)",
                            message, walk->id, mqc_version_name(walk->version));
    return mqh_complain(walk->arena, walk->scenario->source, at, walk->error, "%s (in MQTT %s)",
                        message, mqc_version_name(walk->version));
}

/* ---- texts ---- */

/* More memory for the codec; false when that is too much for one packet. */
static bool more_memory(struct mqh_walk *walk)
{
    size_t size = walk->memory.size == 0 ? MEMORY_FIRST : walk->memory.size * 4;

    if (size > (size_t)4 * MQH_PACKET_MAX)
        return false;
    walk->memory.data = mqh_arena_alloc(&walk->scratch, size);
    walk->memory.size = size;
    return true;
}

static bool too_large(struct mqh_walk *walk, struct mqc_slice at)
{
    return mqh_walk_complain(walk, at, "this packet is too large: %d bytes are the limit",
                             MQH_PACKET_MAX);
}

/* The codec counts offsets in `text`, of which the part from `own` on stands at `at` in the file.
 */
static bool complain_of_text(struct mqh_walk *walk, const struct mqc_text_error *error,
                             struct mqc_slice at, size_t own)
{
    struct mqc_slice place = at;

    if (error->offset >= own && error->offset - own <= at.size)
        place = (struct mqc_slice){at.data + (error->offset - own), error->size};
    return mqh_walk_complain(walk, place, "%s", error->message);
}

/* The bytes last until the next call. */
static bool encode(struct mqh_walk *walk, unsigned peer, struct mqc_slice text, struct mqc_slice at,
                   size_t own, struct mqc_slice *out)
{
    bool is_server = walk->scenario->peer_is_server[peer];
    struct mqc_text_scope scope = mqh_walk_scope(walk, peer, is_server ? MQC_SERVER : MQC_CLIENT);
    struct mqc_text_error error = {.no_memory = true};

    while (error.no_memory) {
        if ((walk->memory.size == 0 || error.size > 0) && !more_memory(walk))
            return too_large(walk, at);
        walk->memory.used = 0;
        error = (struct mqc_text_error){.size = 1};
        if (mqc_text_encode(text, &scope, &walk->memory, out, &error))
            return out->size <= MQH_PACKET_MAX || too_large(walk, at);
    }
    return complain_of_text(walk, &error, at, own);
}

static bool check_text(struct mqh_walk *walk, unsigned peer)
{
    struct mqc_slice text = walk->expect->text.text;
    bool is_server = walk->scenario->peer_is_server[peer];
    struct mqc_text_scope scope = mqh_walk_scope(walk, peer, is_server ? MQC_CLIENT : MQC_SERVER);
    struct mqc_text_error error = {.no_memory = true};

    while (error.no_memory) {
        if ((walk->memory.size == 0 || error.size > 0) && !more_memory(walk))
            return too_large(walk, text);
        walk->memory.used = 0;
        error = (struct mqc_text_error){.size = 1};
        if (mqc_text_check(text, &scope, &walk->memory, &error))
            return true;
    }
    return complain_of_text(walk, &error, text, 0);
}

/* ---- sending ---- */

/* Adds to what the peer has sent. What is only checked, not judged, is not kept. */
static bool add_sent(struct mqh_walk *walk, struct mqh_walk_peer *peer, struct mqc_slice bytes,
                     struct mqc_slice at)
{
    size_t wanted = peer->sent_size + bytes.size;

    walk->sent_bytes += bytes.size;
    if (walk->sent_bytes > MQH_SENT_MAX)
        return mqh_walk_complain(walk, at, "a case sends at most %d bytes", MQH_SENT_MAX);
    if (walk->id == NULL)
        return true;
    if (wanted > peer->sent_capacity) {
        uint8_t *larger = mqh_arena_alloc(&walk->scratch, 2 * wanted);

        if (peer->sent_size > 0)
            memcpy(larger, peer->sent, peer->sent_size);
        peer->sent = larger;
        peer->sent_capacity = 2 * wanted;
    }
    if (bytes.size > 0)
        memcpy(peer->sent + peer->sent_size, bytes.data, bytes.size);
    peer->sent_size = wanted;
    return true;
}

static void watched(struct mqh_walk *walk, const struct mqh_step *step, struct mqc_slice bytes)
{
    if (walk->watch != NULL)
        walk->watch(walk->watch_context, step, walk->peers[step->peers[0]].version, bytes);
}

static bool send_own(struct mqh_walk *walk, const struct mqh_step *step)
{
    struct mqh_walk_peer *peer = &walk->peers[step->peers[0]];
    struct mqc_slice at = step->text.text.size > 0 ? step->text.text : step->where.text;
    struct mqc_slice bytes;
    struct mqh_arena own_memory = {NULL};
    size_t own;
    struct mqc_slice text = mqh_step_packet(&own_memory, step, &own);
    bool good = encode(walk, step->peers[0], text, at, own, &bytes);

    mqh_arena_free(&own_memory);
    if (good)
        watched(walk, step, bytes);
    return good && add_sent(walk, peer, bytes, at) && (walk->id == NULL || mqh_judge(walk));
}

/* True if `text` has an override with `$name`: `!cut=$n`, `!poke=4:$n`. */
static bool overrides_with(struct mqc_slice text, struct mqc_slice name)
{
    struct mqc_token last[3] = {{0}};

    for (struct mqc_token t = mqc_lex_next(&text); t.kind != MQC_TOKEN_END;
         t = mqc_lex_next(&text)) {
        if (t.kind == MQC_TOKEN_VARIABLE && t.text.size == name.size + 1 &&
            memcmp(t.text.data + 1, name.data, name.size) == 0 && mqc_token_is(&last[0], "!"))
            return true;
        if (mqc_token_is(&t, "+") || mqc_token_is(&t, "-"))
            continue;
        last[0] = last[1];
        last[1] = last[2];
        last[2] = t;
    }
    return false;
}

/* The packet whose body `1..all` counts. */
static bool measure(struct mqh_walk *walk, const struct mqc_slice *text, struct mqc_slice bytes)
{
    struct mqc_frame frame = {.size = 0};

    if (walk->measured == NULL || !overrides_with(*text, walk->measured->name))
        return true;
    if (walk->body != NULL && walk->body->data != text->data)
        return mqh_walk_complain(walk, *text,
                                 "a second packet uses $%.*s in an override: whose "
                                 "body should `all` count?",
                                 (int)walk->measured->name.size,
                                 (const char *)walk->measured->name.data);
    if (walk->body != NULL)
        return true;
    mqc_frame_read(bytes, &frame);
    walk->body = text;
    walk->body_size = bytes.size > frame.header_size ? bytes.size - frame.header_size : 0;
    return true;
}

/* Adds a packet to what the watcher will hear of. */
static void add_watched(struct mqh_walk *walk, struct mqc_slice bytes, struct mqc_slice *write)
{
    uint8_t *longer;

    if (walk->watch == NULL || bytes.size == 0)
        return;
    longer = mqh_arena_alloc(&walk->scratch, write->size + bytes.size);
    if (write->size > 0)
        memcpy(longer, write->data, write->size);
    memcpy(longer + write->size, bytes.data, bytes.size);
    *write = (struct mqc_slice){longer, write->size + bytes.size};
}

static bool send_packets(struct mqh_walk *walk, const struct mqh_step *step)
{
    struct mqh_walk_peer *peer = &walk->peers[step->peers[0]];
    struct mqc_slice write = {NULL, 0};
    struct mqc_slice bytes;

    for (size_t i = 0; i < step->packet_count; i++) {
        struct mqc_slice text = step->packets[i].text;

        walk->starts = mqh_arena_grow(&walk->scratch, walk->starts, i, &walk->start_capacity,
                                      sizeof(*walk->starts));
        walk->starts[i] = peer->sent_size;
        if (!encode(walk, step->peers[0], text, text, 0, &bytes) ||
            !measure(walk, &step->packets[i].text, bytes) || !add_sent(walk, peer, bytes, text))
            return false;
        add_watched(walk, bytes, &write);
    }
    watched(walk, step, write);
    return walk->id == NULL || mqh_judge(walk);
}

/* ---- expecting ---- */

/* What must come, for the watcher. Of alternatives nothing must. `PUBLISH id=$m` is one above QoS
 * 0, whichever. */
static void watch_packet(struct mqh_walk *walk)
{
    struct mqc_slice text = walk->expect->text.text;
    unsigned peer = walk->step->peers[0];
    struct mqc_text_scope scope =
        mqh_walk_scope(walk, peer, walk->scenario->peer_is_server[peer] ? MQC_CLIENT : MQC_SERVER);
    struct mqc_text_error error = {.no_memory = false};
    struct mqc_slice bytes;

    walk->memory.used = 0;
    if (mqc_text_encode(text, &scope, &walk->memory, &bytes, &error)) {
        watched(walk, walk->step, bytes);
        return;
    }
    text = mqc_slice_text(
        mqh_arena_format(&walk->scratch, "%.*s qos=1", (int)text.size, (const char *)text.data));
    walk->memory.used = 0;
    if (mqc_text_encode(text, &scope, &walk->memory, &bytes, &error))
        watched(walk, walk->step, bytes);
}

static void watch_end(struct mqh_walk *walk, const struct mqh_expect *expect)
{
    bool may_end = expect->kind == MQH_EXPECT_CLOSED || expect->kind == MQH_EXPECT_REFUSED;

    for (size_t i = 0; expect->kind == MQH_EXPECT_EITHER && i < expect->child_count; i++)
        may_end = may_end || expect->children[i].kind == MQH_EXPECT_CLOSED ||
                  expect->children[i].kind == MQH_EXPECT_REFUSED;
    if (may_end)
        watched(walk, walk->step, (struct mqc_slice){NULL, 0});
}

static bool walk_expect(struct mqh_walk *walk, const struct mqh_expect *expect, bool must_come)
{
    bool good = true;

    must_come = must_come && walk->step->peer_count == 1 && expect->kind != MQH_EXPECT_EITHER &&
                expect->kind != MQH_EXPECT_CLOSED;

    if (expect->kind == MQH_EXPECT_PACKET) {
        walk->expect = expect;
        for (unsigned i = 0; good && i < walk->step->peer_count; i++)
            good = check_text(walk, walk->step->peers[i]);
        if (good)
            mqh_walk_bind(walk);
        if (good && must_come && walk->watch != NULL)
            watch_packet(walk);
        walk->expect = NULL;
    }
    for (size_t i = 0; good && i < expect->child_count; i++)
        good = walk_expect(walk, &expect->children[i], must_come);
    if (good && expect == walk->step->expect)
        watch_end(walk, expect);
    return good;
}

/* ---- the walk ---- */

static void connect_peer(struct mqh_walk *walk, const struct mqh_step *step)
{
    struct mqh_walk_peer *peer = &walk->peers[step->peers[0]];

    peer->sent_size = 0;
    peer->lost = false;
    if (step->kind == MQH_STEP_CLIENT)
        peer->version = step->version != MQC_VERSION_UNKNOWN ? step->version : walk->version;
}

static bool walk_step(struct mqh_walk *walk, const struct mqh_step *step)
{
    switch (step->kind) {
    case MQH_STEP_CLIENT:
        connect_peer(walk, step);
        if (!step->manual)
            return send_own(walk, step);
        watched(walk, step, (struct mqc_slice){NULL, 0});
        return true;
    case MQH_STEP_SERVER:
    case MQH_STEP_ACCEPT:
        connect_peer(walk, step);
        return true;
    case MQH_STEP_DISCONNECT:
        return send_own(walk, step);
    case MQH_STEP_SEND:
        return send_packets(walk, step);
    case MQH_STEP_EXPECT:
        return walk_expect(walk, step->expect, true);
    case MQH_STEP_CLOSE:
    case MQH_STEP_RESET:
    case MQH_STEP_WAIT:
        watched(walk, step, (struct mqc_slice){NULL, 0});
        return true;
    }
    return true;
}

static void begin_peers(struct mqh_walk *walk)
{
    char client[MQH_C_SIZE + 1];
    char id[MQH_CLIENT_ID_SIZE];

    memset(client, 'c', MQH_C_SIZE);
    client[MQH_C_SIZE] = '\0';
    for (size_t i = 0; i < walk->scenario->peer_count; i++) {
        mqh_client_id(client, i, walk->scenario->peers[i], id);
        walk->peers[i] = (struct mqh_walk_peer){
            .version = walk->version,
            .client_id = mqh_arena_text(&walk->scratch, mqc_slice_text(id)),
        };
    }
}

bool mqh_walk_run(struct mqh_walk *walk)
{
    const struct mqh_scenario *s = walk->scenario;
    bool good = true;

    begin_peers(walk);
    for (size_t i = 0; good && i < s->step_count; i++) {
        walk->step = &s->steps[i];
        if (mqh_step_applies(walk->step, walk->version))
            good = walk_step(walk, walk->step);
    }
    mqh_arena_free(&walk->scratch);
    return good;
}

bool mqh_case_watch(const struct mqh_case *c,
                    void (*watch)(void *context, const struct mqh_step *step,
                                  enum mqc_version version, struct mqc_slice bytes),
                    void *context)
{
    struct mqh_arena arena = {NULL};
    struct mqh_error error = {.message = NULL};
    struct mqh_walk walk = {
        .arena = &arena,
        .scenario = c->scenario,
        .version = c->version,
        .members = c->members,
        .error = &error,
        .watch = watch,
        .watch_context = context,
    };
    bool good = mqh_walk_run(&walk);

    mqh_arena_free(&arena);
    return good;
}
