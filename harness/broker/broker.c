#include "harness/broker/broker.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LOOK_MS = 20, PATIENCE_MS = 5000, LAST_PATIENCE_MS = 6000, PATH_SIZE = 512 };

struct mqh_broker {
    uv_loop_t *loop;
    const char *command;
    void (*on_end)(void *context);
    void *context;

    uv_process_t process;
    int group;    /* process group; 0: none was started */
    bool runs;    /* the shell of the group has not ended */
    bool stopped; /* by us */
    bool open;    /* the handle is not closed yet */
    char end[64];
    char log[PATH_SIZE]; /* path; "" when removed */
    bool log_kept;

    uv_timer_t timer; /* of a stop under way */
    uint64_t stop_ms;
    bool killed;
    void (*done)(void *context);
    void *done_context;
};

struct mqh_broker *mqh_broker_new(uv_loop_t *loop, const char *command,
                                  void (*on_end)(void *context), void *context)
{
    struct mqh_broker *broker = calloc(1, sizeof(*broker));

    if (broker == NULL)
        abort();
    broker->loop = loop;
    broker->command = command;
    broker->on_end = on_end;
    broker->context = context;
    return broker;
}

bool mqh_broker_runs(const struct mqh_broker *broker)
{
    return broker->runs;
}

const char *mqh_broker_end(const struct mqh_broker *broker)
{
    return broker->end;
}

const char *mqh_broker_log(const struct mqh_broker *broker)
{
    return broker->log;
}

void mqh_broker_last_line(const struct mqh_broker *broker, char *line, size_t size)
{
    char read[256];
    FILE *file = broker->log[0] == '\0' ? NULL : fopen(broker->log, "r");

    line[0] = '\0';
    while (file != NULL && fgets(read, sizeof read, file) != NULL) {
        read[strcspn(read, "\r\n")] = '\0';
        for (char *c = read; *c != '\0'; c++)
            if (*c < ' ' && *c > 0)
                *c = ' '; /* it shall not command the terminal */
        if (read[strspn(read, " ")] != '\0')
            snprintf(line, size, "%s", read);
    }
    if (file != NULL)
        fclose(file);
}

void mqh_broker_keep_log(struct mqh_broker *broker)
{
    broker->log_kept = true;
}

void mqh_broker_free(struct mqh_broker *broker)
{
    assert(!broker->runs);
    assert(!broker->open);
    free(broker);
}

/* ---- starting ---- */

static bool fail(struct mqh_broker *broker, const char *what, const char *why)
{
    snprintf(broker->end, sizeof(broker->end), "%s: %s", what, why);
    return false;
}

/* A file of its own for what it writes; -1 if there can be none. */
static int open_log(struct mqh_broker *broker)
{
    const char *folder = getenv("TMPDIR");

    if (folder == NULL || folder[0] == '\0' || strlen(folder) > PATH_SIZE - 32)
        folder = "/tmp";
    snprintf(broker->log, sizeof(broker->log), "%s/mqspec-broker-XXXXXX", folder);
    return mkstemp(broker->log);
}

static void remove_log(struct mqh_broker *broker)
{
    if (broker->log[0] != '\0')
        unlink(broker->log);
    broker->log[0] = '\0';
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct mqh_broker *broker = handle->data;

    broker->open = false;
}

/* A shell reports a signal that ended its command as 128 and the signal's number. */
static void describe(struct mqh_broker *broker, int64_t status, int by_signal)
{
    if (by_signal == 0 && status > 128 && status < 128 + 65)
        by_signal = (int)status - 128;
    if (by_signal != 0)
        snprintf(broker->end, sizeof(broker->end), "signal %d, %s", by_signal,
                 strsignal(by_signal));
    else
        snprintf(broker->end, sizeof(broker->end), "exit status %d", (int)status);
}

static void on_exit_of_process(uv_process_t *process, int64_t status, int by_signal)
{
    struct mqh_broker *broker = process->data;

    broker->runs = false;
    uv_close((uv_handle_t *)process, on_handle_closed);
    if (broker->stopped)
        return;
    describe(broker, status, by_signal);
    if (broker->on_end != NULL)
        broker->on_end(broker->context);
}

bool mqh_broker_start(struct mqh_broker *broker)
{
    char shell[] = "/bin/sh";
    char option[] = "-c";
    char *command = strdup(broker->command);
    char *words[] = {shell, option, command, NULL};
    uv_stdio_container_t streams[3] = {{.flags = UV_IGNORE}};
    uv_process_options_t options = {.exit_cb = on_exit_of_process,
                                    .file = shell,
                                    .args = words,
                                    .flags = UV_PROCESS_DETACHED,
                                    .stdio_count = 3,
                                    .stdio = streams};
    int log = open_log(broker);
    int status;

    assert(!broker->runs && !broker->open);
    if (log < 0) {
        free(command);
        broker->log[0] = '\0';
        return fail(broker, "cannot make a file for its output", strerror(errno));
    }
    for (int i = 1; i < 3; i++) {
        streams[i].flags = UV_INHERIT_FD;
        streams[i].data.fd = log;
    }
    broker->end[0] = '\0';
    broker->stopped = broker->killed = broker->log_kept = false;
    broker->process.data = broker;
    status = uv_spawn(broker->loop, &broker->process, &options);
    close(log);
    free(command);
    broker->runs = status == 0;
    broker->open = true;
    broker->group = status == 0 ? broker->process.pid : 0;
    if (status == 0)
        return true;
    uv_close((uv_handle_t *)&broker->process, on_handle_closed);
    remove_log(broker);
    return fail(broker, "cannot start it", uv_strerror(status));
}

/* ---- stopping ---- */

/* True while a process of the group is there: the shell may end before what it started does. */
static bool lives(const struct mqh_broker *broker)
{
    return broker->group > 0 && (broker->runs || kill(-broker->group, 0) == 0);
}

void mqh_broker_kill(const struct mqh_broker *broker)
{
    if (broker->group > 0)
        kill(-broker->group, SIGKILL);
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct mqh_broker *broker = handle->data;

    broker->group = 0;
    broker->done(broker->done_context);
}

static void on_look(uv_timer_t *timer)
{
    struct mqh_broker *broker = timer->data;
    uint64_t waited_ms = uv_now(broker->loop) - broker->stop_ms;

    /* A dead process that nobody waits for counts as alive, and cannot be waited for. */
    if (!broker->open && (!lives(broker) || waited_ms >= LAST_PATIENCE_MS)) {
        if (broker->end[0] == '\0' && !broker->log_kept)
            remove_log(broker);
        uv_close((uv_handle_t *)timer, on_timer_closed);
    } else if (!broker->killed && waited_ms >= PATIENCE_MS) {
        broker->killed = true;
        mqh_broker_kill(broker);
    }
}

void mqh_broker_stop(struct mqh_broker *broker, void (*done)(void *context), void *context)
{
    broker->done = done;
    broker->done_context = context;
    broker->stopped = true;
    if (lives(broker))
        kill(-broker->group, SIGTERM);
    uv_update_time(broker->loop);
    broker->stop_ms = uv_now(broker->loop);
    uv_timer_init(broker->loop, &broker->timer);
    broker->timer.data = broker;
    uv_timer_start(&broker->timer, on_look, 0, LOOK_MS);
}
