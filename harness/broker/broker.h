/*
 * A broker of our own: a command of the user's, started, watched and stopped.
 *
 * The command is given to `sh -c`, in a process group of its own, so that whatever it starts is
 * ended with it. What it writes goes to a file, which is removed if we ended it, and kept if it
 * ended by itself or if somebody is told to look there.
 */
#ifndef MQH_BROKER_H
#define MQH_BROKER_H

#include <stdbool.h>
#include <uv.h>

struct mqh_broker;

/* `on_end` is called from the loop when the broker has ended by itself; it may be NULL. `command`
 * must live as long. */
struct mqh_broker *mqh_broker_new(uv_loop_t *loop, const char *command,
                                  void (*on_end)(void *context), void *context);

/* Starts it; it must not be running. False if that cannot be done: mqh_broker_end() says why. */
bool mqh_broker_start(struct mqh_broker *broker);

bool mqh_broker_runs(const struct mqh_broker *broker);

/* How it ended last: "exit status 1", "signal 11"; "" if it did not. Lives until the next end. */
const char *mqh_broker_end(const struct mqh_broker *broker);

/* The file with what it has written since it was started last. */
const char *mqh_broker_log(const struct mqh_broker *broker);

/* The last line in it that is not blank, "mosquitto: not found"; "" if there is none. */
void mqh_broker_last_line(const struct mqh_broker *broker, char *line, size_t size);

/* That file stays, however the broker ends. */
void mqh_broker_keep_log(struct mqh_broker *broker);

/*
 * Ends it: SIGTERM to its group, and SIGKILL to what is left after five seconds. `done` is called
 * from the loop, also if it does not run. One call at a time.
 */
void mqh_broker_stop(struct mqh_broker *broker, void (*done)(void *context), void *context);

/* SIGKILL at once, from anywhere, without a word: the program is about to end. */
void mqh_broker_kill(const struct mqh_broker *broker);

/* It must have ended. */
void mqh_broker_free(struct mqh_broker *broker);

#endif
