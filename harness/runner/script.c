#include <stdio.h>

#include "harness/runner/state.h"

static void grow(struct mqh_script *script, size_t more)
{
    char *larger;

    if (script->size + more + 1 <= script->capacity)
        return;
    script->capacity = 2 * (script->size + more + 1);
    larger = mqh_arena_alloc(script->arena, script->capacity);
    if (script->size > 0)
        memcpy(larger, script->text, script->size);
    script->text = larger;
}

void mqh_script_add(struct mqh_script *script, const char *format, ...)
{
    va_list arguments;
    va_list again;
    int size;

    va_start(arguments, format);
    va_copy(again, arguments);
    size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (size > 0) {
        grow(script, (size_t)size);
        vsnprintf(script->text + script->size, (size_t)size + 1, format, again);
        script->size += (size_t)size;
    }
    va_end(again);
}

void mqh_script_hex(struct mqh_script *script, const char *bytes)
{
    static const char digits[] = "0123456789abcdef";
    size_t size = strlen(bytes);

    grow(script, 2 * size + 3);
    script->text[script->size++] = 'h';
    script->text[script->size++] = '\'';
    for (size_t i = 0; i < size; i++) {
        script->text[script->size++] = digits[(uint8_t)bytes[i] >> 4];
        script->text[script->size++] = digits[(uint8_t)bytes[i] & 15];
    }
    script->text[script->size++] = '\'';
    script->text[script->size] = '\0';
}

const struct mqh_case *mqh_script_case(struct mqh_script *script, enum mqc_version version)
{
    struct mqh_scenarios *scenarios = mqh_arena_alloc(script->arena, sizeof(*scenarios));
    struct mqh_cases *cases = mqh_arena_alloc(script->arena, sizeof(*cases));
    struct mqc_slice text = {(const uint8_t *)script->text, script->size};
    struct mqh_error error = {0};

    if (!mqh_parse(script->arena, "made up", text, scenarios, &error) || scenarios->count == 0 ||
        !mqh_cases_add(script->arena, &scenarios->items[0], MQH_VERSION(version), cases, &error) ||
        cases->count == 0)
        return NULL;
    return &cases->items[0];
}
