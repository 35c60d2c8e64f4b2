#include "harness/scenario/scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A source text in the making. */
struct text {
    char *data;
    size_t size;
    size_t capacity;
};

static void add(struct text *text, const char *piece)
{
    size_t size = strlen(piece);

    if (text->size + size > text->capacity) {
        text->capacity = 2 * (text->size + size);
        text->data = realloc(text->data, text->capacity);
        assert_non_null(text->data);
    }
    memcpy(text->data + text->size, piece, size);
    text->size += size;
}

static void add_times(struct text *text, const char *piece, size_t times)
{
    for (size_t i = 0; i < times; i++)
        add(text, piece);
}

/* `format` holds one %zu: a number from 0 on. */
static void add_numbered(struct text *text, const char *format, size_t times)
{
    for (size_t i = 0; i < times; i++) {
        char number[24];
        const char *place = strstr(format, "%zu");
        char piece[200];

        snprintf(number, sizeof number, "%zu", i);
        snprintf(piece, sizeof piece, "%.*s%s%s", (int)(place - format), format, number, place + 3);
        add(text, piece);
    }
}

#define SCENARIO "scenario \"a/b\"\nversions 5.0\n"

/* Each makes a text that reaches a limit with `count`. */

static void make_file(struct text *text, size_t count)
{
    static const char line[] = SCENARIO "wait 1s\n#";

    add(text, line);
    add_times(text, "                ", (count - sizeof line + 1) / 16);
    add_times(text, " ", count - text->size);
}

static void make_lines(struct text *text, size_t count)
{
    add(text, SCENARIO "wait 1s\n");
    add_times(text, "\n", count - 3);
}

static void make_statement(struct text *text, size_t count)
{
    add(text, SCENARIO "client c\nc -> PINGREQ");
    add_times(text, " ", count - strlen("c -> PINGREQ@5.0"));
    add(text, "@5.0\n");
}

static void make_fields(struct text *text, size_t count)
{
    add(text, SCENARIO "client c client-id=\"");
    add_times(text, "a", count - strlen("client-id=\"\""));
    add(text, "\"\n");
}

static void make_peers(struct text *text, size_t count)
{
    add(text, SCENARIO);
    add_numbered(text, "client c%zu\n", count);
}

static void make_line_peers(struct text *text, size_t count)
{
    add(text, SCENARIO);
    add_numbered(text, "client c%zu\n", count);
    add_numbered(text, "+c%zu", count);
    add(text, " <- nothing\n");
    *(char *)memchr(text->data, '+', text->size) = ' ';
}

static void make_repeats(struct text *text, size_t count)
{
    add(text, SCENARIO);
    add_numbered(text, "repeat $v%zu in 1..2\n", count);
    add(text, "wait 1s\n");
    add_times(text, "end\n", count);
}

static void make_member_repeats(struct text *text, size_t count)
{
    add(text, SCENARIO "client c\nc <- any { ");
    add_numbered(text, "repeat $v%zu in 1..2 ", count);
    add(text, "PINGRESP");
    add_times(text, " end", count);
    add(text, " }\n");
}

static void make_steps(struct text *text, size_t count)
{
    add(text, SCENARIO);
    add_times(text, "wait 1s\n", count);
}

static void make_members(struct text *text, size_t count)
{
    add(text, SCENARIO "client c\nc <- any { PINGRESP");
    add_times(text, ";PINGRESP", count - 3);
    add(text, "}\n");
}

static void make_file_steps(struct text *text, size_t count)
{
    size_t last = count % MQH_STEPS_MAX;

    for (size_t i = 0; i < count / MQH_STEPS_MAX; i++) {
        char head[100];

        snprintf(head, sizeof head,
                 "scenario \"a/%zu\"\nversions 5.0\nrepeat $i in 1..%d\nwait 1s\nend\n", i,
                 MQH_STEPS_MAX);
        add(text, head);
    }
    if (last > 0)
        add(text, "scenario \"b/b\"\nversions 5.0\n");
    add_times(text, "wait 1s\n", last);
}

static void make_scenarios(struct text *text, size_t count)
{
    add_numbered(text, "scenario \"a/%zu\"\nversions 5.0\nwait 1s\n", count);
}

static void make_values(struct text *text, size_t count)
{
    add(text, SCENARIO "vary $x in 0");
    add_numbered(text, ",1%zu", count - 1);
    add(text, "\nclient c keep-alive=$x\n");
}

