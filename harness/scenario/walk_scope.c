#include "codec/lex.h"
#include "harness/scenario/walk.h"

static bool find_binding(const struct mqh_binding *binding, struct mqc_slice name,
                         struct mqc_value *out)
{
    for (; binding != NULL; binding = binding->next)
        if (mqc_slice_equal(binding->name, name)) {
            *out = binding->value;
            return true;
        }
    return false;
}

static bool find_known(const struct mqh_walk *walk, struct mqc_slice name, struct mqc_value *out)
{
    static const char names[] = "TCD";
    static const char stand_ins[][MQH_T_SIZE + 1] = {"tttttttttttttttt", "ccccccccccc", "denied"};
    const char *at;

    if ((walk->expect != NULL && find_binding(walk->expect->bindings, name, out)) ||
        find_binding(walk->step->bindings, name, out) || find_binding(walk->members, name, out))
        return true;
    for (const struct mqh_walk_variable *v = walk->variables; v != NULL; v = v->next)
        if (mqc_slice_equal(v->name, name)) {
            *out = v->value;
            return true;
        }
    at = name.size == 1 && name.data[0] != '\0' ? strchr(names, name.data[0]) : NULL;
    if (at == NULL)
        return false;
    out->kind = MQC_VALUE_BYTES;
    out->bytes = mqc_slice_text(stand_ins[at - names]);
    return true;
}

/* True if `$name` stands outside quotes in what is expected: there it is bound if it is new. */
static bool may_bind(const struct mqh_walk *walk, struct mqc_slice name)
{
    struct mqc_slice rest;

    if (walk->expect == NULL)
        return false;
    rest = walk->expect->text.text;
    for (struct mqc_token t = mqc_lex_next(&rest); t.kind != MQC_TOKEN_END; t = mqc_lex_next(&rest))
        if (t.kind == MQC_TOKEN_VARIABLE && t.text.size == name.size + 1 &&
            memcmp(t.text.data + 1, name.data, name.size) == 0)
            return true;
    return false;
}

static bool scope_get(void *context, struct mqc_slice name, struct mqc_value *out)
{
    const struct mqh_walk *walk = context;

    *out = (struct mqc_value){.kind = MQC_VALUE_NONE};
    return find_known(walk, name, out) || may_bind(walk, name);
}

static bool is_bytes_field(struct mqc_slice field)
{
    static const char *const names[] = {"topic",
                                        "payload",
                                        "client-id",
                                        "username",
                                        "password",
                                        "protocol-name",
                                        "content-type",
                                        "response-topic",
                                        "correlation-data",
                                        "assigned-client-identifier",
                                        "authentication-method",
                                        "authentication-data",
                                        "response-information",
                                        "server-reference",
                                        "reason-string",
                                        "user-property"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (mqc_slice_equal(mqc_slice_text(names[i]), field))
            return true;
    return false;
}

static struct mqc_value stand_in(struct mqh_walk *walk, const struct mqc_token *field)
{
    struct mqc_value number = {.kind = MQC_VALUE_NUMBER, .number = 1};

    if (mqc_token_is(field, "maximum-packet-size"))
        number.number = 1000;
    if (mqc_token_is(field, "id"))
        number.number = ++walk->identifiers;
    return number;
}

/* Which kind it holds is told by the field before `=`; in the list of SUBSCRIBE and UNSUBSCRIBE,
 * and in a pair, that is bytes. */
void mqh_walk_bind(struct mqh_walk *walk)
{
    static const struct mqc_value bytes = {.kind = MQC_VALUE_BYTES,
                                           .bytes = {(const uint8_t *)"x", 1}};
    struct mqc_slice rest = walk->expect->text.text;
    struct mqc_token field = {0};
    struct mqc_token before = {0};
    enum mqc_type type = MQC_RESERVED;
    bool has_filters;

    mqc_text_type(rest, &type);
    has_filters = type == MQC_SUBSCRIBE || type == MQC_UNSUBSCRIBE;
    for (struct mqc_token t = mqc_lex_next(&rest); t.kind != MQC_TOKEN_END;
         t = mqc_lex_next(&rest)) {
        struct mqc_slice name = {t.text.data + 1, t.text.size - 1};
        struct mqc_value value;
        bool in_field = mqc_token_is(&before, "=");

        if (t.kind == MQC_TOKEN_VARIABLE && !find_known(walk, name, &value)) {
            struct mqh_walk_variable *variable = mqh_arena_alloc(&walk->scratch, sizeof(*variable));
            bool is_bytes =
                in_field ? is_bytes_field(field.text) : has_filters || is_bytes_field(field.text);

            *variable = (struct mqh_walk_variable){name, is_bytes ? bytes : stand_in(walk, &field),
                                                   walk->variables};
            walk->variables = variable;
        }
        if (mqc_token_is(&t, "["))
            field = (struct mqc_token){0};
        if (mqc_token_is(&t, "=") && before.kind == MQC_TOKEN_WORD)
            field = before;
        before = t;
    }
}

struct mqc_text_scope mqh_walk_scope(struct mqh_walk *walk, unsigned peer, enum mqc_side from)
{
    return (struct mqc_text_scope){
        .version = walk->peers[peer].version,
        .from = from,
        .client_id = mqc_slice_text(walk->peers[peer].client_id),
        .get = scope_get,
        .context = walk,
    };
}
