/*
 * How long silence must last before it counts: five times the slowest of the deliveries that
 * probe/delivery makes, 50 ms at least, 2 s at most.
 */
#include "harness/runner/state.h"

enum { FACTOR = 5, LEAST_MS = 50, MOST_MS = 2000 };

static bool is_publish(const struct mqh_event *event, enum mqh_event_kind kind)
{
    return event->kind == kind && event->bytes.size > 0 && event->bytes.data[0] >> 4 == MQC_PUBLISH;
}

/* The nth message received is the nth one sent: probe/delivery has one subscriber and one topic. */
unsigned mqh_settle_ms(const struct mqh_result *result)
{
    uint64_t slowest = 0;
    size_t sent = 0;

    for (size_t i = 0; i < result->event_count; i++) {
        if (!is_publish(&result->events[i], MQH_EVENT_RECEIVED))
            continue;
        while (sent < i && !is_publish(&result->events[sent], MQH_EVENT_SENT))
            sent++;
        if (sent < i && result->events[i].time_ms - result->events[sent].time_ms > slowest)
            slowest = result->events[i].time_ms - result->events[sent].time_ms;
        sent++;
    }
    slowest *= FACTOR;
    return slowest < LEAST_MS ? LEAST_MS : slowest > MOST_MS ? MOST_MS : (unsigned)slowest;
}

/* Verdicts that rest on silence: a packet too many may only have been late for an earlier one, and
 * one that was late for a PASS was not seen. */
void mqh_settle_again(struct mqh_runner *runner)
{
    struct mqh_job job;
    unsigned now_ms;

    if (runner->delivery == NULL || runner->stop || runner->dead)
        return;
    job = mqh_job_of(runner, runner->delivery, runner->patience);
    mqh_jobs_run(runner, &job, 1, 1, 0);
    if (job.result == NULL || job.aborted || job.result->verdict != MQH_PASS)
        return;
    now_ms = mqh_settle_ms(job.result);
    if (now_ms > 2 * runner->run->settle_ms)
        mqh_runner_note(runner,
                        "deliveries became slower: silence was taken for settled after %u ms, now "
                        "%u ms would be right; verdicts that rest on silence are less sure",
                        runner->run->settle_ms, now_ms);
}
