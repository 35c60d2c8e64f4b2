#include "codec/lex.h"
#include "harness/scenario/walk.h"

void mqh_client_id(const char *client, size_t index, const char *name, char out[MQH_CLIENT_ID_SIZE])
{
    size_t size = 0;

    for (const char *c = client; *c != '\0' && size < MQH_C_SIZE; c++)
        out[size++] = *c;
    out[size++] = (char)('a' + index % 26);
    if (index >= 26)
        out[size++] = (char)('a' + index / 26 % 26);
    for (const char *c = name; *c != '\0' && size < MQH_CLIENT_ID_SIZE - 1; c++)
        if ((*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z'))
            out[size++] = *c;
    out[size] = '\0';
}

/* ---- the fields of the first time that `again` does not name itself ---- */

struct field {
    struct mqc_slice text; /* all of it */
    struct mqc_slice name; /* `keep-alive`, `!cut`, `$p` */
};

/* True if a field begins here: a word behind a blank that is no part of a value. */
static bool begins_field(const struct mqc_token *token, const struct mqc_token *before)
{
    if (before->kind == MQC_TOKEN_END)
        return true;
    return token->spaced && !mqc_token_is(before, "=") && !mqc_token_is(before, "*") &&
           !mqc_token_is(before, "!") && !mqc_token_is(before, "..") &&
           (token->kind == MQC_TOKEN_WORD || token->kind == MQC_TOKEN_VARIABLE ||
            mqc_token_is(token, "!"));
}

static bool next_field(struct mqc_slice *rest, struct field *out)
{
    struct mqc_token before = {.kind = MQC_TOKEN_END};
    size_t depth = 0;

    for (;;) {
        struct mqc_slice ahead = *rest;
        struct mqc_token token = mqc_lex_next(&ahead);

        if (token.kind == MQC_TOKEN_END)
            return before.kind != MQC_TOKEN_END;
        if (depth == 0 && begins_field(&token, &before)) {
            if (before.kind != MQC_TOKEN_END)
                return true;
            *out = (struct field){token.text, token.text};
        }
        if (mqc_token_is(&token, "(") || mqc_token_is(&token, "[") || mqc_token_is(&token, "{"))
            depth++;
        if (depth > 0 &&
            (mqc_token_is(&token, ")") || mqc_token_is(&token, "]") || mqc_token_is(&token, "}")))
            depth--;
        out->text.size = (size_t)(token.text.data + token.text.size - out->text.data);
        if (mqc_token_is(&before, "!") && out->name.size == 1)
            out->name.size = out->text.size;
        before = token;
        *rest = ahead;
    }
}

static bool is_session(struct mqc_slice name)
{
    return mqc_slice_equal(name, mqc_slice_text("session")) ||
           mqc_slice_equal(name, mqc_slice_text("clean-start"));
}

static bool is_named(struct mqc_slice fields, struct mqc_slice name)
{
    struct field field;

    while (next_field(&fields, &field))
        if (mqc_slice_equal(field.name, name) || (is_session(field.name) && is_session(name)))
            return true;
    return false;
}

struct mqc_slice mqh_step_packet(struct mqh_arena *arena, const struct mqh_step *step, size_t *own)
{
    struct mqc_slice type =
        mqc_slice_text(step->kind == MQH_STEP_CLIENT ? "CONNECT " : "DISCONNECT ");
    struct mqc_slice first = step->first;
    size_t used = type.size;
    uint8_t *text = mqh_arena_alloc(arena, used + first.size + 1 + step->text.text.size);
    struct field field;

    memcpy(text, type.data, type.size);
    while (next_field(&first, &field)) {
        if (is_named(step->text.text, field.name))
            continue;
        memcpy(text + used, field.text.data, field.text.size);
        used += field.text.size;
        text[used++] = ' ';
    }
    if (own != NULL)
        *own = used;
    if (step->text.text.size > 0)
        memcpy(text + used, step->text.text.data, step->text.text.size);
    return (struct mqc_slice){text, used + step->text.text.size};
}
