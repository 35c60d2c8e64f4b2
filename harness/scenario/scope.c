#include <stdlib.h>

#include "codec/lex.h"
#include "harness/scenario/state.h"

#define SCRATCH_FIRST ((size_t)4096)
#define SCRATCH_MAX ((size_t)1 << 30)

static bool in_bindings(const struct mqh_binding *binding, struct mqc_slice name,
                        struct mqc_value *out)
{
    for (; binding != NULL; binding = binding->next)
        if (mqc_slice_equal(binding->name, name)) {
            *out = binding->value;
            return true;
        }
    return false;
}

static bool fixed_text(struct mqc_slice name, const char *is, const char *text,
                       struct mqc_value *out)
{
    if (!mqc_slice_equal(name, mqc_slice_text(is)))
        return false;
    *out = (struct mqc_value){.kind = MQC_VALUE_BYTES, .bytes = mqc_slice_text(text)};
    return true;
}

/* Inner names first. A name that nobody knows is one that an expectation may bind. */
static bool scope_get(void *context, struct mqc_slice name, struct mqc_value *out)
{
    const struct mqh_engine *engine = context;

    if (in_bindings(engine->expect_bindings, name, out) ||
        in_bindings(engine->step_bindings, name, out) || in_bindings(engine->c->members, name, out))
        return true;
    for (const struct mqh_variable *v = engine->variables; v != NULL; v = v->next)
        if (mqc_slice_equal(v->name, name)) {
            *out = v->value;
            return true;
        }
    if (fixed_text(name, "T", engine->options.topic, out) ||
        fixed_text(name, "C", engine->options.client, out) ||
        (engine->options.denied != NULL && fixed_text(name, "D", engine->options.denied, out)))
        return true;
    *out = (struct mqc_value){.kind = MQC_VALUE_NONE};
    return true;
}

static void scope_set(void *context, struct mqc_slice name, const struct mqc_value *value)
{
    struct mqh_engine *engine = context;
    struct mqh_variable *variable = mqh_arena_alloc(engine->arena, sizeof(*variable));

    variable->name = name; /* a piece of the source text */
    variable->value = *value;
    variable->value.bytes = mqh_arena_bytes(engine->arena, value->bytes);
    variable->next = engine->variables;
    engine->variables = variable;
}

struct mqc_text_scope mqh_scope(struct mqh_engine *engine, const struct mqh_connection *connection,
                                enum mqc_side from)
{
    return (struct mqc_text_scope){
        .version = connection->version,
        .from = from,
        .client_id = mqc_slice_text(engine->peers[connection->peer].client_id),
        .get = scope_get,
        .set = scope_set,
        .context = engine,
    };
}

static bool is_connect(struct mqc_slice text)
{
    enum mqc_type type;

    return mqc_text_type(text, &type) && type == MQC_CONNECT;
}

/* True if the text says itself what the CONNECT has of user name and password, be it in a field
 * that a variable stands for. */
static bool names_credentials(const struct mqc_text_scope *scope, struct mqc_slice text)
{
    for (struct mqc_token t = mqc_lex_next(&text); t.kind != MQC_TOKEN_END;
         t = mqc_lex_next(&text)) {
        struct mqc_value value;

        if (mqc_token_is(&t, "username") || mqc_token_is(&t, "password") ||
            mqc_token_is(&t, "connect-flags"))
            return true;
        if (t.kind == MQC_TOKEN_VARIABLE &&
            scope->get(scope->context, (struct mqc_slice){t.text.data + 1, t.text.size - 1},
                       &value) &&
            value.kind == MQC_VALUE_FIELD && names_credentials(scope, value.bytes))
            return true;
        if (t.kind == MQC_TOKEN_BAD)
            break;
    }
    return false;
}

/* Adds the target's user name and password, printed so that they parse. */
static struct mqc_slice with_credentials(struct mqh_engine *engine, struct mqc_slice text)
{
    const char *const values[] = {engine->options.user_name, engine->options.password};
    const char *const names[] = {"username", "password"};
    const char *all = mqh_arena_text(engine->arena, text);

    for (size_t i = 0; i < 2; i++) {
        if (values[i] == NULL)
            continue;
        all = mqh_arena_format(engine->arena, "%s %s=h'", all, names[i]);
        for (const char *c = values[i]; *c != '\0'; c++)
            all = mqh_arena_format(engine->arena, "%s%02x", all, (unsigned)(unsigned char)*c);
        all = mqh_arena_format(engine->arena, "%s'", all);
    }
    return mqc_slice_text(all);
}

bool mqh_scope_encode(struct mqh_engine *engine, const struct mqh_connection *connection,
                      struct mqc_slice text, struct mqc_slice *out)
{
    bool is_server = engine->peers[connection->peer].is_server;
    struct mqc_text_scope scope =
        mqh_scope(engine, connection, is_server ? MQC_SERVER : MQC_CLIENT);
    struct mqc_text_error error = {0};

    if (!is_server && engine->options.user_name != NULL && is_connect(text) &&
        !names_credentials(&scope, text))
        text = with_credentials(engine, text);
    for (size_t size = SCRATCH_FIRST; size <= SCRATCH_MAX; size *= 8) {
        struct mqc_text_memory memory = {.data = malloc(size), .size = size};
        bool ok;

        if (memory.data == NULL)
            break;
        ok = mqc_text_encode(text, &scope, &memory, out, &error);
        if (ok)
            *out = mqh_arena_bytes(engine->arena, *out);
        free(memory.data);
        if (ok)
            return true;
        if (!error.no_memory)
            break;
    }
    mqh_engine_error(engine, mqh_arena_format(engine->arena, "cannot encode: %s", error.message));
    return false;
}

static const char *quoted(struct mqh_engine *engine, struct mqc_slice text)
{
    return mqh_arena_text(engine->arena, text);
}

enum mqc_text_result mqh_scope_match(struct mqh_engine *engine,
                                     const struct mqh_connection *connection, struct mqc_slice text,
                                     const struct mqc_packet *packet, struct mqh_verdict_text *why)
{
    struct mqc_text_scope scope = mqh_scope(engine, connection, connection->peer_side);
    struct mqc_text_mismatch mismatch = {0};
    struct mqc_text_error error = {0};
    enum mqc_text_result result = MQC_TEXT_ERROR;

    for (size_t size = SCRATCH_FIRST; size <= SCRATCH_MAX; size *= 8) {
        struct mqc_text_memory memory = {.data = malloc(size), .size = size};

        if (memory.data == NULL)
            break;
        error.no_memory = false;
        result = mqc_text_match(text, &scope, packet, &memory, &mismatch, &error);
        if (result == MQC_TEXT_MISMATCH) {
            why->reason = mqh_arena_format(engine->arena, "%s is %s, expected %s", mismatch.field,
                                           quoted(engine, mismatch.actual),
                                           quoted(engine, mismatch.expected));
            why->expected = quoted(engine, text);
            why->actual = mqh_packet_text(engine, packet);
            why->absence = false;
        }
        free(memory.data);
        if (result != MQC_TEXT_ERROR || !error.no_memory)
            break;
    }
    if (result == MQC_TEXT_ERROR)
        mqh_engine_error(engine,
                         mqh_arena_format(engine->arena, "cannot match: %s", error.message));
    return result;
}
