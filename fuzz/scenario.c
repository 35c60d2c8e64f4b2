/*
 * Any text: the parser of scenarios takes it or complains about a place in it, and what it takes
 * becomes cases or a complaint about a place in it.
 */
#include <assert.h>

#include "fuzz/target.h"
#include "harness/scenario/scenario.h"

const enum mqf_form mqf_form = MQF_TEXTS;

/* A text of a few bytes may stand for millions of packets: those are not made here. */
#define MEMBERS_MAX 40
#define STEPS_MAX 200
#define LONG_MAX 100000 /* bytes that a text may pad or repeat a value to */

static void check_error(const struct mqh_error *error, struct mqc_slice text)
{
    char line[256];
    unsigned lines = 1;

    for (size_t i = 0; i < text.size; i++)
        lines += text.data[i] == '\n';
    assert(error->message != NULL && error->message[0] != '\0');
    assert(error->line >= 1 && error->line <= lines);
    assert(error->column >= 1 && error->width >= 1);
    /* What is shown of a line ends at its first zero byte. */
    assert(error->column <= strlen(error->source_line) + 1 ||
           memchr(text.data, 0, text.size) != NULL);
    mqh_error_print(error, line, sizeof(line));
}

static size_t members_of(const struct mqh_scenario *scenario)
{
    size_t members = 3;

    for (size_t i = 0; i < scenario->vary_count && members <= MEMBERS_MAX; i++)
        members *= scenario->varies[i].up_to_all ? MEMBERS_MAX : scenario->varies[i].value_count;
    return members;
}

/* Whether the text holds a number that could make a packet large. */
static bool has_long(struct mqc_slice text)
{
    size_t number = 0;

    for (size_t i = 0; i < text.size; i++) {
        bool digit = text.data[i] >= '0' && text.data[i] <= '9';

        number = digit ? number * 10 + (size_t)(text.data[i] - '0') : 0;
        if (number > LONG_MAX)
            return true;
    }
    return false;
}

void mqf_target(struct mqc_slice input)
{
    struct mqh_arena arena = {NULL};
    struct mqh_scenarios scenarios = {NULL, 0, 0};
    struct mqh_error error = {.message = NULL};

    if (has_long(input)) {
        return;
    }
    if (!mqh_parse(&arena, "fuzz.mqs", input, &scenarios, &error)) {
        assert(scenarios.count == 0);
        check_error(&error, input);
    }
    for (size_t i = 0; i < scenarios.count; i++) {
        const struct mqh_scenario *scenario = &scenarios.items[i];
        struct mqh_cases cases = {NULL, 0, 0};

        if (members_of(scenario) > MEMBERS_MAX || scenario->step_count > STEPS_MAX)
            continue;
        if (!mqh_cases_add(&arena, scenario, MQH_ALL_VERSIONS, &cases, &error))
            check_error(&error, input);
    }
    mqh_arena_free(&arena);
}
