/*
 * A broker process started, watched and stopped; shells stand in for brokers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "harness/broker/broker.h"

struct world {
    uv_loop_t loop;
    struct mqh_broker *broker;
    unsigned ends;
    bool stopped;
};

static void on_end(void *context)
{
    ((struct world *)context)->ends++;
}

static void on_stopped(void *context)
{
    ((struct world *)context)->stopped = true;
}

static void begin(struct world *w, const char *command)
{
    *w = (struct world){0};
    assert_int_equal(uv_loop_init(&w->loop), 0);
    w->broker = mqh_broker_new(&w->loop, command, on_end, w);
    assert_true(mqh_broker_start(w->broker));
}

static void stop(struct world *w)
{
    w->stopped = false;
    mqh_broker_stop(w->broker, on_stopped, w);
    while (!w->stopped)
        uv_run(&w->loop, UV_RUN_ONCE);
}

static void end(struct world *w)
{
    stop(w);
    mqh_broker_free(w->broker);
    uv_run(&w->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&w->loop), 0);
}

/* Waits until the log holds `text`. */
static void await_output(struct world *w, const char *text)
{
    char line[100] = "";

    for (int i = 0; i < 1000 && strstr(line, text) == NULL; i++) {
        FILE *file = fopen(mqh_broker_log(w->broker), "r");

        assert_non_null(file);
        if (fgets(line, sizeof(line), file) == NULL)
            line[0] = '\0';
        fclose(file);
        uv_sleep(5);
    }
    assert_non_null(strstr(line, text));
}

static void test_broker_end_says_how_it_ended(void **state)
{
    static const struct {
        const char *command;
        const char *end;
    } rows[] = {
        {"exit 3", "exit status 3"},
        {"exit 0", "exit status 0"},
        {"kill -SEGV $$", "signal 11"},
        {"sh -c 'kill -ABRT $$'; exit $?", "signal 6"},
        {"/nonexistent/broker", "exit status 127"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct world w;
        char log[512];

        begin(&w, rows[i].command);
        while (mqh_broker_runs(w.broker))
            uv_run(&w.loop, UV_RUN_ONCE);
        assert_int_equal(w.ends, 1);
        if (strncmp(mqh_broker_end(w.broker), rows[i].end, strlen(rows[i].end)) != 0)
            fail_msg("%s: %s", rows[i].command, mqh_broker_end(w.broker));
        snprintf(log, sizeof(log), "%s", mqh_broker_log(w.broker));
        end(&w);
        assert_int_equal(access(log, R_OK), 0); /* kept: it ended by itself */
        unlink(log);
    }
}

static void test_broker_stop_ends_the_whole_group_and_removes_its_log(void **state)
{
    struct world w;
    char log[512];

    (void)state;
    begin(&w, "sleep 100 & echo begun; wait");
    snprintf(log, sizeof(log), "%s", mqh_broker_log(w.broker));
    await_output(&w, "begun");
    assert_true(mqh_broker_runs(w.broker));
    end(&w);
    assert_int_equal(w.ends, 0);
    assert_int_not_equal(access(log, F_OK), 0);
}

static void test_broker_keep_log_outlives_a_stop(void **state)
{
    struct world w;
    char log[512];

    (void)state;
    begin(&w, "echo begun; exec sleep 100");
    snprintf(log, sizeof(log), "%s", mqh_broker_log(w.broker));
    mqh_broker_keep_log(w.broker);
    end(&w);
    assert_int_equal(access(log, R_OK), 0);
    unlink(log);
}

static void test_broker_can_be_started_again(void **state)
{
    struct world w;

    (void)state;
    begin(&w, "echo begun; exec sleep 100");
    for (int i = 0; i < 3; i++) {
        await_output(&w, "begun");
        stop(&w);
        assert_false(mqh_broker_runs(w.broker));
        assert_true(mqh_broker_start(w.broker));
    }
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_broker_end_says_how_it_ended),
        cmocka_unit_test(test_broker_stop_ends_the_whole_group_and_removes_its_log),
        cmocka_unit_test(test_broker_keep_log_outlives_a_stop),
        cmocka_unit_test(test_broker_can_be_started_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
