#include "codec/text_parser.h"

#include <stdalign.h>

#include "codec/text_out.h"

static bool goes_on_after(const struct mqc_token *token)
{
    static const char marks[] = "{[(|;,";

    return token->kind == MQC_TOKEN_MARK && token->text.size == 1 &&
           memchr(marks, token->text.data[0], sizeof marks - 1) != NULL;
}

void mqc_text_advance(struct mqc_text_parser *parser)
{
    bool goes_on = goes_on_after(&parser->token);

    if (parser->failed)
        return;
    parser->token = mqc_lex_next(&parser->source);
    while (goes_on && parser->token.kind == MQC_TOKEN_END && parser->source.size > 0) {
        parser->source.data++;
        parser->source.size--;
        parser->token = mqc_lex_next(&parser->source);
    }
    if (parser->token.kind != MQC_TOKEN_BAD)
        return;
    if (parser->token.text.data[0] == '"')
        mqc_text_fail(parser, parser->token.text, "the string does not end", MQC_NO_SUBJECT, "");
    else if (parser->token.text.data[0] == 'h')
        mqc_text_fail(parser, parser->token.text, "h' has no closing '", MQC_NO_SUBJECT, "");
    else if (parser->token.text.data[0] == '\'')
        mqc_text_fail(parser, parser->token.text, "a string stands between \"\"", MQC_NO_SUBJECT,
                      "");
    else
        mqc_text_fail(parser, parser->token.text, "nothing begins with ", parser->token.text, "");
}

struct mqc_text_parser mqc_text_parser_init(struct mqc_slice text,
                                            const struct mqc_text_scope *scope,
                                            struct mqc_text_memory *memory,
                                            struct mqc_text_error *error)
{
    struct mqc_text_parser parser = {
        .scope = scope, .memory = memory, .error = error, .source = text, .start = text.data};

    *error = (struct mqc_text_error){.size = 1};
    mqc_text_advance(&parser);
    return parser;
}

bool mqc_text_take(struct mqc_text_parser *parser, const char *mark)
{
    if (parser->failed || !mqc_token_is(&parser->token, mark))
        return false;
    mqc_text_advance(parser);
    return true;
}

void mqc_text_expect(struct mqc_text_parser *parser, const char *mark)
{
    char message[40];
    struct mqc_text_out out = {.data = message, .capacity = sizeof message};

    if (mqc_text_take(parser, mark) || parser->failed)
        return;
    mqc_text_out_text(&out, "expected ");
    mqc_text_out_text(&out, mark);
    mqc_text_out_end(&out);
    mqc_text_fail(parser, parser->token.text, message, MQC_NO_SUBJECT, "");
}

static void place(struct mqc_text_parser *parser, struct mqc_slice at)
{
    /* In a text that a variable holds nothing can be underlined but the variable. */
    if (parser->outer.data != NULL)
        at = parser->outer;
    parser->error->offset = at.data != NULL ? (size_t)(at.data - parser->start) : 0;
    parser->error->size = at.size > 0 ? at.size : 1;
}

bool mqc_text_fail(struct mqc_text_parser *parser, struct mqc_slice at, const char *before,
                   struct mqc_slice subject, const char *after)
{
    struct mqc_text_error *error = parser->error;
    struct mqc_text_out out = {.data = error->message, .capacity = sizeof error->message};

    if (parser->failed)
        return false;
    parser->failed = true;
    place(parser, at);
    mqc_text_out_text(&out, before);
    if (subject.data != NULL) {
        mqc_text_out_char(&out, '"');
        mqc_text_out_slice(&out, subject);
        mqc_text_out_char(&out, '"');
    }
    mqc_text_out_text(&out, after);
    mqc_text_out_end(&out);
    parser->token = (struct mqc_token){.kind = MQC_TOKEN_END, .text = parser->token.text};
    parser->source.size = 0;
    return false;
}

void *mqc_text_allocate(struct mqc_text_parser *parser, size_t size)
{
    struct mqc_text_memory *memory = parser->memory;
    size_t misfit = ((uintptr_t)memory->data + memory->used) % alignof(max_align_t);
    size_t padding = misfit > 0 ? alignof(max_align_t) - misfit : 0;
    uint8_t *out;

    if (parser->failed)
        return NULL;
    if (padding > memory->size - memory->used || size > memory->size - memory->used - padding) {
        parser->error->no_memory = true;
        mqc_text_fail(parser, parser->token.text, "the memory block is too small", MQC_NO_SUBJECT,
                      "");
        return NULL;
    }
    out = memory->data + memory->used + padding;
    memory->used += padding + size;
    return out;
}

bool mqc_text_variable(struct mqc_text_parser *parser, struct mqc_slice at, struct mqc_slice name,
                       struct mqc_value *out)
{
    *out = (struct mqc_value){.kind = MQC_VALUE_NONE};
    if (parser->failed)
        return false;
    if (parser->scope->get == NULL || !parser->scope->get(parser->scope->context, name, out))
        return mqc_text_fail(parser, at, "there is no variable ", name, "");
    return true;
}