static void make_varies(struct text *text, size_t count)
{
    add(text, SCENARIO);
    add_numbered(text, "vary $v%zu in 1\n", count);
    add(text, "client c\n");
    add_numbered(text, "c -> PUBLISH topic=\"a\" retain=$v%zu\n", count);
}

static void make_value(struct text *text, size_t count)
{
    add(text, SCENARIO "vary $x in \"");
    add_times(text, "a", count - 2);
    add(text, "\"\nclient c username=$x\n");
}

static void make_name(struct text *text, size_t count)
{
    add(text, "scenario \"a/");
    add_times(text, "b", count - 2);
    add(text, "\"\nversions 5.0\nwait 1s\n");
}

/* Each PUBLISH has 4096 bytes, the last one what is left. */
static void make_sent(struct text *text, size_t count)
{
    char line[100];

    add(text, SCENARIO "client c manual\nrepeat $i in 1..");
    snprintf(line, sizeof line, "%zu\n", count / 4096 - 1);
    add(text, line);
    add(text, "c -> PUBLISH topic=\"t\" !total=4096\nend\n");
    snprintf(line, sizeof line, "c -> PUBLISH topic=\"t\" !total=%zu\n", 4096 + count % 4096);
    add(text, line);
}

static void make_packet(struct text *text, size_t count)
{
    char line[100];

    snprintf(line, sizeof line, "c -> PUBLISH topic=\"t\" !total=%zu\n", count);
    add(text, SCENARIO "client c manual\n");
    add(text, line);
}

static const struct {
    const char *name;
    void (*make)(struct text *text, size_t count);
    size_t max;
    const char *message; /* of the complaint about one more */
} limits[] = {
    {"file", make_file, MQH_FILE_MAX, "more than 16777216 bytes"},
    {"lines", make_lines, MQH_LINES_MAX, "more than 100000 lines"},
    {"statement", make_statement, MQH_STATEMENT_MAX, "more than 1048576 bytes"},
    {"fields", make_fields, MQH_FIELDS_MAX, "more than 16384 bytes"},
    {"peers", make_peers, MQH_PEERS_MAX, "more than 64 clients"},
    {"peers of a line", make_line_peers, MQH_STEP_PEERS_MAX, "at most 16 clients"},
    {"repeats", make_repeats, MQH_NESTING_MAX, "deeper than 8"},
    {"repeats of members", make_member_repeats, MQH_NESTING_MAX, "deeper than 8"},
    {"steps", make_steps, MQH_STEPS_MAX, "more than 10000 steps"},
    {"members", make_members, MQH_STEPS_MAX, "more than 10000 steps"},
    {"steps of a file", make_file_steps, MQH_FILE_STEPS_MAX, "more than 100000 steps"},
    {"scenarios", make_scenarios, MQH_SCENARIOS_MAX, "more than 10000 scenarios"},
    {"values", make_values, MQH_CASES_MAX, "more than 5000 values"},
    {"varies", make_varies, MQH_NESTING_MAX, "more than 8 `vary`"},
    {"sent bytes", make_sent, MQH_SENT_MAX, "at most 33554432 bytes"},
    {"packet", make_packet, MQH_PACKET_MAX, "4194304 bytes are the limit"},
    {"value", make_value, MQH_VALUE_MAX, "at most 1000 bytes"},
    {"name", make_name, MQH_NAME_MAX, "at most 120 bytes"},
};

static bool parses(size_t i, size_t count, struct mqh_arena *arena, struct mqh_error *error)
{
    struct mqh_scenarios scenarios = {0};
    struct text text = {0};
    bool parsed;

    limits[i].make(&text, count);
    parsed = mqh_parse(arena, "test.mqs", (struct mqc_slice){(const uint8_t *)text.data, text.size},
                       &scenarios, error);
    free(text.data);
    return parsed;
}

static void test_limits_are_exact(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        struct mqh_arena arena = {0};
        struct mqh_error error = {0};

        if (!parses(i, limits[i].max, &arena, &error))
            fail_msg("%s: %zu are too many: %u:%u: %s", limits[i].name, limits[i].max, error.line,
                     error.column, error.message);
        if (parses(i, limits[i].max + 1, &arena, &error))
            fail_msg("%s: %zu are not too many", limits[i].name, limits[i].max + 1);
        if (strstr(error.message, limits[i].message) == NULL)
            fail_msg("%s: %s", limits[i].name, error.message);
        mqh_arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits_are_exact),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
