/*
 * What the tests of the notation share: a scope with variables, and memory.
 */
#ifndef MQC_TEXT_TESTING_H
#define MQC_TEXT_TESTING_H

#include "codec/testing.h"

#include "codec/text.h"

struct mqc_test_variable {
    const char *name;
    struct mqc_value value;
};

struct mqc_test_scope {
    struct mqc_test_variable variables[16];
    size_t count;
    size_t bound; /* how often a variable was set */
};

static inline struct mqc_test_variable *mqc_test_variable(struct mqc_test_scope *scope,
                                                          struct mqc_slice name)
{
    for (size_t i = 0; i < scope->count; i++)
        if (mqc_slice_equal(name, mqc_slice_text(scope->variables[i].name)))
            return &scope->variables[i];
    return NULL;
}

static inline bool mqc_test_get(void *context, struct mqc_slice name, struct mqc_value *out)
{
    struct mqc_test_variable *found = mqc_test_variable(context, name);

    if (found != NULL)
        *out = found->value;
    return found != NULL;
}

static inline void mqc_test_set(void *context, struct mqc_slice name, const struct mqc_value *value)
{
    struct mqc_test_scope *scope = context;
    struct mqc_test_variable *found = mqc_test_variable(scope, name);

    assert_non_null(found);
    found->value = *value;
    scope->bound++;
}

/* $T and $s are strings, $n is 7, $u and $v have no value; the others stand for whole fields. */
static inline struct mqc_test_scope mqc_test_scope(void)
{
    static const struct mqc_test_variable variables[] = {
        {"T", {.kind = MQC_VALUE_BYTES, .bytes = {(const uint8_t *)"top", 3}}},
        {"s", {.kind = MQC_VALUE_BYTES, .bytes = {(const uint8_t *)"str", 3}}},
        {"n", {.kind = MQC_VALUE_NUMBER, .number = 7}},
        {"u", {.kind = MQC_VALUE_NONE}},
        {"v", {.kind = MQC_VALUE_NONE}},
        {"max", {.kind = MQC_VALUE_FIELD, .bytes = {(const uint8_t *)"receive-maximum=5", 17}}},
        {"qos", {.kind = MQC_VALUE_FIELD, .bytes = {(const uint8_t *)"qos=1", 5}}},
        {"loop", {.kind = MQC_VALUE_FIELD, .bytes = {(const uint8_t *)"$loop", 5}}},
        {"bad", {.kind = MQC_VALUE_FIELD, .bytes = {(const uint8_t *)"qos=9", 5}}},
        {"more", {.kind = MQC_VALUE_FIELD, .bytes = {(const uint8_t *)"$max", 4}}},
    };
    struct mqc_test_scope scope = {.count = sizeof(variables) / sizeof(variables[0])};

    memcpy(scope.variables, variables, sizeof(variables));
    return scope;
}

static inline struct mqc_text_scope mqc_test_text_scope(struct mqc_test_scope *scope,
                                                        enum mqc_version version)
{
    return (struct mqc_text_scope){
        .version = version,
        .client_id = mqc_slice_text("cid"),
        .get = mqc_test_get,
        .set = mqc_test_set,
        .context = scope,
    };
}

/* Encodes into memory that the next call uses again. */
static inline bool mqc_test_encode(const char *text, enum mqc_version version,
                                   struct mqc_slice *out, struct mqc_text_error *error)
{
    static uint8_t block[1 << 20];
    struct mqc_text_memory memory = {.data = block, .size = sizeof(block)};
    struct mqc_test_scope variables = mqc_test_scope();
    struct mqc_text_scope scope = mqc_test_text_scope(&variables, version);

    return mqc_text_encode(mqc_slice_text(text), &scope, &memory, out, error);
}

#endif
